//! Who is in voice, and moderating them. Sound is elsewhere.

use guildhall_harness::{Client, Socket, Town, on_both};
use serde_json::{Value, json};

/// A channel of that kind that somebody joined.
async fn joined(town: &Town, who: &Client, kind: u8) -> (String, Socket) {
    let body = json!({ "name": "hall", "type": kind });
    let channel = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
    let channel = channel["id"].as_str().unwrap().to_owned();
    let mut socket = who.connect(0).await;
    socket.send(json!({ "op": 4, "d": { "guild_id": town.guild, "channel_id": channel } })).await;
    assert_eq!(socket.event("VOICE_STATE_UPDATE").await["channel_id"], json!(channel));
    (channel, socket)
}

#[tokio::test]
async fn a_member_in_voice_is_muted_moved_and_disconnected() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let member = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        town.owner.patch(&member, json!({ "mute": true })).await.refused(400, 40_032);
        town.owner.patch(&member, json!({ "channel_id": null })).await.refused(400, 40_032);
        let (first, _other) = joined(&town, &town.owner, 2).await;
        let (_, mut socket) = joined(&town, &town.member, 2).await;
        town.member.patch(&member, json!({ "mute": true })).await.refused(403, 50_013);
        assert_eq!(town.owner.patch(&member, json!({ "mute": true })).await.ok(200)["mute"], true);
        let state = socket.event("VOICE_STATE_UPDATE").await;
        assert_eq!(
            (&state["mute"], &state["deaf"], &state["member"]["mute"]),
            (&json!(true), &json!(false), &json!(true))
        );

        town.member.patch(&member, json!({ "channel_id": first })).await.refused(403, 50_013);
        town.owner.patch(&member, json!({ "channel_id": town.channel })).await.refused(400, 50_024);
        town.owner.patch(&member, json!({ "channel_id": "1" })).await.refused(404, 10_003);
        town.owner.patch(&member, json!({ "channel_id": first })).await.ok(200);
        assert_eq!(socket.event("VOICE_STATE_UPDATE").await["channel_id"], json!(first));
        let path = format!("/guilds/{}/voice-states", town.guild);
        let own = town.member.get(&format!("{path}/@me")).await.ok(200);
        assert_eq!(
            (&own["channel_id"], &own["self_stream"], &own["mute"]),
            (&json!(first), &json!(false), &json!(true))
        );
        assert_eq!(town.owner.get(&format!("{path}/{}", town.member.id)).await.ok(200), own);

        town.owner.patch(&member, json!({ "channel_id": null })).await.ok(200);
        assert_eq!(socket.event("VOICE_STATE_UPDATE").await["channel_id"], Value::Null);
        town.member.get(&format!("{path}/@me")).await.refused(404, 10_065);
        town.owner.get(&format!("{path}/{}", town.member.id)).await.refused(404, 10_065);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        let moved = entries.iter().find(|entry| entry["action_type"] == 26).unwrap();
        assert_eq!(moved["options"], json!({ "channel_id": first, "count": "1" }));
        assert!(entries.iter().any(|entry| entry["action_type"] == 27));
    })
    .await;
}

#[tokio::test]
async fn on_a_stage_one_asks_to_speak() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (stage, mut socket) = joined(&town, &town.member, 13).await;
        let path = format!("/guilds/{}/voice-states", town.guild);
        let (own, theirs) = (format!("{path}/@me"), format!("{path}/{}", town.member.id));
        assert_eq!(town.member.get(&own).await.ok(200)["suppress"], true);
        town.member.patch(&own, json!({ "channel_id": stage, "suppress": false })).await.refused(403, 50_013);
        town.member.patch(&own, json!({ "channel_id": town.channel })).await.refused(404, 10_065);
        let now = json!("2999-01-01T00:00:00.000000+00:00");
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        let permissions = (1_u64 << 10 | 1 << 20).to_string();
        town.owner.patch(&everyone, json!({ "permissions": permissions })).await.ok(200);
        town.member.patch(&own, json!({ "request_to_speak_timestamp": now })).await.refused(403, 50_013);
        // View, connect, request to speak.
        let permissions = (1_u64 << 10 | 1 << 20 | 1 << 32).to_string();
        town.owner.patch(&everyone, json!({ "permissions": permissions })).await.ok(200);
        let past = json!({ "request_to_speak_timestamp": "2001-01-01T00:00:00.000000+00:00" });
        town.member.patch(&own, past).await.refused(400, 50_035);
        town.member.patch(&own, json!({ "request_to_speak_timestamp": now })).await.ok(204);
        assert_eq!(socket.event("VOICE_STATE_UPDATE").await["request_to_speak_timestamp"], now);
        town.member.patch(&theirs, json!({ "suppress": false })).await.refused(403, 50_013);
        town.owner.patch(&theirs, json!({ "channel_id": stage, "suppress": false })).await.ok(204);
        let state = socket.event("VOICE_STATE_UPDATE").await;
        assert!(state["suppress"] == false && state["request_to_speak_timestamp"].is_string(), "{state}");
        town.owner.patch(&theirs, json!({ "suppress": true })).await.ok(204);
        let state = socket.event("VOICE_STATE_UPDATE").await;
        assert!(state["suppress"] == true && state["request_to_speak_timestamp"].is_null(), "{state}");
        // In a voice channel there is no audience.
        let (_, _socket) = joined(&town, &town.member, 2).await;
        town.member.patch(&own, json!({ "suppress": true })).await.refused(400, 50_024);
    })
    .await;
}

async fn channel(town: &Town, name: &str, more: Value) -> String {
    let mut body = json!({ "name": name, "type": 2 });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn sit(town: &Town, socket: &mut Socket, channel: Option<&str>) {
    let body = json!({ "guild_id": town.guild, "channel_id": channel, "self_mute": false, "self_deaf": false });
    socket.send(json!({ "op": 4, "d": body })).await;
}

/// Who is where, as the next voice state says.
async fn heard(socket: &mut Socket) -> (Value, Value) {
    let mut state = socket.event("VOICE_STATE_UPDATE").await;
    (state["user_id"].take(), state["channel_id"].take())
}

#[tokio::test]
async fn voice_is_heard_by_who_sees_the_channel() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let open = channel(&town, "lounge", json!({ "user_limit": 1 })).await;
        let hidden = json!({ "permission_overwrites": [{ "id": town.guild, "type": 0, "deny": "1024" }] });
        let hidden = channel(&town, "den", hidden).await;
        let locked = json!({ "permission_overwrites": [{ "id": town.guild, "type": 0, "deny": "1048576" }] });
        let locked = channel(&town, "vault", locked).await;
        let (mut owner, mut member) = (town.owner.connect(0).await, town.member.connect(0).await);
        let who = json!(town.owner.id);
        sit(&town, &mut owner, Some(&hidden)).await;
        assert_eq!(heard(&mut owner).await, (who.clone(), json!(hidden)));
        let late = town.member.connect(0).await;
        assert_eq!(late.guilds[0]["voice_states"], json!([]), "nobody is seen in a hidden channel");
        sit(&town, &mut owner, Some(&open)).await;
        // The hidden seat was not told; the first that the member hears is this.
        assert_eq!(heard(&mut member).await, (who.clone(), json!(open)));
        let late = town.member.connect(0).await;
        assert_eq!(late.guilds[0]["voice_states"][0]["channel_id"], json!(open));
        sit(&town, &mut owner, Some(&hidden)).await;
        assert_eq!(heard(&mut member).await, (who.clone(), json!(null)), "out of sight is out");
        // CONNECT is needed, and room.
        sit(&town, &mut member, Some(&locked)).await;
        sit(&town, &mut member, Some(&hidden)).await;
        sit(&town, &mut member, Some(&open)).await;
        assert_eq!(heard(&mut member).await, (json!(town.member.id), json!(open)));
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        town.stranger.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        let mut third = town.stranger.connect(0).await;
        sit(&town, &mut third, Some(&open)).await;
        sit(&town, &mut member, None).await;
        assert_eq!(heard(&mut third).await, (json!(town.member.id), json!(null)), "full is full");
        sit(&town, &mut third, Some(&open)).await;
        assert_eq!(heard(&mut third).await, (json!(town.stranger.id), json!(open)));
        // What comes into view, comes with its people.
        let own = format!("/channels/{hidden}/permissions/{}", town.member.id);
        town.owner.put(&own, json!({ "type": 1, "allow": "1024" })).await.ok(204);
        assert_eq!(member.event("CHANNEL_CREATE").await["id"], json!(hidden));
        assert_eq!(heard(&mut member).await, (who.clone(), json!(hidden)));
        town.owner.delete(&own).await.ok(204);
        assert_eq!(heard(&mut member).await, (who, json!(null)));
        assert_eq!(member.event("CHANNEL_DELETE").await["id"], json!(hidden));
    })
    .await;
}

#[tokio::test]
async fn nobody_stays_who_is_kicked_or_silenced_or_whose_channel_goes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let lounge = channel(&town, "lounge", json!({})).await;
        let (mut owner, mut member) = (town.owner.connect(0).await, town.member.connect(0).await);
        let path = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        let (owner_id, member_id) = (json!(town.owner.id), json!(town.member.id));
        sit(&town, &mut owner, Some(&lounge)).await;
        assert_eq!(heard(&mut owner).await, (owner_id.clone(), json!(lounge)));
        sit(&town, &mut member, Some(&lounge)).await;
        assert_eq!(heard(&mut owner).await, (member_id.clone(), json!(lounge)));
        assert_eq!(member.event("VOICE_SERVER_UPDATE").await["endpoint"], json!(null));
        let until = town.server.app.clock().micros() + 60_000_000;
        let until = guildhall_wire::Timestamp::from_micros(until).unwrap();
        let until = json!({ "communication_disabled_until": until });
        town.owner.patch(&path, until).await.ok(200);
        assert_eq!(heard(&mut owner).await, (member_id.clone(), json!(null)), "silenced");
        town.owner.patch(&path, json!({ "communication_disabled_until": null })).await.ok(200);
        sit(&town, &mut member, Some(&lounge)).await;
        assert_eq!(heard(&mut owner).await, (member_id.clone(), json!(lounge)));
        town.owner.delete(&path).await.ok(204);
        assert_eq!(heard(&mut owner).await, (member_id, json!(null)), "kicked");
        town.owner.delete(&format!("/channels/{lounge}")).await.ok(200);
        assert_eq!(heard(&mut owner).await, (owner_id, json!(null)), "deleted");
    })
    .await;
}

#[tokio::test]
async fn what_goes_on_in_voice_is_told() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (channel, mut socket) = joined(&town, &town.member, 2).await;
        let path = format!("/channels/{channel}/voice-status");
        town.member.put(&path, json!({ "status": "chess" })).await.ok(204);
        let told = socket.event("VOICE_CHANNEL_STATUS_UPDATE").await;
        assert_eq!((&told["id"], &told["status"]), (&json!(channel), &json!("chess")));
        assert_eq!(town.member.get(&format!("/channels/{channel}")).await.ok(200)["status"], "chess");
        // From outside only who manages the channel.
        town.owner.put(&path, json!({ "status": null })).await.ok(204);
        assert!(socket.event("VOICE_CHANNEL_STATUS_UPDATE").await["status"].is_null());
        let bot = town.bot(0).await;
        bot.put(&path, json!({ "status": "noise" })).await.refused(403, 50_013);
        let manages = town.bot(1 << 4).await;
        manages.put(&path, json!({ "status": "chess" })).await.ok(204);
        socket.event("VOICE_CHANNEL_STATUS_UPDATE").await;
        // Neither to be there nor to manage it stands for the permission.
        let overwrite = format!("/channels/{channel}/permissions/{}", town.guild);
        town.owner.put(&overwrite, json!({ "type": 0, "deny": (1_u64 << 48).to_string() })).await.ok(204);
        for who in [&town.member, &manages] {
            who.put(&path, json!({ "status": "noise" })).await.refused(403, 50_013);
        }
        town.owner.put(&path, json!({ "status": null })).await.ok(204);
        socket.event("VOICE_CHANNEL_STATUS_UPDATE").await;
        town.owner.delete(&overwrite).await.ok(204);
        town.member.put(&path, json!({ "status": "x".repeat(501) })).await.refused(400, 50_035);
        town.owner.put(&format!("/channels/{}/voice-status", town.channel), json!({})).await.refused(400, 50_024);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let kinds: Vec<_> =
            log["audit_log_entries"].as_array().unwrap().iter().map(|entry| &entry["action_type"]).collect();
        assert!(kinds.contains(&&json!(192)) && kinds.contains(&&json!(193)), "{kinds:?}");
        // With the last one who leaves, it goes.
        town.member.put(&path, json!({ "status": "checkers" })).await.ok(204);
        assert_eq!(socket.event("VOICE_CHANNEL_STATUS_UPDATE").await["status"], "checkers");
        let mut owner = town.owner.connect(0).await;
        owner.send(json!({ "op": 4, "d": { "guild_id": town.guild, "channel_id": channel } })).await;
        assert_eq!(owner.event("VOICE_STATE_UPDATE").await["channel_id"], json!(channel));
        let leave = json!({ "op": 4, "d": { "guild_id": town.guild, "channel_id": null } });
        socket.send(leave.clone()).await;
        assert!(owner.event("VOICE_STATE_UPDATE").await["channel_id"].is_null());
        assert_eq!(town.member.get(&format!("/channels/{channel}")).await.ok(200)["status"], "checkers");
        owner.send(leave).await;
        let told = owner.event("VOICE_CHANNEL_STATUS_UPDATE").await;
        assert_eq!((&told["id"], &told["status"]), (&json!(channel), &json!(null)));
        assert!(town.member.get(&format!("/channels/{channel}")).await.ok(200)["status"].is_null());
    })
    .await;
}

#[tokio::test]
async fn what_is_written_in_a_voice_channel_is_for_those_who_could_come_in() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let locked = json!({ "permission_overwrites": [{ "id": town.guild, "type": 0, "deny": "1048576" }] });
        let id = channel(&town, "vault", locked).await;
        let (channel, messages) = (format!("/channels/{id}"), format!("/channels/{id}/messages"));
        let mut socket = town.member.connect(0).await;
        let text = json!({ "content": "inside @everyone" });
        let said = town.owner.post(&messages, text.clone()).await.ok(200);
        let one = format!("{messages}/{}", said["id"].as_str().unwrap());
        let reactions = format!("{one}/reactions/%F0%9F%91%8D");
        town.owner.put(&format!("{reactions}/@me"), json!({})).await.ok(204);
        town.owner.put(&format!("{messages}/pins/{}", said["id"].as_str().unwrap()), json!({})).await.ok(204);
        town.owner.patch(&one, json!({ "content": "changed" })).await.ok(200);
        town.owner.ask("POST", &format!("{channel}/typing"), None).await.ok(204);
        town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({})).await.ok(200);
        let mut names = socket.names_until("GUILD_ROLE_CREATE").await;
        names.retain(|name| name != "PRESENCE_UPDATE");
        assert_eq!(names, ["GUILD_ROLE_CREATE"]);
        town.member.get(&channel).await.ok(200);
        town.member.get(&messages).await.refused(403, 50_001);
        town.member.get(&reactions).await.refused(403, 50_001);
        town.member.post(&messages, text.clone()).await.refused(403, 50_001);
        assert_eq!(town.member.get(&format!("{channel}/pins")).await.ok(200), json!([]));
        let search = format!("/guilds/{}/messages/search?content=changed", town.guild);
        assert_eq!(town.member.get(&search).await.ok(200)["total_results"], 0);
        let reference = json!({ "type": 1, "message_id": said["id"], "channel_id": id });
        let forward = json!({ "message_reference": reference });
        let plain = format!("/channels/{}/messages", town.channel);
        town.member.post(&plain, forward.clone()).await.refused(403, 50_001);
        let late = town.member.connect(0).await;
        let read = late.ready["read_state"]["entries"].as_array().into_iter().flatten();
        assert!(read.filter(|entry| entry["id"] == json!(id)).all(|entry| entry["mention_count"] == json!(0)));
        // Who may come in reads and hears all of it.
        let own = format!("{channel}/permissions/{}", town.member.id);
        town.owner.put(&own, json!({ "type": 1, "allow": "1048576" })).await.ok(204);
        town.member.post(&messages, text).await.ok(200);
        assert_eq!(socket.event("MESSAGE_CREATE").await["channel_id"], json!(id));
        assert_eq!(town.member.get(&search).await.ok(200)["total_results"], 1);
        town.member.post(&plain, forward).await.ok(200);
    })
    .await;
}
