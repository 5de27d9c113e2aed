//! What is left of a message that is deleted: nothing that it said.

use guildhall_db::{Records as _, ToValue as _};
use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_deleted_is_found_nowhere() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let messages = format!("/channels/{}/messages", town.channel);
        let files: &[(&str, &str, &[u8])] = &[("files[0]", "marzipan.txt", b"text")];
        let sent = town.member.upload(&messages, files, &json!({ "content": "marzipan" }), true).await.ok(200);
        let id = sent["id"].as_str().unwrap();
        let message = format!("{messages}/{id}");
        let thumb = format!("{message}/reactions/%F0%9F%91%8D/@me");
        town.owner.put(&thumb, json!({})).await.ok(204);
        town.owner.put(&format!("{messages}/pins/{id}"), json!({})).await.ok(204);
        let reply = json!({ "content": "me too", "message_reference": { "message_id": id } });
        town.owner.post(&messages, reply).await.ok(200);
        let places = [
            messages.clone(),
            format!("{messages}/pins"),
            format!("/channels/{}/pins", town.channel),
            format!("/guilds/{}/messages/search?content=marzipan", town.guild),
        ];
        for place in &places {
            assert!(town.owner.get(place).await.ok(200).to_string().contains("marzipan"), "{place}");
        }
        let row = |column: &str| {
            let (app, id) = (town.server.app.clone(), id.parse::<i64>().unwrap());
            let sql = format!("SELECT {column} FROM messages WHERE id = $1");
            async move { app.db().scalar::<String>(&sql, vec![id.to_value()]).await.unwrap().unwrap() }
        };
        assert!(row("content").await == "marzipan" && row("extras").await.contains("marzipan.txt"));

        town.member.delete(&message).await.ok(204);
        for place in &places {
            for who in [&town.owner, &town.member] {
                let seen = who.get(place).await.ok(200);
                assert!(!seen.to_string().contains("marzipan"), "{place}: {seen}");
            }
        }
        for method in ["GET", "DELETE"] {
            town.owner.ask(method, &message, None).await.refused(404, 10_008);
        }
        town.member.patch(&message, json!({ "content": "again" })).await.refused(404, 10_008);
        town.owner.put(&thumb, json!({})).await.refused(404, 10_008);
        town.owner.get(&thumb.replace("/@me", "")).await.refused(404, 10_008);
        town.owner.put(&format!("{messages}/pins/{id}"), json!({})).await.refused(404, 10_008);
        let forward = json!({ "message_reference": { "type": 1, "message_id": id, "channel_id": town.channel } });
        assert!(matches!(town.owner.post(&messages, forward).await.status, 400 | 404));
        // The row stays, blank.
        assert_eq!((row("content").await, row("extras").await), (String::new(), "{}".into()));
        let marks: Option<i64> = town
            .server
            .app
            .db()
            .scalar("SELECT COUNT(*) FROM reactions WHERE message_id = $1", vec![id.parse::<i64>().unwrap().to_value()])
            .await
            .unwrap();
        assert_eq!(marks, Some(0));
        let list = town.owner.get(&messages).await.ok(200);
        let reply = list.as_array().unwrap().iter().find(|message| message["content"] == "me too").unwrap();
        assert_eq!(reply["referenced_message"], Value::Null);
    })
    .await;
}
