//! Linked roles, and what a token is good for.

use guildhall_harness::{Town, on_both};
use serde_json::json;

use crate::oauth2::Third;

#[tokio::test]
async fn an_application_says_what_it_knows_of_somebody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let bot = &third.bot;
        let fields = format!("/applications/{}/role-connections/metadata", bot.id);
        assert_eq!(bot.get(&fields).await.ok(200), json!([]));
        let field = json!({
            "type": 2, "key": "wins", "name": "Wins", "description": "Games won", "name_localizations": { "de": "Siege" },
        });
        let set = bot.put(&fields, json!([field])).await.ok(200);
        assert_eq!((&set, &town.owner.get(&fields).await.ok(200)), (&json!([field]), &json!([field])));
        town.member.put(&fields, json!([])).await.refused(403, 50_001);
        bot.put(&fields, json!([field, field])).await.refused(400, 50_035);
        let own = format!("/users/@me/applications/{}/role-connection", bot.id);
        assert_eq!(town.member.get(&own).await.ok(200)["metadata"], json!({}));
        let body = json!({ "platform_name": "Chess", "platform_username": "ada", "metadata": { "wins": 12 } });
        town.member.put(&own, body.clone()).await.refused(401, 50_025);
        let other = third.bearer(&town, &town.member, "identify").await;
        other.put(&own, body.clone()).await.refused(403, 50_026);
        let them = third.bearer(&town, &town.member, "role_connections.write").await;
        let said = them.put(&own, body).await.ok(200);
        assert_eq!((&said["platform_name"], &said["metadata"]["wins"]), (&json!("Chess"), &json!("12")));
        assert_eq!((&town.member.get(&own).await.ok(200), &them.get(&own).await.ok(200)), (&said, &said));
        assert_eq!(town.owner.get(&own).await.ok(200)["metadata"], json!({}), "of each for themselves");
        them.put(&own, json!({ "metadata": { "wins": "many" } })).await.refused(400, 50_035);
        them.put(&own, json!({ "metadata": { "losses": "1" } })).await.refused(400, 50_035);
        town.member.delete(&own).await.ok(204);
        assert_eq!(town.member.get(&own).await.ok(200), json!({ "metadata": {} }));
        bot.get(&own).await.refused(403, 20_001);
        town.member.get("/users/@me/applications/1/role-connection").await.refused(404, 10_002);
    })
    .await;
}

#[tokio::test]
async fn a_token_tells_whose_it_is() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(0).await;
        let said = bot.get("/oauth2/@me").await.ok(200);
        assert_eq!((&said["application"]["id"], &said["user"]["id"]), (&json!(bot.id), &json!(bot.id)));
        assert_eq!(said["scopes"], json!(["bot", "applications.commands"]));
        assert_eq!(said["application"].get("owner"), None);
        town.member.get("/oauth2/@me").await.refused(401, 50_025);
        assert_eq!(bot.get("/oauth2/applications/@me").await.ok(200)["owner"]["id"], json!(town.owner.id));
        assert_eq!(town.member.get("/users/@me/connections").await.ok(200), json!([]));
    })
    .await;
}
