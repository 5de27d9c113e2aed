//! What is thought of hosts that are lost again and again: they come back at once, and lose their players as quickly.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::balance::STEADY;

/// Who was lost more than twice is looked at for so long at most before it gets players.
const LONGEST: Duration = Duration::from_mins(5);
/// Who worked for so long begins with a good name again.
const GOOD: Duration = Duration::from_mins(10);
/// What was lost longer ago is forgotten.
const FORGOTTEN: Duration = Duration::from_hours(1);

#[derive(Clone, Copy, Debug)]
struct Doubt {
    losses: u32,
    at: Instant,
}

/// Hosts by their names.
#[derive(Debug, Default)]
pub(super) struct Doubts(HashMap<String, Doubt>);

impl Doubts {
    /// A worker is lost that had worked there since some moment. Several at once are one loss: it was the way, or the host.
    pub(super) fn lost(&mut self, host: &str, since: Instant, now: Instant) {
        self.0.retain(|_, doubt| now.saturating_duration_since(doubt.at) < FORGOTTEN);
        let doubt = self.0.entry(host.to_owned()).or_insert(Doubt { losses: 0, at: now });
        if doubt.losses > 0 && now.saturating_duration_since(doubt.at) < STEADY {
            return;
        }
        let worked = now.saturating_duration_since(since);
        doubt.losses = if worked >= GOOD { 1 } else { doubt.losses.saturating_add(1) };
        doubt.at = now;
    }

    /// How long one that comes from there is looked at before others give it players: two losses may happen to anybody.
    pub(super) fn steady(&self, host: &str) -> Duration {
        let losses = self.0.get(host).map_or(0, |doubt| doubt.losses);
        let doubled = 2_u32.saturating_pow(losses.saturating_sub(2));
        STEADY.saturating_mul(doubled).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_lost_again_and_again_is_looked_at_for_longer() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut doubts = Doubts::default();
        let mut steady = Vec::new();
        for loss in 0..9 {
            // Four workers of one process are lost within a moment.
            for _ in 0..4 {
                doubts.lost("one", at(loss * 60), at(loss * 60 + 20));
            }
            steady.push(doubts.steady("one").as_secs());
        }
        assert_eq!(steady, [5, 5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(doubts.steady("another"), STEADY);
        // A good while makes up for it, and so does a long time.
        doubts.lost("one", at(1_000), at(1_600));
        assert_eq!(doubts.steady("one"), STEADY);
        doubts.lost("one", at(1_700), at(1_710));
        doubts.lost("one", at(1_720), at(1_730));
        assert_eq!(doubts.steady("one"), STEADY * 2);
        doubts.lost("another", at(5_400), at(5_400));
        assert_eq!(doubts.steady("one"), STEADY);
    }
}
