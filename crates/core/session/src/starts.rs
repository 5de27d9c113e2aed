//! How often an application may start sessions: so many in a day, and one in five seconds for each concurrency key.

use std::collections::VecDeque;

use guildhall_wire::gateway_info::SessionStartLimit;

/// Sessions that an application may start in a day.
pub const PER_DAY: u32 = SessionStartLimit::PER_DAY;
/// Milliseconds between two starts under one key.
pub const SPACING_MS: u64 = 5000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Why a session may not start now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many at once; free again after so many milliseconds.
    Concurrency(u64),
    /// Too many today; free again after so many milliseconds.
    Day(u64),
}

impl Refusal {
    /// How long to wait, in milliseconds.
    pub const fn wait_ms(self) -> u64 {
        match self {
            Self::Concurrency(ms) | Self::Day(ms) => ms,
        }
    }
}

/// Under which key a shard starts: `max_concurrency` of them may start at once.
pub fn key(shard: u32, max_concurrency: u32) -> u32 {
    shard % max_concurrency.max(1)
}

/// The starts of one account.
#[derive(Clone, Debug, Default)]
pub struct Starts {
    /// Start of the day that is counted, and how many there were.
    day: (u64, u32),
    /// The latest starts: when, and under which key.
    recent: VecDeque<(u64, u32)>,
}

impl Starts {
    /// Counts a start, or says why there is none. Without a key there is no spacing.
    pub fn start(&mut self, now: u64, key: Option<u32>) -> Result<(), Refusal> {
        if now.saturating_sub(self.day.0) >= DAY_MS {
            self.day = (now, 0);
        }
        if self.day.1 >= PER_DAY {
            return Err(Refusal::Day(self.day.0 + DAY_MS - now));
        }
        self.recent.retain(|&(at, _)| now.saturating_sub(at) < SPACING_MS);
        if let Some(key) = key {
            if let Some(&(at, _)) = self.recent.iter().find(|(_, used)| *used == key) {
                return Err(Refusal::Concurrency(SPACING_MS - now.saturating_sub(at)));
            }
            self.recent.push_back((now, key));
        }
        self.day.1 += 1;
        Ok(())
    }

    /// `(remaining today, milliseconds until the count starts again)`: for `GET /gateway/bot`.
    pub fn remaining(&self, now: u64) -> (u32, u64) {
        let since = now.saturating_sub(self.day.0);
        if since >= DAY_MS { (PER_DAY, 0) } else { (PER_DAY.saturating_sub(self.day.1), DAY_MS - since) }
    }

    /// Whether nothing is remembered that matters: then it can be dropped.
    pub fn is_idle(&self, now: u64) -> bool {
        now.saturating_sub(self.day.0) >= DAY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_start_in_five_seconds_for_each_key() {
        let mut starts = Starts::default();
        let begin = DAY_MS * 3;
        assert_eq!(starts.start(begin, Some(key(0, 2))), Ok(()));
        assert_eq!(starts.start(begin, Some(key(1, 2))), Ok(()));
        assert_eq!(starts.start(begin + 1000, Some(key(2, 2))), Err(Refusal::Concurrency(4000)));
        assert_eq!(starts.start(begin + 5000, Some(key(2, 2))), Ok(()));
    }

    #[test]
    fn so_many_in_a_day() {
        let mut starts = Starts::default();
        let begin = DAY_MS * 3;
        for n in 0..PER_DAY {
            assert_eq!(starts.start(begin + u64::from(n), None), Ok(()));
        }
        let later = begin + u64::from(PER_DAY);
        assert!(matches!(starts.start(later, None), Err(Refusal::Day(_))));
        assert_eq!(starts.remaining(later).0, 0);
        assert_eq!(starts.start(begin + DAY_MS, None), Ok(()));
        assert_eq!(starts.remaining(begin + DAY_MS).0, PER_DAY - 1);
    }
}
