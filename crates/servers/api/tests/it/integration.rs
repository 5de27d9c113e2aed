//! Bots as integrations of a guild.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn a_bot_is_an_integration_until_it_is_removed() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.owner.connect(0).await;
        let bot = town.bot(1024).await;
        let created = socket.event("INTEGRATION_CREATE").await;
        socket.event("GUILD_INTEGRATIONS_UPDATE").await;
        assert_eq!((&created["guild_id"], &created["type"]), (&json!(town.guild), &json!("discord")));
        let path = format!("/guilds/{}/integrations", town.guild);
        let list = town.owner.get(&path).await.ok(200);
        let (one, id) = (&list[0], list[0]["id"].as_str().unwrap().to_owned());
        assert_eq!((&one["application"]["bot"]["id"], &one["account"]["name"]), (&json!(bot.id), &json!("helper")));
        town.member.delete(&format!("{path}/{id}")).await.refused(403, 50_013);
        let webhooks = format!("/channels/{}/webhooks", town.channel);
        town.owner
            .put(
                &format!("/channels/{}/permissions/{}", town.channel, bot.id),
                json!({ "type": 1, "allow": (1 << 29).to_string() }),
            )
            .await
            .ok(204);
        bot.post(&webhooks, json!({ "name": "voice" })).await.ok(200);
        town.owner.post(&webhooks, json!({ "name": "other" })).await.ok(200);
        town.owner.delete(&format!("{path}/1")).await.refused(404, 10_005);
        let reason = [("x-audit-log-reason", "enough")];
        town.owner.ask_with("DELETE", &format!("{path}/{id}"), None, &reason).await.ok(204);
        let names = socket.names_until("GUILD_INTEGRATIONS_UPDATE").await;
        let names = socket_names(&names, &["GUILD_MEMBER_REMOVE", "GUILD_ROLE_DELETE", "INTEGRATION_DELETE"]);
        assert_eq!(names, 3, "its membership and its role go with it");
        let left = town.owner.get(&webhooks).await.ok(200);
        assert_eq!((left.as_array().unwrap().len(), &left[0]["name"]), (1, &json!("other")), "and its webhooks");
        assert_eq!(town.owner.get(&path).await.ok(200), json!([]));
        town.owner.delete(&format!("{path}/{id}")).await.refused(404, 10_005);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=82", town.guild)).await.ok(200);
        assert_eq!(log["audit_log_entries"][0]["reason"], "enough");
    })
    .await;
}

#[tokio::test]
async fn a_bot_that_is_kicked_or_leaves_is_no_integration_any_more() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(1024).await;
        let mut socket = town.member.connect(0).await;
        town.owner.delete(&format!("/guilds/{}/members/{}", town.guild, bot.id)).await.ok(204);
        assert_eq!(socket.event("INTEGRATION_DELETE").await["application_id"], json!(bot.id));
        let again = format!("/guilds/{}/bots/{}", town.guild, bot.id);
        town.owner.own("PUT", &again, json!({ "permissions": "1024" })).await.ok(204);
        bot.delete(&format!("/users/@me/guilds/{}", town.guild)).await.ok(204);
        assert_eq!(socket.event("INTEGRATION_DELETE").await["application_id"], json!(bot.id));
        let roles = town.owner.get(&format!("/guilds/{}/roles", town.guild)).await.ok(200);
        assert_eq!(roles.as_array().unwrap().len(), 1, "its own roles went with it: {roles}");
    })
    .await;
}

/// How many of these names are among them.
fn socket_names(names: &[String], wanted: &[&str]) -> usize {
    wanted.iter().filter(|name| names.iter().any(|known| known == *name)).count()
}
