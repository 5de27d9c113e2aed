//! Events beyond those of Lavalink: told to who asked for them, and to nobody else.

use serde_json::{Value, json};

use crate::town::{Client, Town, until};

const ALL: (&str, &str) = ("guildhall-events", "all");

async fn ask(client: &Client, body: Value) -> (u16, Value) {
    client.request("PATCH", &format!("/v4/sessions/{}", client.session), Some(body)).await
}

async fn lay(client: &Client, identifier: &str) -> Value {
    let path = format!("{}/mix", client.player_path(1));
    let body = json!({ "track": { "identifier": identifier }, "volume": 0.5 });
    let (status, layer) = client.request("POST", &path, Some(body)).await;
    assert_eq!(status, 201, "{layer}");
    layer
}

async fn take(client: &Client, layer: &Value) {
    let path = format!("{}/mix/{}", client.player_path(1), layer["id"].as_str().unwrap());
    assert_eq!(client.request("DELETE", &path, None).await.0, 204);
    assert_eq!(client.request("DELETE", &path, None).await.0, 404);
}

/// The next event, but for that a worker was replaced: on a busy machine that happens.
async fn heard(client: &mut Client, kind: &str) -> Value {
    loop {
        let message = client.message().await;
        if message["op"] == "event" && message["type"] != "WorkerReplacedEvent" {
            assert_eq!(message["type"], kind, "{message}");
            return message;
        }
    }
}

async fn plays(town: &Town, client: &mut Client) {
    client.join(1).await;
    client.play(1, "tone:500:60").await;
    heard(client, "TrackStartEvent").await;
    until("it plays", || town.heard().frames().len() > 5).await;
}

#[tokio::test]
async fn what_is_laid_over_a_track_is_told_with_why_it_ended() {
    let town = Town::new().await;
    let mut client = Client::connect(town.address, &[ALL]).await.unwrap();
    plays(&town, &mut client).await;
    let layer = lay(&client, "tone:900:30").await;
    let started = heard(&mut client, "MixStartedEvent").await;
    assert_eq!(
        (&started["mixId"], &started["track"], &started["guildId"]),
        (&layer["id"], &layer["track"], &json!("1"))
    );
    assert_eq!(started["volume"], 0.5);
    take(&client, &layer).await;
    let removed =
        json!({ "op": "event", "type": "MixEndedEvent", "guildId": "1", "mixId": layer["id"], "reason": "REMOVED" });
    assert_eq!(heard(&mut client, "MixEndedEvent").await, removed);
    let layer = lay(&client, "tone:900:1").await;
    heard(&mut client, "MixStartedEvent").await;
    let ended = heard(&mut client, "MixEndedEvent").await;
    assert_eq!((&ended["mixId"], &ended["reason"]), (&layer["id"], &json!("FINISHED")));
    let layer = lay(&client, "tone:900:30").await;
    heard(&mut client, "MixStartedEvent").await;
    client.patch(1, json!({ "track": { "encoded": null } })).await;
    let ended = heard(&mut client, "MixEndedEvent").await;
    assert_eq!((&ended["mixId"], &ended["reason"]), (&layer["id"], &json!("MAIN_ENDED")));
    assert_eq!(heard(&mut client, "TrackEndEvent").await["reason"], "stopped");
}

#[tokio::test]
async fn who_did_not_ask_hears_nothing_of_it_until_the_session_says_so() {
    let town = Town::new().await;
    let mut client = town.client().await;
    plays(&town, &mut client).await;
    let layer = lay(&client, "tone:900:30").await;
    take(&client, &layer).await;
    let (status, refused) = ask(&client, json!({ "events": "some" })).await;
    assert_eq!(status, 400, "{refused}");
    let (status, state) = ask(&client, json!({ "events": "all" })).await;
    assert_eq!((status, state), (200, json!({ "resuming": false, "timeout": 60, "events": "all" })));
    // The first event that comes is of the second one.
    let layer = lay(&client, "tone:900:30").await;
    assert_eq!(heard(&mut client, "MixStartedEvent").await["mixId"], layer["id"]);
    let (_, state) = ask(&client, json!({ "events": "standard" })).await;
    assert_eq!(state, json!({ "resuming": false, "timeout": 60 }));
    take(&client, &layer).await;
    client.patch(1, json!({ "track": { "encoded": null } })).await;
    assert_eq!(heard(&mut client, "TrackEndEvent").await["reason"], "stopped");
}

#[tokio::test]
async fn what_a_session_asked_for_outlasts_its_socket_and_its_node() {
    let mut town = Town::new().await;
    let mut client = town.client().await;
    let (_, state) = ask(&client, json!({ "resuming": true, "timeout": 60, "events": "all" })).await;
    assert_eq!(state, json!({ "resuming": true, "timeout": 60, "events": "all" }));
    plays(&town, &mut client).await;
    let session = client.session.clone();
    let back = |town: &Town, more: &[(&'static str, &str)]| {
        let (address, session) = (town.address, session.clone());
        let more: Vec<_> = more.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        async move {
            let more = more.iter().map(|(name, value)| (*name, value.as_str()));
            let headers: Vec<_> = [("session-id", session.as_str())].into_iter().chain(more).collect();
            let client = Client::connect(address, &headers).await.unwrap();
            assert!(client.resumed);
            client
        }
    };
    drop(client);
    let mut client = back(&town, &[]).await;
    lay(&client, "tone:900:30").await;
    heard(&mut client, "MixStartedEvent").await;
    // What it asked for is not lost with the node, whether there is a player or not.
    for left in [false, true] {
        if left {
            assert_eq!(client.request("DELETE", &client.player_path(1), None).await.0, 204);
        }
        drop(client);
        town = Town::with(town.stop().await, |_| {}).await;
        client = back(&town, &[]).await;
        let (_, state) = ask(&client, json!({})).await;
        assert_eq!(state, json!({ "resuming": true, "timeout": 60, "events": "all" }), "{left}");
    }
    // A header that says something else counts from then on.
    drop(client);
    let client = back(&town, &[("guildhall-events", "standard")]).await;
    let (_, state) = ask(&client, json!({})).await;
    assert_eq!(state, json!({ "resuming": true, "timeout": 60 }));
}
