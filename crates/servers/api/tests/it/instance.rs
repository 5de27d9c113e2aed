//! The instance: the settings that staff changes while it runs.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn what_microphones_start_with_is_set_told_and_logged() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let capture = |noise: bool, echo: bool, gain: bool| json!({ "noise_suppression": noise, "echo_cancellation": echo, "automatic_gain_control": gain });
        let seen = town.stranger.own("GET", "/instance", json!({})).await.ok(200);
        assert_eq!(seen["voice_capture"], capture(true, true, true), "all of it is on where nobody said otherwise");
        let mut socket = town.member.connect(0).await;
        let path = "/admin/settings";
        let body = json!({ "voice_capture": { "echo_cancellation": false } });
        town.member.own("PATCH", path, body.clone()).await.refused(403, 50_013);
        let settings = town.owner.own("PATCH", path, body.clone()).await.ok(200);
        assert_eq!(settings["voice_capture"], capture(true, false, true), "the others stay");
        assert_eq!(socket.event("GUILDHALL_INSTANCE_UPDATE").await["voice_capture"], capture(true, false, true));
        let seen = town.stranger.own("GET", "/instance", json!({})).await.ok(200);
        assert_eq!(seen["voice_capture"], capture(true, false, true));
        assert_eq!(town.owner.own("GET", path, json!({})).await.ok(200), settings);
        for nothing in [body, json!({ "voice_capture": {} }), json!({})] {
            town.owner.own("PATCH", path, nothing).await.refused(400, 50_035);
        }
        town.owner.own("PATCH", path, json!({ "voice_capture": { "echo_cancellation": 1 } })).await.refused(400, 50_035);
        let log = town.owner.own("GET", "/admin/audit", json!({})).await.ok(200);
        let told: Vec<_> = log.as_array().unwrap().iter().filter(|deed| deed["action"] == "settings.update").collect();
        assert_eq!(told.len(), 1, "{log}");
        let change = &told[0]["metadata"]["changes"]["voice_capture"];
        assert_eq!((&change["old"], &change["new"]), (&capture(true, true, true), &capture(true, false, true)));
    })
    .await;
}
