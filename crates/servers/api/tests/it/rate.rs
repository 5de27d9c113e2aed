//! Rate limits.

mod figures;

use std::time::Duration;

use guildhall_harness::{Server, Town, on_both};
use serde_json::json;

#[tokio::test]
async fn files_have_a_limit_that_a_large_guild_does_not_reach() {
    let server = Server::limited(guildhall_db::Engine::Sqlite).await;
    let http = reqwest::Client::new();
    let get = || http.get(format!("http://{}/cdn/embed/avatars/0.png", server.address)).send();
    for _ in 0..30 {
        let answers = futures_util::future::join_all((0..100).map(|_| get())).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
    }
    let refused = get().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (429, true));
    server.app.clock().advance(Duration::from_secs(61));
    assert_eq!(get().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_token_has_one_limit_however_it_is_written() {
    on_both(|engine| async move {
        let server = Server::limited(engine).await;
        let (owner, guild) = server.set_up().await;
        let made = owner.own("POST", "/applications", json!({ "name": "helper" })).await.ok(201);
        let (id, token) = (made["id"].as_str().unwrap(), made["bot"]["token"].as_str().unwrap());
        owner.own("PUT", &format!("/guilds/{guild}/bots/{id}"), json!({ "permissions": "8" })).await.ok(204);
        let mut left = None;
        for scheme in ["", "Bot ", "Bot   ", "Bot      "] {
            let answer = server.client().with(&format!("{scheme}{token}"), id).get(&format!("/guilds/{guild}")).await;
            assert_eq!(answer.status, 200, "{scheme:?}");
            let now: u32 = answer.headers["x-ratelimit-remaining"].to_str().unwrap().parse().unwrap();
            assert!(left.is_none_or(|before| now + 1 == before), "{scheme:?}: {left:?}, {now}");
            left = Some(now);
        }
    })
    .await;
}

#[tokio::test]
async fn tokens_of_nobody_come_to_a_limit_too() {
    let server = Server::limited(guildhall_db::Engine::Sqlite).await;
    let (owner, _) = server.set_up().await;
    owner.get("/users/@me").await.ok(200);
    for number in 0..500 {
        let answer = server.client().with(&format!("nobody.{number}.x"), "1").get("/users/@me").await;
        assert_eq!(answer.status, 401, "{number}");
    }
    assert_eq!(server.client().with("nobody.again.x", "1").get("/users/@me").await.status, 429);
    owner.get("/users/@me").await.ok(200);
    server.app.clock().advance(Duration::from_secs(301));
    assert_eq!(server.client().with("nobody.again.x", "1").get("/users/@me").await.status, 401);
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_ask_again_and_others_are_served() {
    on_both(|engine| async move {
        let server = Server::limited(engine).await;
        let (owner, guild) = server.set_up().await;
        let other = server.person("other").await;
        let channels = owner.get(&format!("/guilds/{guild}/channels")).await.ok(200);
        let text = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
        let path = format!("/channels/{}/messages", text["id"].as_str().unwrap());
        let say = || owner.post(&path, json!({ "content": "again" }));
        let first = say().await;
        assert_eq!(first.status, 200);
        let header = |name: &str| first.headers[name].to_str().unwrap().parse::<f64>().unwrap();
        let limit = header("x-ratelimit-limit");
        assert!((header("x-ratelimit-remaining") - (limit - 1.0)).abs() < f64::EPSILON);
        assert!(header("x-ratelimit-reset-after") > 0.0);
        let mut sent = 1.0;
        let refused = loop {
            let answer = say().await;
            if answer.status != 200 {
                break answer;
            }
            sent += 1.0;
        };
        assert!((sent - limit).abs() < f64::EPSILON, "{sent} of {limit}");
        assert_eq!((refused.status, &refused.body["global"]), (429, &json!(false)));
        assert_eq!(refused.headers["via"], "1.1 guildhall");
        assert_eq!(refused.headers["x-ratelimit-scope"], "user");
        // What stock libraries put the bucket to sleep by.
        for name in ["limit", "bucket"] {
            let name = format!("x-ratelimit-{name}");
            assert_eq!(refused.headers[&name], first.headers[&name]);
        }
        assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
        let number = |name: &str| refused.headers[name].to_str().unwrap().parse::<f64>().unwrap();
        assert!((number("x-ratelimit-reset-after") - refused.body["retry_after"].as_f64().unwrap()).abs() < 0.01);
        assert!(number("x-ratelimit-reset") > 1e9);
        let wait = refused.body["retry_after"].as_f64().unwrap();
        assert!(wait > 0.0 && refused.headers["retry-after"].to_str().unwrap().parse::<f64>().unwrap() >= wait.floor());
        // Neither another route nor another account is held up.
        owner.get("/users/@me").await.ok(200);
        other.get("/users/@me").await.ok(200);
        server.app.clock().advance(Duration::from_secs_f64(wait + 0.01));
        assert_eq!(say().await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn limits_are_those_of_the_configuration() {
    on_both(|engine| async move {
        let limits = [("POST /channels/{channel_id}/messages", (2, 60)), ("POST /guilds", (1, 1))];
        let town = Town::on(Server::limited_to(engine, &limits).await).await;
        let (path, words) = (format!("/channels/{}/messages", town.channel), json!({ "content": "words" }));
        for _ in 0..2 {
            town.member.post(&path, words.clone()).await.ok(200);
        }
        let answer = town.member.post(&path, words.clone()).await;
        assert_eq!((answer.status, answer.headers["x-ratelimit-limit"].to_str().unwrap()), (429, "2"));
        town.owner.post(&path, words).await.ok(200);
        // Where nothing else is said, the table's own stand. All channels that are deleted count together.
        let channels = town.owner.get(&format!("/guilds/{}/channels", town.guild)).await;
        assert_eq!(channels.headers["x-ratelimit-limit"], "50");
        let mut statuses = Vec::new();
        for number in 1..=21_u64 {
            statuses.push(town.owner.delete(&format!("/channels/{number}")).await.status);
        }
        assert_eq!(statuses[..20], [404; 20]);
        assert_eq!(statuses[20], 429);
    })
    .await;
}

#[tokio::test]
async fn the_limit_over_all_routes_is_configured_too() {
    on_both(|engine| async move {
        let town = Town::on(Server::limited_to(engine, &[("*", (4, 60))]).await).await;
        town.server.app.clock().advance(std::time::Duration::from_secs(61));
        for _ in 0..4 {
            town.member.get("/users/@me").await.ok(200);
        }
        let answer = town.member.get("/users/@me").await;
        assert_eq!((answer.status, &answer.body["global"]), (429, &json!(true)));
    })
    .await;
}
