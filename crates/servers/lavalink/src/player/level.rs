//! How loud a player was lately, as somebody sees it who looks now and then.

use std::collections::VecDeque;

use crate::engine::SILENT;

/// Frames of one peak: a tenth of a second.
const PIECE: u8 = 5;
/// Peaks that are kept: two seconds.
const KEPT: usize = 20;

/// The last peaks, in decibels below full scale.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    peaks: VecDeque<u8>,
    /// Frames of the peak that is not over, and what it is so far.
    frames: u8,
    peak: u8,
    /// Whether what was sent last passed through: nobody knows how loud that is.
    passes: bool,
}

impl Levels {
    /// A frame was sent.
    pub(super) fn sent(&mut self, level: Option<u8>) {
        self.passes = level.is_none();
        match level {
            Some(level) => self.add(level),
            None => self.clear(),
        }
    }

    /// A frame was due, and was not there.
    pub(super) fn missed(&mut self) {
        if !self.passes {
            self.add(SILENT);
        }
    }

    /// Nothing is to be heard.
    pub(super) fn rest(&mut self) {
        self.passes = false;
        self.clear();
    }

    fn clear(&mut self) {
        self.peaks.clear();
        self.frames = 0;
    }

    fn add(&mut self, level: u8) {
        self.peak = if self.frames == 0 { level } else { self.peak.min(level) };
        self.frames += 1;
        if self.frames == PIECE {
            self.frames = 0;
            if self.peaks.len() == KEPT {
                self.peaks.pop_front();
            }
            self.peaks.push_back(self.peak);
        }
    }

    /// Whether what is sent passes through as it came.
    pub(crate) const fn passes(&self) -> bool {
        self.passes
    }

    /// The peak of each tenth of a second of the last two, in dBFS.
    pub(crate) fn peaks(&self) -> Vec<i16> {
        self.peaks.iter().map(|peak| -i16::from(*peak)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_of_tenths_of_a_second_and_forgotten_after_two() {
        let mut levels = Levels::default();
        for level in [40, 6, 30, 50, 96, 20, 20, 20] {
            levels.sent(Some(level));
        }
        levels.missed();
        assert_eq!(levels.peaks(), [-6]);
        levels.missed();
        assert_eq!(levels.peaks(), [-6, -20]);
        for _ in 0..95 {
            levels.missed();
        }
        assert_eq!((levels.peaks().len(), levels.peaks().get(..2)), (20, Some(&[-20, -96][..])));
        assert!(!levels.passes());
    }

    #[test]
    fn what_passes_through_has_no_level() {
        let mut levels = Levels::default();
        (0..10).for_each(|_| levels.sent(Some(3)));
        levels.sent(None);
        levels.missed();
        assert!(levels.passes() && levels.peaks().is_empty());
        levels.rest();
        assert!(!levels.passes());
    }
}
