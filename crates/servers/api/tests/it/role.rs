//! Roles.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn roles_come_change_and_go() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/roles", town.guild);
        let mut socket = town.member.connect(0).await;
        let role =
            town.owner.post(&path, json!({ "name": "Smith", "permissions": "8192", "color": 255.0 })).await.ok(200);
        assert_eq!((&role["permissions"], &role["color"], &role["position"]), (&json!("8192"), &json!(255), &json!(1)));
        assert_eq!(socket.event("GUILD_ROLE_CREATE").await["role"]["name"], "Smith");
        let id = role["id"].as_str().unwrap();
        town.owner.patch(&format!("{path}/{id}"), json!({ "hoist": true })).await.ok(200);
        assert_eq!(socket.event("GUILD_ROLE_UPDATE").await["role"]["hoist"], true);
        let give = format!("/guilds/{}/members/{}/roles/{id}", town.guild, town.member.id);
        town.member.put(&give, json!({})).await.refused(403, 50_013);
        town.owner.put(&give, json!({})).await.ok(204);
        assert_eq!(socket.event("GUILD_MEMBER_UPDATE").await["roles"], json!([id]));
        let counts = town.member.get(&format!("{path}/member-counts")).await.ok(200);
        assert_eq!(counts[id], 1);
        town.owner.delete(&format!("{path}/{id}")).await.ok(204);
        socket.event("GUILD_ROLE_DELETE").await;
        let member = town.owner.get(&format!("/guilds/{}/members/{}", town.guild, town.member.id)).await.ok(200);
        assert_eq!(member["roles"], json!([]));
        town.owner.delete(&format!("{path}/{}", town.guild)).await.refused(400, 50_028);
    })
    .await;
}

#[tokio::test]
async fn nobody_reaches_above_their_own_role() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/roles", town.guild);
        // Manage roles and kick.
        let low = town.owner.post(&path, json!({ "name": "low", "permissions": "268435458" })).await.ok(200);
        let low = low["id"].as_str().unwrap();
        let high = town.owner.post(&path, json!({ "name": "high" })).await.ok(200);
        let high = high["id"].as_str().unwrap();
        town.owner.patch(&path, json!([{ "id": high, "position": 2 }, { "id": low, "position": 1 }])).await.ok(200);
        town.owner
            .put(&format!("/guilds/{}/members/{}/roles/{low}", town.guild, town.member.id), json!({}))
            .await
            .ok(204);
        town.member.patch(&format!("{path}/{high}"), json!({ "name": "mine" })).await.refused(403, 50_013);
        town.member.patch(&format!("{path}/{low}"), json!({ "name": "mine" })).await.refused(403, 50_013);
        // What one lacks, one cannot give: 8 is ADMINISTRATOR.
        town.member.post(&path, json!({ "name": "god", "permissions": "8" })).await.refused(403, 50_013);
        town.member.post(&path, json!({ "name": "helper", "permissions": "2" })).await.ok(200);
        town.member.delete(&format!("/guilds/{}/members/{}", town.guild, town.owner.id)).await.refused(403, 50_013);
    })
    .await;
}
