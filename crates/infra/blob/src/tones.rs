//! The sounds that everybody has: a few tones, made when they are asked for.

use std::f64::consts::TAU;

use bytes::Bytes;

/// Samples in a second.
const RATE: u32 = 16_000;

/// A tone after another: hertz at its beginning and its end, and how many seconds it lasts.
type Tone = (f64, f64, f64);

/// Name, emoji and tones of each; they are numbered from 1.
const SOUNDS: [(&str, &str, &[Tone]); 6] = [
    ("chime", "🔔", &[(880.0, 880.0, 0.25), (1318.5, 1318.5, 0.55)]),
    ("fanfare", "🎉", &[(523.3, 523.3, 0.15), (659.3, 659.3, 0.15), (784.0, 784.0, 0.15), (1046.5, 1046.5, 0.5)]),
    ("sad slide", "😢", &[(392.0, 370.0, 0.3), (349.2, 330.0, 0.3), (311.1, 220.0, 0.8)]),
    ("whistle", "😮", &[(600.0, 1800.0, 0.35), (1500.0, 500.0, 0.4)]),
    ("knock", "🚪", &[(140.0, 90.0, 0.09), (0.0, 0.0, 0.12), (140.0, 90.0, 0.09)]),
    ("alarm", "⏰", &[(988.0, 988.0, 0.15), (784.0, 784.0, 0.15), (988.0, 988.0, 0.15), (784.0, 784.0, 0.15)]),
];

/// Name and emoji of everybody's sounds, numbered from 1.
pub fn default_sounds() -> impl Iterator<Item = (u64, &'static str, &'static str)> {
    (1..).zip(SOUNDS).map(|(number, (name, emoji, _))| (number, name, emoji))
}

/// One of them, as WAV.
pub fn default_sound(number: u64) -> Option<Bytes> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    SOUNDS.get(index).map(|(_, _, tones)| wav(&samples(tones)))
}

/// Each tone begins and ends softly, and fades like something that was struck.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a few seconds, and samples within 16 bits"
)]
fn samples(tones: &[Tone]) -> Vec<i16> {
    let mut samples = Vec::new();
    for (from, to, seconds) in tones {
        let count = (f64::from(RATE) * seconds) as u32;
        let mut phase = 0.0;
        for number in 0..count {
            let done = f64::from(number) / f64::from(count);
            phase += TAU * (from + (to - from) * done) / f64::from(RATE);
            let edge = (f64::from(number.min(count - number)) / 80.0).min(1.0);
            let wave = phase.sin() + 0.3 * (2.0 * phase).sin();
            samples.push((wave * edge * (1.0 - 0.7 * done) * 12_000.0) as i16);
        }
    }
    samples
}

fn wav(samples: &[i16]) -> Bytes {
    let size = u32::try_from(samples.len() * 2).unwrap_or_default();
    let mut out = Vec::with_capacity(44 + samples.len() * 2);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + size).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&RATE.to_le_bytes());
    out.extend_from_slice(&(RATE * 2).to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&size.to_le_bytes());
    samples.iter().for_each(|sample| out.extend_from_slice(&sample.to_le_bytes()));
    out.into()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may")]

    use super::*;

    #[test]
    fn every_sound_is_small_and_heard() {
        for (number, name, _) in default_sounds() {
            let sound = default_sound(number).unwrap();
            assert!(sound.len() < 64 * 1024 && sound.starts_with(b"RIFF"), "{name}");
            let loudest = sound[44..].chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]]).unsigned_abs()).max();
            assert!(loudest.unwrap() > 4000, "{name}");
        }
        assert!(default_sound(0).is_none() && default_sound(7).is_none());
    }
}
