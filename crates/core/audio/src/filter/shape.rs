//! What changes each frame by itself or by the one before: volume, karaoke, distortion, mix of the sides, low and high pass.

use std::f32::consts::TAU;

use super::chain::{Effect, flush};
use crate::{CHANNELS, RATE};

#[derive(Clone, Debug)]
pub(super) struct Volume(f32);

impl Effect for Volume {
    type Config = f32;

    fn new(config: f32) -> Self {
        Self(config)
    }

    fn set(&mut self, config: f32) {
        self.0 = config;
    }

    fn process(&mut self, samples: &mut [f32]) {
        for sample in samples {
            *sample *= self.0;
        }
    }
}

/// A resonator that rings at the band and gives back what was taken there.
#[derive(Clone, Debug)]
pub(super) struct Karaoke {
    level: f32,
    mono: f32,
    gain: f32,
    last: f32,
    before: f32,
    first: f32,
    second: f32,
}

impl Effect for Karaoke {
    type Config = super::Karaoke;

    fn new(config: super::Karaoke) -> Self {
        let mut new = Self { level: 0.0, mono: 0.0, gain: 0.0, last: 0.0, before: 0.0, first: 0.0, second: 0.0 };
        new.set(config);
        new
    }

    fn set(&mut self, config: super::Karaoke) {
        self.level = config.level;
        self.mono = config.mono_level;
        self.second = (-TAU * config.filter_width / RATE as f32).exp();
        self.first = -4.0 * self.second / (1.0 + self.second) * (TAU * config.filter_band / RATE as f32).cos();
        self.gain = (1.0 - self.first * self.first / (4.0 * self.second)).max(0.0).sqrt() * (1.0 - self.second);
    }

    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            let [left, right] = *frame;
            let band = self.gain * f32::midpoint(left, right) - self.first * self.last - self.second * self.before;
            self.before = self.last;
            self.last = band;
            let back = band * self.mono * self.level;
            *frame = [left - right * self.level + back, right - left * self.level + back];
        }
        flush(&mut self.last);
        flush(&mut self.before);
    }
}

#[derive(Clone, Debug)]
pub(super) struct Distortion(super::Distortion);

impl Effect for Distortion {
    type Config = super::Distortion;

    fn new(config: super::Distortion) -> Self {
        Self(config)
    }

    fn set(&mut self, config: super::Distortion) {
        self.0 = config;
    }

    fn process(&mut self, samples: &mut [f32]) {
        let by = self.0;
        for sample in samples {
            let sine = by.sin_offset + (*sample * by.sin_scale).sin();
            let cosine = by.cos_offset + (*sample * by.cos_scale).cos();
            let tangent = by.tan_offset + (*sample * by.tan_scale).tan();
            *sample = (by.offset + by.scale * sine * cosine * tangent).clamp(-1.0, 1.0);
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct ChannelMix(super::ChannelMix);

impl Effect for ChannelMix {
    type Config = super::ChannelMix;

    fn new(config: super::ChannelMix) -> Self {
        Self(config)
    }

    fn set(&mut self, config: super::ChannelMix) {
        self.0 = config;
    }

    fn process(&mut self, samples: &mut [f32]) {
        let by = self.0;
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            let [left, right] = *frame;
            *frame = [
                left * by.left_to_left + right * by.right_to_left,
                left * by.left_to_right + right * by.right_to_right,
            ];
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct LowPass {
    share: f32,
    last: [f32; CHANNELS],
}

impl Effect for LowPass {
    type Config = super::LowPass;

    fn new(config: super::LowPass) -> Self {
        Self { share: 1.0 / config.smoothing, last: [0.0; 2] }
    }

    fn set(&mut self, config: super::LowPass) {
        self.share = 1.0 / config.smoothing;
    }

    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            for (last, sample) in self.last.iter_mut().zip(frame) {
                *last += (*sample - *last) * self.share;
                *sample = *last;
            }
        }
        self.last.iter_mut().for_each(flush);
    }
}

/// Butterworth of the second order.
#[derive(Clone, Debug)]
pub(super) struct HighPass {
    /// Of the input, and of the two outputs before.
    feed: f32,
    first: f32,
    second: f32,
    boost: f32,
    state: [[f32; 2]; CHANNELS],
}

impl Effect for HighPass {
    type Config = super::HighPass;

    fn new(config: super::HighPass) -> Self {
        let mut new = Self { feed: 0.0, first: 0.0, second: 0.0, boost: 0.0, state: [[0.0; 2]; CHANNELS] };
        new.set(config);
        new
    }

    fn set(&mut self, config: super::HighPass) {
        let angle = TAU * config.cutoff_frequency / RATE as f32;
        let slope = angle.sin() * std::f32::consts::FRAC_1_SQRT_2;
        let whole = 1.0 + slope;
        self.feed = f32::midpoint(1.0, angle.cos()) / whole;
        self.first = -2.0 * angle.cos() / whole;
        self.second = (1.0 - slope) / whole;
        self.boost = config.boost_factor;
    }

    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            for ([first, second], sample) in self.state.iter_mut().zip(frame) {
                let out = self.feed * *sample + *first;
                *first = *second - 2.0 * self.feed * *sample - self.first * out;
                *second = self.feed * *sample - self.second * out;
                *sample = out * self.boost;
            }
        }
        self.state.iter_mut().flatten().for_each(flush);
    }
}
