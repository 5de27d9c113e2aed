//! Sessions that outlive their socket, and their node.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use guildhall_lavalink::source::{SourceError, Sources, Stream, Tones};
use guildhall_lavalink::wire::{LoadResult, TrackInfo};
use serde_json::json;

use crate::hear::{assert_tone, decode, level};
use crate::town::{Client, PASSWORD, Town, until};

async fn enable(client: &Client, timeout: u64) {
    let path = format!("/v4/sessions/{}", client.session);
    let (status, state) = client.request("PATCH", &path, Some(json!({ "resuming": true, "timeout": timeout }))).await;
    assert_eq!((status, state), (200, json!({ "resuming": true, "timeout": timeout })));
}

#[tokio::test]
async fn a_session_is_resumed_and_hears_what_it_missed() {
    let town = Town::new().await;
    let mut client = town.client().await;
    enable(&client, 30).await;
    client.join(1).await;
    client.play(1, "tone:500:1").await;
    client.event("TrackStartEvent").await;
    let session = client.session.clone();
    drop(client);
    until("the track is over", || town.heard().frames().len() >= 50).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    assert!(client.resumed);
    assert_eq!((client.session.as_str(), client.header.as_str()), (session.as_str(), "true"));
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
}

#[tokio::test]
async fn what_was_missed_is_told_after_a_restart_too_and_once() {
    let town = Town::new().await;
    let mut client = town.client().await;
    enable(&client, 60).await;
    client.join(1).await;
    client.play(1, "tone:500:1").await;
    client.event("TrackStartEvent").await;
    let session = client.session.clone();
    drop(client);
    until("the track is over", || town.heard().frames().len() >= 50).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let town = Town::with(town.stop().await, |_| {}).await;
    let mut client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    drop(client);
    let town = Town::with(town.stop().await, |_| {}).await;
    let mut client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    client.join(1).await;
    client.play(1, "tone:500:1").await;
    client.event("TrackStartEvent").await;
}

#[tokio::test]
async fn a_session_without_resuming_ends_with_its_socket() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(1).await;
    client.play(1, "tone:500:60").await;
    let session = client.session.clone();
    drop(client);
    until("its player is gone", || !town.heard().is_open()).await;
    let client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    assert!(!client.resumed);
    assert_ne!(client.session, session);
    assert_eq!(client.header, "false");
}

#[tokio::test]
async fn a_session_that_nobody_comes_back_to_ends() {
    let town = Town::new().await;
    let client = town.client().await;
    enable(&client, 1).await;
    client.join(1).await;
    client.play(1, "tone:500:60").await;
    drop(client);
    until("its player is gone", || !town.heard().is_open()).await;
}

#[tokio::test]
async fn another_socket_takes_a_session_over() {
    let town = Town::new().await;
    let mut first = town.client().await;
    enable(&first, 30).await;
    let second = Client::connect(town.address, &[("session-id", &first.session)]).await.unwrap();
    assert!(second.resumed);
    assert!(first.closed().await);
    second.join(1).await;
    // Somebody else's bot does not get it.
    let stranger = Client::connect(town.address, &[("session-id", &second.session), ("user-id", "5")]).await.unwrap();
    assert!(!stranger.resumed);
}

async fn restart(graceful: bool) {
    let town = Town::new().await;
    let mut client = town.client().await;
    enable(&client, 60).await;
    client.join(7).await;
    let filters = json!({ "tremolo": { "frequency": 4.0, "depth": 0.0625 } });
    client
        .patch(7, json!({ "track": { "identifier": "tone:500:60", "userData": { "a": 1 } }, "position": 20_000, "volume": 90 }))
        .await;
    client.update(|state| state["position"].as_u64().unwrap() > 22_000).await;
    client.patch(7, json!({ "filters": filters })).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let before = client.player(7).await["state"]["position"].as_u64().unwrap();
    let session = client.session.clone();
    drop(client);
    let folder = if graceful { town.stop().await } else { town.kill() };
    let town = Town::with(folder, |_| {}).await;
    until("it plays again", || !town.voice.links().is_empty() && town.heard().frames().len() > 25).await;
    assert_eq!(town.heard().server.token, "token");
    assert_tone(&decode(&town.heard().frames())[9_600..], 500.0, 900.0);
    let client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    assert!(client.resumed);
    let player = client.player(7).await;
    let position = player["state"]["position"].as_u64().unwrap();
    assert!((before.saturating_sub(1_500)..before + 10_000).contains(&position), "{before} {position}");
    assert_eq!(player["volume"], 90);
    assert_eq!(player["filters"], json!({ "tremolo": { "frequency": 4.0, "depth": 0.0625 }, "pluginFilters": {} }));
    assert_eq!(player["track"]["userData"], json!({ "a": 1 }));
    assert!(town.path().join("node.key").exists());
}

#[tokio::test]
async fn what_is_heard_over_a_track_outlasts_the_node() {
    let town = Town::new().await;
    let client = town.client().await;
    enable(&client, 60).await;
    client.join(7).await;
    client.play(7, "tone:500:60").await;
    let path = format!("{}/mix", client.player_path(7));
    let lay = json!({ "track": { "identifier": "tone:900:60" }, "volume": 0.5 });
    let (status, layer) = client.request("POST", &path, Some(lay.clone())).await;
    assert_eq!(status, 201, "{layer}");
    until("it is heard", || town.heard().frames().len() > 100).await;
    let (_, gone) = client.request("POST", &path, Some(lay.clone())).await;
    client.request("DELETE", &format!("{path}/{}", gone["id"].as_str().unwrap()), None).await;
    let session = client.session.clone();
    drop(client);
    let town = Town::with(town.stop().await, |_| {}).await;
    until("it plays again", || !town.voice.links().is_empty() && town.heard().frames().len() > 60).await;
    let heard = decode(&town.heard().frames());
    assert!(level(&heard[9_600..], 900.0) > 0.1 && level(&heard[9_600..], 500.0) > 0.05);
    let client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    let mixes = client.get(&path).await["mixes"].clone();
    assert_eq!((mixes.as_array().unwrap().len(), &mixes[0]["id"]), (1, &layer["id"]));
    assert_eq!((&mixes[0]["track"], &mixes[0]["volume"]), (&layer["track"], &layer["volume"]));
    let position = mixes[0]["position"].as_u64().unwrap();
    assert!((2_500..15_000).contains(&position), "{position}");
    // Its number is not given out again.
    let (_, another) = client.request("POST", &path, Some(lay)).await;
    assert!(another["id"] != layer["id"]);
}

#[tokio::test]
async fn what_follows_is_known_after_a_restart() {
    let town = Town::new().await;
    let client = town.client().await;
    enable(&client, 60).await;
    // A client says what follows, and a queue does; both fade.
    for guild in [7, 8] {
        client.join(guild).await;
        client.patch(guild, json!({ "track": { "identifier": "tone:500:9" }, "crossfade": 1_000 })).await;
    }
    client.patch(7, json!({ "next": { "identifier": "tone:900:60", "userData": { "a": 1 } } })).await;
    let queued = client.get("/v4/loadtracks?identifier=tone:900:60").await["data"]["encoded"].clone();
    let queue = format!("{}/queue/tracks", client.player_path(8));
    assert_eq!(client.request("POST", &queue, Some(json!([{ "encoded": queued }]))).await.0, 200);
    until("both play", || town.voice.links().iter().all(|link| link.frames().len() > 100)).await;
    let session = client.session.clone();
    drop(client);
    let town = Town::with(town.stop().await, |_| {}).await;
    let mut client = Client::connect(town.address, &[("session-id", &session)]).await.unwrap();
    for reason in ["the first", "the second"] {
        assert_eq!(client.event("TrackEndEvent").await["reason"], "finished", "{reason}");
        let began = client.event("TrackStartEvent").await;
        assert!(began["track"]["info"]["identifier"].as_str().unwrap().starts_with("tone:900"), "{began}");
        let said = if began["guildId"] == "7" { json!({ "a": 1 }) } else { json!({}) };
        assert_eq!(began["track"]["userData"], said);
    }
    // The one begins to be heard with the first of it, a second before the other is over.
    let before: Vec<_> = town.voice.links().iter().map(|link| link.frames().len()).collect();
    let on = |(link, before): (&Arc<guildhall_lavalink::voice::Heard>, &usize)| link.frames().len() > before + 75;
    until("both go on", || town.voice.links().iter().zip(&before).all(on)).await;
    for link in town.voice.links() {
        let heard = decode(&link.frames());
        // Both are heard at once for a while.
        let both = heard.chunks_exact(4_800).filter(|piece| level(piece, 500.0) > 0.1 && level(piece, 900.0) > 0.1);
        assert!(both.count() >= 5, "it is faded into");
    }
    assert_eq!(client.get(&queue.replace("/tracks", "")).await["tracks"], json!([]));
}

#[tokio::test]
async fn players_go_on_after_the_node_was_restarted() {
    restart(true).await;
}

#[tokio::test]
async fn players_go_on_after_the_node_was_killed() {
    restart(false).await;
}

/// Tones that are not found at once.
struct Slow;

#[async_trait]
impl Sources for Slow {
    async fn load(&self, identifier: &str) -> LoadResult {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        Tones.load(identifier).await
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        Tones.open(track, position).await
    }

    fn names(&self) -> Vec<String> {
        Tones.names()
    }
}

#[tokio::test]
async fn a_session_that_ends_while_a_track_is_looked_for_gets_no_player() {
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(Slow), |_| {}).await;
    let client = town.client().await;
    let url = format!("http://{}{}", town.address, client.player_path(1));
    let body = json!({ "track": { "identifier": "tone:500" } });
    let request = reqwest::Client::new().patch(url).header("authorization", PASSWORD).json(&body).send();
    let request = tokio::spawn(request);
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(client);
    let answer = request.await.unwrap().unwrap();
    assert_eq!(answer.status(), 404);
    let other = town.client().await;
    assert_eq!(other.get("/v4/stats").await["players"], 0);
}
