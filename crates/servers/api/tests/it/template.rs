//! Templates: a guild is taken into one, and others are made like it.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn a_guild_is_made_like_another() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = &town.guild;
        let role = json!({ "name": "Elders", "color": 255, "permissions": "8192", "hoist": true });
        let role = town.owner.post(&format!("/guilds/{guild}/roles"), role).await.ok(200);
        let forum = json!({
            "name": "questions", "type": 15,
            "available_tags": [{ "name": "solved", "emoji_name": "✅", "moderated": true }],
            "permission_overwrites": [{ "id": role["id"], "type": 0, "allow": "2048", "deny": "0" }],
        });
        town.owner.post(&format!("/guilds/{guild}/channels"), forum).await.ok(201);
        let path = format!("/guilds/{guild}/templates");
        town.member.post(&path, json!({ "name": "Village" })).await.refused(403, 50_013);
        town.owner.post(&path, json!({ "name": "" })).await.refused(400, 50_035);
        town.owner.post(&path, json!({ "name": "x", "description": "x".repeat(121) })).await.refused(400, 50_035);
        let made = town.owner.post(&path, json!({ "name": "Village", "description": "Old" })).await.ok(200);
        town.owner.post(&path, json!({ "name": "Again" })).await.refused(400, 30_031);
        let code = made["code"].as_str().unwrap();
        assert_eq!((&made["usage_count"], &made["is_dirty"]), (&json!(0), &json!(null)));
        assert_eq!(made["serialized_source_guild"]["roles"][1]["name"], "Elders");
        let one = format!("{path}/{code}");
        assert_eq!(town.owner.patch(&one, json!({ "description": null })).await.ok(200)["description"], json!(null));
        town.owner.patch(&one, json!({ "name": "x".repeat(101) })).await.refused(400, 50_035);
        // The guild goes on, the template does not until it is told.
        town.owner.patch(&format!("/guilds/{guild}"), json!({ "description": "by the river" })).await.ok(200);
        let known = town.stranger.get(&format!("/guilds/templates/{code}")).await.ok(200);
        assert_eq!((&known["is_dirty"], &known["creator"]["id"]), (&json!(true), &json!(town.owner.id)));
        assert_eq!(town.owner.put(&one, json!({})).await.ok(200)["is_dirty"], json!(null));

        let mut socket = town.stranger.connect(1).await;
        let path = format!("/guilds/templates/{code}");
        town.stranger.post(&path, json!({ "name": "x" })).await.refused(400, 50_035);
        let new = town.stranger.post(&path, json!({ "name": "Hamlet" })).await.ok(201);
        assert_eq!((&new["name"], &new["description"]), (&json!("Hamlet"), &json!("by the river")));
        assert_eq!(new["owner_id"], json!(town.stranger.id));
        let seen = socket.event("GUILD_CREATE").await;
        assert_eq!(seen["id"], new["id"]);
        let elders = new["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Elders").unwrap();
        assert_eq!(
            (&elders["color"], &elders["hoist"], &elders["permissions"]),
            (&json!(255), &json!(true), &json!("8192"))
        );
        let channels = seen["channels"].as_array().unwrap();
        let find = |name: &str| channels.iter().find(|channel| channel["name"] == name).unwrap();
        let forum = find("questions");
        assert_eq!(forum["permission_overwrites"][0]["id"], elders["id"]);
        assert_eq!(
            (&forum["available_tags"][0]["name"], &forum["available_tags"][0]["moderated"]),
            (&json!("solved"), &json!(true))
        );
        assert_eq!(find("general")["parent_id"], find("Text channels")["id"]);
        assert_eq!(new["system_channel_id"], find("general")["id"]);
        assert_eq!(town.owner.get(&format!("/guilds/{guild}/templates")).await.ok(200)[0]["usage_count"], 1);

        town.owner.delete(&one).await.ok(200);
        town.owner.delete(&one).await.refused(404, 10_057);
        town.stranger.get(&path).await.refused(404, 10_057);
        town.stranger.post(&path, json!({ "name": "Hamlet" })).await.refused(404, 10_057);
        assert_eq!(town.owner.get(&format!("/guilds/{guild}/templates")).await.ok(200), json!([]));
    })
    .await;
}
