//! Sound of a lower rate at 48 kHz: between two samples of the source lie so many of the result, each with a filter of its own, and
//! all sounds of a rate share the filters.

#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor that was found")]

use std::collections::HashMap;
use std::f64::consts::PI;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use pulp::{Arch, NullaryFnOnce};

use crate::{CHANNELS, RATE};

/// Samples of the source that make one of the result.
const TAPS: usize = 64;
/// How steep the filters are, and how little they let through that is not wanted: 90 decibels less, from 24 kHz on for a source of
/// 44.1 kHz, of which nothing is lost below 20.
const STEEP: f64 = 9.0;
/// Most filters of a rate.
const MOST: u32 = 640;
/// Samples that are side by side in a processor.
const LANES: usize = 8;

/// Samples of the source that are filtered together: as many as a frame of MP3 has.
const PART: usize = 1_152;

/// Filters by the rate of the source, for as long as anybody has sound of that rate.
static FILTERS: Mutex<Option<HashMap<u32, Weak<[f32]>>>> = Mutex::new(None);

/// Turns stereo of a lower rate into 48 kHz.
pub(crate) struct Polyphase {
    filters: Arc<[f32]>,
    /// So many samples of the result for so many of the source.
    up: usize,
    down: usize,
    /// The filter that comes next.
    phase: usize,
    /// Both sides apart, from the first sample that the next filter needs, and how many there are.
    past: [[f32; TAPS - 1]; CHANNELS],
    kept: usize,
}

impl Polyphase {
    /// For a source of a rate, if that is one it is made for.
    pub(crate) fn new(rate: u32, divisor: u32) -> Option<Self> {
        let (up, down) = (RATE / divisor, rate / divisor);
        if rate >= RATE || up > MOST {
            return None;
        }
        let filters = {
            let mut known = FILTERS.lock().unwrap_or_else(PoisonError::into_inner);
            let known = known.get_or_insert_default();
            known.get(&rate).and_then(Weak::upgrade).unwrap_or_else(|| {
                let made: Arc<[f32]> = filters(up as usize).into();
                known.retain(|_, filters| filters.strong_count() > 0);
                known.insert(rate, Arc::downgrade(&made));
                made
            })
        };
        // The first sample of the result is at the first of the source: half of what its filter needs was silence.
        let (past, kept) = ([[0.0; TAPS - 1]; CHANNELS], TAPS / 2 - 1);
        Some(Self { filters, up: up as usize, down: down as usize, phase: 0, past, kept })
    }

    /// Takes samples and puts what they make behind `out`.
    pub(crate) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let frames = samples.as_chunks::<CHANNELS>().0;
        out.reserve(((self.kept + frames.len()) * self.up / self.down + 1) * CHANNELS);
        for frames in frames.chunks(PART) {
            // On the stack: what is between two calls is little.
            let mut planes = [[0.0; TAPS - 1 + PART]; CHANNELS];
            for (plane, past) in planes.iter_mut().zip(&self.past) {
                plane.iter_mut().zip(past.iter().take(self.kept)).for_each(|(to, from)| *to = *from);
            }
            let [left, right] = planes.each_mut().map(|plane| plane.get_mut(self.kept..).unwrap_or_default());
            for ((frame, left), right) in frames.iter().zip(left).zip(right) {
                (*left, *right) = (frame[0], frame[1]);
            }
            let length = self.kept + frames.len();
            let sides = planes.each_ref().map(|plane| plane.get(..length).unwrap_or_default());
            let at = Arch::new().dispatch(Filter { sound: self, sides, out });
            for (past, plane) in self.past.iter_mut().zip(sides) {
                past.iter_mut().zip(plane.iter().skip(at)).for_each(|(to, from)| *to = *from);
            }
            self.kept = length - at;
        }
    }

    /// Filters what is there; how many samples no filter needs any more.
    #[inline(always)]
    fn filter(&mut self, [left, right]: [&[f32]; CHANNELS], out: &mut Vec<f32>) -> usize {
        let mut at = 0;
        while let (Some(left), Some(right), Some(taps)) = (
            left.get(at..at + TAPS),
            right.get(at..at + TAPS),
            self.filters.get(self.phase * TAPS..(self.phase + 1) * TAPS),
        ) {
            out.extend_from_slice(&dot(taps, left, right));
            self.phase += self.down;
            if self.phase >= self.up {
                self.phase -= self.up;
                at += 1;
            }
        }
        at
    }
}

/// What is compiled for each kind of processor, and chosen when it runs.
struct Filter<'a> {
    sound: &'a mut Polyphase,
    sides: [&'a [f32]; CHANNELS],
    out: &'a mut Vec<f32>,
}

impl NullaryFnOnce for Filter<'_> {
    type Output = usize;

    #[inline(always)]
    fn call(self) -> usize {
        self.sound.filter(self.sides, self.out)
    }
}

/// A window of a sine over its argument for each point between two samples.
fn filters(up: usize) -> Vec<f32> {
    let half = (TAPS / 2) as f64;
    let edge = bessel(STEEP);
    (0..up)
        .flat_map(|phase| {
            let part = phase as f64 / up as f64;
            let taps: Vec<f64> = (0..TAPS)
                .map(|tap| {
                    let distance = tap as f64 - (half - 1.0) - part;
                    let window = bessel(STEEP * (1.0 - (distance / half).powi(2)).max(0.0).sqrt()) / edge;
                    let angle = PI * distance;
                    window * if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle }
                })
                .collect();
            let sum: f64 = taps.iter().sum();
            taps.into_iter().map(move |tap| (tap / sum) as f32)
        })
        .collect()
}

/// The modified Bessel function of the first kind, of order zero.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..40 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

#[inline(always)]
fn dot(taps: &[f32], left: &[f32], right: &[f32]) -> [f32; CHANNELS] {
    let mut sums = [[0.0_f32; LANES]; CHANNELS];
    let sides = left.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0);
    for (taps, (left, right)) in taps.as_chunks::<LANES>().0.iter().zip(sides) {
        let [lefts, rights] = &mut sums;
        for lane in 0..LANES {
            #[expect(clippy::indexing_slicing, reason = "lanes of arrays")]
            {
                lefts[lane] += taps[lane] * left[lane];
                rights[lane] += taps[lane] * right[lane];
            }
        }
    }
    // Halves upon halves: one sum after another would wait for each.
    sums.map(|[a, b, c, d, e, f, g, h]| {
        let [a, b, c, d] = [a + e, b + f, c + g, d + h];
        (a + c) + (b + d)
    })
}
