//! Sound that has been decoded and not yet rendered.

use std::collections::VecDeque;

use crate::source::SourceError;

/// Samples a second.
pub(super) const RATE: u32 = 48_000;
/// Samples of a frame, of one channel.
pub(super) const FRAME: usize = 960;
/// Packets that are kept ahead: 5 seconds. They are small.
const PACKETS: usize = 250;
/// Samples that are kept ahead, of both channels: 1 second. Sources keep more, as it came.
const SAMPLES: usize = RATE as usize * 2;

/// A piece of sound.
#[derive(Debug)]
pub(super) enum Piece {
    /// Interleaved stereo at 48 kHz.
    Pcm { samples: Vec<f32>, used: usize },
    /// An Opus packet of 20 ms.
    Opus(Vec<u8>),
}

/// How the track ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    Over,
    Failed(SourceError),
}

/// A queue of sound with a beginning in the track.
#[derive(Debug, Default)]
pub(super) struct Ring {
    pieces: VecDeque<Piece>,
    /// Samples of one channel that are left in PCM pieces.
    samples: usize,
    packets: usize,
    /// Where the next sample is in the track, in samples of one channel.
    at: u64,
    /// Nothing more comes.
    pub(super) end: Option<End>,
}

impl Ring {
    pub(super) fn at(position: u64) -> Self {
        Self { at: position.saturating_mul(u64::from(RATE) / 1000), ..Self::default() }
    }

    /// Where the next sample is, in milliseconds.
    pub(super) fn position(&self) -> u64 {
        self.at / u64::from(RATE / 1000)
    }

    /// Sets where the next sample is: sources may begin shortly before what was asked for.
    pub(super) fn begin(&mut self, position: u64) {
        self.at = position.saturating_mul(u64::from(RATE) / 1000);
    }

    pub(super) fn full(&self) -> bool {
        self.samples * 2 >= SAMPLES || self.packets >= PACKETS
    }

    /// Whether it should be filled again.
    pub(super) fn low(&self) -> bool {
        self.end.is_none() && self.samples * 2 < SAMPLES / 2 && self.packets < PACKETS / 2
    }

    fn push_pcm(&mut self, samples: Vec<f32>) {
        self.samples += samples.len() / 2;
        self.pieces.push_back(Piece::Pcm { samples, used: 0 });
    }

    /// Adds samples, but for those before a position that was asked for: sources may begin shortly before it.
    pub(super) fn push_pcm_from(&mut self, position: u64, mut samples: Vec<f32>) {
        let wished = position.saturating_mul(u64::from(RATE / 1000));
        if self.is_empty() && self.at < wished {
            let skip = usize::try_from(wished - self.at).unwrap_or(usize::MAX).min(samples.len() / 2);
            samples.drain(..skip * 2);
            self.at += u64::try_from(skip).unwrap_or_default();
        }
        if !samples.is_empty() {
            self.push_pcm(samples);
        }
    }

    /// A packet was left out at the beginning.
    pub(super) fn begin_after_packet(&mut self) {
        self.at += 960;
    }

    pub(super) fn push_opus(&mut self, packet: Vec<u8>) {
        self.packets += 1;
        self.pieces.push_back(Piece::Opus(packet));
    }

    /// Whether a whole frame could be taken, or all there will ever be.
    pub(super) fn ready(&self) -> bool {
        self.end.is_some() || self.packets > 0 || self.samples >= FRAME
    }

    /// Milliseconds of sound that are left here, and whether nothing more comes.
    pub(super) fn left(&self) -> (u64, bool) {
        let samples = self.samples.saturating_add(self.packets.saturating_mul(FRAME));
        (u64::try_from(samples).unwrap_or(u64::MAX) / u64::from(RATE / 1000), self.end.is_some())
    }

    /// The next packet, if that is what comes next.
    pub(super) fn take_opus(&mut self) -> Option<Vec<u8>> {
        if !matches!(self.pieces.front(), Some(Piece::Opus(_))) {
            return None;
        }
        let Some(Piece::Opus(packet)) = self.pieces.pop_front() else { return None };
        self.packets = self.packets.saturating_sub(1);
        self.at += 960;
        Some(packet)
    }

    /// Puts the decoded samples of a packet before everything else.
    pub(super) fn unread_pcm(&mut self, samples: Vec<f32>) {
        let count = samples.len() / 2;
        self.samples += count;
        self.at = self.at.saturating_sub(u64::try_from(count).unwrap_or_default());
        self.pieces.push_front(Piece::Pcm { samples, used: 0 });
    }

    /// Moves up to `count` samples of each channel, as long as they are PCM.
    pub(super) fn take_pcm(&mut self, count: usize, into: &mut Vec<f32>) -> usize {
        let mut wanted = count;
        while wanted > 0 {
            let Some(Piece::Pcm { samples, used }) = self.pieces.front_mut() else { break };
            let have = samples.len().saturating_sub(*used) / 2;
            let take = have.min(wanted);
            into.extend_from_slice(samples.get(*used..*used + take * 2).unwrap_or_default());
            *used += take * 2;
            wanted -= take;
            self.samples = self.samples.saturating_sub(take);
            self.at += u64::try_from(take).unwrap_or_default();
            if *used + 1 >= samples.len() {
                self.pieces.pop_front();
            }
        }
        count - wanted
    }

    /// Whether all has been taken.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}
