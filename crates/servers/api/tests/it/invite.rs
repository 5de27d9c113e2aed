//! Invites.

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn one_use_admits_one() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/invites", town.channel);
        let invite = town.owner.post(&path, json!({ "max_uses": 1, "max_age": 3600 })).await.ok(200);
        let code = format!("/invites/{}", invite["code"].as_str().unwrap());
        let again = town.member.post(&code, json!({})).await.ok(200);
        assert_eq!(again["new_member"], false, "who is a member does not use it up");
        let mut socket = town.owner.connect(0).await;
        assert_eq!(town.stranger.post(&code, json!({})).await.ok(200)["new_member"], true);
        assert_eq!(socket.event("GUILD_MEMBER_ADD").await["user"]["id"], json!(town.stranger.id));
        assert_eq!(socket.event("MESSAGE_CREATE").await["type"], 7, "the guild is told");
        let late = town.server.person("late").await;
        late.post(&code, json!({})).await.refused(404, 10_006);
        town.owner.post(&path, json!({ "max_age": 700_000 })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn an_invite_ends() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/channels/{}/invites", town.channel);
        let invite = town.owner.post(&path, json!({ "max_age": 60, "unique": true })).await.ok(200);
        let code = format!("/invites/{}", invite["code"].as_str().unwrap());
        let shown = town.server.client().get(&format!("{code}?with_counts=true")).await.ok(200);
        assert_eq!((&shown["guild"]["name"], &shown["approximate_member_count"]), (&json!("Town"), &json!(2)));
        town.member.delete(&code).await.refused(403, 50_013);
        town.server.app.clock().advance(std::time::Duration::from_secs(61));
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        let other = town.owner.post(&path, json!({ "unique": true })).await.ok(200);
        let code = format!("/invites/{}", other["code"].as_str().unwrap());
        town.owner.delete(&code).await.ok(200);
        town.stranger.get(&code).await.refused(404, 10_006);
    })
    .await;
}

#[tokio::test]
async fn an_invite_is_for_those_who_are_named() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let late = town.server.person("late").await;
        let made = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let code = format!("/invites/{}", made["code"].as_str().unwrap());
        let list = format!("{code}/target-users");
        town.owner.get(&list).await.refused(404, 10_129);
        town.owner.get(&format!("{list}/job-status")).await.refused(404, 10_124);
        let file = format!("user_id\n{}\n", late.id);
        town.member.put_file(&list, "target_users_file", file.as_bytes()).await.refused(403, 50_013);
        let wrong = town.owner.put_file(&list, "target_users_file", b"user_id\nme\n").await;
        assert_eq!(wrong.body["target_users_file"], json!(["Line 2: invalid user ID format"]));
        town.owner.put_file(&list, "other", file.as_bytes()).await.refused(400, 50_035);
        town.owner.put_file(&list, "target_users_file", file.as_bytes()).await.ok(204);
        let job = town.owner.get(&format!("{list}/job-status")).await.ok(200);
        assert_eq!((&job["status"], &job["total_users"]), (&json!(2), &json!(1)));
        town.stranger.get(&code).await.refused(404, 10_006);
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        late.post(&code, json!({})).await.ok(200);
        let add = json!({ "user_ids": [town.stranger.id] });
        town.owner.post(&format!("{list}/bulk-add"), add.clone()).await.ok(204);
        town.owner.post(&format!("{list}/bulk-add"), json!({ "user_ids": [] })).await.refused(400, 50_035);
        town.owner.post(&format!("{list}/bulk-delete"), add).await.ok(204);
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        town.owner.put(&format!("{list}/{}", town.stranger.id), json!({})).await.ok(204);
        town.stranger.post(&code, json!({})).await.ok(200);
        town.owner.delete(&format!("{list}/{}", town.stranger.id)).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn an_invite_for_nobody_any_more_is_for_nobody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let late = town.server.person("late").await;
        let path = format!("/channels/{}/invites", town.channel);
        let file = format!("user_id\n{}\n", late.id);
        let files: &[(&str, &str, &[u8])] = &[("target_users_file", "users.csv", file.as_bytes())];
        let made = town.owner.upload(&path, files, &json!({}), false).await.ok(200);
        let plain = town.owner.post(&path, json!({ "unique": true })).await.ok(200);
        for invite in [&made, &plain] {
            let code = format!("/invites/{}", invite["code"].as_str().unwrap());
            let one = format!("{code}/target-users/{}", late.id);
            town.owner.put(&one, json!({})).await.ok(204);
            town.owner.delete(&one).await.ok(204);
            town.server.client().get(&code).await.refused(404, 10_006);
            town.stranger.get(&code).await.refused(404, 10_006);
            town.stranger.post(&code, json!({})).await.refused(404, 10_006);
            late.post(&code, json!({})).await.refused(404, 10_006);
            // Nobody is given it who asks for one like it.
            let other = town.owner.post(&path, json!({})).await.ok(200);
            assert_ne!(other["code"], invite["code"]);
            town.owner.put(&one, json!({})).await.ok(204);
            late.get(&code).await.ok(200);
            town.owner.delete(&one).await.ok(204);
        }
    })
    .await;
}

#[tokio::test]
async fn an_invite_gives_roles() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "guest" })).await.ok(200);
        let path = format!("/channels/{}/invites", town.channel);
        let body = json!({ "role_ids": [role["id"]] });
        town.member.post(&path, body.clone()).await.refused(403, 50_013);
        town.owner.post(&path, json!({ "role_ids": ["1"] })).await.refused(404, 10_011);
        let made = town.owner.post(&path, body).await.ok(200);
        assert_eq!(made["roles"][0]["name"], "guest");
        town.stranger.post(&format!("/invites/{}", made["code"].as_str().unwrap()), json!({})).await.ok(200);
        let member = format!("/guilds/{}/members/{}", town.guild, town.stranger.id);
        assert_eq!(town.owner.get(&member).await.ok(200)["roles"], json!([role["id"]]));
        // A role that is gone is nobody's.
        let role = role["id"].as_str().unwrap();
        town.owner.delete(&format!("/guilds/{}/roles/{role}", town.guild)).await.ok(204);
        let late = town.server.person("late").await;
        late.post(&format!("/invites/{}", made["code"].as_str().unwrap()), json!({})).await.ok(200);
        let member = format!("/guilds/{}/members/{}", town.guild, late.id);
        assert_eq!(town.owner.get(&member).await.ok(200)["roles"], json!([]));
    })
    .await;
}

/// Lets the time run until the condition holds.
async fn pass(town: &Town, mut until: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !until() {
        assert!(began.elapsed().as_secs() < 30, "it never came to that");
        town.server.app.clock().advance(std::time::Duration::from_secs(30));
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_temporary_member_goes_with_the_last_session() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = town.guild.parse().unwrap();
        let (kept, absent) = (town.server.person("kept").await, town.server.person("absent").await);
        let path = format!("/channels/{}/invites", town.channel);
        let made = town.owner.post(&path, json!({ "temporary": true })).await.ok(200);
        assert_eq!(made["temporary"], true);
        for who in [&town.stranger, &kept, &absent] {
            who.post(&format!("/invites/{}", made["code"].as_str().unwrap()), json!({})).await.ok(200);
        }
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "guest" })).await.ok(200);
        let role = format!("/guilds/{}/members/{}/roles/{}", town.guild, kept.id, role["id"].as_str().unwrap());
        town.owner.put(&role, json!({})).await.ok(204);
        // Who had a role once stays without it.
        town.owner.delete(&role).await.ok(204);

        let mut owner = town.owner.connect(0).await;
        let (mut first, mut second) = (town.stranger.connect(0).await, town.stranger.connect(0).await);
        let mut other = kept.connect(0).await;
        let members = || town.server.app.bus().guild(guild).unwrap().members.len();
        assert_eq!(members(), 5);
        pass(&town, || members() == 4).await;
        let gone = owner.event("GUILD_MEMBER_REMOVE").await;
        assert_eq!(gone["user"]["id"], json!(absent.id), "who never connected does not stay");

        first.leave().await;
        other.leave().await;
        let connected = |who: &guildhall_harness::Client| town.server.app.bus().is_connected(who.id.parse().unwrap());
        pass(&town, || !connected(&kept)).await;
        town.server.app.clock().advance(std::time::Duration::from_mins(10));
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        assert_eq!(members(), 4, "one session of two is left");

        second.leave().await;
        pass(&town, || members() == 3).await;
        assert_eq!(owner.event("GUILD_MEMBER_REMOVE").await["user"]["id"], json!(town.stranger.id));
        let member = format!("/guilds/{}/members", town.guild);
        town.owner.get(&format!("{member}/{}", town.stranger.id)).await.refused(404, 10_007);
        town.owner.get(&format!("{member}/{}", kept.id)).await.ok(200);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=20", town.guild)).await.ok(200);
        assert_eq!(log["audit_log_entries"], json!([]), "nobody kicked them");
    })
    .await;
}

#[tokio::test]
async fn who_reads_the_log_sees_invites_without_their_books() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let list = format!("/guilds/{}/invites", town.guild);
        town.member.get(&list).await.refused(403, 50_013);
        let everyone = format!("/guilds/{0}/roles/{0}", town.guild);
        let permissions = (1_u64 << 7 | 1 << 10).to_string();
        town.owner.patch(&everyone, json!({ "permissions": permissions })).await.ok(200);
        let seen = town.member.get(&list).await.ok(200);
        assert!(seen[0]["code"].is_string() && seen[0].get("uses").is_none(), "{seen}");
        assert!(town.owner.get(&list).await.ok(200)[0]["uses"].is_number());
    })
    .await;
}

#[tokio::test]
async fn an_invite_is_made_with_those_for_whom_it_is() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let late = town.server.person("late").await;
        let path = format!("/channels/{}/invites", town.channel);
        let file = format!("user_id\n{0}\n{0}\n", late.id);
        let files: &[(&str, &str, &[u8])] = &[("target_users_file", "users.csv", file.as_bytes())];
        let wrong: &[(&str, &str, &[u8])] = &[("target_users_file", "users.csv", b"1\nme\n")];
        let answer = town.owner.upload(&path, wrong, &json!({}), false).await;
        assert_eq!(
            (answer.status, &answer.body["target_users_file"][0]),
            (400, &json!("Line 2: invalid user ID format"))
        );
        let mut socket = town.owner.connect(0).await;
        let made = town.owner.upload(&path, files, &json!({ "max_age": 0, "max_uses": 3 }), true).await.ok(200);
        assert_eq!((&made["max_uses"], &made["expires_at"]), (&json!(3), &json!(null)));
        assert_eq!(socket.event("INVITE_CREATE").await["code"], made["code"]);
        let code = format!("/invites/{}", made["code"].as_str().unwrap());
        let list = format!("{code}/target-users");
        assert_eq!(town.owner.get(&format!("{list}/job-status")).await.ok(200)["total_users"], 1);
        for who in [&town.stranger, &town.server.client()] {
            who.get(&code).await.refused(404, 10_006);
        }
        town.stranger.post(&code, json!({})).await.refused(404, 10_006);
        // Nobody else is given it, though they ask for one like it.
        let other = town.owner.post(&path, json!({ "max_age": 0, "max_uses": 3 })).await.ok(200);
        assert_ne!(other["code"], made["code"]);
        late.get(&code).await.ok(200);
        late.post(&code, json!({})).await.ok(200);
        // Without a file, and with each field a part of its own.
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({})).await.ok(200);
        let fields = [("max_age", "60"), ("temporary", "true"), ("role_ids", role["id"].as_str().unwrap())];
        let plain = town.owner.upload_form(&path, &fields, None).await.ok(200);
        assert_eq!((&plain["max_age"], &plain["temporary"]), (&json!(60), &json!(true)));
        assert_eq!(plain["roles"][0]["id"], role["id"]);
        town.owner.upload_form(&path, &[("max_age", "long")], None).await.refused(400, 50_035);
        town.owner.post(&path, json!({ "target_type": 1, "target_user_id": late.id })).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn a_temporary_member_goes_when_they_do_not_come_back_after_a_restart() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = town.guild.parse().unwrap();
        let back = town.server.person("back").await;
        let path = format!("/channels/{}/invites", town.channel);
        let made = town.owner.post(&path, json!({ "temporary": true })).await.ok(200);
        let mut sockets = Vec::new();
        for who in [&town.stranger, &back] {
            who.post(&format!("/invites/{}", made["code"].as_str().unwrap()), json!({})).await.ok(200);
            sockets.push(who.connect(0).await);
        }
        let again = town.server.again().await;
        let members = || again.app.bus().guild(guild).unwrap().members.len();
        assert_eq!(members(), 4, "nobody goes at once: they may be on their way");
        let mut owner = town.owner.moved(again.address).connect(0).await;
        let _there = back.moved(again.address).connect(0).await;
        pass(&town, || members() == 3).await;
        assert_eq!(owner.event("GUILD_MEMBER_REMOVE").await["user"]["id"], json!(town.stranger.id));
        let list = format!("/guilds/{}/members", town.guild);
        town.owner.moved(again.address).get(&format!("{list}/{}", back.id)).await.ok(200);
    })
    .await;
}
