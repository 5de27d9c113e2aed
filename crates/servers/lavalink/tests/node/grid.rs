//! Workers come and go; nobody notices.

use std::time::Duration;

use serde_json::json;

use crate::hear::{assert_tone, decode, longest_gap};
use crate::town::{Town, until};

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
