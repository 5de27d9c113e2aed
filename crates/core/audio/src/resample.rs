//! Sound of any rate and any number of channels to stereo at 48 kHz.

use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, SincInterpolationType, WindowFunction};

use crate::polyphase::Polyphase;
use crate::{BLOCK, CHANNELS, Error, RATE, Result};

/// The longest cycle of two rates for which a Fourier transform is worth it.
const CYCLE: u32 = 2_000;

/// Turns chunks of sound of any length into stereo at 48 kHz, without loss or gain of time: what has come out in the end is as
/// long as what went in.
pub struct Resampler {
    channels: usize,
    rate: u32,
    engine: Engine,
    /// Stereo at the source's rate that is too little for the engine.
    waiting: Vec<f32>,
    scratch: Vec<f32>,
    /// Frames that went in, and that came out.
    taken: u64,
    given: u64,
    /// Frames of the engine's delay that are still to be dropped.
    delay: usize,
}

/// What does the work.
enum Engine {
    /// It is 48 kHz already.
    Nothing,
    /// Lower rates, which nearly all sound has.
    Polyphase(Box<Polyphase>),
    Other(Box<dyn rubato::Resampler<f32>>),
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler").field("rate", &self.rate).field("channels", &self.channels).finish_non_exhaustive()
    }
}

impl Resampler {
    /// A resampler for a source.
    pub fn new(rate: u32, channels: usize) -> Result<Self> {
        let unsupported = Error::Format { rate, channels };
        if !(1_000..=768_000).contains(&rate) || !(1..=32).contains(&channels) {
            return Err(unsupported);
        }
        let divisor = divisor(rate, RATE);
        let engine = if rate == RATE {
            Engine::Nothing
        } else if let Some(polyphase) = Polyphase::new(rate, divisor) {
            Engine::Polyphase(Box::new(polyphase))
        } else if rate / divisor <= CYCLE {
            let engine = Fft::new(rate as usize, RATE as usize, BLOCK, CHANNELS, FixedSync::Input);
            Engine::Other(Box::new(engine.map_err(|_| unsupported)?))
        } else {
            let parameters = SincInterpolationParameters {
                sinc_len: 128,
                oversampling_factor: 256,
                interpolation: SincInterpolationType::Linear,
                window: WindowFunction::BlackmanHarris2,
                f_cutoff: Some(0.95),
            };
            let ratio = f64::from(RATE) / f64::from(rate);
            let engine = Async::new_sinc(ratio, 1.0, &parameters, BLOCK, CHANNELS, FixedAsync::Input);
            Engine::Other(Box::new(engine.map_err(|_| Error::Format { rate, channels })?))
        };
        let delay = if let Engine::Other(engine) = &engine { engine.output_delay() } else { 0 };
        Ok(Self { channels, rate, engine, waiting: Vec::new(), scratch: Vec::new(), taken: 0, given: 0, delay })
    }

    /// Takes interleaved samples of the source and puts what they make behind `out`. An incomplete last frame is dropped.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let frames = samples.len() / self.channels;
        self.taken += frames as u64;
        match &mut self.engine {
            Engine::Nothing => {
                downmix(samples, self.channels, out);
                self.given += frames as u64;
            }
            Engine::Polyphase(engine) => {
                let before = out.len();
                if self.channels == CHANNELS {
                    engine.push(samples.get(..frames * CHANNELS).unwrap_or_default(), out);
                } else {
                    self.scratch.clear();
                    downmix(samples, self.channels, &mut self.scratch);
                    engine.push(&self.scratch, out);
                }
                self.given += ((out.len() - before) / CHANNELS) as u64;
            }
            Engine::Other(_) => {
                downmix(samples, self.channels, &mut self.waiting);
                self.turn(out);
            }
        }
    }

    /// Puts the rest behind `out`: there is no more to come.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        let whole = (self.taken * u64::from(RATE)).div_ceil(u64::from(self.rate));
        let before = out.len();
        // Zeros push out what the engine holds back.
        while self.given < whole {
            let length = self.waiting.len();
            let chunk = match &mut self.engine {
                Engine::Nothing => break,
                Engine::Polyphase(engine) => {
                    let before = out.len();
                    engine.push(&[0.0; BLOCK], out);
                    self.given += ((out.len() - before) / CHANNELS) as u64;
                    continue;
                }
                Engine::Other(engine) => engine.input_frames_next() * CHANNELS,
            };
            self.waiting.resize(length.max(chunk), 0.0);
            let given = self.given;
            self.turn(out);
            if self.given == given && self.delay == 0 {
                break;
            }
        }
        let surplus = self.given.saturating_sub(whole) as usize * CHANNELS;
        out.truncate(out.len().saturating_sub(surplus).max(before));
        self.given = whole;
    }

    fn turn(&mut self, out: &mut Vec<f32>) {
        let Engine::Other(engine) = &mut self.engine else { return };
        let mut start = 0;
        loop {
            let frames = engine.input_frames_next();
            let Some(chunk) = self.waiting.get(start..start + frames * CHANNELS) else { break };
            let space = engine.output_frames_next();
            self.scratch.resize(space * CHANNELS, 0.0);
            let (Ok(input), Ok(mut output)) = (
                InterleavedSlice::new(chunk, CHANNELS, frames),
                InterleavedSlice::new_mut(&mut self.scratch, CHANNELS, space),
            ) else {
                break;
            };
            let Ok((read, written)) = engine.process_into_buffer(&input, &mut output, None) else { break };
            start += read * CHANNELS;
            let late = self.delay.min(written);
            self.delay -= late;
            out.extend_from_slice(self.scratch.get(late * CHANNELS..written * CHANNELS).unwrap_or_default());
            self.given += (written - late) as u64;
        }
        self.waiting.drain(..start);
    }
}

const fn divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Half of the power.
const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// How much of each channel goes to the left and to the right, in the order of WAVE: front, centre, low, back, side.
const fn places(channels: usize) -> Option<&'static [(f32, f32)]> {
    const LEFT: (f32, f32) = (1.0, 0.0);
    const RIGHT: (f32, f32) = (0.0, 1.0);
    const CENTRE: (f32, f32) = (HALF, HALF);
    const LOW: (f32, f32) = (0.0, 0.0);
    const BACK_LEFT: (f32, f32) = (HALF, 0.0);
    const BACK_RIGHT: (f32, f32) = (0.0, HALF);
    Some(match channels {
        3 => &[LEFT, RIGHT, CENTRE],
        4 => &[LEFT, RIGHT, BACK_LEFT, BACK_RIGHT],
        5 => &[LEFT, RIGHT, CENTRE, BACK_LEFT, BACK_RIGHT],
        6 => &[LEFT, RIGHT, CENTRE, LOW, BACK_LEFT, BACK_RIGHT],
        7 => &[LEFT, RIGHT, CENTRE, LOW, (0.5, 0.5), BACK_LEFT, BACK_RIGHT],
        8 => &[LEFT, RIGHT, CENTRE, LOW, BACK_LEFT, BACK_RIGHT, BACK_LEFT, BACK_RIGHT],
        _ => return None,
    })
}

/// Puts samples behind `out` as stereo; no channel of full scale can make more than full scale.
fn downmix(samples: &[f32], channels: usize, out: &mut Vec<f32>) {
    match channels {
        2 => out.extend_from_slice(samples.get(..samples.len() / 2 * 2).unwrap_or_default()),
        1 => out.extend(samples.iter().flat_map(|&sample| [sample; 2])),
        _ => {
            let even = [(1.0, 1.0); 32];
            let places = places(channels).unwrap_or(&even);
            let sum = places.iter().take(channels).map(|(left, _)| left).sum::<f32>().max(1.0);
            out.extend(samples.chunks_exact(channels).flat_map(|frame| {
                let (left, right) = frame.iter().zip(places).fold((0.0, 0.0), |(left, right), (sample, place)| {
                    (left + sample * place.0, right + sample * place.1)
                });
                [left / sum, right / sum]
            }));
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn any_rate_keeps_tone_level_and_length() {
        for rate in [8_000_u32, 11_025, 22_050, 32_000, 44_100, 44_099, 48_000, 88_200, 96_000, 192_000] {
            let step = 1000.0 / f64::from(rate);
            let input: Vec<f32> = (0..rate * 2)
                .flat_map(|at| [((f64::from(at) * step).fract() * std::f64::consts::TAU).sin() as f32 * 0.5; 2])
                .collect();
            let mut resampler = Resampler::new(rate, 2).unwrap();
            let mut out = Vec::new();
            input.chunks(2 * 1_152).for_each(|chunk| resampler.push(chunk, &mut out));
            resampler.finish(&mut out);
            assert_eq!(out.len(), 2 * 96_000, "{rate} Hz");
            let middle = &out[19_200..172_800];
            let level = testing::level(middle, 1000.0);
            assert!((level - 0.5).abs() < 0.002, "{rate} Hz: {level}");
            let rest = testing::rest(middle, 1000.0);
            assert!(rest < -60.0, "{rate} Hz: {rest} dB");
        }
    }

    #[test]
    fn what_is_heard_stays_and_its_mirror_is_not_heard() {
        for (frequency, mirror) in [(50.0, 44_050.0), (10_000.0, 34_100.0), (19_000.0, 25_100.0), (20_000.0, 24_100.0)]
        {
            let input: Vec<f32> = (0..88_200_u32)
                .flat_map(|at| {
                    [((f64::from(at) * frequency / 44_100.0).fract() * std::f64::consts::TAU).sin() as f32; 2]
                })
                .collect();
            let mut resampler = Resampler::new(44_100, 2).unwrap();
            let mut out = Vec::new();
            input.chunks(2 * 1_000).for_each(|chunk| resampler.push(chunk, &mut out));
            let middle = &out[9_600..172_800];
            let level = testing::level(middle, frequency as f32);
            assert!((level - 1.0).abs() < 0.003, "{frequency} Hz: {level}");
            // Folded back at 24 kHz.
            let folded = testing::level(middle, (48_000.0_f64 - mirror).abs() as f32);
            assert!(folded < 1e-4, "{frequency} Hz: {folded}");
            let rest = testing::rest(middle, frequency as f32);
            assert!(rest < -80.0, "{frequency} Hz: {rest} dB");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_folded_back() {
        let input: Vec<f32> = (0..192_000_u32)
            .flat_map(|at| [((f64::from(at) * 30_000.0 / 96_000.0).fract() * std::f64::consts::TAU).sin() as f32; 2])
            .collect();
        let mut resampler = Resampler::new(96_000, 2).unwrap();
        let mut out = Vec::new();
        resampler.push(&input, &mut out);
        assert!(10.0 * testing::power(&out[9_600..]).log10() < -80.0);
    }

    #[test]
    fn channels_go_where_they_belong() {
        let check = |channels: usize, at: usize, expected: [f32; 2]| {
            let mut frame = vec![0.0; channels];
            frame[at] = 1.0;
            let mut out = Vec::new();
            Resampler::new(48_000, channels).unwrap().push(&frame, &mut out);
            assert!(
                (out[0] - expected[0]).abs() < 0.01 && (out[1] - expected[1]).abs() < 0.01,
                "{channels} {at}: {out:?}"
            );
        };
        check(1, 0, [1.0, 1.0]);
        check(2, 1, [0.0, 1.0]);
        check(6, 0, [0.414, 0.0]);
        check(6, 2, [0.293, 0.293]);
        check(6, 3, [0.0, 0.0]);
        check(6, 5, [0.0, 0.293]);
        check(12, 3, [0.083, 0.083]);
    }

    #[test]
    fn formats_that_no_sound_has_are_refused() {
        for (rate, channels) in [(0, 2), (999, 2), (1_000_000, 2), (48_000, 0), (48_000, 33)] {
            assert_eq!(Resampler::new(rate, channels).unwrap_err(), Error::Format { rate, channels });
        }
    }
}
