//! Applications, as their owners change them.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn an_application_is_changed_by_its_owner_and_itself() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/applications/{}", bot.id);
        let body = json!({
            "description": { "default": "Helps" }, "tags": ["help"], "custom_install_url": "https://example.org/add",
            "install_params": { "scopes": ["bot"], "permissions": "8" }, "flags": 8192,
            "integration_types_config": { "0": { "oauth2_install_params": { "scopes": ["bot"], "permissions": "8" } } },
        });
        let mut socket = town.owner.connect(0).await;
        let changed = bot.patch("/applications/@me", body).await.ok(200);
        let told = socket.event("INTEGRATION_UPDATE").await;
        assert_eq!((&told["application"]["description"], &told["guild_id"]), (&json!("Helps"), &json!(town.guild)));
        socket.event("GUILD_INTEGRATIONS_UPDATE").await;
        assert_eq!((&changed["description"], &changed["flags"]), (&json!("Helps"), &json!(8192)));
        town.member.get(&path).await.refused(403, 50_001);
        let seen = town.owner.get(&path).await.ok(200);
        assert_eq!(seen["install_params"], json!({ "scopes": ["bot"], "permissions": "8" }));
        assert_eq!(seen["custom_install_url"], "https://example.org/add");
        assert_eq!(seen["integration_types_config"]["0"]["oauth2_install_params"]["permissions"], "8");
        assert_eq!(seen["owner"]["id"], json!(town.owner.id));
        town.member.patch(&path, json!({ "tags": [] })).await.refused(403, 50_001);
        for wrong in [
            json!({ "tags": ["a", "a"] }),
            json!({ "install_params": { "scopes": ["email"], "permissions": "0" } }),
            json!({ "custom_install_url": "nowhere" }),
            json!({ "interactions_endpoint_url": "http://127.0.0.1:1/hook" }),
            json!({ "event_webhooks_url": "http://127.0.0.1:1/hook" }),
        ] {
            town.owner.patch(&path, wrong).await.refused(400, 50_035);
        }
        let cleared = json!({ "interactions_endpoint_url": null, "custom_install_url": null, "install_params": null });
        let cleared = town.owner.patch(&path, cleared).await.ok(200);
        assert_eq!((cleared.get("install_params"), cleared.get("custom_install_url")), (None, None));
    })
    .await;
}

#[tokio::test]
async fn a_private_bot_is_added_by_its_owner_only() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let private = town.owner.patch(&format!("/applications/{}", bot.id), json!({ "bot_public": false })).await;
        assert_eq!(private.ok(200)["bot_public"], false);
        let other = town.stranger.post("/guilds", json!({ "name": "Other" })).await.ok(201);
        let path = format!("/guilds/{}/bots/{}", other["id"].as_str().unwrap(), bot.id);
        town.stranger.own("PUT", &path, json!({})).await.refused(403, 20_026);
        town.owner.patch(&format!("/applications/{}", bot.id), json!({ "bot_public": true })).await.ok(200);
        town.stranger.own("PUT", &path, json!({})).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn an_application_is_renamed_and_deleted_by_who_made_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let path = format!("/applications/{}", bot.id);
        let before = town.owner.get(&path).await.ok(200);
        assert_eq!(before["name"], before["bot"]["username"]);
        let mut socket = town.member.connect(0).await;
        let renamed = town.owner.own("PATCH", &path, json!({ "name": "Lamplighter" })).await.ok(200);
        assert_eq!((&renamed["name"], &renamed["bot"]["username"]), (&json!("Lamplighter"), &json!("Lamplighter")));
        assert_eq!(socket.event("GUILD_MEMBER_UPDATE").await["user"]["username"], "Lamplighter");
        town.member.own("PATCH", &path, json!({ "name": "Mine" })).await.refused(403, 50_001);
        town.owner.own("PATCH", &path, json!({ "name": "x" })).await.refused(400, 50_035);
        town.owner.own("PATCH", "/applications/1", json!({ "name": "xx" })).await.refused(404, 10_002);
        // A bot that has a name of its own keeps it.
        bot.patch("/users/@me", json!({ "username": "Wick" })).await.ok(200);
        let renamed = town.owner.own("PATCH", &path, json!({ "name": "Lamp" })).await.ok(200);
        assert_eq!((&renamed["name"], &renamed["bot"]["username"]), (&json!("Lamp"), &json!("Wick")));

        town.member.own("DELETE", &path, json!({})).await.refused(403, 50_001);
        bot.post(&format!("/applications/{}/commands", bot.id), json!({ "name": "light", "description": "x" }))
            .await
            .ok(201);
        let mut gone = bot.connect(1).await;
        town.owner.own("DELETE", &path, json!({})).await.ok(204);
        assert_eq!(gone.closed().await, 4004);
        assert_eq!(socket.event("GUILD_MEMBER_REMOVE").await["user"]["id"], json!(bot.id));
        bot.get("/users/@me").await.refused(401, 0);
        town.owner.get(&path).await.refused(404, 10_002);
        assert_eq!(town.owner.own("GET", "/applications", json!({})).await.ok(200), json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_bot_comes_in_below_all_roles() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let roles = format!("/guilds/{}/roles", town.guild);
        let (guild, kinds) = (1_u64 << 5, 1_u64 << 28);
        let rights = (guild | kinds).to_string();
        let moderator = json!({ "name": "moderator", "permissions": rights });
        let moderator = town.owner.post(&roles, moderator).await.ok(200)["id"].as_str().unwrap().to_owned();
        let give = format!("/guilds/{}/members/{}/roles/{moderator}", town.guild, town.member.id);
        town.owner.put(&give, json!({})).await.ok(204);
        let made = town.member.own("POST", "/applications", json!({ "name": "helper" })).await.ok(201);
        let path = format!("/guilds/{}/bots/{}", town.guild, made["id"].as_str().unwrap());
        let with = |bits: u64| json!({ "permissions": bits.to_string() });
        let mut socket = town.owner.connect(0).await;
        town.member.own("PUT", &path, with(kinds)).await.ok(204);
        let told = socket.event("GUILD_ROLE_UPDATE").await;
        assert_eq!((&told["role"]["id"], &told["role"]["position"]), (&json!(moderator), &json!(2)));
        let role = socket.event("GUILD_ROLE_CREATE").await["role"].clone();
        assert_eq!((&role["name"], &role["position"], &role["managed"]), (&json!("helper"), &json!(1), &json!(true)));
        let bot = role["id"].as_str().unwrap();
        town.member.own("PUT", &path, with(guild)).await.ok(204);
        // Moved up, its role is changed by those only who stand above it.
        let order = json!([{ "id": bot, "position": 2 }, { "id": moderator, "position": 1 }]);
        town.owner.patch(&roles, order).await.ok(200);
        town.member.own("PUT", &path, with(kinds)).await.refused(403, 50_013);
        let seen = town.owner.get(&format!("{roles}/{bot}")).await.ok(200);
        assert_eq!(seen["permissions"], guild.to_string());
        town.owner.own("PUT", &path, with(kinds)).await.ok(204);
        let seen = town.owner.get(&format!("{roles}/{bot}")).await.ok(200);
        assert_eq!(seen["permissions"], kinds.to_string());
    })
    .await;
}
