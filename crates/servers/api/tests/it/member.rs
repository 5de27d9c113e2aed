//! Members and bans.

use std::time::Duration;

use guildhall_harness::{Town, on_both};
use serde_json::json;

#[tokio::test]
async fn members_are_listed_and_searched() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/members", town.guild);
        assert_eq!(town.member.get(&format!("{path}?limit=10")).await.ok(200).as_array().unwrap().len(), 2);
        let found = town.owner.get(&format!("{path}/search?query=MEM&limit=5")).await.ok(200);
        assert_eq!(found[0]["user"]["username"], "member");
        assert_eq!(town.owner.get(&format!("{path}/search?query=%25&limit=5")).await.ok(200), json!([]));
        town.owner.get(&format!("{path}?limit=1001")).await.refused(400, 50_035);
        // By the name there, the name shown and the name of the account; in the order of what was found.
        let bot = town.bot(0).await;
        town.member.patch("/users/@me", json!({ "global_name": "Ferry_man" })).await.ok(200);
        town.owner.patch(&format!("{path}/{}", bot.id), json!({ "nick": "Ferret" })).await.ok(200);
        // In any case, whatever the alphabet.
        town.owner.patch("/users/@me", json!({ "global_name": "École" })).await.ok(200);
        let code = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        town.stranger.post(&format!("/invites/{}", code["code"].as_str().unwrap()), json!({})).await.ok(200);
        town.owner.patch(&format!("{path}/{}", town.stranger.id), json!({ "nick": "ΟΔΟΣ" })).await.ok(200);
        for (query, limit, found) in [
            ("fer", 5, vec![&bot.id, &town.member.id]),
            ("FER", 1, vec![&bot.id]),
            ("ferry_", 5, vec![&town.member.id]),
            ("ferryx", 5, vec![]),
            ("h", 5, vec![&bot.id]),
            ("strangl", 5, vec![]),
            ("%C3%A9c", 5, vec![&town.owner.id]),
            ("%C3%89COLE", 5, vec![&town.owner.id]),
            // With or without accents.
            ("ecole", 5, vec![&town.owner.id]),
            ("E%CC%81CO", 5, vec![&town.owner.id]),
            ("%C3%A8co", 5, vec![&town.owner.id]),
            ("%CF%8C%CE%B4%CE%BF%CF%82", 5, vec![&town.stranger.id]),
        ] {
            let hits = town.owner.get(&format!("{path}/search?query={query}&limit={limit}")).await.ok(200);
            let ids: Vec<_> = hits.as_array().unwrap().iter().map(|hit| hit["user"]["id"].as_str().unwrap()).collect();
            assert_eq!(ids, found, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_timeout_silences() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        let in_an_hour = guildhall_store_time(&town, 3600);
        town.member.patch(&path, json!({ "communication_disabled_until": in_an_hour })).await.refused(403, 50_013);
        town.owner.patch(&path, json!({ "communication_disabled_until": in_an_hour })).await.ok(200);
        let send = format!("/channels/{}/messages", town.channel);
        town.member.post(&send, json!({ "content": "hello" })).await.refused(403, 50_013);
        town.server.app.clock().advance(std::time::Duration::from_secs(3601));
        town.member.post(&send, json!({ "content": "hello" })).await.ok(200);
        let too_long = guildhall_store_time(&town, 40 * 86_400);
        town.owner.patch(&path, json!({ "communication_disabled_until": too_long })).await.refused(400, 50_035);
    })
    .await;
}

fn guildhall_store_time(town: &Town, seconds: i64) -> serde_json::Value {
    let micros = town.server.app.clock().micros() + seconds * 1_000_000;
    json!(guildhall_wire::Timestamp::from_micros(micros).unwrap())
}

#[tokio::test]
async fn a_ban_keeps_out_and_deletes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        town.say(&town.member, "rude").await;
        let mut socket = town.owner.connect(0).await;
        let path = format!("/guilds/{}/bans/{}", town.guild, town.member.id);
        town.member
            .put(&format!("/guilds/{}/bans/{}", town.guild, town.owner.id), json!({}))
            .await
            .refused(403, 50_013);
        town.owner.ask("PUT", &format!("{path}?delete_message_seconds=3600"), None).await.ok(204);
        let names = socket.names_until("GUILD_BAN_ADD").await;
        assert!(
            names.contains(&"GUILD_MEMBER_REMOVE".into()) && names.contains(&"MESSAGE_DELETE_BULK".into()),
            "{names:?}"
        );
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let accept = format!("/invites/{}", invite["code"].as_str().unwrap());
        town.member.post(&accept, json!({})).await.refused(403, 40_007);
        assert_eq!(town.owner.get(&path).await.ok(200)["user"]["id"], json!(town.member.id));
        town.owner.delete(&path).await.ok(204);
        town.owner.delete(&path).await.refused(404, 10_026);
        town.member.post(&accept, json!({})).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn a_nick_is_bounded_and_told() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.owner.connect(0).await;
        let path = format!("/guilds/{}/members/@me", town.guild);
        town.member.patch(&path, json!({ "nick": "Em" })).await.ok(200);
        assert_eq!(socket.event("GUILD_MEMBER_UPDATE").await["nick"], "Em");
        town.member.patch(&path, json!({ "nick": "x".repeat(33) })).await.refused(400, 50_035);
        assert_eq!(town.member.patch(&path, json!({ "nick": null })).await.ok(200)["nick"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn bots_read_the_list_with_the_intent_and_bring_nobody() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let bot = town.bot(8).await;
        let list = format!("/guilds/{}/members", town.guild);
        bot.get(&list).await.ok(200);
        bot.patch("/applications/@me", json!({ "flags": 0 })).await.ok(200);
        bot.get(&list).await.refused(403, 50_001);
        bot.get(&format!("{list}/{}", town.member.id)).await.ok(200);
        town.member.get(&list).await.ok(200);
        let token = json!({ "access_token": "made up" });
        bot.put(&format!("{list}/{}", town.member.id), token.clone()).await.refused(401, 50_025);
        bot.put(&format!("{list}/{}", town.stranger.id), token.clone()).await.refused(401, 50_025);
        town.owner.put(&format!("{list}/{}", town.stranger.id), token).await.refused(403, 20_002);
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "bird" })).await.ok(200);
        let member = format!("{list}/{}", town.member.id);
        town.owner.patch(&member, json!({ "roles": [role["id"]] })).await.ok(200);
        assert_eq!(town.owner.patch(&member, json!({ "roles": null })).await.ok(200)["roles"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn banning_many_fails_as_a_whole_only_when_nobody_was_banned() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/bulk-ban", town.guild);
        town.owner.post(&path, json!({ "user_ids": [town.owner.id, "1"] })).await.refused(400, 500_000);
        town.owner.post(&path, json!({ "user_ids": [] })).await.refused(400, 50_035);
        let long = json!({ "user_ids": [town.member.id], "delete_message_seconds": 604_801 });
        town.owner.post(&path, long).await.refused(400, 50_035);
        let body = json!({ "user_ids": [town.member.id, town.owner.id] });
        let answer = town.owner.post(&path, body).await.ok(200);
        assert_eq!(answer, json!({ "banned_users": [town.member.id], "failed_users": [town.owner.id] }));
    })
    .await;
}

#[tokio::test]
async fn bans_are_listed_in_pages() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut ids = vec![town.member.id.clone(), town.stranger.id.clone(), town.server.person("late").await.id];
        ids.sort_by_key(|id| id.parse::<u64>().unwrap());
        let path = format!("/guilds/{}/bans", town.guild);
        for id in &ids {
            town.owner.put(&format!("{path}/{id}"), json!({})).await.ok(204);
        }
        let listed = async |query: String| -> Vec<String> {
            let list = town.owner.get(&format!("{path}{query}")).await.ok(200);
            list.as_array().unwrap().iter().map(|ban| ban["user"]["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(listed(String::new()).await, ids);
        assert_eq!(listed(format!("?after={}&limit=1", ids[0])).await, ids[1..2]);
        assert_eq!(listed(format!("?before={}&limit=1", ids[2])).await, ids[1..2]);
        assert_eq!(listed(format!("?before={}&after={}", ids[2], ids[1])).await, ids[..2], "only `before` counts");
        town.owner.get(&format!("{path}?limit=1001")).await.refused(400, 50_035);
        town.member.get(&path).await.refused(403, 50_001);
    })
    .await;
}

#[tokio::test]
async fn flags_of_members_are_for_those_who_manage_them() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/guilds/{}/members/{}", town.guild, town.owner.id);
        let moderate = 1_u64 << 40;
        for (permissions, status) in
            [(0, 403), (moderate, 403), (1 << 28, 200), (1 << 5, 200), (moderate | 1 << 1 | 1 << 2, 200)]
        {
            let bot = town.bot(permissions).await;
            assert_eq!(bot.patch(&path, json!({ "flags": 4 })).await.status, status, "{permissions:b}");
        }
        let member = town.owner.get(&path).await.ok(200);
        assert_eq!(member["flags"].as_u64().unwrap() & 4, 4);
    })
    .await;
}

#[tokio::test]
async fn newcomers_wait_as_long_as_the_guild_asks_for() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let guild = format!("/guilds/{}", town.guild);
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let invite = format!("/invites/{}", invite["code"].as_str().unwrap());
        let said = town.say(&town.owner, "welcome").await;
        let said = said["id"].as_str().unwrap();
        let messages = format!("/channels/{}/messages", town.channel);
        let reaction = format!("{messages}/{said}/reactions/%F0%9F%91%8D/@me");
        let threads = format!("/channels/{}/threads", town.channel);
        let open = town.owner.post(&threads, json!({ "name": "open", "type": 11 })).await.ok(201);
        let open = format!("/channels/{}/thread-members/@me", open["id"].as_str().unwrap());
        let level = async |level: u8| {
            town.owner.patch(&guild, json!({ "verification_level": level })).await.ok(200);
        };
        let text = json!({ "content": "hello" });
        let clock = town.server.app.clock();
        let newcomer = town.server.person("newcomer").await;
        newcomer.post(&invite, json!({})).await.ok(200);
        // Every account of a person has an address.
        level(1).await;
        newcomer.post(&messages, text.clone()).await.ok(200);
        for strict in [2, 3, 4] {
            level(strict).await;
            newcomer.post(&messages, text.clone()).await.refused(403, 50_009);
        }
        newcomer.put(&reaction, json!({})).await.refused(403, 50_009);
        newcomer.put(&open, json!({})).await.refused(403, 50_009);
        newcomer.post(&threads, json!({ "name": "mine", "type": 11 })).await.refused(403, 50_009);
        newcomer.get(&messages).await.ok(200);
        // The owner, bots, and who holds a role do not wait.
        town.owner.post(&messages, text.clone()).await.ok(200);
        town.bot(8).await.post(&messages, text.clone()).await.ok(200);
        let role = town.owner.post(&format!("{guild}/roles"), json!({ "name": "known" })).await.ok(200);
        let holds = format!("{guild}/members/{}/roles/{}", newcomer.id, role["id"].as_str().unwrap());
        town.owner.put(&holds, json!({})).await.ok(204);
        newcomer.post(&messages, text.clone()).await.ok(200);
        town.owner.delete(&holds).await.ok(204);
        newcomer.post(&messages, text.clone()).await.refused(403, 50_009);
        // Five minutes after the account was made, ten after they came in.
        clock.advance(Duration::from_secs(301));
        newcomer.post(&messages, text.clone()).await.refused(403, 50_009);
        level(2).await;
        newcomer.post(&messages, text.clone()).await.ok(200);
        level(4).await;
        clock.advance(Duration::from_secs(301));
        newcomer.post(&messages, text.clone()).await.ok(200);
        newcomer.put(&reaction, json!({})).await.ok(204);
        newcomer.put(&open, json!({})).await.ok(204);
        // An old account that comes in anew waits again.
        newcomer.delete(&format!("/users/@me/guilds/{}", town.guild)).await.ok(204);
        newcomer.post(&invite, json!({})).await.ok(200);
        newcomer.post(&messages, text.clone()).await.refused(403, 50_009);
        level(0).await;
        newcomer.post(&messages, text).await.ok(200);
    })
    .await;
}
