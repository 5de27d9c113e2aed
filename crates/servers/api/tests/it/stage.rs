//! Stages: who opens and closes them, what is told of it, and events that take place there.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use guildhall_wire::Timestamp;
use serde_json::{Value, json};

async fn stage(town: &Town) -> String {
    let body = json!({ "name": "stage", "type": 13 });
    let channel = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
    channel["id"].as_str().unwrap().to_owned()
}

async fn event(town: &Town, channel: &str) -> Value {
    let start = town.server.app.clock().micros() + 60 * 60_000_000;
    let start = Timestamp::from_micros(start).unwrap().iso_8601().to_string();
    let body = json!({
        "name": "Talk", "privacy_level": 2, "entity_type": 1, "channel_id": channel, "scheduled_start_time": start,
    });
    town.owner.post(&format!("/guilds/{}/scheduled-events", town.guild), body).await.ok(200)
}

#[tokio::test]
async fn a_stage_opens_changes_and_closes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = stage(&town).await;
        let one = format!("/stage-instances/{channel}");
        let mut socket = town.member.connect(1 | 1 << 9).await;
        town.owner.get(&one).await.refused(404, 10_067);
        let body = json!({ "channel_id": channel, "topic": "News", "send_start_notification": true });
        town.member.post("/stage-instances", body.clone()).await.refused(403, 50_013);
        let opened = town.owner.post("/stage-instances", body.clone()).await.ok(200);
        assert_eq!((&opened["topic"], &opened["privacy_level"]), (&json!("News"), &json!(2)));
        assert_eq!(socket.event("STAGE_INSTANCE_CREATE").await["id"], opened["id"]);
        let said = socket.event("MESSAGE_CREATE").await;
        assert_eq!((&said["type"], &said["mention_everyone"]), (&json!(27), &json!(true)));
        town.owner.post("/stage-instances", body).await.refused(400, 150_006);
        assert_eq!(town.member.get(&one).await.ok(200)["id"], opened["id"]);
        assert_eq!(town.member.connect(1).await.guilds[0]["stage_instances"][0]["id"], opened["id"]);

        town.member.patch(&one, json!({ "topic": "Mine" })).await.refused(403, 50_013);
        town.owner.patch(&one, json!({ "topic": "" })).await.refused(400, 50_035);
        town.owner.patch(&one, json!({ "privacy_level": 3 })).await.refused(400, 50_035);
        assert_eq!(town.owner.patch(&one, json!({ "topic": "Sports" })).await.ok(200)["topic"], "Sports");
        assert_eq!(socket.event("STAGE_INSTANCE_UPDATE").await["topic"], "Sports");
        town.member.delete(&one).await.refused(403, 50_013);
        town.owner.delete(&one).await.ok(204);
        assert_eq!(socket.event("STAGE_INSTANCE_DELETE").await["id"], opened["id"]);
        town.owner.delete(&one).await.refused(404, 10_067);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs", town.guild)).await.ok(200);
        let entries = log["audit_log_entries"].as_array().unwrap();
        assert!([83, 84, 85].iter().all(|kind| entries.iter().any(|entry| entry["action_type"] == *kind)));

        town.owner.post("/stage-instances", json!({ "topic": "x" })).await.refused(400, 50_035);
        let body = json!({ "channel_id": town.channel, "topic": "x" });
        town.owner.post("/stage-instances", body).await.refused(400, 50_024);
        let body = json!({ "channel_id": channel, "topic": "x".repeat(121) });
        town.owner.post("/stage-instances", body).await.refused(400, 50_035);
        // With its channel goes the stage.
        town.owner.post("/stage-instances", json!({ "channel_id": channel, "topic": "x" })).await.ok(200);
        town.owner.delete(&format!("/channels/{channel}")).await.ok(200);
        socket.event("STAGE_INSTANCE_DELETE").await;
    })
    .await;
}

#[tokio::test]
async fn a_stage_where_nobody_speaks_closes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = stage(&town).await;
        let mut socket = town.owner.connect(1 | 1 << 7).await;
        let seat = json!({ "guild_id": town.guild, "channel_id": channel, "self_mute": false, "self_deaf": false });
        socket.send(json!({ "op": 4, "d": seat })).await;
        socket.event("VOICE_STATE_UPDATE").await;
        town.owner.post("/stage-instances", json!({ "channel_id": channel, "topic": "x" })).await.ok(200);
        let minutes = async |count: u32| {
            for _ in 0..count {
                town.server.app.clock().advance(Duration::from_mins(1));
                guildhall_api::run_due(&town.server.app).await.unwrap();
            }
        };
        minutes(6).await;
        // Its moderator speaks without asking.
        town.member.get(&format!("/stage-instances/{channel}")).await.ok(200);
        town.server.app.bus().leave_voice(town.guild.parse().unwrap(), town.owner.id.parse().unwrap());
        minutes(5).await;
        socket.event("STAGE_INSTANCE_DELETE").await;
        town.member.get(&format!("/stage-instances/{channel}")).await.refused(404, 10_067);
    })
    .await;
}

#[tokio::test]
async fn an_event_and_its_stage_begin_and_end_together() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = stage(&town).await;
        let mut socket = town.member.connect(1 | 1 << 16).await;
        let path = format!("/guilds/{}/scheduled-events", town.guild);
        // The event opens the stage.
        let first = event(&town, &channel).await;
        let one = format!("{path}/{}", first["id"].as_str().unwrap());
        let begun = town.owner.patch(&one, json!({ "status": 2 })).await.ok(200);
        let opened = socket.event("STAGE_INSTANCE_CREATE").await;
        assert_eq!((&opened["topic"], &opened["guild_scheduled_event_id"]), (&json!("Talk"), &first["id"]));
        assert_eq!(begun["entity_id"], opened["id"]);
        // Only one at a time.
        let second = event(&town, &channel).await;
        let other = format!("{path}/{}", second["id"].as_str().unwrap());
        town.owner.patch(&other, json!({ "status": 2 })).await.refused(400, 180_002);
        town.owner.patch(&one, json!({ "status": 3 })).await.ok(200);
        socket.event("STAGE_INSTANCE_DELETE").await;
        // The stage begins the event.
        let body = json!({ "channel_id": channel, "topic": "Talk", "guild_scheduled_event_id": second["id"] });
        town.owner.post("/stage-instances", body.clone()).await.ok(200);
        assert_eq!(town.owner.get(&other).await.ok(200)["status"], 2);
        town.owner.delete(&format!("/stage-instances/{channel}")).await.ok(204);
        assert_eq!(town.owner.get(&other).await.ok(200)["status"], 3);
        town.owner.post("/stage-instances", body).await.refused(400, 50_035);
        let body = json!({ "channel_id": channel, "topic": "Talk", "guild_scheduled_event_id": "5" });
        town.owner.post("/stage-instances", body).await.refused(404, 10_070);
        town.member.get(&format!("/stage-instances/{channel}")).await.refused(404, 10_067);
    })
    .await;
}
