//! Warnings, and who may moderate whom.

use guildhall_harness::{Client, Town, on_both};
use guildhall_wire::Permissions;
use serde_json::{Value, json};

#[tokio::test]
async fn a_warning_is_told_kept_and_logged() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        let mut socket = town.member.connect(0).await;
        town.owner.own("POST", &format!("{path}/warn"), json!({})).await.refused(400, 50_035);
        let made = town.owner.own("POST", &format!("{path}/warn"), json!({ "reason": " spam " })).await.ok(201);
        assert_eq!((&made["reason"], &made["moderator_id"]), (&json!("spam"), &json!(town.owner.id)));
        assert_eq!(socket.event("GUILDHALL_WARNING_CREATE").await, made);
        town.owner.own("POST", &format!("{path}/warn"), json!({ "reason": "again" })).await.ok(201);
        let list = format!("{path}/warnings");
        town.member.own("GET", &list, json!({})).await.refused(403, 50_013);
        let kept = town.owner.own("GET", &list, json!({})).await.ok(200);
        assert_eq!((kept.as_array().unwrap().len(), &kept[1]), (2, &made));
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=24", town.guild)).await.ok(200);
        let entry = &log["audit_log_entries"][0];
        assert_eq!((&entry["target_id"], &entry["reason"]), (&json!(town.member.id), &json!("again")));
        assert_eq!(entry["changes"], json!([{ "key": "warnings", "old_value": 1, "new_value": 2 }]));
        let gone = format!("{list}/{}", made["id"].as_str().unwrap());
        town.owner.own("DELETE", &gone, json!({})).await.ok(204);
        town.owner.own("DELETE", &gone, json!({})).await.refused(404, 0);
        let stranger = format!("/guilds/{}/members/{}/warn", town.guild, town.stranger.id);
        town.owner.own("POST", &stranger, json!({ "reason": "who" })).await.refused(404, 10_007);
    })
    .await;
}

/// Everybody upon everybody: only the owner and who stands higher, and never upon oneself.
#[tokio::test]
async fn moderation_reaches_downwards_only() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let roles = format!("/guilds/{}/roles", town.guild);
        let may = Permissions::KICK_MEMBERS | Permissions::BAN_MEMBERS | Permissions::MODERATE_MEMBERS;
        let role = |name: &'static str| {
            let body = json!({ "name": name, "permissions": may.bits().to_string() });
            let (owner, roles) = (town.owner.clone(), roles.clone());
            async move { owner.post(&roles, body).await.ok(200)["id"].clone() }
        };
        let (low, high) = (role("low").await, role("high").await);
        let order = json!([{ "id": low, "position": 1 }, { "id": high, "position": 2 }]);
        town.owner.patch(&roles, order).await.ok(200);
        // Who, with which role, and how high they stand.
        let people: Vec<(Client, Option<Value>, u32)> = vec![
            (town.owner.clone(), None, 9),
            (town.server.person("higher").await, Some(high), 2),
            (town.server.person("lower").await, Some(low.clone()), 1),
            (town.server.person("equal").await, Some(low), 1),
            (town.member.clone(), None, 0),
        ];
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let accept = format!("/invites/{}", invite["code"].as_str().unwrap());
        let admit = |at: usize| {
            let ((client, role, _), town, accept) = (&people[at], &town, &accept);
            async move {
                town.owner.delete(&format!("/guilds/{}/bans/{}", town.guild, client.id)).await;
                client.post(accept, json!({})).await.ok(200);
                if let Some(role) = role {
                    let path = format!("/guilds/{}/members/{}", town.guild, client.id);
                    town.owner.patch(&path, json!({ "roles": [role] })).await.ok(200);
                }
            }
        };
        for at in 1..people.len() {
            admit(at).await;
        }
        let micros = town.server.app.clock().micros() + 3_600_000_000;
        let until = json!(guildhall_wire::Timestamp::from_micros(micros).unwrap());
        for (by, (actor, _, rank)) in people.iter().enumerate() {
            for (upon, (target, _, height)) in people.iter().enumerate() {
                let allowed = by != upon && rank > height && *rank > 0;
                let member = format!("/guilds/{}/members/{}", town.guild, target.id);
                let ban = format!("/guilds/{}/bans/{}", town.guild, target.id);
                for deed in ["warn", "timeout", "kick", "ban"] {
                    let name = format!("{by} does {deed} upon {upon}");
                    let (answer, action) = match deed {
                        "warn" => (actor.own("POST", &format!("{member}/warn"), json!({ "reason": "x" })).await, 24),
                        "timeout" => {
                            let body = json!({ "communication_disabled_until": until });
                            (actor.patch(&member, body).await, 24)
                        }
                        "kick" => (actor.delete(&member).await, 20),
                        _ => (actor.put(&ban, json!({})).await, 22),
                    };
                    if !allowed {
                        assert_eq!((answer.status, &answer.body["code"]), (403, &json!(50_013)), "{name}");
                        continue;
                    }
                    assert!(answer.status < 300, "{name}: {answer:?}");
                    let log = town.owner.get(&format!("/guilds/{}/audit-logs?limit=1", town.guild)).await.ok(200);
                    let entry = &log["audit_log_entries"][0];
                    let said = [&entry["user_id"], &entry["target_id"], &entry["action_type"]];
                    assert_eq!(said, [&json!(actor.id), &json!(target.id), &json!(action)], "{name}");
                    match deed {
                        "timeout" => {
                            town.owner.patch(&member, json!({ "communication_disabled_until": null })).await.ok(200);
                        }
                        "kick" | "ban" => admit(upon).await,
                        _ => {}
                    }
                }
            }
        }
    })
    .await;
}
