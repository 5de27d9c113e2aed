//! Routes of plugins that clients know, and what a node tells of itself.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use guildhall_lavalink::source::{SourceError, Sources, Stream, Tones};
use guildhall_lavalink::wire::{LoadResult, Lyrics, TrackInfo};
use serde_json::{Value, json};

use crate::town::{Client, Town};

/// Tones, of which one is sung. It keeps what it was told and asked for.
#[derive(Default)]
struct Choir {
    settings: Mutex<Vec<Value>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Sources for Choir {
    async fn load(&self, identifier: &str) -> LoadResult {
        self.asked.lock().unwrap().push(identifier.to_owned());
        let mut found = Tones.load(identifier).await;
        if let LoadResult::Track(track) = &mut found {
            track.info.isrc = Some("DEABC2600001".to_owned());
            **track = guildhall_lavalink::wire::Track::new(track.info.clone(), None);
        }
        found
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        Tones.open(track, position).await
    }

    fn names(&self) -> Vec<String> {
        Tones.names()
    }

    async fn lyrics(&self, track: &TrackInfo) -> Option<Lyrics> {
        let text = (track.title == "440 Hz").then(|| "La la la".to_owned());
        let words = |text| Lyrics {
            source_name: "tone".to_owned(),
            provider: "choir".to_owned(),
            text: Some(text),
            lines: Vec::new(),
            plugin: serde_json::Map::default(),
        };
        text.map(words)
    }

    async fn configure(&self, settings: &Value) -> Result<(), String> {
        if settings["choir"]["voices"].is_null() {
            return Err("nothing is said of voices".to_owned());
        }
        self.settings.lock().unwrap().push(settings.clone());
        Ok(())
    }
}

async fn town() -> (Town, Client, Arc<Choir>) {
    let choir = Arc::new(Choir::default());
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), choir.clone(), |_| {}).await;
    let client = town.client().await;
    client.join(1).await;
    (town, client, choir)
}

#[tokio::test]
async fn searches_find_what_is_wanted_of_them() {
    let (_town, client, choir) = town().await;
    let search = async |query: &str| client.request("GET", &format!("/v4/loadsearch?{query}"), None).await;
    let (status, found) = search("query=tone%3A440").await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(found["tracks"][0]["info"]["title"], "440 Hz");
    for kind in ["albums", "artists", "playlists", "texts"] {
        assert_eq!(found[kind], json!([]), "{found}");
    }
    assert_eq!(search("query=tone%3A440&types=track,album").await.1["tracks"][0]["info"]["title"], "440 Hz");
    for nothing in ["query=tone%3A440&types=album", "query=tone%3A440&types=artist,playlist", "query=nobody"] {
        assert_eq!(search(nothing).await, (204, Value::String(String::new())), "{nothing}");
    }
    assert_eq!(search("types=track").await.0, 400);
    assert_eq!(search(&format!("query={}", "x".repeat(1_025))).await.0, 400);
    assert_eq!(choir.asked.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn sources_are_told_their_settings() {
    let (_town, client, choir) = town().await;
    let patch = async |body: Value| client.request("PATCH", "/v4/lavasrc/config", Some(body)).await;
    let settings = json!({ "choir": { "voices": 4 } });
    assert_eq!(patch(settings.clone()).await, (204, Value::String(String::new())));
    assert_eq!(*choir.settings.lock().unwrap(), [settings]);
    let (status, refused) = patch(json!({ "spotify": {} })).await;
    assert_eq!((status, &refused["message"]), (400, &json!("nothing is said of voices")), "{refused}");
    assert_eq!(client.request("PATCH", "/v4/lavasrc/config", None).await.0, 400);
    assert_eq!(choir.settings.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn words_of_what_plays_are_told() {
    let (_town, client, _) = town().await;
    let path = format!("{}/track/lyrics", client.player_path(1));
    assert_eq!(client.request("GET", &path, None).await.0, 404, "nothing plays");
    client.play(1, "tone:440:60").await;
    let (status, words) = client.request("GET", &path, None).await;
    let wanted = json!({ "sourceName": "tone", "provider": "choir", "text": "La la la", "lines": [], "plugin": {} });
    assert_eq!((status, words), (200, wanted));
    client.play(1, "tone:550:60").await;
    assert_eq!(client.request("GET", &path, None).await.0, 204);
    let elsewhere = format!("{}/track/lyrics", client.player_path(2));
    assert_eq!(client.request("GET", &elsewhere, None).await.0, 404);
}

#[tokio::test]
async fn what_follows_an_empty_queue_is_named_after_the_last_track() {
    let (_town, mut client, choir) = town().await;
    let path = format!("{}/queue", client.player_path(1));
    let template = "next:{title}/{author}/{identifier}/{isrc}/{other}";
    client.request("PATCH", &path, Some(json!({ "autoplay": template }))).await;
    client.play(1, "tone:300:1").await;
    client.event("TrackStartEvent").await;
    client.event("TrackEndEvent").await;
    let wanted = "next:300 Hz/Guildhall/tone:300:1/DEABC2600001/{other}";
    crate::town::until("it is looked for", || choir.asked.lock().unwrap().len() > 1).await;
    assert_eq!(choir.asked.lock().unwrap()[1], wanted);
}

#[tokio::test]
async fn a_node_tells_how_it_is() {
    let (_town, client, _) = town().await;
    client.play(1, "tone:440:60").await;
    client.patch(2, json!({ "volume": 50 })).await;
    let mut other = Client::connect(client.address(), &[]).await.unwrap();
    let first = other.message().await;
    assert_eq!(first["op"], "stats", "{first}");
    assert_eq!((&first["players"], &first["playingPlayers"]), (&json!(2), &json!(1)));
    // It has none of its own.
    assert_eq!(first.get("frameStats"), Some(&Value::Null), "{first}");
    let asked = client.get("/v4/stats").await;
    for stats in [&first, &asked] {
        assert!(stats["uptime"].as_u64().is_some_and(|uptime| uptime < 600_000), "{stats}");
        let memory = |key: &str| stats["memory"][key].as_u64().unwrap();
        assert!(memory("used") > 1 << 20 && memory("used") <= memory("allocated"), "{stats}");
        assert!(memory("free") > 0 && memory("reservable") >= memory("free"), "{stats}");
        assert!(stats["cpu"]["cores"].as_u64().unwrap() > 0, "{stats}");
        for load in ["systemLoad", "lavalinkLoad"] {
            assert!((0.0..=1.0).contains(&stats["cpu"][load].as_f64().unwrap()), "{stats}");
        }
    }
}
