//! Replies: to what stands in the same channel, as long as it stands there.

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

#[tokio::test]
async fn a_reply_crosses_no_channel_and_outlives_what_it_answers() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "name": "elsewhere", "type": 0 });
        let other = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
        let first = town.say(&town.member, "question").await;
        let here = format!("/channels/{}/messages", town.channel);
        let there = format!("/channels/{}/messages", other["id"].as_str().unwrap());
        let reply = |reference: Value| json!({ "content": "answer", "message_reference": reference });
        // Named with its channel: it is there, but elsewhere.
        let named = json!({ "message_id": first["id"], "channel_id": town.channel });
        let refused = town.owner.post(&there, reply(named)).await;
        refused.refused(400, 50_035);
        let why = &refused.body["errors"]["message_reference"]["_errors"][0]["code"];
        assert_eq!(why, "REPLIES_CANNOT_CROSS_CHANNELS", "{}", refused.body);
        // Named without: it is not in this channel.
        let refused = town.owner.post(&there, reply(json!({ "message_id": first["id"] }))).await;
        refused.refused(400, 50_035);
        let why = &refused.body["errors"]["message_reference"]["_errors"][0]["code"];
        assert_eq!(why, "REPLIES_UNKNOWN_MESSAGE", "{}", refused.body);
        assert_eq!(town.owner.get(&there).await.ok(200), json!([]), "what is refused is not there");

        let answer = town.owner.post(&here, reply(json!({ "message_id": first["id"] }))).await.ok(200);
        assert_eq!(answer["referenced_message"]["content"], "question");
        town.member.delete(&format!("{here}/{}", first["id"].as_str().unwrap())).await.ok(204);
        let one = town.member.get(&format!("{here}/{}", answer["id"].as_str().unwrap())).await.ok(200);
        let list = town.member.get(&here).await.ok(200);
        let listed = list.as_array().unwrap().iter().find(|message| message["id"] == answer["id"]).unwrap();
        for seen in [&one, listed] {
            // Null, not left out: it was there once.
            assert_eq!((&seen["type"], seen.get("referenced_message")), (&json!(19), Some(&Value::Null)), "{seen}");
        }
        // Nobody answers what is deleted.
        let refused = town.owner.post(&here, reply(json!({ "message_id": first["id"] }))).await;
        refused.refused(400, 50_035);
    })
    .await;
}
