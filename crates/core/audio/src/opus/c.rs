//! The codec in C.

use opusic_c::{Application, Bitrate, Channels, SampleRate};

use super::{LONGEST, PACKET, Quality, frames};
use crate::{BLOCK, CHANNELS, Error, Result, SAMPLES};

/// Makes packets of 20 ms.
pub struct Encoder(opusic_c::Encoder);

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

impl Encoder {
    /// An encoder for music.
    pub fn new(quality: Quality) -> Result<Self> {
        let encoder = opusic_c::Encoder::new(Channels::Stereo, SampleRate::Hz48000, Application::Audio);
        let mut encoder = Self(encoder.map_err(|_| Error::Encode)?);
        encoder.set(quality)?;
        Ok(encoder)
    }

    /// Changes bit rate and complexity from the next packet on.
    pub fn set(&mut self, quality: Quality) -> Result<()> {
        let quality = quality.check()?;
        self.0.set_bitrate(Bitrate::Value(quality.bitrate)).map_err(|_| Error::Setting)?;
        self.0.set_complexity(quality.complexity).map_err(|_| Error::Setting)
    }

    /// Puts 20 ms into `packet`, in place of what was there.
    pub fn encode(&mut self, samples: &[f32; SAMPLES], packet: &mut Vec<u8>) -> Result<()> {
        packet.resize(PACKET, 0);
        let length = self.0.encode_float_to_slice(samples, packet).map_err(|_| Error::Encode)?;
        packet.truncate(length);
        Ok(())
    }
}

/// Makes sound of packets.
pub struct Decoder(opusic_c::Decoder);

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decoder")
    }
}

impl Decoder {
    /// A decoder that has heard nothing yet.
    pub fn new() -> Result<Self> {
        let decoder = opusic_c::Decoder::new(Channels::Stereo, SampleRate::Hz48000);
        Ok(Self(decoder.map_err(|_| Error::Packet)?))
    }

    /// Decodes a packet to the front of `out`, which has room for [`LONGEST`] frames; how many frames it made.
    pub fn decode(&mut self, packet: &[u8], out: &mut [f32]) -> Result<usize> {
        let expected = frames(packet).ok_or(Error::Packet)?;
        let out = out.get_mut(..LONGEST.min(expected) * CHANNELS).ok_or(Error::Packet)?;
        self.0.decode_float_to_slice(packet, out, false).map_err(|_| Error::Packet)
    }

    /// Makes up 20 ms for a packet that is missing.
    pub fn conceal(&mut self, out: &mut [f32]) -> Result<usize> {
        let out = out.get_mut(..BLOCK * CHANNELS).ok_or(Error::Packet)?;
        self.0.decode_float_to_slice(&[], out, false).map_err(|_| Error::Packet)
    }
}
