//! Fifteen bands.

use std::f64::consts::PI;

use super::chain::{Effect, flush};
use crate::CHANNELS;

const BANDS: [f64; 15] =
    [25.0, 40.0, 63.0, 100.0, 160.0, 250.0, 400.0, 630.0, 1e3, 1.6e3, 2.5e3, 4e3, 6.3e3, 1e4, 1.6e4];

const LANES: usize = 4;

/// Band passes two thirds of an octave wide, whose output is added to the sound: four of them side by side.
#[derive(Clone, Debug, Default)]
struct Group {
    alpha: [f32; LANES],
    beta: [f32; LANES],
    gamma: [f32; LANES],
    gain: [f32; LANES],
    last: [[f32; LANES]; CHANNELS],
    before: [[f32; LANES]; CHANNELS],
}

#[derive(Clone, Debug)]
pub(super) struct Equalizer {
    groups: [Group; 4],
    /// The last two frames.
    last: [f32; CHANNELS],
    before: [f32; CHANNELS],
    scratch: Vec<[f32; CHANNELS]>,
}

impl Effect for Equalizer {
    type Config = [f32; 15];

    fn new(config: [f32; 15]) -> Self {
        let mut groups: [Group; 4] = Default::default();
        let ratio = 2.0_f64.powf(1.0 / 3.0);
        let lanes =
            groups.iter_mut().flat_map(|group| group.alpha.iter_mut().zip(&mut group.beta).zip(&mut group.gamma));
        for (((alpha, beta), gamma), frequency) in lanes.zip(BANDS) {
            let half = (PI * frequency * (ratio - 1.0 / ratio) / 48_000.0).tan();
            let decay = (1.0 - half) / (1.0 + half);
            *beta = decay as f32;
            *alpha = ((1.0 - decay) / 2.0) as f32;
            *gamma = ((1.0 + decay) * (2.0 * PI * frequency / 48_000.0).cos()) as f32;
        }
        let mut new = Self { groups, last: [0.0; 2], before: [0.0; 2], scratch: Vec::new() };
        new.set(config);
        new
    }

    fn set(&mut self, config: [f32; 15]) {
        // A quarter is the whole band.
        let gains = self.groups.iter_mut().flat_map(|group| &mut group.gain);
        gains.zip(config).for_each(|(gain, value)| *gain = value * 4.0);
    }

    #[expect(clippy::indexing_slicing, reason = "two channels, four lanes")]
    fn process(&mut self, samples: &mut [f32]) {
        let frames = samples.as_chunks_mut::<CHANNELS>().0;
        self.scratch.clear();
        for frame in frames.iter() {
            self.scratch.push([frame[0] - self.before[0], frame[1] - self.before[1]]);
            self.before = self.last;
            self.last = *frame;
        }
        for group in &mut self.groups {
            if group.gain.iter().all(|gain| gain.abs() < 1e-6) {
                group.last = Default::default();
                group.before = Default::default();
                continue;
            }
            let Group { alpha, beta, gamma, gain, .. } = *group;
            let (mut last, mut before) = (group.last, group.before);
            for (frame, difference) in frames.iter_mut().zip(&self.scratch) {
                for channel in 0..CHANNELS {
                    let (last, before, difference) = (&mut last[channel], &mut before[channel], difference[channel]);
                    let mut next = [0.0; LANES];
                    let mut sum = [0.0; LANES];
                    for lane in 0..LANES {
                        next[lane] = alpha[lane] * difference + gamma[lane] * last[lane] - beta[lane] * before[lane];
                        sum[lane] = gain[lane] * next[lane];
                    }
                    *before = *last;
                    *last = next;
                    frame[channel] += (sum[0] + sum[1]) + (sum[2] + sum[3]);
                }
            }
            last.iter_mut().chain(&mut before).flatten().for_each(flush);
            (group.last, group.before) = (last, before);
        }
    }
}
