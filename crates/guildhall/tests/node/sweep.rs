//! A sound that says where it is: a tone that rises evenly, so that each of its frequencies is at one place of the track only.

use std::time::Instant;

use axum::body::Bytes;
use guildhall_lavalink::testing::Packet;

use crate::process::{decode, level};

/// Seconds of the track.
pub(crate) const LENGTH: u32 = 300;
/// Where it begins, in Hz, and how much it rises in a second: 250 ms are 10 Hz, and what is heard is measured to less than one.
const BEGIN: f64 = 500.0;
const RISE: f64 = 40.0;
/// Packets of one look: 100 ms.
const LOOK: usize = 5;

/// A file of 16 bit and 48 kHz, of one channel.
pub(crate) fn wave(samples: impl ExactSizeIterator<Item = f64>) -> Bytes {
    let length = u32::try_from(samples.len() * 2).unwrap();
    let mut wave = b"RIFF".to_vec();
    wave.extend((length + 36).to_le_bytes());
    wave.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xBB\0\0\0\x77\x01\0\x02\0\x10\0data");
    wave.extend(length.to_le_bytes());
    wave.extend(samples.flat_map(|sample| to_i16(sample).to_le_bytes()));
    wave.into()
}

#[expect(clippy::cast_possible_truncation, reason = "a sine is within bounds")]
fn to_i16(sample: f64) -> i16 {
    (sample * 16_000.0) as i16
}

/// The whole track.
pub(crate) fn track() -> Bytes {
    wave((0..LENGTH * 48_000).map(|at| {
        let at = f64::from(at) / 48_000.0;
        (((BEGIN + RISE * at / 2.0) * at).fract() * std::f64::consts::TAU).sin()
    }))
}

/// Which second of the track is heard in the middle of some samples, where it was made higher so many times; nothing where it is not
/// the track, or not one place of it.
fn place(samples: &[f32], pitch: f64) -> Option<f64> {
    let (mut first, mut last, mut count) = (None, 0.0, 0.0);
    let mut at = 0.0;
    for pair in samples.windows(2) {
        let (one, two) = (f64::from(pair[0]), f64::from(pair[1]));
        if one < 0.0 && two >= 0.0 {
            last = at + one / (one - two);
            if first.is_none() {
                first = Some(last);
            } else {
                count += 1.0;
            }
        }
        at += 1.0;
    }
    let frequency = count * 48_000.0 / (last - first?);
    // As loud as it was made, at this frequency alone; another pitch costs some.
    let least = if pitch > 1.0 { 0.2 } else { 0.35 };
    (count > 0.0 && level(samples, frequency) > least).then_some((frequency / pitch - BEGIN) / RISE)
}

/// The places that are heard in packets one after the other, and when each was heard; nothing for looks in which there is none. The
/// first look is left out: the decoder has to hear something before what it says is right.
pub(crate) fn places(packets: &[Packet], pitch: f64) -> Vec<(Instant, Option<f64>)> {
    let samples = decode(packets);
    let looks = samples.chunks_exact(LOOK * 960).zip(packets.chunks_exact(LOOK)).skip(1);
    looks.map(|(samples, packets)| (packets[LOOK / 2].at, place(samples, pitch))).collect()
}

/// How far what is heard is ahead of a clock that began with `begin`, in seconds: of several looks the one that came with the least
/// delay, since none can come too soon. Nothing where nothing of the track is heard.
pub(crate) fn ahead(packets: &[Packet], begin: Instant) -> Option<f64> {
    let places = places(packets, 1.0).into_iter();
    places.filter_map(|(at, place)| Some(place? - at.duration_since(begin).as_secs_f64())).max_by(f64::total_cmp)
}

#[test]
fn a_place_is_heard_to_the_millisecond() {
    let track = track();
    for second in [0_usize, 1, 77, 150, 299] {
        let from = 44 + second * 96_000 + 48_000;
        let samples: Vec<f32> = track[from..from + 9_600]
            .chunks_exact(2)
            .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
            .collect();
        let heard = place(&samples, 1.0).unwrap();
        let is = f64::from(u32::try_from(second).unwrap()) + 0.55;
        assert!((heard - is).abs() < 0.005, "{heard} and not {is}");
        // Two places in one look are none.
        let torn: Vec<f32> = samples[..2_400].iter().copied().chain(samples[..2_400].iter().map(|_| 0.0)).collect();
        assert_eq!(place(&torn, 1.0), None);
    }
}
