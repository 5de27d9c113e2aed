//! Many who do the same at once: nothing is lost, nothing happens twice.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use guildhall_harness::{Answer, Client, Town, on_both};
use serde_json::json;

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

async fn people(town: &Town, number: usize) -> Vec<Client> {
    let mut people = Vec::new();
    for n in 0..number {
        people.push(town.server.person(&format!("person{n}")).await);
    }
    people
}

#[tokio::test]
async fn roles_given_at_once_are_all_held() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut roles = Vec::new();
        for n in 0..10 {
            let body = json!({ "name": format!("role {n}") });
            let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), body).await.ok(200);
            roles.push(role["id"].as_str().unwrap().to_owned());
        }
        let member = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        let given = join_all(roles.iter().map(|role| {
            let (owner, path) = (town.owner.clone(), format!("{member}/roles/{role}"));
            async move { owner.put(&path, json!({})).await }
        }));
        assert_eq!(count(&given.await, 204), 10);
        let held = town.owner.get(&member).await.ok(200);
        let held: BTreeSet<_> = held["roles"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(held, roles.iter().map(String::as_str).collect());
        let state = town.server.app.bus().guild(town.guild.parse().unwrap()).unwrap();
        assert_eq!(state.members[&town.member.id.parse().unwrap()].roles.len(), 10, "the directory knows them all");
        // A role that goes while it is given stays with nobody.
        let gone = roles.pop().unwrap();
        let takers = people(&town, 5).await;
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        for taker in &takers {
            taker.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        }
        let give = join_all(takers.iter().map(|taker| {
            let path = format!("/guilds/{}/members/{}/roles/{gone}", town.guild, taker.id);
            let owner = town.owner.clone();
            async move { owner.put(&path, json!({})).await }
        }));
        let path = format!("/guilds/{}/roles/{gone}", town.guild);
        let (_, deleted) = tokio::join!(give, town.owner.delete(&path));
        deleted.ok(204);
        for taker in takers.iter().chain([&town.member]) {
            let path = format!("/guilds/{}/members/{}", town.guild, taker.id);
            let member = town.owner.get(&path).await.ok(200);
            assert!(!member["roles"].as_array().unwrap().contains(&json!(gone)), "{member}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_changes_brings_back_neither_roles_nor_members() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (guild, member) = (town.guild.parse().unwrap(), town.member.id.parse().unwrap());
        let state = || town.server.app.bus().guild(guild).unwrap();
        let role = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "crew" })).await.ok(200);
        let path = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        let held = format!("{path}/roles/{}", role["id"].as_str().unwrap());
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let invite = format!("/invites/{}", invite["code"].as_str().unwrap());
        let rename = |number: usize| {
            let body = json!({ "global_name": format!("name {number}") });
            let member = &town.member;
            async move { member.patch("/users/@me", body).await.ok(200) }
        };
        for number in 0..10 {
            town.owner.put(&held, json!({})).await.ok(204);
            tokio::join!(rename(number), async { town.owner.delete(&held).await.ok(204) });
            assert_eq!(state().members[&member].roles.len(), 0, "{number}");
            tokio::join!(rename(100 + number), async { town.owner.delete(&path).await.ok(204) });
            assert!(!state().is_member(member), "{number}");
            assert!(!town.server.app.bus().guilds_of(member).contains(&guild), "{number}");
            town.member.post(&invite, json!({})).await.ok(200);
        }
        let seen = town.owner.get(&path).await.ok(200);
        assert_eq!(seen["user"]["global_name"], "name 109");
    })
    .await;
}

#[tokio::test]
async fn an_invite_for_two_admits_two() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let body = json!({ "max_uses": 2 });
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), body).await.ok(200);
        let path = format!("/invites/{}", invite["code"].as_str().unwrap());
        let comers = people(&town, 6).await;
        let answers = join_all(comers.iter().map(|comer| comer.post(&path, json!({})))).await;
        assert_eq!((count(&answers, 200), count(&answers, 404)), (2, 4));
        let members = town.owner.get(&format!("/guilds/{}/members?limit=100", town.guild)).await.ok(200);
        assert_eq!(members.as_array().unwrap().len(), 4);
        // More invites at once than there are connections to the database.
        let body = json!({ "unique": true });
        let path = format!("/channels/{}/invites", town.channel);
        let made = join_all((0..20).map(|_| town.owner.post(&path, body.clone()))).await;
        assert_eq!(count(&made, 200), 20);
    })
    .await;
}

#[tokio::test]
async fn messages_sent_at_once_are_numbered_as_they_are_told() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut socket = town.member.connect(0).await;
        let path = format!("/channels/{}/messages", town.channel);
        let send = |n: usize| {
            let (who, path) = ([&town.owner, &town.member][n % 2].clone(), path.clone());
            async move { who.post(&path, json!({ "content": n.to_string() })).await }
        };
        assert_eq!(count(&join_all((0..40).map(send)).await, 200), 40);
        let mut told = Vec::new();
        for _ in 0..40 {
            let message = socket.event("MESSAGE_CREATE").await;
            told.push(message["id"].as_str().unwrap().parse::<u64>().unwrap());
        }
        assert!(told.is_sorted(), "{told:?}");
        let channel = town.owner.get(&format!("/channels/{}", town.channel)).await.ok(200);
        assert_eq!(channel["last_message_id"], json!(told.last().unwrap().to_string()));
    })
    .await;
}

#[tokio::test]
async fn a_thread_counts_all_who_come_at_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let comers = people(&town, 6).await;
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        for comer in &comers {
            comer.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        }
        let body = json!({ "name": "busy", "type": 11 });
        let thread = town.owner.post(&format!("/channels/{}/threads", town.channel), body).await.ok(201);
        let thread = thread["id"].as_str().unwrap().to_owned();
        let rename = format!("/channels/{thread}");
        let post = format!("/channels/{thread}/messages");
        let (joined, renamed) = tokio::join!(
            join_all(comers.iter().map(|comer| comer.post(&post, json!({ "content": "here" })))),
            join_all((0..4).map(|n| town.owner.patch(&rename, json!({ "name": format!("name {n}") })))),
        );
        assert_eq!((count(&joined, 200), count(&renamed, 200)), (6, 4));
        let seen = town.owner.get(&rename).await.ok(200);
        assert_eq!((&seen["member_count"], &seen["message_count"]), (&json!(7), &json!(6)));
        let said = town.owner.get(&post).await.ok(200);
        town.owner.delete(&format!("{post}/{}", said[0]["id"].as_str().unwrap())).await.ok(204);
        let seen = town.owner.get(&rename).await.ok(200);
        assert_eq!((&seen["message_count"], &seen["total_message_sent"]), (&json!(5), &json!(6)));
        town.owner.patch(&rename, json!({ "archived": true })).await.ok(200);
        let kept = town.owner.get(&rename).await.ok(200);
        for count in ["member_count", "message_count", "total_message_sent"] {
            assert_eq!(kept[count], seen[count], "what the database has is what the directory had");
        }
    })
    .await;
}

#[tokio::test]
async fn who_joins_while_they_are_banned_is_out() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let comers = people(&town, 8).await;
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let code = format!("/invites/{}", invite["code"].as_str().unwrap());
        let both = comers.iter().map(|comer| async {
            let ban = format!("/guilds/{}/bans/{}", town.guild, comer.id);
            tokio::join!(comer.post(&code, json!({})), town.owner.put(&ban, json!({})))
        });
        join_all(both).await;
        let state = town.server.app.bus().guild(town.guild.parse().unwrap()).unwrap();
        assert_eq!(state.members.len(), 2, "whoever was first, nobody who is banned is a member");
    })
    .await;
}

#[tokio::test]
async fn a_block_outlasts_a_request_that_comes_meanwhile() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let comers = people(&town, 8).await;
        let both = comers.iter().map(|comer| async {
            let (mine, theirs) = (
                format!("/users/@me/relationships/{}", comer.id),
                format!("/users/@me/relationships/{}", town.member.id),
            );
            tokio::join!(town.member.put(&mine, json!({ "type": 2 })), comer.put(&theirs, json!({})))
        });
        for (blocked, _) in join_all(both).await {
            blocked.ok(204);
        }
        let list = town.member.get("/users/@me/relationships").await.ok(200);
        let kinds: Vec<_> = list.as_array().unwrap().iter().map(|one| &one["type"]).collect();
        assert_eq!(kinds, vec![&json!(2); 8]);
    })
    .await;
}
