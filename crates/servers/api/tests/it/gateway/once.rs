//! Each thing that happens is told once to whom it is for.

use guildhall_harness::{Client, Socket, Town, on_both};
use serde_json::json;

/// Guilds, voice, messages, reactions, typing and direct messages.
const INTENTS: u64 = 1 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12;

/// What is told of the guild's log.
const LOGGED: &str = "GUILD_AUDIT_LOG_ENTRY_CREATE";

/// Who listens: the owner, the member, and a bot in their guild.
struct Ears([(&'static str, Socket); 3]);

impl Ears {
    /// Each hears exactly these since it was last asked, in any order.
    async fn check(&mut self, what: &str, expected: [&[&str]; 3]) {
        for ((who, socket), expected) in self.0.iter_mut().zip(expected) {
            socket.send(json!({ "op": 8, "d": { "guild_id": "1", "user_ids": [], "nonce": "end" } })).await;
            let mut names = socket.names_until("GUILD_MEMBERS_CHUNK").await;
            names.pop();
            names.sort();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(names, expected, "{what}: {who}");
        }
    }
}

async fn ears(town: &Town) -> Ears {
    let bot = town.bot(8).await;
    let mut bot = bot.connect(INTENTS).await;
    let mut people = [town.owner.connect(0).await, town.member.connect(0).await];
    // What is told of their coming is told before anything else.
    for socket in people.iter_mut().chain([&mut bot]) {
        socket.send(json!({ "op": 8, "d": { "guild_id": "1", "user_ids": [], "nonce": "begin" } })).await;
        socket.names_until("GUILD_MEMBERS_CHUNK").await;
    }
    let [owner, member] = people;
    Ears([("owner", owner), ("member", member), ("bot", bot)])
}

fn relation(other: &Client) -> String {
    format!("/users/@me/relationships/{}", other.id)
}

#[tokio::test]
async fn what_happens_in_a_guild_is_told_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut ears = Box::pin(ears(&town)).await;
        let (owner, member) = (&town.owner, &town.member);
        let channel = format!("/channels/{}", town.channel);
        let sent = town.say(member, "hello").await;
        let message = format!("{channel}/messages/{}", sent["id"].as_str().unwrap());
        ears.check("sent", [&["MESSAGE_CREATE"]; 3]).await;
        member.patch(&message, json!({ "content": "hullo" })).await.ok(200);
        ears.check("edited", [&["MESSAGE_UPDATE"]; 3]).await;
        let thumb = format!("{message}/reactions/%F0%9F%91%8D/@me");
        owner.put(&thumb, json!({})).await.ok(204);
        ears.check("reacted", [&["MESSAGE_REACTION_ADD"]; 3]).await;
        owner.put(&thumb, json!({})).await.ok(204);
        ears.check("reacted again", [&[]; 3]).await;
        owner.delete(&thumb).await.ok(204);
        ears.check("taken back", [&["MESSAGE_REACTION_REMOVE"]; 3]).await;
        let receipt: &[&str] = &["GUILDHALL_RECEIPT_UPDATE"];
        owner.get(&format!("{channel}/messages")).await.ok(200);
        ears.check("delivered", [receipt, receipt, &[]]).await;
        owner.get(&format!("{channel}/messages")).await.ok(200);
        ears.check("delivered before", [&[]; 3]).await;
        owner.post(&format!("{message}/ack"), json!({})).await.ok(200);
        ears.check("read", [&["GUILDHALL_RECEIPT_UPDATE", "MESSAGE_ACK"], receipt, &[]]).await;
        owner.patch(&channel, json!({ "topic": "news" })).await.ok(200);
        // Who may read the log hears what is written there.
        ears.check("a channel changed", [&["CHANNEL_UPDATE", LOGGED], &["CHANNEL_UPDATE"], &["CHANNEL_UPDATE"]]).await;
        member.post(&format!("{channel}/typing"), json!({})).await.ok(204);
        ears.check("typing", [&["TYPING_START"]; 3]).await;
        member.delete(&message).await.ok(204);
        ears.check("deleted", [&["MESSAGE_DELETE"]; 3]).await;
        let body = json!({ "name": "hall", "type": 2 });
        let voice = owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        ears.check("a channel came", [&["CHANNEL_CREATE", LOGGED], &["CHANNEL_CREATE"], &["CHANNEL_CREATE"]]).await;
        let join = json!({ "guild_id": town.guild, "channel_id": voice["id"] });
        ears.0[1].1.send(json!({ "op": 4, "d": join })).await;
        ears.0[1].1.event("VOICE_SERVER_UPDATE").await;
        ears.check("a seat in voice", [&["VOICE_STATE_UPDATE"], &[], &["VOICE_STATE_UPDATE"]]).await;
        let state = json!({ "op": 3, "d": { "since": null, "activities": [], "status": "dnd", "afk": false } });
        ears.0[1].1.send(state).await;
        ears.0[0].1.event("PRESENCE_UPDATE").await;
        ears.check("a presence", [&[], &["PRESENCE_UPDATE"], &[]]).await;
        owner.delete(&format!("/channels/{}", voice["id"].as_str().unwrap())).await.ok(200);
        let gone: &[&str] = &["CHANNEL_DELETE", "VOICE_STATE_UPDATE"];
        ears.check("a channel went", [&["CHANNEL_DELETE", "VOICE_STATE_UPDATE", LOGGED], gone, gone]).await;
    })
    .await;
}

#[tokio::test]
async fn what_happens_between_people_is_told_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut ears = Box::pin(ears(&town)).await;
        let (owner, member) = (&town.owner, &town.member);
        owner.put(&relation(member), json!({})).await.ok(204);
        ears.check("asked", [&["RELATIONSHIP_ADD"], &["RELATIONSHIP_ADD"], &[]]).await;
        owner.put(&relation(member), json!({})).await.ok(204);
        ears.check("asked again", [&[]; 3]).await;
        member.delete(&relation(owner)).await.ok(204);
        ears.check("declined", [&["RELATIONSHIP_REMOVE"], &["RELATIONSHIP_REMOVE"], &[]]).await;
        member.put(&relation(owner), json!({})).await.ok(204);
        ears.check("asked by the other", [&["RELATIONSHIP_ADD"], &["RELATIONSHIP_ADD"], &[]]).await;
        owner.put(&relation(member), json!({})).await.ok(204);
        ears.check("accepted", [&["RELATIONSHIP_ADD"], &["RELATIONSHIP_ADD"], &[]]).await;
        let open = json!({ "recipient_id": member.id });
        let direct = owner.post("/users/@me/channels", open.clone()).await.ok(200);
        // The other hears of it with the first thing said in it.
        ears.check("a direct message opened", [&["CHANNEL_CREATE"], &[], &[]]).await;
        owner.post("/users/@me/channels", open).await.ok(200);
        // It may have been closed: who opens it is told each time.
        ears.check("opened again", [&["CHANNEL_CREATE"], &[], &[]]).await;
        let path = format!("/channels/{}/messages", direct["id"].as_str().unwrap());
        let sent = owner.post(&path, json!({ "content": "psst" })).await.ok(200);
        ears.check("written in it", [&["MESSAGE_CREATE"], &["CHANNEL_CREATE", "MESSAGE_CREATE"], &[]]).await;
        let ack = format!("{path}/{}/ack", sent["id"].as_str().unwrap());
        member.post(&ack, json!({})).await.ok(200);
        let receipt: &[&str] = &["GUILDHALL_RECEIPT_UPDATE"];
        ears.check("read", [receipt, &["GUILDHALL_RECEIPT_UPDATE", "MESSAGE_ACK"], &[]]).await;
        member.patch("/users/@me/settings", json!({ "locale": "de" })).await.ok(200);
        ears.check("settings", [&[], &["USER_SETTINGS_UPDATE"], &[]]).await;
        let own = format!("/users/@me/guilds/{}/settings", town.guild);
        member.patch(&own, json!({ "muted": true })).await.ok(200);
        ears.check("settings of a guild", [&[], &["USER_GUILD_SETTINGS_UPDATE"], &[]]).await;
        owner.own("PATCH", "/admin/settings", json!({ "slow_mode_seconds": 1 })).await.ok(200);
        ears.check("settings of the instance", [&["GUILDHALL_INSTANCE_UPDATE"], &["GUILDHALL_INSTANCE_UPDATE"], &[]])
            .await;
        owner.put(&relation(member), json!({ "type": 2 })).await.ok(204);
        ears.check("blocked", [&["RELATIONSHIP_ADD"], &["RELATIONSHIP_REMOVE"], &[]]).await;
        owner.delete(&relation(member)).await.ok(204);
        ears.check("no longer blocked", [&["RELATIONSHIP_REMOVE"], &[], &[]]).await;
    })
    .await;
}
