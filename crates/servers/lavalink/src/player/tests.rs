//! Players in time that is made here: ticks come when the test says so.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod day;
mod drain;
mod frames;
mod gather;
mod handover;
mod sending;
mod turns;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use guildhall_db::{Config, Db};
use tokio::sync::mpsc;

use super::tick::TELL;
use super::{Change, Player, Start, State};
use crate::engine::{Beat, THROUGH, WINDOW};
use crate::grid::Needs;
use crate::grid::tests::until;
use crate::lock;
use crate::node::{Node, Settings};
use crate::session::Session;
use crate::source::{Block, Read, SourceError, Sources, Stream};
use crate::voice::{Ear, Link, Voice, VoiceEvent, VoiceServer};
use crate::wire::{Events, LoadResult, Track, TrackInfo, VoiceState};
use guildhall_wire::patch::Patch;

const TICK: Duration = Duration::from_millis(20);

/// Tracks of Opus, each so many milliseconds long; `stuck` gives half a second and then nothing more, and `late` nothing at
/// first.
struct Shelf;

struct Packets {
    at: u64,
    end: u64,
    stuck: bool,
    late: bool,
}

fn track(name: &str, length: u64) -> Track {
    let info = TrackInfo {
        identifier: name.to_owned(),
        is_seekable: true,
        author: String::new(),
        length: i64::try_from(length).unwrap(),
        is_stream: false,
        position: 0,
        title: String::new(),
        uri: None,
        artwork_url: None,
        isrc: None,
        source_name: "shelf".to_owned(),
    };
    Track::new(info, None)
}

#[async_trait]
impl Sources for Shelf {
    async fn load(&self, _identifier: &str) -> LoadResult {
        LoadResult::Empty
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if track.identifier == "broken" {
            return Err(SourceError::common("it is broken", "on purpose"));
        }
        if track.identifier == "slow" && position > 0 {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        let end = u64::try_from(track.length).unwrap() / 20;
        let stuck = track.identifier == "stuck";
        Ok(Box::new(Packets { at: position / 20, end, stuck, late: track.identifier == "late" }))
    }

    fn names(&self) -> Vec<String> {
        vec!["shelf".to_owned()]
    }
}

impl Stream for Packets {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        if self.stuck && self.at >= 25 {
            // A network that says nothing: the thread waits for a while, and for another.
            std::thread::sleep(Duration::from_millis(50));
            block.samples.clear();
            (block.rate, block.channels) = (48_000, 2);
            return Ok(Read::Opus).inspect(|_| block.packet.clear());
        }
        if std::mem::take(&mut self.late) {
            std::thread::sleep(Duration::from_millis(200));
        }
        if self.at >= self.end {
            return Ok(Read::End);
        }
        block.packet = Bytes::from_static(&[0xFC, 0xFF, 0xFE]);
        self.at += 1;
        Ok(Read::Opus)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.at = position / 20;
        Ok(self.at * 20)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn position(&self) -> u64 {
        self.at * 20
    }
}

/// A voice server that only counts.
#[derive(Default)]
struct Counting {
    heard: Arc<AtomicU64>,
    open: Arc<AtomicBool>,
}

struct CountingLink(Arc<AtomicU64>, Arc<AtomicBool>);

impl Voice for Counting {
    fn connect(&self, _server: VoiceServer, ear: Ear) -> Arc<dyn Link> {
        self.open.store(true, Ordering::Relaxed);
        ear(VoiceEvent::Connected);
        Arc::new(CountingLink(self.heard.clone(), self.open.clone()))
    }
}

impl Link for CountingLink {
    fn send(&self, _frame: &[u8], _now: Instant) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn silence(&self) {}

    fn ping(&self) -> Option<u32> {
        None
    }

    fn connected(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }

    fn close(&self) {}
}

/// A node whose clocks stand still.
struct Still {
    node: Arc<Node>,
    session: Arc<Session>,
    heard: Arc<AtomicU64>,
    open: Arc<AtomicBool>,
    events: Mutex<mpsc::Receiver<Arc<str>>>,
    now: Mutex<Instant>,
    turn: AtomicU64,
    _folder: tempfile::TempDir,
}

impl Still {
    async fn new(workers: usize) -> Self {
        Self::with(workers, Arc::new(Shelf)).await
    }

    async fn with(workers: usize, sources: Arc<dyn Sources>) -> Self {
        Self::of(Settings { workers, ..Settings::default() }, sources).await
    }

    async fn of(settings: Settings, sources: Arc<dyn Sources>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
        let settings = Settings { clocks: 0, key: folder.path().join("node.key"), ..settings };
        let voice = Counting::default();
        let (heard, open) = (voice.heard.clone(), voice.open.clone());
        let node = Node::start(settings, db, sources, Arc::new(voice)).await.unwrap();
        let session = node.open_session(1, "test".to_owned());
        let (out, events) = mpsc::channel(1_024);
        session.attach(1, Some(Events::All), false, out);
        Self {
            node,
            session,
            heard,
            open,
            events: Mutex::new(events),
            now: Mutex::new(Instant::now()),
            turn: AtomicU64::new(0),
            _folder: folder,
        }
    }

    fn player(&self, guild: u64) -> Arc<Player> {
        let player = self.session.player_or_new(&self.node, guild).unwrap();
        let voice = VoiceState { token: "t".into(), endpoint: "e".into(), session_id: "s".into(), channel_id: None };
        player.connect(voice);
        player
    }

    /// Ticks until the player has nothing to play any more.
    fn play_out(&self, player: &Arc<Player>) {
        let began = Instant::now();
        while player.is_playing() {
            assert!(self.tick(player) && began.elapsed() < Duration::from_secs(30), "it does not come to its end");
        }
    }

    /// One tick, after what it needs has been made; false if nothing came for a long while.
    fn tick(&self, player: &Arc<Player>) -> bool {
        let began = Instant::now();
        while player
            .with(|state| state.track.is_some() && !state.paused && state.frames.is_empty() && state.ending.is_none())
            && self.open.load(Ordering::Relaxed)
        {
            if began.elapsed() > Duration::from_secs(10) {
                return false;
            }
            std::thread::sleep(Duration::from_micros(20));
        }
        self.beat(player);
        true
    }

    /// One tick, whatever there is; whether the worker was told of it.
    fn beat(&self, player: &Arc<Player>) -> bool {
        let now = {
            let mut now = lock(&self.now);
            *now += TICK;
            *now
        };
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let told = player.tick(now, Duration::ZERO, turn);
        told.is_some_and(|(worker, told)| {
            self.node.grid.taken(worker, &[told]);
            true
        })
    }

    /// Has frames of a player be missed.
    fn miss(&self, player: &Arc<Player>, due: u64, nulled: u64) {
        let told = player.with(|state| {
            state.counts.due += due;
            state.counts.nulled += nulled;
            // An odd turn, in which everybody is told.
            state.tell(player.key, state.worker()? % TELL + TELL, Instant::now())
        });
        if let Some((worker, told)) = told {
            self.node.grid.taken(worker, &[told]);
        }
    }

    /// Plays most of a track of a second: the turn to what follows, the fifty-first frame, is made ahead and waits to be sent.
    async fn play_up_to_the_turn(&self, player: &Arc<Player>) {
        for _ in 0..45 {
            assert!(self.tick(player));
        }
        let began = Instant::now();
        while !player.with(|state| state.frames.iter().any(|frame| frame.turn.is_some())) {
            assert!(began.elapsed() < Duration::from_secs(10), "it is not made");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Types of the events so far, and reasons of ends.
    fn events(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut events = lock(&self.events);
        while let Ok(text) = events.try_recv() {
            let message: serde_json::Value = serde_json::from_str(&text).unwrap();
            if message["op"] == "event" {
                let kind = message["type"].as_str().unwrap().trim_end_matches("Event");
                found.push(format!("{kind} {}", message["reason"].as_str().unwrap_or_default()).trim_end().to_owned());
            }
        }
        found
    }
}

fn play(player: &Arc<Player>, name: &str, length: u64) {
    let start = Start { track: track(name, length), position: 0 };
    player.apply(Change { track: Patch::Value(start), ..Change::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_gives_nothing_for_ten_seconds_is_stuck_once() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "stuck", 60_000);
    for _ in 0..25 {
        assert!(still.tick(&player));
    }
    assert_eq!(still.events(), ["TrackStart"]);
    for _ in 0..500 {
        still.beat(&player);
    }
    assert_eq!(still.events(), [""; 0]);
    still.beat(&player);
    assert_eq!(still.events(), ["TrackStuck"]);
    for _ in 0..5_000 {
        still.beat(&player);
    }
    assert_eq!(still.events(), [""; 0]);
    // It is told, and not ended: that is the client's to decide.
    assert!(player.is_playing());
    play(&player, "fine", 1_000);
    still.play_out(&player);
    assert_eq!(still.events(), ["TrackEnd replaced", "TrackStart", "TrackEnd finished"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_nobody_hears_for_a_minute_is_cleaned_up() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "fine", 600_000);
    for _ in 0..50 {
        assert!(still.tick(&player));
    }
    still.open.store(false, Ordering::Relaxed);
    for _ in 0..2_999 {
        still.beat(&player);
    }
    assert_eq!(still.events(), ["TrackStart"]);
    // Somebody comes back just in time, and goes again.
    still.open.store(true, Ordering::Relaxed);
    assert!(still.tick(&player));
    still.open.store(false, Ordering::Relaxed);
    for _ in 0..3_000 {
        still.beat(&player);
    }
    assert_eq!(still.events(), [""; 0]);
    still.beat(&player);
    assert_eq!(still.events(), ["TrackEnd cleanup"]);
    assert!(!player.is_playing());
    assert_eq!(still.heard.load(Ordering::Relaxed), 51);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_cannot_be_opened_says_so_and_ends() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "broken", 60_000);
    let began = Instant::now();
    let mut events = Vec::new();
    // The worker's thread tells of it, a moment after the track is gone.
    while events.len() < 3 && began.elapsed() < Duration::from_secs(10) {
        assert!(still.tick(&player));
        events.extend(still.events());
    }
    assert_eq!(events, ["TrackStart", "TrackException", "TrackEnd loadFailed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_starves_its_players_loses_them() {
    let still = Still::new(2).await;
    let player = still.player(1);
    play(&player, "fine", 600_000);
    for _ in 0..50 {
        assert!(still.tick(&player));
    }
    let before = player.with(|state| state.worker()).unwrap();
    let began = Instant::now();
    // One frame of ten is missed, over more than two seconds.
    while player.with(|state| state.worker()) == Some(before) {
        assert!(began.elapsed() < Duration::from_secs(20), "it keeps its players");
        still.miss(&player, 10, 1);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(began.elapsed() > Duration::from_millis(1_900), "{:?}", began.elapsed());
    for _ in 0..50 {
        assert!(still.tick(&player));
    }
    assert_eq!(still.events(), ["TrackStart", "WorkerReplaced"]);
    // One of fifty is borne.
    let now = player.with(|state| state.worker());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        still.miss(&player, 50, 1);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(player.with(|state| state.worker()), now);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_is_told_half_as_often_of_who_has_enough() {
    // Packets that pass through, and those that do not.
    for (volume, expected) in [(100, 20..=22), (50, 39..=41)] {
        let still = Still::new(1).await;
        let player = still.player(1);
        player.apply(Change { volume: Some(volume), ..Change::default() });
        play(&player, "fine", 600_000);
        let enough = if volume == 100 { THROUGH } else { WINDOW };
        let full = || player.with(|state| state.frames.len() + 1 >= enough as usize);
        until("it has what it may have", || {
            still.beat(&player);
            full()
        });
        let told = (0..200).filter(|_| {
            let told = still.beat(&player);
            until("more comes", || !told || full());
            told
        });
        let told = told.count();
        assert!(expected.contains(&told), "{told} of 200 at {volume} %");
        still.node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_goes_between_two_tracks_takes_neither_with_it() {
    let still = Still::new(2).await;
    let player = still.player(1);
    play(&player, "fine", 1_000);
    player.follow(Some(track("fine", 2_000)));
    still.play_up_to_the_turn(&player).await;
    let worker = player.with(|state| state.worker()).unwrap();
    assert!(player.with(|state| state.levels.passes()), "it was Opus before");
    assert!(still.node.grid.drain(&still.node, worker));
    still.play_out(&player);
    assert_eq!(still.heard.load(Ordering::Relaxed), 50 + 100);
    let events = ["TrackStart", "WorkerReplaced", "TrackEnd finished", "TrackStart", "TrackEnd finished"];
    assert_eq!(still.events(), events);
    // And so when nothing of a seek has come yet.
    play(&player, "fine", 10_000);
    for _ in 0..20 {
        assert!(still.tick(&player));
    }
    let before = still.heard.load(Ordering::Relaxed);
    let worker = player.with(|state| {
        state.position = 8_000;
        state.begin(&player, 8_000, false);
        state.worker().unwrap()
    });
    assert!(still.node.grid.drain(&still.node, worker));
    still.play_out(&player);
    let heard = still.heard.load(Ordering::Relaxed) - before;
    assert!((100..=112).contains(&heard), "{heard} frames of two seconds, and of what waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_matters_less_is_served_worse_first() {
    let still = Still::new(1).await;
    let (guest, member) = (still.player(1), still.player(2));
    member.apply(Change { tier: Some(1), ..Change::default() });
    [&guest, &member].into_iter().for_each(|player| play(player, "fine", 600_000));
    let thrifty = |player: &Arc<Player>| player.with(|state| state.tone(&still.node).thrifty);
    let grid = &still.node.grid;
    let refused = |tier| !grid.admit(&still.node, tier, &Needs::default());
    assert!(!thrifty(&guest) && !thrifty(&member) && !refused(0));
    // Rendering takes more than there is, from one moment to the next.
    let strain = || {
        for _ in 0..20 {
            grid.strain(Beat { frames: 100, busy: 30_000, players: 10, ..Beat::default() });
        }
    };
    let mut seen = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) && !refused(0) {
        seen.push((thrifty(&guest), thrifty(&member)));
        strain();
    }
    seen.push((thrifty(&guest), thrifty(&member)));
    seen.dedup();
    // Nobody is refused before everybody is served as cheaply as may be, and those of the lowest tier are the first.
    assert_eq!(seen, [(false, false), (true, false), (true, true)]);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) && !refused(3) {
        strain();
    }
    assert!(refused(0) && refused(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_anybody_coming_tiers_are_served_worse_one_after_the_other() {
    let still = Still::new(1).await;
    let short = || (0..4).map(|tier| still.node.grid.is_short(tier)).filter(|short| *short).count();
    let (mut seen, began) = (Vec::new(), Instant::now());
    while began.elapsed() < Duration::from_secs(20) && short() < 4 {
        seen.push(short());
        for _ in 0..20 {
            still.node.grid.strain(Beat { frames: 100, busy: 30_000, players: 10, ..Beat::default() });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    seen.dedup();
    assert_eq!(seen, [0, 1, 2, 3]);
    assert_eq!(short(), 4);
}
