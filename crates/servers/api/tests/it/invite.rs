//! Invites.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn one_use_admits_one() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/invites", town.channel);
        let invite = town.owner.post(&path, json!({ "max_uses": 1, "max_age": 3600 })).await.ok(200);
        let code = format!("/invites/{}", invite["code"].as_str().unwrap());
        let again = town.member.post(&code, json!({})).await.ok(200);
        assert_eq!(again["new_member"], false, "who is a member does not use it up");
        let mut socket = town.owner.connect(0).await;
        assert_eq!(town.stranger.post(&code, json!({})).await.ok(200)["new_member"], true);
        assert_eq!(socket.event("GUILD_MEMBER_ADD").await["user"]["id"], json!(town.stranger.id));
        assert_eq!(socket.event("MESSAGE_CREATE").await["type"], 7, "the guild is told");
        let late = town.server.person("late").await;
        late.post(&code, json!({})).await.refused(404, 10_006);
        town.owner.post(&path, json!({ "max_age": 700_000 })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn an_invite_ends() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/invites", town.channel);
        let invite = town.owner.post(&path, json!({ "max_age": 60, "unique": true })).await.ok(200);
        let code = format!("/invites/{}", invite["code"].as_str().unwrap());
        let shown = town.server.client().get(&format!("{code}?with_counts=true")).await.ok(200);
        assert_eq!((&shown["guild"]["name"], &shown["approximate_member_count"]), (&json!("Town"), &json!(2)));
        town.member.delete(&code).await.refused(403, 50_013);
        town.server.app.clock().advance(std::time::Duration::from_secs(61));
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        let other = town.owner.post(&path, json!({ "unique": true })).await.ok(200);
        let code = format!("/invites/{}", other["code"].as_str().unwrap());
        town.owner.delete(&code).await.ok(200);
        town.stranger.get(&code).await.refused(404, 10_006);
    })
    .await;
}
