//! Files that clients bring.

use std::sync::Arc;

use futures_util::StreamExt as _;
use guildhall_db::{Config, Db};
use guildhall_lavalink::source::{Catalog, SourceSettings, UploadSettings};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::hear::{assert_tone, decode};
use crate::town::{Client, PASSWORD, Town, until};

const PATH: &str = "/v4/guildhall/uploads";

async fn town(folder: Arc<TempDir>, file: u64, quota: u64) -> Town {
    let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
    db.migrate(guildhall_lavalink::MIGRATIONS).await.unwrap();
    let uploads = UploadSettings { folder: folder.path().join("uploads"), file, quota };
    let settings = SourceSettings { uploads: Some(uploads), ..SourceSettings::default() };
    let sources = Catalog::new(settings, Some(db)).unwrap();
    Town::of(folder, Arc::new(sources), |_| {}).await
}

/// Seconds of a tone as a WAV file.
pub(crate) fn wav(frequency: f32, seconds: u32) -> Vec<u8> {
    let size = seconds * 48_000 * 2;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((size + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(96_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    for at in 0..seconds * 48_000 {
        let phase = f64::from(at) * f64::from(frequency) / 48_000.0 * std::f64::consts::TAU;
        #[expect(clippy::cast_possible_truncation, reason = "a sample")]
        bytes.extend(((phase.sin() * 16_000.0) as i16).to_le_bytes());
    }
    bytes
}

async fn bring(town: &Town, name: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("http://{}{PATH}", town.address)).query(&[("name", name)]);
    let response = request.header("authorization", PASSWORD).body(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn left(town: &Town) -> usize {
    std::fs::read_dir(town.path().join("uploads")).map_or(0, Iterator::count)
}

async fn hears(town: &Town, client: &Client, id: &str) {
    client.join(1).await;
    let player = client.play(1, &format!("upload:{id}")).await;
    assert_eq!(player["track"]["info"]["sourceName"], "upload");
    until("it is heard", || town.heard().frames().len() > 60).await;
    assert_tone(&decode(&town.heard().frames())[9_600..], 500.0, 900.0);
}

#[tokio::test]
async fn a_file_is_brought_played_listed_and_taken_away() {
    let town = town(Arc::new(tempfile::tempdir().unwrap()), 10 << 20, 10 << 20).await;
    let mut client = town.client().await;
    let bytes = wav(500.0, 4);
    let (status, upload) = bring(&town, "Some Body - A \u{1}Tone.wav", bytes.clone()).await;
    assert_eq!(status, 201, "{upload}");
    let id = upload["id"].as_str().unwrap().to_owned();
    let info = &upload["track"]["info"];
    assert_eq!(
        (upload["name"].as_str(), upload["size"].as_u64()),
        (Some("Some Body - A Tone.wav"), Some(bytes.len() as u64))
    );
    assert_eq!((info["title"].as_str(), info["author"].as_str()), (Some("A Tone"), Some("Some Body")));
    assert_eq!((info["length"].as_u64(), info["identifier"].as_str()), (Some(4_000), Some(id.as_str())));
    let found = client.get(&format!("/v4/loadtracks?identifier=upload:{id}")).await;
    assert_eq!((found["loadType"].as_str(), &found["data"]["info"]), (Some("track"), info));
    assert!(client.get("/v4/info").await["sourceManagers"].as_array().unwrap().contains(&json!("upload")));

    // In pieces, of which nobody knows how many there will be.
    let pieces: Vec<_> = bytes.chunks(10_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
    let (status, other) = bring(&town, "", reqwest::Body::wrap_stream(futures_util::stream::iter(pieces))).await;
    assert_eq!((status, &other["track"]["info"]["title"]), (201, &json!("Unknown title")));

    let all = client.get(PATH).await;
    assert_eq!((all["used"].as_u64(), all["quota"].as_u64()), (Some(2 * bytes.len() as u64), Some(10 << 20)));
    let ids =
        |list: &Value| list["uploads"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let (first, rest) = (client.get(&format!("{PATH}?limit=1")).await, ids(&all));
    assert_eq!((ids(&first).len(), rest.len()), (1, 2));
    let second = client.get(&format!("{PATH}?limit=5&after={}", rest[0].as_str().unwrap())).await;
    assert_eq!(ids(&second), [rest[1].clone()]);
    assert_eq!(client.request("GET", &format!("{PATH}?limit=0"), None).await.0, 400);
    assert_eq!(client.get(&format!("{PATH}/{id}")).await, upload);

    hears(&town, &client, &id).await;
    assert_eq!(client.request("DELETE", &format!("{PATH}/{id}"), None).await.0, 204);
    assert_eq!(client.request("DELETE", &format!("{PATH}/{id}"), None).await.0, 404);
    assert_eq!((left(&town), client.get(PATH).await["used"].as_u64()), (1, Some(bytes.len() as u64)));
    // Who plays it hears it to its end.
    client.event("TrackStartEvent").await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    assert_eq!(client.get(&format!("/v4/loadtracks?identifier=upload:{id}")).await["loadType"], "empty");
}

#[tokio::test]
async fn what_is_no_sound_too_large_or_broken_off_leaves_nothing() {
    let town = town(Arc::new(tempfile::tempdir().unwrap()), 600_000, 900_000).await;
    let client = town.client().await;
    assert_eq!(bring(&town, "x.mp3", "no sound at all").await.0, 415);
    assert_eq!(bring(&town, "x.mp3", Vec::new()).await.0, 415);
    assert_eq!(bring(&town, "x.wav", wav(500.0, 7)).await.0, 413);
    let endless = futures_util::stream::repeat(()).map(|()| Ok::<_, std::io::Error>(vec![0; 10_000]));
    assert_eq!(bring(&town, "x.wav", reqwest::Body::wrap_stream(endless)).await.0, 413);
    assert_eq!(bring(&town, "x.wav", wav(500.0, 5)).await.0, 201);
    let (status, problem) = bring(&town, "x.wav", wav(500.0, 5)).await;
    assert_eq!((status, &problem["message"]), (507, &json!("there is no room for more files")));
    // A client that goes away in the middle.
    let broken = futures_util::stream::iter([Ok(vec![0; 10_000]), Err(std::io::Error::other("gone"))]);
    let request = reqwest::Client::new().post(format!("http://{}{PATH}", town.address));
    let request = request.header("authorization", PASSWORD).body(reqwest::Body::wrap_stream(broken));
    assert!(request.send().await.is_err());
    until("its rest is gone", || left(&town) == 1).await;
    assert_eq!(client.get(PATH).await["used"], 480_044);
    for wrong in ["..%2Fnode.key", "aaaaaaaaaaaaaaaa", "%00"] {
        assert_eq!(client.request("GET", &format!("{PATH}/{wrong}"), None).await.0, 404, "{wrong}");
        assert_eq!(client.request("DELETE", &format!("{PATH}/{wrong}"), None).await.0, 404, "{wrong}");
    }
    let stranger = reqwest::Client::new().post(format!("http://{}{PATH}", town.address)).body(wav(500.0, 1));
    assert_eq!(stranger.send().await.unwrap().status(), 401);
    let none = Town::new().await;
    assert_eq!(bring(&none, "x.wav", wav(500.0, 1)).await.0, 404);
}

#[tokio::test]
async fn files_outlast_the_node_and_strays_do_not() {
    let town_before = town(Arc::new(tempfile::tempdir().unwrap()), 1 << 20, 1 << 20).await;
    let (_, upload) = bring(&town_before, "a.wav", wav(500.0, 4)).await;
    let folder = town_before.stop().await;
    let uploads = folder.path().join("uploads");
    for stray in ["aaaaaaaaaaaaaaaa.part", "bbbbbbbbbbbbbbbb", "readme.txt"] {
        std::fs::write(uploads.join(stray), "x").unwrap();
    }
    let town = town(folder, 1 << 20, 1 << 20).await;
    let client = town.client().await;
    assert_eq!(client.get(PATH).await["used"], 384_044);
    // What is not its own is left alone.
    assert_eq!(left(&town), 2);
    hears(&town, &client, upload["id"].as_str().unwrap()).await;
}
