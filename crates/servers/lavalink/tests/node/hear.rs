//! What was sent, heard: decoded, and its frequency and its gaps measured.

use std::time::{Duration, Instant};

use guildhall_audio::SAMPLES;
use guildhall_audio::opus::{Decoder, Encoder, LONGEST, Quality};

/// Packets of a tone of half of full scale, of a whole number of turns a second.
pub(crate) fn tone(frequency: f32, count: u32) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(Quality::default()).unwrap();
    let step = std::f32::consts::TAU * frequency / 48_000.0;
    let packet = |number: u32| {
        let mut block = [0.0; SAMPLES];
        for (at, frame) in (number * 960..).zip(block.as_chunks_mut::<2>().0) {
            *frame = [(f32::from(u16::try_from(at % 48_000).unwrap()) * step).sin() * 0.5; 2];
        }
        let mut packet = Vec::new();
        encoder.encode(&block, &mut packet).unwrap();
        packet
    };
    (0..count).map(packet).collect()
}

/// Samples of the left channel.
pub(crate) fn decode(frames: &[(Instant, Vec<u8>)]) -> Vec<f32> {
    let mut decoder = Decoder::new().unwrap();
    let mut block = vec![0.0; LONGEST * 2];
    let mut samples = Vec::new();
    for (_, frame) in frames {
        let count = decoder.decode(frame, &mut block).unwrap();
        samples.extend(block[..count * 2].iter().step_by(2));
    }
    samples
}

/// How much of a frequency is in samples at 48 kHz: 1 for a sine of full scale (Goertzel).
pub(crate) fn level(samples: &[f32], frequency: f64) -> f64 {
    let angle = frequency / 48_000.0 * std::f64::consts::TAU;
    let factor = 2.0 * angle.cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + factor * one - two;
        two = one;
        one = next;
    }
    let power = one * one + two * two - factor * one * two;
    let count = f64::from(u32::try_from(samples.len()).unwrap());
    power.max(0.0).sqrt() * 2.0 / count
}

/// Asserts that a tone of half of full scale is heard, and little else at another frequency.
pub(crate) fn assert_tone(samples: &[f32], frequency: f64, other: f64) {
    let (wanted, unwanted) = (level(samples, frequency), level(samples, other));
    assert!(wanted > 0.35, "{frequency} Hz has a level of {wanted}");
    assert!(unwanted < 0.05, "{other} Hz has a level of {unwanted}");
}

/// The longest time between two frames.
pub(crate) fn longest_gap(frames: &[(Instant, Vec<u8>)]) -> Duration {
    frames.windows(2).map(|pair| pair[1].0.duration_since(pair[0].0)).max().unwrap_or_default()
}
