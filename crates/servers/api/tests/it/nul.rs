//! NUL, which no text has: PostgreSQL keeps none.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn nul_is_left_out_wherever_it_comes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "content": "a\0b\0", "embeds": [{ "title": "t\0itle", "fields": [{ "name": "n\0", "value": "v" }] }] });
        let messages = format!("/channels/{}/messages", town.channel);
        let message = town.bot(1 << 14).await.post(&messages, body).await.ok(200);
        assert_eq!((&message["content"], &message["embeds"][0]["title"]), (&json!("ab"), &json!("title")));
        assert_eq!(message["embeds"][0]["fields"][0]["name"], "n");
        town.owner.post(&messages, json!({ "content": "\0" })).await.refused(400, 50_006);
        let search = format!("/guilds/{}/messages/search", town.guild);
        for query in ["content=a%00b", "content=ab&embed_type=rich", "has=embed", "author_id%00=1"] {
            let found = town.owner.get(&format!("{search}?{query}")).await;
            assert!(found.status < 500, "{query}: {}", found.body);
        }
        let found = town.owner.get(&format!("{search}?content=a%00b")).await.ok(200);
        assert_eq!(found["total_results"], 1);
        for path in ["/invites/a%00b", "/guilds/templates/a%00b", "/users/%00"] {
            assert_eq!(town.owner.get(path).await.status, 404, "{path}");
        }
        let reason = [("x-audit-log-reason", "be%00cause")];
        let guild = format!("/guilds/{}", town.guild);
        town.owner.ask_with("PATCH", &guild, Some(json!({ "name": "To\0wn hall" })), &reason).await.ok(200);
        let log = town.owner.get(&format!("{guild}/audit-logs?limit=1")).await.ok(200);
        assert_eq!(log["audit_log_entries"][0]["reason"], "because");
        assert_eq!(town.owner.get(&guild).await.ok(200)["name"], "Town hall");
        let sent = town.owner.patch("/users/@me", json!({ "bio": "b\0io" })).await.ok(200);
        assert_eq!(sent["bio"], "bio");
    })
    .await;
}
