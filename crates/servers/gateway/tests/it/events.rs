//! Events on their way to clients, and what clients do about presence and voice.

use std::time::Duration;

use guildhall_bus::CloseReason;
use guildhall_bus::connection::Delivery;
use guildhall_wire::Event;
use guildhall_wire::event::GuildJoin;
use guildhall_wire::gateway::Intents;
use guildhall_wire::id::Id;
use serde_json::json;

use crate::client::PATIENCE;
use crate::rig::{BOTS, GUILD, OWNER, Rig, SECRET, TEXT, bare_guild};

/// Waits for a condition.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the condition never held");
}

#[tokio::test]
async fn messages_reach_those_who_see_the_channel() {
    let rig = Rig::new().await;
    let mut owner = rig.person(OWNER).await;
    let mut other = rig.person(2).await;
    rig.say(SECRET, OWNER, "for the owner");
    rig.say(TEXT, 3, "for all");
    assert_eq!(owner.event("MESSAGE_CREATE").await["content"], "for the owner");
    assert_eq!(owner.event("MESSAGE_CREATE").await["content"], "for all");
    assert_eq!(other.event("MESSAGE_CREATE").await["content"], "for all");
}

#[tokio::test]
async fn content_needs_its_intent() {
    let rig = Rig::new().await;
    let with = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::MESSAGE_CONTENT;
    let mut with = rig.bot(BOTS + 2, with).await;
    let without = Intents::GUILDS | Intents::GUILD_MESSAGES;
    let mut without = rig.bot(BOTS + 3, without).await;
    let mut deaf = rig.bot(BOTS + 4, Intents::GUILDS).await;
    rig.say(TEXT, 3, "hello");
    assert_eq!(with.event("MESSAGE_CREATE").await["content"], "hello");
    assert_eq!(without.event("MESSAGE_CREATE").await["content"], "");
    deaf.settle().await;
    assert_eq!(deaf.sequence, 2);
}

#[tokio::test]
async fn a_guild_that_was_joined_later_is_not_one_that_became_available() {
    let rig = Rig::new().await;
    let mut client = rig.person(2).await;
    let state = rig.bus.guild(Id::new(GUILD)).unwrap();
    let second = Id::new(8 << 22);
    let members = state.members.iter().map(|(id, member)| (*id, member.as_ref().clone()));
    rig.bus.load_guild(guildhall_bus::GuildState::new(bare_guild(second), [], [], members));
    rig.bus.publish([Event::GuildCreate(GuildJoin { id: second }).to(Id::new(2))]);
    let guild = client.event("GUILD_CREATE").await;
    assert_eq!(guild["id"], second.to_string());
    assert!(guild.get("unavailable").is_none());
}

#[tokio::test]
async fn presences_are_told() {
    let rig = Rig::new().await;
    let mut watcher = rig.person(OWNER).await;
    let mut other = rig.person(2).await;
    let told = |status: &'static str| {
        move |frame: &serde_json::Value| {
            frame["t"] == "PRESENCE_UPDATE" && frame["d"]["user"]["id"] == "2" && frame["d"]["status"] == status
        }
    };
    while !told("online")(&watcher.frame().await) {}
    other
        .send(r#"{"op":3,"d":{"since":0.0,"activities":[{"name":"chess","type":0}],"status":"dnd","afk":false}}"#)
        .await;
    let presence = loop {
        let frame = watcher.frame().await;
        if told("dnd")(&frame) {
            break frame;
        }
    };
    assert_eq!(presence["d"]["activities"][0]["name"], "chess");
    assert_eq!(presence["d"]["guild_id"], GUILD.to_string());
    serde_json::from_value::<twilight_model::gateway::payload::incoming::PresenceUpdate>(presence["d"].clone())
        .unwrap();
    other.leave().await;
    while !told("offline")(&watcher.frame().await) {}
}

#[tokio::test]
async fn sessions_of_one_account_know_of_each_other() {
    let rig = Rig::new().await;
    let mut first = rig.person(2).await;
    let mut second = rig.connect("v=10").await;
    let (ready, _) = second.identify("2.x.y", r#","presence":{"status":"idle"}"#).await;
    assert_eq!(ready["sessions"].as_array().unwrap().len(), 2);
    let replaced = async |client: &mut crate::client::Client| loop {
        let frame = client.frame().await;
        if frame["t"] == "SESSIONS_REPLACE" {
            let sessions = frame["d"].as_array().unwrap().iter();
            break sessions.map(|session| session["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        }
    };
    assert_eq!(replaced(&mut first).await, ["online", "idle"]);
    second.send(r#"{"op":3,"d":{"status":"dnd"}}"#).await;
    assert_eq!(replaced(&mut first).await, ["online", "dnd"]);
    second.leave().await;
    assert_eq!(replaced(&mut first).await, ["online"]);
}

#[tokio::test]
async fn sounds_are_empty() {
    let rig = Rig::new().await;
    let mut client = rig.person(2).await;
    client.send(&format!(r#"{{"op":31,"d":{{"guild_ids":["{GUILD}","77",0,"{GUILD}",{GUILD}]}}}}"#)).await;
    assert_eq!(
        client.event("SOUNDBOARD_SOUNDS").await,
        json!({ "guild_id": GUILD.to_string(), "soundboard_sounds": [] })
    );
    let told = client.sequence;
    client.settle().await;
    assert_eq!(client.sequence, told, "once");
}

#[tokio::test]
async fn an_ended_login_ends_its_sessions() {
    let rig = Rig::new().await;
    let mut client = rig.person(2).await;
    let mut other = rig.person(3).await;
    rig.bus.close(Id::new(2), Some(20), CloseReason::AuthenticationFailed);
    assert_eq!(client.closed().await, Some(4004));
    until(|| rig.gateway.metrics().sessions == 1).await;
    let (session, sequence) = client.cut();
    let mut again = rig.connect("v=10").await;
    again.resume("2.x.y", &session, sequence).await;
    let frame = again.frame().await;
    assert_eq!((&frame["op"], &frame["d"]), (&9.into(), &false.into()));
    other.settle().await;
}

#[tokio::test]
async fn draining_asks_everybody_to_come_back() {
    let rig = Rig::new().await;
    let mut clients = vec![rig.person(2).await, rig.person(3).await];
    rig.gateway.drain().await;
    for client in &mut clients {
        loop {
            if client.frame().await["op"] == 7 {
                break;
            }
        }
    }
    let refused = tokio_tungstenite::connect_async(format!("ws://{}/", rig.address)).await;
    assert!(refused.is_err());
}

/// Deliveries are the bus's; this only keeps the type in sight.
#[test]
fn deliveries_are_small() {
    assert!(size_of::<Delivery>() <= 16);
}
