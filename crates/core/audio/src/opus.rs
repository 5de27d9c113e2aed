//! Opus: an encoder and a decoder for stereo at 48 kHz, and what a packet says of itself.

#[cfg(not(feature = "libopus"))]
#[path = "opus/rust.rs"]
mod codec;
#[cfg(feature = "libopus")]
#[path = "opus/c.rs"]
mod codec;

pub use codec::{Decoder, Encoder};

use crate::{BLOCK, Error, Result};

/// No frame of Opus is longer; a packet of 20 ms is one frame.
pub const PACKET: usize = 1_275;

/// Frames of the longest packet, 120 ms.
pub const LONGEST: usize = 6 * BLOCK;

/// How an encoder works.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quality {
    /// Bits a second, on average; for music, so no fewer than 32,000.
    pub bitrate: u32,
    /// 0 is the cheapest, 10 the best.
    pub complexity: u8,
}

impl Default for Quality {
    fn default() -> Self {
        Self { bitrate: 128_000, complexity: 10 }
    }
}

impl Quality {
    fn check(self) -> Result<Self> {
        if self.complexity > 10 || !(32_000..=510_000).contains(&self.bitrate) {
            return Err(Error::Setting);
        }
        Ok(self)
    }
}

/// How many frames a packet makes when it is decoded (RFC 6716, section 3).
pub fn frames(packet: &[u8]) -> Option<usize> {
    let (&toc, rest) = packet.split_first()?;
    let one = match toc >> 3 {
        mode @ 0..=11 => [480, 960, 1920, 2880].get(usize::from(mode & 3)).copied()?,
        mode @ 12..=15 => [480, 960].get(usize::from(mode & 1)).copied()?,
        mode => 120 << (mode & 3),
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(rest.first()? & 0x3f),
    };
    Some(one * count).filter(|&frames| frames > 0 && frames <= LONGEST)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{SAMPLES, testing};

    #[test]
    fn packets_say_how_long_they_are() {
        for (packet, expected) in [
            (&[0xF8, 0xFF, 0xFE][..], Some(960)),
            (&[0xFC, 1], Some(960)),
            (&[0x78, 1], Some(960)),
            (&[0x08, 1], Some(960)),
            (&[0x19, 1, 1], Some(5760)),
            (&[0xE0, 1], Some(120)),
            (&[0xFB, 3], Some(2880)),
            (&[0xFB, 63], None),
            (&[0xFB], None),
            (&[], None),
        ] {
            assert_eq!(frames(packet), expected, "{packet:?}");
        }
    }

    #[test]
    fn what_is_encoded_is_heard_again() {
        for complexity in [0, 5, 10] {
            let mut encoder = Encoder::new(Quality { complexity, ..Quality::default() }).unwrap();
            let mut decoder = Decoder::new().unwrap();
            let input = testing::sine(1000.0, 0.5, 48_000);
            let (mut output, mut packet, mut block) = (Vec::new(), Vec::new(), vec![0.0; LONGEST * 2]);
            for chunk in input.as_chunks::<SAMPLES>().0 {
                encoder.encode(chunk, &mut packet).unwrap();
                assert_eq!(frames(&packet), Some(BLOCK));
                let frames = decoder.decode(&packet, &mut block).unwrap();
                output.extend_from_slice(&block[..frames * 2]);
            }
            let (frequency, amplitude) = testing::loudest(&output[19_200..]);
            assert!((frequency - 1000.0).abs() < 2.0, "{frequency}");
            assert!((amplitude - 0.5).abs() < 0.02, "{amplitude}");
        }
    }

    /// The half for music alone makes the packets that the whole encoder makes of the same samples.
    #[cfg(not(feature = "libopus"))]
    #[test]
    fn half_an_encoder_says_the_same_as_a_whole_one() {
        let sound = testing::music(2.0);
        // What stands still is taken away by ours alone.
        let sides = [0, 1].map(|side| sound.iter().skip(side).step_by(2).sum::<f32>() / (sound.len() / 2) as f32);
        assert!(sides.iter().all(|mean| mean.abs() < 1e-3), "{sides:?}");
        let mut ours = Encoder::new(Quality::default()).unwrap();
        let mut whole = opus_rs::OpusEncoder::new(48_000, 2, opus_rs::Application::RestrictedLowDelay).unwrap();
        (whole.bitrate_bps, whole.complexity, whole.use_cbr) = (128_000, 10, false);
        let (mut packet, mut other) = (Vec::new(), vec![0; PACKET]);
        let (mut sizes, mut expected) = (0, 0);
        for block in sound.as_chunks::<SAMPLES>().0 {
            ours.encode(block, &mut packet).unwrap();
            let length = whole.encode(block, BLOCK, &mut other).unwrap();
            assert_eq!(packet[0], other[0]);
            (sizes, expected) = (sizes + packet.len(), expected + length);
        }
        assert!(sizes.abs_diff(expected) * 100 < expected, "{sizes} bytes, {expected}");
    }

    #[test]
    fn what_stands_still_is_no_sound() {
        let mut encoder = Encoder::new(Quality::default()).unwrap();
        let mut decoder = Decoder::new().unwrap();
        let (mut packet, mut block) = (Vec::new(), vec![0.0; LONGEST * 2]);
        let mut last = 1.0;
        for _ in 0..100 {
            encoder.encode(&[0.5; SAMPLES], &mut packet).unwrap();
            let frames = decoder.decode(&packet, &mut block).unwrap();
            last = testing::power(&block[..frames * 2]).sqrt();
        }
        assert!(last < 0.01, "{last}");
        // And what is no number spoils nothing of what follows.
        encoder.encode(&[f32::NAN; SAMPLES], &mut packet).unwrap();
        let sine = testing::sine(1000.0, 0.5, 9_600);
        for chunk in sine.as_chunks::<SAMPLES>().0 {
            encoder.encode(chunk, &mut packet).unwrap();
            let frames = decoder.decode(&packet, &mut block).unwrap();
            last = testing::power(&block[..frames * 2]).sqrt();
        }
        assert!((last - 0.354).abs() < 0.02, "{last}");
    }

    #[test]
    fn settings_have_ranges() {
        for quality in [Quality { bitrate: 1, complexity: 1 }, Quality { bitrate: 64_000, complexity: 11 }] {
            assert!(matches!(Encoder::new(quality), Err(Error::Setting)));
        }
    }

    proptest! {
        #[test]
        fn no_packet_panics(packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..8)) {
            let mut decoder = Decoder::new().unwrap();
            let mut block = vec![0.0; LONGEST * 2];
            for packet in packets {
                if let Ok(frames) = decoder.decode(&packet, &mut block) {
                    prop_assert!(block[..frames * 2].iter().all(|sample| sample.is_finite()));
                }
            }
        }
    }
}
