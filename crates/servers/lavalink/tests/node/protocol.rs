//! Lavalink's protocol: who is let in, what is answered, what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use crate::town::{Client, PASSWORD, Town};

#[tokio::test]
async fn strangers_are_refused() {
    let town = Town::new().await;
    let http = reqwest::Client::new();
    for path in ["/version", "/v4/info", "/v4/stats", "/v4/loadtracks?identifier=x", "/metrics", "/v4/guildhall/status"]
    {
        let url = format!("http://{}{path}", town.address);
        let silent = http.get(&url).send().await.unwrap();
        assert_eq!(silent.status(), 401, "{path}");
        let wrong = http.get(&url).header("authorization", "youshallnotpasx").send().await.unwrap();
        assert_eq!(wrong.status(), 403, "{path}");
        let problem: Value = wrong.json().await.unwrap();
        assert_eq!(problem["status"], 403);
        let right = http.get(&url).header("authorization", PASSWORD).send().await.unwrap();
        assert_eq!(right.status(), 200, "{path}");
    }
    assert!(Client::connect(town.address, &[("authorization", "wrong")]).await.is_err());
    assert!(Client::connect(town.address, &[("user-id", "somebody")]).await.is_err());
}

#[tokio::test]
async fn the_node_says_what_it_is() {
    let town = Town::new().await;
    let client = town.client().await;
    let info = client.get("/v4/info").await;
    assert_eq!(info["version"]["major"], 4);
    for filter in
        ["equalizer", "karaoke", "timescale", "tremolo", "vibrato", "distortion", "rotation", "channelMix", "lowPass"]
    {
        assert!(info["filters"].as_array().unwrap().contains(&json!(filter)), "{filter}");
    }
    assert_eq!(info["sourceManagers"], json!(["tone"]));
    let stats = client.get("/v4/stats").await;
    assert_eq!(stats["frameStats"], Value::Null);
    assert!(stats["memory"]["used"].as_u64().unwrap() > 0);
    let (status, _) = client.request("GET", "/v4/routeplanner/status", None).await;
    assert_eq!(status, 204);
    let (_, version) = client.request("GET", "/version", None).await;
    assert_eq!(version, "4.2.2");
}

#[tokio::test]
async fn problems_are_objects() {
    let town = Town::new().await;
    let client = town.client().await;
    for (method, path, body, status) in [
        ("GET", "/v4/nothing", None, 404),
        ("DELETE", "/v4/info", None, 405),
        ("GET", "/v4/loadtracks", None, 400),
        ("GET", "/v4/decodetrack?encodedTrack=QAAA", None, 400),
        ("POST", "/v4/decodetracks", Some(json!([])), 400),
        ("POST", "/v4/decodetracks", Some(json!({})), 400),
        ("GET", "/v4/sessions/none/players", None, 404),
        ("PATCH", "/v4/sessions/none", Some(json!({})), 404),
    ] {
        let (answered, problem) = client.request(method, path, body).await;
        assert_eq!(answered, status, "{method} {path} {problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["path"], path.split('?').next().unwrap());
        assert!(problem["timestamp"].as_u64().unwrap() > 1_600_000_000_000);
        assert!(problem["error"].is_string() && problem["message"].is_string());
        assert!(problem.get("trace").is_none());
    }
    let (_, problem) = client.request("GET", "/v4/nothing?trace=true", None).await;
    assert!(problem["trace"].as_str().unwrap().contains("Not Found"));
}

#[tokio::test]
async fn changes_to_players_are_checked() {
    let town = Town::new().await;
    let client = town.client().await;
    let path = client.player_path(1);
    for body in [
        json!({ "encodedTrack": "QAAA", "identifier": "tone:500" }),
        json!({ "track": { "encoded": "QAAA", "identifier": "tone:500" } }),
        json!({ "track": { "encoded": "!" } }),
        json!({ "track": { "identifier": "nothing" } }),
        json!({ "endTime": 0 }),
        json!({ "endTime": -5 }),
        json!({ "volume": "loud" }),
        json!({ "voice": { "token": "", "endpoint": "", "sessionId": "" } }),
        json!({ "voice": { "token": "t", "endpoint": null, "sessionId": "s" } }),
        json!({ "filters": { "equalizer": [{ "band": 15, "gain": 0.1 }] } }),
        json!({ "filters": { "timescale": { "speed": 0 } } }),
    ] {
        let (status, problem) = client.request("PATCH", &path, Some(body.clone())).await;
        assert_eq!(status, 400, "{body} {problem}");
    }
    let (status, _) = client.request("GET", &path, None).await;
    assert_eq!(status, 404, "what is refused leaves nothing behind");
    let (status, _) = client.request("PATCH", "/v4/sessions/x/players/abc", Some(json!({}))).await;
    assert_eq!(status, 404);
    let player = client.patch(1, json!({ "volume": 5_000, "filters": { "tremolo": {}, "volume": 1.5 } })).await;
    assert_eq!(player["volume"], 1000);
    assert_eq!(player["filters"]["tremolo"], json!({ "frequency": 2.0, "depth": 0.5 }));
    assert_eq!(player["state"]["ping"], -1);
    assert_eq!(player["track"], Value::Null);
}

#[tokio::test]
async fn tracks_are_loaded_and_decoded() {
    let town = Town::new().await;
    let client = town.client().await;
    assert_eq!(client.get("/v4/loadtracks?identifier=nothing").await, json!({ "loadType": "empty", "data": {} }));
    let loaded = client.get("/v4/loadtracks?identifier=tone:440:5").await;
    assert_eq!(loaded["loadType"], "track");
    let blob = loaded["data"]["encoded"].as_str().unwrap();
    let (status, decoded) = client.request("POST", "/v4/decodetracks", Some(json!([blob, blob]))).await;
    assert_eq!((status, &decoded[1]), (200, &loaded["data"]));
    assert_eq!(decoded[0]["userData"], json!({}));
    let one = client.get(&format!("/v4/decodetrack?encodedTrack={}", blob.replace('+', "%2B"))).await;
    assert_eq!(one, loaded["data"]);
}

#[tokio::test]
async fn what_clients_say_of_a_track_comes_back() {
    let town = Town::new().await;
    let mut client = town.client().await;
    client.patch(1, json!({ "track": { "identifier": "tone:440", "userData": { "by": "me" } } })).await;
    assert_eq!(client.event("TrackStartEvent").await["track"]["userData"], json!({ "by": "me" }));
    let changed = client.patch(1, json!({ "track": { "userData": { "by": "you" } } })).await;
    assert_eq!(changed["track"]["userData"], json!({ "by": "you" }));
}

#[tokio::test]
async fn metrics_and_the_page_are_served() {
    let town = Town::new().await;
    let client = town.client().await;
    client.patch(1, json!({ "track": { "identifier": "tone:440" } })).await;
    let (_, metrics) = client.request("GET", "/metrics", None).await;
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains("\nlavalink_players 1\n"), "{metrics}");
    // How well it is depends on whether its sound has been decoded yet.
    assert!(metrics.contains("lavalink_worker_score{worker=\"1\"} "), "{metrics}");
    let page = reqwest::get(format!("http://{}/", town.address)).await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let status = client.get("/v4/guildhall/status").await;
    assert_eq!(status["players"][0]["title"], "440 Hz");
    // Nobody listens: nothing has a level. Then the tone has that of half of full scale.
    assert_eq!((&status["players"][0]["peaks"], &status["players"][0]["passesThrough"]), (&json!([]), &json!(false)));
    client.join(1).await;
    let mut peaks = Vec::new();
    for _ in 0..500 {
        let status = client.get("/v4/guildhall/status").await;
        peaks = status["players"][0]["peaks"].as_array().unwrap().clone();
        if peaks.len() == 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(peaks.len() == 20 && peaks.iter().all(|peak| *peak == -6), "{peaks:?}");
}
