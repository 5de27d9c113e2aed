//! Presence: what one chooses, as others and one's own sessions see it.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

#[tokio::test]
async fn what_one_chooses_is_what_others_see_until_its_time_is_over() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (mut own, mut other) = (town.member.connect(0).await, town.member.connect(0).await);
        let mut watcher = town.owner.connect(0).await;
        let mut seen = async || loop {
            let presence = watcher.event("PRESENCE_UPDATE").await;
            if presence["user"]["id"] == json!(town.member.id) {
                break (presence["status"].clone(), presence["activities"][0]["state"].clone());
            }
        };
        let choose = async |body: Value| town.member.patch("/users/@me/settings", body).await.ok(200);
        choose(json!({ "status": "invisible" })).await;
        assert_eq!(seen().await, (json!("offline"), Value::Null));
        for socket in [&mut own, &mut other] {
            let statuses = loop {
                let sessions = socket.event("SESSIONS_REPLACE").await;
                let sessions = sessions.as_array().unwrap();
                let statuses: Vec<_> = sessions.iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect();
                if statuses.iter().all(|status| status == "invisible") {
                    break statuses;
                }
            };
            assert_eq!(statuses.len(), 2);
        }
        // What an idle device says does not undo that; neither does a change of something else.
        own.send(json!({ "op": 3, "d": { "status": "online", "activities": [], "since": null, "afk": false } })).await;
        choose(json!({ "theme": "light" })).await;
        choose(json!({ "status": "dnd" })).await;
        assert_eq!(seen().await.0, json!("dnd"));
        let until = |hours: u64| {
            let micros = town.server.app.clock().micros() + i64::try_from(hours).unwrap() * 3_600_000_000;
            let seconds = micros / 1_000_000;
            twilight_model::util::Timestamp::from_secs(seconds).unwrap().iso_8601().to_string()
        };
        choose(json!({ "custom_status": { "text": "at the desk", "expires_at": until(1) } })).await;
        assert_eq!(seen().await, (json!("dnd"), json!("at the desk")));
        // An idle device keeps the line.
        own.send(json!({ "op": 3, "d": { "status": "idle", "activities": [], "since": 1, "afk": true } })).await;
        // A later end counts, not the first.
        choose(json!({ "custom_status": { "text": "still here", "expires_at": until(4) } })).await;
        assert_eq!(seen().await, (json!("dnd"), json!("still here")));
        let app = &town.server.app;
        app.clock().advance(Duration::from_hours(2));
        guildhall_api::run_due(app).await.unwrap();
        assert_eq!(town.member.get("/users/@me/settings").await.ok(200)["custom_status"]["text"], "still here");
        // It ends also when the program was started anew in between.
        let again = town.server.again().await;
        again.app.clock().advance(Duration::from_hours(5));
        assert_eq!(guildhall_api::run_due(&again.app).await.unwrap(), 1);
        assert_eq!(town.member.get("/users/@me/settings").await.ok(200)["custom_status"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_ends_is_taken_away_before_everybody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut own = town.member.connect(0).await;
        let mut watcher = town.owner.connect(0).await;
        let mut seen = async || loop {
            let presence = watcher.event("PRESENCE_UPDATE").await;
            if presence["user"]["id"] == json!(town.member.id) {
                break presence["activities"][0]["state"].clone();
            }
        };
        let app = &town.server.app;
        let end = app.clock().micros() / 1_000_000 + 1800;
        let end = twilight_model::util::Timestamp::from_secs(end).unwrap().iso_8601().to_string();
        let body = json!({ "custom_status": { "text": "lunch", "expires_at": end } });
        town.member.patch("/users/@me/settings", body).await.ok(200);
        assert_eq!(seen().await, json!("lunch"));
        assert_eq!(own.event("USER_SETTINGS_UPDATE").await["custom_status"]["text"], "lunch");
        app.clock().advance(Duration::from_mins(31));
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 1);
        assert_eq!(seen().await, Value::Null);
        assert_eq!(own.event("USER_SETTINGS_UPDATE").await["custom_status"], Value::Null);
        // One that is taken away by hand has nothing left to end.
        let body = json!({ "custom_status": { "text": "tea", "expires_at": end } });
        town.member.patch("/users/@me/settings", body).await.ok(200);
        town.member.patch("/users/@me/settings", json!({ "custom_status": null })).await.ok(200);
        assert_eq!(guildhall_api::run_due(app).await.unwrap(), 0);
    })
    .await;
}
