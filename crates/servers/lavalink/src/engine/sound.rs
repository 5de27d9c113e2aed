//! Samples through filters into Opus.

use guildhall_audio::opus::{Decoder, Encoder, LONGEST, Quality};
use guildhall_audio::{BLOCK, SAMPLES};

use super::Tone;
use super::ring::Ring;
use crate::source::SourceError;
use crate::wire::Filters;

/// Everything that keeps state between frames.
pub(super) struct Sound {
    tone: Tone,
    encoder: Option<Encoder>,
    decoder: Option<Decoder>,
    /// Decodes the track that is being faded out.
    last: Option<Decoder>,
    /// Filtered and not yet encoded.
    out: Vec<f32>,
}

impl Sound {
    pub(super) fn new(tone: &Tone) -> Self {
        Self { tone: tone.clone(), encoder: None, decoder: None, last: None, out: Vec::new() }
    }

    pub(super) fn set(&mut self, tone: &Tone) {
        if self.tone != *tone {
            let quality = quality(tone);
            if let Some(encoder) = &mut self.encoder {
                let _ = encoder.set(quality);
            }
            self.tone = tone.clone();
        }
    }

    /// Whether nothing changes the samples: packets can go through as they are.
    pub(super) fn neutral(&self) -> bool {
        self.tone.volume == 100 && self.tone.filters == Filters::default()
    }

    /// Whether no samples wait.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Milliseconds of sound that wait.
    pub(super) fn delay(&self) -> u64 {
        u64::try_from(self.out.len() / 96).unwrap_or_default()
    }

    pub(super) fn has_frame(&self) -> bool {
        self.out.len() >= SAMPLES
    }

    /// Fills what waits up to a frame; whether there was anything.
    pub(super) fn flush(&mut self) -> bool {
        if self.out.is_empty() {
            return false;
        }
        self.out.resize(self.out.len().next_multiple_of(SAMPLES), 0.0);
        true
    }

    /// What is decoded now is faded out from here.
    pub(super) fn begin_fade(&mut self) {
        self.last = self.decoder.take();
    }

    /// Moves samples of each channel from a ring, decoding packets on the way.
    pub(super) fn take_pcm(&mut self, ring: &mut Ring, count: usize, into: &mut Vec<f32>) {
        take(&mut self.decoder, ring, count, into);
    }

    /// As `take_pcm`, for the track that is being faded out.
    pub(super) fn take_pcm_of_last(&mut self, ring: &mut Ring, count: usize, into: &mut Vec<f32>) {
        take(&mut self.last, ring, count, into);
    }

    /// Takes samples in.
    pub(super) fn feed(&mut self, samples: &[f32]) {
        let volume = f32::from(self.tone.volume) / 100.0 * self.tone.filters.volume.unwrap_or(1.0);
        self.out.extend(samples.iter().map(|sample| sample * volume));
    }

    /// Makes a packet of what waits.
    pub(super) fn encode(&mut self) -> Result<Vec<u8>, SourceError> {
        let failed = |error| SourceError::fault("the sound could not be encoded", error);
        if self.encoder.is_none() {
            self.encoder = Some(Encoder::new(quality(&self.tone)).map_err(failed)?);
        }
        let (Some(encoder), Some(samples)) = (&mut self.encoder, self.out.first_chunk::<SAMPLES>()) else {
            return Err(failed(guildhall_audio::Error::Encode));
        };
        let mut packet = Vec::new();
        encoder.encode(samples, &mut packet).map_err(failed)?;
        self.out.drain(..SAMPLES);
        packet.shrink_to_fit();
        Ok(packet)
    }
}

fn quality(tone: &Tone) -> Quality {
    Quality { complexity: if tone.thrifty { 5 } else { 10 }, ..Quality::default() }
}

fn take(decoder: &mut Option<Decoder>, ring: &mut Ring, count: usize, into: &mut Vec<f32>) {
    let mut wanted = count;
    while wanted > 0 {
        let taken = ring.take_pcm(wanted, into);
        wanted -= taken;
        if taken > 0 {
            continue;
        }
        let Some(packet) = ring.take_opus() else { return };
        if decoder.is_none() {
            *decoder = Decoder::new().ok();
        }
        let mut samples = vec![0.0; LONGEST * 2];
        // A damaged packet is 20 ms of silence.
        let decoded = decoder.as_mut().and_then(|decoder| decoder.decode(&packet, &mut samples).ok());
        samples.truncate(decoded.unwrap_or(BLOCK) * 2);
        ring.unread_pcm(samples);
    }
}
