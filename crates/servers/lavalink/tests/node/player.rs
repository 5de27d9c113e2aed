//! Playing: what is heard, and what is told.

use std::time::Duration;

use serde_json::json;

use crate::hear::{assert_tone, decode, longest_gap};
use crate::town::{Town, until};

#[tokio::test]
async fn a_track_is_heard_from_start_to_end() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let player = client.play(1, "tone:1000:2").await;
    assert_eq!(player["track"]["info"]["title"], "1000 Hz");
    assert_eq!(client.event("TrackStartEvent").await["guildId"], "1");
    let end = client.event("TrackEndEvent").await;
    assert_eq!(end["reason"], "finished");
    assert_eq!(end["track"]["info"]["length"], 2000);
    let frames = town.heard().frames();
    // The limiter looks ahead: what it holds back is one frame more.
    assert!((100..=101).contains(&frames.len()), "{}", frames.len());
    let samples = decode(&frames);
    assert_tone(&samples[4_800..91_200], 1000.0, 600.0);
    let gap = longest_gap(&frames);
    assert!(gap < Duration::from_millis(150), "{gap:?}");
    assert_eq!(client.player(1).await["track"], json!(null));
}

#[tokio::test]
async fn seeking_pausing_and_volume() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    client.play(1, "tone:500:60").await;
    client.event("TrackStartEvent").await;
    let seeked = client.patch(1, json!({ "position": 30_000 })).await;
    assert_eq!(seeked["state"]["position"], 30_000);
    client.update(|state| state["position"].as_u64().unwrap() > 30_100).await;
    assert_eq!(client.patch(1, json!({ "paused": true })).await["paused"], true);
    let before = town.heard().frames().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(town.heard().frames().len() <= before + 1);
    client.patch(1, json!({ "paused": false, "volume": 0 })).await;
    until("it is silent", || {
        let frames = town.heard().frames();
        let samples = decode(&frames[frames.len().saturating_sub(10)..]);
        samples[4_800..].iter().all(|sample| sample.abs() < 0.01)
    })
    .await;
    assert_eq!(client.player(1).await["volume"], 0);
}

#[tokio::test]
async fn tracks_are_replaced_stopped_and_kept() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    client.play(1, "tone:500:60").await;
    client.event("TrackStartEvent").await;
    let path = format!("{}?noReplace=true", client.player_path(1));
    let (status, kept) = client.request("PATCH", &path, Some(json!({ "track": { "identifier": "tone:700" } }))).await;
    assert_eq!((status, kept["track"]["info"]["identifier"].as_str()), (200, Some("tone:500:60")));
    // What is said beside it is of the track that is not played.
    let body = json!({
        "track": { "identifier": "tone:700" }, "position": 50_000, "endTime": 100, "paused": true, "volume": 50,
    });
    let (status, kept) = client.request("PATCH", &path, Some(body)).await;
    assert_eq!((status, kept["paused"].as_bool(), kept["volume"].as_u64()), (200, Some(false), Some(50)));
    assert!(kept["state"]["position"].as_u64().unwrap() < 40_000, "{kept}");
    let (_, kept) = client.request("PATCH", &path, Some(json!({ "position": 10_000, "paused": true }))).await;
    assert_eq!((kept["paused"].as_bool(), kept["state"]["position"].as_u64()), (Some(true), Some(10_000)));
    client.play(1, "tone:700:60").await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "replaced");
    client.event("TrackStartEvent").await;
    client.patch(1, json!({ "track": { "encoded": null } })).await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "stopped");
    client.patch(1, json!({ "encodedTrack": null })).await;
    let (status, _) = client.request("DELETE", &client.player_path(1), None).await;
    assert_eq!(status, 204);
    let (status, _) = client.request("GET", &client.player_path(1), None).await;
    assert_eq!(status, 404);
    assert!(!town.heard().is_open());
}

#[tokio::test]
async fn a_track_ends_where_it_is_told_to() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    client.patch(1, json!({ "track": { "identifier": "tone:500:60" }, "position": 1_000, "endTime": 2_000 })).await;
    client.event("TrackStartEvent").await;
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    assert!((50..=51).contains(&town.heard().frames().len()));
}

#[tokio::test]
async fn what_follows_is_faded_into() {
    let town =
        Town::with(std::sync::Arc::new(tempfile::tempdir().unwrap()), |settings| settings.crossfade_ms = 500).await;
    let mut client = town.client().await;
    client.join(1).await;
    client.patch(1, json!({ "track": { "identifier": "tone:500:2" }, "next": { "identifier": "tone:900:2" } })).await;
    client.event("TrackStartEvent").await;
    let end = client.event("TrackEndEvent").await;
    assert_eq!((end["reason"].as_str(), end["track"]["info"]["title"].as_str()), (Some("finished"), Some("500 Hz")));
    assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["title"], "900 Hz");
    client.event("TrackEndEvent").await;
    let frames = town.heard().frames();
    // Four seconds of tracks, half a second of them together.
    assert!((173..=177).contains(&frames.len()), "{}", frames.len());
    let samples = decode(&frames);
    assert_tone(&samples[4_800..67_200], 500.0, 900.0);
    assert_tone(&samples[100_800..160_000], 900.0, 500.0);
    // No dip between the two.
    for piece in samples[4_800..160_000].chunks(2_400) {
        let loudest = piece.iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        assert!(loudest > 0.4, "{loudest}");
    }
}

#[tokio::test]
async fn a_track_that_cannot_be_opened_fails() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let tone = client.get("/v4/loadtracks?identifier=tone:500").await;
    let good = guildhall_lavalink::track::Blob::decode(tone["data"]["encoded"].as_str().unwrap()).unwrap();
    let mut bad = good.clone();
    bad.info.identifier = "nothing".to_owned();
    client.patch(1, json!({ "track": { "encoded": bad.encode() } })).await;
    client.event("TrackStartEvent").await;
    let exception = client.event("TrackExceptionEvent").await;
    assert_eq!(exception["exception"]["severity"], "common");
    assert_eq!(client.event("TrackEndEvent").await["reason"], "loadFailed");
}

#[tokio::test]
async fn filters_that_nothing_can_work_with_are_refused() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(1).await;
    let filters = json!({ "lowPass": { "smoothing": 1e39 } });
    let path = client.player_path(1);
    let (status, refused) = client.request("PATCH", &path, Some(json!({ "filters": filters, "volume": 7 }))).await;
    assert_eq!((status, refused["status"].as_u64(), refused["path"].as_str()), (400, Some(400), Some(path.as_str())));
    let message = refused["message"].as_str().unwrap();
    let known =
        ["filters: lowPass.smoothing is not a number that can be used", "the body cannot be read: number out of range"];
    assert!(known.iter().any(|known| message.starts_with(known)), "{message}");
    assert_eq!(client.player(1).await["volume"], 100);
}

#[tokio::test]
async fn filters_are_heard() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(1).await;
    let filters = json!({ "channelMix": { "leftToLeft": 0.0, "rightToLeft": 0.0 }, "tremolo": { "depth": 0.0 } });
    client.patch(1, json!({ "track": { "identifier": "tone:500:60" }, "filters": filters })).await;
    until("it plays", || town.heard().frames().len() > 20).await;
    let samples = decode(&town.heard().frames());
    assert!(samples[4_800..].iter().all(|sample| sample.abs() < 0.01), "the left side is silent");
    client.patch(1, json!({ "filters": {} })).await;
    until("it is heard again", || {
        let frames = town.heard().frames();
        let samples = decode(&frames[frames.len().saturating_sub(10)..]);
        samples[4_800..].iter().any(|sample| sample.abs() > 0.4)
    })
    .await;
}
