//! One player's track on its way from the ring to Opus frames.

use std::sync::Arc;

use super::pool::Reader;
use super::ring::{End, FRAME, Ring};
use super::sound::Sound;
use super::{Frame, Key, Play, Tone, WINDOW};
use crate::lock;
use crate::source::SourceError;

/// What a try to make a frame came to.
pub(super) enum Made {
    Frame(Frame),
    /// The ring has run dry for now.
    Dry,
    Over(Option<SourceError>),
}

enum Turn {
    Turned,
    /// What follows has no sound yet.
    Wait,
    /// Nothing follows.
    Nothing,
}

/// What follows.
pub(super) struct Follow {
    pub(super) reader: Arc<Reader>,
    /// Milliseconds.
    fade: u32,
    /// Samples of one channel that were mixed so far, and of how many; while fading.
    fading: Option<(usize, usize)>,
}

/// A player in the worker.
pub(super) struct Deck {
    pub(super) key: Key,
    pub(super) epoch: u32,
    pub(super) reader: Arc<Reader>,
    pub(super) follow: Option<Follow>,
    sound: Sound,
    end: Option<u64>,
    made: u32,
    taken: u32,
    turn: bool,
    pub(super) over: bool,
    pub(super) dry: bool,
}

impl Deck {
    pub(super) fn new(play: &Play, reader: Arc<Reader>) -> Self {
        Self {
            key: play.player,
            epoch: play.epoch,
            reader,
            follow: None,
            sound: Sound::new(&play.sound),
            end: play.end,
            made: 0,
            taken: 0,
            turn: false,
            over: false,
            dry: false,
        }
    }

    pub(super) fn set_sound(&mut self, tone: &Tone) {
        self.sound.set(tone);
    }

    pub(super) fn set_end(&mut self, end: Option<u64>) {
        self.end = end;
    }

    pub(super) fn set_follow(&mut self, follow: Option<(Arc<Reader>, u32)>) {
        // What is being faded into is no longer a plan.
        if self.follow.as_ref().is_some_and(|follow| follow.fading.is_some()) {
            return;
        }
        if let Some(old) = self.follow.take() {
            old.reader.stop();
        }
        self.follow = follow.map(|(reader, fade)| Follow { reader, fade, fading: None });
    }

    pub(super) fn take(&mut self, upto: u32) {
        self.taken = self.taken.max(upto);
    }

    /// How many frames may be made now.
    pub(super) fn room(&self) -> u32 {
        if self.over { 0 } else { WINDOW.saturating_sub(self.made.saturating_sub(self.taken)) }
    }

    /// Makes the next frame.
    pub(super) fn make(&mut self) -> Made {
        self.begin_fade();
        if self.follow.as_ref().is_some_and(|follow| follow.fading.is_some()) {
            return self.make_faded();
        }
        loop {
            let mut ring = lock(&self.reader.ring);
            let taken = ring.position();
            let position = taken.saturating_sub(self.sound.delay());
            if self.end.is_some_and(|end| position >= end) {
                drop(ring);
                match self.turn() {
                    Turn::Turned => continue,
                    Turn::Wait => return Made::Dry,
                    Turn::Nothing => return self.finish(),
                }
            }
            if self.sound.neutral()
                && self.sound.is_empty()
                && let Some(packet) = ring.take_opus()
            {
                drop(ring);
                return self.frame(taken, packet);
            }
            if self.sound.has_frame() {
                drop(ring);
                return self.encode(position);
            }
            if fill(&mut ring, &mut self.sound) {
                continue;
            }
            if ring.end.is_none() {
                return Made::Dry;
            }
            drop(ring);
            // The next track begins in the very sample after the last.
            match self.turn() {
                Turn::Turned => {}
                Turn::Wait => return Made::Dry,
                Turn::Nothing if self.sound.flush() => return self.encode(position),
                Turn::Nothing => return self.finish(),
            }
        }
    }

    fn frame(&mut self, position: u64, packet: Vec<u8>) -> Made {
        self.made += 1;
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        Made::Frame(Frame { position, turn: std::mem::take(&mut self.turn), packet })
    }

    fn encode(&mut self, position: u64) -> Made {
        match self.sound.encode() {
            Ok(packet) => self.frame(position, packet),
            Err(error) => Made::Over(Some(error)),
        }
    }

    fn finish(&mut self) -> Made {
        self.over = true;
        match &lock(&self.reader.ring).end {
            Some(End::Failed(error)) => Made::Over(Some(error.clone())),
            _ => Made::Over(None),
        }
    }

    /// The track is over: what follows becomes what is played, if there is something and it has sound. What failed is told
    /// before anything follows.
    fn turn(&mut self) -> Turn {
        if self.follow.is_none() || matches!(lock(&self.reader.ring).end, Some(End::Failed(_))) {
            return Turn::Nothing;
        }
        if self.follow.as_ref().is_some_and(|follow| !lock(&follow.reader.ring).ready()) {
            return Turn::Wait;
        }
        let Some(follow) = self.follow.take() else { return Turn::Nothing };
        self.reader.stop();
        self.reader = follow.reader;
        self.end = None;
        self.turn = true;
        Turn::Turned
    }

    /// Begins to fade when what is left is as long as the fade.
    fn begin_fade(&mut self) {
        let Some(follow) = &mut self.follow else { return };
        if follow.fading.is_some() || follow.fade == 0 || !lock(&follow.reader.ring).ready() {
            return;
        }
        let (position, (in_ring, ended)) = {
            let ring = lock(&self.reader.ring);
            (ring.position(), ring.left())
        };
        let track = self.reader.track();
        let length = u64::try_from(track.length).unwrap_or(u64::MAX);
        let length = self.end.map_or(length, |end| end.min(length));
        let left = if ended { in_ring } else { length.saturating_sub(position) };
        if track.is_stream && !ended || left == 0 || left > u64::from(follow.fade) {
            return;
        }
        let samples = usize::try_from(left.saturating_mul(48)).unwrap_or(usize::MAX);
        follow.fading = Some((0, samples));
        self.sound.begin_fade();
        self.turn = true;
    }

    /// Makes a frame of both tracks.
    fn make_faded(&mut self) -> Made {
        let Some(follow) = &mut self.follow else { return Made::Dry };
        let Some((done, all)) = follow.fading else { return Made::Dry };
        let mut mixed = Vec::with_capacity(FRAME * 2);
        {
            let mut into = lock(&follow.reader.ring);
            if !into.ready() {
                return Made::Dry;
            }
            self.sound.take_pcm(&mut into, FRAME, &mut mixed);
        }
        let mut fading = Vec::with_capacity(FRAME * 2);
        {
            let mut from = lock(&self.reader.ring);
            self.sound.take_pcm_of_last(&mut from, FRAME, &mut fading);
        }
        mixed.resize(FRAME * 2, 0.0);
        fading.resize(FRAME * 2, 0.0);
        mix(&mut mixed, &fading, done, all);
        self.sound.feed(&mixed);
        let position = lock(&follow.reader.ring).position().saturating_sub(20);
        follow.fading = Some((done + FRAME, all));
        if done + FRAME >= all
            && let Some(follow) = self.follow.take()
        {
            self.reader.stop();
            self.reader = follow.reader;
            self.end = None;
        }
        if self.sound.has_frame() { self.encode(position) } else { self.make() }
    }

    /// Nobody wants it any more.
    pub(super) fn stop(&self) {
        self.reader.stop();
        if let Some(follow) = &self.follow {
            follow.reader.stop();
        }
    }
}

/// Moves a frame's worth of samples from the ring into the filters; whether there was any.
fn fill(ring: &mut Ring, sound: &mut Sound) -> bool {
    let mut samples = Vec::with_capacity(FRAME * 2);
    if !ring.ready() {
        return false;
    }
    sound.take_pcm(ring, FRAME, &mut samples);
    if samples.is_empty() {
        return false;
    }
    sound.feed(&samples);
    true
}

/// Mixes what ends into what begins, at equal power: `done` of `all` samples of the fade are over.
fn mix(into: &mut [f32], from: &[f32], done: usize, all: usize) {
    let whole = f32::from(u16::try_from(all / 48).unwrap_or(u16::MAX).max(1)) * 48.0;
    for (at, (into, from)) in into.chunks_exact_mut(2).zip(from.chunks_exact(2)).enumerate() {
        let at = f32::from(u16::try_from(at).unwrap_or(u16::MAX));
        let before = f32::from(u16::try_from(done / 48).unwrap_or(u16::MAX)) * 48.0;
        let (rise, fall) = (((before + at) / whole).min(1.0) * std::f32::consts::FRAC_PI_2).sin_cos();
        for (into, from) in into.iter_mut().zip(from) {
            *into = *into * rise + from * fall;
        }
    }
}
