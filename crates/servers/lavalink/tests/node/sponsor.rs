//! Parts that are skipped, and chapters.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::routing::get;
use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Block, Catalog, Read, SourceError, SourceSettings, Sources, Stream};
use guildhall_lavalink::wire::{Chapter, LoadResult, Segment, Track, TrackInfo};
use serde_json::{Value, json};

use crate::hear::{decode, level};
use crate::town::{Client, Town, until};

const VIDEO: &str = "dQw4w9WgXcQ";

/// Videos of twelve seconds: 300 Hz, but for 900 Hz from three to six and from ten on.
struct Videos(Catalog);

struct Video(u64);

impl Stream for Video {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        if self.0 >= 12 * 48_000 {
            return Ok(Read::End);
        }
        (block.rate, block.channels) = (48_000, 1);
        block.samples.clear();
        for at in self.0..self.0 + 960 {
            let marked = (3 * 48_000..6 * 48_000).contains(&at) || at >= 10 * 48_000;
            let turn = f32::from(u16::try_from(at % 48_000).unwrap()) / 48_000.0 * std::f32::consts::TAU;
            block.samples.push((turn * if marked { 900.0 } else { 300.0 }).sin() * 0.5);
        }
        self.0 += 960;
        Ok(Read::Pcm)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        self.0 = position / 20 * 960;
        Ok(self.0 / 48)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn position(&self) -> u64 {
        self.0 / 48
    }
}

#[async_trait]
impl Sources for Videos {
    async fn load(&self, identifier: &str) -> LoadResult {
        let info = TrackInfo {
            identifier: identifier.to_owned(),
            is_seekable: true,
            author: "The Testers".to_owned(),
            length: 12_000,
            is_stream: false,
            position: 0,
            title: "A Video".to_owned(),
            uri: None,
            artwork_url: None,
            isrc: None,
            source_name: "youtube".to_owned(),
        };
        LoadResult::Track(Box::new(Track::new(info, None)))
    }

    async fn open(&self, _: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let mut video = Video(0);
        video.seek(position)?;
        Ok(Box::new(video))
    }

    fn names(&self) -> Vec<String> {
        vec!["youtube".to_owned()]
    }

    async fn segments(&self, track: &TrackInfo, categories: &[String]) -> Vec<Segment> {
        self.0.segments(track, categories).await
    }

    async fn chapters(&self, _: &TrackInfo) -> Vec<Chapter> {
        let chapter = |name: &str, start, end| Chapter { name: name.to_owned(), start, end, duration: end - start };
        vec![chapter("One", 0, 6_500), chapter("Two", 6_500, 12_000)]
    }

    fn plugins(&self) -> Vec<&'static str> {
        self.0.plugins()
    }
}

/// A node that asks an API of the test, and what that is asked.
async fn town() -> (Town, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    let answer = async move |Path(prefix): Path<String>, RawQuery(query): RawQuery| {
        seen.lock().unwrap().push(format!("{prefix}?{}", query.unwrap_or_default()));
        let part = |category: &str, start: f64, end: f64| json!({ "category": category, "segment": [start, end], "actionType": "skip" });
        axum::Json(json!([
            { "videoID": "another one", "segments": [part("sponsor", 0.0, 12.0)] },
            { "videoID": VIDEO, "segments": [
                part("outro", 10.0, 12.0), part("sponsor", 3.0, 6.0), part("intro", 0.0, 1.0), part("sponsor", 7.0, 7.0), part("sponsor", -1.0, 2.0),
                part("sponsor", 8.0, 1e300),
            ] },
        ]))
    };
    let router = Router::new().route("/sb/api/skipSegments/{prefix}", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/sb/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let fetch = FetchSettings { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() };
    let settings = SourceSettings { fetch, sponsorblock: Some(url), ..SourceSettings::default() };
    let sources = Videos(Catalog::new(settings, None).unwrap());
    let town = Town::of(Arc::new(tempfile::tempdir().unwrap()), Arc::new(sources), |_| {}).await;
    (town, asked)
}

fn path(client: &Client) -> String {
    format!("{}/sponsorblock/categories", client.player_path(1))
}

#[tokio::test]
async fn marked_parts_are_skipped_without_a_gap() {
    let (town, asked) = town().await;
    let mut client = town.client().await;
    let plugins = client.get("/v4/info").await["plugins"].clone();
    assert!(plugins.as_array().unwrap().iter().any(|plugin| plugin["name"] == "sponsorblock-plugin"));
    let (status, _) = client.request("PUT", &path(&client), Some(json!(["sponsor", "outro", "sponsor"]))).await;
    assert_eq!(status, 204);
    assert_eq!(client.get(&path(&client)).await, json!(["outro", "sponsor"]));
    client.join(1).await;
    client.play(1, VIDEO).await;
    client.event("TrackStartEvent").await;
    let sponsor = json!({ "category": "sponsor", "start": 3_000, "end": 6_000 });
    let outro = json!({ "category": "outro", "start": 10_000, "end": 12_000 });
    let loaded = client.event("SegmentsLoaded").await;
    assert_eq!((&loaded["guildId"], &loaded["segments"]), (&json!("1"), &json!([sponsor, outro])));
    assert_eq!(client.event("ChaptersLoaded").await["chapters"].as_array().unwrap().len(), 2);
    let chapter = json!({ "name": "One", "start": 0, "end": 6_500, "duration": 6_500 });
    assert_eq!(client.event("ChapterStarted").await["chapter"], chapter);
    assert_eq!(client.event("SegmentSkipped").await["segment"], sponsor);
    assert_eq!(client.event("ChapterStarted").await["chapter"]["name"], "Two");
    assert_eq!(client.event("SegmentSkipped").await["segment"], outro);
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");

    // Only the beginning of the hash of the name is told.
    let hash = {
        use sha2::Digest as _;
        format!("{:02x}{:02x}", sha2::Sha256::digest(VIDEO)[0], sha2::Sha256::digest(VIDEO)[1])
    };
    let query = "categories=%5B%22outro%22%2C%22sponsor%22%5D&actionTypes=%5B%22skip%22%5D";
    assert_eq!(*asked.lock().unwrap(), [format!("{hash}?{query}")]);

    let frames = town.heard().frames();
    assert!((348..=353).contains(&frames.len()), "seven seconds: {}", frames.len());
    let samples = decode(&frames);
    for (at, piece) in samples.chunks(4_800).enumerate() {
        assert!(level(piece, 900.0) < 0.05, "what is marked is heard after {} ms", at * 100);
    }
    let longest = frames.windows(2).map(|pair| pair[1].0 - pair[0].0).max().unwrap();
    assert!(longest.as_millis() < 200, "a gap of {longest:?}");
}

#[tokio::test]
async fn who_does_not_ask_hears_all_of_it() {
    let (town, asked) = town().await;
    let mut client = town.client().await;
    client.join(1).await;
    assert_eq!(client.request("GET", &path(&client), None).await.0, 404);
    client.play(1, VIDEO).await;
    client.event("TrackStartEvent").await;
    client.patch(1, json!({ "position": 11_000 })).await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    assert_eq!(asked.lock().unwrap().len(), 0);
    // Asked for in the middle, and not any more.
    client.play(1, VIDEO).await;
    client.event("TrackStartEvent").await;
    client.request("PUT", &path(&client), Some(json!(["intro"]))).await;
    client.event("SegmentsLoaded").await;
    client.event("ChaptersLoaded").await;
    assert_eq!(client.request("DELETE", &path(&client), None).await.0, 204);
    assert_eq!(client.request("GET", &path(&client), None).await.0, 404);
    client.play(1, VIDEO).await;
    until("it was asked once", || asked.lock().unwrap().len() == 1).await;
    for wrong in [json!({}), json!([1]), json!(["Sponsor"]), json!([""]), json!(["a\"b"]), json!(["x".repeat(41)])] {
        assert_eq!(client.request("PUT", &path(&client), Some(wrong)).await.0, 400);
    }
    assert_eq!(client.request("GET", "/v4/sessions/none/players/1/sponsorblock/categories", None).await.0, 404);
    let none = Town::new().await;
    let client = none.client().await;
    let (status, problem) = client.request("PUT", &path(&client), Some(json!(["sponsor"]))).await;
    assert_eq!((status, &problem["message"]), (404, &Value::from("sponsorblock is switched off")));
}
