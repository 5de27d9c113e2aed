//! What clients are told of frames each minute.

use super::*;

fn told(still: &Still) -> Option<serde_json::Value> {
    still.node.tell_stats();
    let mut events = lock(&still.events);
    let mut last = None;
    while let Ok(text) = events.try_recv() {
        let message: serde_json::Value = serde_json::from_str(&text).unwrap();
        if message["op"] == "stats" {
            last = Some(message["frameStats"].clone());
        }
    }
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_of_a_minute_are_told() {
    let still = Still::new(1).await;
    let player = still.player(1);
    assert_eq!(told(&still), Some(serde_json::Value::Null), "nobody plays");
    play(&player, "fine", 600_000);
    for _ in 0..3_000 {
        assert!(still.tick(&player));
    }
    let all = serde_json::json!({ "sent": 3_000, "nulled": 0, "deficit": 0 });
    assert_eq!(told(&still), Some(all));
    // Who did not play for the whole minute cannot be compared.
    for _ in 0..2_000 {
        assert!(still.tick(&player));
    }
    assert_eq!(told(&still), Some(serde_json::Value::Null));
    // A source that gives nothing more after half a second.
    play(&player, "stuck", 60_000);
    while player.with(|state| state.counts.nulled) == 0 {
        still.beat(&player);
        std::thread::sleep(Duration::from_millis(1));
    }
    told(&still);
    for _ in 0..3_000 {
        still.beat(&player);
    }
    assert_eq!(told(&still), Some(serde_json::json!({ "sent": 0, "nulled": 3_000, "deficit": 0 })));
    // Another session has no part in that.
    let other = still.node.open_session(2, "test".to_owned());
    assert!(still.node.stats(Some(&other)).frame_stats.is_none());
}
