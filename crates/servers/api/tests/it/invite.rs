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

#[tokio::test]
async fn an_invite_is_for_those_who_are_named() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let late = town.server.person("late").await;
        let made = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let code = format!("/invites/{}", made["code"].as_str().unwrap());
        let list = format!("{code}/target-users");
        town.owner.get(&list).await.refused(404, 10_129);
        town.owner.get(&format!("{list}/job-status")).await.refused(404, 10_124);
        let file = format!("user_id\n{}\n", late.id);
        town.member.put_file(&list, "target_users_file", file.as_bytes()).await.refused(403, 50_013);
        let wrong = town.owner.put_file(&list, "target_users_file", b"user_id\nme\n").await;
        assert_eq!(wrong.body["target_users_file"], json!(["Line 2: invalid user ID format"]));
        town.owner.put_file(&list, "other", file.as_bytes()).await.refused(400, 50_035);
        town.owner.put_file(&list, "target_users_file", file.as_bytes()).await.ok(204);
        let job = town.owner.get(&format!("{list}/job-status")).await.ok(200);
        assert_eq!((&job["status"], &job["total_users"]), (&json!(2), &json!(1)));
        town.stranger.get(&code).await.refused(404, 10_006);
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        late.post(&code, json!({})).await.ok(200);
        let add = json!({ "user_ids": [town.stranger.id] });
        town.owner.post(&format!("{list}/bulk-add"), add.clone()).await.ok(204);
        town.owner.post(&format!("{list}/bulk-add"), json!({ "user_ids": [] })).await.refused(400, 50_035);
        town.owner.post(&format!("{list}/bulk-delete"), add).await.ok(204);
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        town.owner.put(&format!("{list}/{}", town.stranger.id), json!({})).await.ok(204);
        town.stranger.post(&code, json!({})).await.ok(200);
        town.owner.delete(&format!("{list}/{}", town.stranger.id)).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn an_invite_gives_roles() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "guest" })).await.ok(200);
        let path = format!("/channels/{}/invites", town.channel);
        let body = json!({ "role_ids": [role["id"]] });
        town.member.post(&path, body.clone()).await.refused(403, 50_013);
        town.owner.post(&path, json!({ "role_ids": ["1"] })).await.refused(404, 10_011);
        let made = town.owner.post(&path, body).await.ok(200);
        assert_eq!(made["roles"][0]["name"], "guest");
        town.stranger.post(&format!("/invites/{}", made["code"].as_str().unwrap()), json!({})).await.ok(200);
        let member = format!("/guilds/{}/members/{}", town.guild, town.stranger.id);
        assert_eq!(town.owner.get(&member).await.ok(200)["roles"], json!([role["id"]]));
    })
    .await;
}
