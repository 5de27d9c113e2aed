//! A player's sound, 20 ms at a time.

#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::fade::Ramp;
use crate::filter::{Chain, FilterError, Filters};
use crate::layer::{Duck, Layers};
use crate::loudness::BLEND;
use crate::mixer::{Mixer, Track};
use crate::opus::{Encoder, Quality};
use crate::source::{Pulled, Source};
use crate::stretch::Stretch;
use crate::{BLOCK, CHANNELS, Join, Limiter, Result, SAMPLES};

/// How a deck works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How sound is encoded.
    pub quality: Quality,
    /// Opus goes through untouched if the track's gain is nearer to zero than so many decibels.
    pub dead_band: f32,
    /// No true peak is above so many decibels of full scale.
    pub ceiling: f32,
    /// How music makes room for what is said over it.
    pub duck: Duck,
}

impl Default for Settings {
    fn default() -> Self {
        Self { quality: Quality::default(), dead_band: 1.0, ceiling: -1.0, duck: Duck::default() }
    }
}

/// What 20 ms were.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sound {
    /// There is sound.
    Played,
    /// The source's own packet went through.
    Passed,
    /// The source has nothing yet; nothing was lost.
    Starved,
    /// There is nothing to play.
    Silent,
}

/// What happened within 20 ms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Step {
    /// What there is to hear.
    pub sound: Sound,
    /// The queued track has begun and is the playing one now.
    pub joined: bool,
    /// The playing track has ended by itself and no other was queued.
    pub ended: bool,
}

/// Volume changes and pauses within 20 ms.
const RAMP: usize = BLOCK;
/// After so many packets that went through, an encoder is given up: two seconds.
const UNUSED: u8 = 100;

/// A player's sound.
#[derive(Debug)]
pub struct Deck<S> {
    settings: Settings,
    mixer: Mixer<S>,
    stretch: Stretch,
    filters: Chain,
    layers: Layers<S>,
    volume: Ramp,
    gate: Ramp,
    paused: bool,
    limiter: Limiter,
    encoder: Option<Encoder>,
    /// Packets that have gone through since something was encoded.
    passed: u8,
    block: Box<[f32; SAMPLES]>,
    /// Frames of the block that are there already.
    filled: usize,
    /// The limiter has sound in it: samples are changed.
    busy: bool,
    /// The last track has ended; what is left is in the chain.
    ending: bool,
    /// A track plays whose end is to be told of.
    running: bool,
}

impl<S: Source> Deck<S> {
    /// A deck with nothing on it.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            mixer: Mixer::new(),
            stretch: Stretch::new(),
            filters: Chain::default(),
            layers: Layers::new(settings.duck),
            volume: Ramp::new(1.0),
            gate: Ramp::new(1.0),
            paused: false,
            limiter: Limiter::new(settings.ceiling),
            encoder: None,
            passed: 0,
            block: Box::new([0.0; SAMPLES]),
            filled: 0,
            busy: false,
            ending: false,
            running: false,
        }
    }

    /// Plays a track at once, with a gain in decibels. What is queued stays queued.
    pub fn play(&mut self, source: S, gain: f32) {
        self.ending = false;
        self.running = true;
        self.mixer.play(Track::new(source, gain), self.busy);
    }

    /// What is played when the track ends.
    pub fn queue(&mut self, source: S, gain: f32, join: Join) {
        self.mixer.queue(Some((Track::new(source, gain), join)));
    }

    /// Nothing is played when the track ends.
    pub fn unqueue(&mut self) {
        self.mixer.queue(None);
    }

    /// Begins the queued track now, fading for so many frames; false if none is queued.
    pub fn skip(&mut self, frames: u32) -> bool {
        self.mixer.skip(frames)
    }

    /// Ends the track and forgets the queued one. Its end is not told of.
    pub fn stop(&mut self) {
        self.running = false;
        if self.busy {
            self.mixer.stop();
        } else {
            self.mixer.clear();
        }
    }

    /// The playing track's source.
    pub fn source(&mut self) -> Option<&mut S> {
        self.mixer.current_mut().map(|track| &mut track.source)
    }

    /// The queued track's source.
    pub fn queued(&mut self) -> Option<&mut S> {
        self.mixer.next_mut()
    }

    /// Whether a track that was played before is still heard.
    pub const fn is_fading(&self) -> bool {
        self.mixer.is_fading()
    }

    /// Frames of the playing track that have been heard: its position, if it began at its beginning.
    pub fn played(&self) -> u64 {
        let held = self.held();
        let limited = if self.busy { Limiter::DELAY as u64 } else { 0 };
        self.mixer.current().map_or(0, |track| track.played).saturating_sub(held + limited)
    }

    /// Frames of the playing track that were taken and wait: within a change of speed, and for the rest of their 20 ms.
    pub fn held(&self) -> u64 {
        self.filled as u64 + if self.stretch.is_idle() { 0 } else { self.stretch.pending() }
    }

    /// Begins speech or an effect over the music and says its number; none if there are too many.
    pub fn add_layer(&mut self, source: S, volume: f32) -> Option<u64> {
        self.layers.add(source, volume)
    }

    /// The source of a layer.
    pub fn layer(&mut self, id: u64) -> Option<&mut S> {
        self.layers.source(id)
    }

    /// Slides a layer's volume to a factor; false if there is none of that number.
    pub fn set_layer_volume(&mut self, id: u64, volume: f32) -> bool {
        self.layers.set_volume(id, volume)
    }

    /// Takes the layers of another deck, which has none any more: they go on where they are, under their numbers.
    pub fn take_layers(&mut self, from: &mut Self) {
        std::mem::swap(&mut self.layers, &mut from.layers);
    }

    /// Ends a layer; false if there is none of that number.
    pub fn remove_layer(&mut self, id: u64) -> bool {
        self.layers.remove(id)
    }

    /// Numbers of the layers that have come to their end by themselves since the last call.
    pub fn ended_layers(&mut self) -> Vec<u64> {
        self.layers.ended()
    }

    /// Slides the playing track's gain to so many decibels within so many frames.
    pub fn set_gain(&mut self, gain: f32, frames: usize) {
        self.mixer.set_gain(gain, frames);
    }

    /// Sets the queued track's gain in decibels.
    pub const fn set_queued_gain(&mut self, gain: f32) {
        self.mixer.set_next_gain(gain);
    }

    /// Slides the gain from an estimate to what the whole track needs, within the first three seconds, or half of one.
    pub fn settle_gain(&mut self, gain: f32) {
        let played = self.mixer.current().map_or(0, |track| track.played);
        self.mixer.set_gain(gain, BLEND.saturating_sub(played).max(BLEND / 6) as usize);
    }

    /// A factor for everything; at once, as long as nothing is heard.
    pub fn set_volume(&mut self, factor: f32) {
        if factor.is_finite() {
            let fresh = !self.busy && self.mixer.current().is_none_or(|track| track.played == 0);
            self.volume.go(factor.clamp(0.0, 10.0), if fresh { 0 } else { RAMP });
        }
    }

    /// Sets all filters; those that are absent change nothing.
    pub fn set_filters(&mut self, filters: &Filters) -> Result<(), FilterError> {
        self.filters.set(filters)?;
        self.stretch.set(filters.timescale);
        if !self.busy {
            self.filters.forget();
        }
        Ok(())
    }

    /// Stops the time of the deck, or lets it go on.
    pub fn set_paused(&mut self, paused: bool) {
        if self.paused != paused {
            self.paused = paused;
            self.gate.go(if paused { 0.0 } else { 1.0 }, RAMP);
        }
    }

    /// Changes how sound is encoded.
    pub fn set_quality(&mut self, quality: Quality) -> Result<()> {
        if let Some(encoder) = &mut self.encoder {
            encoder.set(quality)?;
        }
        self.settings.quality = quality;
        Ok(())
    }

    /// The next 20 ms as a packet of Opus; it is empty if there is no sound.
    pub fn step(&mut self) -> Result<(Step, Bytes)> {
        if self.plain()
            && let Some(passed) = self.pass()
        {
            return Ok(passed);
        }
        let step = self.render();
        let mut packet = Vec::new();
        if step.sound == Sound::Played {
            let encoder = match &mut self.encoder {
                Some(encoder) => encoder,
                None => self.encoder.insert(Encoder::new(self.settings.quality)?),
            };
            encoder.encode(&self.block, &mut packet)?;
            self.passed = 0;
        }
        Ok((step, packet.into_boxed_slice().into()))
    }

    /// The next 20 ms as samples.
    pub fn samples(&mut self, out: &mut [f32; SAMPLES]) -> Step {
        let step = self.render();
        if step.sound == Sound::Played {
            out.copy_from_slice(&*self.block);
        } else {
            out.fill(0.0);
        }
        step
    }

    /// The loudest sample of the last 20 ms that were [`Sound::Played`]: 1 is full scale.
    pub fn peak(&self) -> f32 {
        self.block.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
    }

    /// Whether nothing changes the samples.
    fn plain(&self) -> bool {
        !self.paused
            && self.filled == 0
            && self.filters.is_empty()
            && self.stretch.is_idle()
            && self.layers.idle()
            && self.volume.idle(1.0)
            && self.gate.idle(1.0)
            && self.mixer.plain(self.settings.dead_band)
    }

    fn pass(&mut self) -> Option<(Step, Bytes)> {
        self.mixer.advance();
        let track = self.mixer.current_mut()?;
        let packet = track.source.packet()?;
        track.played += BLOCK as u64;
        if self.busy {
            track.played = track.played.saturating_sub(Limiter::DELAY as u64);
            self.busy = false;
            self.limiter.reset();
        }
        self.passed = self.passed.saturating_add(1);
        if self.passed == UNUSED {
            // It has not heard what went through, so it would begin anew anyhow.
            self.encoder = None;
        }
        Some((Step { sound: Sound::Passed, joined: self.mixer.joined(), ended: false }, packet))
    }

    fn render(&mut self) -> Step {
        let still = Step { sound: Sound::Silent, joined: false, ended: false };
        if self.paused && self.gate.idle(0.0) {
            return still;
        }
        if !self.busy {
            // The limiter looks ahead: it is given what it delays before anything is asked of it.
            let mut ahead = [0.0; Limiter::DELAY * CHANNELS];
            let (frames, pulled) = feed(&mut self.mixer, &mut self.stretch, &mut ahead);
            let talk = pulled == Pulled::Ended && !self.layers.is_empty();
            if frames == 0 && !talk {
                let sound = if pulled == Pulled::Ended { Sound::Silent } else { Sound::Starved };
                let ended = pulled == Pulled::Ended && self.end();
                return Step { sound, joined: self.mixer.joined(), ended };
            }
            let ahead = ahead.get_mut(..frames * CHANNELS).unwrap_or_default();
            self.filters.process(ahead);
            self.layers.process(ahead);
            self.volume.apply(ahead);
            self.limiter.process(ahead);
            self.busy = true;
        }
        let space = self.block.get_mut(self.filled * CHANNELS..).unwrap_or_default();
        let (frames, pulled) =
            if self.ending { (0, Pulled::Ended) } else { feed(&mut self.mixer, &mut self.stretch, space) };
        self.filled += frames;
        let mut step = Step { sound: Sound::Played, joined: self.mixer.joined(), ended: false };
        match pulled {
            Pulled::Full => {}
            Pulled::Starved => return Step { sound: Sound::Starved, ..step },
            Pulled::Ended if !self.layers.is_empty() => {
                self.block.get_mut(self.filled * CHANNELS..).unwrap_or_default().fill(0.0);
                step.ended = self.end();
                self.ending = false;
            }
            Pulled::Ended => {
                self.block.get_mut(self.filled * CHANNELS..).unwrap_or_default().fill(0.0);
                // One block more brings what the limiter holds back.
                step.ended = self.ending && self.end();
                self.busy = !self.ending;
                self.ending = !self.ending;
            }
        }
        self.filled = 0;
        self.filters.process(&mut *self.block);
        self.layers.process(&mut *self.block);
        self.volume.apply(&mut *self.block);
        self.limiter.process(&mut *self.block);
        self.gate.apply(&mut *self.block);
        if !self.busy {
            self.limiter.reset();
        }
        step
    }

    /// Whether the end that has come is one to tell of.
    const fn end(&mut self) -> bool {
        std::mem::replace(&mut self.running, false)
    }
}

/// The next frames through the stretch.
fn feed<S: Source>(mixer: &mut Mixer<S>, stretch: &mut Stretch, out: &mut [f32]) -> (usize, Pulled) {
    let mut done = 0;
    let mut flushed = false;
    loop {
        let Some(space) = out.get_mut(done * CHANNELS..).filter(|space| space.len() >= CHANNELS) else {
            return (done, Pulled::Full);
        };
        if stretch.is_idle() {
            let (frames, pulled) = mixer.pull(space);
            stretch.pass(space.get(..frames * CHANNELS).unwrap_or_default());
            return (done + frames, pulled);
        }
        let frames = stretch.pull(space);
        done += frames;
        if frames > 0 || stretch.is_idle() {
            continue;
        }
        let mut chunk = [0.0; SAMPLES];
        match mixer.pull(&mut chunk) {
            (0, Pulled::Ended) if flushed => return (done, Pulled::Ended),
            (0, Pulled::Ended) => {
                stretch.flush();
                flushed = true;
            }
            (0, pulled) => return (done, pulled),
            (frames, _) => stretch.push(chunk.get(..frames * CHANNELS).unwrap_or_default()),
        }
    }
}
