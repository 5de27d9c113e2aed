//! Notification settings and notes.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

/// Mentions that somebody has not read in the town's channel.
async fn mentions(town: &Town, who: &Client) -> Value {
    let socket = who.connect(0).await;
    let states = socket.ready["read_state"]["entries"].as_array().unwrap().clone();
    let own = states.iter().find(|state| state["id"] == json!(town.channel));
    own.map_or(json!(0), |state| state["mention_count"].clone())
}

#[tokio::test]
async fn settings_reach_all_sessions_and_come_with_ready() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (mut one, mut other) = (town.member.connect(0).await, town.member.connect(0).await);
        let mut stranger = town.owner.connect(0).await;
        let path = format!("/users/@me/guilds/{}/settings", town.guild);
        let body = json!({
            "muted": true,
            "mute_config": { "end_time": "2040-01-01T00:00:00.000Z", "selected_time_window": 3600 },
            "message_notifications": 1,
            "channel_overrides": { &town.channel: { "message_notifications": 2 }, "7": { "muted": true } },
        });
        let settings = town.member.patch(&path, body).await.ok(200);
        assert_eq!((&settings["muted"], &settings["message_notifications"]), (&json!(true), &json!(1)));
        assert_eq!(settings["mute_config"]["selected_time_window"], 3600);
        let overrides = settings["channel_overrides"].as_array().unwrap();
        assert_eq!(
            (overrides.len(), &overrides[0]["channel_id"]),
            (1, &json!(town.channel)),
            "channels that are there"
        );
        for socket in [&mut one, &mut other] {
            assert_eq!(socket.event("USER_GUILD_SETTINGS_UPDATE").await, settings);
        }
        // What is not said stays; what is reset is gone.
        let reset = json!({ "channel_overrides": { &town.channel: { "message_notifications": 3 } } });
        let settings = town.member.patch(&path, reset).await.ok(200);
        assert_eq!((&settings["muted"], &settings["channel_overrides"]), (&json!(true), &json!([])));
        let entries = town.member.connect(0).await.ready["user_guild_settings"]["entries"].clone();
        assert_eq!(entries, json!([settings]));
        let bulk =
            json!({ "guilds": { &town.guild: { "muted": false, "mute_config": null }, "@me": { "muted": true } } });
        let all = town.member.patch("/users/@me/guilds/settings", bulk).await.ok(200);
        let seen: Vec<_> = all.as_array().unwrap().iter().map(|one| (&one["guild_id"], &one["muted"])).collect();
        assert!(seen.contains(&(&json!(town.guild), &json!(false))) && seen.contains(&(&json!(null), &json!(true))));
        town.member.patch(&path, json!({ "message_notifications": 4 })).await.refused(400, 50_035);
        town.stranger.patch(&path, json!({ "muted": true })).await.refused(403, 50_001);
        town.say(&town.owner, "end").await;
        let names = stranger.names_until("MESSAGE_CREATE").await;
        assert!(!names.contains(&"USER_GUILD_SETTINGS_UPDATE".to_owned()), "settings are one's own: {names:?}");
    })
    .await;
}

#[tokio::test]
async fn a_key_full_of_dots_is_refused_as_one_place() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "guilds": { "a.".repeat(500_000): 5 } });
        let refused = town.member.patch("/users/@me/guilds/settings", body).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!(50_035)));
        let place = &refused.body["errors"]["guilds"]["a.".repeat(50)];
        assert_eq!(place["_errors"][0]["code"], "BASE_TYPE_INVALID", "{}", refused.body);
        town.member.get("/users/@me").await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn one_request_has_so_many_channels() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let many = |from: usize, count: usize| {
            let one = |id: usize| (id.to_string(), json!({ "muted": true }));
            json!({ "channel_overrides": (from..from + count).map(one).collect::<serde_json::Map<_, _>>() })
        };
        let path = "/users/@me/guilds/settings";
        let bulk = |mine: usize, private: usize| json!({ "guilds": { &town.guild: many(1, mine), "@me": many(5000, private) } });
        town.member.patch(path, bulk(501, 500)).await.refused(400, 50_035);
        let all = town.member.patch(path, bulk(500, 500)).await.ok(200);
        for one in all.as_array().unwrap() {
            assert_eq!(one["channel_overrides"], json!([]), "none of them is there");
        }
        let body = json!({ "guilds": { &town.guild: { "channel_overrides": { &town.channel: { "muted": true } } } } });
        let all = town.member.patch(path, body).await.ok(200);
        assert_eq!(all[0]["channel_overrides"][0]["channel_id"], json!(town.channel));
        // A channel of the guild is none of the private ones.
        let body = json!({ "guilds": { "@me": { "channel_overrides": { &town.channel: { "muted": true } } } } });
        let all = town.member.patch(path, body).await.ok(200);
        assert_eq!(all[0]["channel_overrides"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn settings_decide_what_counts_as_a_mention() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "crew" })).await.ok(200);
        let role = role["id"].as_str().unwrap();
        let give = format!("/guilds/{}/members/{}/roles/{role}", town.guild, town.member.id);
        town.owner.put(&give, json!({})).await.ok(204);
        let path = format!("/users/@me/guilds/{}/settings", town.guild);
        // Muted: mentions stay.
        town.member.patch(&path, json!({ "muted": true, "message_notifications": 2 })).await.ok(200);
        town.say(&town.owner, "@everyone").await;
        town.say(&town.owner, &format!("<@&{role}>")).await;
        assert_eq!(mentions(&town, &town.member).await, 2);
        town.member.patch(&path, json!({ "suppress_everyone": true })).await.ok(200);
        town.say(&town.owner, "@here").await;
        assert_eq!(mentions(&town, &town.member).await, 2);
        town.say(&town.owner, &format!("@everyone <@&{role}>")).await;
        assert_eq!(mentions(&town, &town.member).await, 3, "the role is not suppressed");
        town.member.patch(&path, json!({ "suppress_roles": true })).await.ok(200);
        town.say(&town.owner, &format!("@everyone <@&{role}>")).await;
        assert_eq!(mentions(&town, &town.member).await, 3);
        town.say(&town.owner, &format!("@everyone <@{}>", town.member.id)).await;
        assert_eq!(mentions(&town, &town.member).await, 4, "oneself is never suppressed");
    })
    .await;
}

#[tokio::test]
async fn a_mention_counts_where_one_is_muted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "name": "group", "type": 4 });
        let group = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        town.owner.patch(&format!("/channels/{}", town.channel), json!({ "parent_id": group["id"] })).await.ok(200);
        let path = format!("/users/@me/guilds/{}/settings", town.guild);
        let call = format!("<@{}>", town.member.id);
        // The channel itself, what it stands in, and the guild; for ever and for a while.
        let muted = json!({ "muted": true, "mute_config": null });
        let open = json!({ "muted": false });
        let mut count = 0;
        for (on, off) in [
            (
                json!({ "channel_overrides": { &town.channel: muted } }),
                json!({ "channel_overrides": { &town.channel: open } }),
            ),
            (
                json!({ "channel_overrides": { group["id"].as_str().unwrap(): muted } }),
                json!({ "channel_overrides": { group["id"].as_str().unwrap(): open } }),
            ),
            (muted.clone(), open.clone()),
        ] {
            town.member.patch(&path, on).await.ok(200);
            town.say(&town.owner, "nothing of yours").await;
            assert_eq!(mentions(&town, &town.member).await, count);
            town.say(&town.owner, &call).await;
            count += 1;
            assert_eq!(mentions(&town, &town.member).await, count);
            town.member.patch(&path, off).await.ok(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_note_is_for_oneself() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/users/@me/notes/{}", town.owner.id);
        let mut socket = town.member.connect(0).await;
        town.member.get(&path).await.refused(404, 10_013);
        town.member.put(&path, json!({ "note": "kind" })).await.ok(204);
        let told = socket.event("USER_NOTE_UPDATE").await;
        assert_eq!(told, json!({ "id": town.owner.id, "note": "kind" }));
        assert_eq!(town.member.get(&path).await.ok(200)["note"], "kind");
        assert_eq!(town.member.get("/users/@me/notes").await.ok(200), json!({ &town.owner.id: "kind" }));
        assert_eq!(town.owner.get("/users/@me/notes").await.ok(200), json!({}));
        town.member.put(&path, json!({ "note": "x".repeat(257) })).await.refused(400, 50_015);
        town.member.put("/users/@me/notes/7", json!({ "note": "who" })).await.refused(404, 10_013);
        town.member.put(&path, json!({ "note": null })).await.ok(204);
        assert_eq!(town.member.get("/users/@me/notes").await.ok(200), json!({}));
    })
    .await;
}
