//! The instance: the settings that staff changes while it runs.

use futures_util::future::join_all;
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

#[tokio::test]
async fn two_who_change_settings_at_once_lose_nothing() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        for round in 1..=8_u32 {
            let parts = [
                json!({ "name": format!("Hall {round}") }),
                json!({ "description": format!("about {round}") }),
                json!({ "slow_mode_seconds": round }),
                json!({ "idle_after_minutes": 10 + round }),
                json!({ "voice_capture": { "noise_suppression": round % 2 == 0 } }),
                json!({ "voice_capture": { "echo_cancellation": round % 2 == 0 } }),
            ];
            let asked = parts.into_iter().map(|part| town.owner.own("PATCH", "/admin/settings", part));
            for answer in join_all(asked).await {
                answer.ok(200);
            }
            let settings = town.owner.own("GET", "/admin/settings", json!({})).await.ok(200);
            assert_eq!(settings["name"], format!("Hall {round}"));
            assert_eq!(settings["description"], format!("about {round}"));
            assert_eq!(
                (&settings["slow_mode_seconds"], &settings["idle_after_minutes"]),
                (&json!(round), &json!(10 + round))
            );
            let capture = &settings["voice_capture"];
            let on = json!(round % 2 == 0);
            assert_eq!((&capture["noise_suppression"], &capture["echo_cancellation"]), (&on, &on), "{round}");
        }
        let log = town.owner.own("GET", "/admin/audit?limit=200", json!({})).await.ok(200);
        let told = log.as_array().unwrap().iter().filter(|deed| deed["action"] == "settings.update");
        assert_eq!(told.count(), 8 * 6, "each says what it changed itself");
        let one = |deed: &serde_json::Value| deed["metadata"]["changes"].as_object().is_none_or(|map| map.len() == 1);
        assert!(log.as_array().unwrap().iter().all(one), "{log}");
    })
    .await;
}
