//! The queue that the node keeps.

use serde_json::{Value, json};

use crate::town::{Client, Town};

async fn tracks(client: &Client, identifiers: &[&str]) -> Value {
    let mut tracks = Vec::new();
    for identifier in identifiers {
        let loaded = client.get(&format!("/v4/loadtracks?identifier={identifier}")).await;
        tracks.push(json!({ "encoded": loaded["data"]["encoded"], "userData": { "from": "queue" } }));
    }
    Value::Array(tracks)
}

fn titles(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|track| track["info"]["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_queue_plays_itself() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let path = format!("{}/queue", client.player_path(1));
    let list = tracks(&client, &["tone:300:1", "tone:400:1", "tone:500:1"]).await;
    let (status, queue) = client.request("POST", &format!("{path}/tracks"), Some(list)).await;
    assert_eq!(status, 200, "{queue}");
    assert_eq!(queue["current"]["info"]["title"], "300 Hz");
    assert_eq!(queue["current"]["userData"], json!({ "from": "queue" }));
    assert_eq!(titles(&queue["tracks"]), ["400 Hz", "500 Hz"]);
    for title in ["300 Hz", "400 Hz", "500 Hz"] {
        assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["title"], title);
        assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    }
    let frames = town.heard().frames().len();
    assert!((149..=151).contains(&frames), "without a gap: {frames}");
    let queue = client.get(&path).await;
    assert_eq!(titles(&queue["history"]), ["500 Hz", "400 Hz", "300 Hz"]);
    assert_eq!(queue["current"], Value::Null);
}

#[tokio::test]
async fn a_queue_goes_forth_and_back() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(1).await;
    let path = format!("{}/queue", client.player_path(1));
    let list = tracks(&client, &["tone:300:60", "tone:400:60", "tone:500:60"]).await;
    client.request("PUT", &format!("{path}/tracks"), Some(list)).await;
    let (_, next) = client.request("POST", &format!("{path}/next"), None).await;
    assert_eq!(next["info"]["title"], "400 Hz");
    let (_, previous) = client.request("POST", &format!("{path}/previous"), None).await;
    assert_eq!(previous["info"]["title"], "300 Hz");
    let queue = client.get(&path).await;
    assert_eq!(titles(&queue["tracks"]), ["400 Hz", "500 Hz"]);
    let (status, _) = client.request("DELETE", &format!("{path}/tracks/0"), None).await;
    assert_eq!(status, 204);
    assert_eq!(client.get(&format!("{path}/tracks/0")).await["info"]["title"], "500 Hz");
    let (_, queue) = client.request("PATCH", &path, Some(json!({ "loop": "queue", "shuffle": true }))).await;
    assert_eq!(queue["loop"], "queue");
    client.request("POST", &format!("{path}/next"), None).await;
    assert_eq!(titles(&client.get(&path).await["tracks"]), ["300 Hz"]);
    let (status, _) = client.request("PATCH", &path, Some(json!({ "loop": "sideways" }))).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn an_empty_queue_goes_on_by_itself() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let path = format!("{}/queue", client.player_path(1));
    client.request("PATCH", &path, Some(json!({ "autoplay": "tone:900" }))).await;
    let list = tracks(&client, &["tone:300:1"]).await;
    client.request("POST", &format!("{path}/tracks"), Some(list)).await;
    client.event("TrackStartEvent").await;
    client.event("TrackEndEvent").await;
    assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["title"], "900 Hz");
}

#[tokio::test]
async fn a_queue_is_shuffled_and_loses_nothing() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(1).await;
    let path = format!("{}/queue", client.player_path(1));
    client.play(1, "tone:200:60").await;
    let names: Vec<String> = (0..30).map(|number| format!("tone:{}:60", 300 + number)).collect();
    let list = tracks(&client, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    client.request("PUT", &format!("{path}/tracks"), Some(list)).await;
    let before = client.get(&path).await["tracks"].clone();
    let (_, queue) = client.request("PATCH", &path, Some(json!({ "shuffle": true }))).await;
    assert_eq!(queue["current"]["info"]["title"], "200 Hz");
    let (before, after) = (titles(&before), titles(&queue["tracks"]));
    // One of 30! times it would be as it was.
    assert_ne!(before, after);
    let sorted = |mut titles: Vec<&str>| {
        titles.sort_unstable();
        titles.join(",")
    };
    assert_eq!(sorted(before), sorted(after.clone()));
    let (_, again) = client.request("PATCH", &path, Some(json!({ "shuffle": false }))).await;
    assert_eq!(titles(&again["tracks"]), after);
}

#[tokio::test]
async fn what_is_added_waits_for_what_plays() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let path = format!("{}/queue", client.player_path(1));
    client.play(1, "tone:200:1").await;
    client.event("TrackStartEvent").await;
    for (name, waiting) in [("tone:300:1", 1), ("tone:400:1", 2)] {
        let list = tracks(&client, &[name]).await;
        let (_, queue) = client.request("POST", &format!("{path}/tracks"), Some(list)).await;
        assert_eq!(queue["current"]["info"]["title"], "200 Hz");
        assert_eq!(queue["tracks"].as_array().unwrap().len(), waiting);
    }
    for title in ["300 Hz", "400 Hz"] {
        assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
        assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["title"], title);
    }
    client.event("TrackEndEvent").await;
    // What was is forgotten when that is asked for, and what plays and what waits is not.
    assert_eq!(titles(&client.get(&format!("{path}/history")).await), ["400 Hz", "300 Hz", "200 Hz"]);
    let list = tracks(&client, &["tone:500:60", "tone:600:60"]).await;
    client.request("POST", &format!("{path}/tracks"), Some(list)).await;
    assert_eq!(client.request("DELETE", &format!("{path}/history"), None).await.0, 204);
    let queue = client.get(&path).await;
    assert_eq!((&queue["history"], &queue["current"]["info"]["title"]), (&json!([]), &json!("500 Hz")));
    assert_eq!(titles(&queue["tracks"]), ["600 Hz"]);
    let (_, none) = client.request("POST", &format!("{path}/previous"), None).await;
    assert_ne!(none["info"]["title"], "400 Hz");
}

#[tokio::test]
async fn a_track_is_repeated_until_that_is_over() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.join(1).await;
    let path = format!("{}/queue", client.player_path(1));
    client.request("PATCH", &path, Some(json!({ "loop": "track" }))).await;
    let list = tracks(&client, &["tone:300:1", "tone:400:1"]).await;
    client.request("POST", &format!("{path}/tracks"), Some(list)).await;
    for _ in 0..3 {
        assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["title"], "300 Hz");
        assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    }
    client.event("TrackStartEvent").await;
    client.request("PATCH", &path, Some(json!({ "loop": "off" }))).await;
    client.event("TrackEndEvent").await;
    assert_eq!(client.event("TrackStartEvent").await["track"]["info"]["title"], "400 Hz");
    assert_eq!(client.event("TrackEndEvent").await["reason"], "finished");
    assert_eq!(client.get(&path).await["current"], Value::Null);
    // Each of them was heard as a whole, without a gap.
    let frames = town.heard().frames().len();
    assert!((248..=252).contains(&frames), "{frames}");
}
