//! Threads.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn a_thread_grows_out_of_a_message() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let sent = town.say(&town.owner, "topic").await;
        let id = sent["id"].as_str().unwrap();
        let mut socket = town.member.connect(0).await;
        let path = format!("/channels/{}/messages/{id}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "deep", "rate_limit_per_user": null })).await.ok(201);
        assert_eq!(
            (&thread["id"], &thread["type"], &thread["parent_id"]),
            (&sent["id"], &json!(11), &json!(town.channel))
        );
        assert_eq!(socket.event("THREAD_CREATE").await["newly_created"], true);
        town.owner.post(&path, json!({ "name": "again" })).await.refused(400, 160_004);
        let send = format!("/channels/{id}/messages");
        town.member.post(&send, json!({ "content": "inside" })).await.ok(200);
        let members = town.owner.get(&format!("/channels/{id}/thread-members")).await.ok(200);
        assert_eq!(members.as_array().unwrap().len(), 2, "who posts takes part");
        let seen = town.owner.get(&format!("/channels/{id}")).await.ok(200);
        assert_eq!(seen["id"], sent["id"]);
        assert_eq!((&seen["message_count"], &seen["member_count"]), (&json!(1), &json!(2)), "what is said counts");
        let active = town.member.get(&format!("/guilds/{}/threads/active", town.guild)).await.ok(200);
        assert_eq!((active["threads"].as_array().unwrap().len(), active["members"].as_array().unwrap().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn an_idle_thread_archives_and_opens_again() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let body = json!({ "name": "short", "type": 11, "auto_archive_duration": 60 });
        let thread = town.owner.post(&path, body).await.ok(201);
        let id = thread["id"].as_str().unwrap();
        assert_eq!(guildhall_api::archive_idle(&town.server.app).await.unwrap(), 0);
        town.server.app.clock().advance(Duration::from_mins(61));
        let mut socket = town.member.connect(0).await;
        assert_eq!(guildhall_api::archive_idle(&town.server.app).await.unwrap(), 1);
        assert_eq!(socket.event("THREAD_UPDATE").await["thread_metadata"]["archived"], true);
        let archived = town.member.get(&format!("{path}/archived/public")).await.ok(200);
        assert_eq!(archived["threads"][0]["id"], json!(id));
        town.member.put(&format!("/channels/{id}/thread-members/@me"), json!({})).await.refused(400, 50_083);
        town.member.post(&format!("/channels/{id}/messages"), json!({ "content": "wake" })).await.ok(200);
        assert_eq!(socket.event("THREAD_UPDATE").await["thread_metadata"]["archived"], false);
    })
    .await;
}

#[tokio::test]
async fn a_private_thread_is_for_those_who_were_added() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&path, json!({ "name": "whisper", "type": 12 })).await.ok(201);
        let id = thread["id"].as_str().unwrap();
        town.member.get(&format!("/channels/{id}")).await.refused(403, 50_001);
        town.owner.put(&format!("/channels/{id}/thread-members/{}", town.member.id), json!({})).await.ok(204);
        town.member.get(&format!("/channels/{id}")).await.ok(200);
        town.owner.delete(&format!("/channels/{id}/thread-members/{}", town.member.id)).await.ok(204);
        town.member.get(&format!("/channels/{id}")).await.refused(403, 50_001);
        town.owner.patch(&format!("/channels/{id}"), json!({ "locked": true })).await.ok(200);
        town.owner
            .put(&format!("/channels/{id}/thread-members/{}", town.stranger.id), json!({}))
            .await
            .refused(404, 10_007);
    })
    .await;
}
