//! Reads sound at another speed, which may change at any time: `rate` and `pitch`.

use std::f32::consts::PI;

use crate::CHANNELS;

/// Points between two samples for which there is a filter; between them it is a straight line.
const PHASES: usize = 128;
/// Samples to each side at a speed of one or less.
const HALF: usize = 16;
/// Frames that are kept of what was read, for filters to come.
const KEEP: usize = HALF * 10;
/// The filter lets through so much of what can be heard afterwards.
const PASS: f32 = 0.92;

/// A window of a sine over its argument for every point between two samples.
#[derive(Clone, Debug)]
pub(crate) struct Sinc {
    step: f64,
    half: usize,
    cutoff: f32,
    table: Vec<f32>,
    /// Both sides apart, with some that was read already.
    planes: [Vec<f32>; CHANNELS],
    /// Where the filter begins; what is read next is `half - 1` behind.
    at: f64,
}

impl Sinc {
    pub(crate) fn new() -> Self {
        let planes = [vec![0.0; KEEP], vec![0.0; KEEP]];
        let mut new = Self { step: 1.0, half: 0, cutoff: 1.0, table: Vec::new(), planes, at: KEEP as f64 + 1.0 };
        new.set(1.0);
        new
    }

    /// Reads so many frames for each that comes out.
    #[expect(clippy::cast_sign_loss, reason = "speeds are positive")]
    pub(crate) fn set(&mut self, step: f64) {
        self.step = step;
        let wide = step.max(1.0) as f32;
        // Whole vectors to each side.
        let half = ((HALF as f32 * wide / 4.0).ceil() * 4.0) as usize;
        let cutoff = if step > 1.001 { PASS / wide } else { 1.0 };
        // The point that is read next stays where it is.
        self.at += self.half as f64 - half as f64;
        if self.at < 0.0 {
            let missing = (-self.at).ceil();
            self.planes
                .iter_mut()
                .for_each(|plane| drop(plane.splice(..0, std::iter::repeat_n(0.0, missing as usize))));
            self.at += missing;
        }
        self.half = half;
        // It is made when something is first read at this speed: most players never change it.
        self.table = Vec::new();
        self.cutoff = cutoff;
    }

    fn prepare(&mut self) {
        let (half, cutoff) = (self.half, self.cutoff);
        self.table.reserve_exact((PHASES + 1) * half * 2);
        for phase in 0..=PHASES {
            let start = self.table.len();
            let part = phase as f32 / PHASES as f32;
            self.table.extend((0..half * 2).map(|tap| {
                let distance = tap as f32 - (half as f32 - 1.0) - part;
                let window = (0.5 * PI * (distance / half as f32).clamp(-1.0, 1.0)).cos().powi(2);
                let angle = PI * distance * cutoff;
                if angle.abs() < 1e-4 { window } else { angle.sin() / angle * window }
            }));
            let taps = self.table.get_mut(start..).unwrap_or_default();
            let sum: f32 = taps.iter().sum();
            taps.iter_mut().for_each(|tap| *tap /= sum);
        }
    }

    pub(crate) fn push(&mut self, samples: &[f32]) {
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.extend(samples.iter().skip(channel).step_by(CHANNELS));
        }
    }

    /// Puts all frames that can be made behind `out`.
    #[expect(clippy::cast_sign_loss, reason = "positions are positive")]
    pub(crate) fn pull(&mut self, out: &mut Vec<f32>) {
        if self.table.is_empty() {
            self.prepare();
        }
        let taps = self.half * 2;
        let [left, right] = &self.planes;
        loop {
            let whole = self.at as usize;
            let (Some(left), Some(right)) = (left.get(whole..whole + taps), right.get(whole..whole + taps)) else {
                break;
            };
            let point = (self.at - whole as f64) as f32 * PHASES as f32;
            let phase = (point as usize).min(PHASES - 1);
            let part = point - phase as f32;
            let (Some(near), Some(far)) = (
                self.table.get(phase * taps..(phase + 1) * taps),
                self.table.get((phase + 1) * taps..(phase + 2) * taps),
            ) else {
                break;
            };
            out.extend_from_slice(&dot(near, far, part, left, right));
            self.at += self.step;
        }
        // Moved only now and then.
        let passed = (self.at as usize).saturating_sub(KEEP);
        if passed > 2_048 {
            for plane in &mut self.planes {
                plane.drain(..passed.min(plane.len()));
            }
            self.at -= passed as f64;
        }
    }

    /// Frames that went in and have not been read.
    #[expect(clippy::cast_sign_loss, reason = "positions are positive")]
    pub(crate) fn pending(&self) -> usize {
        self.planes.first().map_or(0, Vec::len).saturating_sub(self.at as usize + self.half - 1)
    }

    /// Puts what was not read yet behind `out` as it is.
    #[expect(clippy::cast_sign_loss, reason = "positions are positive")]
    pub(crate) fn drain(&mut self, out: &mut Vec<f32>) {
        let start = self.at.round() as usize + self.half - 1;
        let [left, right] = &self.planes;
        out.extend(left.iter().zip(right).skip(start).flat_map(|(left, right)| [*left, *right]));
        self.skip();
    }

    /// Notes frames that have gone by without being read, so that what comes is read as what follows them.
    pub(crate) fn pass(&mut self, samples: &[f32]) {
        let frames = samples.len() / CHANNELS;
        let last = samples.get(frames.saturating_sub(KEEP) * CHANNELS..).unwrap_or_default();
        self.push(last);
        self.skip();
    }

    /// All that is there was read.
    fn skip(&mut self) {
        for plane in &mut self.planes {
            plane.drain(..plane.len().saturating_sub(KEEP));
        }
        let length = self.planes.first().map_or(0, Vec::len);
        self.at = (length as f64 + 1.0 - self.half as f64).max(0.0);
    }
}

const LANES: usize = 4;

fn dot(near: &[f32], far: &[f32], part: f32, left: &[f32], right: &[f32]) -> [f32; CHANNELS] {
    let mut sums = [[0.0_f32; LANES]; CHANNELS];
    let taps = near.as_chunks::<LANES>().0.iter().zip(far.as_chunks::<LANES>().0);
    let sides = left.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0);
    for ((near, far), (left, right)) in taps.zip(sides) {
        let [lefts, rights] = &mut sums;
        for lane in 0..LANES {
            #[expect(clippy::indexing_slicing, reason = "lanes of arrays")]
            {
                let tap = near[lane] + (far[lane] - near[lane]) * part;
                lefts[lane] += tap * left[lane];
                rights[lane] += tap * right[lane];
            }
        }
    }
    sums.map(|sum| sum.iter().sum())
}
