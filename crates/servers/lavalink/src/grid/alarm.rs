//! Wakes up whoever looks after the workers, before it is time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::lock;

/// Raised by anybody, and waited for by one.
#[derive(Default)]
pub(crate) struct Alarm {
    raised: Mutex<bool>,
    bell: Condvar,
}

impl Alarm {
    /// Somebody is to be looked at now.
    pub(super) fn raise(&self) {
        *lock(&self.raised) = true;
        self.bell.notify_one();
    }

    /// Waits until then; whether it was raised before, or at any time since the last wait.
    pub(crate) fn wait(&self, until: Instant) -> bool {
        let raised = lock(&self.raised);
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.bell.wait_timeout_while(raised, left, |raised| !*raised);
        let (mut raised, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut raised)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_heard_once_whether_somebody_waits_or_not() {
        const LONG: Duration = Duration::from_secs(20);
        let alarm = Arc::<Alarm>::default();
        assert!(!alarm.wait(Instant::now()));
        alarm.raise();
        alarm.raise();
        assert!(alarm.wait(Instant::now()));
        assert!(!alarm.wait(Instant::now() + Duration::from_millis(1)));
        let other = alarm.clone();
        let raises = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            other.raise();
        });
        let begun = Instant::now();
        assert!(alarm.wait(begun + LONG) && begun.elapsed() < LONG);
        assert!(raises.join().is_ok());
    }
}
