//! How evenly a player sends: how late each frame was, and how often there was none.

use std::time::Duration;

/// Upper bounds of delays, in microseconds; what is more has a place of its own behind them. A frame is 20 ms.
pub(crate) const BOUNDS: [u64; 7] = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/// Counts since the player was made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sending {
    /// Frames by how late they were, each in one place.
    pub(crate) delays: [u32; BOUNDS.len() + 1],
    /// Microseconds that all of them were late.
    pub(crate) delay: u64,
    /// How often it ran out of frames while it was heard.
    pub(crate) underruns: u32,
}

impl Sending {
    /// A frame was sent, so late.
    pub(super) fn sent(&mut self, late: Duration) {
        let late = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS.iter().position(|bound| late <= *bound).unwrap_or(BOUNDS.len());
        if let Some(count) = self.delays.get_mut(at) {
            *count = count.saturating_add(1);
        }
        self.delay = self.delay.saturating_add(late);
    }

    /// Frames were there, and then none.
    pub(super) fn ran_out(&mut self) {
        self.underruns = self.underruns.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delay_has_one_place() {
        let mut sending = Sending::default();
        for micros in [0, 500, 501, 1_000, 4_999, 20_000, 20_001, 50_001, 9_000_000] {
            sending.sent(Duration::from_micros(micros));
        }
        assert_eq!(sending.delays, [2, 2, 0, 1, 0, 1, 1, 2]);
        assert_eq!(sending.delay, 9_097_002);
        // It is all that a player pays for it.
        assert_eq!(size_of::<Sending>(), 48);
    }
}
