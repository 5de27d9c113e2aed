//! The law of strangers: every route as nobody, as somebody outside, as a member without rights.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_api::Need;
use guildhall_harness::{Town, on_both};
use guildhall_wire::{Permissions, Timestamp};
use serde_json::{Value, json};

use crate::image::PNG;

#[tokio::test]
async fn every_route_refuses_strangers() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        // A member without any right at all.
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        town.owner.patch(&everyone, json!({ "permissions": "1024" })).await.ok(200);
        let nobody = town.server.client();
        let mut socket = town.owner.connect(0).await;
        for (prefix, table) in [("", guildhall_api::routes().table()), ("own", guildhall_api::own_routes().table())] {
            for route in table {
                let path = fill(&town, route.path);
                let ask = |client: guildhall_harness::Client| {
                    let path = path.clone();
                    async move {
                        if prefix.is_empty() {
                            client.ask(route.method, &path, (route.method != "GET").then(|| json!({}))).await
                        } else {
                            client.own(route.method, &path, json!({})).await
                        }
                    }
                };
                let name = format!("{} {}", route.method, route.path);
                if !matches!(route.need, Need::Nobody | Need::Anybody) {
                    assert_eq!(ask(nobody.clone()).await.status, 401, "{name} as nobody");
                }
                if matches!(route.need, Need::Member | Need::Can(_)) {
                    let answer = ask(town.stranger.clone()).await;
                    assert!([403, 404].contains(&answer.status), "{name} as a stranger: {answer:?}");
                }
                if matches!(route.need, Need::Can(needed) if !Permissions::VIEW_CHANNEL.contains(needed)) {
                    assert_eq!(ask(town.member.clone()).await.status, 403, "{name} without rights");
                }
                if route.need == Need::Staff {
                    assert_eq!(ask(town.member.clone()).await.status, 403, "{name} as a member");
                }
            }
        }
        // Nothing that was refused was told to anybody.
        town.say(&town.owner, "end").await;
        let mut names = socket.names_until("MESSAGE_CREATE").await;
        // The owner's own, from connecting.
        names.retain(|name| name != "PRESENCE_UPDATE");
        assert_eq!(names, ["MESSAGE_CREATE"]);
    })
    .await;
}

/// What every member may do, with rights or without: it is about themselves alone.
const OWN: &[&str] = &[
    "ack_message",
    "add_my_scheduled_event_exception_user",
    "add_my_scheduled_event_user",
    "answer_onboarding",
    "create_my_join_request",
    "delete_my_join_request",
    "delete_my_message_reaction",
    "delete_my_scheduled_event_exception_user",
    "delete_my_scheduled_event_user",
    "join_thread",
    "leave_guild",
    "leave_thread",
];

/// What is not there to be changed, so that nobody comes as far as to be refused: somebody's voice.
const ABSENT: &[&str] = &["update_self_voice_state", "update_voice_state"];

/// What is for groups, which have no rights: a guild's channel is none.
const GROUPS: &[&str] = &["add_group_dm_user", "delete_group_dm_user"];

/// The second so many hours from now.
fn later(town: &Town, hours: i64) -> String {
    let now = town.server.app.clock().micros() / 1_000_000 * 1_000_000;
    Timestamp::from_micros(now + hours * 3_600_000_000).unwrap().iso_8601().to_string()
}

fn event(town: &Town) -> Value {
    json!({
        "name": "Picnic", "privacy_level": 2, "entity_type": 3, "entity_metadata": { "location": "Park" },
        "scheduled_start_time": later(town, 1), "scheduled_end_time": later(town, 2),
    })
}

/// One of each thing that members find, made by the owner; gives what stands for each in a path.
async fn furnish(town: &Town) -> Vec<(&'static str, String)> {
    let id = |made: Value| made["id"].as_str().or(made["sound_id"].as_str()).unwrap().to_owned();
    let guild = |path: &str| format!("/guilds/{}/{path}", town.guild);
    let emoji = town.owner.post(&guild("emojis"), json!({ "name": "dot", "image": PNG })).await.ok(201);
    let image = STANDARD.decode(PNG.split_once(',').unwrap().1).unwrap();
    let fields = [("name", "wave"), ("tags", "hello"), ("description", "Somebody waves.")];
    let sticker = town.owner.upload_form(&guild("stickers"), &fields, Some(&image)).await.ok(201);
    let mut sound = b"ID3\x04\0\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0".to_vec();
    (0..50).for_each(|_| {
        sound.extend([0xff, 0xfb, 0x90, 0xc0]);
        sound.extend([0; 413]);
    });
    let sound = format!("data:audio/mpeg;base64,{}", STANDARD.encode(sound));
    let sound = town.owner.post(&guild("soundboard-sounds"), json!({ "name": "boing", "sound": sound })).await.ok(201);
    let event = town.owner.post(&guild("scheduled-events"), event(town)).await.ok(200);
    let poll =
        json!({ "question": { "text": "Dinner?" }, "answers": [{ "poll_media": { "text": "Soup" } }], "duration": 1 });
    let messages = format!("/channels/{}/messages", town.channel);
    let message = id(town.owner.post(&messages, json!({ "poll": poll })).await.ok(200));
    let threads = format!("/channels/{}/threads", town.channel);
    let thread = town.owner.post(&threads, json!({ "name": "aside", "type": 11 })).await.ok(201);
    let news = town.owner.post(&guild("channels"), json!({ "name": "news", "type": 5 })).await.ok(201);
    vec![
        ("{guild_id}", town.guild.clone()),
        ("{channel_id}", town.channel.clone()),
        ("{thread_id}", id(thread)),
        ("{news_id}", id(news)),
        ("{user_id}", town.owner.id.clone()),
        ("{message_id}", message),
        ("{emoji_id}", id(emoji)),
        ("{emoji_name}", "%F0%9F%91%8D".to_owned()),
        ("{sticker_id}", id(sticker)),
        ("{sound_id}", id(sound)),
        ("{guild_scheduled_event_id}", id(event)),
    ]
}

/// Bodies that would do something.
fn wish(town: &Town, operation: &str) -> Value {
    match operation {
        "create_message" | "update_message" => json!({ "content": "mine" }),
        "create_guild_scheduled_event" => event(town),
        "create_guild_scheduled_event_exception" => json!({ "original_scheduled_start_time": later(town, 1) }),
        "create_guild_application_command" => json!({ "name": "mine", "description": "Mine.", "type": 1 }),
        "bulk_set_guild_application_commands" => json!([]),
        "create_thread" => json!({ "name": "mine", "type": 11 }),
        "follow_channel" => json!({ "webhook_channel_id": town.channel }),
        "update_guild_member" | "update_my_guild_member" => json!({ "nick": "mine" }),
        "update_self_voice_state" | "update_voice_state" => json!({ "channel_id": town.channel, "suppress": false }),
        "trigger_typing_indicator" | "add_group_dm_user" => json!({}),
        _ => json!({ "name": "mine" }),
    }
}

#[tokio::test]
async fn who_may_nothing_changes_nothing() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let known = furnish(&town).await;
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        town.owner.patch(&everyone, json!({ "permissions": "1024" })).await.ok(200);
        let mut socket = town.owner.connect(0).await;
        let (mut wrong, mut count) = (Vec::new(), 0);
        let table = guildhall_api::routes().table();
        let changes = table.iter().filter(|route| route.need == Need::Member && route.method != "GET");
        for route in changes.filter(|route| !OWN.contains(&route.operation)) {
            let places: &[_] = match route.operation {
                "update_channel" | "delete_channel" => &["{channel_id}", "{thread_id}"],
                "follow_channel" => &["{news_id}"],
                _ if route.path.contains("thread-members") => &["{thread_id}"],
                _ => &["{channel_id}"],
            };
            for place in places {
                let part = |part: &str| {
                    let part = if part == "{channel_id}" { *place } else { part };
                    let found = known.iter().find(|(name, _)| *name == part).map(|(_, id)| id.as_str());
                    found.unwrap_or(if part.starts_with('{') { "1" } else { part }).to_owned()
                };
                let parts: Vec<_> = route.path.split('/').map(part).collect();
                let body = (route.method != "DELETE").then(|| wish(&town, route.operation));
                let answer = town.member.ask(route.method, &parts.join("/"), body).await;
                let absent = parts.iter().any(|part| part == "1") || ABSENT.contains(&route.operation);
                let refused = answer.status == 403
                    || absent && answer.status == 404
                    || GROUPS.contains(&route.operation) && answer.body["code"] == 50_024;
                if !refused {
                    wrong.push(format!("{} {} ({}): {answer:?}", route.method, route.path, route.operation));
                }
                count += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(count > 35, "{count}");
        // Nor was anybody told of anything.
        town.say(&town.owner, "end").await;
        let mut names = socket.names_until("MESSAGE_CREATE").await;
        names.retain(|name| name != "PRESENCE_UPDATE");
        assert_eq!(names, ["MESSAGE_CREATE"]);
    })
    .await;
}

/// What Discord's document lets be asked without an account is asked without one.
#[test]
fn who_has_no_account_is_asked_for_none() {
    let routes = guildhall_api::routes().table();
    let mut count = 0;
    for (path, item) in guildhall_harness::document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let open = operation["security"].as_array().is_some_and(|ways| ways.iter().any(|way| *way == json!({})));
            let Some(route) =
                routes.iter().find(|route| route.path == path && route.method.eq_ignore_ascii_case(method) && open)
            else {
                continue;
            };
            assert!(matches!(route.need, Need::Nobody | Need::Anybody), "{method} {path}: {:?}", route.need);
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}

/// The path with ids that exist where that matters.
fn fill(town: &Town, path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{guild_id}" => town.guild.as_str(),
        "{channel_id}" => town.channel.as_str(),
        "{user_id}" => town.owner.id.as_str(),
        "{emoji_name}" => "%F0%9F%91%8D",
        part if part.starts_with('{') => "1",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}
