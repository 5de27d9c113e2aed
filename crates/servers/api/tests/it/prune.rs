//! Removing members who have not been seen for long.

use std::time::Duration;

use guildhall_harness::{Client, Town, on_both};
use serde_json::json;

const DAY: u64 = 86_400;

async fn invite(town: &Town, who: &Client) {
    let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
    who.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
}

fn pass(town: &Town, days: u64) {
    town.server.app.clock().advance(Duration::from_secs(days * DAY));
}

#[tokio::test]
async fn only_those_not_seen_for_so_many_days_are_pruned() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/prune", town.guild);
        let bot = town.bot(0).await;
        let [writer, roled, connected] = [
            town.server.person("writer").await,
            town.server.person("roled").await,
            town.server.person("connected").await,
        ];
        for person in [&writer, &roled, &connected] {
            invite(&town, person).await;
        }
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "r" })).await.ok(200);
        let role = role["id"].as_str().unwrap().to_owned();
        let give = format!("/guilds/{}/members/{}/roles/{role}", town.guild, roled.id);
        town.owner.put(&give, json!({})).await.ok(204);
        pass(&town, 10);
        invite(&town, &town.stranger).await;
        town.say(&writer, "still here").await;
        let _socket = connected.connect(0).await;
        let mut owner = town.owner.connect(0).await;
        // Who asks is seen, and so is who wrote, who is connected and who came since.
        let preview = |query: &str| {
            let path = format!("{path}{query}");
            let owner = town.owner.clone();
            async move { owner.get(&path).await.ok(200)["pruned"].as_u64().unwrap() }
        };
        assert_eq!(preview("").await, 1);
        assert_eq!(preview("?days=11").await, 0);
        assert_eq!(preview(&format!("?include_roles={role}")).await, 2);
        for bad in ["days=0", "days=31", "days=x", "include_roles=x"] {
            town.owner.get(&format!("{path}?{bad}")).await.refused(400, 50_035);
        }
        town.owner.get(&format!("{path}?include_roles=1")).await.refused(404, 10_011);

        let reason = [("x-audit-log-reason", "quiet")];
        let body = json!({ "days": 7, "include_roles": [role], "compute_prune_count": true });
        let answer = town.owner.ask_with("POST", &path, Some(body), &reason).await.ok(200);
        assert_eq!(answer, json!({ "pruned": 2 }));
        owner.event("GUILD_MEMBER_REMOVE").await;
        owner.event("GUILD_MEMBER_REMOVE").await;
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=21", town.guild)).await.ok(200);
        let entry = &log["audit_log_entries"][0];
        assert_eq!(entry["options"], json!({ "delete_member_days": "7", "members_removed": "2" }));
        assert_eq!((&entry["reason"], &entry["target_id"]), (&json!("quiet"), &json!(null)));
        for (who, there) in [(&town.member, false), (&roled, false), (&writer, true), (&connected, true), (&bot, true)]
        {
            let status = town.owner.get(&format!("/guilds/{}/members/{}", town.guild, who.id)).await.status;
            assert_eq!(status == 200, there, "{}", who.id);
        }
        let body = json!({ "compute_prune_count": false });
        assert_eq!(town.owner.post(&path, body).await.ok(200), json!({ "pruned": null }));
    })
    .await;
}
