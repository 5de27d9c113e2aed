//! Sounds: what may be one, who makes and plays them, who hears of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_harness::{Client, Socket, Town, on_both};
use serde_json::{Value, json};

/// So many frames of MP3, 26 milliseconds each.
fn mp3(frames: usize) -> String {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0xc0]);
    let mut out = b"ID3\x04\0\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0".to_vec();
    (0..frames).for_each(|_| out.extend_from_slice(&frame));
    format!("data:audio/mpeg;base64,{}", STANDARD.encode(out))
}

fn path(town: &Town) -> String {
    format!("/guilds/{}/soundboard-sounds", town.guild)
}

async fn sit(town: &Town, who: &Client, socket: &mut Socket, channel: &str) {
    let seat = json!({ "guild_id": town.guild, "channel_id": channel, "self_mute": false, "self_deaf": false });
    socket.send(json!({ "op": 4, "d": seat })).await;
    while socket.event("VOICE_STATE_UPDATE").await["user_id"] != json!(who.id) {}
}

#[tokio::test]
async fn a_sound_is_made_shown_changed_and_deleted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = path(&town);
        let mut socket = town.member.connect(1 << 3 | 1).await;
        let body = json!({ "name": "boing", "sound": mp3(100), "volume": 0.5, "emoji_name": "🥁" });
        let made = town.owner.post(&path, body).await.ok(201);
        let id = made["sound_id"].as_str().unwrap().to_owned();
        assert_eq!((&made["volume"], &made["emoji_name"]), (&json!(0.5), &json!("🥁")));
        assert_eq!(socket.event("GUILD_SOUNDBOARD_SOUND_CREATE").await["sound_id"], json!(id));
        let url = format!("http://{}/cdn/soundboard-sounds/{id}", town.server.address);
        assert_eq!(town.member.fetch(&url).await.0, 200);
        let one = format!("{path}/{id}");
        assert_eq!(town.member.get(&one).await.ok(200).get("user"), None);
        assert_eq!(town.owner.get(&path).await.ok(200)["items"][0]["user"]["id"], json!(town.owner.id));
        assert_eq!(town.member.connect(1).await.guilds[0]["soundboard_sounds"][0]["sound_id"], json!(id));
        socket.send(json!({ "op": 31, "d": { "guild_ids": [town.guild, "5"] } })).await;
        let answer = socket.event("SOUNDBOARD_SOUNDS").await;
        assert_eq!(
            (&answer["guild_id"], &answer["soundboard_sounds"][0]["sound_id"]),
            (&json!(town.guild), &json!(id))
        );

        let changed =
            town.owner.patch(&one, json!({ "name": "clap", "volume": null, "emoji_name": null })).await.ok(200);
        assert_eq!(
            (&changed["name"], &changed["volume"], &changed["emoji_name"]),
            (&json!("clap"), &json!(1.0), &Value::Null)
        );
        assert_eq!(socket.event("GUILD_SOUNDBOARD_SOUND_UPDATE").await["name"], "clap");
        town.owner.patch(&one, json!({ "volume": 1.5 })).await.refused(400, 50_035);
        town.owner.patch(&one, json!({ "emoji_id": "5" })).await.refused(400, 50_035);
        town.member.patch(&one, json!({ "name": "mine" })).await.refused(403, 50_013);
        town.member.delete(&one).await.refused(403, 50_013);
        town.owner.delete(&one).await.ok(204);
        let gone = socket.event("GUILD_SOUNDBOARD_SOUND_DELETE").await;
        assert_eq!(gone, json!({ "sound_id": id, "guild_id": town.guild }));
        town.owner.get(&one).await.refused(404, 10_097);
        assert_eq!(town.member.fetch(&url).await.0, 404);
        assert!(town.server.files().is_empty());
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        assert!([130, 131, 132].iter().all(|kind| entries.iter().any(|entry| entry["action_type"] == *kind)));
    })
    .await;
}

#[tokio::test]
async fn what_may_be_a_sound() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = path(&town);
        for (body, field) in [
            (json!({ "name": "x", "sound": mp3(10) }), "name"),
            (json!({ "name": "xy" }), "sound"),
            (json!({ "name": "xy", "sound": "data:audio/mpeg;base64,AAAA" }), "sound"),
            (json!({ "name": "xy", "sound": "no address" }), "sound"),
            (json!({ "name": "long", "sound": mp3(250) }), "sound"),
            (json!({ "name": "large", "sound": mp3(1400) }), "sound"),
            (json!({ "name": "loud", "sound": mp3(10), "volume": 2 }), "volume"),
        ] {
            let answer = town.owner.post(&path, body).await;
            assert!(answer.body["errors"][field]["_errors"].is_array(), "{field}: {}", answer.body);
            answer.refused(400, 50_035);
        }
        town.member.post(&path, json!({ "name": "xy", "sound": mp3(10) })).await.refused(403, 50_013);
        assert!(town.server.files().is_empty());
        let everybodys = town.member.get("/soundboard-default-sounds").await.ok(200);
        assert!(everybodys.as_array().unwrap().len() >= 5);
        let url = format!(
            "http://{}/cdn/soundboard-sounds/{}",
            town.server.address,
            everybodys[0]["sound_id"].as_str().unwrap()
        );
        let (status, bytes) = town.member.fetch(&url).await;
        assert!(status == 200 && bytes.starts_with(b"RIFF"));
    })
    .await;
}

#[tokio::test]
async fn who_sits_in_a_channel_plays_and_hears() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        // View, send, connect, speak, use the soundboard.
        let permissions = 1_u64 << 10 | 1 << 11 | 1 << 20 | 1 << 21 | 1 << 42;
        town.owner.patch(&everyone, json!({ "permissions": permissions.to_string() })).await.ok(200);
        let channels = town.owner.get(&format!("/guilds/{}/channels", town.guild)).await.ok(200);
        let voice = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 2).unwrap()["id"].clone();
        let voice = voice.as_str().unwrap();
        let send = format!("/channels/{voice}/send-soundboard-sound");
        town.member.post(&send, json!({ "sound_id": "1" })).await.refused(400, 40_032);
        let (mut there, mut elsewhere) = (town.member.connect(1 << 7).await, town.owner.connect(1 << 7 | 1 << 9).await);
        sit(&town, &town.member, &mut there, voice).await;
        town.member.post(&send, json!({ "sound_id": "1" })).await.ok(204);
        let heard = there.event("VOICE_CHANNEL_EFFECT_SEND").await;
        assert_eq!((&heard["user_id"], &heard["sound_id"]), (&json!(town.member.id), &json!("1")));
        assert_eq!(heard["emoji"]["name"], "🔔");
        town.member.post(&send, json!({ "sound_id": "99" })).await.refused(404, 10_097);
        town.member.post(&send, json!({})).await.refused(400, 50_035);
        town.member
            .post(&format!("/channels/{}/send-soundboard-sound", town.channel), json!({ "sound_id": "1" }))
            .await
            .refused(400, 50_024);
        // Of another guild, only where that is allowed.
        let second = town.member.post("/guilds", json!({ "name": "Second" })).await.ok(201);
        let guild = second["id"].as_str().unwrap();
        let sounds = format!("/guilds/{guild}/soundboard-sounds");
        let sound = town.member.post(&sounds, json!({ "name": "other", "sound": mp3(20) })).await.ok(201);
        let body = json!({ "sound_id": sound["sound_id"], "source_guild_id": guild });
        town.member.post(&send, json!({ "sound_id": sound["sound_id"] })).await.refused(404, 10_097);
        town.member.post(&send, body.clone()).await.refused(403, 50_013);
        let permissions = (permissions | 1 << 45).to_string();
        town.owner.patch(&everyone, json!({ "permissions": permissions })).await.ok(200);
        town.member.post(&send, body).await.ok(204);
        assert_eq!(there.event("VOICE_CHANNEL_EFFECT_SEND").await["sound_id"], sound["sound_id"]);
        // Whoever may not be heard does not play.
        let mute = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        town.owner.patch(&mute, json!({ "mute": true })).await.ok(200);
        town.member.post(&send, json!({ "sound_id": "1" })).await.refused(403, 50_013);
        town.say(&town.owner, "end").await;
        assert!(!elsewhere.names_until("MESSAGE_CREATE").await.contains(&"VOICE_CHANNEL_EFFECT_SEND".to_owned()));
    })
    .await;
}
