//! The codec in Rust.

use opus_rs::{Application, OpusDecoder, OpusEncoder};

use super::{LONGEST, PACKET, Quality, frames};
use crate::{BLOCK, CHANNELS, Error, RATE, Result, SAMPLES};

/// Makes packets of 20 ms.
pub struct Encoder(Box<OpusEncoder>);

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

impl Encoder {
    /// An encoder for music.
    pub fn new(quality: Quality) -> Result<Self> {
        let encoder = OpusEncoder::new(RATE.cast_signed(), CHANNELS, Application::Audio).map_err(|_| Error::Encode)?;
        let mut encoder = Self(Box::new(encoder));
        encoder.0.use_cbr = false;
        encoder.set(quality)?;
        Ok(encoder)
    }

    /// Changes bit rate and complexity from the next packet on.
    pub fn set(&mut self, quality: Quality) -> Result<()> {
        let quality = quality.check()?;
        self.0.bitrate_bps = quality.bitrate.cast_signed();
        self.0.complexity = i32::from(quality.complexity);
        Ok(())
    }

    /// Puts 20 ms into `packet`, in place of what was there.
    pub fn encode(&mut self, samples: &[f32; SAMPLES], packet: &mut Vec<u8>) -> Result<()> {
        packet.resize(PACKET, 0);
        let length = self.0.encode(samples, BLOCK, packet).map_err(|_| Error::Encode)?;
        packet.truncate(length);
        Ok(())
    }
}

/// Makes sound of packets.
pub struct Decoder(Box<OpusDecoder>);

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decoder")
    }
}

impl Decoder {
    /// A decoder that has heard nothing yet.
    pub fn new() -> Result<Self> {
        let decoder = OpusDecoder::new(RATE.cast_signed(), CHANNELS).map_err(|_| Error::Packet)?;
        Ok(Self(Box::new(decoder)))
    }

    /// Decodes a packet to the front of `out`, which has room for [`LONGEST`] frames; how many frames it made.
    pub fn decode(&mut self, packet: &[u8], out: &mut [f32]) -> Result<usize> {
        let expected = frames(packet).ok_or(Error::Packet)?;
        if out.len() < LONGEST.min(expected) * CHANNELS {
            return Err(Error::Packet);
        }
        self.0.decode(packet, expected, out).map_err(|_| Error::Packet)
    }

    /// Makes up 20 ms for a packet that is missing.
    pub fn conceal(&mut self, out: &mut [f32]) -> Result<usize> {
        self.0.decode(&[], BLOCK, out).map_err(|_| Error::Packet)
    }
}
