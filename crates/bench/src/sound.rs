//! What 20 ms of sound cost an audio node, stage by stage, decoding apart: the best of many runs, on one core.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use guildhall_audio::loudness::Meter;
use guildhall_audio::opus::{Encoder, Quality};
use guildhall_audio::{BLOCK, Deck, Filters, Limiter, Packets, Queue, Resampler, SAMPLES, Settings, factor};

/// Blocks of one run: two seconds.
const BLOCKS: usize = 100;

/// Microseconds of a block: the best of the runs that fit into the time.
fn microseconds(time: Duration, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    let mut best = f64::INFINITY;
    while began.elapsed() < time {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / BLOCKS as f64);
    }
    Ok(best)
}

/// Chords with overtones, a beat and a little noise.
#[expect(clippy::cast_possible_truncation, reason = "samples are rounded")]
pub(crate) fn music(frames: usize) -> Vec<f32> {
    let (mut state, mut low) = (1_u32, 0.0_f32);
    (0..frames)
        .flat_map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = f64::from(state >> 8) / 8_388_608.0 - 1.0;
            let time = at as f64 / 48_000.0;
            low += 0.2 * (noise as f32 - low);
            let beat = (1.0 - (time * 2.0).fract()).powi(6) as f32 * low * 0.3;
            let chord: f64 =
                (1..8_u8).map(|n| (std::f64::consts::TAU * 277.18 * f64::from(n) * time).sin() / f64::from(n)).sum();
            [0.13 * chord as f32 + beat, 0.12 * chord as f32 + beat + 0.01 * noise as f32]
        })
        .collect()
}

/// One table for a person or a document.
pub fn run(time: Duration) -> Result<String> {
    let sound = music(BLOCKS * BLOCK);
    let mut rows: Vec<(String, f64)> = Vec::new();

    let old = music(BLOCKS * 882);
    let mut resampler = Resampler::new(44_100, 2)?;
    let mut out = Vec::new();
    rows.push((
        "resample 44.1 → 48 kHz".into(),
        microseconds(time, || {
            for chunk in old.chunks(882 * 2) {
                out.clear();
                resampler.push(black_box(chunk), &mut out);
            }
            Ok(())
        })?,
    ));

    for (name, gain) in [("limiter, nothing to do", 0.0), ("limiter, at work", 16.0)] {
        let loud: Vec<f32> = sound.iter().map(|sample| sample * factor(gain)).collect();
        let (mut limiter, mut block) = (Limiter::new(-1.0), [0.0; SAMPLES]);
        let cost = microseconds(time, || {
            for chunk in loud.as_chunks::<SAMPLES>().0 {
                block.copy_from_slice(black_box(chunk));
                limiter.process(&mut block);
            }
            Ok(())
        })?;
        rows.push((name.into(), cost));
    }

    let mut meter = Meter::simple()?;
    let cost = microseconds(time, || {
        sound.chunks(SAMPLES).for_each(|chunk| meter.add(black_box(chunk)));
        Ok(())
    })?;
    rows.push(("loudness (EBU R 128)".into(), cost));

    for complexity in [10, 5] {
        let mut encoder = Encoder::new(Quality { complexity, ..Quality::default() })?;
        let mut packet = Vec::new();
        let cost = microseconds(time, || {
            for chunk in sound.as_chunks::<SAMPLES>().0 {
                encoder.encode(black_box(chunk), &mut packet)?;
            }
            Ok(())
        })?;
        rows.push((format!("Opus, complexity {complexity}"), cost));
    }

    for (name, filters) in [
        ("deck without filters", "{}"),
        ("deck, equalizer of 15 bands", EQUALIZER),
        (
            "deck, karaoke, tremolo, rotation, low pass",
            r#"{"karaoke":{},"tremolo":{},"rotation":{"rotationHz":0.2},"lowPass":{}}"#,
        ),
        ("deck, vibrato and distortion", r#"{"vibrato":{},"distortion":{"scale":0.9}}"#),
        ("deck, speed 1.25", r#"{"timescale":{"speed":1.25}}"#),
        ("deck, pitch 1.2", r#"{"timescale":{"pitch":1.2}}"#),
        ("deck, reverb, echo and compressor", r#"{"pluginFilters":{"reverb":{},"echo":{},"compressor":{}}}"#),
    ] {
        let filters: Filters = serde_json::from_str(filters)?;
        let mut block = [0.0; SAMPLES];
        let cost = microseconds(time, || {
            let mut deck = Deck::new(Settings::default());
            deck.set_filters(&filters)?;
            // Faster sound needs more of it.
            deck.play(Queue::of([sound.as_slice(), &sound].concat()), 1.0);
            for _ in 0..BLOCKS {
                black_box(deck.samples(&mut block));
            }
            Ok(())
        })?;
        rows.push((name.into(), cost));
    }

    let mut encoder = Encoder::new(Quality::default())?;
    let mut packets = Vec::new();
    for chunk in sound.as_chunks::<SAMPLES>().0 {
        let mut packet = Vec::new();
        encoder.encode(chunk, &mut packet)?;
        packets.push(Bytes::from(packet));
    }
    let key = guildhall_rtp::discord::Mode::Aes256Gcm.key(&[7; 32]).context("the key has its length")?;
    let mut sealed = Vec::new();
    let cost = microseconds(time, || {
        let mut source = Packets::new(BLOCKS, 0);
        for packet in &packets {
            source.push(packet.clone());
        }
        let mut deck = Deck::new(Settings::default());
        deck.play(source, 0.0);
        let mut stream = guildhall_rtp::discord::Stream::new(1, 2, 3);
        for _ in 0..BLOCKS {
            let (_, packet) = deck.step()?;
            stream.seal(&mut sealed, black_box(&packet), &key)?;
        }
        Ok(())
    })?;
    rows.push(("Opus that goes through, sealed (AES-256-GCM)".into(), cost));

    let mut table = String::from("| 20 ms of stereo | µs |\n|---|---|\n");
    for (name, cost) in rows {
        writeln!(table, "| {name} | {cost:.1} |")?;
    }
    Ok(table)
}

const EQUALIZER: &str = r#"{"equalizer":[{"band":0,"gain":0.1},{"band":1,"gain":0.1},{"band":2,"gain":0.1},{"band":3,"gain":0.1},
    {"band":4,"gain":0.1},{"band":5,"gain":0.1},{"band":6,"gain":0.1},{"band":7,"gain":0.1},{"band":8,"gain":0.1},{"band":9,"gain":0.1},
    {"band":10,"gain":0.1},{"band":11,"gain":0.1},{"band":12,"gain":0.1},{"band":13,"gain":0.1},{"band":14,"gain":0.1}]}"#;
