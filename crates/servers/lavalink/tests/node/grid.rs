//! Workers come and go; nobody notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, SourceSettings};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::hear::{assert_tone, decode, level, longest_gap};
use crate::town::{Client, Town, until};
use crate::upload::wav;

#[tokio::test]
async fn a_drained_worker_takes_nothing_with_it() {
    let town = Town::new().await;
    let client = town.client().await;
    for guild in 1..=6 {
        client.join(guild).await;
        client.play(guild, "tone:500:60").await;
    }
    until("all play", || town.voice.links().iter().all(|link| link.frames().len() > 25)).await;
    let status = client.get("/v4/guildhall/status").await;
    let workers = status["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 2);
    // How they are shared follows what each costs as measured; the worker that goes has some of them.
    let players: Vec<_> = workers.iter().map(|worker| worker["players"].as_u64().unwrap()).collect();
    assert_eq!(players.iter().sum::<u64>(), 6, "{players:?}");
    assert!(players[0] > 0, "{players:?}");
    let (answered, _) = client.request("DELETE", &format!("/v4/guildhall/workers/{}", workers[0]["id"]), None).await;
    assert_eq!(answered, 204);
    let before: Vec<_> = town.voice.links().iter().map(|link| link.frames().len()).collect();
    until("all play on", || {
        town.voice.links().iter().zip(&before).all(|(link, before)| link.frames().len() > before + 50)
    })
    .await;
    for link in town.voice.links() {
        let frames = link.frames();
        let gap = longest_gap(&frames);
        assert!(gap < Duration::from_millis(300), "{gap:?}");
        assert_tone(&decode(&frames)[4_800..], 500.0, 900.0);
    }
    let status = client.get("/v4/guildhall/status").await;
    assert_eq!(status["workers"].as_array().unwrap().len(), 2);
    let (answered, _) = client.request("DELETE", "/v4/guildhall/workers/99", None).await;
    assert_eq!(answered, 404);
    assert_eq!(client.patch(1, json!({})).await["state"]["connected"], true);
}

/// A server that thinks for three quarters of a second about each request; how many of a file there were.
async fn slow() -> (String, Arc<AtomicUsize>) {
    let (sound, asked) = (wav(500.0, 60), Arc::new(AtomicUsize::new(0)));
    let count = asked.clone();
    let answer = async move |headers: HeaderMap| {
        count.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(750)).await;
        let range = headers.get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
        let begin: usize = range.and_then(|range| range.split('-').next()?.parse().ok()).unwrap_or_default();
        let all = sound.len();
        let answer = Response::builder().header("content-type", "audio/wav").header("accept-ranges", "bytes");
        let answer = if range.is_some() {
            answer.status(206).header("content-range", format!("bytes {begin}-{}/{all}", all - 1))
        } else {
            answer
        };
        answer.body(Body::from(sound[begin..].to_vec())).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tone.wav", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/tone.wav", axum::routing::get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, asked)
}

/// Frames of all players that were due and not there.
async fn missed(client: &Client) -> u64 {
    let status = client.get("/v4/guildhall/status").await;
    status["players"].as_array().unwrap().iter().map(|player| player["nulled"].as_u64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_worker_goes_when_slow_tracks_are_open_elsewhere() {
    let (url, asked) = slow().await;
    let fetch = FetchSettings { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() };
    let sources = Catalog::new(SourceSettings { fetch, http: true, ..SourceSettings::default() }, None).unwrap();
    let one = |settings: &mut guildhall_lavalink::Settings| settings.workers = 1;
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(sources), one).await;
    let client = town.client().await;
    for guild in 1..=3 {
        client.join(guild).await;
        client.play(guild, &url).await;
    }
    until("all play", || town.voice.links().iter().all(|link| link.frames().len() > 50)).await;
    let workers = |status: Value| {
        let ids = status["workers"].as_array().unwrap().iter().map(|worker| worker["id"].as_u64().unwrap());
        ids.collect::<Vec<_>>()
    };
    let old = workers(client.get("/v4/guildhall/status").await)[0];
    let (before, opened) = (missed(&client).await, asked.load(Ordering::SeqCst));
    let (answered, _) = client.request("DELETE", &format!("/v4/guildhall/workers/{old}"), None).await;
    assert_eq!(answered, 204);
    // Once that is answered the old one is gone, and another was there for everybody before.
    let now = workers(client.get("/v4/guildhall/status").await);
    assert!(now.len() == 1 && now[0] != old, "{now:?}");
    let frames: Vec<_> = town.voice.links().iter().map(|link| link.frames().len()).collect();
    until("all play on", || {
        town.voice.links().iter().zip(&frames).all(|(link, before)| link.frames().len() > before + 50)
    })
    .await;
    assert!(asked.load(Ordering::SeqCst) >= opened + 3, "each was opened anew");
    assert_eq!(missed(&client).await, before, "no frame is missing");
    assert_eq!(town.voice.links().len(), 3, "nobody had to join again");
    for link in town.voice.links() {
        let heard = decode(&link.frames());
        // Any millisecond that is missing or heard twice turns the tone against itself.
        assert_tone(&heard[4_800..], 500.0, 900.0);
        let quiet = heard[4_800..].chunks_exact(2_400).filter(|piece| level(piece, 500.0) < 0.35).count();
        assert_eq!(quiet, 0, "twentieths of a second without the tone");
    }
}
