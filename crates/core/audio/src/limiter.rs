//! A limiter that looks ahead and knows the peaks between the samples.

use std::collections::VecDeque;

use crate::{BLOCK, CHANNELS, RATE, factor};

/// Frames that the gain has to come down: 5 ms.
const AHEAD: usize = 240;
/// Taps of each phase of the filter that finds the peaks between samples.
const TAPS: usize = 12;
/// Phases beside the samples themselves.
const PHASES: usize = 3;
/// Frames of the filter's delay.
const LATE: usize = TAPS / 2;
/// Frames for which a gain is held: it is there before the peak and not gone before it is past.
const HOLD: usize = AHEAD + 4;
/// Gain comes back with this time constant.
const RELEASE: f32 = 0.08;
/// The filter is not ideal, and neither is whoever measures.
const MARGIN: f32 = 0.15;
/// How many frames are looked at together.
const PART: usize = 96;

/// Keeps true peaks below a ceiling. The sound comes out [`Limiter::DELAY`] frames later.
#[derive(Clone, Debug)]
pub struct Limiter {
    ceiling: f32,
    phases: [[f32; TAPS]; PHASES],
    /// No peak between samples is higher than so many times the samples.
    bound: f32,
    release: f32,
    /// What is still to come out.
    delayed: Vec<f32>,
    /// The last samples of each channel.
    past: [[f32; TAPS - 1]; CHANNELS],
    /// Frames with a gain that is still held: their number and what they need; the smallest is first.
    needs: VecDeque<(u64, f32)>,
    time: u64,
    gain: f32,
    /// The gains of the last [`AHEAD`] frames and their sum.
    gains: VecDeque<f32>,
    sum: f64,
}

impl Limiter {
    /// Frames of delay.
    pub const DELAY: usize = AHEAD + LATE;

    /// A limiter with a ceiling in decibels of full scale.
    pub fn new(ceiling: f32) -> Self {
        let mut phases = [[0.0; TAPS]; PHASES];
        let mut bound = 1.0_f32;
        for (phase, taps) in (1_u8..).zip(&mut phases) {
            for (tap, at) in taps.iter_mut().zip(0_u8..) {
                // Distance of the point from the tap's sample, the latest sample first.
                let distance = f32::from(at) - (LATE as f32 - 1.0) - (1.0 - f32::from(phase) / 4.0);
                let angle = std::f32::consts::PI * distance;
                let window = 0.5 + 0.5 * (angle / LATE as f32).cos();
                *tap = angle.sin() / angle * window;
            }
            let sum: f32 = taps.iter().sum();
            taps.iter_mut().for_each(|tap| *tap /= sum);
            bound = bound.max(taps.iter().map(|tap| tap.abs()).sum());
        }
        Self {
            ceiling: factor(ceiling - MARGIN),
            phases,
            bound,
            release: 1.0 - (-1.0 / (RELEASE * RATE as f32)).exp(),
            delayed: vec![0.0; Self::DELAY * CHANNELS],
            past: [[0.0; TAPS - 1]; CHANNELS],
            needs: VecDeque::new(),
            time: 0,
            gain: 1.0,
            gains: std::iter::repeat_n(1.0, AHEAD).collect(),
            sum: AHEAD as f64,
        }
    }

    /// Forgets all sound, and keeps no room for it.
    pub fn reset(&mut self) {
        self.delayed.fill(0.0);
        self.past = [[0.0; TAPS - 1]; CHANNELS];
        self.needs = VecDeque::new();
        self.settle();
    }

    fn settle(&mut self) {
        self.gain = 1.0;
        self.gains.iter_mut().for_each(|gain| *gain = 1.0);
        self.sum = AHEAD as f64;
    }

    /// Whether the gain is one and was so for long enough.
    fn settled(&self) -> bool {
        self.needs.is_empty() && self.gain > 0.999_99 && self.sum > AHEAD as f64 - 1e-3
    }

    /// Limits frames in place.
    pub fn process(&mut self, samples: &mut [f32]) {
        samples.chunks_mut(BLOCK * CHANNELS).for_each(|block| self.block(block));
    }

    /// No more than 20 ms. What it works with is on the stack: there are many limiters, and few at work at a time.
    fn block(&mut self, samples: &mut [f32]) {
        let frames = samples.len() / CHANNELS;
        let mut peaks = [0.0; BLOCK];
        let peaks = peaks.get_mut(..frames).unwrap_or_default();
        self.find_peaks(samples, peaks);
        for part in samples.chunks_mut(Self::DELAY * CHANNELS) {
            self.delayed.get_mut(..part.len()).unwrap_or_default().swap_with_slice(part);
            self.delayed.rotate_left(part.len());
        }
        if self.settled() && peaks.iter().all(|&peak| peak <= self.ceiling) {
            self.settle();
            self.time += frames as u64;
            return;
        }
        for (frame, &peak) in samples.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(&*peaks) {
            self.time += 1;
            if peak > self.ceiling {
                let need = self.ceiling / peak;
                while self.needs.back().is_some_and(|&(_, later)| later >= need) {
                    self.needs.pop_back();
                }
                self.needs.push_back((self.time, need));
            }
            while self.needs.front().is_some_and(|&(time, _)| self.time - time >= HOLD as u64) {
                self.needs.pop_front();
            }
            let goal = self.needs.front().map_or(1.0, |&(_, need)| need);
            self.gain = if goal < self.gain { goal } else { self.gain + (goal - self.gain) * self.release };
            self.sum += f64::from(self.gain) - f64::from(self.gains.pop_front().unwrap_or(1.0));
            self.gains.push_back(self.gain);
            let gain = (self.sum / AHEAD as f64) as f32;
            frame[0] *= gain;
            frame[1] *= gain;
        }
    }

    /// The highest true peak near each frame, as far as it may matter.
    fn find_peaks(&mut self, samples: &[f32], peaks: &mut [f32]) {
        for (channel, past) in self.past.iter_mut().enumerate() {
            let mut plane = [0.0; BLOCK + TAPS - 1];
            let (before, now) = plane.split_at_mut(TAPS - 1);
            before.copy_from_slice(past);
            for (to, from) in now.iter_mut().zip(samples.iter().skip(channel).step_by(CHANNELS)) {
                *to = *from;
            }
            for (part, peaks) in peaks.chunks_mut(PART).enumerate() {
                let Some(window) = plane.get(part * PART..part * PART + peaks.len() + TAPS - 1) else { continue };
                let highest = window.iter().fold(0.0_f32, |highest, sample| highest.max(sample.abs()));
                if highest * self.bound <= self.ceiling {
                    continue;
                }
                // The samples are looked at as late as the points between them.
                for (peak, sample) in peaks.iter_mut().zip(window.iter().skip(LATE - 1)) {
                    *peak = peak.max(sample.abs());
                }
                for taps in &self.phases {
                    let mut points = [0.0_f32; PART];
                    for (at, tap) in taps.iter().rev().enumerate() {
                        let samples = window.get(at..).unwrap_or_default();
                        for (point, sample) in points.iter_mut().zip(samples) {
                            *point += tap * sample;
                        }
                    }
                    for (peak, point) in peaks.iter_mut().zip(points) {
                        *peak = peak.max(point.abs());
                    }
                }
            }
            let last = plane.get(peaks.len()..).unwrap_or_default();
            past.iter_mut().zip(last).for_each(|(past, last)| *past = *last);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{BLOCK, testing};

    fn limit(input: &[f32], ceiling: f32) -> Vec<f32> {
        let mut limiter = Limiter::new(ceiling);
        let mut output = input.to_vec();
        output.extend(std::iter::repeat_n(0.0, Limiter::DELAY * 2));
        output.chunks_mut(BLOCK * 2).for_each(|block| limiter.process(block));
        output.drain(..Limiter::DELAY * 2);
        output
    }

    #[test]
    fn what_is_low_is_left_alone() {
        let input = testing::music(1.0);
        assert_eq!(limit(&input, 0.0), input);
    }

    #[test]
    fn true_peaks_stay_below_the_ceiling() {
        // A quarter of the rate, shifted so that all peaks are between the samples, is the worst.
        let between: Vec<f32> = (0..48_000_u16)
            .flat_map(|index| [(std::f32::consts::FRAC_PI_2 * (f32::from(index) + 0.5)).sin() * 1.4; 2])
            .collect();
        let mut impulses = vec![0.0; 96_000];
        impulses.iter_mut().step_by(7_001).for_each(|sample| *sample = 3.0);
        let loud: Vec<f32> = testing::music(3.0).iter().map(|sample| sample * 8.0).collect();
        let noise: Vec<f32> = testing::noise(1.0).iter().map(|sample| sample * 4.0).collect();
        for (name, input) in [("between", between), ("impulses", impulses), ("loud", loud), ("noise", noise)] {
            for ceiling in [-1.0, -6.0] {
                let output = limit(&input, ceiling);
                let mut meter = ebur128::EbuR128::new(2, 48_000, ebur128::Mode::TRUE_PEAK).unwrap();
                meter.add_frames_f32(&output).unwrap();
                let peak = crate::decibels(meter.true_peak(0).unwrap().max(meter.true_peak(1).unwrap()) as f32);
                assert!(peak <= ceiling && peak > ceiling - 1.5, "{name}: {peak} dBTP at {ceiling}");
            }
        }
    }
}
