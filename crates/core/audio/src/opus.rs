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
    /// Bytes of 20 ms.
    #[cfg(not(feature = "libopus"))]
    fn bytes(self) -> usize {
        self.bitrate as usize / 400
    }

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

    #[cfg(not(feature = "libopus"))]
    #[test]
    fn the_bit_rate_is_kept() {
        let sound: Vec<f32> = [testing::music(1.0), testing::noise(0.5), testing::sine(1000.0, 0.9, 24_000)].concat();
        for bitrate in [32_000, 64_000, 128_000, 256_000, 510_000] {
            let mut encoder = Encoder::new(Quality { bitrate, complexity: 10 }).unwrap();
            let mut decoder = Decoder::new().unwrap();
            let (mut packet, mut block, mut heard) = (Vec::new(), vec![0.0; LONGEST * 2], Vec::new());
            for chunk in sound.as_chunks::<SAMPLES>().0 {
                encoder.encode(chunk, &mut packet).unwrap();
                assert_eq!(packet.len(), bitrate as usize / 400);
                let frames = decoder.decode(&packet, &mut block).unwrap();
                heard.extend_from_slice(&block[..frames * 2]);
            }
            // 2.5 ms later, and nearer the more bits there are.
            let distance = testing::distance(&sound[..96_000 - 240], &heard[240..96_000]);
            let least = if bitrate < 128_000 { -14.0 } else { -24.0 };
            assert!(distance < least, "{bitrate}: {distance}");
        }
    }

    #[cfg(not(feature = "libopus"))]
    #[test]
    fn silence_costs_three_bytes_and_what_follows_is_whole() {
        let mut encoder = Encoder::new(Quality::default()).unwrap();
        let mut decoder = Decoder::new().unwrap();
        let (mut packet, mut block) = (Vec::new(), vec![0.0; LONGEST * 2]);
        let sine = testing::sine(1000.0, 0.5, 4_800);
        for round in 0..3 {
            for chunk in sine.as_chunks::<SAMPLES>().0 {
                encoder.encode(chunk, &mut packet).unwrap();
                assert_eq!(packet.len(), 320);
                decoder.decode(&packet, &mut block).unwrap();
            }
            let level = testing::power(&block[..SAMPLES]).sqrt();
            assert!((level - 0.354).abs() < 0.01, "{round}: {level}");
            // What stood still at the end of the sound is forgotten first.
            for _ in 0..100 {
                encoder.encode(&[0.0; SAMPLES], &mut packet).unwrap();
                decoder.decode(&packet, &mut block).unwrap();
            }
            assert_eq!(packet.len(), 3);
            assert!(block[..SAMPLES].iter().all(|sample| sample.abs() < 1e-5));
        }
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
        /// Whatever a filter makes of sound, and however often the quality changes.
        #[test]
        fn no_sound_panics(
            sounds in proptest::collection::vec((0..6_u8, any::<u32>(), -8.0_f32..5.0, 32_000..=510_000_u32, 0..=10_u8), 1..24)
        ) {
            let mut encoder = Encoder::new(Quality::default()).unwrap();
            let mut decoder = Decoder::new().unwrap();
            let (mut packet, mut block) = (Vec::new(), vec![0.0; LONGEST * 2]);
            for (kind, seed, loud, bitrate, complexity) in sounds {
                let loud = 10.0_f32.powf(loud);
                let mut state = seed;
                let sound = std::array::from_fn(|at| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
                    match kind {
                        0 => f32::from_bits(state),
                        1 => noise * loud,
                        2 => f32::from_bits(state >> 10),
                        3 if at == seed as usize % SAMPLES => f32::NAN,
                        4 if at % (seed as usize % 400 + 2) == 0 => loud,
                        5 => (at as f32 * (seed % 300) as f32 / 100.0).sin() * loud,
                        _ => 0.0,
                    }
                });
                encoder.set(Quality { bitrate, complexity }).unwrap();
                encoder.encode(&sound, &mut packet).unwrap();
                prop_assert!(packet.len() <= PACKET);
                prop_assert_eq!(decoder.decode(&packet, &mut block).unwrap(), BLOCK);
            }
        }

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
