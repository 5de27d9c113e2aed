//! Workers on other hosts: they come, play, and go in all ways in which somebody can go.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use guildhall_lavalink::source::{Block, Read, SourceError, Sources, Stream, Tones};
use guildhall_lavalink::wire::{LoadResult, TrackInfo};
use guildhall_lavalink::{Door, Join, WorkerKey, join};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

use crate::hear::{assert_tone, decode, level, longest_gap};
use crate::town::{Client, Town, until};

const SECRET: &str = "a secret that is long enough for a key";

/// Tones, some of which are files of the node and some of which fail on other hosts.
struct Shelf {
    abroad: bool,
}

#[async_trait]
impl Sources for Shelf {
    async fn load(&self, identifier: &str) -> LoadResult {
        let mut found = Tones.load(&identifier.replace("file:", "tone:")).await;
        if let LoadResult::Track(track) = &mut found
            && identifier.starts_with("file:")
        {
            let info = TrackInfo { source_name: "file".to_owned(), ..track.info.clone() };
            **track = guildhall_lavalink::wire::Track::new(info, None);
        }
        found
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if self.abroad && (track.source_name == "file" || track.identifier.starts_with("tone:700")) {
            return Err(SourceError::common("It is not to be had here.", "on purpose"));
        }
        let stream = Tones.open(track, position).await?;
        Ok(if self.abroad && track.identifier.starts_with("tone:800") { Box::new(Slow(stream)) } else { stream })
    }

    fn names(&self) -> Vec<String> {
        ["tone", "file"].map(str::to_owned).to_vec()
    }

    fn elsewhere(&self) -> Vec<String> {
        vec!["tone".to_owned()]
    }
}

/// Sound that comes at a third of the speed at which it is heard.
struct Slow(Box<dyn Stream>);

impl Stream for Slow {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        std::thread::sleep(Duration::from_millis(60));
        self.0.read(block)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.0.seek(position)
    }

    fn seekable(&self) -> bool {
        self.0.seekable()
    }

    fn position(&self) -> u64 {
        self.0.position()
    }
}

/// What lies between a worker and its node.
struct Wire {
    address: SocketAddr,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    /// Nothing gets through, and nobody hears of it.
    Frozen,
    /// Rises with each cut of all that is connected.
    Cut(u32),
}

impl Wire {
    async fn to(door: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, watched) = watch::channel(State::Open);
        tokio::spawn(async move {
            while let Ok((worker, _)) = listener.accept().await {
                let Ok(node) = TcpStream::connect(door).await else { continue };
                let (from_worker, to_worker) = worker.into_split();
                let (from_node, to_node) = node.into_split();
                tokio::spawn(pass(from_worker, to_node, watched.clone()));
                tokio::spawn(pass(from_node, to_worker, watched.clone()));
            }
        });
        Self { address, state }
    }

    fn cut(&self) {
        self.state.send_modify(|state| {
            *state = State::Cut(if let State::Cut(count) = state { *count + 1 } else { 0 });
        });
    }
}

async fn pass(
    from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut state: watch::Receiver<State>,
) {
    state.mark_unchanged();
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let frozen = *state.borrow() == State::Frozen;
        tokio::select! {
            changed = state.changed() => {
                if changed.is_err() || matches!(*state.borrow(), State::Cut(_)) {
                    return;
                }
            }
            ready = from.readable(), if !frozen => {
                ready.unwrap();
                match from.try_read(&mut bytes) {
                    Ok(0) => return,
                    Ok(count) => if to.write_all(&bytes[..count]).await.is_err() { return },
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        }
    }
}

/// A worker on another host, in this process.
struct Elsewhere {
    stop: Option<oneshot::Sender<()>>,
    done: tokio::task::JoinHandle<()>,
}

impl Elsewhere {
    fn start(node: SocketAddr, secret: &str) -> Self {
        let (stop, stopped) = oneshot::channel();
        let to = Join { node: node.to_string(), key: WorkerKey::new(secret).unwrap(), workers: 1 };
        let done = tokio::spawn(async move {
            let stopped = async { _ = stopped.await };
            join(to, Arc::new(Shelf { abroad: true }), stopped).await.unwrap();
        });
        Self { stop: Some(stop), done }
    }

    /// Has it leave.
    async fn leave(mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.done.await.unwrap();
    }
}

async fn town() -> Town {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let door = Door { listen: SocketAddr::from(([127, 0, 0, 1], 0)), key: WorkerKey::new(SECRET).unwrap() };
    Town::of(folder, Arc::new(Shelf { abroad: false }), |settings| {
        settings.workers = 1;
        settings.door = Some(door);
    })
    .await
}

/// The worker of another host that is there, if one is.
async fn host(client: &Client) -> Option<Value> {
    let status = client.get("/v4/guildhall/status").await;
    status["workers"].as_array().unwrap().iter().find(|worker| worker["kind"] == "host").cloned()
}

/// Waits for one to come, other than an old one.
async fn joined(client: &Client, old: Option<u64>) -> u64 {
    for _ in 0..1_500 {
        if let Some(host) = host(client).await
            && host["id"].as_u64() != old
            && host["history"] != json!([])
        {
            assert!(host["address"].as_str().unwrap().starts_with("127.0.0.1:") && host["pid"].is_null(), "{host}");
            return host["id"].as_u64().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no worker has joined");
}

/// Which worker plays for a guild.
async fn of(client: &Client, guild: u64) -> u64 {
    let status = client.get("/v4/guildhall/status").await;
    let (players, guild) = (status["players"].as_array().unwrap(), guild.to_string());
    players.iter().find(|player| player["guildId"] == guild.as_str()).unwrap()["worker"].as_u64().unwrap()
}

async fn play_on(town: &Town, frames: usize) {
    let open: Vec<_> = town.voice.links().into_iter().filter(|link| link.is_open()).collect();
    let before: Vec<_> = open.iter().map(|link| link.frames().len()).collect();
    until("all play on", || open.iter().zip(&before).all(|(link, before)| link.frames().len() > before + frames)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn players_outlive_a_worker_on_another_host_whichever_way_it_goes() {
    let town = town().await;
    let client = town.client().await;
    let wire = Wire::to(town.node.door().unwrap()).await;
    let elsewhere = Elsewhere::start(wire.address, SECRET);
    let mut there = joined(&client, None).await;
    for guild in 1..=4 {
        client.join(guild).await;
        client.play(guild, "tone:500:600").await;
    }
    play_on(&town, 50).await;
    // On a busy machine one of them is given to the node's own worker first, and moves.
    let begun = Instant::now();
    while host(&client).await.unwrap()["players"] != 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "they are not shared out");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // It hangs up, is not heard any more, is let go, and leaves: each time it has two of four players.
    for way in ["cut", "frozen", "drained", "left"] {
        if way != "cut" {
            for guild in 1..=2 {
                client.play(guild + 10, "tone:500:600").await;
            }
            let guests = [of(&client, 11).await, of(&client, 12).await];
            assert_eq!(guests, [there; 2], "who has come back gets players again");
            client.join(11).await;
            client.join(12).await;
        }
        play_on(&town, 25).await;
        match way {
            "cut" => wire.cut(),
            "frozen" => _ = wire.state.send(State::Frozen),
            "drained" => {
                assert_eq!(client.request("DELETE", &format!("/v4/guildhall/workers/{there}"), None).await.0, 204);
            }
            _ => break,
        }
        play_on(&town, 50).await;
        if way == "frozen" {
            assert!(host(&client).await.is_none());
            wire.cut();
        }
        there = joined(&client, Some(there)).await;
        for guild in [11, 12] {
            let _ = client.request("DELETE", &client.player_path(guild), None).await;
        }
    }
    elsewhere.leave().await;
    assert!(host(&client).await.is_none());
    for link in town.voice.links() {
        let frames = link.frames();
        let gap = longest_gap(&frames);
        // 240 ms are there when it falls silent, and 300 ms have to pass.
        assert!(gap < Duration::from_millis(500), "{gap:?}");
        assert_tone(&decode(&frames)[4_800..], 500.0, 900.0);
    }
    let metrics = client.request("GET", "/metrics", None).await.1;
    assert!(metrics.as_str().unwrap().contains("lavalink_workers{kind=\"host\"} 0"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_here_is_played_here() {
    let town = town().await;
    let client = town.client().await;
    let _elsewhere = Elsewhere::start(town.node.door().unwrap(), SECRET);
    let there = joined(&client, None).await;
    for (guild, identifier) in [(1, "tone:500:60"), (2, "tone:500:4"), (3, "file:500:60"), (4, "file:500:60")] {
        client.join(guild).await;
        client.play(guild, identifier).await;
    }
    let home = of(&client, 1).await;
    assert_eq!([of(&client, 2).await, of(&client, 3).await, of(&client, 4).await], [there, home, home]);
    play_on(&town, 25).await;
    // What follows is a file: it moves before.
    client.patch(2, json!({ "next": { "identifier": "file:900:60" } })).await;
    assert_eq!(of(&client, 2).await, home);
    // Something over a track, too.
    client.join(5).await;
    client.play(5, "tone:500:60").await;
    play_on(&town, 25).await;
    assert_eq!(of(&client, 5).await, there);
    let body = json!({ "track": { "identifier": "file:900:1" }, "volume": 1.0 });
    let (status, _) = client.request("POST", &format!("{}/mix", client.player_path(5)), Some(body)).await;
    assert_eq!(status, 201);
    assert_eq!(of(&client, 5).await, home);
    // What cannot be opened there is tried here, once.
    client.join(6).await;
    client.play(6, "tone:700:60").await;
    let tried = town.voice.links().last().unwrap().clone();
    until("it is heard", || tried.frames().len() > 25).await;
    assert_eq!(of(&client, 6).await, home);
    // A track that begins may go anywhere again.
    client.play(3, "tone:500:60").await;
    assert_eq!(of(&client, 3).await, home);
    let turned = town.voice.links()[1].clone();
    until("the file is heard", || {
        let frames = turned.frames();
        frames.len() > 5 * 50 && level(&decode(&frames[frames.len() - 25..]), 900.0) > 0.35
    })
    .await;
    let frames = turned.frames();
    assert!(longest_gap(&frames) < Duration::from_millis(300));
    // Four seconds of the one, and then the other: nothing is heard twice and nothing is left out.
    let samples = decode(&frames);
    let first: Vec<_> = samples.chunks_exact(4_800).take_while(|piece| level(piece, 500.0) > 0.25).collect();
    assert!((39..=41).contains(&first.len()), "{}", first.len());
    let laid = decode(&town.voice.links()[4].frames());
    let loud = laid.chunks_exact(4_800).filter(|piece| level(piece, 900.0) > 0.2).count();
    assert!((8..=11).contains(&loud), "{loud} tenths of a second of what was laid over it");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_the_door_hurts_anybody() {
    let town = town().await;
    let client = town.client().await;
    let door = town.node.door().unwrap();
    client.join(1).await;
    client.play(1, "tone:500:60").await;
    play_on(&town, 10).await;
    let _wrong = Elsewhere::start(door, "another secret that is long enough for a key");
    // Some say nothing, some too much, some what nobody understands.
    let mut silent = Vec::new();
    for number in 0..60 {
        let Ok(mut stream) = TcpStream::connect(door).await else { continue };
        match number % 3 {
            0 => _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await,
            1 => _ = stream.write_all(&vec![0xFF; 200_000]).await,
            _ => silent.push(stream),
        }
    }
    play_on(&town, 25).await;
    assert!(host(&client).await.is_none());
    // Who is honest gets in, if not at once.
    let elsewhere = Elsewhere::start(door, SECRET);
    let there = joined(&client, None).await;
    client.join(2).await;
    client.play(2, "tone:500:60").await;
    assert_eq!(of(&client, 2).await, there);
    play_on(&town, 25).await;
    // The silent were sent away by then, and those that were too many at once.
    for mut stream in silent {
        let mut room = [0];
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut room)).await;
        assert!(matches!(read.expect("nobody waits for it"), Ok(0) | Err(_)));
    }
    let frames = town.voice.links()[0].frames();
    assert!(longest_gap(&frames) < Duration::from_millis(300));
    assert_tone(&decode(&frames)[4_800..], 500.0, 900.0);
    elsewhere.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn players_go_back_to_a_host_that_is_there_again_and_nobody_hears_it() {
    let town = town().await;
    let client = town.client().await;
    let wire = Wire::to(town.node.door().unwrap()).await;
    for guild in 1..=4 {
        client.join(guild).await;
        client.play(guild, "tone:500:120").await;
    }
    client.join(5).await;
    client.play(5, "file:500:120").await;
    play_on(&town, 25).await;
    let elsewhere = Elsewhere::start(wire.address, SECRET);
    let mut there = joined(&client, None).await;
    for way in ["came", "came back"] {
        // Three of five are worth no more moves, and what is only here stays here.
        let begun = Instant::now();
        while host(&client).await.is_none_or(|host| host["players"] != 2) {
            assert!(begun.elapsed() < Duration::from_secs(40), "who {way} gets nobody");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        play_on(&town, 200).await;
        let mut moved = 0;
        for guild in 1..=4 {
            moved += usize::from(of(&client, guild).await == there);
        }
        assert!(moved == 2 && of(&client, 5).await != there, "{moved}");
        if way == "came" {
            for link in town.voice.links() {
                let frames = link.frames();
                assert!(longest_gap(&frames) < Duration::from_millis(300));
                // Over so many seconds, any millisecond that is missing or heard twice turns the tone against itself.
                assert_tone(&decode(&frames)[4_800..], 500.0, 900.0);
            }
            wire.cut();
            there = joined(&client, Some(there)).await;
        }
    }
    elsewhere.leave().await;
    for link in town.voice.links() {
        let frames = link.frames();
        assert!(longest_gap(&frames) < Duration::from_millis(500));
        let quiet = decode(&frames).chunks_exact(4_800).filter(|piece| level(piece, 500.0) < 0.35).count();
        assert!(quiet <= 4, "{quiet} tenths of a second without the tone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_to_a_host_too_slowly_is_played_here() {
    let town = town().await;
    let client = town.client().await;
    let _elsewhere = Elsewhere::start(town.node.door().unwrap(), SECRET);
    let there = joined(&client, None).await;
    for guild in [1, 2] {
        client.join(guild).await;
        client.play(guild, "tone:800:60").await;
    }
    let workers = [of(&client, 1).await, of(&client, 2).await];
    let slow = workers.iter().position(|worker| *worker == there).expect("one of two is given to the host");
    let home = workers[1 - slow];
    let guild = [1, 2][slow];
    let begun = Instant::now();
    while of(&client, guild).await != home {
        assert!(begun.elapsed() < Duration::from_secs(20), "it stays where it comes too slowly");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // From there on nothing is missing.
    let link = town.voice.links()[slow].clone();
    let before = link.frames().len();
    until("it plays on", || link.frames().len() > before + 100).await;
    let frames = link.frames();
    assert!(longest_gap(&frames[before + 25..]) < Duration::from_millis(300));
    assert!(level(&decode(&frames[frames.len() - 50..]), 800.0) > 0.35);
    assert!(host(&client).await.is_some(), "the host has done nothing wrong");
}
