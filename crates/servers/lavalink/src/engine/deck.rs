//! One player's track on its way from the ring to Opus frames.

use std::sync::Arc;

use std::time::{Duration, Instant};

use bytes::Bytes;
use guildhall_audio::loudness::{Loudness, Meter, Target};
use guildhall_audio::opus::Quality;
use guildhall_audio::{Deck as Mixer, Join, Limiter, Settings, Sound, Source};

use super::pool::Reader;
use super::ring::{End, Estimate, PER_MS};
use super::{Frame, Key, Play, SILENT, THROUGH, Tone, WINDOW, tone};
use crate::lock;
use crate::loudness::Name;
use crate::source::SourceError;

/// Sound is waited for so long that its loudness can be guessed before the first of it is heard.
const GUESS: Duration = Duration::from_millis(250);
/// What has no end follows what was heard of it so often, in frames of it, and slides for as long.
const FOLLOW: u64 = 3 * 48_000;
/// Frames that one player gets before the next has its turn: as many as are taken before a worker is told of it.
const TURN: u32 = 5;
/// What is made is softer by so much than what decoders may make of it: Opus does not keep peaks.
const CEILING: f32 = -1.6;

/// What a try to make a frame came to.
pub(super) enum Made {
    Frame(Frame),
    /// The ring has run dry for now.
    Dry,
    /// With the number of the track that followed, where no frame had any of it.
    Over(Option<SourceError>, Option<u32>),
}

/// What is to follow.
pub(super) struct Follow {
    pub(super) reader: Arc<Reader>,
    /// As the node calls it.
    pub(super) number: u32,
    pub(super) loudness: Option<Loudness>,
    /// Milliseconds of the fade into it.
    pub(super) fade: u32,
}

/// What was played before, and where it began, as long as nothing is heard of what follows.
struct Turning {
    old: Arc<Reader>,
    begin: u64,
    number: u32,
}

/// The sound of a reader, up to where it is to end.
struct Feed {
    reader: Arc<Reader>,
    /// In frames of the track.
    end: Option<u64>,
    /// Frames of the fade into what follows, if there is one: it begins before the last frame is there.
    fade: u64,
    /// Whether anything follows.
    followed: bool,
    /// Listens to what has no end.
    meter: Option<Meter>,
}

impl Feed {
    fn new(reader: Arc<Reader>, end: Option<u64>) -> Self {
        Self { reader, end: end.map(|end| end.saturating_mul(PER_MS)), fade: 0, followed: false, meter: None }
    }
}

impl Drop for Feed {
    /// Nobody hears it any more, whichever way that came about.
    fn drop(&mut self) {
        self.reader.stop();
    }
}

impl Source for Feed {
    fn pull(&mut self, out: &mut [f32]) -> usize {
        let mut ring = lock(&self.reader.ring);
        let room = self.end.map_or(usize::MAX, |end| {
            usize::try_from(end.saturating_sub(ring.frame())).unwrap_or(usize::MAX).saturating_mul(2)
        });
        let length = out.len().min(room);
        let frames = ring.pull(out.get_mut(..length).unwrap_or_default());
        if let Some(meter) = &mut self.meter {
            meter.add(out.get(..frames * 2).unwrap_or_default());
        }
        frames
    }

    fn left(&self) -> Option<u64> {
        let ring = lock(&self.reader.ring);
        // Nothing follows what failed, which may have happened since somebody looked: it comes to its end once nothing does.
        if self.followed && matches!(ring.end, Some(End::Failed(_))) {
            return None;
        }
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

    fn packet(&mut self) -> Option<Bytes> {
        let mut ring = lock(&self.reader.ring);
        if self.end.is_none_or(|end| ring.frame() < end) { ring.packet() } else { None }
    }
}

/// A player in the worker.
pub(super) struct Deck {
    pub(super) key: Key,
    pub(super) epoch: u32,
    pub(super) reader: Arc<Reader>,
    pub(super) follow: Option<Arc<Reader>>,
    /// What the node calls it.
    number: u32,
    /// The turn to it that no frame has told of yet.
    turning: Option<Turning>,
    /// What was played before, as long as it is still heard.
    leaving: Option<Arc<Reader>>,
    mixer: Mixer<Feed>,
    /// Where the track began, in frames of it.
    begin: u64,
    made: u32,
    taken: u32,
    /// Whether the last frame is a packet as it came.
    passes: bool,
    pub(super) over: bool,
    pub(super) dry: bool,
    /// How loud tracks are to come out.
    target: Option<Target>,
    /// How loud they are, where that is known: this one, and the one that follows.
    loudness: Option<Loudness>,
    follow_loudness: Option<Loudness>,
    /// Since when its loudness is to be guessed by its beginning.
    guessing: Option<Instant>,
    /// Frames of something without an end that were heard when it was last followed.
    followed: u64,
    /// What is heard over it, as the node calls it and as the mixer does.
    layers: Vec<(u64, u64, Arc<Reader>)>,
}

impl Deck {
    pub(super) fn new(play: &Play, reader: Arc<Reader>) -> Self {
        let mut mixer = Mixer::new(Settings { quality: quality(&play.sound), ceiling: CEILING, ..Settings::default() });
        let known = play.loudness;
        mixer.play(Feed::new(reader.clone(), play.end), gain(play.sound.loudness, known));
        let mut deck = Self {
            key: play.player,
            epoch: play.epoch,
            reader,
            follow: None,
            number: 0,
            turning: None,
            leaving: None,
            mixer,
            begin: play.position.saturating_mul(PER_MS),
            made: 0,
            taken: 0,
            passes: false,
            over: false,
            dry: false,
            target: play.sound.loudness,
            loudness: known,
            follow_loudness: None,
            guessing: (play.sound.loudness.is_some() && known.is_none()).then(Instant::now),
            followed: 0,
            layers: Vec::new(),
        };
        deck.set_sound(&play.sound);
        if deck.guessing.is_some() {
            lock(&deck.reader.ring).listen();
        }
        deck
    }

    /// Takes what is heard over another deck's track.
    pub(super) fn take_layers(&mut self, old: &mut Self) {
        self.mixer.take_layers(&mut old.mixer);
        self.layers = std::mem::take(&mut old.layers);
    }

    pub(super) fn set_sound(&mut self, sound: &Tone) {
        if self.target != sound.loudness {
            self.target = sound.loudness;
            self.guessing = (self.target.is_some() && self.loudness.is_none()).then(Instant::now);
            self.settle(gain(self.target, self.loudness));
            self.mixer.set_queued_gain(gain(self.target, self.follow_loudness));
        }
        let endless = self.target.is_some() && self.reader.track().is_stream;
        if let Some(feed) = self.mixer.source() {
            feed.meter = if endless { feed.meter.take().or_else(|| Meter::simple().ok()) } else { None };
        }
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

    /// Whether it has to be known how loud its tracks are, and which of them.
    pub(super) fn unmeasured(&self) -> impl Iterator<Item = &Arc<Reader>> {
        let wanted = self.target.is_some();
        let current = Some(&self.reader).filter(|_| wanted && self.loudness.is_none());
        let follow = self.follow.as_ref().filter(|_| wanted && self.follow_loudness.is_none());
        current.into_iter().chain(follow)
    }

    /// A track was measured.
    pub(super) fn measured(&mut self, name: &Name, loudness: Loudness) {
        if self.loudness.is_none() && Name::of(self.reader.track()) == *name {
            self.loudness = Some(loudness);
            self.guessing = None;
            lock(&self.reader.ring).relax();
            self.settle(gain(self.target, self.loudness));
        }
        if self.follow.as_ref().is_some_and(|follow| Name::of(follow.track()) == *name) {
            self.follow_loudness = Some(loudness);
            self.mixer.set_queued_gain(gain(self.target, self.follow_loudness));
        }
    }

    /// Gives the track its gain: at once, as long as nothing was heard of it.
    fn settle(&mut self, gain: f32) {
        if self.made == 0 {
            self.mixer.set_gain(gain, 0);
        } else {
            self.mixer.settle_gain(gain);
        }
    }

    /// Whether it waits for more of the sound than it needs to go on.
    pub(super) const fn guesses(&self) -> bool {
        self.guessing.is_some() && self.made == 0
    }

    /// Guesses how loud a track is by its beginning; whether it is worth waiting for that.
    fn guess(&mut self) -> bool {
        let (Some(target), Some(since)) = (self.target, self.guessing) else { return false };
        let (estimate, ready) = {
            let mut ring = lock(&self.reader.ring);
            (ring.estimate(), ring.ready())
        };
        match estimate {
            // Nobody waits longer for that than for the sound.
            Estimate::Later if !ready => {
                self.guessing = Some(Instant::now());
                return false;
            }
            Estimate::Later if self.made == 0 => return since.elapsed() < GUESS,
            Estimate::Later => return false,
            Estimate::Now(loudness) => self.settle(target.gain(loudness)),
            Estimate::Never => {}
        }
        self.guessing = None;
        false
    }

    /// Follows what was heard of something that has no end.
    fn follow_endless(&mut self) {
        let (Some(target), Some(feed)) = (self.target, self.mixer.source()) else { return };
        let Some(meter) = feed.meter.as_ref().filter(|meter| meter.heard() >= self.followed + FOLLOW) else { return };
        self.followed = meter.heard();
        if let Some(estimate) = meter.estimate() {
            self.mixer.set_gain(target.gain(estimate), usize::try_from(FOLLOW).unwrap_or_default());
        }
    }

    /// Begins something over the track.
    pub(super) fn add_layer(&mut self, id: u64, reader: Arc<Reader>, volume: f32) -> bool {
        let Some(inner) = self.mixer.add_layer(Feed::new(reader.clone(), None), volume) else { return false };
        self.layers.push((id, inner, reader));
        true
    }

    pub(super) fn set_layer_volume(&mut self, id: u64, volume: f32) {
        if let Some((_, inner, _)) = self.layers.iter().find(|(known, _, _)| *known == id) {
            self.mixer.set_layer_volume(*inner, volume);
        }
    }

    pub(super) fn remove_layer(&mut self, id: u64) {
        if let Some(at) = self.layers.iter().position(|(known, _, _)| *known == id) {
            let (_, inner, _) = self.layers.remove(at);
            self.mixer.remove_layer(inner);
        }
    }

    /// Layers that came to their end.
    pub(super) fn ended_layers(&mut self) -> Vec<u64> {
        if self.layers.is_empty() {
            return Vec::new();
        }
        let ended = self.mixer.ended_layers();
        let gone = self.layers.extract_if(.., |(_, inner, _)| ended.contains(inner));
        gone.map(|(id, _, _)| id).collect()
    }

    /// All that decode for it.
    pub(super) fn readers(&self) -> impl Iterator<Item = &Arc<Reader>> {
        let layers = self.layers.iter().map(|(_, _, reader)| reader);
        std::iter::once(&self.reader).chain(&self.follow).chain(&self.leaving).chain(layers)
    }

    pub(super) fn set_follow(&mut self, follow: Option<Follow>) {
        if let Some(old) = self.follow.take() {
            old.stop();
        }
        self.follow_loudness = None;
        let fade = follow.as_ref().map_or(0, |follow| follow.fade.saturating_mul(48));
        if let Some(feed) = self.mixer.source() {
            feed.fade = u64::from(fade);
            feed.followed = follow.is_some();
        }
        match follow {
            Some(Follow { reader, number, loudness: known, .. }) => {
                self.number = number;
                self.follow_loudness = known;
                let join = if fade == 0 { Join::Gapless } else { Join::Crossfade(fade) };
                self.mixer.queue(Feed::new(reader.clone(), None), gain(self.target, known), join);
                self.follow = Some(reader);
            }
            None => self.mixer.unqueue(),
        }
    }

    pub(super) fn take(&mut self, upto: u32) {
        self.taken = self.taken.max(upto);
    }

    /// How much is decoded and made ahead of what was taken, in thousandths of what may be; nothing before the first sound and
    /// after the last.
    pub(super) fn ahead(&self) -> Option<u64> {
        if self.over || self.made == 0 {
            return None;
        }
        let made = u64::from(self.made.saturating_sub(self.taken).min(WINDOW)) * 960;
        let most = (super::ring::MOST_AHEAD + u64::from(WINDOW) * 960).max(1);
        Some((lock(&self.reader.ring).ahead() + made) * 1_000 / most)
    }

    /// How many frames may be made now.
    pub(super) fn room(&self) -> u32 {
        let window = if self.passes { THROUGH } else { WINDOW };
        if self.over { 0 } else { window.saturating_sub(self.made.saturating_sub(self.taken)) }
    }

    /// Whether it passes packets on as they came.
    pub(super) const fn passes(&self) -> bool {
        self.passes
    }

    /// How many of them before the next player has its turn.
    pub(super) fn turn_length(&self) -> u32 {
        self.room().min(if self.passes { 2 * TURN } else { TURN })
    }

    /// Makes the next frame.
    pub(super) fn make(&mut self) -> Made {
        // What failed is told before anything follows.
        if self.follow.is_some() && matches!(lock(&self.reader.ring).end, Some(End::Failed(_))) {
            self.set_follow(None);
        }
        if self.guess() {
            return Made::Dry;
        }
        self.follow_endless();
        let heard = self.turning.as_ref().map_or(&self.reader, |turning| &turning.old);
        let before = lock(&heard.ring).frame().saturating_sub(self.mixer.held());
        let (step, packet) = match self.mixer.step() {
            Ok(made) => made,
            Err(error) => {
                self.over = true;
                let turn = self.turning.take().map(|turning| turning.number);
                return Made::Over(Some(SourceError::fault("the sound could not be encoded", error)), turn);
            }
        };
        if step.joined {
            self.turn();
        }
        if !self.mixer.is_fading() {
            self.leaving = None;
        }
        match step.sound {
            Sound::Played | Sound::Passed => {
                self.made += 1;
                self.passes = step.sound == Sound::Passed;
                // What follows may need a while until there is sound of it, and may have none at all.
                let turned = self.turning.take_if(|_| lock(&self.reader.ring).given());
                let turn = turned.map(|turning| turning.number);
                let before = if turn.is_some() { lock(&self.reader.ring).frame().saturating_sub(960) } else { before };
                let begin = self.turning.as_ref().map_or(self.begin, |turning| turning.begin);
                // What the limiter has ahead has not been heard yet: whoever takes over begins with it.
                let ahead = if step.sound == Sound::Played { Limiter::DELAY } else { 0 };
                let heard = before.saturating_sub(u64::try_from(ahead).unwrap_or_default());
                let position = heard.max(begin) / PER_MS;
                let level = (step.sound == Sound::Played).then(|| below(self.mixer.peak()));
                Made::Frame(Frame { position: u32::try_from(position).unwrap_or(u32::MAX), turn, level, packet })
            }
            Sound::Starved => Made::Dry,
            Sound::Silent => {
                self.over = true;
                let turn = self.turning.take().map(|turning| turning.number);
                match &lock(&self.reader.ring).end {
                    Some(End::Failed(error)) => Made::Over(Some(error.clone()), turn),
                    _ => Made::Over(None, turn),
                }
            }
        }
    }

    /// What followed is what plays.
    fn turn(&mut self) {
        let Some(next) = self.follow.take() else { return };
        let begin = u64::try_from(next.track().position).unwrap_or_default().saturating_mul(PER_MS);
        let begin = std::mem::replace(&mut self.begin, begin);
        let old = std::mem::replace(&mut self.reader, next);
        self.leaving = Some(old.clone());
        let number = self.number;
        // What was over before there was any sound of it is passed over.
        self.turning.get_or_insert(Turning { old, begin, number }).number = number;
        self.loudness = self.follow_loudness.take();
        self.guessing = None;
    }

    /// Nobody wants it any more.
    pub(super) fn stop(&self) {
        self.readers().for_each(|reader| reader.stop());
    }
}

/// Decibels by which a peak is below full scale, as whole ones.
fn below(peak: f32) -> u8 {
    const DECIBEL: f32 = 1.122_018_5;
    // Half a decibel below counts as none.
    let mut least = 0.944_060_9;
    (0..SILENT)
        .find(|_| {
            let found = peak >= least;
            least /= DECIBEL;
            found
        })
        .unwrap_or(SILENT)
}

/// Decibels for a track.
fn gain(target: Option<Target>, loudness: Option<Loudness>) -> f32 {
    target.zip(loudness).map_or(0.0, |(target, loudness)| target.gain(loudness.integrated))
}

fn quality(sound: &Tone) -> Quality {
    Quality { complexity: if sound.thrifty { 5 } else { 10 }, ..Quality::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources as _, Tones};
    use crate::wire::LoadResult;

    #[test]
    fn a_level_is_whole_decibels_below_full_scale() {
        let levels = [2.0, 1.0, 0.95, 0.94, 0.5, 0.1, 0.001, 0.000_1, 0.000_01, 0.0, f32::NAN].map(below);
        assert_eq!(levels, [0, 0, 0, 1, 6, 20, 60, 80, 96, 96, 96]);
    }

    #[tokio::test]
    async fn nothing_is_joined_to_what_has_failed() {
        let LoadResult::Track(track) = Tones.load("tone:440:60").await else { unreachable!("a tone is a track") };
        let reader = Reader::new(1, track.info, 0, None, Arc::default());
        let mut feed = Feed::new(reader.clone(), None);
        assert_eq!(feed.left(), None);
        feed.followed = true;
        lock(&reader.ring).finish(End::Failed(SourceError::common("it is broken", "on purpose")));
        assert_eq!(feed.left(), None);
        feed.followed = false;
        assert_eq!(feed.left(), Some(0));
        lock(&reader.ring).end = Some(End::Over);
        feed.followed = true;
        assert_eq!(feed.left(), Some(0));
    }
}
