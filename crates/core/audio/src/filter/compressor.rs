//! Makes loud parts softer.

use super::chain::Effect;
use crate::{CHANNELS, RATE, decibels, factor};

/// Frames that share one gain: the curve between them is a straight line.
const PART: usize = 16;

/// Works on the louder side and treats both alike, so that nothing moves.
#[derive(Clone, Debug)]
pub(super) struct Compressor {
    threshold: f32,
    share: f32,
    attack: f32,
    release: f32,
    makeup: f32,
    /// Decibels that are taken away now.
    less: f32,
    gain: f32,
}

fn glide(milliseconds: f32) -> f32 {
    1.0 - (-(PART as f32) / (milliseconds / 1000.0 * RATE as f32)).exp()
}

impl Effect for Compressor {
    type Config = super::Compressor;

    fn new(config: super::Compressor) -> Self {
        let gain = factor(config.gain);
        let mut new = Self { threshold: 0.0, share: 0.0, attack: 0.0, release: 0.0, makeup: 0.0, less: 0.0, gain };
        new.set(config);
        new
    }

    fn set(&mut self, config: super::Compressor) {
        self.threshold = config.threshold;
        self.share = 1.0 - 1.0 / config.ratio;
        self.attack = glide(config.attack);
        self.release = glide(config.release);
        self.makeup = config.gain;
    }

    fn process(&mut self, samples: &mut [f32]) {
        for part in samples.chunks_mut(PART * CHANNELS) {
            let peak = part.iter().fold(1e-6_f32, |peak, sample| peak.max(sample.abs()));
            let goal = (decibels(peak) - self.threshold).max(0.0) * self.share;
            self.less += (goal - self.less) * if goal > self.less { self.attack } else { self.release };
            let gain = factor(self.makeup - self.less);
            let step = (gain - self.gain) / (part.len() / CHANNELS) as f32;
            for frame in part.as_chunks_mut::<CHANNELS>().0 {
                self.gain += step;
                frame[0] *= self.gain;
                frame[1] *= self.gain;
            }
            self.gain = gain;
        }
    }
}
