//! Accounts and logins.

use guildhall_harness::{PASSWORD, Server, Town, on_both};
use serde_json::json;

#[tokio::test]
async fn setup_works_once() {
    on_both(|engine| async move {
        let server = Server::start(engine).await;
        let token = guildhall_api::setup_token(&server.app).await.unwrap().unwrap();
        let body = |name: &str| {
            json!({ "setup_token": token, "username": name, "email": format!("{name}@x.org"), "password": PASSWORD, "guild_name": "Hall" })
        };
        server.client().own("POST", "/setup", json!({ "setup_token": "wrong" })).await.refused(404, 7_000_005);
        let answer = server.client().own("POST", "/setup", body("first")).await.ok(201);
        let owner = server.client().with(answer["token"].as_str().unwrap(), "");
        let guild = owner.get(&format!("/guilds/{}", answer["guild_id"].as_str().unwrap())).await.ok(200);
        assert_eq!((&guild["owner_id"], &guild["name"]), (&answer["user_id"], &json!("Hall")));
        server.client().own("POST", "/setup", body("second")).await.refused(404, 7_000_005);
        assert!(guildhall_api::setup_token(&server.app).await.unwrap().is_none(), "nobody can set it up again");
    })
    .await;
}

#[tokio::test]
async fn names_and_addresses_are_taken_in_any_case() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        town.owner.own("PATCH", "/admin/settings", json!({ "registration": "open" })).await.ok(200);
        let register = |name: &str, email: &str| {
            let body = json!({ "username": name, "email": email, "password": PASSWORD });
            let client = town.server.client();
            async move { client.post("/auth/register", body).await }
        };
        register("bob", "bob@example.org").await.ok(201);
        let again = register("Bob", "other@example.org").await;
        again.refused(400, 50_035);
        assert_eq!(again.body["errors"]["username"]["_errors"][0]["code"], "USERNAME_ALREADY_TAKEN");
        let again = register("other", "BOB@example.org").await;
        assert_eq!(again.body["errors"]["email"]["_errors"][0]["code"], "EMAIL_ALREADY_REGISTERED");
        register("no spaces", "a@b").await.refused(400, 50_035);
        town.owner.own("PATCH", "/admin/settings", json!({ "registration": "closed" })).await.ok(200);
        register("carol", "carol@example.org").await.refused(403, 7_000_001);
    })
    .await;
}

#[tokio::test]
async fn a_login_is_by_name_or_address_and_ends() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let login = |login: &str, password: &str| {
            let body = json!({ "login": login, "password": password });
            let client = town.server.client();
            async move { client.post("/auth/login", body).await }
        };
        let answer = login("MEMBER@example.org", PASSWORD).await.ok(200);
        let token = answer["token"].as_str().unwrap().to_owned();
        let first = token.split('.').next().unwrap();
        assert!(!first.is_empty() && token.split('.').count() == 3, "clients check the shape");
        login("member", "wrong password").await.refused(400, 50_035);
        login("nobody", PASSWORD).await.refused(400, 50_035);
        let client = town.server.client().with(&token, "");
        let mut socket = client.connect(0).await;
        assert_eq!(client.get("/users/@me").await.ok(200)["username"], "member");
        client.post("/auth/logout", json!({})).await.ok(204);
        client.get("/users/@me").await.refused(401, 0);
        // The socket ends too.
        let closed = tokio::spawn(async move { socket.names_until("NEVER").await }).await;
        assert!(closed.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_new_password_ends_other_logins() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let other = town.server.log_in("member").await;
        let body = json!({ "password": PASSWORD, "new_password": "another long one" });
        let answer = town.member.patch("/users/@me", body).await.ok(200);
        other.get("/users/@me").await.refused(401, 0);
        town.member.get("/users/@me").await.refused(401, 0);
        let fresh = town.server.client().with(answer["token"].as_str().unwrap(), "");
        fresh.get("/users/@me").await.ok(200);
        let wrong = json!({ "password": "no", "new_password": "another long one" });
        fresh.patch("/users/@me", wrong).await.refused(400, 50_035);
    })
    .await;
}
