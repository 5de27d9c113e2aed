//! How soon a change of the instance is felt, and figures of a place in which people live.

use std::time::Instant;

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

#[tokio::test]
async fn a_read_only_instance_is_told_within_a_second_on_a_quiet_line() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (mut member, mut owner) = (town.member.connect(0).await, town.owner.connect(0).await);
        let mut slowest = 0;
        for read_only in [true, false, true, false] {
            let change = async {
                town.owner.own("PATCH", "/admin/settings", json!({ "read_only": read_only })).await.ok(200);
                Instant::now()
            };
            let told = async {
                for socket in [&mut member, &mut owner] {
                    assert_eq!(socket.event("GUILDHALL_INSTANCE_UPDATE").await["read_only"], read_only);
                }
                Instant::now()
            };
            let (changed, told) = tokio::join!(change, told);
            slowest = slowest.max(told.saturating_duration_since(changed).as_millis());
            // What they do then is refused at once.
            let sent =
                town.member.post(&format!("/channels/{}/messages", town.channel), json!({ "content": "x" })).await;
            assert_eq!(sent.status, if read_only { 403 } else { 200 });
        }
        println!("{engine:?}: told at most {slowest} ms after the answer");
        assert!(slowest < 5000, "{slowest} ms");
    })
    .await;
}

#[tokio::test]
async fn figures_count_what_is_there_and_not_what_was() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let figures = async || {
            let stats = town.owner.own("GET", "/admin/stats", json!({})).await.ok(200);
            ["users", "guilds", "channels", "messages", "messages_last_hour"].map(|name| stats[name].as_i64().unwrap())
        };
        let [users, guilds, channels, messages, recent] = figures().await;
        assert_eq!(users, 3);
        let messages_path = format!("/channels/{}/messages", town.channel);
        let mut said = Vec::new();
        for number in 0..4 {
            said.push(town.say(&town.member, &number.to_string()).await["id"].as_str().unwrap().to_owned());
        }
        assert_eq!(figures().await, [users, guilds, channels, messages + 4, recent + 4]);
        // One by one, and many at once.
        town.member.delete(&format!("{messages_path}/{}", said[0])).await.ok(204);
        assert_eq!(figures().await, [users, guilds, channels, messages + 3, recent + 3]);
        let rest = json!({ "messages": [said[1], said[2]] });
        town.owner.post(&format!("{messages_path}/bulk-delete"), rest).await.ok(204);
        assert_eq!(figures().await, [users, guilds, channels, messages + 1, recent + 1]);
        // A thread is no channel; what is said in it, and of it, is said.
        let body = json!({ "name": "aside", "type": 11 });
        let thread = town.owner.post(&format!("/channels/{}/threads", town.channel), body).await.ok(201);
        let inside = format!("/channels/{}/messages", thread["id"].as_str().unwrap());
        let told = figures().await;
        assert_eq!(told[..3], [users, guilds, channels]);
        town.owner.post(&inside, json!({ "content": "inside" })).await.ok(200);
        assert_eq!(figures().await[3..], [told[3] + 1, told[4] + 1]);
        let listed = async |path: &str| -> i64 {
            let list: Value = town.owner.get(path).await.ok(200);
            i64::try_from(list.as_array().unwrap().len()).unwrap()
        };
        assert_eq!(figures().await[3], listed(&messages_path).await + listed(&inside).await, "as many as can be read");
        // They go with their thread.
        town.owner.delete(inside.trim_end_matches("/messages")).await.ok(200);
        assert_eq!(figures().await[3], listed(&messages_path).await);
        assert_eq!(figures().await[2], channels);
    })
    .await;
}
