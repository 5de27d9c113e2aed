#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::opus::Decoder;
use crate::source::{Packets, Queue};
use crate::testing;

/// All sound of a deck until it falls silent, and how often a track has ended or joined.
fn run(deck: &mut Deck<Box<dyn Source>>) -> (Vec<f32>, usize, usize) {
    let (mut out, mut ended, mut joined) = (Vec::new(), 0, 0);
    let mut block = [0.0; SAMPLES];
    loop {
        let step = deck.samples(&mut block);
        ended += usize::from(step.ended);
        joined += usize::from(step.joined);
        if step.sound == Sound::Silent {
            return (out, ended, joined);
        }
        out.extend_from_slice(&block);
    }
}

fn packets(samples: &[f32]) -> (Box<dyn Source>, Vec<Bytes>) {
    let mut encoder = Encoder::new(Quality::default()).unwrap();
    let mut source = Packets::new(10_000, 0);
    let mut packets = Vec::new();
    for block in samples.as_chunks::<SAMPLES>().0 {
        let mut packet = Vec::new();
        encoder.encode(block, &mut packet).unwrap();
        let packet = Bytes::from(packet);
        source.push(packet.clone());
        packets.push(packet);
    }
    source.finish();
    (Box::new(source), packets)
}

fn deck() -> Deck<Box<dyn Source>> {
    Deck::new(Settings::default())
}

#[test]
fn what_needs_no_change_comes_out_unchanged() {
    let sound = testing::music(1.0);
    let (first, second) = sound.split_at(20_000);
    let mut deck = deck();
    deck.play(Box::new(Queue::of(first.to_vec())), 0.0);
    deck.queue(Box::new(Queue::of(second.to_vec())), 0.0, Join::Gapless);
    let (out, ended, joined) = run(&mut deck);
    assert_eq!(out[..sound.len()], sound);
    assert!(out[sound.len()..].iter().all(|&sample| sample == 0.0));
    assert_eq!((ended, joined), (1, 1));
}

#[test]
fn packets_go_through_until_something_changes_the_samples() {
    let (first, expected) = packets(&testing::music(1.0));
    let (second, more) = packets(&testing::music(0.5));
    let mut deck = deck();
    deck.play(first, 0.5);
    deck.queue(second, 0.0, Join::Gapless);
    let step = |deck: &mut Deck<_>| deck.step().unwrap();
    let passed = Step { sound: Sound::Passed, joined: false, ended: false };
    for expected in &expected[..20] {
        assert!(step(&mut deck) == (passed, expected.clone()));
    }
    deck.set_volume(0.5);
    for _ in 20..25 {
        assert_eq!(step(&mut deck).0.sound, Sound::Played);
    }
    deck.set_volume(1.0);
    assert_eq!(step(&mut deck).0.sound, Sound::Played);
    // What the limiter had ahead was not heard: no packet is missing, and none comes twice.
    for expected in &expected[26..] {
        assert!(step(&mut deck) == (passed, expected.clone()));
    }
    assert!(step(&mut deck) == (Step { joined: true, ..passed }, more[0].clone()));
    for expected in &more[1..] {
        assert!(step(&mut deck) == (passed, expected.clone()));
    }
    assert_eq!(step(&mut deck).0, Step { sound: Sound::Silent, joined: false, ended: true });
    assert_eq!(step(&mut deck).0, Step { sound: Sound::Silent, joined: false, ended: false });
}

#[test]
fn a_track_begins_with_the_volume_it_has() {
    let loudest = |block: &[f32]| block.iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
    let mut deck = deck();
    deck.play(Box::new(Queue::of(testing::sine(440.0, 0.8, 48_000))), 0.0);
    deck.set_volume(0.1);
    let mut block = [0.0; SAMPLES];
    assert_eq!(deck.samples(&mut block).sound, Sound::Played);
    assert!((loudest(&block) - 0.08).abs() < 1e-3, "{}", loudest(&block));
    // What is heard changes without a step.
    deck.set_volume(1.0);
    deck.samples(&mut block);
    assert!(loudest(&block[..96]) < 0.2, "{}", loudest(&block[..96]));

    // And a volume that is none, or is there already, leaves packets as they are.
    let (source, expected) = packets(&testing::music(0.5));
    let mut deck = self::deck();
    deck.play(source, 0.0);
    for expected in &expected {
        deck.set_volume(1.0);
        let (step, packet) = deck.step().unwrap();
        assert_eq!((step.sound, packet), (Sound::Passed, expected.clone()));
    }
    assert!(deck.encoder.is_none());
}

#[test]
fn encoded_sound_is_the_sound() {
    let mut deck = deck();
    deck.play(Box::new(Queue::of(testing::sine(440.0, 0.25, 48_000))), 6.0206);
    let (mut decoder, mut out) = (Decoder::new().unwrap(), Vec::new());
    let mut block = vec![0.0; SAMPLES * 6];
    while let (Step { sound: Sound::Played, .. }, packet) = deck.step().unwrap() {
        let frames = decoder.decode(&packet, &mut block).unwrap();
        out.extend_from_slice(&block[..frames * 2]);
    }
    let (frequency, amplitude) = testing::loudest(&out[9_600..86_400]);
    assert!((frequency - 440.0).abs() < 1.0 && (amplitude - 0.5).abs() < 0.02, "{frequency} Hz, {amplitude}");
}

#[test]
fn who_only_passes_packets_on_holds_no_encoder() {
    let mut deck = deck();
    deck.play(packets(&testing::music(4.0)).0, 0.0);
    let sounds = |deck: &mut Deck<_>, count: u8| {
        (0..count).map(|_| deck.step().unwrap().0.sound).filter(|sound| *sound == Sound::Played).count()
    };
    deck.set_volume(0.5);
    assert_eq!((sounds(&mut deck, 10), deck.encoder.is_some()), (10, true));
    deck.set_volume(1.0);
    assert_eq!((sounds(&mut deck, UNUSED), deck.encoder.is_some()), (1, true));
    assert_eq!((sounds(&mut deck, 1), deck.encoder.is_some()), (0, false));
    deck.set_volume(0.5);
    assert_eq!((sounds(&mut deck, 10), deck.encoder.is_some()), (10, true));
}

#[test]
fn pause_volume_and_stop_do_not_click() {
    let mut deck = deck();
    deck.play(Box::new(Queue::of(testing::sine(220.0, 0.5, 480_000))), 0.0);
    let mut out = Vec::new();
    let mut block = [0.0; SAMPLES];
    let mut sounds = Vec::new();
    for index in 0..120 {
        match index {
            10 => deck.set_volume(0.3),
            20 => deck.set_volume(1.4),
            30 => deck.set_paused(true),
            40 => deck.set_paused(false),
            50 => deck.play(Box::new(Queue::of(testing::sine(330.0, 0.5, 480_000))), 0.0),
            60 => deck.set_gain(-9.0, 4_800),
            80 => deck.stop(),
            _ => {}
        }
        let step = deck.samples(&mut block);
        assert!(!step.ended, "{index}");
        sounds.push(step.sound);
        out.extend_from_slice(&block);
    }
    let step = out.windows(3).map(|frames| (frames[2] - frames[0]).abs()).fold(0.0, f32::max);
    assert!(step < 0.06, "{step}");
    assert_eq!(sounds[30], Sound::Played);
    assert!(sounds[31..40].iter().all(|&sound| sound == Sound::Silent));
    assert!(sounds[90..].iter().all(|&sound| sound == Sound::Silent));
}

#[test]
fn what_is_late_is_played_later_and_whole() {
    let sound = testing::music(0.5);
    let mut deck = Deck::new(Settings::default());
    deck.play(Queue::new(48_000), 0.0);
    let (mut out, mut block, mut starved) = (Vec::new(), [0.0; SAMPLES], 0);
    let mut parts = sound.chunks(2 * 700);
    loop {
        let step = deck.samples(&mut block);
        match step.sound {
            Sound::Starved => {
                starved += 1;
                match (parts.next(), deck.source()) {
                    (Some(part), Some(source)) => assert_eq!(source.push(part), part.len() / 2),
                    (None, Some(source)) => source.finish(),
                    _ => {}
                }
            }
            Sound::Silent => break,
            _ => out.extend_from_slice(&block),
        }
    }
    assert!(starved > 20);
    assert_eq!(out[..sound.len()], sound);
}
