//! What sways: tremolo, vibrato, rotation.

use std::f32::consts::TAU;

use super::chain::Effect;
use crate::{CHANNELS, RATE};

/// A sine that goes on when its frequency changes.
#[derive(Clone, Copy, Debug)]
struct Sway {
    turn: f32,
    step: f32,
}

impl Sway {
    fn new(frequency: f32) -> Self {
        Self { turn: 0.0, step: frequency / RATE as f32 }
    }

    fn next(&mut self) -> f32 {
        let value = (self.turn * TAU).sin();
        self.turn = (self.turn + self.step).fract();
        value
    }
}

#[derive(Clone, Debug)]
pub(super) struct Tremolo {
    sway: Sway,
    depth: f32,
}

impl Effect for Tremolo {
    type Config = super::Tremolo;

    fn new(config: super::Tremolo) -> Self {
        Self { sway: Sway::new(config.frequency), depth: config.depth }
    }

    fn set(&mut self, config: super::Tremolo) {
        self.sway.step = config.frequency / RATE as f32;
        self.depth = config.depth;
    }

    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            let gain = 1.0 - self.depth + self.depth * self.sway.next();
            frame[0] *= gain;
            frame[1] *= gain;
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Rotation(Sway);

impl Effect for Rotation {
    type Config = super::Rotation;

    fn new(config: super::Rotation) -> Self {
        Self(Sway::new(config.rotation_hz))
    }

    fn set(&mut self, config: super::Rotation) {
        self.0.step = config.rotation_hz / RATE as f32;
    }

    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            let side = self.0.next();
            frame[0] *= f32::midpoint(1.0, side);
            frame[1] *= f32::midpoint(1.0, -side);
        }
    }
}

/// The delay sways by so many frames at full depth: 2 ms.
const WIDEST: f32 = 96.0;
/// Frames that the curve between samples needs.
const LEAST: f32 = 2.0;
const LINE: usize = 128;

#[derive(Clone, Debug)]
pub(super) struct Vibrato {
    sway: Sway,
    depth: f32,
    line: Box<[[f32; CHANNELS]; LINE]>,
    at: usize,
}

impl Effect for Vibrato {
    type Config = super::Vibrato;

    fn new(config: super::Vibrato) -> Self {
        Self { sway: Sway::new(config.frequency), depth: config.depth, line: Box::new([[0.0; 2]; LINE]), at: 0 }
    }

    fn set(&mut self, config: super::Vibrato) {
        self.sway.step = config.frequency / RATE as f32;
        self.depth = config.depth;
    }

    #[expect(clippy::indexing_slicing, clippy::cast_sign_loss, reason = "positions are taken modulo the line's length")]
    fn process(&mut self, samples: &mut [f32]) {
        for frame in samples.as_chunks_mut::<CHANNELS>().0 {
            self.line[self.at] = *frame;
            let delay = LEAST + f32::midpoint(1.0, self.sway.next()) * self.depth * WIDEST;
            let whole = delay as usize;
            let part = delay.fract();
            // From the latest to the earliest of four frames around the point.
            let point = |back: usize| self.line[(self.at + LINE - back) % LINE];
            let (p0, p1, p2, p3) = (point(whole - 1), point(whole), point(whole + 1), point(whole + 2));
            for channel in 0..CHANNELS {
                let (a, b, c, d) = (p0[channel], p1[channel], p2[channel], p3[channel]);
                let slope = (c - a) * 0.5;
                let bend = a - 2.5 * b + 2.0 * c - 0.5 * d;
                let twist = (d - a) * 0.5 + 1.5 * (b - c);
                frame[channel] = ((twist * part + bend) * part + slope) * part + b;
            }
            self.at = (self.at + 1) % LINE;
        }
    }
}
