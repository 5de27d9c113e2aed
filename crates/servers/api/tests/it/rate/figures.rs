//! The limits of single calls: as many as they say, and again when their time is over.

use std::time::Duration;

use guildhall_db::Engine;
use guildhall_harness::{Answer, PASSWORD, Server};
use serde_json::json;

/// Asks as often as one may, and once more; then again after a minute.
async fn check(what: &str, server: &Server, most: u32, ask: impl AsyncFn(u32) -> Answer) {
    for number in 0..most {
        let answer = ask(number).await;
        assert_ne!(answer.status, 429, "{what}: {number} of {most}");
    }
    let refused = ask(most).await;
    assert_eq!(refused.status, 429, "{what}: one more than {most}");
    let wait = refused.body["retry_after"].as_f64().unwrap();
    assert!(wait > 0.0 && wait <= 60.0, "{what}: {wait}");
    server.app.clock().advance(Duration::from_secs_f64(wait + 0.01));
    assert_ne!(ask(most + 1).await.status, 429, "{what}: its time is over");
}

#[tokio::test]
async fn each_limit_is_where_it_says() {
    let server = Server::limited(Engine::Sqlite).await;
    let (owner, guild) = server.set_up().await;
    owner.own("PATCH", "/admin/settings", json!({ "registration": "open" })).await.ok(200);
    let nobody = server.client();
    let register = async |number: u32| {
        let name = format!("newcomer{number}");
        let body = json!({ "username": name, "email": format!("{name}@example.org"), "password": PASSWORD });
        nobody.post("/auth/register", body).await
    };
    check("registering from one address", &server, 8, register).await;
    // Each of another name: how often one may guess at one account is apart.
    let login = async |number: u32| {
        nobody.post("/auth/login", json!({ "login": format!("nobody{number}"), "password": PASSWORD })).await
    };
    check("logging in from one address", &server, 12, login).await;
    let create = async |number| owner.post("/guilds", json!({ "name": format!("Place {number}") })).await;
    check("making guilds", &server, 20, create).await;
    let channels = format!("/guilds/{guild}/channels");
    let create = async |number| owner.post(&channels, json!({ "name": format!("room-{number}"), "type": 0 })).await;
    check("making channels", &server, 10, create).await;
    let wrong = async |_| owner.own("POST", "/admin/users/remove-others", json!({ "password": "no" })).await;
    check("removing all others", &server, 5, wrong).await;
    let ask =
        async |number| owner.post("/users/@me/relationships", json!({ "username": format!("newcomer{number}") })).await;
    check("asking to be friends", &server, 20, ask).await;
}
