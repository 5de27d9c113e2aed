//! Speed without pitch, pitch without speed: `timescale`.
//!
//! Time is stretched by WSOLA: pieces of 40 ms are laid one over the other, nearer or farther apart than they were, each from
//! the place in the neighbourhood where its beginning is most like the end of the piece before. Pitch is a stretch that
//! is undone by reading faster or slower.

use crate::CHANNELS;
use crate::filter::Timescale;
use crate::sinc::Sinc;

/// Frames of a piece.
const PIECE: usize = 1_920;
/// Frames in which one piece becomes the next.
const OVERLAP: usize = 480;
/// Frames that a piece adds.
const HOP: usize = PIECE - OVERLAP;
/// Frames within which a piece's beginning is looked for.
const SEEK: usize = 720;
/// The first look takes only each so manieth place and sample.
const COARSE: usize = 4;

/// Stretches time and pitch; the settings may change at any time without a click.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    /// Nothing is changed and nothing is held.
    idle: bool,
    /// Nothing is to be changed; what is held goes out as it is.
    ending: bool,
    tempo: f64,
    step: f64,
    sinc: Sinc,
    /// Sound that has not been laid out yet, and its sides' sum for looking.
    input: Vec<f32>,
    mono: Vec<f32>,
    /// Where the next piece begins if nothing better is found near.
    at: f64,
    /// Where the sound goes on that the tail is the beginning of.
    next: usize,
    /// The end of the last piece, which the next is laid over.
    tail: Vec<f32>,
    laid: Vec<f32>,
    output: Vec<f32>,
    read: usize,
}

impl Stretch {
    pub(crate) fn new() -> Self {
        Self {
            idle: true,
            ending: false,
            tempo: 1.0,
            step: 1.0,
            sinc: Sinc::new(),
            input: Vec::new(),
            mono: Vec::new(),
            at: 0.0,
            next: 0,
            tail: Vec::new(),
            laid: Vec::new(),
            output: Vec::new(),
            read: 0,
        }
    }

    /// Sets speed, pitch and rate, within the ranges that [`crate::Filters::check`] knows.
    pub(crate) fn set(&mut self, scale: Option<Timescale>) {
        let scale = scale.unwrap_or_default();
        let tempo = f64::from(scale.speed) / f64::from(scale.pitch);
        let step = f64::from(scale.pitch) * f64::from(scale.rate);
        let same = (tempo - 1.0).abs() < 1e-4 && (step - 1.0).abs() < 1e-4;
        if self.idle && same {
            return;
        }
        self.idle = false;
        self.ending = same;
        if (step - self.step).abs() > 1e-6 {
            self.sinc.set(step);
        }
        (self.tempo, self.step) = (tempo, step);
        if same {
            self.flush();
            if self.ready() == 0 {
                self.reset();
            }
        }
    }

    /// Sound goes by untouched.
    pub(crate) const fn is_idle(&self) -> bool {
        self.idle
    }

    /// Notes frames that went by untouched.
    pub(crate) fn pass(&mut self, samples: &[f32]) {
        self.sinc.pass(samples);
    }

    /// Forgets all sound and keeps the settings.
    pub(crate) fn reset(&mut self) {
        for buffer in [&mut self.input, &mut self.mono, &mut self.tail, &mut self.output] {
            buffer.clear();
        }
        (self.at, self.next, self.read) = (0.0, 0, 0);
        self.idle |= self.ending;
        self.ending = false;
    }

    /// Frames that can be taken.
    pub(crate) fn ready(&self) -> usize {
        (self.output.len() - self.read) / CHANNELS
    }

    /// Frames of the source that went in and have not come out.
    #[expect(clippy::cast_sign_loss, reason = "positions are positive")]
    pub(crate) fn pending(&self) -> u64 {
        let stretched =
            self.ready() as f64 * self.step + self.sinc.pending() as f64 + (self.tail.len() / CHANNELS) as f64;
        let waiting = (self.input.len() / CHANNELS).saturating_sub(self.next);
        (stretched * self.tempo) as u64 + waiting as u64
    }

    /// Takes frames.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        self.input.extend_from_slice(samples);
        self.mono.extend(samples.as_chunks::<CHANNELS>().0.iter().map(|[left, right]| left + right));
        while self.lay() {}
    }

    /// Gives frames, and says how many.
    pub(crate) fn pull(&mut self, out: &mut [f32]) -> usize {
        let ready = self.output.get(self.read..).unwrap_or_default();
        let length = ready.len().min(out.len() / CHANNELS * CHANNELS);
        out.iter_mut().zip(ready).for_each(|(out, sample)| *out = *sample);
        self.read += length;
        if self.read == self.output.len() {
            self.output.clear();
            self.read = 0;
            if self.ending {
                self.reset();
            }
        }
        length / CHANNELS
    }

    /// Lets out what is held: there is no more to come, or it is not to be changed any more.
    pub(crate) fn flush(&mut self) {
        self.laid.clear();
        self.laid.append(&mut self.tail);
        self.laid.extend_from_slice(self.input.get(self.next * CHANNELS..).unwrap_or_default());
        self.input.clear();
        self.mono.clear();
        (self.at, self.next) = (0.0, 0);
        self.emit();
        self.sinc.drain(&mut self.output);
    }

    fn emit(&mut self) {
        // What was read long ago is dropped when it has become as much as what was not.
        if self.read > self.output.len() / 2 {
            self.output.drain(..self.read);
            self.read = 0;
        }
        if (self.step - 1.0).abs() < 1e-6 {
            // What a change of the step has left behind comes first.
            self.sinc.drain(&mut self.output);
            self.output.extend_from_slice(&self.laid);
            self.sinc.pass(&self.laid);
        } else {
            self.sinc.push(&self.laid);
            self.sinc.pull(&mut self.output);
        }
    }

    /// Lays out one piece, if there is sound enough.
    #[expect(clippy::cast_sign_loss, reason = "positions are positive")]
    fn lay(&mut self) -> bool {
        let nominal = self.at as usize;
        if self.mono.len() < nominal.max(self.next) + SEEK + PIECE {
            return false;
        }
        let start = if self.tail.is_empty() { nominal } else { nominal + self.seek(nominal) };
        let Some(piece) = self.input.get(start * CHANNELS..(start + PIECE) * CHANNELS) else { return false };
        self.laid.clear();
        let (head, rest) = piece.split_at(OVERLAP * CHANNELS);
        let (body, tail) = rest.split_at((HOP - OVERLAP) * CHANNELS);
        if self.tail.is_empty() {
            self.laid.extend_from_slice(head);
        } else {
            let frames = head.as_chunks::<CHANNELS>().0.iter().zip(self.tail.as_chunks::<CHANNELS>().0);
            self.laid.extend(frames.enumerate().flat_map(|(at, (new, old))| {
                let part = (at as f32 + 0.5) / OVERLAP as f32;
                [old[0] + (new[0] - old[0]) * part, old[1] + (new[1] - old[1]) * part]
            }));
        }
        self.laid.extend_from_slice(body);
        self.tail.clear();
        self.tail.extend_from_slice(tail);
        self.next = start + PIECE;
        self.at += self.tempo * HOP as f64;
        let passed = (self.at as usize).min(self.next);
        self.input.drain(..passed * CHANNELS);
        self.mono.drain(..passed);
        self.at -= passed as f64;
        self.next -= passed;
        self.emit();
        true
    }

    /// How far behind the nominal place the sound is most like the tail.
    fn seek(&self, nominal: usize) -> usize {
        let tail: Vec<f32> = self.tail.as_chunks::<CHANNELS>().0.iter().map(|[left, right]| left + right).collect();
        let Some(area) = self.mono.get(nominal..nominal + SEEK + OVERLAP) else { return 0 };
        let best = |places: &mut dyn Iterator<Item = usize>, every: usize| {
            places
                .filter_map(|place| Some((place, likeness(&tail, area.get(place..place + OVERLAP)?, every))))
                .fold((0, f32::MIN), |best, found| if found.1 > best.1 { found } else { best })
                .0
        };
        let rough = best(&mut (0..SEEK).step_by(COARSE), COARSE);
        best(&mut (rough.saturating_sub(COARSE)..(rough + COARSE + 1).min(SEEK)), 1)
    }
}

/// Cosine between two sounds, looking at each so manieth group of samples.
fn likeness(tail: &[f32], sound: &[f32], every: usize) -> f32 {
    const GROUP: usize = 8;
    let (mut product, mut energy) = ([0.0_f32; GROUP], [0.0_f32; GROUP]);
    let groups = tail.as_chunks::<GROUP>().0.iter().zip(sound.as_chunks::<GROUP>().0).step_by(every);
    for (tail, sound) in groups {
        for ((product, energy), (tail, sound)) in product.iter_mut().zip(&mut energy).zip(tail.iter().zip(sound)) {
            *product += tail * sound;
            *energy += sound * sound;
        }
    }
    product.iter().sum::<f32>() / (energy.iter().sum::<f32>() + 1e-9).sqrt()
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing;

    fn run(scale: Timescale, input: &[f32]) -> Vec<f32> {
        let mut stretch = Stretch::new();
        stretch.set(Some(scale));
        let mut out = Vec::new();
        let mut block = [0.0; 1_920];
        for chunk in input.chunks(1_000) {
            stretch.push(chunk);
            while stretch.ready() > 0 {
                let frames = stretch.pull(&mut block);
                out.extend_from_slice(&block[..frames * 2]);
            }
        }
        stretch.flush();
        out.extend_from_slice(&stretch.output);
        out
    }

    fn scale(speed: f32, pitch: f32, rate: f32) -> Timescale {
        Timescale { speed, pitch, rate }
    }

    #[test]
    fn length_pitch_and_level_are_as_asked() {
        let input = testing::sine(440.0, 0.5, 48_000 * 4);
        for (speed, pitch, rate) in [
            (1.25, 1.0, 1.0),
            (0.8, 1.0, 1.0),
            (2.0, 1.0, 1.0),
            (0.5, 1.0, 1.0),
            (1.0, 1.2, 1.0),
            (1.0, 0.7, 1.0),
            (1.0, 1.0, 1.15),
            (1.0, 1.0, 0.85),
            (1.3, 0.9, 1.1),
        ] {
            let out = run(scale(speed, pitch, rate), &input);
            let expected = 4.0 * 48_000.0 / (speed * rate);
            let frames = out.len() as f32 / 2.0;
            // The last piece is not stretched.
            assert!((frames - expected).abs() < 6_000.0, "{speed} {pitch} {rate}: {frames} for {expected}");
            let middle = &out[9_600..out.len() - 9_600];
            let (frequency, amplitude) = testing::loudest(&middle[..48_000]);
            let tone = 440.0 * pitch * rate;
            assert!((frequency / tone - 1.0).abs() < 0.005, "{speed} {pitch} {rate}: {frequency} Hz for {tone}");
            assert!((amplitude - 0.5).abs() < 0.05, "{speed} {pitch} {rate}: {amplitude}");
        }
    }

    #[test]
    fn nothing_above_half_of_the_rate_is_folded_back() {
        let out = run(scale(1.0, 1.0, 2.0), &testing::sine(16_000.0, 0.5, 96_000));
        assert!(10.0 * testing::power(&out[4_800..out.len() - 4_800]).log10() < -60.0);
        let out = run(scale(1.0, 1.0, 1.5), &testing::sine(1_000.0, 0.5, 96_000));
        let rest = testing::rest(&out[4_800..out.len() - 4_800], 1_500.0);
        assert!(rest < -70.0, "{rest} dB");
    }

    #[test]
    fn changes_do_not_click_and_the_end_is_the_sound_itself() {
        let input = testing::sine(220.0, 0.3, 48_000 * 6);
        let mut stretch = Stretch::new();
        let (mut out, mut block) = (Vec::new(), [0.0; 1_920]);
        let changes = [
            scale(1.5, 1.0, 1.0),
            scale(1.0, 1.3, 1.0),
            scale(0.7, 1.0, 1.1),
            scale(1.0, 1.0, 0.9),
            scale(1.0, 1.0, 1.0),
        ];
        for (at, chunk) in input.chunks(1_920).enumerate() {
            if at % 50 == 25
                && let Some(change) = changes.get(at / 50)
            {
                stretch.set(Some(*change));
            }
            if stretch.is_idle() {
                out.extend_from_slice(chunk);
                stretch.pass(chunk);
                continue;
            }
            // While the last of it goes out nothing may come in.
            if !stretch.ending {
                stretch.push(chunk);
            }
            while stretch.ready() > 0 {
                let frames = stretch.pull(&mut block);
                out.extend_from_slice(&block[..frames * 2]);
            }
            if stretch.is_idle() {
                out.extend_from_slice(chunk);
            }
        }
        assert!(stretch.is_idle());
        assert_eq!(out[out.len() - 96_000..], input[input.len() - 96_000..]);
        let worst = out.windows(3).map(|frames| (frames[2] - frames[0]).abs()).fold(0.0, f32::max);
        assert!(worst < 0.0087 * 2.5, "{worst}");
    }
}
