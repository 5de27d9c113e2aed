//! Onboarding.

use guildhall_harness::{Town, on_both};
use serde_json::{Value, json};

#[tokio::test]
async fn onboarding_is_set_and_takes_enough_channels() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/onboarding", town.guild);
        let empty = town.member.get(&path).await.ok(200);
        assert_eq!((&empty["enabled"], &empty["prompts"]), (&json!(false), &json!([])));
        town.member.put(&path, json!({})).await.refused(403, 50_013);
        town.owner.put(&path, json!({ "enabled": true })).await.refused(400, 350_000);
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "bird" })).await.ok(200);
        let mut channels = vec![town.channel.clone()];
        for number in 0..6 {
            let body = json!({ "name": format!("room-{number}"), "type": 0 });
            let made = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
            channels.push(made["id"].as_str().unwrap().to_owned());
        }
        let option = json!({ "title": "Birds", "emoji_name": "🐦", "role_ids": [role["id"]], "channel_ids": null });
        let prompt = json!({ "id": "1", "title": "What do you like?", "options": [option], "in_onboarding": true });
        let body = json!({ "prompts": [prompt], "default_channel_ids": channels, "enabled": true, "mode": 1 });
        let set = town.owner.put(&path, body).await.ok(200);
        assert_eq!((&set["enabled"], &set["prompts"][0]["options"][0]["emoji"]["name"]), (&json!(true), &json!("🐦")));
        assert_eq!(town.member.get(&path).await.ok(200), set);
        // Ids that are known stay, so does what is not sent.
        let mut prompts = set["prompts"].clone();
        prompts[0]["title"] = json!("And you?");
        let changed = town.owner.put(&path, json!({ "prompts": prompts })).await.ok(200);
        assert_eq!(changed["prompts"][0]["id"], set["prompts"][0]["id"]);
        assert_eq!(changed["prompts"][0]["options"], set["prompts"][0]["options"]);
        assert_eq!(changed["default_channel_ids"].as_array().unwrap().len(), 7);
        town.owner.put(&path, json!({ "default_channel_ids": [town.channel] })).await.refused(400, 350_001);
        let wrong = |prompt: Value| json!({ "prompts": [prompt] });
        for prompt in [
            json!({ "title": "", "options": [option] }),
            json!({ "title": "x", "options": [] }),
            json!({ "title": "x", "options": [{ "title": "nothing" }] }),
            json!({ "title": "x", "options": [{ "title": "y", "role_ids": ["1"] }] }),
            json!({ "title": "x", "type": 2, "options": [option] }),
        ] {
            town.owner.put(&path, wrong(prompt)).await.refused(400, 50_035);
        }
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=167", town.guild)).await.ok(200);
        assert_eq!(log["audit_log_entries"].as_array().unwrap().len(), 2);
        assert_eq!(town.member.get(&format!("/guilds/{}/new-member-welcome", town.guild)).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn nobody_hands_out_roles_above_their_own() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let roles = format!("/guilds/{}/roles", town.guild);
        let low = town.owner.post(&roles, json!({ "name": "low", "permissions": "268435488" })).await.ok(200);
        let high = town.owner.post(&roles, json!({ "name": "high" })).await.ok(200);
        let order = json!([{ "id": low["id"], "position": 1 }, { "id": high["id"], "position": 2 }]);
        town.owner.patch(&roles, order).await.ok(200);
        let mine = format!("/guilds/{}/members/{}/roles/{}", town.guild, town.member.id, low["id"].as_str().unwrap());
        town.owner.put(&mine, json!({})).await.ok(204);
        let option = json!({ "title": "x", "role_ids": [high["id"]] });
        let body = json!({ "prompts": [{ "id": "1", "title": "x", "options": [option] }] });
        let path = format!("/guilds/{}/onboarding", town.guild);
        town.member.put(&path, body.clone()).await.refused(403, 50_013);
        town.owner.put(&path, body).await.ok(200);
    })
    .await;
}
