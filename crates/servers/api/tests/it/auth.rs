//! Accounts and logins.

use std::time::Duration;

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
async fn a_setup_link_is_worth_nothing_once_there_is_an_owner() {
    on_both(|engine| async move {
        let server = Server::start(engine).await;
        let app = &server.app;
        let set_up = |token: String| {
            let body = json!({ "setup_token": token, "username": "late", "email": "late@x.org", "password": PASSWORD, "guild_name": "Hall" });
            let client = server.client();
            async move { client.own("POST", "/setup", body).await }
        };
        let needed = || async { server.client().own("GET", "/instance", json!(null)).await.ok(200)["setup_needed"].clone() };
        guildhall_api::create_user(app, "ada", "ada@x.org", PASSWORD.into(), 0).await.unwrap();
        // People are there, but no owner.
        let early = guildhall_api::setup_token(app).await.unwrap().unwrap();
        assert_eq!(needed().await, true);
        guildhall_api::create_user(app, "bob", "bob@x.org", PASSWORD.into(), 2).await.unwrap();
        assert_eq!(needed().await, false);
        set_up(early.clone()).await.refused(404, 7_000_005);
        assert_eq!(guildhall_api::setup_token(app).await.unwrap(), None);

        // As older programs left it: an owner, and a link beside.
        let hash = guildhall_api::token::text(&guildhall_api::token::hash(&early));
        let leave = || async {
            let mut tx = app.db().begin().await.unwrap();
            guildhall_store::instance::set(&mut tx, "setup_token_hash", &hash).await.unwrap();
            tx.commit().await.unwrap();
        };
        leave().await;
        assert_eq!(needed().await, false);
        set_up(early.clone()).await.refused(404, 7_000_005);
        leave().await;
        assert_eq!(guildhall_api::setup_token(app).await.unwrap(), None);
        assert_eq!(guildhall_store::instance::get(&mut app.db(), "setup_token_hash").await.unwrap(), None);
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

#[tokio::test]
async fn wrong_passwords_are_borne_only_so_often() {
    on_both(|engine| async move {
        let server = Server::limited(engine).await;
        server.set_up().await;
        server.person("member").await;
        let login = |login: &str, password: &str| {
            let body = json!({ "login": login, "password": password });
            // So slowly that only the account's own limit counts; a header does not make it another's.
            server.app.clock().advance(Duration::from_secs(6));
            let client = server.client().with(&format!("Bot {password}"), "");
            async move { client.post("/auth/login", body).await }
        };
        for name in ["member", "member@example.org", "nobody"] {
            for _ in 0..3 {
                login(name, "wrong").await.refused(400, 50_035);
            }
        }
        login("member", PASSWORD).await.ok(200);
        for _ in 0..4 {
            login("Member", "wrong").await.refused(400, 50_035);
        }
        let refused = login("member", PASSWORD).await;
        assert_eq!((refused.status, &refused.body["global"]), (429, &json!(false)), "its own password too");
        login("owner", PASSWORD).await.ok(200);
        server.app.clock().advance(Duration::from_mins(5));
        let member = login("member", PASSWORD).await.ok(200);
        let member = server.client().with(member["token"].as_str().unwrap(), "");
        for _ in 0..9 {
            server.app.clock().advance(Duration::from_secs(1));
            member.own("POST", "/sessions/revoke-others", json!({ "password": "wrong" })).await.refused(400, 50_035);
        }
        let body = json!({ "password": PASSWORD });
        member.own("POST", "/sessions/revoke-others", body.clone()).await.ok(204);
        member.own("POST", "/sessions/revoke-others", json!({ "password": "wrong" })).await.refused(400, 50_035);
        assert_eq!(member.own("POST", "/sessions/revoke-others", body).await.status, 429);
    })
    .await;
}

#[tokio::test]
async fn a_link_of_the_staff_sets_a_password_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let path = format!("/admin/users/{}/password-link", town.member.id);
        town.owner
            .own("POST", &format!("/admin/users/{}/password-link", town.owner.id), json!({}))
            .await
            .refused(403, 50_013);
        let link =
            |answer: serde_json::Value| answer["url"].as_str().unwrap().split_once("/reset#").unwrap().1.to_owned();
        let first = link(town.owner.own("POST", &path, json!({})).await.ok(201));
        let token = link(town.owner.own("POST", &path, json!({})).await.ok(201));
        town.member.get("/users/@me").await.ok(200);
        let client = town.server.client();
        let reset = |token: &str, password: &str| {
            let body = json!({ "token": token, "password": password });
            let client = client.clone();
            async move { client.post("/auth/reset", body).await }
        };
        reset(&first, "a new long one").await.refused(400, 50_035);
        reset(&token, "short").await.refused(400, 50_035);
        let answer = reset(&token, "a new long one").await.ok(200);
        client.with(answer["token"].as_str().unwrap(), "").get("/users/@me").await.ok(200);
        town.member.get("/users/@me").await.refused(401, 0);
        reset(&token, "another long one").await.refused(400, 50_035);
        let log = town.owner.own("GET", "/admin/audit", json!({})).await.ok(200);
        assert_eq!((&log[0]["action"], &log[0]["target"]), (&json!("user.password_link"), &json!(town.member.id)));
        // By the command line, and too late.
        let id = town.member.id.parse().unwrap();
        let (url, _) = guildhall_api::password_link(&town.server.app, id).await.unwrap();
        town.server.app.clock().advance(Duration::from_hours(25));
        reset(url.split_once('#').unwrap().1, "a new long one").await.refused(400, 50_035);
        assert!(guildhall_api::set_password(&town.server.app, id, "short".into()).await.is_err());
        guildhall_api::set_password(&town.server.app, id, PASSWORD.into()).await.unwrap();
        town.server.log_in("member").await;
    })
    .await;
}

#[tokio::test]
async fn an_account_can_leave_for_good() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let said = town.say(&town.member, "I was here").await;
        let leave = |client: &guildhall_harness::Client, password: &str| {
            let (client, body) = (client.clone(), json!({ "password": password }));
            async move { client.post("/users/@me/delete", body).await }
        };
        leave(&town.member, "wrong").await.refused(400, 50_035);
        leave(&town.owner, PASSWORD).await.refused(400, 40_011);
        let mut socket = town.owner.connect(2).await;
        leave(&town.member, PASSWORD).await.ok(204);
        assert_eq!(socket.event("GUILD_MEMBER_REMOVE").await["user"]["id"], json!(town.member.id));
        town.member.get("/users/@me").await.refused(401, 0);
        let login = json!({ "login": "member", "password": PASSWORD });
        town.server.client().post("/auth/login", login).await.refused(400, 50_035);
        let path = format!("/channels/{}/messages/{}", town.channel, said["id"].as_str().unwrap());
        let left = town.owner.get(&path).await.ok(200);
        assert_eq!(left["content"], "I was here");
        assert!(left["author"]["username"].as_str().unwrap().starts_with("deleted_user"));
        // The last owner stays.
        town.owner.delete(&format!("/guilds/{}", town.guild)).await.ok(204);
        leave(&town.owner, PASSWORD).await.refused(400, 7_000_007);
        let second = town.server.person("second").await;
        town.owner.own("PATCH", &format!("/admin/users/{}", second.id), json!({ "rank": "owner" })).await.ok(200);
        leave(&town.owner, PASSWORD).await.ok(204);
    })
    .await;
}

#[tokio::test]
async fn the_own_api_describes_itself() {
    let server = Server::start(guildhall_db::Engine::Sqlite).await;
    let served = server.client().own("GET", "/openapi.json", json!({})).await;
    assert_eq!(served.headers["content-type"], "application/json");
    assert_eq!(&served.ok(200), guildhall_api::openapi());
}

#[tokio::test]
async fn wrong_passwords_are_remembered_when_the_program_starts_again() {
    on_both(|engine| async move {
        let server = Server::limited(engine).await;
        server.set_up().await;
        server.person("member").await;
        let body = |password: &str| json!({ "login": "member", "password": password });
        let slowly = || server.app.clock().advance(Duration::from_secs(6));
        for _ in 0..10 {
            slowly();
            server.client().post("/auth/login", body("wrong")).await.refused(400, 50_035);
        }
        let again = server.again().await;
        slowly();
        assert_eq!(again.client().post("/auth/login", body(PASSWORD)).await.status, 429);
        server.app.clock().advance(Duration::from_mins(5));
        again.client().post("/auth/login", body(PASSWORD)).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn an_address_guesses_only_so_often() {
    on_both(|engine| async move {
        let server = Server::limited(engine).await;
        server.set_up().await;
        server.person("member").await;
        for number in 0..100 {
            server.app.clock().advance(Duration::from_secs(6));
            let body = json!({ "login": format!("somebody{number}"), "password": "wrong" });
            server.client().post("/auth/login", body).await.refused(400, 50_035);
        }
        server.app.clock().advance(Duration::from_secs(6));
        let body = json!({ "login": "somebody", "password": "wrong" });
        assert_eq!(server.client().post("/auth/login", body).await.status, 429);
        // Who was here before is let in.
        server.log_in("member").await;
    })
    .await;
}
