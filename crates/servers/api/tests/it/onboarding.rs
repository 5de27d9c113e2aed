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

#[tokio::test]
async fn newcomers_answer_and_are_given_what_they_chose() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/onboarding", town.guild);
        let answers = format!("/guilds/{}/onboarding-responses", town.guild);
        let roles = format!("/guilds/{}/roles", town.guild);
        let bird = town.owner.post(&roles, json!({ "name": "bird" })).await.ok(200)["id"].clone();
        let fish = town.owner.post(&roles, json!({ "name": "fish" })).await.ok(200)["id"].clone();
        let mut channels = vec![json!(town.channel)];
        for number in 0..7 {
            let body = json!({ "name": format!("room-{number}"), "type": 0 });
            let made = town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201);
            channels.push(made["id"].clone());
        }
        let more = channels.pop().unwrap();
        town.member.post(&answers, json!({})).await.refused(400, 350_000);
        let options = json!([
            { "title": "Birds", "role_ids": [bird], "channel_ids": [] },
            { "title": "Fish", "role_ids": [fish], "channel_ids": [more] },
        ]);
        let asked = json!({ "title": "What do you like?", "options": options, "in_onboarding": true, "required": true,
            "single_select": true });
        let body = json!({ "prompts": [asked], "default_channel_ids": channels, "enabled": true, "mode": 0 });
        let set = town.owner.put(&path, body).await.ok(200);
        let option = |at: usize| set["prompts"][0]["options"][at]["id"].clone();
        // Whoever was a member before is not asked; whoever comes is.
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        town.stranger.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        let me = format!("/guilds/{}/members/{}", town.guild, town.stranger.id);
        assert_eq!(town.stranger.get(&me).await.ok(200)["flags"], 8);
        assert_eq!(
            town.owner.get(&format!("/guilds/{}/members/{}", town.guild, town.member.id)).await.ok(200)["flags"],
            0
        );
        for wrong in [json!([]), json!([option(0), option(1)]), json!(["1"])] {
            town.stranger.post(&answers, json!({ "onboarding_responses": wrong })).await.refused(400, 50_035);
        }
        let mut socket = town.stranger.connect(0).await;
        let body = json!({ "onboarding_responses": [option(1)] });
        town.stranger.post(&answers, body).await.ok(204);
        let member = socket.event("GUILD_MEMBER_UPDATE").await;
        assert_eq!((&member["roles"], &member["flags"]), (&json!([fish]), &json!(10)));
        let settings = socket.event("USER_GUILD_SETTINGS_UPDATE").await;
        assert_eq!(settings["flags"], 1 << 14);
        let picked = settings["channel_overrides"].as_array().unwrap();
        assert_eq!(picked.len(), 8);
        assert!(picked.iter().any(|one| one["channel_id"] == more && one["flags"] == 1 << 12));
        // Another answer later takes back what the first one gave.
        town.stranger.post(&answers, json!({ "onboarding_responses": [option(0)] })).await.ok(204);
        assert_eq!(town.stranger.get(&me).await.ok(200)["roles"], json!([bird]));
        let settings = socket.event("USER_GUILD_SETTINGS_UPDATE").await;
        assert_eq!(settings["channel_overrides"].as_array().unwrap().len(), 7);
        // By hand too.
        let guild = format!("/users/@me/guilds/{}/settings", town.guild);
        let body = json!({ "flags": 0, "channel_overrides": { more.as_str().unwrap(): { "flags": 4096 } } });
        let settings = town.stranger.patch(&guild, body).await.ok(200);
        assert_eq!((&settings["flags"], settings["channel_overrides"].as_array().unwrap().len()), (&json!(0), 8));
        let bot = town.bot(0).await;
        bot.post(&answers, json!({ "onboarding_responses": [option(0)] })).await.refused(403, 20_001);
    })
    .await;
}
