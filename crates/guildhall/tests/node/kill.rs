//! Workers die by `kill -9`: listeners hear next to nothing of it, clients nothing at all.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use guildhall_lavalink::testing::{Heard, Packet};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::process::{PASSWORD, PATIENCE, Stage, decode, level};

async fn workers(stage: &Stage) -> Vec<u64> {
    let status = stage.status().await;
    status["workers"].as_array().unwrap().iter().map(|worker| worker["pid"].as_u64().unwrap()).collect()
}

async fn kill(pid: u64) {
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

/// The longest time between two packets that came after a moment.
fn gap(packets: &[Packet], after: Instant) -> Duration {
    let late: Vec<_> = packets.iter().filter(|packet| packet.at + Duration::from_secs(1) > after).collect();
    late.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).max().unwrap_or_default()
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

#[tokio::test(flavor = "multi_thread")]
async fn fifty_players_outlive_their_workers() {
    const PLAYERS: usize = 50;
    let stage = Stage::new("workers = 2\nworker_processes = true\n").await;
    let (session, mut heard) = connect(&stage).await;
    for guild in 1..=PLAYERS {
        let path = format!("/v4/sessions/{session}/players/{guild}");
        let body = json!({ "voice": stage.voice_state(), "track": { "identifier": "tone:500:600" } });
        let (status, answer) = stage.request("PATCH", &path, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
    }
    until("all play", async || {
        let heard = stage.voice.heard();
        heard.len() == PLAYERS && heard.iter().all(|heard| heard.packets.len() > 100)
    })
    .await;
    let begun: BTreeSet<u64> = workers(&stage).await.into_iter().collect();
    assert_eq!(begun.len(), 2);
    // What was heard and when that was, by the node's own clock: how long it takes to ask does not matter.
    let state = |player: &Value, key: &str| player["state"][key].as_u64().unwrap();
    let (_, before) = stage.request("GET", &format!("/v4/sessions/{session}/players"), None).await;
    // One worker carries half of the players.
    let killed = Instant::now();
    kill(*begun.first().unwrap()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut gaps: Vec<_> = stage.voice.heard().iter().map(|heard| gap(&heard.packets, killed)).collect();
    gaps.sort_unstable();
    let p95 = gaps[PLAYERS * 95 / 100];
    assert!(p95 <= Duration::from_millis(500), "gaps {gaps:?}");
    let (_, after) = stage.request("GET", &format!("/v4/sessions/{session}/players"), None).await;
    for (before, after) in before.as_array().unwrap().iter().zip(after.as_array().unwrap()) {
        assert_eq!(before["guildId"], after["guildId"]);
        let passed = state(after, "time") - state(before, "time");
        let error = state(after, "position").abs_diff(state(before, "position") + passed);
        assert!(error <= 250, "position is wrong by {error} ms");
    }
    // Ten more in a row.
    for _ in 0..10 {
        let pids = workers(&stage).await;
        kill(pids[0]).await;
        until("it is replaced", async || {
            let now = workers(&stage).await;
            now.len() == 2 && !now.contains(&pids[0])
        })
        .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let counts: Vec<_> = stage.voice.heard().iter().map(|heard| heard.packets.len()).collect();
    until("all play on", async || {
        stage.voice.heard().iter().zip(&counts).all(|(heard, count)| heard.packets.len() > count + 50)
    })
    .await;
    // Nothing is left behind: no process but the two, no player more or less, no error told.
    let children = Command::new("ps").args(["--ppid", &stage.child.id().unwrap().to_string(), "-o", "pid="]).output();
    let children = String::from_utf8(children.await.unwrap().stdout).unwrap();
    assert_eq!(children.lines().count(), 2, "{children}");
    let status = stage.status().await;
    assert_eq!(status["players"].as_array().unwrap().len(), PLAYERS);
    for heard in stage.voice.heard() {
        // A busy machine drops a datagram now and then.
        assert!(heard.gaps <= heard.count / 50 && heard.forged == 0, "{} of {}", heard.gaps, heard.count);
        let tail = &heard.packets[heard.packets.len() - 40..];
        assert!(level(&decode(tail), 500.0) > 0.35);
    }
    assert_eq!(stage.voice.heard().len(), PLAYERS, "nobody had to join again");
    while let Ok(event) = heard.try_recv() {
        assert_eq!(event, "TrackStartEvent");
    }
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
    let killed = Instant::now();
    worker.kill().await.unwrap();
    all_play(4).await;
    assert!(host().await.is_none());
    let gaps: Vec<_> = stage.voice.heard().iter().map(|heard| gap(&heard.packets, killed)).collect();
    assert!(gaps.iter().filter(|gap| **gap > Duration::from_millis(500)).count() <= 1, "{gaps:?}");
    // It comes back, gets players, and is told to stop.
    let mut worker = stage.worker(KEY);
    until("it has joined again", async || host().await.is_some_and(|host| host["history"] != json!([]))).await;
    for guild in 5..=6 {
        play(guild).await;
    }
    all_play(6).await;
    assert!(host().await.unwrap()["players"].as_u64().unwrap() > 0);
    let told = Instant::now();
    let pid = worker.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(20), worker.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
    assert!(host().await.is_none());
    all_play(6).await;
    for heard in stage.voice.heard() {
        assert!(gap(&heard.packets, told) <= Duration::from_millis(400), "{:?}", gap(&heard.packets, told));
        assert!(heard.gaps <= heard.count / 50 && heard.forged == 0, "{} of {}", heard.gaps, heard.count);
        assert!(level(&decode(&heard.packets[heard.packets.len() - 40..]), 1000.0) > 0.35);
    }
    assert_eq!(stage.voice.heard().len(), 6, "nobody had to join again");
    while let Ok(event) = heard.try_recv() {
        assert_eq!(event, "TrackStartEvent");
    }
}
