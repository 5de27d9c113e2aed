//! Channels, overwrites, direct messages.

mod role;

use guildhall_harness::{Client, Town, on_both};
use serde_json::json;

#[tokio::test]
async fn channels_come_change_and_go() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let list = format!("/guilds/{}/channels", town.guild);
        town.member.post(&list, json!({ "name": "x" })).await.refused(403, 50_013);
        let made = town.owner.post(&list, json!({ "name": "Town Square", "topic": "all" })).await.ok(201);
        assert_eq!(made["name"], "town-square");
        assert_eq!(socket.event("CHANNEL_CREATE").await["id"], made["id"]);
        let path = format!("/channels/{}", made["id"].as_str().unwrap());
        let cleared = town.owner.patch(&path, json!({ "topic": null })).await.ok(200);
        assert!(cleared.as_object().unwrap().contains_key("topic"), "null is written, not left out");
        assert_eq!(socket.event("CHANNEL_UPDATE").await["topic"], json!(null));
        town.owner.patch(&path, json!({ "name": "" })).await.refused(400, 50_035);
        town.owner.delete(&path).await.ok(200);
        socket.event("CHANNEL_DELETE").await;
        town.owner.get(&path).await.refused(404, 10_003);
        town.owner.delete(&format!("/channels/{}", town.channel)).await.refused(400, 50_074);
    })
    .await;
}

#[tokio::test]
async fn an_overwrite_hides_and_shows() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let everyone = format!("/channels/{}/permissions/{}", town.channel, town.guild);
        // 1024 is VIEW_CHANNEL.
        town.owner.put(&everyone, json!({ "type": 0, "deny": "1024" })).await.ok(204);
        assert_eq!(socket.event("CHANNEL_DELETE").await["id"], json!(town.channel), "it went out of view");
        town.member.get(&format!("/channels/{}", town.channel)).await.refused(403, 50_001);
        town.say(&town.owner, "secret").await;
        let own = format!("/channels/{}/permissions/{}", town.channel, town.member.id);
        town.owner.put(&own, json!({ "type": 1, "allow": 1024 })).await.ok(204);
        let names = socket.names_until("CHANNEL_CREATE").await;
        assert!(!names.contains(&"MESSAGE_CREATE".to_owned()), "what was hidden is not heard: {names:?}");
        town.member.get(&format!("/channels/{}", town.channel)).await.ok(200);
        town.owner.delete(&own).await.ok(204);
        town.owner.delete(&own).await.refused(404, 10_009);
    })
    .await;
}

#[tokio::test]
async fn denied_sending_is_refused() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let everyone = format!("/channels/{}/permissions/{}", town.channel, town.guild);
        // 2048 is SEND_MESSAGES.
        town.owner.put(&everyone, json!({ "type": 0, "deny": "2048" })).await.ok(204);
        let send = format!("/channels/{}/messages", town.channel);
        town.member.post(&send, json!({ "content": "x" })).await.refused(403, 50_013);
        town.owner.post(&send, json!({ "content": "x" })).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn a_direct_message_is_one_for_two() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let one = town.owner.post("/users/@me/channels", json!({ "recipient_id": town.member.id })).await.ok(200);
        let number: u64 = town.owner.id.parse().unwrap();
        let other = town.member.post("/users/@me/channels", json!({ "recipient_id": number })).await.ok(200);
        assert_eq!(one["id"], other["id"]);
        assert_eq!(one["recipients"][0]["id"], json!(town.member.id));
        let send = format!("/channels/{}/messages", one["id"].as_str().unwrap());
        town.owner.post(&send, json!({ "content": "psst" })).await.ok(200);
        let heard = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&heard["content"], &heard["guild_id"]), (&json!("psst"), &json!(null)));
        town.stranger.get(&format!("/channels/{}", one["id"].as_str().unwrap())).await.refused(403, 50_001);
        town.owner.post("/users/@me/channels", json!({ "recipient_id": town.stranger.id })).await.refused(403, 50_007);
    })
    .await;
}

#[tokio::test]
async fn typing_is_heard() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        town.owner.ask("POST", &format!("/channels/{}/typing", town.channel), None).await.ok(204);
        let typing = socket.event("TYPING_START").await;
        assert_eq!((&typing["user_id"], &typing["channel_id"]), (&json!(town.owner.id), &json!(town.channel)));
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_is_gone_is_nothing_to_its_guild() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = format!("/guilds/{}", town.guild);
        let body = json!({ "name": "doorstep", "type": 0 });
        let channel = town.owner.post(&format!("{guild}/channels"), body).await.ok(201);
        let id = channel["id"].as_str().unwrap();
        town.owner.patch(&guild, json!({ "system_channel_id": id, "rules_channel_id": id })).await.ok(200);
        let mut socket = town.member.connect(0).await;
        town.owner.delete(&format!("/channels/{id}")).await.ok(200);
        let told = socket.event("GUILD_UPDATE").await;
        assert_eq!((&told["system_channel_id"], &told["rules_channel_id"]), (&json!(null), &json!(null)));
        assert_eq!(told["roles"].as_array().unwrap().len(), 1);
        assert_eq!(town.owner.get(&guild).await.ok(200)["system_channel_id"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn overwrites_that_stay_need_no_right_to_give_them() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        // Channels and roles, but not to ban.
        let rights = (1_u64 << 4 | 1 << 28).to_string();
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "permissions": rights })).await;
        let role = role.ok(200)["id"].as_str().unwrap().to_owned();
        let path = format!("/guilds/{}/members/{}/roles/{role}", town.guild, town.member.id);
        town.owner.put(&path, json!({})).await.ok(204);
        let channel = format!("/channels/{}", town.channel);
        let one = |allow: u64| json!({ "id": role, "type": 0, "allow": allow.to_string(), "deny": "0" });
        town.owner.patch(&channel, json!({ "permission_overwrites": [one(4)] })).await.ok(200);
        let same = json!({ "name": "renamed", "permission_overwrites": [one(4)] });
        assert_eq!(town.member.patch(&channel, same).await.ok(200)["name"], "renamed");
        let more = json!({ "permission_overwrites": [one(4 | 8)] });
        town.member.patch(&channel, more).await.refused(403, 50_013);
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_locked_by_those_who_may() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let state = format!("/channels/{}/state", town.channel);
        let mut socket = town.owner.connect(0).await;
        for body in
            [json!({ "locked": true }), json!({ "archived": true }), json!({ "locked": true, "archived": true })]
        {
            town.member.own("PATCH", &state, body.clone()).await.refused(403, 50_013);
            town.stranger.own("PATCH", &state, body).await.refused(403, 50_001);
        }
        town.server.client().own("PATCH", &state, json!({ "locked": true })).await.refused(401, 0);
        let seen = town.owner.get(&format!("/channels/{}", town.channel)).await.ok(200);
        assert!(seen["locked"] != true && seen["archived"] != true, "{seen}");
        town.say(&town.member, "still open").await;
        let names = socket.names_until("MESSAGE_CREATE").await;
        assert!(!names.contains(&"CHANNEL_UPDATE".to_owned()), "{names:?}");
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=11", town.guild)).await.ok(200);
        assert_eq!(log["audit_log_entries"], json!([]), "what is refused is no deed");
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_locked_and_archived() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = format!("/channels/{}", town.channel);
        let (messages, state) = (format!("{channel}/messages"), format!("{channel}/state"));
        let said = town.say(&town.member, "before").await;
        let message = format!("{messages}/{}", said["id"].as_str().unwrap());
        let thread =
            town.owner.post(&format!("{channel}/threads"), json!({ "name": "in it", "type": 11 })).await.ok(201);
        let inside = format!("/channels/{}/messages", thread["id"].as_str().unwrap());
        let text = || json!({ "content": "after" });
        town.owner.own("PATCH", &state, json!({})).await.refused(400, 50_035);
        town.owner
            .own("PATCH", &format!("/channels/{}/state", thread["id"].as_str().unwrap()), json!({ "locked": true }))
            .await
            .refused(400, 50_024);
        let mut socket = town.member.connect(0).await;
        assert_eq!(town.owner.own("PATCH", &state, json!({ "locked": true })).await.ok(200)["locked"], true);
        assert_eq!(socket.event("CHANNEL_UPDATE").await["locked"], true);
        town.member.post(&messages, text()).await.refused(403, 7_000_006);
        town.member.post(&inside, text()).await.refused(403, 7_000_006);
        town.member
            .post(&format!("{channel}/threads"), json!({ "name": "no", "type": 11 }))
            .await
            .refused(403, 7_000_006);
        town.member.patch(&message, text()).await.ok(200);
        town.owner.post(&messages, text()).await.ok(200);
        town.owner.own("PATCH", &state, json!({ "locked": false, "archived": true })).await.ok(200);
        for who in [&town.member, &town.owner] {
            who.post(&messages, text()).await.refused(403, 7_000_006);
            who.post(&inside, text()).await.refused(403, 7_000_006);
        }
        town.member.patch(&message, text()).await.refused(403, 7_000_006);
        town.member.put(&format!("{message}/reactions/%F0%9F%91%8D/@me"), json!({})).await.refused(403, 7_000_006);
        assert_eq!(town.member.get(&format!("{messages}?limit=1")).await.ok(200)[0]["content"], "after", "still read");
        town.owner.own("PATCH", &state, json!({ "archived": false })).await.ok(200);
        town.member.post(&messages, text()).await.ok(200);
        // Doing it twice is no deed.
        town.owner.own("PATCH", &state, json!({ "archived": false })).await.ok(200);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=11", town.guild)).await.ok(200);
        let changed: Vec<_> =
            log["audit_log_entries"].as_array().unwrap().iter().map(|entry| &entry["changes"]).collect();
        assert_eq!(
            changed,
            [
                &json!([{ "key": "archived", "old_value": true }]),
                &json!([{ "key": "archived", "new_value": true }, { "key": "locked", "old_value": true }]),
                &json!([{ "key": "locked", "new_value": true }]),
            ]
        );
        let other =
            town.owner.post(&format!("/guilds/{}/channels", town.guild), json!({ "name": "other" })).await.ok(201);
        let other = format!("/channels/{}", other["id"].as_str().unwrap());
        town.member.delete(&other).await.refused(403, 50_013);
        for _ in 0..3 {
            town.owner.post(&format!("{other}/messages"), text()).await.ok(200);
        }
        let last = town.owner.post(&format!("{other}/messages"), text()).await.ok(200);
        town.owner.delete(&format!("{other}/messages/{}", last["id"].as_str().unwrap())).await.ok(204);
        town.owner.delete(&other).await.ok(200);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=12", town.guild)).await.ok(200);
        assert_eq!(log["audit_log_entries"].as_array().unwrap().len(), 1);
        let entry = &log["audit_log_entries"][0];
        assert_eq!((&entry["user_id"], &entry["options"]), (&json!(town.owner.id), &json!({ "count": "3" })));
        assert!(entry["changes"].as_array().unwrap().contains(&json!({ "key": "name", "old_value": "other" })));
    })
    .await;
}

#[tokio::test]
async fn what_a_guild_needs_stays_and_categories_are_full_at_fifty() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (guild, channels) = (format!("/guilds/{}", town.guild), format!("/guilds/{}/channels", town.guild));
        let voice = town.owner.post(&channels, json!({ "name": "talk", "type": 2 })).await.ok(201);
        town.owner.patch(&guild, json!({ "rules_channel_id": voice["id"] })).await.refused(400, 50_035);
        town.owner.patch(&guild, json!({ "afk_channel_id": town.channel })).await.refused(400, 50_035);
        town.owner.patch(&guild, json!({ "afk_channel_id": voice["id"] })).await.ok(200);
        let rules = town.owner.post(&channels, json!({ "name": "rules" })).await.ok(201);
        let community = json!({
            "features": ["COMMUNITY"], "rules_channel_id": rules["id"], "public_updates_channel_id": rules["id"],
        });
        town.owner.patch(&guild, community).await.ok(200);
        let rules = format!("/channels/{}", rules["id"].as_str().unwrap());
        town.owner.delete(&rules).await.refused(400, 50_074);
        town.owner.patch(&guild, json!({ "features": [] })).await.ok(200);
        town.owner.delete(&rules).await.ok(200);
        let category = town.owner.post(&channels, json!({ "name": "Rooms", "type": 4 })).await.ok(201);
        for number in 0..50 {
            let body = json!({ "name": format!("room-{number}"), "parent_id": category["id"] });
            town.owner.post(&channels, body).await.ok(201);
        }
        let one_more = json!({ "name": "one-more", "parent_id": category["id"] });
        town.owner.post(&channels, one_more).await.refused(400, 50_035);
    })
    .await;
}

/// Gives the member a role with these permissions; gives the role.
async fn role(town: &Town, permissions: u64) -> String {
    let roles = format!("/guilds/{}/roles", town.guild);
    let role = town.owner.post(&roles, json!({ "permissions": permissions.to_string() })).await.ok(200);
    let role = role["id"].as_str().unwrap().to_owned();
    let give = format!("/guilds/{}/members/{}/roles/{role}", town.guild, town.member.id);
    town.owner.put(&give, json!({})).await.ok(204);
    role
}

#[tokio::test]
async fn in_overwrites_nobody_gives_what_they_do_not_have() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (webhooks, roles, send) = (1_u64 << 29, 1_u64 << 28, 1_u64 << 11);
        // Channels and roles.
        role(&town, 1 << 4 | roles).await;
        let everyone = format!("/channels/{}/permissions/{}", town.channel, town.guild);
        let own = format!("/channels/{}/permissions/{}", town.channel, town.member.id);
        let allow = |bits: u64| json!({ "type": 0, "allow": bits.to_string() });
        let deny = |bits: u64| json!({ "type": 0, "deny": bits.to_string() });
        town.member.put(&everyone, deny(send)).await.ok(204);
        town.member.put(&everyone, allow(webhooks)).await.refused(403, 50_013);
        town.member.put(&everyone, deny(webhooks)).await.refused(403, 50_013);
        // To manage permissions is given on by administrators only, even by those who may do it.
        town.member.put(&everyone, allow(roles)).await.refused(403, 50_013);
        let list = format!("/guilds/{}/channels", town.guild);
        let new = |bits: u64| {
            json!({ "name": "new", "permission_overwrites": [{ "id": town.guild, "allow": bits.to_string(), "deny": null }] })
        };
        town.member.post(&list, new(roles)).await.refused(403, 50_013);
        town.member.post(&list, new(send)).await.ok(201);
        town.owner.post(&list, new(roles)).await.ok(201);
        // What one has in the channel alone is not enough, except to manage permissions there.
        let in_channel = |bits: u64| json!({ "type": 1, "allow": bits.to_string() });
        town.owner.put(&own, in_channel(webhooks)).await.ok(204);
        town.member.put(&everyone, allow(webhooks)).await.refused(403, 50_013);
        town.owner.put(&own, in_channel(webhooks | roles)).await.ok(204);
        town.member.put(&everyone, allow(webhooks)).await.ok(204);
        town.member.put(&everyone, allow(webhooks | roles)).await.refused(403, 50_013);

        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=13", town.guild)).await.ok(200);
        let options: Vec<_> = log["audit_log_entries"].as_array().unwrap().iter().map(|one| &one["options"]).collect();
        assert_eq!(options[0], &json!({ "id": town.member.id, "type": "1" }));
        assert_eq!(options[1], &json!({ "id": town.guild, "type": "0", "role_name": "@everyone" }));
    })
    .await;
}

#[tokio::test]
async fn channels_in_step_follow_their_category() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let list = format!("/guilds/{}/channels", town.guild);
        let make = async |body| {
            let made = town.owner.post(&list, body).await.ok(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let category = make(json!({ "name": "above", "type": 4 })).await;
        let step = make(json!({ "name": "step", "parent_id": category })).await;
        let own = json!([{ "id": town.guild, "type": 0, "deny": "64" }]);
        let apart = make(json!({ "name": "apart", "parent_id": category, "permission_overwrites": own })).await;
        let mut socket = town.member.connect(0).await;
        let of = async |channel: &str| {
            let seen = town.owner.get(&format!("/channels/{channel}")).await.ok(200);
            seen["permission_overwrites"].clone()
        };
        let overwrite = format!("/channels/{category}/permissions/{}", town.guild);
        town.owner.put(&overwrite, json!({ "type": 0, "deny": "2048" })).await.ok(204);
        assert_eq!(socket.event("CHANNEL_UPDATE").await["id"], json!(category));
        assert_eq!(socket.event("CHANNEL_UPDATE").await["id"], json!(step));
        assert_eq!(of(&step).await, of(&category).await);
        assert_eq!(of(&apart).await[0]["deny"], "64");
        let more = json!([{ "id": town.member.id, "type": 1, "allow": "2048" }]);
        town.owner.patch(&format!("/channels/{category}"), json!({ "permission_overwrites": more })).await.ok(200);
        assert_eq!(of(&step).await[0]["id"], json!(town.member.id));
        // Out of step it stays as it is.
        let step_own = format!("/channels/{step}/permissions/{}", town.guild);
        town.owner.put(&step_own, json!({ "type": 0, "deny": "64" })).await.ok(204);
        town.owner.delete(&format!("/channels/{category}/permissions/{}", town.member.id)).await.ok(204);
        assert_eq!((of(&category).await, of(&step).await.as_array().unwrap().len()), (json!([]), 2));
    })
    .await;
}

#[tokio::test]
async fn a_spoiler_channel_is_not_for_adults_too() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}", town.channel);
        let flag = 1 << 21;
        let set = town.owner.patch(&path, json!({ "flags": flag })).await.ok(200);
        assert_eq!(set["flags"], flag);
        assert_eq!(town.owner.patch(&path, json!({ "nsfw": true })).await.ok(200)["flags"], 0);
        town.owner.patch(&path, json!({ "flags": flag })).await.refused(400, 50_035);
        let stage = json!({ "name": "stage", "type": 13 });
        let stage = town.owner.post(&format!("/guilds/{}/channels", town.guild), stage).await.ok(201);
        let stage = format!("/channels/{}", stage["id"].as_str().unwrap());
        town.owner.patch(&stage, json!({ "flags": flag })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn channels_are_moved_and_brought_into_step_by_those_who_manage_them() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (channels, roles, view, hooks) = (1_u64 << 4, 1_u64 << 28, 1_u64 << 10, 1_u64 << 29);
        role(&town, channels | roles).await;
        let list = format!("/guilds/{}/channels", town.guild);
        let make = async |who: &guildhall_harness::Client, body| {
            let made = who.post(&list, body).await.ok(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let denying = |name: &str, bits: u64| {
            let overwrite = json!({ "id": town.guild, "type": 0, "deny": bits.to_string() });
            json!({ "name": name, "permission_overwrites": [overwrite] })
        };
        let hidden = make(&town.owner, denying("admins", view)).await;
        let fixed = make(&town.owner, denying("fixed", channels)).await;
        let strict = make(&town.owner, denying("strict", roles)).await;
        let plain = make(&town.owner, json!({ "name": "plain" })).await;
        let mine = make(&town.member, json!({ "name": "mine", "type": 4 })).await;
        let other = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({})).await.ok(200);
        let allow = json!([{ "id": other["id"], "type": 0, "allow": hooks.to_string() }]);
        let above = json!({ "name": "above", "type": 4, "permission_overwrites": allow });
        let above = make(&town.owner, above).await;
        let to = |channel: &str, parent: &str, lock: bool| {
            json!([{ "id": channel, "parent_id": parent, "lock_permissions": lock }])
        };
        for lock in [false, true] {
            town.member.patch(&list, to(&hidden, &mine, lock)).await.refused(403, 50_001);
            town.member.patch(&list, to(&fixed, &mine, lock)).await.refused(403, 50_013);
        }
        town.member.get(&format!("/channels/{hidden}")).await.refused(403, 50_001);
        // To put them in another order is nothing that a channel is asked for.
        let order = json!([{ "id": hidden, "position": 7 }, { "id": fixed, "position": 8 }]);
        town.member.patch(&list, order).await.ok(204);
        assert_eq!(town.owner.get(&format!("/channels/{hidden}")).await.ok(200)["position"], 7);
        town.member.patch(&list, to(&strict, &mine, true)).await.refused(403, 50_013);
        town.member.patch(&list, to(&strict, &mine, false)).await.ok(204);
        // Nobody gives by a category what they could not give.
        town.member.patch(&list, to(&plain, &above, true)).await.refused(403, 50_013);
        town.member.patch(&list, to(&plain, &mine, true)).await.ok(204);
        town.owner.patch(&list, to(&plain, &above, true)).await.ok(204);
        let seen = town.owner.get(&format!("/channels/{plain}")).await.ok(200);
        assert_eq!((&seen["parent_id"], &seen["permission_overwrites"][0]["id"]), (&json!(above), &other["id"]));
    })
    .await;
}

#[tokio::test]
async fn a_thread_has_no_overwrites_and_a_channel_a_hundred() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = format!("/channels/{}", town.channel);
        let thread = json!({ "name": "in it", "type": 11 });
        let thread = town.owner.post(&format!("{channel}/threads"), thread).await.ok(201);
        let path = format!("/channels/{}/permissions/{}", thread["id"].as_str().unwrap(), town.guild);
        town.owner.put(&path, json!({ "type": 0, "deny": "2048" })).await.refused(400, 50_024);
        town.owner.delete(&path).await.refused(400, 50_024);
        let state = town.server.app.bus().guild(town.guild.parse().unwrap()).unwrap();
        assert!(!state.channels.contains_key(&thread["id"].as_str().unwrap().parse().unwrap()));
        let many: Vec<_> = (1..=100).map(|id: u64| json!({ "id": id.to_string(), "type": 1, "deny": "64" })).collect();
        town.owner.patch(&channel, json!({ "permission_overwrites": many })).await.ok(200);
        let own = format!("{channel}/permissions/{}", town.member.id);
        town.owner.put(&own, json!({ "type": 1, "deny": "64" })).await.refused(400, 30_060);
        town.owner.delete(&format!("{channel}/permissions/1")).await.ok(204);
        town.owner.put(&own, json!({ "type": 1, "deny": "64" })).await.ok(204);
        town.owner.put(&own, json!({ "type": 1, "deny": "0" })).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn a_channel_goes_with_the_messages_of_its_threads_and_posts() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channels = format!("/guilds/{}/channels", town.guild);
        let make = async |name: &str, kind: u8| {
            let made = town.owner.post(&channels, json!({ "name": name, "type": kind })).await.ok(201);
            format!("/channels/{}", made["id"].as_str().unwrap())
        };
        let say = async |channel: &str| {
            let sent = town.owner.post(&format!("{channel}/messages"), json!({ "content": "words" })).await.ok(200);
            format!("{channel}/messages/{}", sent["id"].as_str().unwrap())
        };
        let begin = async |channel: &str, body: serde_json::Value| {
            let made = town.owner.post(&format!("{channel}/threads"), body).await.ok(201);
            format!("/channels/{}", made["id"].as_str().unwrap())
        };
        let (text, forum) = (make("doomed", 0).await, make("forum", 15).await);
        say(&text).await;
        let open = begin(&text, json!({ "name": "open", "type": 11 })).await;
        say(&open).await;
        let gone = say(&open).await;
        town.owner.delete(&gone).await.ok(204);
        let kept = begin(&text, json!({ "name": "archived", "type": 12 })).await;
        say(&kept).await;
        town.owner.patch(&kept, json!({ "archived": true })).await.ok(200);
        for name in ["one", "two"] {
            let post = begin(&forum, json!({ "name": name, "message": { "content": "first" } })).await;
            say(&post).await;
        }
        say(&make("beside", 0).await).await;
        town.owner.delete(&text).await.ok(200);
        town.owner.delete(&forum).await.ok(200);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=12", town.guild)).await.ok(200);
        let counts: Vec<_> = log["audit_log_entries"].as_array().unwrap().iter().map(|one| &one["options"]).collect();
        // The open thread is told of in the channel, by a message of its own.
        assert_eq!(counts, [&json!({ "count": "4" }), &json!({ "count": "4" })]);
    })
    .await;
}

#[tokio::test]
async fn a_lock_lets_a_role_and_those_above_it_write() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (guild, channel) = (format!("/guilds/{}", town.guild), format!("/channels/{}", town.channel));
        let (messages, state) = (format!("{channel}/messages"), format!("{channel}/state"));
        // Each new role is the lowest: made from above to below.
        let mut roles = Vec::new();
        for (name, permissions) in [("high", "0"), ("middle", "16"), ("low", "0")] {
            let body = json!({ "name": name, "permissions": permissions });
            let role = town.owner.post(&format!("{guild}/roles"), body).await.ok(200);
            roles.push(role["id"].as_str().unwrap().to_owned());
        }
        let (high, middle, low) = (&roles[0], &roles[1], &roles[2]);
        let invite = town.owner.post(&format!("{channel}/invites"), json!({})).await.ok(200);
        let invite = format!("/invites/{}", invite["code"].as_str().unwrap());
        let keeper = town.server.person("keeper").await;
        keeper.post(&invite, json!({})).await.ok(200);
        let held = |who: &Client, role: &str| format!("{guild}/members/{}/roles/{role}", who.id);
        town.owner.put(&held(&keeper, middle), json!({})).await.ok(204);
        let thread = town.owner.post(&format!("{channel}/threads"), json!({ "name": "in", "type": 11 })).await.ok(201);
        let inside = format!("/channels/{}/messages", thread["id"].as_str().unwrap());
        let words = || json!({ "content": "words" });
        // A bar is no role of another guild, not @everyone, not above oneself, and belongs to a lock.
        for role in ["5", &town.guild] {
            town.owner.own("PATCH", &state, json!({ "locked": true, "role_id": role })).await.refused(404, 10_011);
        }
        town.owner.own("PATCH", &state, json!({ "role_id": low })).await.refused(400, 50_035);
        keeper.own("PATCH", &state, json!({ "locked": true, "role_id": high })).await.refused(403, 50_013);
        town.member.own("PATCH", &state, json!({ "locked": true, "role_id": low })).await.refused(403, 50_013);
        let mut socket = town.member.connect(0).await;
        let seen = keeper.own("PATCH", &state, json!({ "locked": true, "role_id": low })).await.ok(200);
        assert_eq!((&seen["locked"], &seen["lock_role_id"]), (&json!(true), &json!(low)));
        assert_eq!(socket.event("CHANNEL_UPDATE").await["lock_role_id"], json!(low));
        for path in [&messages, &inside] {
            town.member.post(path, words()).await.refused(403, 7_000_006);
            town.owner.post(path, words()).await.ok(200);
            keeper.post(path, words()).await.ok(200);
        }
        for (role, own) in [(low, true), (high, true)] {
            town.owner.put(&held(&town.member, role), json!({})).await.ok(204);
            assert_eq!(town.member.post(&messages, words()).await.status == 200, own);
            town.member.post(&inside, words()).await.ok(200);
            town.owner.delete(&held(&town.member, role)).await.ok(204);
        }
        // The bar is moved by the owner; who stands below it manages the channel, posts, but does not lift it.
        town.owner.own("PATCH", &state, json!({ "role_id": high })).await.ok(200);
        town.owner.put(&held(&town.member, low), json!({})).await.ok(204);
        town.member.post(&messages, words()).await.refused(403, 7_000_006);
        keeper.post(&messages, words()).await.ok(200);
        for body in [json!({ "locked": false }), json!({ "role_id": null }), json!({ "role_id": low })] {
            keeper.own("PATCH", &state, body).await.refused(403, 50_013);
        }
        keeper.own("PATCH", &state, json!({ "locked": true, "archived": true })).await.ok(200);
        keeper.own("PATCH", &state, json!({ "archived": false })).await.ok(200);
        let again = town.server.again().await;
        let told = town.owner.moved(again.address).get(&channel).await.ok(200);
        assert_eq!(told["lock_role_id"], json!(high), "a new start finds it");
        // When the role goes the lock stays, for those who manage the channel.
        town.owner.delete(&format!("{guild}/roles/{high}")).await.ok(204);
        let told = town.owner.get(&channel).await.ok(200);
        assert_eq!((&told["locked"], told.get("lock_role_id")), (&json!(true), None));
        town.member.post(&messages, words()).await.refused(403, 7_000_006);
        keeper.own("PATCH", &state, json!({ "role_id": low })).await.ok(200);
        let open = keeper.own("PATCH", &state, json!({ "locked": false })).await.ok(200);
        assert_eq!((open.get("locked"), open.get("lock_role_id")), (None, None), "an open channel has no bar");
        town.member.post(&messages, words()).await.ok(200);
        let log = town.owner.get(&format!("{guild}/audit-logs?action_type=11")).await.ok(200);
        let last = &log["audit_log_entries"].as_array().unwrap().last().unwrap()["changes"];
        let first = json!([{ "key": "lock_role_id", "new_value": low }, { "key": "locked", "new_value": true }]);
        assert_eq!(*last, first);
    })
    .await;
}
