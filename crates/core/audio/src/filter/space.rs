//! Echo and reverb.

use super::chain::{Effect, flush};
use crate::{CHANNELS, RATE};

#[derive(Clone, Debug)]
pub(super) struct Echo {
    line: Vec<[f32; CHANNELS]>,
    at: usize,
    feedback: f32,
    mix: f32,
    /// How much of the sound is remembered: a sound that begins in its middle would be a click in each echo.
    send: f32,
}

/// A block until all of the sound is remembered.
const OPEN: f32 = 1.0 / crate::BLOCK as f32;

#[expect(clippy::cast_sign_loss, reason = "delays are positive")]
fn frames(milliseconds: f32) -> usize {
    ((milliseconds / 1000.0 * RATE as f32) as usize).max(1)
}

impl Effect for Echo {
    type Config = super::Echo;

    fn new(config: super::Echo) -> Self {
        Self {
            line: vec![[0.0; 2]; frames(config.delay)],
            at: 0,
            feedback: config.feedback,
            mix: config.mix,
            send: 0.0,
        }
    }

    fn set(&mut self, config: super::Echo) {
        if frames(config.delay) == self.line.len() {
            self.feedback = config.feedback;
            self.mix = config.mix;
        } else {
            *self = Self::new(config);
        }
    }

    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            self.send = (self.send + OPEN).min(1.0);
            if let Some(line) = self.line.get_mut(self.at) {
                for (line, sample) in line.iter_mut().zip(frame) {
                    let echo = *line;
                    *line = *sample * self.send + echo * self.feedback;
                    flush(line);
                    *sample += echo * self.mix;
                }
            }
            self.at += 1;
            if self.at >= self.line.len() {
                self.at = 0;
            }
        }
    }
}

/// A delay that feeds itself, softer at high frequencies.
#[derive(Clone, Debug)]
struct Comb {
    line: Vec<f32>,
    at: usize,
    low: f32,
}

/// A delay that changes phases only.
#[derive(Clone, Debug)]
struct Pass {
    line: Vec<f32>,
    at: usize,
}

/// Delays in frames at 44.1 kHz, chosen so that they rarely meet (Schroeder, Moorer).
const COMBS: [usize; 8] = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const PASSES: [usize; 4] = [556, 441, 341, 225];
/// The right side's delays are longer.
const SPREAD: usize = 23;

#[derive(Clone, Debug)]
pub(super) struct Reverb {
    combs: [Vec<Comb>; CHANNELS],
    passes: [Vec<Pass>; CHANNELS],
    config: super::Reverb,
    scratch: [Vec<f32>; CHANNELS],
    mono: Vec<f32>,
}

impl Effect for Reverb {
    type Config = super::Reverb;

    fn new(config: super::Reverb) -> Self {
        let length = |frames: usize, side: usize| (frames + side * SPREAD) * RATE as usize / 44_100;
        let combs = |side| {
            COMBS.iter().map(|&frames| Comb { line: vec![0.0; length(frames, side)], at: 0, low: 0.0 }).collect()
        };
        let passes =
            |side| PASSES.iter().map(|&frames| Pass { line: vec![0.0; length(frames, side)], at: 0 }).collect();
        Self {
            combs: [combs(0), combs(1)],
            passes: [passes(0), passes(1)],
            config,
            scratch: [Vec::new(), Vec::new()],
            mono: Vec::new(),
        }
    }

    fn set(&mut self, config: super::Reverb) {
        self.config = config;
    }

    fn process(&mut self, samples: &mut [f32]) {
        let feedback = 0.7 + 0.28 * self.config.room_size;
        let damp = 0.4 * self.config.damping;
        self.mono.clear();
        self.mono.extend(samples.as_chunks::<CHANNELS>().0.iter().map(|[left, right]| (left + right) * 0.015));
        for (side, out) in self.scratch.iter_mut().enumerate() {
            out.clear();
            out.resize(self.mono.len(), 0.0);
            for comb in self.combs.get_mut(side).into_iter().flatten() {
                comb.process(&self.mono, out, feedback, damp);
            }
            for pass in self.passes.get_mut(side).into_iter().flatten() {
                pass.process(out);
            }
        }
        let [left, right] = &self.scratch;
        let mix = self.config.mix;
        let (near, far) =
            (f32::midpoint(1.0, self.config.width) * 3.0 * mix, f32::midpoint(1.0, -self.config.width) * 3.0 * mix);
        for ((frame, left), right) in samples.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(left).zip(right) {
            frame[0] = frame[0] * (1.0 - mix) + left * near + right * far;
            frame[1] = frame[1] * (1.0 - mix) + right * near + left * far;
        }
    }
}

impl Comb {
    fn process(&mut self, input: &[f32], out: &mut [f32], feedback: f32, damp: f32) {
        for (input, out) in input.iter().zip(out) {
            if let Some(line) = self.line.get_mut(self.at) {
                *out += *line;
                self.low = *line * (1.0 - damp) + self.low * damp;
                flush(&mut self.low);
                *line = input + self.low * feedback;
            }
            self.at += 1;
            if self.at >= self.line.len() {
                self.at = 0;
            }
        }
    }
}

impl Pass {
    fn process(&mut self, samples: &mut [f32]) {
        for sample in samples {
            if let Some(line) = self.line.get_mut(self.at) {
                let late = *line;
                *line = *sample + late * 0.5;
                flush(line);
                *sample = late - *sample;
            }
            self.at += 1;
            if self.at >= self.line.len() {
                self.at = 0;
            }
        }
    }
}
