//! How loud players are: measured by ffmpeg on what was sent.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use guildhall_audio::factor;
use guildhall_audio::loudness::Meter;
use guildhall_audio::opus::{Decoder, LONGEST};
use guildhall_lavalink::Target;
use guildhall_lavalink::source::{Block, Read, SourceError, Sources, Stream};
use guildhall_lavalink::wire::{LoadResult, Track, TrackInfo};
use serde_json::json;

use crate::hear::{decode, level};
use crate::town::{Town, until};

const SECONDS: usize = 12;

/// Tracks as loud as they are called: `lufs:-23:1` is the second kind of sound, at -23 LUFS.
#[derive(Default)]
struct Shelf(Mutex<HashMap<String, Arc<Vec<f32>>>>);

struct Sound {
    samples: Arc<Vec<f32>>,
    at: usize,
}

/// Chords with a beat, noise with loud and soft halves, or a tone with many peaks.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "samples are rounded")]
fn make(kind: usize, lufs: f32) -> Vec<f32> {
    let (mut state, mut low) = (7_u32, 0.0_f32);
    let mut samples: Vec<f32> = (0..SECONDS * 48_000)
        .flat_map(|at| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Opus has nothing above 20 kHz, and neither has music.
            low += 0.2 * ((state >> 8) as f32 / 8_388_608.0 - 1.0 - low);
            let noise = 2.0 * low;
            let time = at as f64 / 48_000.0;
            let tone = |frequency: f64| (std::f64::consts::TAU * frequency * time).sin() as f32;
            let beat = (1.0 - (time * 2.0).fract()).powi(6) as f32 * noise;
            match kind % 3 {
                0 => [
                    0.2 * (tone(277.0) + tone(349.0) + tone(415.0)) + 0.3 * beat,
                    0.2 * (tone(277.0) + tone(554.0)) + 0.3 * beat,
                ],
                1 => [noise * if at > SECONDS * 24_000 { 0.3 } else { 0.2 }; 2],
                _ => [tone(440.0) * if at % 48_000 < 2_000 { 0.9 } else { 0.4 }; 2],
            }
        })
        .collect();
    let mut meter = Meter::simple().unwrap();
    meter.add(&samples);
    let by = factor(lufs - meter.finish().unwrap().integrated);
    samples.iter_mut().for_each(|sample| *sample *= by);
    samples
}

#[async_trait]
impl Sources for Shelf {
    async fn load(&self, identifier: &str) -> LoadResult {
        let info = TrackInfo {
            identifier: identifier.to_owned(),
            is_seekable: true,
            author: String::new(),
            length: i64::try_from(SECONDS).unwrap() * 1_000,
            is_stream: false,
            position: 0,
            title: identifier.to_owned(),
            uri: None,
            artwork_url: None,
            isrc: None,
            source_name: "shelf".to_owned(),
        };
        LoadResult::Track(Box::new(Track::new(info, None)))
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let mut parts = track.identifier.split(':').skip(1);
        let lufs: f32 = parts.next().unwrap().parse().unwrap();
        let kind = parts.next().unwrap().parse().unwrap();
        let known = self.0.lock().unwrap().get(&track.identifier).cloned();
        let samples = known.unwrap_or_else(|| Arc::new(make(kind, lufs)));
        self.0.lock().unwrap().insert(track.identifier.clone(), samples.clone());
        let mut sound = Sound { samples, at: 0 };
        sound.seek(position)?;
        Ok(Box::new(sound))
    }

    fn names(&self) -> Vec<String> {
        vec!["shelf".to_owned()]
    }
}

impl Stream for Sound {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        let end = self.samples.len().min(self.at + 1_920);
        (block.rate, block.channels) = (48_000, 2);
        block.samples = self.samples[self.at..end].to_vec();
        self.at = end;
        Ok(if block.samples.is_empty() { Read::End } else { Read::Pcm })
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.at = usize::try_from(position).unwrap() * 96;
        Ok(position)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn position(&self) -> u64 {
        u64::try_from(self.at / 96).unwrap()
    }
}

/// LUFS and decibels of the highest true peak, by ffmpeg's `ebur128`.
fn measure(packets: &[Vec<u8>]) -> (f64, f64) {
    let mut decoder = Decoder::new().unwrap();
    let mut block = vec![0.0; LONGEST * 2];
    let mut bytes = Vec::new();
    for packet in packets {
        let count = decoder.decode(packet, &mut block).unwrap();
        bytes.extend(block[..count * 2].iter().flat_map(|sample| sample.to_le_bytes()));
    }
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "pipe:0"])
        .args(["-af", "ebur128=peak=true", "-f", "null", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = ffmpeg.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let said = String::from_utf8_lossy(&ffmpeg.wait_with_output().unwrap().stderr).into_owned();
    writer.join().unwrap().unwrap();
    let summary = said.rsplit("Summary:").next().unwrap();
    let number = |name: &str| -> f64 {
        let line = summary.lines().find(|line| line.trim().starts_with(name)).unwrap_or_else(|| panic!("{said}"));
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (number("I:"), number("Peak:"))
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_tracks_come_out_equally_loud() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let target = Target { loudness: -14.0, max_boost: 20.0 };
    let town = Town::of(folder, Arc::new(Shelf::default()), |settings| settings.loudness = Some(target)).await;
    let client = town.client().await;
    for index in 0..12_u64 {
        let lufs = -30.0 + 25.0 / 11.0 * f64::from(u32::try_from(index).unwrap());
        client.join(index + 1).await;
        client.play(index + 1, &format!("lufs:{lufs:.1}:{index}")).await;
    }
    tokio::time::sleep(Duration::from_secs(13)).await;
    until("all are over", || town.voice.links().iter().all(|link| link.frames().len() >= SECONDS * 50)).await;
    for (index, link) in town.voice.links().iter().enumerate() {
        let packets: Vec<Vec<u8>> = link.frames().into_iter().map(|(_, packet)| packet).collect();
        let (integrated, peak) = measure(&packets);
        assert!((integrated + 14.0).abs() <= 0.5, "track {index}: {integrated} LUFS");
        assert!(peak <= -1.0, "track {index}: {peak} dBTP");
    }
    // What was found out is there after a restart: nothing has to be guessed.
    let town =
        Town::of(town.stop().await, Arc::new(Shelf::default()), |settings| settings.loudness = Some(target)).await;
    let client = town.client().await;
    client.join(1).await;
    client.play(1, "lufs:-30.0:0").await;
    until("it is heard", || town.heard().frames().len() > 50).await;
    let quiet = level(&decode(&town.heard().frames())[4_800..48_000], 277.0);
    // A client wants it as it is.
    client.join(2).await;
    client.patch(2, json!({ "filters": { "pluginFilters": { "loudness": false } } })).await;
    client.play(2, "lufs:-30.0:0").await;
    until("it is heard", || town.heard().frames().len() > 50).await;
    let plain = level(&decode(&town.heard().frames())[4_800..48_000], 277.0);
    let gain = 20.0 * (quiet / plain).log10();
    assert!((gain - 16.0).abs() < 0.7, "{gain} dB");
    let wrong = json!({ "filters": { "pluginFilters": { "loudness": { "target": 3 } } } });
    assert_eq!(client.request("PATCH", &client.player_path(2), Some(wrong)).await.0, 400);
}

#[tokio::test]
async fn a_fade_follows_the_hint_and_has_no_dip() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let next = json!({ "identifier": "tone:800:3" });
    client.patch(1, json!({ "track": { "identifier": "tone:500:3" }, "next": next, "crossfade": 1_000 })).await;
    client.event("TrackStartEvent").await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["identifier"], "tone:800:3");
    client.event("TrackEndEvent").await;
    let frames = town.heard().frames();
    // Six seconds, less the one that both share.
    assert!((249..=252).contains(&frames.len()), "{}", frames.len());
    let samples = decode(&frames);
    for (at, piece) in samples[4_800..230_400].chunks_exact(4_800).enumerate() {
        let power = level(piece, 500.0).powi(2) + level(piece, 800.0).powi(2);
        assert!((0.20..0.30).contains(&power), "{power} after {} ms", at * 100);
    }
    let middle = &samples[118_000..122_000];
    assert!(level(middle, 500.0) > 0.25 && level(middle, 800.0) > 0.25);
}

#[tokio::test]
async fn speech_is_heard_over_music_and_outlives_a_worker() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(1).await;
    let (refused, _) = client
        .request(
            "POST",
            &format!("{}/mix", client.player_path(1)),
            Some(json!({ "track": { "identifier": "tone:900:4" } })),
        )
        .await;
    assert_eq!(refused, 400);
    client.play(1, "tone:500:60").await;
    until("it plays", || town.heard().frames().len() > 25).await;
    let mix = format!("{}/mix", client.player_path(1));
    let body = json!({ "track": { "identifier": "tone:900:10" }, "volume": 0.5 });
    let (status, made) = client.request("POST", &mix, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["track"]["info"]["identifier"], "tone:900:10");
    let before = town.heard().frames().len();
    until("it is heard", || town.heard().frames().len() > before + 60).await;
    let heard = |from: usize| {
        let samples = decode(&town.heard().frames());
        let piece = &samples[from * 960..(from + 20) * 960];
        (level(piece, 500.0), level(piece, 900.0))
    };
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 0.05, "{found} for {expected}");
    let (music, speech) = heard(before + 35);
    near(music, 0.125);
    near(speech, 0.25);
    let (status, _) = client
        .request("PATCH", &format!("{mix}/{}", made["id"].as_str().unwrap()), Some(json!({ "volume": 0.25 })))
        .await;
    assert_eq!(status, 204);
    // Its worker goes away in the middle.
    for worker in client.get("/v4/guildhall/status").await["workers"].as_array().unwrap() {
        client.request("DELETE", &format!("/v4/guildhall/workers/{}", worker["id"]), None).await;
    }
    let before = town.heard().frames().len();
    until("it goes on", || town.heard().frames().len() > before + 60).await;
    let (music, speech) = heard(before + 35);
    near(music, 0.125);
    near(speech, 0.125);
    assert_eq!(client.get(&mix).await["mixes"].as_array().unwrap().len(), 1);
    let began = Instant::now();
    while client.get(&mix).await["mixes"] != json!([]) {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let before = town.heard().frames().len();
    until("the music is back", || town.heard().frames().len() > before + 80).await;
    let (music, speech) = heard(town.heard().frames().len() - 25);
    near(music, 0.5);
    near(speech, 0.0);
    assert_eq!(client.request("DELETE", &format!("{mix}/1"), None).await.0, 404);
}

#[tokio::test]
async fn a_track_at_double_speed_takes_half_of_the_time() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    client.patch(1, json!({ "filters": { "timescale": { "speed": 2.0 } } })).await;
    client.play(1, "tone:500:6").await;
    client.event("TrackStartEvent").await;
    client.event("TrackEndEvent").await;
    let frames = town.heard().frames();
    assert!((148..=153).contains(&frames.len()), "{}", frames.len());
    let samples = decode(&frames);
    let piece = &samples[48_000..96_000];
    assert!(level(piece, 500.0) > 0.4 && level(piece, 1_000.0) < 0.05);
}
