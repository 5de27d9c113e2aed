//! How loud a track is (EBU R 128), and the gain that makes it as loud as others.

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};

use crate::{CHANNELS, Error, RATE, Result};

/// What is known of a track once all of it was heard.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Loudness {
    /// Of the whole track, in LUFS.
    pub integrated: f32,
    /// Between soft and loud parts, in LU.
    pub range: f32,
    /// The highest point, between samples too, in decibels of full scale.
    pub true_peak: f32,
}

/// How loud tracks are to be.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Target {
    /// In LUFS.
    pub loudness: f32,
    /// Soft tracks become louder by so many decibels at most.
    pub max_boost: f32,
}

impl Default for Target {
    fn default() -> Self {
        Self { loudness: -14.0, max_boost: 8.0 }
    }
}

/// Loud tracks become softer by so many decibels at most.
const MAX_CUT: f32 = -40.0;

impl Target {
    /// Decibels for a track of so many LUFS.
    pub fn gain(&self, integrated: f32) -> f32 {
        if integrated.is_finite() { (self.loudness - integrated).clamp(MAX_CUT, self.max_boost.max(0.0)) } else { 0.0 }
    }
}

/// Frames in which an estimate becomes the truth: 3 s.
pub const BLEND: u64 = 3 * RATE as u64;

/// Listens to a track, faster than it is played.
pub struct Meter {
    inner: EbuR128,
    peaks: bool,
    heard: u64,
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("heard", &self.heard).finish_non_exhaustive()
    }
}

impl Meter {
    /// A meter that finds true peaks and the range too. It costs twice as much as one for loudness alone.
    pub fn new() -> Result<Self> {
        Self::with(Mode::I | Mode::S | Mode::LRA | Mode::TRUE_PEAK, true)
    }

    /// A meter for loudness alone.
    pub fn simple() -> Result<Self> {
        Self::with(Mode::I | Mode::S, false)
    }

    fn with(mode: Mode, peaks: bool) -> Result<Self> {
        let unsupported = |_| Error::Format { rate: RATE, channels: CHANNELS };
        Ok(Self { inner: EbuR128::new(CHANNELS as u32, RATE, mode).map_err(unsupported)?, peaks, heard: 0 })
    }

    /// Hears frames.
    pub fn add(&mut self, samples: &[f32]) {
        let whole = samples.get(..samples.len() / CHANNELS * CHANNELS).unwrap_or_default();
        // It refuses nothing but incomplete frames.
        let _ = self.inner.add_frames_f32(whole);
        self.heard += (whole.len() / CHANNELS) as u64;
    }

    /// Frames that were heard.
    pub const fn heard(&self) -> u64 {
        self.heard
    }

    /// LUFS as far as they can be told by now: of all that was heard, or of the last moment if that was short.
    pub fn estimate(&self) -> Option<f32> {
        let found =
            if self.heard >= u64::from(RATE) { self.inner.loudness_global() } else { self.inner.loudness_momentary() };
        found.ok().filter(|loudness| loudness.is_finite() && *loudness > -70.0).map(|loudness| loudness as f32)
    }

    /// What is known of the track; nothing if it is silent.
    pub fn finish(&self) -> Option<Loudness> {
        let integrated = self.inner.loudness_global().ok().filter(|loudness| loudness.is_finite())? as f32;
        if !self.peaks {
            return Some(Loudness { integrated, range: 0.0, true_peak: 0.0 });
        }
        let peak = (0..CHANNELS as u32).filter_map(|side| self.inner.true_peak(side).ok()).fold(0.0, f64::max);
        let range = self.inner.loudness_range().unwrap_or(0.0) as f32;
        Some(Loudness { integrated, range, true_peak: crate::decibels(peak as f32) })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::{Deck, Queue, SAMPLES, Settings, Sound, testing};

    fn measure(samples: &[f32]) -> Loudness {
        let mut meter = Meter::new().unwrap();
        meter.add(samples);
        meter.finish().unwrap()
    }

    fn all(deck: &mut Deck<Queue>) -> Vec<f32> {
        let (mut out, mut block) = (Vec::new(), [0.0; SAMPLES]);
        while deck.samples(&mut block).sound == Sound::Played {
            out.extend_from_slice(&block);
        }
        out
    }

    #[test]
    fn twelve_tracks_come_out_alike() {
        let target = Target { max_boost: 20.0, ..Target::default() };
        for index in 0..12_u8 {
            let wanted = -30.0 + 25.0 / 11.0 * f32::from(index);
            let mut track = match index % 3 {
                0 => testing::music(12.0),
                1 => testing::noise(12.0),
                _ => testing::sine(440.0, 0.5, 12 * 48_000),
            };
            // Every fourth has loud and soft halves.
            if index % 4 == 3 {
                let half = track.len() / 2;
                track[half..].iter_mut().for_each(|sample| *sample *= 0.5);
            }
            let by = crate::factor(wanted - measure(&track).integrated);
            track.iter_mut().for_each(|sample| *sample *= by);
            let found = measure(&track);
            assert!((found.integrated - wanted).abs() < 0.05);
            let mut deck = Deck::new(Settings::default());
            deck.play(Queue::of(track), target.gain(found.integrated));
            let out = measure(&all(&mut deck));
            assert!((out.integrated - target.loudness).abs() <= 0.5, "track {index}: {out:?}");
            assert!(out.true_peak <= -1.0, "track {index}: {out:?}");
        }
    }

    #[test]
    fn soft_tracks_are_not_made_noise() {
        let target = Target::default();
        for (integrated, expected) in [(-14.0, 0.0), (-5.0, -9.0), (-20.0, 6.0), (-40.0, 8.0), (f32::NEG_INFINITY, 0.0)]
        {
            assert!((target.gain(integrated) - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn an_estimate_becomes_the_truth_without_a_jump() {
        // A soft beginning lets the estimate be wrong by 6 dB.
        let mut track = testing::noise(10.0);
        track.iter_mut().for_each(|sample| *sample *= 0.1);
        track[..96_000].iter_mut().for_each(|sample| *sample *= 0.5);
        let mut meter = Meter::simple().unwrap();
        meter.add(&track[..48_000]);
        let estimate = meter.estimate().unwrap();
        let truth = measure(&track).integrated;
        assert!(truth - estimate > 4.0, "{truth} {estimate}");
        let target = Target { loudness: -20.0, max_boost: 20.0 };
        let mut deck = Deck::new(Settings::default());
        deck.play(Queue::of(track.clone()), target.gain(estimate));
        let (mut out, mut block) = (Vec::new(), [0.0; SAMPLES]);
        for _ in 0..20 {
            deck.samples(&mut block);
            out.extend_from_slice(&block);
        }
        deck.settle_gain(target.gain(truth));
        out.extend(all(&mut deck));
        let gains: Vec<f32> = out
            .chunks(SAMPLES)
            .zip(track.chunks(SAMPLES))
            .map(|(out, track)| 5.0 * (testing::power(out) / testing::power(track)).log10() * 2.0)
            .collect();
        assert!(gains.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.1), "{gains:?}");
        assert!((gains[10] - target.gain(estimate)).abs() < 0.01);
        assert!((gains[160] - target.gain(truth)).abs() < 0.01);
    }
}
