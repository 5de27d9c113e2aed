//! Where a deck's sound comes from.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::opus::{Decoder, LONGEST, PACKET, frames};
use crate::{BLOCK, CHANNELS, Result, factor};

/// A track's sound as it is decoded: stereo at 48 kHz. It never waits; what is not there yet comes later.
pub trait Source {
    /// Writes the next frames to the front of `out` and says how many. Fewer than there is room for means that there are
    /// no more at present, or ever: [`Source::left`] tells.
    fn pull(&mut self, out: &mut [f32]) -> usize;

    /// How many frames are still to come, as soon as that is certain. `Some(0)` is the end.
    fn left(&self) -> Option<u64>;

    /// Puts the next 20 ms into `packet`, in place of what was there, if they are at hand as one packet of Opus. Only asked
    /// for where nothing changes the samples. A packet that [`Source::pull`] has taken a part of comes again as a whole: that
    /// part is what the limiter had ahead, and nobody has heard it.
    fn packet(&mut self) -> Option<Bytes> {
        None
    }
}

/// What a source gave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pulled {
    /// All that was asked for.
    Full,
    /// No more at present.
    Starved,
    /// No more at all.
    Ended,
}

/// Nothing that is meant to be heard is louder: full scale is 1.
const LOUDEST: f32 = 64.0;

/// Makes silence of samples that are no numbers, or greater than any sound: filters never forget what they have heard.
pub fn tame(samples: &mut [f32]) {
    for sample in samples {
        // What is no number is not less than anything either.
        *sample = if sample.abs() <= LOUDEST { *sample } else { 0.0 };
    }
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn pull(&mut self, out: &mut [f32]) -> usize {
        (**self).pull(out)
    }

    fn left(&self) -> Option<u64> {
        (**self).left()
    }

    fn packet(&mut self) -> Option<Bytes> {
        (**self).packet()
    }
}

/// Decoded sound in a queue of bounded length.
#[derive(Debug)]
pub struct Queue {
    samples: VecDeque<f32>,
    limit: usize,
    finished: bool,
}

impl Queue {
    /// A queue for so many frames.
    pub fn new(frames: usize) -> Self {
        Self { samples: VecDeque::new(), limit: frames * CHANNELS, finished: false }
    }

    /// All of a sound.
    pub fn of(samples: Vec<f32>) -> Self {
        Self { limit: samples.len(), samples: samples.into(), finished: true }
    }

    /// Frames that there is room for.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.samples.len()) / CHANNELS
    }

    /// Frames that wait.
    pub fn waiting(&self) -> usize {
        self.samples.len() / CHANNELS
    }

    /// Takes no more than so many frames from now on. What waits already stays.
    pub const fn set_limit(&mut self, frames: usize) {
        self.limit = frames * CHANNELS;
    }

    /// Takes as many frames as there is room for and says how many.
    pub fn push(&mut self, samples: &[f32]) -> usize {
        let frames = self.room().min(samples.len() / CHANNELS);
        // Growing by doubling would leave up to half of it unused.
        if self.samples.capacity() < self.limit {
            self.samples.reserve_exact(self.limit - self.samples.len());
        } else if self.samples.capacity() > self.limit * 2 && self.samples.len() < self.limit {
            self.samples.shrink_to(self.limit);
        }
        self.samples.extend(samples.get(..frames * CHANNELS).unwrap_or_default());
        frames
    }

    /// Shows what waits, in order, and leaves it there.
    pub fn peek(&self, mut look: impl FnMut(&[f32])) {
        let (first, second) = self.samples.as_slices();
        look(first);
        look(second);
    }

    /// There is no more to come.
    pub const fn finish(&mut self) {
        self.finished = true;
    }
}

impl Source for Queue {
    fn pull(&mut self, out: &mut [f32]) -> usize {
        let frames = (self.samples.len().min(out.len())) / CHANNELS;
        let out = out.get_mut(..frames * CHANNELS).unwrap_or_default();
        let (first, second) = self.samples.as_slices();
        let (head, tail) = out.split_at_mut(first.len().min(frames * CHANNELS));
        head.copy_from_slice(first.get(..head.len()).unwrap_or_default());
        tail.copy_from_slice(second.get(..tail.len()).unwrap_or_default());
        self.samples.drain(..frames * CHANNELS);
        frames
    }

    fn left(&self) -> Option<u64> {
        self.finished.then_some((self.samples.len() / CHANNELS) as u64)
    }
}

/// Packets that a decoder must have heard before what it says is right: twice what its document asks for.
const WARM: usize = 8;

/// A packet and how long it sounds: whoever hands it on does not look into it, which would bring its bytes to a processor that has
/// no use for them.
#[derive(Clone, Debug)]
struct Packet {
    bytes: Bytes,
    frames: usize,
}

/// Packets of Opus in a queue of bounded length; decoded only when somebody asks for samples.
#[derive(Debug)]
pub struct Packets {
    queue: VecDeque<Packet>,
    limit: usize,
    finished: bool,
    decoder: Option<Decoder>,
    /// The last packets before the one that comes next, the latest last.
    past: VecDeque<Packet>,
    /// Decoded frames that nobody has asked for yet.
    decoded: Vec<f32>,
    read: usize,
    skip: usize,
    scratch: Vec<f32>,
    /// A factor of what is decoded; packets go through where it is 1.
    gain: f32,
}

impl Packets {
    /// A queue for so many packets; `skip` frames at the start are the encoder's and not the sound's.
    pub fn new(packets: usize, skip: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            limit: packets,
            finished: false,
            decoder: None,
            past: VecDeque::new(),
            decoded: Vec::new(),
            read: 0,
            skip,
            scratch: Vec::new(),
            gain: 1.0,
        }
    }

    /// All of it is to be louder or softer by so many decibels, as its file says.
    pub fn set_gain(&mut self, decibels: f32) {
        self.gain = factor(decibels);
    }

    /// Whether packets go through as they are.
    fn unchanged(&self) -> bool {
        (self.gain - 1.0).abs() < 1e-6
    }

    /// Frames that were given of a packet that is not at its end.
    pub fn begun(&self) -> usize {
        if self.read < self.decoded.len() { self.read / CHANNELS } else { 0 }
    }

    /// Packets that there is room for.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.queue.len())
    }

    /// Takes a packet if there is room; a packet that is none is passed over.
    pub fn push(&mut self, bytes: Bytes) -> bool {
        if self.room() == 0 {
            return false;
        }
        self.queue.extend(frames(&bytes).map(|frames| Packet { bytes, frames }));
        true
    }

    /// There is no more to come.
    pub const fn finish(&mut self) {
        self.finished = true;
    }

    /// Decodes the next packet; false if there is none.
    fn decode(&mut self) -> Result<bool> {
        let Some(packet) = self.queue.pop_front() else { return Ok(false) };
        self.scratch.resize(LONGEST * CHANNELS, 0.0);
        if self.decoder.is_none() {
            let mut decoder = Decoder::new()?;
            for past in &self.past {
                // Only for what it leaves in the decoder.
                let _ = decoder.decode(&past.bytes, &mut self.scratch);
            }
            self.decoder = Some(decoder);
        }
        let Some(decoder) = &mut self.decoder else { return Ok(false) };
        let expected = packet.frames;
        let made = match decoder.decode(&packet.bytes, &mut self.scratch) {
            Ok(made) => made,
            Err(_) => decoder.conceal(&mut self.scratch).unwrap_or(0),
        };
        // What is damaged takes its time all the same.
        self.scratch.get_mut(made.min(expected) * CHANNELS..).unwrap_or_default().fill(0.0);
        let skip = self.skip.min(expected);
        self.skip -= skip;
        self.decoded.clear();
        self.decoded.extend_from_slice(self.scratch.get(skip * CHANNELS..expected * CHANNELS).unwrap_or_default());
        if !self.unchanged() {
            self.decoded.iter_mut().for_each(|sample| *sample *= self.gain);
        }
        self.read = 0;
        self.keep(packet);
        Ok(true)
    }

    /// Keeps a packet in mind, and forgets the oldest where there are as many as are wanted.
    fn keep(&mut self, packet: Packet) {
        if self.past.len() >= WARM {
            self.past.pop_front();
        }
        self.past.push_back(packet);
    }
}

impl Source for Packets {
    fn pull(&mut self, out: &mut [f32]) -> usize {
        let mut written = 0;
        loop {
            let ready = self.decoded.get(self.read..).unwrap_or_default();
            let space = out.get_mut(written..).unwrap_or_default();
            let count = ready.len().min(space.len() / CHANNELS * CHANNELS);
            for (out, &sample) in space.iter_mut().zip(ready.iter().take(count)) {
                *out = sample;
            }
            written += count;
            self.read += count;
            if out.len() - written < CHANNELS || !self.decode().unwrap_or(false) {
                return written / CHANNELS;
            }
        }
    }

    fn left(&self) -> Option<u64> {
        if !self.finished {
            return None;
        }
        let waiting: usize = self.queue.iter().map(|packet| packet.frames).sum();
        let decoded = (self.decoded.len() - self.read) / CHANNELS;
        Some((waiting.saturating_sub(self.skip) + decoded) as u64)
    }

    fn packet(&mut self) -> Option<Bytes> {
        if !self.unchanged() {
            return None;
        }
        let begun = self.read < self.decoded.len();
        // What was begun and hardly heard goes through whole.
        let from = if begun { &mut self.past } else { &mut self.queue };
        let next = if begun { from.back() } else { from.front() };
        next.filter(|packet| packet.frames == BLOCK && packet.bytes.len() <= PACKET + 1)?;
        let next = if begun { from.pop_back() } else { from.pop_front() }?;
        self.skip = 0;
        self.read = 0;
        // A decoder that has missed packets must hear some before it is asked again.
        if self.decoder.take().is_some() {
            (self.decoded, self.scratch) = (Vec::new(), Vec::new());
        }
        self.keep(next.clone());
        Some(next.bytes)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::opus::{Encoder, Quality};
    use crate::{Limiter, SAMPLES, testing};

    fn encoded(samples: &[f32]) -> Vec<Bytes> {
        let mut encoder = Encoder::new(Quality::default()).unwrap();
        samples
            .as_chunks::<SAMPLES>()
            .0
            .iter()
            .map(|block| {
                let mut packet = Vec::new();
                encoder.encode(block, &mut packet).unwrap();
                packet.into()
            })
            .collect()
    }

    #[test]
    fn a_queue_is_bounded_and_knows_its_end() {
        let mut queue = Queue::new(10);
        assert_eq!(queue.push(&[0.5; 30]), 10);
        assert_eq!(queue.room(), 0);
        assert_eq!(queue.left(), None);
        let mut out = [0.0; 16];
        assert_eq!(queue.pull(&mut out), 8);
        queue.finish();
        assert_eq!(queue.left(), Some(2));
        assert_eq!(queue.pull(&mut out), 2);
        assert_eq!((queue.pull(&mut out), queue.left()), (0, Some(0)));
    }

    #[test]
    fn packets_decode_alike_from_the_middle_on() {
        let packets = encoded(&testing::music(1.0));
        let mut whole = Packets::new(100, 0);
        let mut half = Packets::new(100, 0);
        for packet in &packets {
            assert!(whole.push(packet.clone()) && half.push(packet.clone()));
        }
        let (mut expected, mut found) = (vec![0.0; 50 * SAMPLES], vec![0.0; 25 * SAMPLES]);
        assert_eq!(whole.pull(&mut expected), 48_000);
        for expected in &packets[..25] {
            assert_eq!(half.packet().as_ref(), Some(expected));
        }
        half.finish();
        assert_eq!(half.left(), Some(24_000));
        assert_eq!(half.pull(&mut found), 24_000);
        assert_eq!(half.left(), Some(0));
        let difference = testing::distance(&expected[25 * SAMPLES..], &found);
        assert!(difference < -40.0, "{difference} dB");
    }

    #[test]
    fn only_packets_of_20_ms_go_through() {
        let packets = encoded(&testing::music(0.2));
        // 20 ms as two frames, and half of that.
        let half = Bytes::from_static(&[0xF0, 0xFF, 0xFE]);
        let long = Bytes::from([vec![0xF2, 252, 1], vec![0; 2_000]].concat());
        assert_eq!([&half, &long].map(|packet| frames(packet)), [Some(480), Some(960)]);
        let mut source = Packets::new(10, 0);
        for packet in [&half, &packets[0], &packets[1], &packets[2], &half, &packets[3], &long, &packets[4]] {
            assert!(source.push(packet.clone()));
        }
        let mut out = vec![0.0; SAMPLES];
        let ahead = &mut vec![0.0; Limiter::DELAY * CHANNELS];
        assert!(source.packet().is_none(), "it is too short");
        assert_eq!(source.pull(ahead), Limiter::DELAY);
        assert_eq!(source.begun(), Limiter::DELAY);
        assert!(source.packet().is_none(), "and is so where it was begun");
        assert_eq!(source.pull(&mut out), BLOCK);
        assert_eq!(source.begun(), 480 + Limiter::DELAY);
        assert_eq!((source.packet().as_ref(), source.begun()), (Some(&packets[0]), 0));
        assert_eq!([source.packet(), source.packet()], [Some(packets[1].clone()), Some(packets[2].clone())]);
        assert_eq!(source.packet(), None);
        assert_eq!(source.pull(&mut out[..960]), 480);
        assert_eq!(source.packet().as_ref(), Some(&packets[3]));
        assert!(source.packet().is_none(), "no datagram is as long");
        assert_eq!(source.pull(&mut out), BLOCK);
        assert_eq!(source.packet().as_ref(), Some(&packets[4]));
    }

    #[test]
    fn a_gain_is_heard_and_then_packets_do_not_go_through() {
        let packets = encoded(&testing::music(0.2));
        let (mut plain, mut soft) = (Packets::new(10, 0), Packets::new(10, 0));
        soft.set_gain(-6.0);
        for packet in &packets {
            assert!(plain.push(packet.clone()) && soft.push(packet.clone()));
        }
        let (mut expected, mut found) = (vec![0.0; SAMPLES * 5], vec![0.0; SAMPLES * 5]);
        assert_eq!(soft.packet(), None);
        assert_eq!((plain.pull(&mut expected), soft.pull(&mut found)), (BLOCK * 5, BLOCK * 5));
        assert!(expected.iter().zip(&found).all(|(plain, soft)| (plain * factor(-6.0) - soft).abs() < 1e-5));
        assert!(plain.packet().is_some() && soft.packet().is_none());
    }

    #[test]
    fn the_start_is_skipped_and_damage_takes_its_time() {
        let mut packets = encoded(&testing::music(0.2));
        packets[3] = Bytes::from_static(&[0xF8, 1, 2, 3]);
        let mut source = Packets::new(5, 312);
        assert_eq!(packets.drain(..).filter(|packet| source.push(packet.clone())).count(), 5);
        source.finish();
        assert_eq!(source.left(), Some(5 * 960 - 312));
        let mut out = vec![0.0; 5 * SAMPLES];
        assert_eq!(source.pull(&mut out), 5 * 960 - 312);
    }
}
