//! When a worker is started in place of another: at once, unless those before came to nothing.

use std::time::{Duration, Instant};

/// A worker that ended before this had come to nothing.
const LIVED: Duration = Duration::from_secs(1);
/// After the first that came to nothing; it doubles with each that follows.
const FIRST: Duration = Duration::from_millis(100);
/// And at most.
const MOST: Duration = Duration::from_secs(30);

/// How many starts in a row came to nothing, and when the next is due.
#[derive(Debug, Default)]
pub(super) struct Retry {
    failures: u32,
    due: Option<Instant>,
}

impl Retry {
    /// A worker could not be started.
    pub(super) fn failed(&mut self, now: Instant) {
        let pause = FIRST.saturating_mul(1 << self.failures.min(16)).min(MOST);
        self.failures = self.failures.saturating_add(1);
        self.due = Some(now + pause);
    }

    /// A worker is over that was started at a moment, and has said that it lives or has not. The first that goes quickly was
    /// bad luck.
    pub(super) fn ended(&mut self, started: Instant, spoke: bool, now: Instant) {
        if now.saturating_duration_since(started) >= LIVED && spoke {
            *self = Self::default();
        } else if !spoke || self.failures > 0 {
            self.failed(now);
        } else {
            self.failures = 1;
        }
    }

    /// Whether one may be started.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| now >= due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_ends_at_once_is_started_ever_more_rarely() {
        let start = Instant::now();
        let mut retry = Retry::default();
        assert!(retry.is_due(start));
        // Seen at each look, for ten minutes.
        let (mut starts, mut now) = (0, start);
        while now < start + Duration::from_mins(10) {
            if retry.is_due(now) {
                starts += 1;
                retry.ended(now, false, now + Duration::from_millis(50));
            }
            now += Duration::from_millis(50);
        }
        assert!((20..40).contains(&starts), "{starts}");
        // One that lived is replaced at once.
        retry.ended(start, true, now);
        assert!(retry.is_due(now));
    }

    #[test]
    fn one_that_dies_young_is_bad_luck_and_more_are_a_habit() {
        let now = Instant::now();
        let mut retry = Retry::default();
        let at = |ms| now + Duration::from_millis(ms);
        retry.ended(now, true, at(300));
        assert!(retry.is_due(at(300)));
        retry.ended(at(300), true, at(600));
        assert!(!retry.is_due(at(600)) && retry.is_due(at(1_000)));
        retry.ended(at(1_000), true, at(2_000));
        assert!(retry.is_due(at(2_000)));
        for _ in 0..100 {
            retry.failed(now);
        }
        assert!(!retry.is_due(now + Duration::from_secs(29)) && retry.is_due(now + MOST));
    }
}
