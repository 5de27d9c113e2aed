//! What a worker makes of tracks that behave as sources do now and then.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use crossbeam_channel::{Receiver, unbounded};

use super::{Engine, Frame, Next, Order, Play, Report, THROUGH, Tone, WINDOW};
use crate::source::{Block, Read, SourceError, Sources, Stream};
use crate::wire::{LoadResult, TrackInfo};

/// Frames of a piece of samples, and of a packet: 20 ms.
const PIECE: usize = 960;

/// Tracks by their names: what they are made of, and how they behave.
#[derive(Default)]
struct Shelf {
    /// `late` gives nothing before.
    open: Arc<AtomicBool>,
    near: Arc<AtomicU64>,
}

struct Made {
    opus: bool,
    /// Whether its packets change their length.
    mixed: bool,
    /// In pieces.
    at: u64,
    end: u64,
    late: Option<Arc<AtomicBool>>,
    /// How many packets were cut by who does not wait, if they are at hand, but for each seventieth.
    near: Option<Arc<AtomicU64>>,
}

fn info(name: &str, length: i64) -> TrackInfo {
    TrackInfo {
        identifier: name.to_owned(),
        is_seekable: true,
        author: String::new(),
        length,
        is_stream: name.starts_with("radio"),
        position: 0,
        title: String::new(),
        uri: None,
        artwork_url: None,
        isrc: None,
        source_name: "shelf".to_owned(),
    }
}

#[async_trait]
impl Sources for Shelf {
    async fn load(&self, _identifier: &str) -> LoadResult {
        LoadResult::Empty
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let name = track.identifier.as_str();
        if name.starts_with("broken") {
            return Err(SourceError::common("it is broken", "on purpose"));
        }
        let end = u64::try_from(track.length).unwrap() / 20;
        // Radio begins at its own beginning, and some files a second before what was asked for.
        let at = if track.is_stream { 0 } else { position.saturating_sub(1_000) / 20 };
        let late = name.starts_with("late").then(|| self.open.clone());
        let mixed = name.starts_with("mixed");
        let near = name.starts_with("near").then(|| self.near.clone());
        Ok(Box::new(Made { opus: name.ends_with("opus"), mixed, at, end, late, near }))
    }

    fn names(&self) -> Vec<String> {
        vec!["shelf".to_owned()]
    }
}

impl Stream for Made {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        while self.late.as_ref().is_some_and(|open| !open.load(Ordering::Relaxed)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.at >= self.end {
            return Ok(Read::End);
        }
        if self.opus {
            // Three frames now and then.
            let long = self.mixed && self.at / 3 % 2 == 1;
            self.at += if long { 3 } else { 1 };
            block.packet = Bytes::from_static(if long { &[0xFF, 0x03, 0xFF, 0xFE, 0xFF] } else { &[0xFC, 0xFF, 0xFE] });
            return Ok(Read::Opus);
        }
        self.at += 1;
        (block.rate, block.channels) = (48_000, 2);
        block.samples.clear();
        block.samples.resize(PIECE * 2, 0.25);
        Ok(Read::Pcm)
    }

    fn read_now(&mut self, block: &mut Block) -> Result<Option<Read>, SourceError> {
        let Some(near) = self.near.clone().filter(|_| !self.at.is_multiple_of(70)) else { return Ok(None) };
        near.fetch_add(1, Ordering::Relaxed);
        self.read(block).map(Some)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.at = position / 20;
        Ok(position)
    }

    fn seekable(&self) -> bool {
        false
    }

    fn position(&self) -> u64 {
        self.at * 20
    }
}

fn sound(volume: u16, filters: &str) -> Tone {
    Tone { filters: serde_json::from_str(filters).unwrap(), volume, loudness: None, thrifty: false }
}

/// A worker, and what it says of one player.
struct Worker {
    engine: Engine,
    reports: Receiver<Report>,
    open: Arc<AtomicBool>,
    near: Arc<AtomicU64>,
    taken: u32,
}

impl Worker {
    fn new() -> Self {
        let shelf = Shelf::default();
        let (open, near) = (shelf.open.clone(), shelf.near.clone());
        let (said, reports) = unbounded();
        let sink = Arc::new(move |report| _ = said.send(report));
        let engine = Engine::start("test", Arc::new(shelf), tokio::runtime::Handle::current(), sink).unwrap();
        Self { engine, reports, open, near, taken: 0 }
    }

    fn play(&self, track: TrackInfo, position: u64) {
        self.play_as(track, position, sound(100, "{}"));
    }

    fn play_as(&self, track: TrackInfo, position: u64, sound: Tone) {
        let play = Play { player: 1, epoch: 1, track, position, end: None, sound, loudness: None };
        assert!(self.engine.tell(Order::Play(Box::new(play))));
    }

    fn follow(&self, number: u32, track: TrackInfo, fade: u32) {
        let track = Some(Box::new(Next { track, loudness: None }));
        assert!(self.engine.tell(Order::Next { player: 1, epoch: 1, number, track, fade }));
    }

    /// What comes next but for beats, and takes it.
    fn next(&mut self) -> Option<Report> {
        loop {
            match self.reports.recv_timeout(Duration::from_secs(5)).ok()? {
                Report::Beat(_) => {}
                Report::Frames { player, epoch, frames } => {
                    self.taken += u32::try_from(frames.len()).unwrap();
                    self.engine.tell(Order::Taken(vec![(player, epoch, self.taken)]));
                    return Some(Report::Frames { player, epoch, frames });
                }
                report => return Some(report),
            }
        }
    }

    /// So many frames at least.
    fn frames(&mut self, count: usize) -> Vec<Frame> {
        let mut all = Vec::new();
        while all.len() < count {
            match self.next() {
                Some(Report::Frames { frames, .. }) => all.extend(frames),
                other => unreachable!("{other:?} after {} frames", all.len()),
            }
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn radio_goes_on_with_what_is_on_the_air() {
    for name in ["radio", "radio opus"] {
        let mut worker = Worker::new();
        worker.play(info(name, 7_200_000), 3_600_000);
        let positions: Vec<_> = worker.frames(3).iter().map(|frame| frame.position).collect();
        assert!(positions.iter().all(|at| (3_600_000..3_600_400).contains(at)), "{name}: {positions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_gives_before_its_position_is_not_heard() {
    for name in ["file", "file opus"] {
        let mut worker = Worker::new();
        worker.play(info(name, 6_000), 5_000);
        let mut frames = Vec::new();
        while let Some(Report::Frames { frames: more, .. }) = worker.next() {
            frames.extend(more);
        }
        // The limiter holds back what is one frame more.
        assert!((50..=51).contains(&frames.len()), "{name}: {}", frames.len());
        assert_eq!(frames.first().map(|frame| frame.position), Some(5_000), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_of_different_lengths_are_one_track() {
    for position in [0, 1_200] {
        let mut worker = Worker::new();
        worker.play(info("mixed opus", 6_000), position);
        let (frames, end) = rest(&mut worker);
        assert_eq!(end, Some((false, None)));
        let expected = (6_000 - usize::try_from(position).unwrap()) / 20;
        assert!((expected..=expected + 3).contains(&frames.len()), "{} of {expected}", frames.len());
        let wrong = frames.windows(2).find(|pair| match pair {
            [first, second] => !(5..=35).contains(&(i64::from(second.position) - i64::from(first.position))),
            _ => false,
        });
        assert!(wrong.is_none(), "{wrong:?}");
        assert!(frames.last().is_some_and(|frame| frame.position < 6_000));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_that_are_at_hand_are_cut_by_who_renders() {
    let mut worker = Worker::new();
    worker.play(info("near opus", 10_000), 0);
    let (frames, end) = rest(&mut worker);
    assert_eq!((frames.len(), end), (500, Some((false, None))));
    assert!(frames.iter().zip((0..).step_by(20)).all(|(frame, at)| frame.position == at));
    // But for the first, and those that have to be waited for with those behind them.
    let near = worker.near.load(Ordering::Relaxed);
    assert!((20..=450).contains(&near), "{near}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_is_made_than_may_wait() {
    for (name, most) in [("file", WINDOW), ("file opus", THROUGH)] {
        let mut worker = Worker::new();
        worker.play(info(name, 60_000), 0);
        worker.frames(100);
        // Nobody takes any more.
        let (mut waiting, began) = (0, std::time::Instant::now());
        while began.elapsed() < Duration::from_millis(500) {
            if let Ok(Report::Frames { frames, .. }) = worker.reports.recv_timeout(Duration::from_millis(50)) {
                waiting += u32::try_from(frames.len()).unwrap();
            }
        }
        assert_eq!(waiting, most, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_are_of_what_is_heard() {
    // What waits within a change of speed has not been heard yet.
    for (filters, pace) in [(r#"{"timescale":{"speed":2}}"#, 40), (r#"{"timescale":{"speed":0.5,"pitch":1.2}}"#, 10)] {
        let mut worker = Worker::new();
        worker.play_as(info("file", 20_000), 5_000, sound(100, filters));
        for (frame, expected) in worker.frames(150).iter().zip((5_000_u32..).step_by(pace)) {
            assert!(frame.position.abs_diff(expected) <= 45, "{filters}: {} and not {expected}", frame.position);
        }
    }
    // And what is passed on after it was begun to be changed is counted once.
    let mut worker = Worker::new();
    worker.play(info("file opus", 20_000), 0);
    let mut frames = Vec::new();
    for volume in [50, 100].repeat(10) {
        frames.extend(worker.frames(20));
        worker.engine.tell(Order::Sound { player: 1, sound: Box::new(sound(volume, "{}")) });
    }
    frames.extend(worker.frames(20));
    assert!(frames.iter().any(|frame| frame.level.is_none()) && frames.iter().any(|frame| frame.level.is_some()));
    for (frame, expected) in frames.iter().zip((0_u32..).step_by(20)) {
        assert!(frame.position.abs_diff(expected) <= 15, "{} and not {expected}", frame.position);
    }
}

/// Frames until the end, and what that was.
fn rest(worker: &mut Worker) -> (Vec<Frame>, Option<(bool, Option<u32>)>) {
    let mut all = Vec::new();
    loop {
        match worker.next() {
            Some(Report::Frames { frames, .. }) => all.extend(frames),
            Some(Report::Ended { error, turn, .. }) => return (all, Some((error.is_some(), turn))),
            _ => return (all, None),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_turn_to_a_track_comes_with_its_first_sound() {
    for (first, late) in [("file", "late"), ("file opus", "late opus"), ("file opus", "late"), ("file", "late opus")] {
        for fade in [0, 200] {
            let mut worker = Worker::new();
            worker.play(info(first, 600), 0);
            worker.follow(7, info(late, 600), fade);
            let before = if fade > 0 { 18 } else { 29 };
            let frames = worker.frames(before);
            assert!(frames.iter().all(|frame| frame.turn.is_none()), "{first} {late} {fade}");
            worker.open.store(true, Ordering::Relaxed);
            let (frames, end) = rest(&mut worker);
            let turns: Vec<_> =
                frames.iter().filter_map(|frame| frame.turn.map(|turn| (turn, frame.position))).collect();
            assert_eq!((turns.len(), end), (1, Some((false, None))), "{first} {late} {fade}");
            assert!(turns.iter().all(|(number, at)| *number == 7 && *at <= 40), "{first} {late} {fade}: {turns:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_follows_and_has_no_sound_ends_as_itself() {
    for first in ["file", "file opus"] {
        for (fade, name) in [(0, "broken"), (200, "broken"), (0, "empty")] {
            let mut worker = Worker::new();
            worker.play(info(first, 600), 0);
            worker.follow(7, info(name, 0), fade);
            let (frames, end) = rest(&mut worker);
            assert!((30..=31).contains(&frames.len()), "{first} {name} {fade}: {}", frames.len());
            assert!(frames.iter().all(|frame| frame.turn.is_none()), "{first} {name} {fade}");
            let positions: Vec<_> = frames.iter().map(|frame| frame.position).collect();
            assert!(positions.is_sorted(), "{first} {name} {fade}: {positions:?}");
            assert_eq!(end, Some((name == "broken", Some(7))), "{first} {name} {fade}");
        }
    }
}
