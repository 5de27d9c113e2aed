//! What clients send that is not written as the documentation of Lavalink writes it.

use std::sync::Arc;

use async_trait::async_trait;
use guildhall_lavalink::source::{SourceError, Sources, Stream, Tones};
use guildhall_lavalink::wire::{Line, LoadResult, Lyrics, TrackInfo};
use serde_json::json;

use crate::town::Town;

/// Tones that cannot be wound.
struct Live;

#[async_trait]
impl Sources for Live {
    async fn load(&self, identifier: &str) -> LoadResult {
        match Tones.load(identifier).await {
            LoadResult::Track(mut track) => {
                track.info.is_seekable = false;
                LoadResult::Track(track)
            }
            other => other,
        }
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        Tones.open(track, position).await
    }

    fn names(&self) -> Vec<String> {
        Tones.names()
    }
}

#[tokio::test]
async fn numbers_may_come_in_quotes() {
    let town = Town::new().await;
    let client = town.client().await;
    let body = json!({
        "track": { "identifier": "tone:500:60" }, "position": "20000", "endTime": "30000.0", "volume": "50", "crossfade": "0",
        "tier": "1",
    });
    let player = client.patch(1, body).await;
    assert_eq!((player["state"]["position"].as_u64(), player["volume"].as_u64()), (Some(20_000), Some(50)));
    let path = format!("/v4/sessions/{}", client.session);
    let (status, session) = client.request("PATCH", &path, Some(json!({ "resuming": true, "timeout": "90" }))).await;
    assert_eq!((status, session["timeout"].as_u64()), (200, Some(90)));
    for body in
        [json!({ "position": "soon" }), json!({ "volume": "" }), json!({ "volume": "NaN" }), json!({ "tier": [1] })]
    {
        let (status, problem) = client.request("PATCH", &client.player_path(1), Some(body.clone())).await;
        assert_eq!(status, 400, "{body} {problem}");
    }
}

#[tokio::test]
async fn yes_is_said_in_many_ways() {
    let town = Town::new().await;
    let client = town.client().await;
    client.play(1, "tone:500:60").await;
    let body = json!({ "track": { "identifier": "tone:700:60" } });
    for yes in ["true", "True", "TRUE", "1", "yes", "on", "On"] {
        let path = format!("{}?noReplace={yes}", client.player_path(1));
        let (_, kept) = client.request("PATCH", &path, Some(body.clone())).await;
        assert_eq!(kept["track"]["info"]["identifier"], "tone:500:60", "{yes}");
        let (_, problem) = client.request("GET", &format!("/v4/nothing?trace={yes}"), None).await;
        assert!(problem["trace"].is_string(), "{yes}");
    }
    for no in ["false", "False", "0", "", "no"] {
        client.play(1, "tone:500:60").await;
        let path = format!("{}?noReplace={no}", client.player_path(1));
        let (_, replaced) = client.request("PATCH", &path, Some(body.clone())).await;
        assert_eq!(replaced["track"]["info"]["identifier"], "tone:700:60", "{no}");
    }
}

#[tokio::test]
async fn what_cannot_be_wound_is_left_where_it_is() {
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(Live), |_| {}).await;
    let client = town.client().await;
    client.play(1, "tone:500:60").await;
    let player = client.patch(1, json!({ "position": 30_000, "volume": 7 })).await;
    assert_eq!(player["volume"], 7, "the rest of what was said is done");
    assert!(player["state"]["position"].as_u64().unwrap() < 20_000, "{player}");
}

#[tokio::test]
async fn filters_of_plugins_have_to_be_filters() {
    let town = Town::new().await;
    let client = town.client().await;
    for (plugin, name) in [
        (json!({ "echo": false }), "echo"),
        (json!({ "highPass": [1] }), "highPass"),
        (json!({ "reverb": { "mix": "much" } }), "reverb"),
        (json!({ "compressor": { "ratio": null } }), "compressor"),
    ] {
        let filters = json!({ "timescale": { "speed": 1.5 }, "pluginFilters": plugin });
        let (status, problem) =
            client.request("PATCH", &client.player_path(1), Some(json!({ "filters": filters }))).await;
        assert_eq!(status, 400, "{filters}");
        assert!(problem["message"].as_str().unwrap().contains(name), "{problem}");
    }
    let filters = json!({ "pluginFilters": { "echo": null, "another-plugin": false, "reverb": { "mix": 0.2 } } });
    client.patch(1, json!({ "filters": filters })).await;
}

/// Tones with words.
struct Songs;

#[async_trait]
impl Sources for Songs {
    async fn load(&self, identifier: &str) -> LoadResult {
        Tones.load(identifier).await
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        Tones.open(track, position).await
    }

    fn names(&self) -> Vec<String> {
        Tones.names()
    }

    async fn lyrics(&self, track: &TrackInfo) -> Option<Lyrics> {
        let line = |timestamp, line: &str| Line { timestamp, line: line.to_owned(), ..Line::default() };
        let lines = vec![line(200, "One"), line(600, "Two"), line(30_000, "Three"), line(50_000, "Four")];
        track.identifier.starts_with("tone:500").then(|| Lyrics { lines, ..Lyrics::default() })
    }
}

#[tokio::test]
async fn words_are_told_to_who_subscribed() {
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(Songs), |_| {}).await;
    let mut client = town.client().await;
    client.join(1).await;
    let path = format!("{}/lyrics/subscribe", client.player_path(1));
    // Nobody hears of words who did not ask for them.
    client.play(1, "tone:500:60").await;
    client.event("TrackStartEvent").await;
    client.update(|state| state["position"].as_u64().unwrap() > 700).await;
    for _ in 0..2 {
        let (status, _) = client.request("POST", &path, None).await;
        assert_eq!(status, 204);
    }
    let found = client.event("LyricsFoundEvent").await;
    assert_eq!((found["guildId"].as_str(), found["lyrics"]["lines"][1]["line"].as_str()), (Some("1"), Some("Two")));
    // It is in the middle of a line.
    let sung = client.event("LyricsLineEvent").await;
    assert_eq!((sung["lineIndex"].as_u64(), sung["line"]["line"].as_str()), (Some(1), Some("Two")));
    client.patch(1, json!({ "position": 40_000 })).await;
    let sung = client.event("LyricsLineEvent").await;
    assert_eq!((sung["lineIndex"].as_u64(), sung["skipped"].as_bool()), (Some(2), Some(true)));
    client.patch(1, json!({ "position": 0 })).await;
    for index in [0, 1] {
        let sung = client.event("LyricsLineEvent").await;
        assert_eq!((sung["lineIndex"].as_u64(), sung["skipped"].as_bool()), (Some(index), Some(false)));
    }
    let playing = client.play(1, "tone:700:60").await;
    client.event("TrackEndEvent").await;
    client.event("TrackStartEvent").await;
    assert_eq!(client.event("LyricsNotFoundEvent").await["guildId"], "1");
    let (status, _) = client.request("DELETE", &path, None).await;
    assert_eq!(status, 204);
    client.play(1, "tone:500:3").await;
    for kind in ["TrackEndEvent", "TrackStartEvent", "TrackEndEvent"] {
        client.event(kind).await;
    }
    // Where words are looked for by a track, it has two names.
    let songs = client.get("/v4/loadtracks?identifier=tone:500").await;
    for (name, track, status) in
        [("track", &songs["data"], 200), ("encodedTrack", &songs["data"], 200), ("track", &playing["track"], 204)]
    {
        let blob = track["encoded"].as_str().unwrap().replace('+', "%2B");
        assert_eq!(client.request("GET", &format!("/v4/lyrics?{name}={blob}"), None).await.0, status, "{name}");
    }
    let (status, _) = client.request("GET", "/v4/lyrics", None).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn what_waits_is_told_of_and_what_is_stopped_waits_no_longer() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.patch(1, json!({ "track": { "identifier": "tone:500:60" }, "position": 5_000, "paused": true })).await;
    client.event("TrackStartEvent").await;
    for _ in 0..3 {
        client.update(|state| state["position"] == 5_000).await;
    }
    let stopped = client.patch(1, json!({ "track": { "encoded": null } })).await;
    assert_eq!(stopped["paused"], false);
    client.event("TrackEndEvent").await;
    let paused = client.patch(1, json!({ "track": { "encoded": null }, "paused": true })).await;
    assert_eq!(paused["paused"], true);
}
