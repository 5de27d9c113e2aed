//! The codec in Rust.

use opus_rs::range_coder::RangeCoder;
use opus_rs::{CeltEncoder, OpusDecoder, modes};

use super::{LONGEST, PACKET, Quality, frames};
use crate::{BLOCK, CHANNELS, Error, RATE, Result, SAMPLES};

/// The first byte of each packet: CELT, the whole band, one frame of 20 ms, stereo.
const KIND: u8 = (31 << 3) | (1 << 2);
/// Bytes behind it, at most.
const MOST: u16 = PACKET as u16 - 1;
/// How fast what is below all sound is forgotten: 3 Hz.
const SLOW: f32 = 3.0 * std::f32::consts::TAU / RATE as f32;

/// Makes packets of 20 ms. Of the two halves of Opus only the one for music: at the bit rates of music the whole encoder never uses the
/// other, but holds as much again for it.
pub struct Encoder {
    celt: Box<CeltEncoder>,
    coder: Box<RangeCoder>,
    /// What is taken away from each side because it is no sound.
    still: [f32; CHANNELS],
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

impl Encoder {
    /// An encoder for music.
    pub fn new(quality: Quality) -> Result<Self> {
        let mut celt = CeltEncoder::with_sampling_rate(modes::default_mode(), CHANNELS, RATE.cast_signed());
        celt.set_vbr(true);
        celt.set_constrained_vbr(true);
        let coder = RangeCoder::new_encoder(MOST.into());
        let mut encoder = Self { celt: Box::new(celt), coder: Box::new(coder), still: [0.0; CHANNELS] };
        encoder.set(quality)?;
        Ok(encoder)
    }

    /// Changes bit rate and complexity from the next packet on.
    pub fn set(&mut self, quality: Quality) -> Result<()> {
        let quality = quality.check()?;
        self.celt.set_bitrate(quality.bitrate.cast_signed());
        self.celt.complexity = i32::from(quality.complexity);
        Ok(())
    }

    /// Puts 20 ms into `packet`, in place of what was there.
    pub fn encode(&mut self, samples: &[f32; SAMPLES], packet: &mut Vec<u8>) -> Result<()> {
        let mut planes = [0.0; SAMPLES];
        self.part(samples, &mut planes);
        self.coder.reset_for_encode(MOST.into());
        let bits = i32::from(MOST) * 8;
        self.celt.encode_with_budget_vbr(&planes, BLOCK, &mut self.coder, 0, bits, true);
        self.coder.done();
        let whole = self.coder.error == 0 && self.coder.tell() <= bits;
        let body = self.coder.buf.get(..self.coder.storage as usize).filter(|_| whole);
        // A packet without a body is one that was lost: whoever decodes it makes something up.
        let body = body.unwrap_or_default();
        packet.clear();
        packet.reserve_exact(body.len() + 1);
        packet.push(KIND);
        packet.extend_from_slice(body);
        Ok(())
    }

    /// Both sides one after the other, without what stands still.
    fn part(&mut self, samples: &[f32; SAMPLES], planes: &mut [f32; SAMPLES]) {
        let (left, right) = planes.split_at_mut(BLOCK);
        let [mut low_left, mut low_right] = self.still;
        let mut power = 0.0;
        for ((frame, left), right) in samples.as_chunks::<CHANNELS>().0.iter().zip(left).zip(right) {
            *left = frame[0] - low_left;
            *right = frame[1] - low_right;
            low_left += SLOW * *left;
            low_right += SLOW * *right;
            power += *left * *left + *right * *right;
        }
        self.still = [low_left, low_right];
        // No sound, but something that a filter has made of nothing.
        if !power.is_finite() || power > 1e9 {
            planes.fill(0.0);
            self.still = [0.0; CHANNELS];
        }
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
