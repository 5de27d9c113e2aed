//! Sounds and measures for tests.

#![expect(clippy::cast_sign_loss, reason = "no length is negative")]

use std::f32::consts::TAU;

/// A tone on both sides.
pub(crate) fn sine(frequency: f32, amplitude: f32, frames: usize) -> Vec<f32> {
    let step = f64::from(frequency) / 48_000.0;
    (0..frames).flat_map(|at| [((at as f64 * step).fract() as f32 * TAU).sin() * amplitude; 2]).collect()
}

/// White noise, another on each side.
pub(crate) fn noise(seconds: f32) -> Vec<f32> {
    let mut state = 0x2545_F491_u32;
    (0..(seconds * 96_000.0) as usize)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// Something like music: chords with overtones, a beat, a little noise. No louder than half of full scale.
pub(crate) fn music(seconds: f32) -> Vec<f32> {
    let mut low = 0.0;
    noise(seconds)
        .as_chunks::<2>()
        .0
        .iter()
        .enumerate()
        .flat_map(|(at, noise)| {
            let time = at as f32 / 48_000.0;
            low += 0.2 * (noise[0] - low);
            let beat = (1.0 - (time * 2.0).fract()).powi(6) * low * 0.3;
            let base = [220.0, 277.18, 329.63, 440.0].get((time * 1.5) as usize % 4).copied().unwrap_or(220.0);
            let chord: f32 = (1..8_u8).map(|n| (TAU * (base * f32::from(n) * time).fract()).sin() / f32::from(n)).sum();
            let sway = 0.8 + 0.2 * (3.0 * time).sin();
            [0.13 * chord + beat + 0.01 * noise[0], 0.12 * chord * sway + beat + 0.01 * noise[1]]
        })
        .collect()
}

/// How loud a frequency is on the left: the amplitude of its sine.
pub(crate) fn level(samples: &[f32], frequency: f32) -> f32 {
    let frames = samples.len() / 2;
    let (mut sine, mut cosine, mut weight) = (0.0, 0.0, 0.0);
    for (at, sample) in samples.iter().step_by(2).enumerate() {
        let window = 0.5 - 0.5 * (std::f64::consts::TAU * (at as f64 + 0.5) / frames as f64).cos();
        let angle = std::f64::consts::TAU * (f64::from(frequency) / 48_000.0 * at as f64).fract();
        sine += f64::from(*sample) * window * angle.sin();
        cosine += f64::from(*sample) * window * angle.cos();
        weight += window;
    }
    (sine.hypot(cosine) * 2.0 / weight) as f32
}

/// The loudest frequency on the left between 20 Hz and 20 kHz, and its amplitude.
pub(crate) fn loudest(samples: &[f32]) -> (f32, f32) {
    let best = |from: f32, to: f32, step: f32, samples: &[f32]| {
        let count = ((to - from) / step) as usize;
        (0..=count)
            .map(|index| from + step * index as f32)
            .map(|frequency| (frequency, level(samples, frequency)))
            .fold((0.0, 0.0), |best, found| if found.1 > best.1 { found } else { best })
    };
    let short = samples.get(..8_192).unwrap_or(samples);
    let (rough, _) = best(20.0, 20_000.0, 10.0, short);
    let (near, _) = best(rough - 12.0, rough + 12.0, 1.0, samples);
    best(near - 1.0, near + 1.0, 0.05, samples)
}

/// Power of a sound.
pub(crate) fn power(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64) as f32
}

/// How far two sounds are apart, in decibels of the first.
pub(crate) fn distance(expected: &[f32], found: &[f32]) -> f32 {
    let difference: Vec<f32> = expected.iter().zip(found).map(|(expected, found)| expected - found).collect();
    10.0 * (power(&difference) / power(expected)).log10()
}

/// What remains on the left beside a tone, in decibels of the tone.
pub(crate) fn rest(samples: &[f32], frequency: f32) -> f32 {
    let turn = |at: usize| std::f64::consts::TAU * (f64::from(frequency) / 48_000.0 * at as f64).fract();
    let left = || samples.iter().step_by(2).map(|sample| f64::from(*sample)).enumerate();
    let frames = samples.len() as f64 / 2.0;
    let sine = left().map(|(at, sample)| sample * turn(at).sin()).sum::<f64>() * 2.0 / frames;
    let cosine = left().map(|(at, sample)| sample * turn(at).cos()).sum::<f64>() * 2.0 / frames;
    let rest: f64 =
        left().map(|(at, sample)| (sample - sine * turn(at).sin() - cosine * turn(at).cos()).powi(2)).sum::<f64>()
            / frames;
    (10.0 * (rest / f64::midpoint(sine * sine, cosine * cosine)).log10()) as f32
}
