//! Workers die by `kill -9`: listeners hear next to nothing of it, clients nothing at all.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use guildhall_lavalink::testing::{Heard, Packet};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::late::Late;
use crate::process::{PASSWORD, PATIENCE, Stage, decode, level, serve};
use crate::sweep;

async fn workers(stage: &Stage) -> Vec<u64> {
    let status = stage.status().await;
    status["workers"].as_array().unwrap().iter().map(|worker| worker["pid"].as_u64().unwrap()).collect()
}

pub(crate) async fn kill(pid: u64) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().await.unwrap().success());
}

pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        // To look costs the voice server time in which it does not listen.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The longest time without a packet from a second before a moment up to another: whoever is never heard again is silent to the end.
fn gap(packets: &[Packet], after: Instant, end: Instant) -> Duration {
    let times = packets.iter().map(|packet| packet.at).filter(|at| *at + Duration::from_secs(1) > after && *at < end);
    let times: Vec<_> = times.chain([end]).collect();
    let first = times[0].saturating_duration_since(after);
    times.windows(2).map(|pair| pair[1].duration_since(pair[0])).fold(first, Duration::max)
}

/// A session, and the events that its client is told.
pub(crate) async fn connect(stage: &Stage) -> (String, UnboundedReceiver<String>) {
    let mut request = format!("ws://{}/v4/websocket", stage.address).into_client_request().unwrap();
    for (name, value) in [("authorization", PASSWORD), ("user-id", "170939974227541168"), ("client-name", "test/1.0")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let greeting = async {
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let ready = socket.next().await.unwrap().unwrap();
        (socket, ready)
    };
    let greeted = tokio::time::timeout(PATIENCE, greeting).await;
    let (mut socket, ready) = greeted.expect("the node greets its client in time");
    let ready: Value = serde_json::from_str(ready.to_text().unwrap()).unwrap();
    let session = ready["sessionId"].as_str().unwrap().to_owned();
    let (events, heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let Ok(message) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default()) else { continue };
            if message["op"] == "event" {
                let _ = events.send(message["type"].as_str().unwrap().to_owned());
            }
        }
    });
    (session, heard)
}

/// What a process holds.
#[derive(Debug)]
struct Holdings {
    files: usize,
    sockets: usize,
    threads: usize,
    /// Children, those included for whose end nobody has asked.
    children: usize,
    /// In KiB, but for files of which others have the same.
    memory: u64,
}

impl Holdings {
    async fn of(pid: u32) -> Self {
        let of = |what: &str| std::fs::read_dir(format!("/proc/{pid}/{what}")).unwrap();
        let links: Vec<_> = of("fd").filter_map(|file| std::fs::read_link(file.ok()?.path()).ok()).collect();
        let children = Command::new("ps").args(["--ppid", &pid.to_string(), "-o", "pid="]).output().await.unwrap();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB")).unwrap();
        Self {
            files: links.len(),
            sockets: links.iter().filter(|link| link.to_string_lossy().starts_with("socket:")).count(),
            threads: of("task").count(),
            children: String::from_utf8(children.stdout).unwrap().lines().count(),
            memory: memory.trim().parse().unwrap(),
        }
    }
}

/// Seconds as the node counts them for its clients.
#[expect(clippy::disallowed_methods, reason = "what is compared is on the wall clock of another process")]
fn wall_clock() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64()
}

/// What was heard of each guild.
fn heard(stage: &Stage) -> BTreeMap<String, Heard> {
    stage.voice.heard().into_iter().map(|heard| (heard.guild_id.clone(), heard)).collect()
}

/// How far what is heard of the track is ahead of the clock, by the last second before a moment.
fn ahead(heard: &Heard, begin: Instant, end: Instant) -> f64 {
    let packets = &heard.packets;
    let upto = packets.partition_point(|packet| packet.at <= end);
    let from = packets.partition_point(|packet| packet.at + Duration::from_secs(1) <= end);
    sweep::ahead(&packets[from..upto], begin)
        .unwrap_or_else(|| panic!("nothing of the track is heard in {}", heard.guild_id))
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_players_outlive_their_workers() {
    const PLAYERS: usize = 50;
    const KILLS: usize = 11;
    let begin = Instant::now();
    let library = tempfile::tempdir().unwrap();
    let folder = library.path().join("library");
    std::fs::create_dir(&folder).unwrap();
    let track = sweep::track();
    std::fs::write(folder.join("sweep.wav"), &track).unwrap();
    let settings = format!("workers = 2\nworker_processes = true\nlibrary = [{:?}]\n", folder.to_str().unwrap());
    let stage = Stage::new(&settings).await;
    let remote = serve(track).await;
    let (session, mut events) = connect(&stage).await;
    let players = format!("/v4/sessions/{session}/players");
    for guild in 1..=PLAYERS {
        let track = if guild.is_multiple_of(2) { "local:library/sweep.wav" } else { remote.as_str() };
        let body = json!({ "voice": stage.voice_state(), "track": { "identifier": track } });
        let (status, answer) = stage.request("PATCH", &format!("{players}/{guild}"), Some(body)).await;
        assert_eq!(status, 200, "{answer}");
    }
    until("all play", async || {
        let heard = stage.voice.heard();
        heard.len() == PLAYERS && heard.iter().all(|heard| heard.packets.len() > 100)
    })
    .await;
    let pid = stage.child.id().unwrap();
    let (mut gaps, mut errors, mut latest, mut once) = (Vec::new(), Vec::new(), Duration::ZERO, None);
    for _ in 0..KILLS {
        let late = Late::watch();
        tokio::time::sleep(Duration::from_secs(1)).await;
        until("there are two", async || self::workers(&stage).await.len() == 2).await;
        let status = stage.status().await;
        let workers = status["workers"].as_array().unwrap();
        // The one that has most of them.
        let dies = workers.iter().max_by_key(|worker| worker["players"].as_u64().unwrap()).unwrap();
        let mine = |player: &&Value| player["worker"] == dies["id"];
        let orphans: Vec<_> = status["players"].as_array().unwrap().iter().filter(mine).collect();
        let orphans: Vec<_> = orphans.iter().map(|player| player["guildId"].as_str().unwrap().to_owned()).collect();
        assert!(orphans.len() >= PLAYERS / 2, "{status:#}");
        let dead = dies["pid"].as_u64().unwrap();
        let killed = Instant::now();
        kill(dead).await;
        // Whoever speaks with one of them just then is answered as ever.
        let path = format!("{players}/{}", orphans[0]);
        let body = json!({ "track": { "userData": { "killed": dead } } });
        let (code, answer) = stage.request("PATCH", &path, Some(body)).await;
        assert_eq!((code, &answer["track"]["userData"]["killed"]), (200, &json!(dead)), "{answer}");
        let (code, answer) = stage.request("GET", &players, None).await;
        assert!(code == 200 && answer.as_array().unwrap().len() == PLAYERS, "{answer}");
        until("it is replaced", async || {
            let now = self::workers(&stage).await;
            now.len() == 2 && !now.contains(&dead)
        })
        .await;
        tokio::time::sleep(Duration::from_secs(3).saturating_sub(killed.elapsed())).await;
        let end = Instant::now();
        let late = late.most();
        latest = latest.max(late);
        let heard = heard(&stage);
        for guild in &orphans {
            gaps.push(gap(&heard[guild].packets, killed, end).saturating_sub(late));
            // Where the track is, by what is heard and by the clock, before and after.
            let error = (ahead(&heard[guild], begin, end) - ahead(&heard[guild], begin, killed)).abs();
            errors.push(error);
            assert!(
                error <= 0.25 + late.as_secs_f64(),
                "guild {guild}: position is wrong by {error} s, and the machine was late by {late:?}"
            );
        }
        if once.is_none() {
            once = Some(Holdings::of(pid).await);
        }
    }
    gaps.sort_unstable();
    errors.sort_unstable_by(f64::total_cmp);
    let p95 = gaps.len() * 95 / 100;
    println!(
        "{} orphans: gaps p95 {:?}, longest {:?}, errors p95 {:.3} s, most {:.3} s; the machine was late by {latest:?}",
        gaps.len(),
        gaps[p95],
        gaps[gaps.len() - 1],
        errors[p95],
        errors[errors.len() - 1],
    );
    assert!(gaps[p95] <= Duration::from_millis(500), "gaps {gaps:?}");
    // What the node says of its players is what is heard of them.
    let late = Late::watch();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (_, told) = stage.request("GET", &players, None).await;
    let (now, clock) = (Instant::now(), wall_clock());
    let (late, all) = (late.most(), heard(&stage));
    for player in told.as_array().unwrap() {
        let of = |key: &str| player["state"][key].as_f64().unwrap() / 1_000.0;
        let heard = &all[player["guildId"].as_str().unwrap()];
        let told = of("position") - of("time") + clock - now.duration_since(begin).as_secs_f64();
        let error = (told - ahead(heard, begin, now)).abs();
        assert!(error <= 0.25 + late.as_secs_f64(), "wrong by {error} s: {player}");
    }
    // Nothing is left behind: no process but the two, no file, no thread, no player more or less, no error told.
    let (once, now) = (once.unwrap(), Holdings::of(pid).await);
    println!("after one: {once:?}, after {KILLS}: {now:?}");
    assert_eq!((once.children, now.children), (2, 2));
    // Each worker is looked at through a file now and then: more than two are those of the dead.
    assert!(now.files <= once.files + 2 && now.sockets <= once.sockets, "{once:?} {now:?}");
    assert!(now.threads <= once.threads && now.memory <= once.memory + 4_096, "{once:?} {now:?}");
    let status = stage.status().await;
    assert_eq!(status["players"].as_array().unwrap().len(), PLAYERS);
    assert_eq!(all.len(), PLAYERS);
    let lost: u64 = all.values().map(|heard| heard.gaps).sum();
    assert!(lost <= stage.voice.dropped() && all.values().all(|heard| heard.forged == 0), "{lost} packets are lost");
    assert_eq!(stage.voice.heard().len(), PLAYERS, "nobody had to join again");
    let mut starts = 0;
    while let Ok(event) = events.try_recv() {
        assert_eq!(event, "TrackStartEvent");
        starts += 1;
    }
    assert_eq!(starts, PLAYERS);
    assert!(!events.is_closed(), "the client's line is the one that it opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_on_another_host_is_killed_and_comes_back() {
    const KEY: &str = "a key that both of them know by heart";
    let stage = Stage::new(&format!("workers = 1\nworkers_listen = \"127.0.0.1:0\"\nworker_key = \"{KEY}\"\n")).await;
    let (session, mut heard) = connect(&stage).await;
    let host = async || {
        let status = stage.status().await;
        status["workers"].as_array().unwrap().iter().find(|worker| worker["kind"] == "host").cloned()
    };
    let play = async |guild: u64| {
        let path = format!("/v4/sessions/{session}/players/{guild}");
        let track = if guild.is_multiple_of(2) { "tone:1000:600" } else { stage.file.as_str() };
        let body = json!({ "voice": stage.voice_state(), "track": { "identifier": track } });
        let (status, answer) = stage.request("PATCH", &path, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
    };
    let all_play = async |count: usize| {
        let before: Vec<_> = stage.voice.heard().iter().map(|heard| heard.packets.len()).collect();
        until("all play", async || {
            let heard = stage.voice.heard();
            let more = |(at, heard): (usize, &Heard)| heard.packets.len() > before.get(at).unwrap_or(&0) + 50;
            heard.len() == count && heard.iter().enumerate().all(more)
        })
        .await;
    };
    let mut worker = stage.worker(KEY);
    until("it has joined", async || host().await.is_some_and(|host| host["history"] != json!([]))).await;
    for guild in 1..=4 {
        play(guild).await;
    }
    all_play(4).await;
    // How many it gets follows how well each is.
    assert!(host().await.unwrap()["players"].as_u64().unwrap() > 0);
    let late = Late::watch();
    let killed = Instant::now();
    worker.kill().await.unwrap();
    all_play(4).await;
    assert!(host().await.is_none());
    let end = Instant::now();
    let gaps: Vec<_> = stage.voice.heard().iter().map(|heard| gap(&heard.packets, killed, end)).collect();
    let most = Duration::from_millis(500) + late.most();
    assert!(gaps.iter().all(|gap| *gap <= most), "{gaps:?}");
    // It comes back, gets players, and is told to stop.
    let mut worker = stage.worker(KEY);
    until("it has joined again", async || host().await.is_some_and(|host| host["history"] != json!([]))).await;
    for guild in 5..=6 {
        play(guild).await;
    }
    all_play(6).await;
    assert!(host().await.unwrap()["players"].as_u64().unwrap() > 0);
    let late = Late::watch();
    let told = Instant::now();
    let pid = worker.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(20), worker.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(host().await.is_none());
    all_play(6).await;
    let (end, late) = (Instant::now(), late.most());
    for heard in stage.voice.heard() {
        let gap = gap(&heard.packets, told, end).saturating_sub(late);
        assert!(gap <= Duration::from_millis(400), "{gap:?}");
        assert!(heard.gaps <= stage.voice.dropped() && heard.forged == 0, "{} of {}", heard.gaps, heard.count);
        assert!(level(&decode(&heard.packets[heard.packets.len() - 40..]), 1000.0) > 0.35);
    }
    assert_eq!(stage.voice.heard().len(), 6, "nobody had to join again");
    while let Ok(event) = heard.try_recv() {
        assert_eq!(event, "TrackStartEvent");
    }
}
