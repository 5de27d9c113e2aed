//! Seats in voice channels: taken, kept through a brief drop, given up.

use std::time::Duration;

use guildhall_bus::Bus;
use guildhall_gateway::Settings;
use guildhall_wire::channel::{Overwrite, OverwriteKind};
use guildhall_wire::gateway::Intents;
use guildhall_wire::id::Id;
use guildhall_wire::{Event, Permissions};
use serde_json::{Value, json};

use crate::client::Client;
use crate::rig::{BOTS, GUILD, OWNER, Rig, VOICE, token};

fn join(mute: bool) -> String {
    json!({ "op": 4, "d": { "guild_id": GUILD.to_string(), "channel_id": VOICE.to_string(), "self_mute": mute } })
        .to_string()
}

async fn heard(watcher: &mut Client) -> (Value, Value, Value) {
    let mut state = watcher.event("VOICE_STATE_UPDATE").await;
    (state["user_id"].take(), state["channel_id"].take(), state["self_mute"].take())
}

#[tokio::test]
async fn voice_states_are_told() {
    let rig = Rig::over(Bus::with_voice_grace(Duration::ZERO), Settings::default(), 10).await;
    let mut watcher = rig.person(OWNER).await;
    let mut others = Vec::new();
    for user in [2, 3, 4] {
        let mut client = rig.person(user).await;
        client
            .send(&format!(
                r#"{{"op":4,"d":{{"guild_id":{GUILD},"channel_id":"{VOICE}","self_mute":true,"self_deaf":false}}}}"#
            ))
            .await;
        others.push(client);
        if user < 4 {
            let state = watcher.event("VOICE_STATE_UPDATE").await;
            assert_eq!(
                (&state["user_id"], &state["channel_id"], &state["self_mute"], &state["member"]["user"]["id"]),
                (&user.to_string().into(), &VOICE.to_string().into(), &true.into(), &user.to_string().into())
            );
        }
    }
    // The fourth finds it full; a newcomer sees two.
    others[2].settle().await;
    let mut late = rig.connect("v=10").await;
    let (_, guild) = late.identify("5.x.y", "").await;
    let states = guild["voice_states"].as_array().unwrap();
    assert_eq!(states.len(), 2);
    assert!(states.iter().all(|state| state.get("guild_id").is_none()));
    // Leaving, by word and by going away.
    others[0].send(&format!(r#"{{"op":4,"d":{{"guild_id":"{GUILD}","channel_id":null}}}}"#)).await;
    assert_eq!(watcher.event("VOICE_STATE_UPDATE").await["channel_id"], json!(null));
    others[1].leave().await;
    let left = watcher.event("VOICE_STATE_UPDATE").await;
    assert_eq!((&left["user_id"], &left["channel_id"]), (&json!("3"), &json!(null)));
}

#[tokio::test]
async fn a_brief_drop_keeps_the_seat() {
    let rig = Rig::new().await;
    let mut watcher = rig.person(OWNER).await;
    let mut client = rig.person(2).await;
    client.send(&join(false)).await;
    heard(&mut client).await;
    let server = client.event("VOICE_SERVER_UPDATE").await;
    assert_eq!((&server["endpoint"], &server["guild_id"]), (&json!(null), &json!(GUILD.to_string())));
    assert_eq!(heard(&mut watcher).await, (json!("2"), json!(VOICE.to_string()), json!(false)));
    let (session, sequence) = client.cut();
    let mut client = rig.connect("v=10").await;
    client.resume(&token(2), &session, sequence).await;
    client.event("RESUMED").await;
    client.send(&join(true)).await;
    // The next that is heard is not a leave.
    assert_eq!(heard(&mut watcher).await, (json!("2"), json!(VOICE.to_string()), json!(true)));
}

#[tokio::test]
async fn another_session_takes_the_seat_over() {
    let rig = Rig::over(Bus::with_voice_grace(Duration::ZERO), Settings::default(), 10).await;
    let mut watcher = rig.person(OWNER).await;
    let mut first = rig.person(2).await;
    let mut second = rig.person(2).await;
    first.send(&join(false)).await;
    heard(&mut watcher).await;
    second.send(&join(true)).await;
    assert_eq!(heard(&mut watcher).await.2, json!(true));
    first.leave().await;
    drop(first);
    second.send(&join(false)).await;
    assert_eq!(heard(&mut watcher).await, (json!("2"), json!(VOICE.to_string()), json!(false)));
    let (_, _) = second.cut();
    assert_eq!(heard(&mut watcher).await.1, json!(null));
}

#[tokio::test]
async fn the_voice_server_is_told_without_voice_states_too() {
    let rig = Rig::new().await;
    let mut deaf = rig.bot(BOTS + 2, Intents::GUILDS).await;
    deaf.send(&join(false)).await;
    deaf.event("VOICE_SERVER_UPDATE").await;
    deaf.settle().await;
}

/// Whoever was moved there, or lost the right to come in meanwhile.
#[tokio::test]
async fn who_sits_there_mutes_themselves_without_the_right_to_come_in() {
    let rig = Rig::new().await;
    let mut watcher = rig.person(OWNER).await;
    let mut client = rig.person(2).await;
    client.send(&join(false)).await;
    assert_eq!(heard(&mut watcher).await.2, json!(false));
    let state = rig.bus.guild(Id::new(GUILD)).unwrap();
    let mut channel = state.channels[&Id::new(VOICE)].as_ref().clone();
    channel.permission_overwrites = Some(vec![Overwrite {
        id: Id::new(GUILD),
        kind: OverwriteKind::Role,
        allow: Permissions::empty(),
        deny: Permissions::CONNECT,
    }]);
    rig.bus.publish([Event::ChannelUpdate(channel).into()]);
    watcher.event("CHANNEL_UPDATE").await;
    client.send(&join(true)).await;
    assert_eq!(heard(&mut watcher).await, (json!("2"), json!(VOICE.to_string()), json!(true)));
    // Somebody else does not come in.
    let mut other = rig.person(3).await;
    other.send(&join(false)).await;
    other.settle().await;
    assert!(rig.bus.voice_state(Id::new(GUILD), Id::new(3)).is_none());
}
