//! Sound that has been decoded, or not yet, and waits to be rendered.

use bytes::Bytes;
use guildhall_audio::loudness::Meter;
use guildhall_audio::{Packets, Queue, Source as _};

use crate::source::SourceError;

/// Frames a millisecond.
pub(super) const PER_MS: u64 = 48;
/// Packets that are kept ahead. Sources keep a page and more as it came.
const PACKETS: usize = 114;
/// Below so many it is filled again, by two seconds of them at once: each time somebody is woken up for it.
const LOW_PACKETS: usize = 14;
/// Frames of samples that are kept ahead: 160 ms. Sources keep more, as it came, and players more again, encoded.
const FRAMES: usize = 7_680;
/// The same, as a number of frames that others count with.
pub(super) const MOST_AHEAD: u64 = FRAMES as u64;
/// Below so much it is filled again.
const LOW: usize = FRAMES / 2;

/// Pieces up to this length come when there is room for all of one, so that no part of it has to be kept elsewhere.
const SHORT: usize = 2_048;

/// With so many samples it can be told how loud a track begins: what loudness calls a moment.
const MOMENT: usize = 19_200;

/// How the track ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    Over,
    Failed(SourceError),
}

/// What can be told of a track's loudness by its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Estimate {
    Now(f32),
    Later,
    Never,
}

/// A queue of sound with a beginning in the track. A track is either packets or samples.
#[derive(Debug)]
pub(super) struct Ring {
    queue: Queue,
    packets: Packets,
    /// Packets or samples, once it is known.
    opus: Option<bool>,
    waiting: usize,
    /// Where the next frame is in the track.
    at: u64,
    given: bool,
    pub(super) end: Option<End>,
}

impl Ring {
    pub(super) fn at(position: u64) -> Self {
        Self {
            queue: Queue::new(FRAMES),
            packets: Packets::new(PACKETS, 0),
            opus: None,
            waiting: 0,
            at: position.saturating_mul(PER_MS),
            given: false,
            end: None,
        }
    }

    /// Where the next frame is, in frames.
    pub(super) const fn frame(&self) -> u64 {
        self.at
    }

    /// Sets where the next frame is: sources may begin shortly before what was asked for.
    pub(super) const fn begin(&mut self, position: u64) {
        self.at = position.saturating_mul(PER_MS);
    }

    /// What its file says beside its packets, in decibels.
    pub(super) fn set_gain(&mut self, decibels: f32) {
        self.packets.set_gain(decibels);
    }

    /// Leaves frames out at the beginning.
    pub(super) const fn skip(&mut self, frames: u64) {
        self.at += frames;
    }

    /// How loud the sound is that waits, in LUFS; nothing yet where there is too little of it, and nothing ever of packets.
    pub(super) fn estimate(&mut self) -> Estimate {
        if self.opus == Some(true) || self.end.is_some() && self.queue.waiting() == 0 {
            return Estimate::Never;
        }
        if self.queue.waiting() < MOMENT && self.end.is_none() {
            self.listen();
            return Estimate::Later;
        }
        self.relax();
        let Ok(mut meter) = Meter::simple() else { return Estimate::Never };
        self.queue.peek(|samples| meter.add(samples));
        meter.estimate().map_or(Estimate::Never, Estimate::Now)
    }

    /// Keeps enough ahead for an estimate.
    pub(super) const fn listen(&mut self) {
        self.queue.set_limit(MOMENT + FRAMES / 2);
    }

    /// Keeps no more ahead than it takes to play.
    pub(super) const fn relax(&mut self) {
        self.queue.set_limit(FRAMES);
    }

    /// Whether there has been any sound.
    pub(super) const fn started(&self) -> bool {
        self.opus.is_some()
    }

    /// Whether any of its sound was taken.
    pub(super) const fn given(&self) -> bool {
        self.given
    }

    /// Whether a piece of so many frames has no room.
    pub(super) fn full(&self, piece: usize) -> bool {
        match self.opus {
            Some(true) => self.waiting >= PACKETS,
            Some(false) => self.queue.room() < if piece <= SHORT { piece.max(1) } else { 1 },
            None => false,
        }
    }

    /// Whether it is filled with packets.
    pub(super) fn passes(&self) -> bool {
        self.opus == Some(true)
    }

    /// Whether it should be filled again.
    pub(super) fn low(&self) -> bool {
        self.end.is_none()
            && match self.opus {
                Some(true) => self.waiting < LOW_PACKETS,
                Some(false) => self.queue.waiting() < LOW || self.queue.room() > FRAMES,
                None => true,
            }
    }

    /// Takes as many frames as there is room for; how many.
    pub(super) fn push_samples(&mut self, samples: &[f32]) -> Result<usize, SourceError> {
        // Nothing is no sound: all of it may have been before the beginning.
        if samples.is_empty() {
            return Ok(0);
        }
        self.kind(false)?;
        Ok(self.queue.push(samples))
    }

    /// Takes a packet, where there is room.
    pub(super) fn push_packet(&mut self, packet: Bytes) -> Result<(), SourceError> {
        self.kind(true)?;
        self.packets.push(packet);
        // One that is none is passed over.
        self.count();
        Ok(())
    }

    fn kind(&mut self, opus: bool) -> Result<(), SourceError> {
        if *self.opus.get_or_insert(opus) == opus {
            return Ok(());
        }
        Err(SourceError::common("the track changes its kind of sound", "packets and samples in one stream"))
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, end: End) {
        self.queue.finish();
        self.packets.finish();
        self.end.get_or_insert(end);
    }

    /// Whether a whole frame could be taken, or all there will ever be.
    pub(super) fn ready(&self) -> bool {
        self.end.is_some() || self.waiting > 0 || self.queue.waiting() >= 960
    }

    /// Frames that are decoded ahead; all that there may be, where nothing more comes.
    pub(super) fn ahead(&self) -> u64 {
        let waiting = if self.opus == Some(true) { self.waiting.saturating_mul(960) } else { self.queue.waiting() };
        if self.end.is_some() { MOST_AHEAD } else { MOST_AHEAD.min(u64::try_from(waiting).unwrap_or(u64::MAX)) }
    }

    /// Frames that are still to come, once that is certain.
    pub(super) fn left(&self) -> Option<u64> {
        match self.opus {
            Some(true) => self.packets.left(),
            Some(false) => self.queue.left(),
            None => self.end.is_some().then_some(0),
        }
    }

    pub(super) fn pull(&mut self, out: &mut [f32]) -> usize {
        let frames = if self.opus == Some(true) { self.packets.pull(out) } else { self.queue.pull(out) };
        self.at += u64::try_from(frames).unwrap_or_default();
        self.given |= frames > 0;
        self.count();
        frames
    }

    pub(super) fn packet(&mut self) -> Option<Bytes> {
        // What was begun is counted already, and comes again as a whole.
        let begun = self.packets.begun();
        let packet = if self.opus == Some(true) { self.packets.packet() } else { None }?;
        self.at += 960_u64.saturating_sub(u64::try_from(begun).unwrap_or_default());
        self.given = true;
        self.count();
        Some(packet)
    }

    fn count(&mut self) {
        if self.opus == Some(true) {
            self.waiting = PACKETS.saturating_sub(self.packets.room());
        }
    }
}
