//! Whether a worker is silent, or only nobody listened: a supervisor that slept through its own time knows nothing of others.

use std::time::{Duration, Instant};

/// How often the workers are looked at: they say something new as often. Who hangs up is looked at then, and so are threads that end: where
/// there is nobody else, half as often is enough.
pub(super) const LOOK: Duration = Duration::from_millis(100);
/// Without a sign of life for so long a worker is dead.
const DEAD: Duration = Duration::from_millis(300);
/// A look that comes so much too late says nothing: the machine as a whole stood still. With that, and the time between two beats, nobody
/// is silent for long enough to be dead.
const STALLED: Duration = Duration::from_millis(80);
/// A look that takes so long says nothing of what came meanwhile.
const LONG: Duration = Duration::from_millis(100);
/// A worker whose pulse beats, but whose renderer has been at the same thing for so long, hangs.
const HANGS: Duration = Duration::from_secs(2);

/// How long the supervisor has been awake.
#[derive(Debug, Default)]
pub(super) struct Watch {
    looked: Option<Instant>,
    /// Since when looks have come in time. What came before is not held against anybody.
    awake: Option<Instant>,
}

impl Watch {
    /// A look begins, so long after the one before as it was to be at most; whether it came in time.
    pub(super) fn look(&mut self, now: Instant, every: Duration) -> bool {
        let in_time = self.looked.is_some_and(|looked| now.saturating_duration_since(looked) <= every + STALLED);
        self.looked = Some(now);
        if !in_time {
            self.awake = Some(now);
        }
        in_time
    }

    /// A look is over, which may have taken its time.
    pub(super) fn looked(&mut self, now: Instant) {
        if self.looked.is_some_and(|looked| now.saturating_duration_since(looked) > LONG) {
            self.awake = Some(now);
        }
        self.looked = Some(now);
    }

    /// Whether somebody is dead who was heard last at a moment.
    pub(super) fn is_dead(&self, heard: Instant, now: Instant) -> bool {
        let since = self.awake.map_or(heard, |awake| heard.max(awake));
        now.saturating_duration_since(since) > DEAD
    }
}

/// Whether a renderer hangs that has been at the same thing for so many milliseconds.
pub(super) fn hangs(turn: u32) -> bool {
    Duration::from_millis(u64::from(turn)) > HANGS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at the given milliseconds, at a worker heard at others; when it was found dead.
    fn found(looks: impl IntoIterator<Item = u64>, beats: &[u64]) -> Option<u64> {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut watch = Watch::default();
        for look in looks {
            watch.look(at(look), LOOK);
            let heard = beats.iter().rev().find(|beat| **beat <= look).copied().unwrap_or_default();
            if watch.is_dead(at(heard), at(look)) {
                return Some(look);
            }
            watch.looked(at(look + 1));
        }
        None
    }

    #[test]
    fn silence_is_death_after_three_hundred_milliseconds() {
        let beats: Vec<u64> = (0..=1_000).step_by(100).collect();
        assert_eq!(found((0..10_000).step_by(100), &beats), Some(1_400));
        let beats: Vec<u64> = (0..=10_000).step_by(100).collect();
        assert_eq!(found((0..10_000).step_by(100), &beats), None);
    }

    #[test]
    fn who_slept_waits_anew() {
        // The machine stands still for as long as it likes, and everybody's beats with it.
        for pause in [200, 321, 5_000, 86_400_000] {
            let beats: Vec<u64> =
                (0..=1_000).step_by(100).chain((1_000 + pause + 250..20_000 + pause).step_by(100)).collect();
            let looks = (0..=1_000).step_by(100).chain((1_000 + pause..20_000 + pause).step_by(100));
            assert_eq!(found(looks, &beats), None, "{pause}");
        }
        // Who does not come back after that is dead all the same.
        let looks = (0..=1_000).step_by(100).chain((2_000..20_000).step_by(100));
        let beats: Vec<u64> = (0..=900).step_by(100).collect();
        assert_eq!(found(looks, &beats), Some(2_400));
    }

    #[test]
    fn one_who_looks_late_each_time_accuses_nobody() {
        assert_eq!(found((0..100_000).step_by(321), &[0]), None);
    }

    #[test]
    fn who_is_looked_at_half_as_often_is_found_as_well() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let found = |late: u64| {
            let mut watch = Watch::default();
            // The last beat is at 1,000 ms, and all looks are late by so much.
            (0..5_000).step_by(usize::try_from(200 + late).unwrap_or_default()).find(|look| {
                watch.look(at(*look), 2 * LOOK);
                watch.is_dead(at((*look).min(1_000)), at(*look))
            })
        };
        assert_eq!((found(0), found(80), found(81)), (Some(1_400), Some(1_400), None));
    }

    #[test]
    fn a_look_that_took_long_is_not_held_against_those_who_wait() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut watch = Watch::default();
        watch.look(at(0), LOOK);
        watch.look(at(100), LOOK);
        // Starting a process in place of another took a second.
        watch.looked(at(1_050));
        assert!(watch.look(at(1_100), LOOK));
        assert!(!watch.is_dead(at(40), at(1_100)));
        assert!(watch.is_dead(at(40), at(1_400)));
        assert!(!hangs(2_000) && hangs(2_001));
    }
}
