//! Passkeys, made and used by an implementation of devices and browsers that is not the server's.

use guildhall_harness::{Answer, Client, PASSWORD, Town, on_both};
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client as Browser, DefaultClientData, WebauthnError};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey_types::Passkey;
use passkey_types::ctap2::{Aaguid, Ctap2Error};
use passkey_types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::{Value, json};

/// Somebody who agrees to everything and shows their finger.
struct Finger;

#[async_trait::async_trait]
impl UserValidationMethod for Finger {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(&self, _: UiHint<'a, Passkey>, _: bool, _: bool) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// A browser with a device that holds one passkey.
struct Device {
    key: Option<Passkey>,
    origin: url::Url,
}

/// Opens the browser for as long as it takes.
macro_rules! browser {
    ($device:expr) => {{
        let (finger, none) = (Finger, Aaguid::new_empty());
        let mut authenticator = Authenticator::new(none, $device.key.clone(), finger, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        Browser::new(authenticator).allows_insecure_localhost(true)
    }};
}

impl Device {
    fn new(town: &Town) -> Self {
        let origin = format!("http://localhost:{}", town.server.address.port());
        Self { key: None, origin: origin.parse().unwrap() }
    }

    /// Another device with the same key: what a thief would have.
    fn copy(&self) -> Self {
        Self { key: self.key.clone(), origin: self.origin.clone() }
    }

    async fn make(&mut self, options: &Value) -> Result<Value, WebauthnError> {
        let request: CredentialCreationOptions = serde_json::from_value(options.clone()).unwrap();
        let mut browser = browser!(self);
        let made = browser.register(&self.origin, request, DefaultClientData).await?;
        self.key = browser.authenticator().store().clone();
        Ok(serde_json::to_value(made).unwrap())
    }

    async fn sign(&mut self, options: &Value) -> Result<Value, WebauthnError> {
        let request: CredentialRequestOptions = serde_json::from_value(options.clone()).unwrap();
        let mut browser = browser!(self);
        let signed = browser.authenticate(&self.origin, request, DefaultClientData).await?;
        self.key = browser.authenticator().store().clone();
        Ok(serde_json::to_value(signed).unwrap())
    }
}

async fn start(who: &Client) -> Value {
    who.own("POST", "/passkeys/register/start", json!({ "password": PASSWORD })).await.ok(200)
}

async fn finish(who: &Client, ticket: &Value, credential: &Value) -> Answer {
    let body = json!({ "ticket": ticket, "name": "Telephone", "credential": credential });
    who.own("POST", "/passkeys/register/finish", body).await
}

async fn register(who: &Client, device: &mut Device) -> Value {
    let started = start(who).await;
    let made = device.make(&started["options"]).await.unwrap();
    finish(who, &started["ticket"], &made).await.ok(201)
}

async fn log_in(town: &Town, device: &mut Device) -> Answer {
    let started = town.server.client().own("POST", "/passkeys/login/start", json!({})).await.ok(200);
    let signed = device.sign(&started["options"]).await.unwrap();
    send(town, &started["ticket"], &signed).await
}

async fn send(town: &Town, ticket: &Value, signed: &Value) -> Answer {
    let body = json!({ "ticket": ticket, "credential": signed });
    town.server.client().own("POST", "/passkeys/login/finish", body).await
}

#[tokio::test]
async fn a_passkey_is_made_used_and_removed() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let instance = town.server.client().own("GET", "/instance", json!({})).await.ok(200);
        assert_eq!(instance["passkeys"], true);
        let mut device = Device::new(&town);
        let wrong = json!({ "password": "wrong" });
        town.member.own("POST", "/passkeys/register/start", wrong).await.refused(400, 50_035);
        let mut eyes = town.member.connect(0).await;
        let made = register(&town.member, &mut device).await;
        assert_eq!(eyes.event("USER_UPDATE").await["mfa_enabled"], true);
        assert_eq!((&made["name"], &made["last_used_at"]), (&json!("Telephone"), &Value::Null));
        // A device that has one is told so, and whose key it is is kept in it.
        let again = start(&town.member).await["options"]["publicKey"].clone();
        assert_eq!(again["excludeCredentials"].as_array().unwrap().len(), 1);
        assert_eq!(again["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(again["rp"], json!({ "id": "localhost", "name": "Guildhall" }));
        let answer = log_in(&town, &mut device).await.ok(200);
        assert_eq!(answer["user_id"], json!(town.member.id));
        let member = town.server.client().with(answer["token"].as_str().unwrap(), &town.member.id);
        assert_eq!(member.get("/users/@me").await.ok(200)["username"], "member");
        let list = member.own("GET", "/passkeys", json!({})).await.ok(200);
        assert_eq!(list.as_array().unwrap().len(), 1);
        assert!(list[0]["last_used_at"].is_string());
        let path = format!("/passkeys/{}", made["id"].as_str().unwrap());
        town.owner.own("PATCH", &path, json!({ "name": "Mine" })).await.refused(404, 0);
        member.own("PATCH", &path, json!({ "name": " " })).await.refused(400, 50_035);
        assert_eq!(member.own("PATCH", &path, json!({ "name": " Old key " })).await.ok(200)["name"], "Old key");
        let password = json!({ "password": PASSWORD });
        town.owner.own("DELETE", &path, password.clone()).await.refused(404, 0);
        // Whoever got hold of a login does not take the factor away.
        member.own("DELETE", &path, json!({})).await.refused(400, 50_035);
        member.own("DELETE", &path, json!({ "password": "wrong" })).await.refused(400, 50_035);
        member.own("DELETE", &path, password.clone()).await.ok(204);
        assert_eq!(eyes.event("USER_UPDATE").await["mfa_enabled"], false);
        member.own("DELETE", &path, password).await.refused(404, 0);
        log_in(&town, &mut device).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn what_a_device_did_not_sign_is_refused() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut device = Device::new(&town);
        let started = start(&town.member).await;
        let made = device.make(&started["options"]).await.unwrap();
        // A ticket is its owner's, and good for one passkey.
        finish(&town.owner, &started["ticket"], &made).await.refused(400, 60_006);
        let nameless = json!({ "ticket": started["ticket"], "name": " ", "credential": made });
        town.member.own("POST", "/passkeys/register/finish", nameless).await.refused(400, 50_035);
        finish(&town.member, &started["ticket"], &json!({ "id": 1 })).await.refused(400, 50_035);
        finish(&town.member, &started["ticket"], &Value::Null).await.refused(400, 50_035);
        let other = start(&town.member).await;
        finish(&town.member, &other["ticket"], &made).await.refused(400, 50_035);
        finish(&town.member, &started["ticket"], &made).await.ok(201);
        finish(&town.member, &started["ticket"], &made).await.refused(400, 60_006);
        // The same passkey belongs to nobody else.
        let login = || async { town.server.client().own("POST", "/passkeys/login/start", json!({})).await.ok(200) };
        let (one, two) = (login().await, login().await);
        let mut thief = device.copy();
        let signed = device.sign(&one["options"]).await.unwrap();
        send(&town, &two["ticket"], &signed).await.refused(400, 50_035);
        let mut forged = signed.clone();
        forged["response"]["signature"] = json!("MEUCIQDx");
        send(&town, &one["ticket"], &forged).await.refused(400, 50_035);
        let mut elsewhere = signed.clone();
        elsewhere["response"]["userHandle"] = json!("AAAAAAAAAAAAAAAAAAAAAQ");
        send(&town, &one["ticket"], &elsewhere).await.refused(400, 50_035);
        send(&town, &one["ticket"], &signed).await.ok(200);
        send(&town, &one["ticket"], &signed).await.refused(400, 60_006);
        // A copy of the device is behind the counter.
        let signed = thief.sign(&two["options"]).await.unwrap();
        send(&town, &two["ticket"], &signed).await.refused(400, 50_035);
        log_in(&town, &mut device).await.ok(200);
        // Who is suspended stays out, and a ticket does not wait for ever.
        let path = format!("/admin/users/{}", town.member.id);
        town.owner.own("PATCH", &path, json!({ "suspended": true })).await.ok(200);
        log_in(&town, &mut device).await.refused(403, 7_000_002);
        town.owner.own("PATCH", &path, json!({ "suspended": false })).await.ok(200);
        let late = login().await;
        let signed = device.sign(&late["options"]).await.unwrap();
        town.server.app.clock().advance(std::time::Duration::from_secs(301));
        send(&town, &late["ticket"], &signed).await.refused(400, 60_006);
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_a_second_factor() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut device = Device::new(&town);
        register(&town.member, &mut device).await;
        let body = json!({ "login": "member", "password": PASSWORD });
        let login = || async { town.server.client().post("/auth/login", body.clone()).await.ok(200) };
        crate::mfa::enable(&town).await;
        let (first, second) = (login().await, login().await);
        assert_eq!((&first["totp"], &first["backup"]), (&json!(true), &json!(true)));
        let options: Value = serde_json::from_str(first["webauthn"].as_str().unwrap()).unwrap();
        let signed = device.sign(&options).await.unwrap().to_string();
        let send = |ticket: &Value, code: &str| {
            let (client, body) = (town.server.client(), json!({ "ticket": ticket, "code": code }));
            async move { client.post("/auth/mfa/webauthn", body).await }
        };
        send(&first["ticket"], "no json").await.refused(400, 60_008);
        send(&second["ticket"], &signed).await.refused(400, 60_008);
        let answer = send(&first["ticket"], &signed).await.ok(200);
        let member = town.server.client().with(answer["token"].as_str().unwrap(), &town.member.id);
        member.get("/users/@me").await.ok(200);
        send(&first["ticket"], &signed).await.refused(400, 60_006);
    })
    .await;
}

#[tokio::test]
async fn with_a_passkey_a_password_alone_does_not_log_in() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let mut device = Device::new(&town);
        let made = register(&town.member, &mut device).await;
        let codes = made["backup_codes"].as_array().unwrap();
        assert_eq!(codes.len(), 10, "whoever loses the device is not shut out");
        let body = json!({ "login": "member", "password": PASSWORD });
        let login = || async { town.server.client().post("/auth/login", body.clone()).await.ok(200) };
        let asked = login().await;
        assert_eq!((&asked["mfa"], &asked["token"]), (&json!(true), &Value::Null));
        assert_eq!((&asked["totp"], &asked["backup"]), (&json!(false), &json!(true)));
        let send = |way: &str, ticket: &Value, code: &str| {
            let (client, body) = (town.server.client(), json!({ "ticket": ticket, "code": code }));
            let path = format!("/auth/mfa/{way}");
            async move { client.post(&path, body).await }
        };
        send("totp", &asked["ticket"], "000000").await.refused(400, 60_008);
        let options: Value = serde_json::from_str(asked["webauthn"].as_str().unwrap()).unwrap();
        let signed = device.sign(&options).await.unwrap().to_string();
        send("webauthn", &asked["ticket"], &signed).await.ok(200);
        // Without the device, a code from the drawer.
        let answer = send("backup", &login().await["ticket"], codes[0]["code"].as_str().unwrap()).await.ok(200);
        let member = town.server.client().with(answer["token"].as_str().unwrap(), &town.member.id);
        // A second one brings no other codes; the first that goes is not the last.
        let second = register(&member, &mut Device::new(&town)).await;
        assert_eq!(second["backup_codes"], Value::Null);
        let remove = |made: &Value| {
            let (path, member) = (format!("/passkeys/{}", made["id"].as_str().unwrap()), member.clone());
            async move { member.own("DELETE", &path, json!({ "password": PASSWORD })).await.ok(204) }
        };
        remove(&made).await;
        assert_eq!(login().await["mfa"], true);
        remove(&second).await;
        assert_eq!(login().await["mfa"], false);
        let again = json!({ "password": PASSWORD, "regenerate": true });
        member.post("/users/@me/mfa/codes", again.clone()).await.refused(400, 60_002);
        // Staff helps who lost both.
        register(&member, &mut Device::new(&town)).await;
        assert_eq!(login().await["mfa"], true);
        town.owner.own("DELETE", &format!("/admin/users/{}/mfa", town.member.id), json!({})).await.ok(204);
        assert_eq!(login().await["mfa"], false);
        // The passkey is still there: new codes make it a factor again.
        let codes = member.post("/users/@me/mfa/codes", again).await.ok(200);
        assert_eq!(codes["backup_codes"].as_array().unwrap().len(), 10);
        assert_eq!(login().await["mfa"], true);
    })
    .await;
}
