//! One player's track on its way from the ring to Opus frames.

use std::sync::Arc;

use guildhall_audio::opus::Quality;
use guildhall_audio::{Deck as Mixer, Join, Limiter, Settings, Sound, Source};

use super::pool::Reader;
use super::ring::{End, PER_MS};
use super::{Frame, Key, Play, Tone, WINDOW, tone};
use crate::lock;
use crate::source::SourceError;

/// What a try to make a frame came to.
pub(super) enum Made {
    Frame(Frame),
    /// The ring has run dry for now.
    Dry,
    Over(Option<SourceError>),
}

/// The sound of a reader, up to where it is to end.
struct Feed {
    reader: Arc<Reader>,
    /// In frames of the track.
    end: Option<u64>,
    /// Frames of the fade into what follows, if there is one: it begins before the last frame is there.
    fade: u64,
}

impl Feed {
    fn new(reader: Arc<Reader>, end: Option<u64>) -> Self {
        Self { reader, end: end.map(|end| end.saturating_mul(PER_MS)), fade: 0 }
    }
}

impl Source for Feed {
    fn pull(&mut self, out: &mut [f32]) -> usize {
        let mut ring = lock(&self.reader.ring);
        let room = self.end.map_or(usize::MAX, |end| {
            usize::try_from(end.saturating_sub(ring.frame())).unwrap_or(usize::MAX).saturating_mul(2)
        });
        let length = out.len().min(room);
        ring.pull(out.get_mut(..length).unwrap_or_default())
    }

    fn left(&self) -> Option<u64> {
        let ring = lock(&self.reader.ring);
        let cut = self.end.map(|end| end.saturating_sub(ring.frame()));
        if let Some(left) = ring.left() {
            return Some(cut.map_or(left, |cut| cut.min(left)));
        }
        if cut.is_some() {
            return cut;
        }
        // A fade is longer than what is decoded ahead: its beginning is known by the length alone.
        let track = self.reader.track();
        let length = u64::try_from(track.length).unwrap_or_default().saturating_mul(PER_MS);
        let left = length.saturating_sub(ring.frame()).max(1);
        (self.fade > 0 && !track.is_stream && left <= self.fade).then_some(left)
    }

    fn packet(&mut self, packet: &mut Vec<u8>) -> bool {
        let mut ring = lock(&self.reader.ring);
        self.end.is_none_or(|end| ring.frame() < end) && ring.packet(packet)
    }
}

/// A player in the worker.
pub(super) struct Deck {
    pub(super) key: Key,
    pub(super) epoch: u32,
    pub(super) reader: Arc<Reader>,
    pub(super) follow: Option<Arc<Reader>>,
    mixer: Mixer<Feed>,
    /// Where the track began, in frames of it.
    begin: u64,
    made: u32,
    taken: u32,
    pub(super) over: bool,
    pub(super) dry: bool,
}

impl Deck {
    pub(super) fn new(play: &Play, reader: Arc<Reader>) -> Self {
        let mut mixer = Mixer::new(Settings { quality: quality(&play.sound), ..Settings::default() });
        mixer.play(Feed::new(reader.clone(), play.end), 0.0);
        let mut deck = Self {
            key: play.player,
            epoch: play.epoch,
            reader,
            follow: None,
            mixer,
            begin: play.position.saturating_mul(PER_MS),
            made: 0,
            taken: 0,
            over: false,
            dry: false,
        };
        deck.set_sound(&play.sound);
        deck
    }

    pub(super) fn set_sound(&mut self, sound: &Tone) {
        self.mixer.set_volume(f32::from(sound.volume) / 100.0);
        if let Err(error) = self.mixer.set_filters(&tone::filters(&sound.filters)) {
            tracing::error!(%error, "filters that were checked are not taken");
        }
        if let Err(error) = self.mixer.set_quality(quality(sound)) {
            tracing::error!(%error, "failed to change the quality");
        }
    }

    pub(super) fn set_end(&mut self, end: Option<u64>) {
        if let Some(feed) = self.mixer.source() {
            feed.end = end.map(|end| end.saturating_mul(PER_MS));
        }
    }

    pub(super) fn set_follow(&mut self, follow: Option<(Arc<Reader>, u32)>) {
        if let Some(old) = self.follow.take() {
            old.stop();
        }
        let fade = follow.as_ref().map_or(0, |(_, fade)| fade.saturating_mul(48));
        if let Some(feed) = self.mixer.source() {
            feed.fade = u64::from(fade);
        }
        match follow {
            Some((reader, _)) => {
                let join = if fade == 0 { Join::Gapless } else { Join::Crossfade(fade) };
                self.mixer.queue(Feed::new(reader.clone(), None), 0.0, join);
                self.follow = Some(reader);
            }
            None => self.mixer.unqueue(),
        }
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
        // What failed is told before anything follows.
        if self.follow.is_some() && matches!(lock(&self.reader.ring).end, Some(End::Failed(_))) {
            self.set_follow(None);
        }
        let before = lock(&self.reader.ring).frame();
        let mut packet = Vec::new();
        let step = match self.mixer.step(&mut packet) {
            Ok(step) => step,
            Err(error) => {
                self.over = true;
                return Made::Over(Some(SourceError::fault("the sound could not be encoded", error)));
            }
        };
        let turn = step.joined && self.turn();
        match step.sound {
            Sound::Played | Sound::Passed => {
                self.made += 1;
                let before = if turn { lock(&self.reader.ring).frame().saturating_sub(960) } else { before };
                // What the limiter has ahead has not been heard yet: whoever takes over begins with it.
                let ahead = if step.sound == Sound::Played { Limiter::DELAY } else { 0 };
                let heard = before.saturating_sub(u64::try_from(ahead).unwrap_or_default());
                let position = heard.max(self.begin) / PER_MS;
                packet.shrink_to_fit();
                Made::Frame(Frame { position: u32::try_from(position).unwrap_or(u32::MAX), turn, packet })
            }
            Sound::Starved => Made::Dry,
            Sound::Silent => {
                self.over = true;
                match &lock(&self.reader.ring).end {
                    Some(End::Failed(error)) => Made::Over(Some(error.clone())),
                    _ => Made::Over(None),
                }
            }
        }
    }

    /// What followed is what plays.
    fn turn(&mut self) -> bool {
        let Some(next) = self.follow.take() else { return false };
        // The old one is heard until the fade is over, and is let go with its feed.
        self.begin = u64::try_from(next.track().position).unwrap_or_default().saturating_mul(PER_MS);
        self.reader = next;
        true
    }

    /// Nobody wants it any more.
    pub(super) fn stop(&self) {
        self.reader.stop();
        if let Some(follow) = &self.follow {
            follow.stop();
        }
    }
}

fn quality(sound: &Tone) -> Quality {
    Quality { complexity: if sound.thrifty { 5 } else { 10 }, ..Quality::default() }
}
