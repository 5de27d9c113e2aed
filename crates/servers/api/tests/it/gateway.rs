//! What the gateway tells: to whom, by intents and shards; and what a session that was cut gets afterwards.

mod once;

use std::collections::BTreeSet;
use std::time::Duration;

use guildhall_harness::{Client, Socket, Town, on_both};
use serde_json::{Value, json};

/// The law of resuming, against the whole server: messages are sent all the time, the reader is cut at any moment and comes back
/// each time. It has every message, once, in order.
#[tokio::test]
async fn a_reader_that_is_cut_at_any_moment_misses_nothing_and_reads_nothing_twice() {
    const MESSAGES: usize = 60;
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        for seed in 1..=4_u64 {
            let mut chance = Chance(seed);
            let mut socket = town.member.connect(0).await;
            let session = socket.ready["session_id"].as_str().unwrap().to_owned();
            let (owner, path) = (town.owner.clone(), format!("/channels/{}/messages", town.channel));
            let sender = tokio::spawn(async move {
                for n in 0..MESSAGES {
                    owner.post(&path, json!({ "content": format!("{seed} {n}") })).await.ok(200);
                }
            });
            let (mut read, mut numbers, mut cuts) = (Vec::new(), Vec::new(), 0);
            while read.len() < MESSAGES {
                for _ in 0..chance.below(12) {
                    let frame = match socket.heard().await {
                        Ok(frame) => frame,
                        // The socket before was dropped so early that its RESUME came after this one's: one more cut.
                        Err(code) => {
                            assert_eq!(code, 4000);
                            break;
                        }
                    };
                    numbers.extend(frame["s"].as_u64());
                    if frame["t"] == "MESSAGE_CREATE" {
                        read.push(frame["d"]["content"].as_str().unwrap().to_owned());
                    }
                    if read.len() == MESSAGES {
                        break;
                    }
                }
                let sequence = socket.sequence;
                drop(socket);
                cuts += 1;
                if chance.below(3) == 0 {
                    tokio::time::sleep(Duration::from_millis(chance.below(40))).await;
                }
                socket = town.member.open().await;
                socket.sequence = sequence;
                socket.resume(town.member.token.as_deref().unwrap(), &session, sequence).await;
            }
            sender.await.unwrap();
            let expected: Vec<_> = (0..MESSAGES).map(|n| format!("{seed} {n}")).collect();
            assert_eq!(read, expected, "seed {seed}, {cuts} cuts");
            // RESUMED has the number of the last event before it.
            assert!(numbers.is_sorted(), "seed {seed}: {numbers:?}");
        }
    })
    .await;
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Each intent of Discord's, and the events that it brings here. What needs no intent stands in the first line.
const INTENTS: &[(&str, u64, &[&str])] = &[
    ("none", 0, &[]),
    (
        "GUILDS",
        1,
        &[
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "CHANNEL_PINS_UPDATE",
            "GUILD_ROLE_CREATE",
            "GUILD_ROLE_UPDATE",
            "GUILD_ROLE_DELETE",
            "GUILD_UPDATE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
        ],
    ),
    ("GUILD_MEMBERS", 1 << 1, &["GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"]),
    ("GUILD_MODERATION", 1 << 2, &["GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]),
    ("GUILD_EXPRESSIONS", 1 << 3, &["GUILD_EMOJIS_UPDATE"]),
    ("GUILD_INTEGRATIONS", 1 << 4, &["GUILD_INTEGRATIONS_UPDATE", "INTEGRATION_CREATE"]),
    ("GUILD_WEBHOOKS", 1 << 5, &["WEBHOOKS_UPDATE"]),
    ("GUILD_INVITES", 1 << 6, &["INVITE_CREATE", "INVITE_DELETE"]),
    ("GUILD_VOICE_STATES", 1 << 7, &["VOICE_STATE_UPDATE"]),
    ("GUILD_PRESENCES", 1 << 8, &["PRESENCE_UPDATE"]),
    ("GUILD_MESSAGES", 1 << 9, &["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"]),
    (
        "GUILD_MESSAGE_REACTIONS",
        1 << 10,
        &[
            "MESSAGE_REACTION_ADD",
            "MESSAGE_REACTION_REMOVE",
            "MESSAGE_REACTION_REMOVE_ALL",
            "MESSAGE_REACTION_REMOVE_EMOJI",
        ],
    ),
    ("GUILD_MESSAGE_TYPING", 1 << 11, &["TYPING_START"]),
    ("DIRECT_MESSAGES", 1 << 12, &[]),
];

/// Everything that can happen in a guild, once.
async fn live(town: &Town) {
    let guild = format!("/guilds/{}", town.guild);
    let body = json!({ "name": "stage-door", "type": 0 });
    let channel = town.owner.post(&format!("{guild}/channels"), body).await.ok(201);
    let channel = format!("/channels/{}", channel["id"].as_str().unwrap());
    town.owner.patch(&channel, json!({ "topic": "news" })).await.ok(200);
    let role = town.owner.post(&format!("{guild}/roles"), json!({ "name": "crew" })).await.ok(200);
    let role = role["id"].as_str().unwrap();
    town.owner.patch(&format!("{guild}/roles/{role}"), json!({ "hoist": true })).await.ok(200);
    town.owner.patch(&guild, json!({ "description": "busy" })).await.ok(200);
    let invite = town.owner.post(&format!("{channel}/invites"), json!({ "unique": true })).await.ok(200);
    let invite = format!("/invites/{}", invite["code"].as_str().unwrap());
    town.stranger.post(&invite, json!({})).await.ok(200);
    let newcomer = format!("{guild}/members/{}", town.stranger.id);
    town.owner.put(&format!("{newcomer}/roles/{role}"), json!({})).await.ok(204);
    town.owner.delete(&format!("{guild}/roles/{role}")).await.ok(204);
    town.owner.delete(&invite).await.ok(200);
    let ban = format!("{guild}/bans/{}", town.stranger.id);
    town.owner.put(&ban, json!({})).await.ok(204);
    town.owner.delete(&ban).await.ok(204);
    let webhook = town.owner.post(&format!("{channel}/webhooks"), json!({ "name": "wire" })).await.ok(200);
    town.owner.delete(&format!("/webhooks/{}", webhook["id"].as_str().unwrap())).await.ok(204);
    let dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let emoji = json!({ "name": "dot", "image": format!("data:image/png;base64,{dot}"), "roles": [] });
    town.owner.post(&format!("{guild}/emojis"), emoji).await.ok(201);
    town.bot(0).await;

    let messages = format!("{channel}/messages");
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        let message = town.owner.post(&messages, json!({ "content": text })).await.ok(200);
        sent.push(message["id"].as_str().unwrap().to_owned());
    }
    let first = format!("{messages}/{}", sent[0]);
    town.owner.patch(&first, json!({ "content": "won" })).await.ok(200);
    town.owner.put(&format!("{channel}/messages/pins/{}", sent[0]), json!({})).await.ok(204);
    let reaction = format!("{first}/reactions/%F0%9F%91%8D");
    for gone in [format!("{reaction}/@me"), reaction.clone(), format!("{first}/reactions")] {
        town.owner.put(&format!("{reaction}/@me"), json!({})).await.ok(204);
        town.owner.delete(&gone).await.ok(204);
    }
    town.owner.post(&format!("{channel}/typing"), json!({})).await.ok(204);
    let thread = town.owner.post(&format!("{channel}/threads"), json!({ "name": "aside", "type": 11 })).await.ok(201);
    let thread = format!("/channels/{}", thread["id"].as_str().unwrap());
    town.owner.patch(&thread, json!({ "name": "besides" })).await.ok(200);
    town.owner.delete(&thread).await.ok(200);
    town.owner.delete(&first).await.ok(204);
    let rest = json!({ "messages": [sent[1], sent[2]] });
    town.owner.post(&format!("{messages}/bulk-delete"), rest).await.ok(204);
    let voice = town.owner.post(&format!("{guild}/channels"), json!({ "name": "hall", "type": 2 })).await.ok(201);
    let mut socket = town.member.connect(0).await;
    let join = json!({ "guild_id": town.guild, "channel_id": voice["id"] });
    socket.send(json!({ "op": 4, "d": join })).await;
    socket.event("VOICE_STATE_UPDATE").await;
    socket.send(json!({ "op": 3, "d": { "since": null, "activities": [], "status": "dnd", "afk": false } })).await;
    socket.event("PRESENCE_UPDATE").await;
    town.owner.delete(&channel).await.ok(200);
}

/// The names of all events until everything before has arrived.
async fn heard(socket: &mut Socket) -> BTreeSet<String> {
    socket.send(json!({ "op": 8, "d": { "guild_id": "1", "user_ids": [], "nonce": "end" } })).await;
    let names = socket.names_until("GUILD_MEMBERS_CHUNK").await;
    names.into_iter().filter(|name| name != "GUILD_MEMBERS_CHUNK").collect()
}

#[tokio::test]
async fn each_intent_brings_its_events_and_no_others() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut listeners = Vec::new();
        for (name, bits, events) in INTENTS {
            // Administrators: what they do not hear, they do not hear for want of an intent.
            let bot = town.bot(8).await;
            let mut socket = bot.open().await;
            socket.identify(bot.token.as_deref().unwrap(), *bits).await;
            socket.event("READY").await;
            if bits & 1 != 0 {
                socket.event("GUILD_CREATE").await;
            }
            listeners.push((name, events, socket));
        }
        Box::pin(live(&town)).await;
        // In a direct message there are no guilds.
        let dm = town.owner.post("/users/@me/channels", json!({ "recipient_id": town.member.id })).await.ok(200);
        town.owner
            .post(&format!("/channels/{}/messages", dm["id"].as_str().unwrap()), json!({ "content": "psst" }))
            .await;
        // What a bot hears of itself, it hears without the intent for members; its thread notices come with GUILDS alone.
        let passing = ["GUILD_MEMBER_UPDATE", "THREAD_MEMBER_UPDATE", "THREAD_MEMBERS_UPDATE", "USER_UPDATE"];
        for (name, events, mut socket) in listeners {
            let mut names = heard(&mut socket).await;
            if *name != "GUILD_MEMBERS" {
                names.retain(|name| !passing.contains(&name.as_str()));
            }
            let expected: BTreeSet<String> = events.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(names, expected, "{name}");
        }
    })
    .await;
}

/// A bot that is in one of two shards, or in the one.
async fn shard(bot: &Client, shard: (u32, u32), intents: u64) -> (Socket, Value) {
    let mut socket = bot.open().await;
    let token = bot.token.as_deref().unwrap();
    let body = json!({ "token": token, "intents": intents, "shard": [shard.0, shard.1], "properties": {} });
    socket.send(json!({ "op": 2, "d": body })).await;
    let ready = socket.event("READY").await;
    (socket, ready)
}

#[tokio::test]
async fn each_guild_is_in_one_shard_and_direct_messages_are_in_the_first() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(8).await;
        let all = 1 | 1 << 9 | 1 << 12 | 1 << 15;
        let guild: u64 = town.guild.parse().unwrap();
        let own = u32::try_from((guild >> 22) % 3).unwrap();
        let mut shards = Vec::new();
        for index in 0..3 {
            let (mut socket, ready) = shard(&bot, (index, 3), all).await;
            assert_eq!(
                (&ready["shard"], ready["guilds"].as_array().unwrap().len()),
                (&json!([index, 3]), usize::from(index == own))
            );
            if index == own {
                assert_eq!(socket.event("GUILD_CREATE").await["id"], json!(town.guild));
            }
            shards.push(socket);
        }
        town.say(&town.owner, "to the guild").await;
        let dm = town.owner.post("/users/@me/channels", json!({ "recipient_id": bot.id })).await.ok(200);
        let path = format!("/channels/{}/messages", dm["id"].as_str().unwrap());
        town.owner.post(&path, json!({ "content": "to you" })).await.ok(200);
        for (index, mut socket) in (0..).zip(shards) {
            let names = heard(&mut socket).await;
            let expected = usize::from(index == own) + usize::from(index == 0);
            assert_eq!(names.contains("MESSAGE_CREATE"), expected > 0, "shard {index}");
            assert_eq!(names.contains("CHANNEL_CREATE"), index == 0, "shard {index}: {names:?}");
        }
    })
    .await;
}
