//! When a connection says that it lives. Those of a node do so together: who has many wakes up once for all of them.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::time::Instant;

/// Beats fall on whole seconds since then.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
/// Where they are to come more often than that, each has its own time.
const SELDOM: Duration = Duration::from_secs(5);

/// When to beat next: no later than a server wants it, and less than a second earlier.
pub(super) fn next(now: Instant, every: Duration) -> Instant {
    let due = now + every;
    let second = Duration::from_secs(due.saturating_duration_since(*BEGAN).as_secs());
    if every < SELDOM { due } else { due.min(*BEGAN + second) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_together_and_in_time() {
        let (every, began) = (Duration::from_millis(13_750), *BEGAN);
        let at = |ms| began + Duration::from_millis(ms);
        // Connections that began within a second or so.
        assert_eq!(next(at(100), every), at(13_000));
        assert_eq!(next(at(260), every), at(14_000));
        assert_eq!(next(at(900), every), at(14_000));
        // And from then on.
        assert_eq!(next(at(14_001), every), at(27_000));
        assert_eq!(next(at(500), Duration::from_millis(200)), at(700));
    }
}
