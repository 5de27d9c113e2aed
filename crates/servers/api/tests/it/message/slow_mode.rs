//! Slow mode, over a restart too.

use std::time::Duration;

use guildhall_harness::{Client, Town, on_both};
use serde_json::json;

/// Refused, with a wait of at most that many seconds.
async fn waits(who: &Client, path: &str, most: f64) {
    let refused = who.post(path, json!({ "content": "too soon" })).await;
    refused.refused(429, 20_016);
    let wait = refused.body["retry_after"].as_f64().unwrap();
    assert!(wait > 0.0 && wait <= most, "{wait} of {most}");
}

#[tokio::test]
async fn a_restart_does_not_forget_who_wrote_when() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let channel = format!("/channels/{}", town.channel);
        let messages = format!("{channel}/messages");
        // Of the channel, and of the whole instance.
        for of_instance in [false, true] {
            let seconds = async |count: u32| {
                if of_instance {
                    town.owner.own("PATCH", "/admin/settings", json!({ "slow_mode_seconds": count })).await.ok(200)
                } else {
                    town.owner.patch(&channel, json!({ "rate_limit_per_user": count })).await.ok(200)
                }
            };
            seconds(5).await;
            town.say(&town.member, "one").await;
            waits(&town.member, &messages, 5.0).await;
            let later = town.server.again().await;
            let member = town.member.moved(later.address);
            waits(&member, &messages, 5.0).await;
            town.server.app.clock().advance(Duration::from_secs(3));
            let later = town.server.again().await;
            let member = town.member.moved(later.address);
            waits(&member, &messages, 2.0).await;
            town.server.app.clock().advance(Duration::from_secs(2));
            member.post(&messages, json!({ "content": "two" })).await.ok(200);
            town.server.app.clock().advance(Duration::from_secs(5));
            seconds(0).await;
        }
    })
    .await;
}
