//! Workers of other hosts that a node does not want.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod refuse;

use std::ffi::OsString;
use std::io::BufReader;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use guildhall_db::{Config, Db};
use guildhall_wire::patch::Patch;

use super::hello::{self, Answer, Hello, VERSION};
use super::line::{hear, say};
use super::sealed::{Opener, Sealer, greet};
use super::{Door, Needs, WorkerKey};
use crate::engine::{Beat, Report};
use crate::node::{Node, Settings};
use crate::player::{Change, Start};
use crate::source::{Sources as _, Tones};
use crate::voice::Null;
use crate::wire::LoadResult;

const SECRET: &str = "a secret that is long enough for a key";

async fn node() -> (Arc<Node>, SocketAddr, tempfile::TempDir) {
    node_of(tempfile::tempdir().unwrap(), Vec::new()).await
}

/// A node whose own workers are processes of a command, if there is one.
async fn node_of(
    folder: tempfile::TempDir,
    worker_command: Vec<OsString>,
) -> (Arc<Node>, SocketAddr, tempfile::TempDir) {
    let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let door = Some(Door { listen, key: WorkerKey::new(SECRET).unwrap() });
    let key = folder.path().join("node.key");
    let settings = Settings { workers: 1, clocks: 0, key, door, worker_command, ..Settings::default() };
    let node = Node::start(settings, db, Arc::new(Tones), Arc::new(Null::default())).await.unwrap();
    let door = node.door().unwrap();
    (node, door, folder)
}

/// Knocks, and says who is there.
fn knock(door: SocketAddr, hello: &Hello) -> (BufReader<Opener>, Sealer, Answer, TcpStream) {
    let stream = TcpStream::connect(door).unwrap();
    let key = WorkerKey::new(SECRET).unwrap();
    let (opener, mut sealer) = greet(&stream, &key, true, Instant::now() + Duration::from_secs(20)).unwrap();
    say(&mut sealer, hello).unwrap();
    let mut reader = BufReader::new(opener);
    let answer = hear(&mut reader, &mut Vec::new(), hello::MOST).unwrap().unwrap();
    (reader, sealer, answer, stream)
}

fn hello() -> Hello {
    let sources = ["tone", "local", "nonsense"].map(str::to_owned).to_vec();
    Hello { version: VERSION, program: "0.1.0".to_owned(), host: "there".to_owned(), cores: 8, sources }
}

/// Lives, until nobody listens any more.
fn beat(mut sealer: Sealer) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        while say(&mut sealer, &Report::Beat(Beat::default())).is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

/// Waits for what happens by itself.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_another_version_is_told_so() {
    let (node, door, _folder) = node().await;
    let (.., answer, _stream) = knock(door, &Hello { version: VERSION + 1, ..hello() });
    let Answer::Refused { reason } = answer else { unreachable!("it works") };
    let wanted = format!("the worker (0.1.0) speaks version {} of the protocol, this node (", VERSION + 1);
    assert!(reason.starts_with(&wanted), "{reason}");
    let (.., answer, _stream) = knock(door, &Hello { sources: vec![String::new(); 1_000], ..hello() });
    assert!(matches!(answer, Answer::Refused { .. }));
    assert_eq!(node.grid.view().len(), 1);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_gets_what_it_can_play_once_it_lives() {
    let (node, door, _folder) = node().await;
    let (mut reader, sealer, answer, _stream) = knock(door, &hello());
    let Answer::Welcome { worker } = answer else { unreachable!("it is refused") };
    until("it is there", || node.grid.view().len() == 2);
    let tones = Needs { sources: vec!["tone"], ..Needs::default() };
    let own = node.grid.view()[0].id;
    assert_eq!(node.grid.place(&tones), Some(own));
    assert_eq!(node.grid.place(&tones), Some(own), "nothing was heard of the other yet");
    let lives = beat(sealer);
    until("it lives", || node.grid.place(&tones) == Some(worker));
    // What the node itself does not play, or only from its own files, goes to nobody else.
    for (sources, here) in [(vec!["tone"], true), (vec!["tone", "nonsense"], false), (vec!["other"], false)] {
        let needs = Needs { sources, here, through: false };
        assert_eq!(node.grid.place(&needs), Some(own));
        assert!(!node.grid.serves(worker, &needs) && node.grid.serves(own, &needs));
    }
    // One that was let go is let go for good.
    assert!(node.grid.drain(&node, worker));
    assert!(hear::<serde_json::Value>(&mut reader, &mut Vec::new(), 1_000).is_ok_and(|heard| heard.is_none()));
    lives.join().unwrap();
    assert_eq!(node.grid.view().len(), 1);
    assert!(!node.grid.drain(&node, worker));
    node.stop().await;
    assert!(node.door().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_says_nonsense_is_let_go() {
    let (node, door, _folder) = node().await;
    let (_reader, mut sealer, answer, _stream) = knock(door, &hello());
    assert!(matches!(answer, Answer::Welcome { .. }));
    until("it is there", || node.grid.view().len() == 2);
    say(&mut sealer, &"what?").unwrap();
    until("it is gone", || node.grid.view().len() == 1);
    // And so is one that says nothing.
    let (_reader, _sealer, answer, _stream) = knock(door, &hello());
    assert!(matches!(answer, Answer::Welcome { .. }));
    until("it is there", || node.grid.view().len() == 2);
    until("it is gone", || node.grid.view().len() == 1);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_lost_again_and_again_gets_nobody_for_a_while() {
    let (node, door, _folder) = node().await;
    let tones = Needs { sources: vec!["tone"], ..Needs::default() };
    let own = node.grid.view()[0].id;
    // Two losses are held against nobody.
    for (losses, welcome) in [(0, true), (1, true), (2, true), (3, false)] {
        let now = Instant::now();
        let mut doubts = super::Doubts::default();
        (0..losses).for_each(|loss| doubts.lost("there", now, now + Duration::from_secs(10 * loss)));
        *node.grid.doubts.lock().unwrap() = doubts;
        let (_reader, sealer, answer, stream) = knock(door, &hello());
        let Answer::Welcome { worker } = answer else { unreachable!("it is refused") };
        let lives = beat(sealer);
        until("it lives", || node.grid.worker(worker).is_some_and(|worker| worker.is_ready()));
        // It has fewer players than the other.
        let lent = [node.grid.place(&tones), node.grid.place(&tones)];
        assert_eq!(lent.contains(&Some(worker)), welcome, "{losses}");
        // Where there is nobody else, it is better than nobody.
        node.grid.worker(own).unwrap().draining.store(true, Ordering::Relaxed);
        assert_eq!(node.grid.place(&tones), Some(worker));
        node.grid.worker(own).unwrap().draining.store(false, Ordering::Relaxed);
        node.grid.worker(own).unwrap().players.store(0, Ordering::Relaxed);
        stream.shutdown(std::net::Shutdown::Both).unwrap();
        lives.join().unwrap();
        until("it is gone", || node.grid.view().len() == 1);
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_comes_for_one_that_is_let_go_however_many_see_it() {
    let (node, _door, _folder) = node().await;
    for _ in 0..20 {
        let leaving = node.grid.view().into_iter().find(|worker| !worker.draining).unwrap().id;
        node.grid.worker(leaving).unwrap().retire(Instant::now());
        let barrier = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    node.grid.fill(&node);
                });
            }
        });
        assert_eq!(node.grid.view().iter().filter(|worker| !worker.draining).count(), 1);
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processors_of_other_hosts_count_once_each() {
    let (node, door, _folder) = node().await;
    let own = std::thread::available_parallelism().unwrap().get();
    let room = || {
        let workers = node.grid.workers.lock().unwrap().clone();
        super::worker::room(workers.iter().map(Arc::as_ref), own)
    };
    let own = f64::from(u32::try_from(own).unwrap());
    let is = |cores: f64, renderers: f64| {
        let found = room();
        (found.0 - cores).abs() < 0.01 && (found.1 - renderers).abs() < 0.01
    };
    assert!(is(own, 1.0), "one worker of the node: {:?}", room());
    let mut there = Vec::new();
    // Two of a machine with one processor, and one of another with many.
    for (host, cores, all, renderers) in [("one", 1, 1.0, 2.0), ("one", 1, 1.0, 2.0), ("other", 8, 9.0, 3.0)] {
        let before = node.grid.view().len();
        let (reader, sealer, _answer, stream) = knock(door, &Hello { host: host.to_owned(), cores, ..hello() });
        there.push((reader, stream, beat(sealer)));
        until("it is there", || node.grid.view().len() > before);
        assert!(is(own + all, renderers), "{host}: {:?}", room());
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn players_for_whom_there_was_no_worker_get_the_first_that_comes() {
    let nowhere = vec![OsString::from("/nowhere/is/such/a/program")];
    let (node, door, _folder) = node_of(tempfile::tempdir().unwrap(), nowhere).await;
    assert!(node.grid.view().is_empty());
    let session = node.open_session(1, "test".to_owned());
    let player = session.player_or_new(&node, 1).unwrap();
    let LoadResult::Track(track) = Tones.load("tone:440:60").await else { unreachable!("a tone is a track") };
    let start = Start { track: *track, position: 0 };
    player.apply(Change { track: Patch::Value(start), ..Change::default() });
    assert_eq!(player.with(|state| state.worker()), None);
    let (_reader, sealer, answer, _stream) = knock(door, &hello());
    let Answer::Welcome { worker } = answer else { unreachable!("it is refused") };
    let lives = beat(sealer);
    until("it plays there", || player.with(|state| state.worker()) == Some(worker));
    assert_eq!(node.grid.view()[0].players, 1);
    node.stop().await;
    lives.join().unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_cannot_be_started_is_tried_again_and_has_time_to_say_hello() {
    use std::os::unix::fs::OpenOptionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("worker");
    let (node, _door, _folder) = node_of(folder, vec![program.clone().into()]).await;
    assert!(node.grid.view().is_empty());
    {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o700).open(&program).unwrap();
        file.write_all(b"#!/bin/sh\nexec sleep 60\n").unwrap();
    }
    until("there is one", || !node.grid.view().is_empty());
    let first = node.grid.view()[0].id;
    let begun = Instant::now();
    until("it was given up", || node.grid.view().first().is_some_and(|worker| worker.id != first));
    assert!(begun.elapsed() > Duration::from_secs(4), "{:?}", begun.elapsed());
    node.stop().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ends_at_once_is_not_started_at_each_look() {
    let (node, _door, _folder) = node_of(tempfile::tempdir().unwrap(), vec!["false".into()]).await;
    let begun = Instant::now();
    until("it was tried a few times", || node.grid.replaced.load(Ordering::Relaxed) >= 4);
    // Pauses of 100, 200 and 400 milliseconds lie between four.
    assert!(begun.elapsed() > Duration::from_millis(650), "{:?}", begun.elapsed());
    node.stop().await;
}
