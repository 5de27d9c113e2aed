//! Each filter against what it is by its formula.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod time;

use std::f64::consts::{PI, TAU};

use super::*;
use crate::{Deck, Join, Queue, SAMPLES, Settings, Sound, testing};

fn run(filters: &Filters, input: &[f32]) -> Vec<f32> {
    let mut chain = Chain::default();
    chain.set(filters).unwrap();
    chain.forget();
    let mut out = input.to_vec();
    out.chunks_mut(SAMPLES).for_each(|block| chain.process(block));
    out
}

/// The factor by which a tone becomes louder.
fn gain(filters: &Filters, frequency: f32) -> f64 {
    let out = run(filters, &testing::sine(frequency, 0.25, 96_000));
    f64::from(testing::level(&out[96_000..], frequency)) * 4.0
}

fn near(name: &str, found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{name}: {found}, expected {expected}");
}

/// Real and imaginary part of a / b.
fn divide(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let norm = b.0 * b.0 + b.1 * b.1;
    ((a.0 * b.0 + a.1 * b.1) / norm, (a.1 * b.0 - a.0 * b.1) / norm)
}

#[test]
fn low_pass_falls_as_one_pole_does() {
    for smoothing in [2.0_f32, 20.0, 200.0] {
        let filters = Filters { low_pass: Some(LowPass { smoothing }), ..Filters::default() };
        let share = 1.0 / f64::from(smoothing);
        for frequency in [50.0_f32, 400.0, 3_000.0, 12_000.0] {
            let angle = TAU * f64::from(frequency) / 48_000.0;
            let pole = 1.0 - share;
            let expected = share / (1.0 - 2.0 * pole * angle.cos() + pole * pole).sqrt();
            near("lowPass", gain(&filters, frequency), expected, 0.001);
        }
    }
}

#[test]
fn high_pass_is_butterworth() {
    let plugin = |cutoff_frequency| PluginFilters {
        high_pass: Some(HighPass { cutoff_frequency, boost_factor: 1.5 }),
        ..PluginFilters::default()
    };
    for cutoff in [80.0_f32, 1_000.0] {
        let filters = Filters { plugin_filters: Some(plugin(cutoff)), ..Filters::default() };
        for frequency in [40.0_f32, 80.0, 500.0, 1_000.0, 9_000.0] {
            let ratio = (PI * f64::from(cutoff) / 48_000.0).tan() / (PI * f64::from(frequency) / 48_000.0).tan();
            near("highPass", gain(&filters, frequency), 1.5 / (1.0 + ratio.powi(4)).sqrt(), 0.002);
        }
    }
}

#[test]
fn equalizer_is_the_sum_of_its_bands() {
    let centres = [25.0, 40.0, 63.0, 100.0, 160.0, 250.0, 400.0, 630.0, 1e3, 1.6e3, 2.5e3, 4e3, 6.3e3, 1e4, 1.6e4];
    let expected = |gains: &[f32; 15], frequency: f64| {
        let angle = TAU * frequency / 48_000.0;
        let (mut real, mut imaginary) = (1.0, 0.0);
        for (gain, centre) in gains.iter().zip(centres) {
            let width = (PI * centre * (2_f64.powf(1.0 / 3.0) - 2_f64.powf(-1.0 / 3.0)) / 48_000.0).tan();
            let decay = (1.0 - width) / (1.0 + width);
            let middle = (1.0 + decay) * (TAU * centre / 48_000.0).cos();
            let above = ((1.0 - decay) / 2.0 * (1.0 - (2.0 * angle).cos()), (1.0 - decay) / 2.0 * (2.0 * angle).sin());
            let below = (
                1.0 - middle * angle.cos() + decay * (2.0 * angle).cos(),
                middle * angle.sin() - decay * (2.0 * angle).sin(),
            );
            let part = divide(above, below);
            real += 4.0 * f64::from(*gain) * part.0;
            imaginary += 4.0 * f64::from(*gain) * part.1;
        }
        real.hypot(imaginary)
    };
    let filters = |gains: &[f32; 15]| Filters {
        equalizer: Some((0..15).zip(gains).map(|(band, &gain)| Band { band, gain }).collect()),
        ..Filters::default()
    };
    let mut one = [0.0; 15];
    one[8] = 0.25;
    near("doubled", gain(&filters(&one), 1_000.0), 2.0, 0.002);
    one[8] = -0.25;
    near("taken away", gain(&filters(&one), 1_000.0), 0.0, 0.002);
    let mixed = [0.2, 0.1, -0.1, 0.0, 0.3, -0.25, 0.05, 0.0, 1.0, -0.1, 0.15, 0.0, -0.2, 0.1, 0.25];
    for frequency in [30.0_f32, 63.0, 100.0, 300.0, 630.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 15_000.0] {
        near("equalizer", gain(&filters(&mixed), frequency), expected(&mixed, f64::from(frequency)), 0.01);
    }
}

#[test]
fn karaoke_takes_the_middle_away() {
    let karaoke =
        |mono_level| Filters { karaoke: Some(Karaoke { mono_level, ..Karaoke::default() }), ..Filters::default() };
    assert!(testing::power(&run(&karaoke(0.0), &testing::sine(1_000.0, 0.5, 9_600))) < 1e-10);
    let sides: Vec<f32> =
        testing::sine(1_000.0, 0.25, 96_000).chunks(2).flat_map(|frame| [frame[0], -frame[1]]).collect();
    near("sides", f64::from(testing::level(&run(&karaoke(1.0), &sides)[96_000..], 1_000.0)), 0.5, 0.001);
    // The band that comes back: a resonator of two poles.
    let decay = (-TAU * 100.0 / 48_000.0_f64).exp();
    let first = -4.0 * decay / (1.0 + decay) * (TAU * 220.0 / 48_000.0_f64).cos();
    let scale = (1.0 - first * first / (4.0 * decay)).sqrt() * (1.0 - decay);
    for frequency in [100.0_f32, 220.0, 400.0] {
        let angle = TAU * f64::from(frequency) / 48_000.0;
        let below = (
            1.0 + first * angle.cos() + decay * (2.0 * angle).cos(),
            -first * angle.sin() - decay * (2.0 * angle).sin(),
        );
        let part = divide((scale, 0.0), below);
        near("band", gain(&karaoke(1.0), frequency), part.0.hypot(part.1), 0.005);
    }
}

#[test]
fn what_sways_sways_by_its_formula() {
    let input = testing::sine(440.0, 0.5, 48_000);
    let turn = |at: usize, frequency: f64| TAU * frequency * at as f64 / 48_000.0;
    let tremolo = run(&Filters { tremolo: Some(Tremolo { frequency: 5.0, depth: 0.3 }), ..Filters::default() }, &input);
    let rotation = run(&Filters { rotation: Some(Rotation { rotation_hz: 0.5 }), ..Filters::default() }, &input);
    let vibrato = run(&Filters { vibrato: Some(Vibrato { frequency: 6.0, depth: 0.8 }), ..Filters::default() }, &input);
    for at in (1_000..48_000).step_by(37) {
        let sample = f64::from(input[at * 2]);
        near("tremolo", tremolo[at * 2].into(), sample * (0.7 + 0.3 * turn(at, 5.0).sin()), 1e-3);
        near("left", rotation[at * 2].into(), sample * f64::midpoint(1.0, turn(at, 0.5).sin()), 1e-3);
        near("right", rotation[at * 2 + 1].into(), sample * f64::midpoint(1.0, -turn(at, 0.5).sin()), 1e-3);
        let delay = 2.0 + f64::midpoint(1.0, turn(at, 6.0).sin()) * 0.8 * 96.0;
        let late = 0.5 * (TAU * 440.0 * (at as f64 - delay) / 48_000.0).sin();
        near("vibrato", vibrato[at * 2].into(), late, 2e-3);
    }
}

#[test]
fn frames_are_changed_by_their_formulas() {
    let input: Vec<f32> = testing::noise(0.05).iter().map(|sample| sample * 0.7).collect();
    let by = Distortion {
        sin_offset: 0.1,
        tan_scale: 0.8,
        cos_scale: 1.2,
        scale: 1.1,
        offset: 0.05,
        ..Distortion::default()
    };
    let distorted = run(&Filters { distortion: Some(by), ..Filters::default() }, &input);
    let by = ChannelMix { left_to_left: 0.5, left_to_right: 0.25, right_to_left: 0.75, right_to_right: 1.0 };
    let mixed = run(&Filters { channel_mix: Some(by), ..Filters::default() }, &input);
    let louder = run(&Filters { volume: Some(2.5), ..Filters::default() }, &input);
    for (at, frame) in input.as_chunks::<2>().0.iter().enumerate() {
        let [left, right] = frame.map(f64::from);
        let expected = (0.05 + 1.1 * (0.1 + left.sin()) * (left * 1.2).cos() * (left * 0.8).tan()).clamp(-1.0, 1.0);
        near("distortion", distorted[at * 2].into(), expected, 1e-5);
        near("left", mixed[at * 2].into(), left * 0.5 + right * 0.75, 1e-6);
        near("right", mixed[at * 2 + 1].into(), left * 0.25 + right, 1e-6);
        near("volume", louder[at * 2].into(), left * 2.5, 1e-6);
    }
}

#[test]
fn echoes_come_in_time_and_fade() {
    let echo = Echo { delay: 25.0, feedback: 0.5, mix: 0.8 };
    let plugin_filters = Some(PluginFilters { echo: Some(echo), ..PluginFilters::default() });
    let mut input = vec![0.0; 19_200];
    input[2_000] = 1.0;
    let out = run(&Filters { plugin_filters, ..Filters::default() }, &input);
    for (at, sample) in out[2_000..].iter().step_by(2).enumerate() {
        let expected = match at {
            0 => 1.0,
            1_200 => 0.8,
            2_400 => 0.4,
            3_600 => 0.2,
            4_800 => 0.1,
            6_000 => 0.05,
            7_200 => 0.025,
            8_400 => 0.0125,
            _ => 0.0,
        };
        near("echo", (*sample).into(), expected, 1e-6);
    }
}

#[test]
fn a_compressor_has_its_ratio() {
    for (level, expected) in [(-30.0, -30.0), (-8.0, -17.0), (0.0, -15.0)] {
        let compressor = Compressor { attack: 1.0, release: 2_000.0, gain: 3.0, ..Compressor::default() };
        let plugin_filters = Some(PluginFilters { compressor: Some(compressor), ..PluginFilters::default() });
        let input = testing::sine(1_000.0, crate::factor(level), 96_000);
        let out = run(&Filters { plugin_filters, ..Filters::default() }, &input);
        let found = crate::decibels(testing::level(&out[96_000..], 1_000.0));
        near("compressor", found.into(), expected + 3.0, 0.2);
    }
}

#[test]
fn a_room_rings_longer_the_larger_it_is() {
    let ring = |room_size| {
        let reverb = Reverb { mix: 1.0, room_size, ..Reverb::default() };
        let plugin_filters = Some(PluginFilters { reverb: Some(reverb), ..PluginFilters::default() });
        let mut input = vec![0.0; 3 * 96_000];
        input[..2].fill(1.0);
        let out = run(&Filters { plugin_filters, ..Filters::default() }, &input);
        let powers: Vec<f32> = out.chunks(19_200).map(testing::power).collect();
        assert!(powers.windows(2).all(|pair| pair[1] < pair[0]), "{powers:?}");
        assert!(out[96_000..].chunks(2).any(|frame| (frame[0] - frame[1]).abs() > 1e-9));
        // Decibels a second.
        10.0 * (powers[1] / powers[11]).log10() / 2.0
    };
    let (small, middle, large) = (ring(0.0), ring(0.5), ring(1.0));
    assert!(small > middle && middle > large && large > 3.0, "{small} {middle} {large}");
}

#[test]
fn no_change_clicks() {
    let all: Vec<Filters> = [
        r#"{"volume":0.3}"#,
        r#"{"equalizer":[{"band":3,"gain":0.5},{"band":4,"gain":0.4}]}"#,
        r#"{"equalizer":[{"band":3,"gain":-0.2}]}"#,
        r#"{"karaoke":{}}"#,
        r#"{"tremolo":{"frequency":3}}"#,
        r#"{"vibrato":{"depth":0.9}}"#,
        r#"{"rotation":{"rotationHz":0.4}}"#,
        r#"{"distortion":{"scale":0.9}}"#,
        r#"{"channelMix":{"leftToLeft":0.1,"rightToLeft":0.4}}"#,
        r#"{"lowPass":{}}"#,
        r#"{"lowPass":{"smoothing":2}}"#,
        r#"{"pluginFilters":{"highPass":{},"reverb":{}}}"#,
        r#"{"pluginFilters":{"echo":{"delay":50}}}"#,
        r#"{"pluginFilters":{"echo":{"delay":30}}}"#,
        r#"{"pluginFilters":{"compressor":{}}}"#,
        "{}",
    ]
    .into_iter()
    .map(|text| serde_json::from_str(text).unwrap())
    .collect();
    let input = testing::sine(220.0, 0.3, 48_000 * 20);
    let slope = 0.3 * std::f32::consts::TAU * 220.0 / 48_000.0;
    let mut chain = Chain::default();
    let mut changes = all.iter().chain(all.iter().rev()).chain(all.iter().step_by(3)).cycle();
    let mut out = input;
    for (at, block) in out.chunks_mut(SAMPLES).enumerate() {
        if at % 10 == 9 {
            chain.set(changes.next().unwrap()).unwrap();
        }
        chain.process(block);
    }
    let worst = out.windows(3).map(|frames| (frames[2] - frames[0]).abs()).fold(0.0, f32::max);
    // The loudest of them more than doubles the tone; a click would be ten times its slope.
    assert!(worst < slope * 4.0, "{worst} where the tone has {slope}");
}

#[test]
fn names_and_defaults_are_those_of_lavalink() {
    let filters: Filters = serde_json::from_str(
        r#"{"volume":1.5,"equalizer":[{"band":2,"gain":0.1}],"karaoke":{"level":0.5,"monoLevel":0.25},"timescale":{"speed":2},
            "tremolo":{"frequency":4},"vibrato":{},"rotation":{"rotationHz":0.2},"distortion":{"tanScale":2},
            "channelMix":{"leftToRight":0.5},"lowPass":{},"pluginFilters":{"someOther":{"x":1},"reverb":{"mix":0.1}}}"#,
    )
    .unwrap();
    filters.check().unwrap();
    assert_eq!(
        filters.karaoke,
        Some(Karaoke { level: 0.5, mono_level: 0.25, filter_band: 220.0, filter_width: 100.0 })
    );
    assert_eq!(filters.timescale, Some(Timescale { speed: 2.0, pitch: 1.0, rate: 1.0 }));
    assert_eq!(filters.vibrato, Some(Vibrato { frequency: 2.0, depth: 0.5 }));
    assert_eq!(filters.low_pass, Some(LowPass { smoothing: 20.0 }));
    let text = serde_json::to_string(&filters).unwrap();
    assert_eq!(serde_json::from_str::<Filters>(&text).unwrap(), filters);
    assert_eq!(serde_json::to_string(&Filters::default()).unwrap(), "{}");
}

#[test]
fn filters_that_change_nothing_are_none() {
    for (text, none) in [
        (r#"{"distortion":{},"channelMix":{},"volume":1,"rotation":{},"lowPass":{"smoothing":1}}"#, true),
        (r#"{"distortion":{"sinScale":2}}"#, false),
        (r#"{"channelMix":{"leftToRight":0.5}}"#, false),
    ] {
        let mut chain = Chain::default();
        chain.set(&serde_json::from_str(text).unwrap()).unwrap();
        chain.forget();
        assert_eq!(chain.is_empty(), none, "{text}");
    }
}

#[test]
fn values_out_of_range_are_named() {
    for (text, filter, field) in [
        (r#"{"volume":5.1}"#, "filters", "volume"),
        (r#"{"equalizer":[{"band":15,"gain":0}]}"#, "equalizer", "band"),
        (r#"{"equalizer":[{"band":1,"gain":1.1}]}"#, "equalizer", "gain"),
        (r#"{"timescale":{"speed":0}}"#, "timescale", "speed"),
        (r#"{"timescale":{"pitch":9,"rate":9}}"#, "timescale", "pitch × rate"),
        (r#"{"tremolo":{"depth":0}}"#, "tremolo", "depth"),
        (r#"{"vibrato":{"frequency":15}}"#, "vibrato", "frequency"),
        (r#"{"channelMix":{"leftToLeft":2}}"#, "channelMix", "leftToLeft"),
        (r#"{"distortion":{"scale":1e9}}"#, "distortion", "scale"),
        (r#"{"lowPass":{"smoothing":-1}}"#, "lowPass", "smoothing"),
        (r#"{"pluginFilters":{"echo":{"feedback":1}}}"#, "echo", "feedback"),
    ] {
        let error = serde_json::from_str::<Filters>(text).unwrap().check().unwrap_err();
        assert_eq!((error.filter, error.field), (filter, field));
    }
    let error = Filters { volume: Some(f32::NAN), ..Filters::default() }.check().unwrap_err();
    assert_eq!(error.to_string(), "filters.volume must be from 0 to 5");
}

#[test]
fn samples_that_are_no_numbers_are_not_remembered() {
    let plugins = r#"{"highPass":{}} {"compressor":{}} {"echo":{"mix":0.5}} {"reverb":{"mix":0.5}}"#.split(' ');
    let plugins = plugins.map(|plugin| format!(r#"{{"pluginFilters":{plugin}}}"#));
    let others = r#"{} {"volume":2} {"equalizer":[{"band":5,"gain":0.5}]} {"karaoke":{}} {"timescale":{"speed":1.1}}
        {"tremolo":{}} {"vibrato":{}} {"distortion":{}} {"rotation":{"rotationHz":0.2}} {"channelMix":{"leftToRight":0.5}}
        {"lowPass":{"smoothing":20}}"#;
    for filters in others.split_whitespace().map(str::to_owned).chain(plugins) {
        let set = serde_json::from_str::<Filters>(&filters).unwrap();
        let played = |sample: f32, layer: f32| {
            let mut deck = Deck::new(Settings::default());
            deck.set_filters(&set).unwrap();
            deck.play(Queue::of(vec![sample; 9_600]), 3.0);
            deck.queue(Queue::of(testing::music(1.0)), 0.0, Join::Gapless);
            deck.add_layer(Queue::of(vec![layer; 9_600]), 1.0);
            let (mut all, mut block) = (Vec::new(), [0.0; SAMPLES]);
            while deck.samples(&mut block).sound == Sound::Played {
                all.extend(block);
            }
            all
        };
        let silent = played(0.0, 0.0);
        assert!(testing::power(&silent[48_000..]) > 1e-5, "{filters}");
        for sample in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN] {
            assert!(played(sample, 0.0) == silent && played(0.0, sample) == silent, "{filters} {sample}");
        }
    }
}
