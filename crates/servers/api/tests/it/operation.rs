//! What the law of operations asks for and no story of a noun tells: refusals by the table, and the old and rare ways to the same.

use guildhall_harness::{Client, Town, on_both};
use serde_json::{Value, json};

/// Who asks, how, and the status and code of the refusal.
type Refusal<'a> = (&'a Client, &'a str, String, Value, (u16, u32));

async fn check(refusals: Vec<Refusal<'_>>) {
    for (who, method, path, body, (status, code)) in refusals {
        who.ask(method, &path, (method != "GET").then_some(body)).await.refused(status, code);
    }
}

const NO_ACCESS: (u16, u32) = (403, 50_001);
const NO_RIGHT: (u16, u32) = (403, 50_013);
const WRONG: (u16, u32) = (400, 50_035);
const FOR_BOTS: (u16, u32) = (403, 20_002);
const BAD_SECRET: (u16, u32) = (401, 50_027);
const UNKNOWN_MESSAGE: (u16, u32) = (404, 10_008);

#[tokio::test]
async fn a_guild_is_read_by_its_members() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = format!("/guilds/{}", town.guild);
        let mut refusals: Vec<Refusal<'_>> = Vec::new();
        for list in [
            "channels",
            "emojis",
            "regions",
            "roles",
            "roles/member-counts",
            "scheduled-events",
            "soundboard-sounds",
            "stickers",
            "threads/active",
            "new-member-welcome",
            "onboarding",
            "members/search?query=a",
        ] {
            refusals.push((&town.stranger, "GET", format!("{guild}/{list}"), Value::Null, NO_ACCESS));
        }
        for list in ["integrations", "templates", "webhooks", "widget"] {
            refusals.push((&town.member, "GET", format!("{guild}/{list}"), Value::Null, NO_RIGHT));
        }
        let get = |path: &str, refusal| (&town.owner, "GET", format!("{guild}/{path}"), Value::Null, refusal);
        refusals.extend([
            get("members/search?query=", WRONG),
            get("roles/1", (404, 10_011)),
            get("bans/1", (404, 10_026)),
            get("scheduled-events/1/users/counts", (404, 10_070)),
            (&town.owner, "PATCH", format!("{guild}/channels"), json!([{ "id": "1", "position": 0 }]), (404, 10_003)),
            (&town.member, "GET", format!("{guild}/auto-moderation/rules/1"), Value::Null, NO_RIGHT),
            (&town.member, "PATCH", format!("{guild}/roles"), json!([]), NO_RIGHT),
            (&town.member, "POST", format!("{guild}/prune"), json!({}), NO_RIGHT),
            (&town.owner, "PUT", format!("{guild}/templates/none"), json!({}), (404, 10_057)),
        ]);
        let give = format!("{guild}/members/{}/roles/{}", town.member.id, town.guild);
        refusals.push((&town.member, "DELETE", give, json!({}), NO_RIGHT));
        check(refusals).await;
        let everyone = town.member.get(&format!("{guild}/roles/{}", town.guild)).await.ok(200);
        assert_eq!(everyone["name"], "@everyone");
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_used_by_those_who_see_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = format!("/channels/{}", town.channel);
        let thumb = format!("{channel}/messages/1/reactions/%F0%9F%91%8D");
        let (owner, member, stranger) = (&town.owner, &town.member, &town.stranger);
        let mut refusals: Vec<Refusal<'_>> = Vec::new();
        for list in ["messages/pins", "pins", "threads/archived/public"] {
            refusals.push((stranger, "GET", format!("{channel}/{list}"), Value::Null, NO_ACCESS));
        }
        for list in ["invites", "webhooks"] {
            refusals.push((member, "GET", format!("{channel}/{list}"), Value::Null, NO_RIGHT));
        }
        for (who, code) in [(member, NO_RIGHT), (owner, UNKNOWN_MESSAGE)] {
            for pins in ["messages/pins/1", "pins/1"] {
                refusals.push((who, "PUT", format!("{channel}/{pins}"), json!({}), code));
                refusals.push((who, "DELETE", format!("{channel}/{pins}"), json!({}), code));
            }
            let all = format!("{channel}/messages/1/reactions");
            for path in [all, thumb.clone(), format!("{thumb}/{}", member.id)] {
                refusals.push((who, "DELETE", path, json!({}), code));
            }
        }
        refusals.extend([
            (owner, "GET", format!("{channel}/messages/pins?limit=51"), Value::Null, WRONG),
            (owner, "GET", thumb.clone(), Value::Null, UNKNOWN_MESSAGE),
            (owner, "DELETE", format!("{thumb}/@me"), json!({}), UNKNOWN_MESSAGE),
            (stranger, "POST", format!("{channel}/typing"), json!({}), NO_ACCESS),
            (stranger, "DELETE", format!("{channel}/thread-members/@me"), json!({}), NO_ACCESS),
            (stranger, "DELETE", format!("{channel}/thread-members/1"), json!({}), NO_ACCESS),
        ]);
        check(refusals).await;
    })
    .await;
}

#[tokio::test]
async fn an_application_is_looked_at_by_itself() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let app = format!("/applications/{}", bot.id);
        let (owner, member) = (&town.owner, &town.member);
        let unknown_emoji = (404, 10_014);
        check(vec![
            (owner, "GET", "/applications/@me".into(), Value::Null, FOR_BOTS),
            (owner, "GET", "/oauth2/applications/@me".into(), Value::Null, FOR_BOTS),
            (owner, "GET", "/gateway/bot".into(), Value::Null, FOR_BOTS),
            (owner, "GET", "/oauth2/@me".into(), Value::Null, (401, 50_025)),
            (&bot, "PATCH", "/applications/@me".into(), json!({ "tags": vec!["x"; 6] }), WRONG),
            (member, "GET", format!("{app}/emojis/1"), Value::Null, NO_ACCESS),
            (&bot, "GET", format!("{app}/emojis/1"), Value::Null, unknown_emoji),
            (&bot, "PATCH", format!("{app}/emojis/1"), json!({ "name": "smile" }), unknown_emoji),
            (member, "GET", format!("{app}/role-connections/metadata"), Value::Null, NO_ACCESS),
            (member, "GET", "/users/@me/applications/1/entitlements".into(), Value::Null, (404, 10_002)),
            (member, "GET", "/users/1".into(), Value::Null, (404, 10_013)),
        ])
        .await;
        assert_eq!(bot.get("/applications/@me").await.ok(200)["id"], json!(bot.id));
        let gateway = town.server.client().get("/gateway").await.ok(200);
        let mine = bot.get("/gateway/bot").await.ok(200);
        assert_eq!((&mine["url"], &mine["shards"]), (&gateway["url"], &json!(1)));
        let limit = &mine["session_start_limit"];
        let named = (&limit["total"], &limit["remaining"], &limit["max_concurrency"]);
        assert_eq!(named, (&json!(1000), &json!(1000), &json!(16)));
        drop(bot.connect(1).await);
        let after = bot.get("/gateway/bot").await.ok(200)["session_start_limit"].clone();
        assert_eq!(after["remaining"], 999, "what was begun is counted");
        assert!((1..=86_400_000).contains(&after["reset_after"].as_u64().unwrap()), "{after}");
        assert_eq!(bot.get(&format!("/users/{}", member.id)).await.ok(200)["username"], "member");
    })
    .await;
}

#[tokio::test]
async fn the_old_addresses_of_pins_do_the_same() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let id = town.say(&town.owner, "keep this").await["id"].as_str().unwrap().to_owned();
        for pins in ["pins", "messages/pins"] {
            let path = format!("/channels/{}/{pins}/{id}", town.channel);
            let mut socket = town.member.connect(0).await;
            town.owner.put(&path, json!({})).await.ok(204);
            assert_eq!(socket.event("MESSAGE_UPDATE").await["pinned"], true);
            assert!(socket.event("CHANNEL_PINS_UPDATE").await["last_pin_timestamp"].is_string());
            assert_eq!(socket.event("MESSAGE_CREATE").await["type"], 6);
            let old = town.member.get(&format!("/channels/{}/pins", town.channel)).await.ok(200);
            assert_eq!(old[0]["id"], json!(id));
            town.owner.delete(&path).await.ok(204);
            assert_eq!(socket.event("MESSAGE_UPDATE").await["pinned"], false);
            assert!(socket.event("CHANNEL_PINS_UPDATE").await["last_pin_timestamp"].is_null());
        }
    })
    .await;
}

#[tokio::test]
async fn a_moderator_takes_a_reaction_away() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let id = town.say(&town.owner, "like this?").await["id"].as_str().unwrap().to_owned();
        let thumb = format!("/channels/{}/messages/{id}/reactions/%F0%9F%91%8D", town.channel);
        town.member.put(&format!("{thumb}/@me"), json!({})).await.ok(204);
        let mut socket = town.member.connect(0).await;
        town.owner.delete(&format!("{thumb}/{}", town.member.id)).await.ok(204);
        assert_eq!(socket.event("MESSAGE_REACTION_REMOVE").await["user_id"], json!(town.member.id));
        assert_eq!(town.member.get(&thumb).await.ok(200), json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_thread_is_joined_and_left() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let threads = format!("/channels/{}/threads", town.channel);
        let thread = town.owner.post(&threads, json!({ "name": "aside", "type": 11 })).await.ok(201);
        let members = format!("/channels/{}/thread-members", thread["id"].as_str().unwrap());
        let mut socket = town.owner.connect(0).await;
        town.member.put(&format!("{members}/@me"), json!({})).await.ok(204);
        assert_eq!(socket.event("THREAD_MEMBERS_UPDATE").await["added_members"][0]["user_id"], json!(town.member.id));
        let one = format!("{members}/{}", town.member.id);
        assert_eq!(town.owner.get(&one).await.ok(200)["user_id"], json!(town.member.id));
        town.member.delete(&format!("{members}/@me")).await.ok(204);
        assert_eq!(socket.event("THREAD_MEMBERS_UPDATE").await["removed_member_ids"], json!([town.member.id]));
        assert_eq!(town.owner.get(&one).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_webhook_is_changed_by_those_who_may_and_told_of() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let nobody = town.server.client();
        let path = format!("/channels/{}/webhooks", town.channel);
        let made = town.owner.post(&path, json!({ "name": "news" })).await.ok(200);
        let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
        let (hook, secret) = (format!("/webhooks/{id}"), format!("/webhooks/{id}/{token}"));
        let mut refusals: Vec<Refusal<'_>> = Vec::new();
        for (method, body) in [("GET", Value::Null), ("PATCH", json!({ "name": "old" })), ("DELETE", json!({}))] {
            refusals.push((&town.member, method, hook.clone(), body.clone(), NO_RIGHT));
            refusals.push((&nobody, method, format!("{hook}/wrong"), body, BAD_SECRET));
            for message in ["@original", "1"] {
                let body = json!({ "content": "x" });
                refusals.push((&nobody, method, format!("{secret}/messages/{message}"), body, UNKNOWN_MESSAGE));
            }
        }
        check(refusals).await;
        let mut socket = town.owner.connect(0).await;
        assert_eq!(nobody.patch(&secret, json!({ "name": "views" })).await.ok(200)["name"], "views");
        assert_eq!(socket.event("WEBHOOKS_UPDATE").await["channel_id"], json!(town.channel));
        town.owner.patch(&hook, json!({ "name": "rumours" })).await.ok(200);
        socket.event("WEBHOOKS_UPDATE").await;
        let sent = nobody.post(&format!("{secret}?wait=true"), json!({ "content": "first" })).await.ok(200);
        let message = format!("{secret}/messages/{}", sent["id"].as_str().unwrap());
        nobody.patch(&message, json!({ "content": "second" })).await.ok(200);
        assert_eq!(socket.event("MESSAGE_UPDATE").await["content"], "second");
        nobody.delete(&message).await.ok(204);
        assert_eq!(socket.event("MESSAGE_DELETE").await["id"], sent["id"]);
        nobody.delete(&secret).await.ok(204);
        socket.event("WEBHOOKS_UPDATE").await;
        town.owner.get(&hook).await.refused(404, 10_015);
    })
    .await;
}

#[tokio::test]
async fn those_who_are_banned_together_are_told_of_one_by_one() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.owner.connect(0).await;
        let path = format!("/guilds/{}/bulk-ban", town.guild);
        town.owner.post(&path, json!({ "user_ids": [town.member.id, town.stranger.id] })).await.ok(200);
        let mut banned = Vec::new();
        let mut gone = Vec::new();
        while banned.len() < 2 || gone.is_empty() {
            let frame = socket.frame().await;
            let user = frame["d"]["user"]["id"].clone();
            match frame["t"].as_str() {
                Some("GUILD_BAN_ADD") => banned.push(user),
                Some("GUILD_MEMBER_REMOVE") => gone.push(user),
                _ => {}
            }
        }
        assert_eq!((banned, gone), (vec![json!(town.member.id), json!(town.stranger.id)], vec![json!(town.member.id)]));
    })
    .await;
}

#[tokio::test]
async fn an_announcement_is_marked_where_it_was_made() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channels = format!("/guilds/{}/channels", town.guild);
        let news = town.owner.post(&channels, json!({ "name": "news", "type": 5 })).await.ok(201);
        let messages = format!("/channels/{}/messages", news["id"].as_str().unwrap());
        let sent = town.owner.post(&messages, json!({ "content": "hear, hear" })).await.ok(200);
        let mut socket = town.member.connect(0).await;
        let path = format!("{messages}/{}/crosspost", sent["id"].as_str().unwrap());
        town.owner.post(&path, json!({})).await.ok(200);
        let told = socket.event("MESSAGE_UPDATE").await;
        assert_eq!((&told["id"], &told["flags"]), (&sent["id"], &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn an_application_takes_back_what_it_answered() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let commands = format!("/applications/{}/commands", bot.id);
        let command = bot.post(&commands, json!({ "name": "ping", "description": "answers" })).await.ok(201);
        let mut ears = bot.connect(1).await;
        let mut socket = town.member.connect(0).await;
        let ask = json!({
            "type": 2, "application_id": bot.id, "guild_id": town.guild, "channel_id": town.channel,
            "session_id": "x", "data": { "id": command["id"], "name": "ping", "type": 1 },
        });
        town.member.post("/interactions", ask).await.ok(204);
        let asked = ears.event("INTERACTION_CREATE").await;
        let token = asked["token"].as_str().unwrap();
        let answer = format!("/interactions/{}/{token}/callback", asked["id"].as_str().unwrap());
        bot.post(&answer, json!({ "type": 4, "data": { "content": "pong" } })).await.ok(204);
        let told = socket.event("MESSAGE_CREATE").await;
        let original = format!("/webhooks/{}/{token}/messages/@original", bot.id);
        town.server.client().delete(&original).await.ok(204);
        assert_eq!(socket.event("MESSAGE_DELETE").await["id"], told["id"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_json_is_told_as_it_is() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        town.owner.patch(&format!("/guilds/{}/widget", town.guild), json!({ "enabled": true })).await.ok(200);
        let picture = town.stranger.get(&format!("/guilds/{}/widget.png", town.guild)).await;
        assert_eq!((picture.status, &picture.headers["content-type"]), (200, &"image/png".parse().unwrap()));
        let path = format!("/channels/{}/invites", town.channel);
        let file = town.stranger.id.clone();
        let files: &[(&str, &str, &[u8])] = &[("target_users_file", "users.csv", file.as_bytes())];
        let made = town.owner.upload(&path, files, &json!({ "max_age": 0 }), true).await.ok(200);
        let list = format!("/invites/{}/target-users", made["code"].as_str().unwrap());
        assert_eq!(town.owner.get(&list).await.status, 200);
        town.member.get(&list).await.refused(403, 50_013);
    })
    .await;
}
