//! Welcome screens.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn a_screen_is_made_shown_and_hidden() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/welcome-screen", town.guild);
        town.member.get(&path).await.refused(404, 10_069);
        // Who would make one sees that there is nothing on it yet.
        assert_eq!(town.owner.get(&path).await.ok(200), json!({ "description": null, "welcome_channels": [] }));
        town.member.patch(&path, json!({})).await.refused(403, 50_013);
        let channel = |id: &str| json!({ "channel_id": id, "description": "Say hello", "emoji_name": "👋" });
        let body = json!({ "description": "A hall", "welcome_channels": [channel(&town.channel)] });
        town.owner.patch(&path, body).await.ok(200);
        town.member.get(&path).await.refused(403, 50_013);
        let mut socket = town.member.connect(0).await;
        let shown = town.owner.patch(&path, json!({ "enabled": true })).await.ok(200);
        assert_eq!(shown["welcome_channels"][0]["emoji_name"], "👋");
        assert_eq!(socket.event("GUILD_UPDATE").await["features"], json!(["WELCOME_SCREEN_ENABLED"]));
        assert_eq!(town.member.get(&path).await.ok(200), shown);
        for wrong in [
            json!({ "description": "x".repeat(141) }),
            json!({ "welcome_channels": [channel("1")] }),
            json!({ "welcome_channels": vec![channel(&town.channel); 6] }),
        ] {
            town.owner.patch(&path, wrong).await.refused(400, 50_035);
        }
        town.owner.patch(&path, json!({ "enabled": false, "description": null })).await.ok(200);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=1", town.guild)).await.ok(200);
        let keys = log["audit_log_entries"][0]["changes"].as_array().unwrap().iter();
        let keys: Vec<_> = keys.map(|change| change["key"].as_str().unwrap()).collect();
        assert!(keys.contains(&"enabled") && keys.contains(&"description"), "{keys:?}");
    })
    .await;
}
