//! What ffmpeg says of our sound: an ear that is not ours.

use std::io::Write as _;
use std::process::{Command, Stdio};

use guildhall_audio::loudness::{Meter, Target};
use guildhall_audio::{Deck, Filters, Queue, SAMPLES, Settings, Sound, factor};

/// Runs ffmpeg over stereo at 48 kHz: what it makes and what it says.
fn ffmpeg(samples: &[f32], arguments: &[&str]) -> (Vec<f32>, String) {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "pipe:0"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ffmpeg is there: cargo xtask setup installs it");
    let mut input = child.stdin.take().unwrap();
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (output.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(), said)
}

/// Integrated loudness and true peak.
fn loudness(samples: &[f32]) -> (f32, f32) {
    let (_, said) = ffmpeg(samples, &["-af", "ebur128=peak=true", "-f", "null", "-"]);
    let summary = said.rsplit("Summary:").next().unwrap();
    let value = |name: &str| -> f32 {
        let rest = summary.split(name).nth(1).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    (value("I:"), value("Peak:"))
}

fn noise(seconds: usize) -> Vec<f32> {
    let mut state = 77_u32;
    (0..seconds * 96_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// Chords with overtones and a beat.
fn music(seconds: usize) -> Vec<f32> {
    let mut low = 0.0;
    noise(seconds)
        .chunks(2)
        .enumerate()
        .flat_map(|(at, noise)| {
            let time = at as f64 / 48_000.0;
            low += 0.2 * (noise[0] - low);
            let beat = (1.0 - (time * 2.0).fract()).powi(6) as f32 * low * 0.3;
            let base = [220.0, 277.18, 329.63, 440.0][(time * 1.5) as usize % 4];
            let chord: f64 =
                (1..8_u8).map(|n| (std::f64::consts::TAU * base * f64::from(n) * time).sin() / f64::from(n)).sum();
            [0.13 * chord as f32 + beat + 0.01 * noise[0], 0.12 * chord as f32 + beat + 0.01 * noise[1]]
        })
        .collect()
}

fn play(track: Vec<f32>, gain: f32, filters: &Filters) -> Vec<f32> {
    let mut deck = Deck::new(Settings::default());
    deck.set_filters(filters).unwrap();
    deck.play(Queue::of(track), gain);
    let (mut out, mut block) = (Vec::new(), [0.0; SAMPLES]);
    while deck.samples(&mut block).sound == Sound::Played {
        out.extend_from_slice(&block);
    }
    out
}

#[test]
fn twelve_tracks_come_out_alike() {
    let target = Target { max_boost: 20.0, ..Target::default() };
    for index in 0..12_u8 {
        let wanted = -30.0 + 25.0 / 11.0 * f32::from(index);
        let mut track = if index % 2 == 0 { music(8) } else { noise(8) };
        let measure = |track: &[f32]| {
            let mut meter = Meter::new().unwrap();
            meter.add(track);
            meter.finish().unwrap().integrated
        };
        let by = factor(wanted - measure(&track));
        track.iter_mut().for_each(|sample| *sample *= by);
        let gain = target.gain(measure(&track));
        let (integrated, peak) = loudness(&play(track, gain, &Filters::default()));
        assert!((integrated + 14.0).abs() <= 0.5 && peak <= -1.0, "track {index}: {integrated} LUFS, {peak} dBTP");
    }
}

/// Power in the thirds of octaves from 100 Hz to 10 kHz, in decibels, by the formula of Goertzel.
fn bands(samples: &[f32]) -> Vec<f32> {
    const LENGTH: usize = 4_096;
    let left: Vec<f64> = samples.iter().step_by(2).map(|sample| f64::from(*sample)).collect();
    (0..=20)
        .map(|index| 100.0 * 2.0_f64.powf(f64::from(index) / 3.0))
        .map(|centre| {
            // Five points of each band, over all pieces.
            let power: f64 = (-2..=2)
                .map(|step| centre * 2.0_f64.powf(f64::from(step) / 15.0))
                .map(|frequency| {
                    let turn = 2.0 * (std::f64::consts::TAU * frequency / 48_000.0).cos();
                    left.chunks_exact(LENGTH)
                        .map(|piece| {
                            let (mut last, mut before) = (0.0, 0.0);
                            for (at, sample) in piece.iter().enumerate() {
                                let window = 0.5 - 0.5 * (std::f64::consts::TAU * at as f64 / LENGTH as f64).cos();
                                (last, before) = (sample * window + turn * last - before, last);
                            }
                            last * last + before * before - turn * last * before
                        })
                        .sum::<f64>()
                })
                .sum();
            (10.0 * (power / left.len() as f64).log10()) as f32
        })
        .collect()
}

/// Two stretches of the same sound differ in phase, and not in what one hears: as long within 1 %, and in each third of an octave
/// as loud within 3 dB (where there is next to nothing to hear), within 1 dB on average.
#[test]
fn timescale_sounds_as_atempo_does() {
    let track = music(10);
    let mut far = Vec::new();
    for speed in [0.7_f32, 0.85, 1.0, 1.25, 1.5, 2.0] {
        let filters: Filters = serde_json::from_str(&format!(r#"{{"timescale":{{"speed":{speed}}}}}"#)).unwrap();
        let ours = play(track.clone(), 0.0, &filters);
        let (theirs, _) = ffmpeg(&track, &["-af", &format!("atempo={speed}"), "-f", "f32le", "-"]);
        let lengths = ours.len() as f32 / theirs.len() as f32;
        assert!((lengths - 1.0).abs() < 0.01, "speed {speed}: {lengths}");
        let differences: Vec<f32> =
            bands(&ours).iter().zip(bands(&theirs)).map(|(ours, theirs)| (ours - theirs).abs()).collect();
        let most = differences.iter().copied().fold(0.0, f32::max);
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        far.push((speed, mean, most));
    }
    assert!(far.iter().all(|&(_, mean, most)| most < 3.0 && mean < 1.0), "speed, mean, most: {far:?}");
}
