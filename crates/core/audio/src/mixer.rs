//! One track after another: at once, without a gap, or crossfaded.

use crate::source::{Pulled, Source, tame};
use crate::{BLOCK, CHANNELS, factor};

/// How the next track begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Join {
    /// With the frame after the last one.
    Gapless,
    /// So many frames before the end, while the old one goes; power stays the same.
    Crossfade(u32),
}

/// A new track in place of a playing one: 10 ms.
const SWITCH: u64 = 480;

/// What goes is waited for so often; then what comes goes on without it.
const PATIENCE: u8 = 3;

/// A track and the gain that makes it as loud as others.
#[derive(Debug)]
pub(crate) struct Track<S> {
    pub(crate) source: S,
    gain: Slide,
    /// Frames that were played.
    pub(crate) played: u64,
}

impl<S: Source> Track<S> {
    pub(crate) const fn new(source: S, gain: f32) -> Self {
        Self { source, gain: Slide { value: gain, goal: gain, left: 0 }, played: 0 }
    }

    fn pull(&mut self, out: &mut [f32]) -> usize {
        let frames = self.source.pull(out).min(out.len() / CHANNELS);
        self.played += frames as u64;
        let heard = out.get_mut(..frames * CHANNELS).unwrap_or_default();
        tame(heard);
        self.gain.apply(heard);
        frames
    }
}

/// A gain in decibels that goes to its goal slowly enough for nobody to hear a step.
#[derive(Clone, Copy, Debug)]
struct Slide {
    value: f32,
    goal: f32,
    left: usize,
}

impl Slide {
    fn apply(&mut self, samples: &mut [f32]) {
        let mut from = factor(self.value);
        // The curve is made of straight lines of 5 ms.
        for part in samples.chunks_mut(240 * CHANNELS) {
            let frames = part.len() / CHANNELS;
            if self.left > 0 {
                let passed = frames.min(self.left);
                self.value += (self.goal - self.value) * passed as f32 / self.left as f32;
                self.left -= passed;
            }
            let to = factor(self.value);
            if (from - 1.0).abs() < 1e-6 && (to - 1.0).abs() < 1e-6 {
                continue;
            }
            let step = (to - from) / frames as f32;
            for (at, frame) in part.as_chunks_mut::<CHANNELS>().0.iter_mut().enumerate() {
                let gain = from + step * (at + 1) as f32;
                frame[0] *= gain;
                frame[1] *= gain;
            }
            from = to;
        }
    }
}

/// What goes, while another comes.
#[derive(Debug)]
struct Fading<S> {
    from: Option<Track<S>>,
    at: u64,
    length: u64,
    /// Sound of what goes that still waits for what comes.
    spare: Vec<f32>,
    /// How often in a row what goes had nothing although it was not over.
    dry: u8,
}

impl<S: Source> Fading<S> {
    const fn new(from: Option<Track<S>>, length: u64) -> Self {
        Self { from, at: 0, length, spare: Vec::new(), dry: 0 }
    }

    /// Has sound of what goes ready for so many samples; for how many of them it is.
    fn prepare(&mut self, samples: usize) -> usize {
        let have = self.spare.len();
        let Some(track) = self.from.as_mut().filter(|_| have < samples) else { return samples };
        self.spare.resize(samples, 0.0);
        let more = track.pull(self.spare.get_mut(have..).unwrap_or_default()) * CHANNELS;
        if have + more == samples || track.source.left() == Some(0) {
            self.dry = 0;
            return samples;
        }
        self.dry = if have + more > 0 { 0 } else { self.dry.saturating_add(1) };
        // Ten milliseconds are worth no wait at all.
        if self.dry > PATIENCE || self.length <= SWITCH {
            return samples;
        }
        self.spare.truncate(have + more);
        have + more
    }
}

/// The playing track, the next one, and how one becomes the other.
#[derive(Debug)]
pub(crate) struct Mixer<S> {
    current: Option<Track<S>>,
    next: Option<(Track<S>, Join)>,
    fading: Option<Fading<S>>,
    /// The next track has begun since somebody asked.
    joined: bool,
}

impl<S: Source> Mixer<S> {
    pub(crate) const fn new() -> Self {
        Self { current: None, next: None, fading: None, joined: false }
    }

    /// Begins a track at once; the old one goes within 10 ms.
    pub(crate) fn play(&mut self, track: Track<S>, fade: bool) {
        let from = self.current.replace(track);
        self.fading = fade.then(|| Fading::new(from, SWITCH));
    }

    pub(crate) fn queue(&mut self, next: Option<(Track<S>, Join)>) {
        self.next = next;
    }

    /// Ends the playing track within 10 ms.
    pub(crate) fn stop(&mut self) {
        self.next = None;
        let from = self.current.take();
        self.fading = from.is_some().then(|| Fading::new(from, SWITCH));
    }

    pub(crate) fn clear(&mut self) {
        (self.current, self.next, self.fading) = (None, None, None);
    }

    /// Begins the next track now and fades for so many frames.
    pub(crate) fn skip(&mut self, length: u32) -> bool {
        let Some((next, _)) = self.next.take() else { return false };
        let from = self.current.replace(next);
        self.fading = Some(Fading::new(from, u64::from(length).max(SWITCH)));
        self.joined = true;
        true
    }

    /// Goes on to the next track if the playing one has come to its end.
    pub(crate) fn advance(&mut self) -> bool {
        if self.current.as_ref().is_some_and(|track| track.source.left() != Some(0)) {
            return false;
        }
        let Some((next, _)) = self.next.take() else { return false };
        self.current = Some(next);
        self.joined = true;
        true
    }

    pub(crate) const fn current(&self) -> Option<&Track<S>> {
        self.current.as_ref()
    }

    pub(crate) const fn current_mut(&mut self) -> Option<&mut Track<S>> {
        self.current.as_mut()
    }

    /// Sets the queued track's gain.
    pub(crate) const fn set_next_gain(&mut self, gain: f32) {
        if let Some((track, _)) = &mut self.next {
            track.gain = Slide { value: gain, goal: gain, left: 0 };
        }
    }

    pub(crate) fn next_mut(&mut self) -> Option<&mut S> {
        self.next.as_mut().map(|(track, _)| &mut track.source)
    }

    pub(crate) fn joined(&mut self) -> bool {
        std::mem::take(&mut self.joined)
    }

    /// Slides the playing track's gain to so many decibels within so many frames.
    pub(crate) const fn set_gain(&mut self, gain: f32, frames: usize) {
        if let Some(track) = &mut self.current {
            track.gain.goal = gain;
            track.gain.left = frames;
            if frames == 0 {
                track.gain.value = gain;
            }
        }
    }

    /// Whether the samples of the source come out as they are, the gain apart.
    pub(crate) fn plain(&self, dead_band: f32) -> bool {
        let fade = match (&self.next, &self.current) {
            (Some((_, Join::Crossfade(length))), Some(track)) => {
                track.source.left().is_some_and(|left| left <= u64::from(*length) + BLOCK as u64)
            }
            _ => false,
        };
        let quiet = |gain: &Slide| gain.value.abs() < dead_band && gain.goal.abs() < dead_band;
        self.fading.is_none() && !fade && self.current.as_ref().is_some_and(|track| quiet(&track.gain))
    }

    /// The next frames; how many, and why not more.
    pub(crate) fn pull(&mut self, out: &mut [f32]) -> (usize, Pulled) {
        let mut done = 0;
        let want = out.len() / CHANNELS;
        loop {
            let Some(space) = out.get_mut(done * CHANNELS..).filter(|space| space.len() >= CHANNELS) else {
                return (want, Pulled::Full);
            };
            if self.fading.is_some() {
                let frames = self.fade(space);
                done += frames;
                if frames == 0 && self.fading.is_some() {
                    return (done, Pulled::Starved);
                }
                continue;
            }
            let Some(track) = &mut self.current else { return (done, Pulled::Ended) };
            let mut limit = space.len();
            if let (Some((_, Join::Crossfade(length))), Some(left)) = (&self.next, track.source.left()) {
                let length = u64::from(*length).max(SWITCH);
                if left <= length && left > 0 {
                    self.skip(left as u32);
                    continue;
                }
                limit = limit.min((left.saturating_sub(length) as usize).saturating_mul(CHANNELS));
            }
            let frames = track.pull(space.get_mut(..limit).unwrap_or_default());
            done += frames;
            if frames > 0 {
                continue;
            }
            if track.source.left() != Some(0) {
                return (done, Pulled::Starved);
            }
            if !self.advance() {
                self.current = None;
                return (done, Pulled::Ended);
            }
        }
    }

    /// Whether one track goes while another comes.
    pub(crate) const fn is_fading(&self) -> bool {
        self.fading.is_some()
    }

    /// Mixes what goes and what comes; no frames if one of them has none yet.
    fn fade(&mut self, out: &mut [f32]) -> usize {
        let Some(fading) = &mut self.fading else { return 0 };
        let limit = out.len().min((fading.length - fading.at) as usize * CHANNELS) / CHANNELS * CHANNELS;
        let limit = fading.prepare(limit);
        if limit == 0 {
            return 0;
        }
        let Some(out) = out.get_mut(..limit) else { return 0 };
        let frames = match &mut self.current {
            Some(track) => {
                let frames = track.pull(out);
                if frames == 0 && track.source.left() != Some(0) {
                    return 0;
                }
                frames
            }
            None => 0,
        };
        // What comes has ended already, or there is nothing to come: only the old one is heard.
        let frames = if frames == 0 {
            out.fill(0.0);
            out.len() / CHANNELS
        } else {
            frames
        };
        let out = out.get_mut(..frames * CHANNELS).unwrap_or_default();
        fading.spare.resize(fading.spare.len().max(out.len()), 0.0);
        let quarter = std::f32::consts::FRAC_PI_2 / fading.length as f32;
        let frames_out = out.as_chunks_mut::<CHANNELS>().0;
        for ((at, new), old) in (fading.at..).zip(frames_out).zip(fading.spare.as_chunks::<CHANNELS>().0) {
            let (come, go) = ((at as f32 + 0.5) * quarter).sin_cos();
            new[0] = new[0] * come + old[0] * go;
            new[1] = new[1] * come + old[1] * go;
        }
        fading.spare.drain(..frames * CHANNELS);
        fading.at += frames as u64;
        if fading.at >= fading.length {
            self.fading = None;
        }
        frames
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::source::Queue;
    use crate::testing;

    fn all(mixer: &mut Mixer<Queue>, chunk: usize) -> Vec<f32> {
        let mut out = Vec::new();
        let mut block = vec![0.0; chunk * 2];
        loop {
            let (frames, pulled) = mixer.pull(&mut block);
            out.extend_from_slice(&block[..frames * 2]);
            if pulled == Pulled::Ended {
                return out;
            }
        }
    }

    fn track(samples: &[f32]) -> Track<Queue> {
        Track::new(Queue::of(samples.to_vec()), 0.0)
    }

    #[test]
    fn gapless_loses_and_adds_nothing() {
        let sound = testing::music(1.0);
        let (first, second) = sound.split_at(33_333 * 2);
        for chunk in [1, 7, 960, 100_000] {
            let mut mixer = Mixer::new();
            mixer.play(track(first), false);
            mixer.queue(Some((track(second), Join::Gapless)));
            assert_eq!(all(&mut mixer, chunk), sound, "chunks of {chunk}");
            assert!(mixer.joined());
        }
    }

    /// Two noises that know nothing of each other: power neither falls nor rises, wherever one looks.
    #[test]
    fn a_crossfade_has_no_dip() {
        let noise = testing::noise(8.0);
        let (first, second) = noise.split_at(4 * 96_000);
        let mut mixer = Mixer::new();
        mixer.play(track(first), false);
        mixer.queue(Some((track(second), Join::Crossfade(96_000))));
        let out = all(&mut mixer, 960);
        assert_eq!(out.len(), (8 - 2) * 96_000);
        assert_eq!(out[..2 * 96_000], first[..2 * 96_000]);
        assert_eq!(out[4 * 96_000..], second[2 * 96_000..]);
        let expected = testing::power(&noise);
        for part in out.chunks(9_600) {
            let change = 10.0 * (testing::power(part) / expected).log10();
            assert!(change.abs() < 0.3, "{change} dB");
        }
    }

    /// Two tones: no step is larger than the steepest slope of their sum.
    #[test]
    fn no_join_clicks() {
        let (first, second) = (testing::sine(220.0, 0.5, 96_000), testing::sine(330.0, 0.5, 96_000));
        let steepest =
            std::f32::consts::TAU / 48_000.0 * 0.5 * (220.0 + 330.0) + 0.5 * std::f32::consts::FRAC_PI_2 / 480.0 * 2.0;
        let check = |name: &str, out: &[f32]| {
            let step = out.windows(3).map(|frames| (frames[2] - frames[0]).abs()).fold(0.0, f32::max);
            assert!(step <= steepest, "{name}: {step} > {steepest}");
        };
        let mut mixer = Mixer::new();
        mixer.play(track(&first), false);
        mixer.queue(Some((track(&second), Join::Crossfade(24_000))));
        check("crossfade", &all(&mut mixer, 960));

        let mut mixer = Mixer::new();
        mixer.play(track(&first), false);
        let mut out = vec![0.0; 2 * 12_345];
        mixer.pull(&mut out);
        mixer.play(track(&second), true);
        let mut rest = vec![0.0; 2 * 12_345];
        mixer.pull(&mut rest);
        out.extend(rest);
        mixer.set_gain(-20.0, 4_800);
        let mut rest = vec![0.0; 2 * 12_345];
        mixer.pull(&mut rest);
        out.extend(rest);
        mixer.stop();
        out.extend(all(&mut mixer, 960));
        check("switch, gain and stop", &out);
        assert!(out[out.len() - 1].abs() < 0.01);
    }

    #[test]
    fn what_goes_is_waited_for_but_not_for_ever() {
        let mut mixer = Mixer::new();
        mixer.play(Track::new(Queue::new(96_000), 0.0), false);
        mixer.queue(Some((track(&testing::sine(330.0, 0.5, 48_000)), Join::Gapless)));
        let push = |mixer: &mut Mixer<Queue>, samples: &[f32]| {
            let from = mixer.fading.as_mut().and_then(|fading| fading.from.as_mut());
            from.map(|from| from.source.push(samples))
        };
        assert!(mixer.skip(9_600));
        let mut block = vec![0.0; 960 * 2];
        assert_eq!(mixer.pull(&mut block), (0, Pulled::Starved));
        assert_eq!(push(&mut mixer, &[0.1; 2 * 1_000]), Some(1_000));
        assert_eq!(mixer.pull(&mut block), (960, Pulled::Full));
        assert_eq!(mixer.pull(&mut block), (40, Pulled::Starved));
        assert_eq!(mixer.pull(&mut block), (0, Pulled::Starved));
        // It hangs: what comes is not to hang with it.
        let tries = (0..10).take_while(|_| mixer.pull(&mut block) == (0, Pulled::Starved)).count();
        assert!((1..5).contains(&tries), "{tries}");
        assert_eq!(mixer.pull(&mut block), (960, Pulled::Full));
    }

    #[test]
    fn what_is_late_holds_the_fade_and_loses_nothing() {
        let mut mixer = Mixer::new();
        mixer.play(track(&testing::sine(220.0, 0.5, 9_600)), false);
        mixer.queue(Some((Track::new(Queue::new(96_000), 0.0), Join::Crossfade(4_800))));
        let mut block = vec![0.0; 19_200];
        assert_eq!(mixer.pull(&mut block), (4_800, Pulled::Starved));
        assert_eq!(mixer.pull(&mut block), (0, Pulled::Starved));
        let late = mixer.current_mut().map(|track| track.source.push(&vec![0.1; 19_200]));
        assert_eq!(late, Some(9_600));
        assert_eq!(mixer.pull(&mut block), (9_600, Pulled::Full));
        assert_eq!(mixer.pull(&mut block), (0, Pulled::Starved));
    }
}
