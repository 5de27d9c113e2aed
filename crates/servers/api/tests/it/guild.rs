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

#[tokio::test]
async fn features_are_switched_by_who_may() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}", town.guild);
        let manager = town.bot(32).await;
        let community = json!({ "features": ["COMMUNITY", "PARTNERED"] });
        manager.patch(&path, community.clone()).await.refused(403, 50_013);
        town.owner.patch(&path, community).await.refused(400, 50_035);
        let channels = json!({
            "features": ["COMMUNITY", "INVITES_DISABLED", "PARTNERED"],
            "rules_channel_id": town.channel, "public_updates_channel_id": town.channel,
        });
        let changed = town.owner.patch(&path, channels).await.ok(200);
        assert_eq!(changed["features"], json!(["COMMUNITY", "INVITES_DISABLED"]), "nobody makes themselves partners");
        let invites = format!("/channels/{}/invites", town.channel);
        let code = town.owner.post(&invites, json!({})).await.ok(200)["code"].as_str().unwrap().to_owned();
        town.stranger.post(&format!("/invites/{code}"), json!({})).await.refused(403, 7_000_010);
        let kept = manager.patch(&path, json!({ "features": ["COMMUNITY"] })).await.ok(200);
        assert_eq!(kept["features"], json!(["COMMUNITY"]));
        town.stranger.post(&format!("/invites/{code}"), json!({})).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn a_raided_guild_is_quiet_for_a_while() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/incident-actions", town.guild);
        let until = |hours: i64| {
            let micros = town.server.app.clock().micros() + hours * 3_600_000_000;
            guildhall_wire::Timestamp::from_micros(micros).unwrap().iso_8601().to_string()
        };
        let body = json!({ "invites_disabled_until": until(2), "dms_disabled_until": until(2) });
        town.member.put(&path, body.clone()).await.refused(403, 50_013);
        town.owner.put(&path, json!({ "dms_disabled_until": until(30) })).await.refused(400, 50_035);
        let mut socket = town.member.connect(0).await;
        let set = town.owner.put(&path, body).await.ok(200);
        assert_eq!(socket.event("GUILD_UPDATE").await["incidents_data"], set);
        let invites = format!("/channels/{}/invites", town.channel);
        let code = town.owner.post(&invites, json!({})).await.ok(200)["code"].as_str().unwrap().to_owned();
        town.stranger.post(&format!("/invites/{code}"), json!({})).await.refused(403, 7_000_010);
        let dm = json!({ "recipient_id": town.owner.id });
        town.member.post("/users/@me/channels", dm.clone()).await.refused(403, 50_007);
        town.server.app.clock().advance(std::time::Duration::from_hours(3));
        town.stranger.post(&format!("/invites/{code}"), json!({})).await.ok(200);
        town.member.post("/users/@me/channels", dm).await.ok(200);
        let over = town.owner.put(&path, json!({ "invites_disabled_until": null })).await.ok(200);
        assert!(over["dms_disabled_until"].is_null(), "what is over is gone: {over}");
    })
    .await;
}

#[tokio::test]
async fn a_guild_has_an_address_of_its_own() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/vanity-url", town.guild);
        assert_eq!(town.owner.get(&path).await.ok(200), json!({ "code": null, "uses": 0 }));
        town.member.get(&path).await.refused(403, 50_013);
        town.owner.patch(&path, json!({ "code": "a town!" })).await.refused(400, 50_020);
        let set = town.owner.patch(&path, json!({ "code": "Our-Town" })).await.ok(200);
        assert_eq!(set["code"], "our-town");
        town.stranger.post("/invites/our-town", json!({})).await.ok(200);
        assert_eq!(town.owner.get(&path).await.ok(200), json!({ "code": "our-town", "uses": 1 }));
        let whole = town.owner.get(&format!("/guilds/{}", town.guild)).await.ok(200);
        assert_eq!((&whole["vanity_url_code"], &whole["features"]), (&json!("our-town"), &json!(["VANITY_URL"])));
        let listed = town.owner.get(&format!("/guilds/{}/invites", town.guild)).await.ok(200);
        assert!(listed.as_array().unwrap().iter().all(|invite| invite["code"] != "our-town"), "it stands apart");
        let other = town.stranger.post("/guilds", json!({ "name": "Other" })).await.ok(201);
        let theirs = format!("/guilds/{}/vanity-url", other["id"].as_str().unwrap());
        town.stranger.patch(&theirs, json!({ "code": "our-town" })).await.refused(400, 50_020);
        town.owner.patch(&path, json!({ "code": null })).await.ok(200);
        town.stranger.get("/invites/our-town").await.refused(404, 10_006);
        town.stranger.patch(&theirs, json!({ "code": "our-town" })).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn a_guild_is_described_with_counts_where_asked() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}", town.guild);
        assert_eq!(town.member.get(&path).await.ok(200).get("approximate_member_count"), None);
        let counted = town.member.get(&format!("{path}?with_counts=true")).await.ok(200);
        assert_eq!(counted["approximate_member_count"], 2);
        let preview = town.member.get(&format!("{path}/preview")).await.ok(200);
        assert_eq!((&preview["name"], &preview["approximate_member_count"]), (&json!("Town"), &json!(2)));
        town.stranger.get(&format!("{path}/preview")).await.refused(404, 10_004);
        town.owner.patch(&path, json!({ "features": ["DISCOVERABLE"] })).await.ok(200);
        town.stranger.get(&format!("{path}/preview")).await.ok(200);
        let role = town.owner.post(&format!("{path}/roles"), json!({ "name": "bird" })).await.ok(200);
        let id = role["id"].as_str().unwrap();
        town.owner.put(&format!("{path}/members/{}/roles/{id}", town.member.id), json!({})).await.ok(204);
        assert_eq!(town.member.get(&format!("{path}/roles/member-counts")).await.ok(200), json!({ id: 1 }));
        let regions = town.member.get(&format!("{path}/regions")).await.ok(200);
        assert_eq!(regions, town.member.get("/voice/regions").await.ok(200));
        let mine = &town.member.get("/users/@me/guilds?with_counts=true").await.ok(200)[0];
        assert_eq!((&mine["approximate_member_count"], &mine["owner"]), (&json!(2), &json!(false)));
    })
    .await;
}

#[tokio::test]
async fn the_log_brings_what_it_is_about() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let hooks = format!("/channels/{}/webhooks", town.channel);
        let hook = town.owner.post(&hooks, json!({ "name": "news" })).await.ok(200);
        let threads = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&threads, json!({ "name": "deep", "type": 11 })).await.ok(201);
        let commands = format!("/applications/{}/guilds/{}/commands", bot.id, town.guild);
        let command = bot.post(&commands, json!({ "name": "go", "description": "Goes" })).await.ok(201);
        let exceptions = format!("{commands}/{}/permissions", command["id"].as_str().unwrap());
        let deny = json!([{ "id": town.member.id, "type": 2, "permission": false }]);
        town.owner.put(&exceptions, json!({ "permissions": deny })).await.ok(200);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        assert_eq!(log["webhooks"][0]["id"], hook["id"]);
        assert_eq!(log["webhooks"][0].get("token"), None, "the secret is not for readers of the log");
        assert_eq!(log["threads"][0]["id"], thread["id"]);
        assert_eq!(log["application_commands"][0]["name"], "go");
        let entry = &log["audit_log_entries"][0];
        assert_eq!((&entry["action_type"], &entry["options"]["application_id"]), (&json!(121), &json!(bot.id)));
        assert_eq!(
            (&entry["changes"][0]["key"], &entry["changes"][0]["new_value"]),
            (&json!(town.member.id), &deny[0])
        );
    })
    .await;
}
