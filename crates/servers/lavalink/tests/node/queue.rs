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
