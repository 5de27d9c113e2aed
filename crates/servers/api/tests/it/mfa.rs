//! The second factor.

use std::time::Duration;

use guildhall_harness::{Answer, Client, PASSWORD, Town, on_both};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

/// The code of a secret at the server's time, so many steps off.
fn code(town: &Town, secret: &str, steps: i64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    let seconds = town.server.app.clock().micros() / 1_000_000 + steps * 30;
    totp.generate(seconds.cast_unsigned()).to_string()
}

/// To the beginning of the next step: a code works once, and the next half minute is long enough for a few requests.
fn wait(town: &Town) {
    let clock = town.server.app.clock();
    let into = clock.micros().rem_euclid(30_000_000).unsigned_abs();
    clock.advance(Duration::from_micros(30_000_000 - into));
}

/// Switches the member's second factor on; gives the secret and the answer.
pub(crate) async fn enable(town: &Town) -> (String, Value) {
    let fresh = town.member.own("POST", "/users/me/totp/secret", json!({})).await.ok(200);
    let secret = fresh["secret"].as_str().unwrap().to_owned();
    let uri = fresh["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Guildhall:member?") && uri.contains(&secret), "{uri}");
    wait(town);
    let body = json!({ "password": PASSWORD, "secret": secret, "code": code(town, &secret, 0) });
    let answer = town.member.post("/users/@me/mfa/totp/enable", body).await.ok(200);
    (secret, answer)
}

async fn ticket(town: &Town) -> String {
    let body = json!({ "login": "member", "password": PASSWORD });
    let answer = town.server.client().post("/auth/login", body).await.ok(200);
    assert_eq!((&answer["mfa"], &answer["totp"], &answer["token"]), (&json!(true), &json!(true), &Value::Null));
    answer["ticket"].as_str().unwrap().to_owned()
}

async fn second(town: &Town, way: &str, ticket: &str, code: &str) -> Answer {
    town.server.client().post(&format!("/auth/mfa/{way}"), json!({ "ticket": ticket, "code": code })).await
}

fn as_member(town: &Town, answer: &Value) -> Client {
    town.server.client().with(answer["token"].as_str().unwrap(), &town.member.id)
}

#[tokio::test]
async fn a_code_of_an_app_is_asked_for_and_works_once() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let other = town.server.log_in("member").await;
        let mut socket = other.connect(0).await;
        let secret = town.member.own("POST", "/users/me/totp/secret", json!({})).await.ok(200)["secret"].clone();
        for (body, status, error) in [
            (json!({ "password": "wrong", "secret": secret, "code": "000000" }), 400, 50_035),
            (json!({ "password": PASSWORD, "secret": "short", "code": "000000" }), 400, 50_035),
            (json!({ "password": PASSWORD, "secret": secret, "code": "no" }), 400, 60_008),
        ] {
            town.member.post("/users/@me/mfa/totp/enable", body).await.refused(status, error);
        }
        let mut own = town.member.connect(0).await;
        let (secret, answer) = enable(&town).await;
        assert_eq!(answer["backup_codes"].as_array().unwrap().len(), 10);
        // The login that switched it on goes on with another token, all others end.
        town.member.get("/users/@me").await.refused(401, 0);
        other.get("/users/@me").await.refused(401, 0);
        assert_eq!(socket.closed().await, 4004);
        assert_eq!(own.closed().await, 4004, "whoever has the old token hears nothing more");
        let member = as_member(&town, &answer);
        drop(member.connect(0).await);
        assert_eq!(member.get("/users/@me").await.ok(200)["mfa_enabled"], true);
        let again = json!({ "password": PASSWORD, "secret": secret, "code": code(&town, &secret, 1) });
        member.post("/users/@me/mfa/totp/enable", again).await.refused(400, 60_001);
        // What is kept does not tell the secret.
        let sql = "SELECT totp_secret FROM users WHERE totp_secret IS NOT NULL";
        let kept: Option<String> = guildhall_db::Records::scalar(&mut town.server.app.db(), sql, vec![]).await.unwrap();
        assert!(!kept.unwrap().contains(&secret));
        // The code that switched it on is used up.
        let first = ticket(&town).await;
        second(&town, "totp", &first, &code(&town, &secret, 0)).await.refused(400, 60_008);
        wait(&town);
        let now = code(&town, &secret, 0);
        let answer = second(&town, "totp", &first, &now).await.ok(200);
        as_member(&town, &answer).get("/users/@me").await.ok(200);
        // Neither the ticket nor the code work twice, nor does the code before.
        second(&town, "totp", &first, &code(&town, &secret, 1)).await.refused(400, 60_006);
        let fresh = ticket(&town).await;
        second(&town, "totp", &fresh, &now).await.refused(400, 60_008);
        second(&town, "totp", &fresh, &code(&town, &secret, -1)).await.refused(400, 60_008);
        // A clock that is half a minute ahead is good enough.
        second(&town, "totp", &fresh, &code(&town, &secret, 1)).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn tickets_end_and_tries_are_counted() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (secret, _) = enable(&town).await;
        wait(&town);
        let old = ticket(&town).await;
        town.server.app.clock().advance(Duration::from_secs(601));
        second(&town, "totp", &old, &code(&town, &secret, 0)).await.refused(400, 60_006);
        second(&town, "totp", "made up", &code(&town, &secret, 0)).await.refused(400, 60_006);
        // Five tries a ticket, ten an account; the right code is no help then.
        for _ in 0..2 {
            let tried = ticket(&town).await;
            for _ in 0..5 {
                second(&town, "totp", &tried, "000000").await.refused(400, 60_008);
            }
            second(&town, "totp", &tried, &code(&town, &secret, 0)).await.refused(400, 60_006);
        }
        let body = json!({ "login": "member", "password": PASSWORD });
        assert_eq!(town.server.client().post("/auth/login", body).await.status, 429);
        town.server.app.clock().advance(Duration::from_secs(601));
        let fresh = ticket(&town).await;
        second(&town, "totp", &fresh, &code(&town, &secret, 0)).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn backup_codes_work_once_and_can_be_renewed() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (_, answer) = enable(&town).await;
        let text = |list: &Value, index: usize| list[index]["code"].as_str().unwrap().to_owned();
        let codes = answer["backup_codes"].clone();
        let member = as_member(&town, &answer);
        let used = text(&codes, 0);
        // As it may be typed.
        let typed = used.replace('-', " ").to_uppercase();
        second(&town, "backup", &ticket(&town).await, &typed).await.ok(200);
        let next = ticket(&town).await;
        second(&town, "backup", &next, &used).await.refused(400, 60_008);
        second(&town, "totp", &next, &text(&codes, 1)).await.refused(400, 60_008);
        let ask = |regenerate: bool, password: &str| {
            let (member, body) = (member.clone(), json!({ "password": password, "regenerate": regenerate }));
            async move { member.post("/users/@me/mfa/codes", body).await }
        };
        ask(false, "wrong").await.refused(400, 50_035);
        let left = ask(false, PASSWORD).await.ok(200)["backup_codes"].as_array().unwrap().clone();
        assert_eq!(left.iter().filter(|code| code["consumed"] == true).count(), 1);
        assert!(left.iter().all(|code| code["code"].is_null()), "nobody knows them any more");
        let renewed = ask(true, PASSWORD).await.ok(200)["backup_codes"].clone();
        second(&town, "backup", &next, &text(&codes, 1)).await.refused(400, 60_008);
        second(&town, "backup", &next, &text(&renewed, 1)).await.ok(200);
        // The codes of one person are worth nothing to another.
        let kept: Vec<Vec<u8>> =
            guildhall_db::Records::column(&mut town.server.app.db(), "SELECT code_hash FROM backup_codes", vec![])
                .await
                .unwrap();
        assert!(kept.len() == 10 && kept.iter().all(|hash| hash.len() == 32));
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_goes_with_the_password_or_by_hand() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (_, answer) = enable(&town).await;
        let member = as_member(&town, &answer);
        let disable = |password: &str| {
            let (member, body) = (member.clone(), json!({ "password": password }));
            async move { member.post("/users/@me/mfa/totp/disable", body).await }
        };
        disable("wrong").await.refused(400, 50_035);
        let open = ticket(&town).await;
        let mut own = member.connect(0).await;
        let answer = disable(PASSWORD).await.ok(200);
        member.get("/users/@me").await.refused(401, 0);
        assert_eq!(own.closed().await, 4004);
        let member = as_member(&town, &answer);
        assert_eq!(member.get("/users/@me").await.ok(200)["mfa_enabled"], false);
        member.post("/users/@me/mfa/totp/disable", json!({ "password": PASSWORD })).await.refused(400, 60_002);
        member.post("/users/@me/mfa/codes", json!({ "password": PASSWORD })).await.refused(400, 60_002);
        second(&town, "totp", &open, "000000").await.refused(400, 60_006);
        let body = json!({ "login": "member", "password": PASSWORD });
        assert_eq!(town.server.client().post("/auth/login", body.clone()).await.ok(200)["mfa"], false);
        // Whoever lost it is helped by whoever runs the server.
        let town = Town::new(engine).await;
        enable(&town).await;
        let id = town.member.id.parse().unwrap();
        guildhall_api::reset_mfa(&town.server.app, id).await.unwrap();
        assert_eq!(town.server.client().post("/auth/login", body).await.ok(200)["mfa"], false);
        let deeds = town.owner.own("GET", "/admin/audit?limit=1", json!({})).await.ok(200);
        assert_eq!((&deeds[0]["action"], &deeds[0]["actor"]), (&json!("user.reset_mfa"), &Value::Null));
    })
    .await;
}
