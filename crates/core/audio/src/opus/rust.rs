//! The codec in Rust: one crate to encode, another to decode.

use opus_rs::OpusDecoder;
use ruopus::celt::encoder::CeltEncoder;

use super::{LONGEST, Quality, frames};
use crate::{BLOCK, CHANNELS, Error, RATE, Result, SAMPLES};

/// The first byte of each packet: CELT, the whole band, one frame of 20 ms, stereo.
const KIND: u8 = (31 << 3) | (1 << 2);
/// A packet of nothing: what a decoder knows of sound before it is forgotten.
const SILENCE: [u8; 3] = [KIND, 0xFF, 0xFE];
/// What is never louder is silence: 120 dB below full scale.
const QUIET: f32 = 1.0 / 1_048_576.0;
/// How fast what is below all sound is forgotten: 3 Hz.
const SLOW: f32 = 3.0 * std::f32::consts::TAU / RATE as f32;

/// Makes packets of 20 ms. Of the two halves of Opus only the one for music: at the bit rates of music the other is never used, but holds
/// as much again. All packets of sound are of one size, so the bit rate is kept to the byte.
pub struct Encoder {
    /// There is none in silence.
    celt: Option<Box<CeltEncoder>>,
    quality: Quality,
    /// The last 20 ms were silence.
    quiet: bool,
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
        let quality = quality.check()?;
        Ok(Self { celt: None, quality, quiet: true, still: [0.0; CHANNELS] })
    }

    /// Changes bit rate and complexity from the next packet on.
    pub fn set(&mut self, quality: Quality) -> Result<()> {
        self.quality = quality.check()?;
        Ok(())
    }

    /// Puts 20 ms into `packet`, in place of what was there.
    pub fn encode(&mut self, samples: &[f32; SAMPLES], packet: &mut Vec<u8>) -> Result<()> {
        let mut clean = [0.0; SAMPLES];
        let quiet = self.clean(samples, &mut clean) < QUIET;
        packet.clear();
        // The first silence is encoded: the end of the sound before reaches into it.
        if std::mem::replace(&mut self.quiet, quiet) && quiet {
            self.celt = None;
            packet.extend_from_slice(&SILENCE);
            return Ok(());
        }
        let celt = self.celt.get_or_insert_with(|| Box::new(CeltEncoder::with_channels(CHANNELS)));
        celt.set_complexity(self.quality.complexity);
        let body = celt.encode_frame(&clean, self.quality.bytes() - 1);
        packet.reserve_exact(body.len() + 1);
        packet.push(KIND);
        packet.extend_from_slice(&body);
        Ok(())
    }

    /// The samples without what stands still, and how loud the loudest is.
    fn clean(&mut self, samples: &[f32; SAMPLES], clean: &mut [f32; SAMPLES]) -> f32 {
        let [mut low_left, mut low_right] = self.still;
        let (mut power, mut peak) = (0.0, 0.0_f32);
        for (frame, clean) in samples.as_chunks::<CHANNELS>().0.iter().zip(clean.as_chunks_mut::<CHANNELS>().0) {
            let (left, right) = (frame[0] - low_left, frame[1] - low_right);
            low_left += SLOW * left;
            low_right += SLOW * right;
            power += left * left + right * right;
            peak = peak.max(left.abs()).max(right.abs());
            *clean = [left, right];
        }
        self.still = [low_left, low_right];
        // No sound, but something that a filter has made of nothing.
        if !power.is_finite() || power > 1e9 {
            clean.fill(0.0);
            self.still = [0.0; CHANNELS];
            return 0.0;
        }
        peak
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
