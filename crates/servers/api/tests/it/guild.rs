//! Guilds.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn a_new_guild_has_its_channels_and_owner() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.stranger.connect(0).await;
        let guild = town.stranger.post("/guilds", json!({ "name": "Second" })).await.ok(201);
        assert_eq!(guild["owner_id"], json!(town.stranger.id));
        let created = socket.event("GUILD_CREATE").await;
        let kinds: Vec<_> =
            created["channels"].as_array().unwrap().iter().map(|channel| channel["type"].clone()).collect();
        assert!(kinds.contains(&json!(0)) && kinds.contains(&json!(2)), "{kinds:?}");
        town.stranger.post("/guilds", json!({ "name": "x" })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn changes_are_told_and_logged() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}", town.guild);
        let mut socket = town.member.connect(0).await;
        town.member.patch(&path, json!({ "name": "Mine" })).await.refused(403, 50_013);
        let reason = [("x-audit-log-reason", "because %C3%BC")];
        town.owner.ask_with("PATCH", &path, Some(json!({ "name": "New name" })), &reason).await.ok(200);
        assert_eq!(socket.event("GUILD_UPDATE").await["name"], "New name");
        let log = town.owner.get(&format!("{path}/audit-logs?action_type=1")).await.ok(200);
        let entry = &log["audit_log_entries"][0];
        assert_eq!((&entry["reason"], &entry["changes"][0]["new_value"]), (&json!("because ü"), &json!("New name")));
        town.member.get(&format!("{path}/audit-logs")).await.refused(403, 50_013);
    })
    .await;
}

#[tokio::test]
async fn leaving_and_deleting_end_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut owner = town.owner.connect(0).await;
        let mut member = town.member.connect(0).await;
        town.owner.delete(&format!("/users/@me/guilds/{}", town.guild)).await.refused(400, 50_055);
        town.member.delete(&format!("/users/@me/guilds/{}", town.guild)).await.ok(204);
        assert_eq!(owner.event("GUILD_MEMBER_REMOVE").await["user"]["id"], json!(town.member.id));
        assert_eq!(member.event("GUILD_DELETE").await["id"], json!(town.guild));
        town.member.get(&format!("/guilds/{}", town.guild)).await.refused(403, 50_001);
        town.owner.delete(&format!("/guilds/{}", town.guild)).await.ok(204);
        owner.event("GUILD_DELETE").await;
        town.owner.get(&format!("/guilds/{}", town.guild)).await.refused(404, 10_004);
    })
    .await;
}
