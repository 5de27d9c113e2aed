//! OAuth2: third parties ask, people answer, tokens reach what was let and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use guildhall_harness::{Client, Town, on_both};
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier as _;
use rsa::{BoxedUint, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const REDIRECT: &str = "https://example.org/callback";

/// A third party that knows its secret.
pub(crate) struct Third {
    pub(crate) bot: Client,
    secret: String,
}

impl Third {
    pub(crate) async fn new(town: &Town) -> Self {
        let bot = town.bot(0).await;
        let path = format!("/applications/{}", bot.id);
        town.owner.patch(&path, json!({ "redirect_uris": [REDIRECT] })).await.ok(200);
        let reset = town.owner.own("POST", &format!("{path}/secret/reset"), json!({})).await.ok(200);
        Self { bot, secret: reset["client_secret"].as_str().unwrap().to_owned() }
    }

    fn question(&self, kind: &str, scope: &str, more: &str) -> String {
        let id = &self.bot.id;
        format!(
            "/oauth2/authorize?client_id={id}&response_type={kind}&redirect_uri={REDIRECT}&scope={scope}&state=s%2F1{more}"
        )
    }

    /// Somebody says yes; gives where that leads.
    async fn asks(&self, who: &Client, kind: &str, scope: &str, more: &str, body: Value) -> String {
        let mut body = body;
        body["authorize"] = json!(true);
        let answer = who.post(&self.question(kind, scope, more), body).await.ok(200);
        answer["location"].as_str().unwrap().to_owned()
    }

    async fn code(&self, who: &Client, scope: &str) -> String {
        let location = self.asks(who, "code", scope, "", json!({})).await;
        part(&location, "code").unwrap()
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let basic = STANDARD.encode(format!("{}:{}", self.bot.id, self.secret));
        self.bot.post_form(path, fields, Some(&format!("Basic {basic}"))).await
    }

    async fn exchange(&self, code: &str) -> Value {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
        let (status, body) = self.form("/oauth2/token", &fields).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// What somebody lets it do.
    pub(crate) async fn bearer(&self, town: &Town, who: &Client, scope: &str) -> Client {
        let token = self.exchange(&self.code(who, scope).await).await;
        bearer(town, &token)
    }
}

fn bearer(town: &Town, token: &Value) -> Client {
    town.server.client().with(&format!("Bearer {}", token["access_token"].as_str().unwrap()), "")
}

/// A field behind `?` or `#`.
fn part(location: &str, name: &str) -> Option<String> {
    let (_, fields) = location.split_once(['?', '#'])?;
    let found = fields.split('&').find_map(|field| field.strip_prefix(&format!("{name}=")))?;
    Some(found.replace("%2F", "/").replace('+', " "))
}

#[tokio::test]
async fn a_code_becomes_a_token_that_is_renewed_and_revoked() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let shown = town.member.get(&third.question("code", "identify%20email", "")).await.ok(200);
        assert_eq!((&shown["authorized"], &shown["application"]["id"]), (&json!(false), &json!(third.bot.id)));
        assert_eq!((&shown["scopes"], &shown["user"]["id"]), (&json!(["email", "identify"]), &json!(town.member.id)));
        let location = third.asks(&town.member, "code", "identify%20email", "", json!({})).await;
        assert!(location.starts_with(&format!("{REDIRECT}?code=")), "{location}");
        assert_eq!(part(&location, "state").unwrap(), "s/1");
        let code = part(&location, "code").unwrap();
        let token = third.exchange(&code).await;
        assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(604_800)));
        assert_eq!(token["scope"], "email identify");
        let them = bearer(&town, &token);
        let seen = them.get("/users/@me").await.ok(200);
        assert_eq!((&seen["id"], &seen["email"]), (&json!(town.member.id), &json!("member@example.org")));
        let about = them.get("/oauth2/@me").await.ok(200);
        assert_eq!((&about["scopes"], &about["user"]["id"]), (&json!(["email", "identify"]), &json!(town.member.id)));
        them.get("/users/@me/guilds").await.refused(403, 50_026);
        assert_eq!(them.get(&format!("/channels/{}/messages", town.channel)).await.status, 401);
        let listed = town.member.get("/oauth2/tokens").await.ok(200);
        assert_eq!((listed[0]["scopes"].clone(), listed.as_array().unwrap().len()), (json!(["email", "identify"]), 1));
        assert_eq!(town.owner.get(&format!("/applications/{}", third.bot.id)).await.ok(200)["approximate_user_authorization_count"], 1);
        // Another one instead of both secrets; the old ones are worth nothing.
        let refresh = token["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "identify")];
        let (status, fresh) = third.form("/oauth2/token", &fields).await;
        assert_eq!((status, &fresh["scope"]), (200, &json!("identify")), "{fresh}");
        assert_eq!(third.form("/oauth2/token", &fields).await.1["error"], "invalid_grant");
        assert_eq!(them.get("/users/@me").await.status, 401);
        let them = bearer(&town, &fresh);
        assert_eq!(them.get("/users/@me").await.ok(200).get("email"), None);
        let wider = [("grant_type", "refresh_token"), ("refresh_token", fresh["refresh_token"].as_str().unwrap()), ("scope", "guilds")];
        assert_eq!(third.form("/oauth2/token", &wider).await.1["error"], "invalid_scope");
        let secret = fresh["access_token"].as_str().unwrap();
        assert_eq!(third.form("/oauth2/token/revoke", &[("token", secret)]).await.0, 200);
        assert_eq!(third.form("/oauth2/token/revoke", &[("token", secret)]).await.0, 200, "it is gone already");
        assert_eq!(them.get("/users/@me").await.status, 401);
        assert_eq!(town.member.get("/oauth2/tokens").await.ok(200), json!([]));
        // Whoever let it may take that back.
        let them = third.bearer(&town, &town.member, "identify").await;
        let listed = town.member.get("/oauth2/tokens").await.ok(200);
        let path = format!("/oauth2/tokens/{}", listed[0]["id"].as_str().unwrap());
        town.owner.delete(&path).await.refused(404, 10_012);
        town.member.delete(&path).await.ok(204);
        assert_eq!(them.get("/users/@me").await.status, 401);
        // A week later it is over.
        let them = third.bearer(&town, &town.member, "identify").await;
        them.get("/users/@me").await.ok(200);
        town.server.app.clock().advance(std::time::Duration::from_secs(604_801));
        assert_eq!(them.get("/users/@me").await.status, 401);
        guildhall_api::sweep_tokens(&town.server.app).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_what_it_gave() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (third, other) = (Third::new(&town).await, Third::new(&town).await);
        let code = third.code(&town.member, "identify").await;
        let token = third.exchange(&code).await;
        let bystander = third.bearer(&town, &town.member, "identify").await;
        let them = bearer(&town, &token);
        let again = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", REDIRECT)];
        // To whom it was not given it is no code, and takes nothing away.
        let (status, refused) = other.form("/oauth2/token", &again).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
        // The token is still the one that the code gave when it was renewed.
        let refresh = token["refresh_token"].as_str().unwrap();
        let (status, fresh) =
            third.form("/oauth2/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
        assert_eq!(status, 200, "{fresh}");
        let renewed = bearer(&town, &fresh);
        assert_eq!(them.get("/users/@me").await.status, 401);
        renewed.get("/users/@me").await.ok(200);
        for _ in 0..2 {
            let (status, refused) = third.form("/oauth2/token", &again).await;
            assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")), "a code is good once");
            assert_eq!(renewed.get("/users/@me").await.status, 401);
        }
        let refresh = fresh["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        assert_eq!(third.form("/oauth2/token", &fields).await.1["error"], "invalid_grant");
        // Others of the same person stay.
        bystander.get("/users/@me").await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn wrong_questions_and_wrong_answers_are_refused() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let denied =
            town.member.post(&third.question("code", "identify", ""), json!({ "authorize": false })).await.ok(200);
        let location = denied["location"].as_str().unwrap();
        assert_eq!(part(location, "error").as_deref(), Some("access_denied"));
        assert_eq!(part(location, "state").as_deref(), Some("s/1"));
        for (wrong, status, code) in [
            (third.question("code", "identify", "").replace("callback", "callback/"), 400, 50_035),
            (third.question("code", "identify", "").replace("example.org", "example.com"), 400, 50_035),
            (third.question("code", "everything", ""), 400, 50_035),
            (third.question("id_token", "identify", ""), 400, 50_035),
            (third.question("code", "identify", "&code_challenge=x&code_challenge_method=plain"), 400, 50_035),
            (third.question("code", "applications.commands.update", ""), 400, 50_035),
            (third.question("token", "role_connections.write", ""), 400, 50_035),
            ("/oauth2/authorize?client_id=1&response_type=code&scope=identify".to_owned(), 404, 10_002),
        ] {
            town.member.get(&wrong).await.refused(status, code);
            town.member.post(&wrong, json!({ "authorize": true })).await.refused(status, code);
        }
        third.bot.get(&third.question("code", "identify", "")).await.refused(403, 20_001);
        assert_eq!(town.server.client().get(&third.question("code", "identify", "")).await.status, 401);
        let code = third.code(&town.member, "identify").await;
        let good = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", REDIRECT)];
        let with = |name: &'static str, value: &'static str| {
            let mut fields: Vec<(&str, &str)> = good.iter().copied().filter(|(field, _)| *field != name).collect();
            fields.push((name, value));
            fields
        };
        for (fields, error) in [
            (with("redirect_uri", "https://example.org/"), "invalid_grant"),
            (with("code", "wrong"), "invalid_grant"),
            (with("code", ""), "invalid_request"),
            (with("code_verifier", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "invalid_grant"),
            (with("grant_type", "password"), "unsupported_grant_type"),
        ] {
            let (status, body) = third.form("/oauth2/token", &fields).await;
            assert_eq!((status, &body["error"]), (400, &json!(error)), "{fields:?}: {body}");
            assert!(body["error_description"].is_string());
        }
        for (header, fields) in [
            (Some(format!("Basic {}", STANDARD.encode(format!("{}:wrong", third.bot.id)))), good.to_vec()),
            (Some("Basic !".to_owned()), good.to_vec()),
            (None, good.to_vec()),
            (None, [good.to_vec(), vec![("client_id", third.bot.id.as_str())]].concat()),
        ] {
            let (status, body) = third.bot.post_form("/oauth2/token", &fields, header.as_deref()).await;
            assert_eq!((status, &body["error"]), (401, &json!("invalid_client")), "{header:?}");
        }
        // Another application's code is nobody's business.
        let other = Third::new(&town).await;
        assert_eq!(other.form("/oauth2/token", &good).await.1["error"], "invalid_grant");
        let json = third.bot.post("/oauth2/token", json!({ "grant_type": "client_credentials" })).await;
        assert_eq!((json.status, &json.body["error"]), (400, &json!("invalid_request")));
        // All of that used nothing up.
        third.exchange(&code).await;
        let late = third.code(&town.member, "identify").await;
        town.server.app.clock().advance(std::time::Duration::from_secs(301));
        let fields = [("grant_type", "authorization_code"), ("code", late.as_str()), ("redirect_uri", REDIRECT)];
        assert_eq!(third.form("/oauth2/token", &fields).await.1["error"], "invalid_grant");
        // Secrets in the body are as good, and only the owner resets them.
        let path = format!("/applications/{}/secret/reset", third.bot.id);
        town.member.own("POST", &path, json!({})).await.refused(403, 50_001);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", third.bot.id.as_str()),
            ("client_secret", third.secret.as_str()),
        ];
        let (status, token) = third.bot.post_form("/oauth2/token", &fields, None).await;
        assert_eq!((status, token.get("refresh_token")), (200, None), "{token}");
        assert_eq!(bearer(&town, &token).get("/users/@me").await.ok(200)["id"], json!(town.owner.id));
        town.owner.own("POST", &path, json!({})).await.ok(200);
        assert_eq!(third.bot.post_form("/oauth2/token", &fields, None).await.0, 401);
        let uris = json!({ "redirect_uris": ["javascript:alert(1)"] });
        town.owner.patch(&format!("/applications/{}", third.bot.id), uris).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn programs_without_a_secret_prove_themselves_by_what_they_asked_with() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let path = format!("/applications/{}", third.bot.id);
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let more = format!("&code_challenge={challenge}&code_challenge_method=S256");
        let location = third.asks(&town.member, "code", "identify", &more, json!({})).await;
        let code = part(&location, "code").unwrap();
        let id = third.bot.id.clone();
        let fields = |verifier: &'static str| {
            vec![
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", REDIRECT),
                ("client_id", id.as_str()),
                ("code_verifier", verifier),
            ]
        };
        assert_eq!(third.bot.post_form("/oauth2/token", &fields(verifier), None).await.0, 401, "it has a secret");
        town.owner.patch(&path, json!({ "public_client": true })).await.ok(200);
        let wrong =
            third.bot.post_form("/oauth2/token", &fields("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), None).await;
        assert_eq!(wrong.1["error"], "invalid_grant");
        let (status, token) = third.bot.post_form("/oauth2/token", &fields(verifier), None).await;
        assert_eq!(status, 200, "{token}");
        bearer(&town, &token).get("/users/@me").await.ok(200);
        let plain = third.code(&town.member, "identify").await;
        let bare = [
            ("grant_type", "authorization_code"),
            ("code", plain.as_str()),
            ("redirect_uri", REDIRECT),
            ("client_id", id.as_str()),
        ];
        assert_eq!(third.bot.post_form("/oauth2/token", &bare, None).await.1["error"], "invalid_grant");
        let itself = [("grant_type", "client_credentials"), ("client_id", id.as_str())];
        assert_eq!(third.bot.post_form("/oauth2/token", &itself, None).await.1["error"], "unauthorized_client");
        // At once, without a code: what a page in a browser gets.
        let location = third.asks(&town.member, "token", "identify", "", json!({})).await;
        assert!(location.starts_with(&format!("{REDIRECT}#token_type=Bearer&")), "{location}");
        let them = town.server.client().with(&format!("Bearer {}", part(&location, "access_token").unwrap()), "");
        assert_eq!(them.get("/users/@me").await.ok(200)["id"], json!(town.member.id));
    })
    .await;
}

#[tokio::test]
async fn people_log_in_with_guildhall() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let root = format!("http://{}", town.server.address);
        let (status, found) = third.bot.fetch(&format!("{root}/.well-known/openid-configuration")).await;
        let found: Value = serde_json::from_slice(&found).unwrap();
        assert_eq!((status, &found["issuer"]), (200, &json!(root)));
        assert_eq!(found["jwks_uri"], json!(format!("{root}/api/oauth2/keys")));
        let location = third.asks(&town.member, "code", "openid%20identify%20email", "&nonce=n-1", json!({})).await;
        let token = third.exchange(&part(&location, "code").unwrap()).await;
        let keys = town.server.client().get("/oauth2/keys").await.ok(200);
        let claims = verified(token["id_token"].as_str().unwrap(), &keys["keys"][0]);
        assert_eq!(
            (&claims["iss"], &claims["aud"], &claims["nonce"]),
            (&json!(root), &json!(third.bot.id), &json!("n-1"))
        );
        assert_eq!((&claims["sub"], &claims["email"]), (&json!(town.member.id), &json!("member@example.org")));
        // Nobody looked whether the address is theirs: others must not take it for that.
        assert_eq!(claims["email_verified"], false);
        assert!(claims["exp"].as_u64() > claims["iat"].as_u64());
        let them = bearer(&town, &token);
        let info = them.get("/oauth2/userinfo").await.ok(200);
        assert_eq!((&info["sub"], &info["preferred_username"]), (&json!(town.member.id), &json!("member")));
        third.bearer(&town, &town.member, "identify").await.get("/oauth2/userinfo").await.refused(403, 50_026);
        town.member.get("/oauth2/userinfo").await.refused(401, 50_025);
        let bare = third.bearer(&town, &town.member, "openid").await;
        assert_eq!(bare.get("/oauth2/userinfo").await.ok(200), json!({ "sub": town.member.id }));
    })
    .await;
}

/// What an ID token says, when the key signed it.
fn verified(token: &str, key: &Value) -> Value {
    let number = |name: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        BoxedUint::from_be_slice(&bytes, u32::try_from(bytes.len() * 8).unwrap()).unwrap()
    };
    let public = RsaPublicKey::new(number("n"), number("e")).unwrap();
    let (text, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::try_from(URL_SAFE_NO_PAD.decode(signature).unwrap().as_slice()).unwrap();
    VerifyingKey::<rsa::sha2::Sha256>::new(public).verify(text.as_bytes(), &signature).unwrap();
    let (header, claims) = text.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!((&read(header)["alg"], &read(header)["kid"]), (&json!("RS256"), &key["kid"]));
    read(claims)
}

#[tokio::test]
async fn an_application_is_added_on_the_way() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let made = town.owner.own("POST", "/applications", json!({ "name": "newcomer" })).await.ok(201);
        let id = made["id"].as_str().unwrap().to_owned();
        let bot = town.server.client().with(&format!("Bot {}", made["bot"]["token"].as_str().unwrap()), &id);
        let path = format!("/oauth2/authorize?client_id={id}&scope=bot%20applications.commands");
        let shown = town.owner.get(&path).await.ok(200);
        let place = &shown["guilds"][0];
        assert_eq!((&place["id"], &place["is_member"]), (&json!(town.guild), &json!(false)));
        assert_eq!(town.member.get(&path).await.ok(200)["guilds"], json!([]), "they manage none");
        let yes = json!({ "authorize": true, "guild_id": town.guild, "permissions": "8" });
        town.member.post(&path, yes.clone()).await.refused(403, 50_013);
        town.stranger.post(&path, yes.clone()).await.refused(403, 50_001);
        town.owner.post(&path, json!({ "authorize": true })).await.refused(400, 50_035);
        let (mut theirs, mut socket) = (bot.connect(1).await, town.owner.connect(0).await);
        town.owner.post(&path, yes).await.ok(200);
        assert_eq!(theirs.event("GUILD_CREATE").await["id"], json!(town.guild));
        let role = socket.event("GUILD_ROLE_CREATE").await["role"].clone();
        assert_eq!(
            (&role["managed"], &role["permissions"], &role["tags"]["bot_id"]),
            (&json!(true), &json!("8"), &json!(id))
        );
        let told = socket.event("INTEGRATION_CREATE").await;
        assert_eq!(
            (&told["scopes"], &told["user"]["id"]),
            (&json!(["applications.commands", "bot"]), &json!(town.owner.id))
        );
        let logged = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=28", town.guild)).await.ok(200);
        assert_eq!(logged["audit_log_entries"][0]["target_id"], json!(id));
        // Asked again with other permissions: the role changes.
        let less = json!({ "authorize": true, "guild_id": town.guild, "permissions": "1024" });
        town.owner.post(&path, less).await.ok(200);
        assert_eq!(socket.event("GUILD_ROLE_UPDATE").await["role"]["permissions"], "1024");
        // The commands alone, without the bot.
        let made = town.owner.own("POST", "/applications", json!({ "name": "quiet" })).await.ok(201);
        let quiet = made["id"].as_str().unwrap().to_owned();
        let quiet_bot = town.server.client().with(&format!("Bot {}", made["bot"]["token"].as_str().unwrap()), &quiet);
        let command = json!({ "name": "hush", "description": "x" });
        quiet_bot.post(&format!("/applications/{quiet}/commands"), command).await.ok(201);
        let index = format!("/guilds/{}/application-command-index", town.guild);
        assert_eq!(town.owner.get(&index).await.ok(200)["application_commands"], json!([]));
        let path = format!("/oauth2/authorize?client_id={quiet}&scope=applications.commands");
        town.owner.post(&path, json!({ "authorize": true, "guild_id": town.guild })).await.ok(200);
        assert_eq!(socket.event("INTEGRATION_CREATE").await["scopes"], json!(["applications.commands"]));
        assert_eq!(town.owner.get(&index).await.ok(200)["application_commands"][0]["name"], "hush");
        let integrations = format!("/guilds/{}/integrations", town.guild);
        assert_eq!(town.owner.get(&integrations).await.ok(200).as_array().unwrap().len(), 2);
        town.owner.delete(&format!("{integrations}/{quiet}")).await.ok(204);
        assert_eq!(socket.event("INTEGRATION_DELETE").await["application_id"], json!(quiet));
        assert_eq!(town.owner.get(&index).await.ok(200)["application_commands"], json!([]));
        // Private ones are added by who made them; for people only where that is offered.
        town.owner.patch(&format!("/applications/{id}"), json!({ "bot_public": false })).await.ok(200);
        let path = format!("/oauth2/authorize?client_id={id}&scope=applications.commands");
        town.member.get(&path).await.refused(403, 20_026);
        town.owner.get(&format!("{path}&integration_type=1")).await.refused(400, 50_035);
        town.owner
            .patch(&format!("/applications/{id}"), json!({ "integration_types_config": { "1": {} } }))
            .await
            .ok(200);
        assert_eq!(town.owner.get(&path).await.ok(200)["integration_type"], 1);
        town.owner.post(&path, json!({ "authorize": true })).await.ok(200);
        let counted = town.owner.get(&format!("/applications/{id}")).await.ok(200);
        assert_eq!(counted["approximate_user_install_count"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_token_reaches_what_was_let_and_nothing_else() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let id = &third.bot.id;
        let guilds = third.bearer(&town, &town.member, "guilds%20guilds.members.read%20connections").await;
        assert_eq!(guilds.get("/users/@me/guilds").await.ok(200)[0]["id"], json!(town.guild));
        assert_eq!(guilds.get("/users/@me/connections").await.ok(200), json!([]));
        let member = guilds.get(&format!("/users/@me/guilds/{}/member", town.guild)).await.ok(200);
        assert_eq!(member["user"]["id"], json!(town.member.id));
        guilds.get("/users/@me").await.refused(403, 50_026);
        let itself = |scope: &'static str| {
            let third = &third;
            let town = &town;
            async move {
                let fields = [("grant_type", "client_credentials"), ("scope", scope)];
                let (status, token) = third.form("/oauth2/token", &fields).await;
                assert_eq!(status, 200, "{token}");
                bearer(town, &token)
            }
        };
        let commands = itself("applications.commands.update").await;
        let command = json!({ "name": "greet", "description": "x" });
        let made = commands.post(&format!("/applications/{id}/commands"), command).await.ok(201);
        let other = town.owner.own("POST", "/applications", json!({ "name": "other" })).await.ok(201);
        commands.get(&format!("/applications/{}/commands", other["id"].as_str().unwrap())).await.refused(403, 50_001);
        let exceptions =
            format!("/applications/{id}/guilds/{}/commands/{}/permissions", town.guild, made["id"].as_str().unwrap());
        let body = json!({ "permissions": [{ "id": town.member.id, "type": 2, "permission": false }] });
        commands.put(&exceptions, body.clone()).await.refused(403, 50_026);
        let may = third.bearer(&town, &town.owner, "applications.commands.permissions.update").await;
        assert_eq!(may.put(&exceptions, body.clone()).await.ok(200)["permissions"], body["permissions"]);
        let may_not = third.bearer(&town, &town.member, "applications.commands.permissions.update").await;
        may_not.put(&exceptions, body).await.refused(403, 50_013);
        // A webhook, told with the token.
        let more = json!({ "webhook_channel_id": town.channel });
        let refused = json!({ "authorize": true, "webhook_channel_id": town.channel });
        town.member.post(&third.question("code", "webhook.incoming", ""), refused).await.refused(403, 50_013);
        let location = third.asks(&town.owner, "code", "webhook.incoming", "", more).await;
        let token = third.exchange(&part(&location, "code").unwrap()).await;
        let hook = &token["webhook"];
        assert_eq!((&hook["channel_id"], &hook["application_id"]), (&json!(town.channel), &json!(id)));
        let path = format!("/webhooks/{}/{}?wait=true", hook["id"].as_str().unwrap(), hook["token"].as_str().unwrap());
        assert_eq!(town.server.client().post(&path, json!({ "content": "hi" })).await.ok(200)["content"], "hi");
        // Into a guild, by the bot that is there.
        let join = format!("/guilds/{}/members/{}", town.guild, town.stranger.id);
        let bot = town.bot((1 << 0) | (1 << 27)).await;
        let let_in = |who: &Client, token: String| {
            let (bot, path) = (bot.clone(), format!("/guilds/{}/members/{}", town.guild, who.id));
            async move { bot.put(&path, json!({ "access_token": token, "nick": "Newcomer" })).await }
        };
        let ours = Third { bot: bot.clone(), secret: String::new() };
        town.owner.patch(&format!("/applications/{}", bot.id), json!({ "redirect_uris": [REDIRECT] })).await.ok(200);
        let told = |location: String| part(&location, "access_token").unwrap();
        let identify = told(ours.asks(&town.stranger, "token", "identify", "", json!({})).await);
        let_in(&town.stranger, identify).await.refused(403, 50_026);
        let theirs = told(third.asks(&town.stranger, "token", "guilds.join", "", json!({})).await);
        let_in(&town.stranger, theirs).await.refused(401, 50_025);
        let good = told(ours.asks(&town.stranger, "token", "guilds.join", "", json!({})).await);
        let_in(&town.member, good.clone()).await.refused(401, 50_025);
        town.owner.put(&join, json!({ "access_token": good })).await.refused(403, 20_002);
        let mut socket = town.owner.connect(0).await;
        let joined = let_in(&town.stranger, good.clone()).await.ok(201);
        assert_eq!((&joined["user"]["id"], &joined["nick"]), (&json!(town.stranger.id), &json!("Newcomer")));
        assert_eq!(socket.event("GUILD_MEMBER_ADD").await["user"]["id"], json!(town.stranger.id));
        let_in(&town.stranger, good).await.ok(204);
    })
    .await;
}

/// The law of strangers, for third parties: nothing is reached without its scope.
#[tokio::test]
async fn every_route_refuses_tokens_that_do_not_reach_it() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let all = [
            "applications.commands.permissions.update",
            "connections",
            "email",
            "guilds",
            "guilds.join",
            "guilds.members.read",
            "identify",
            "messages.read",
            "openid",
            "role_connections.write",
        ];
        let holder = third.bearer(&town, &town.owner, &all.join("%20")).await;
        let bare = third.bearer(&town, &town.member, "messages.read").await;
        let ask = |client: Client, own: bool, method: &'static str, path: String| async move {
            if own {
                client.own(method, &path, json!({})).await
            } else {
                client.ask(method, &path, (method != "GET").then(|| json!({}))).await
            }
        };
        for (own, table) in [(false, guildhall_api::routes().table()), (true, guildhall_api::own_routes().table())] {
            for route in table.into_iter().filter(|route| route.need != guildhall_api::Need::Nobody) {
                let path: Vec<&str> = route
                    .path
                    .split('/')
                    .map(|part| match part {
                        "{guild_id}" => &town.guild,
                        "{channel_id}" => &town.channel,
                        "{application_id}" => third.bot.id.as_str(),
                        part if part.starts_with('{') => "1",
                        part => part,
                    })
                    .collect();
                let path = path.join("/");
                let name = format!("{} {}", route.method, route.path);
                if route.scopes.is_empty() {
                    assert_eq!(ask(holder.clone(), own, route.method, path).await.status, 401, "{name}");
                } else if !route.scopes.contains(&"*") {
                    ask(bare.clone(), own, route.method, path).await.refused(403, 50_026);
                }
            }
        }
        // A token is no login.
        let mut socket = holder.open().await;
        socket.identify(holder.token.as_deref().unwrap().trim_start_matches("Bearer "), 0).await;
        assert_eq!(socket.closed().await, 4004);
    })
    .await;
}
