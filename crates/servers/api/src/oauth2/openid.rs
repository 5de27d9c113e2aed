//! Who somebody is, as OpenID Connect tells it: `/oauth2/userinfo`, the public keys, ID tokens and the document by which all is found.

use std::sync::Arc;

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use guildhall_store as store;
use guildhall_store::user::UserRow;
use guildhall_wire::oauth2::{SCOPES, TOKEN_SECONDS};
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, sha2};
use serde_json::{Map, Value, json};

use crate::App;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new().get("/oauth2/userinfo", get_openid_connect_userinfo, Need::Account).scopes(&["openid"]).get(
        "/oauth2/keys",
        get_public_keys,
        Need::Nobody,
    )
}

/// Bits of the key.
const BITS: usize = 2048;
/// What the key is sealed for, and the name under which it is kept.
pub(crate) const NAME: &str = "openid_key";

/// The key that signs ID tokens.
#[derive(Debug)]
pub(crate) struct IdKey {
    id: String,
    private: SigningKey<sha2::Sha256>,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// The system's randomness, as the library wants it.
struct System;

impl TryRng for System {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        #[expect(clippy::expect_used, reason = "without the system's randomness no secret is safe: nothing can go on")]
        getrandom::fill(bytes).expect("the system has randomness");
        Ok(())
    }
}

impl TryCryptoRng for System {}

impl IdKey {
    fn of(private: RsaPrivateKey) -> Self {
        let (modulus, exponent) = (private.n_bytes().to_vec(), private.e_bytes().to_vec());
        let print = guildhall_store::session::hash(&URL_SAFE_NO_PAD.encode(&modulus));
        let id = URL_SAFE_NO_PAD.encode(print.get(..12).unwrap_or_default());
        Self { id, private: SigningKey::new(private), modulus, exponent }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(claims));
        let signature = self.private.sign_with_rng(&mut System, text.as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// The key, made the first time that it is asked for. All nodes of a database have the same.
async fn key(app: &App) -> Result<Arc<IdKey>> {
    app.id_key().get_or_try_init(|| load(app)).await.cloned()
}

async fn load(app: &App) -> Result<Arc<IdKey>> {
    let broken = |cause: String| Error::Internal(format!("failed to read the key of ID tokens: {cause}"));
    if store::instance::get(&mut app.db(), NAME).await?.is_none() {
        let made = tokio::task::spawn_blocking(|| {
            let key = RsaPrivateKey::new(&mut System, BITS).map_err(|error| error.to_string())?;
            key.to_pkcs8_der().map_err(|error| error.to_string())
        });
        let made = made.await.map_err(|error| broken(error.to_string()))?.map_err(broken)?;
        let sealed = app.config().key.seal(app.random(), NAME, STANDARD_NO_PAD.encode(made.as_bytes()).as_bytes())?;
        let mut work = app.begin().await?;
        store::instance::set_once(&mut work, NAME, &sealed).await?;
        work.commit().await?;
    }
    let sealed = store::instance::get(&mut app.db(), NAME).await?.unwrap_or_default();
    let text = app.config().key.open(NAME, &sealed)?;
    let der = STANDARD_NO_PAD.decode(text).map_err(|error| broken(error.to_string()))?;
    let private = RsaPrivateKey::from_pkcs8_der(&der).map_err(|error| broken(error.to_string()))?;
    Ok(Arc::new(IdKey::of(private)))
}

async fn get_public_keys(cx: Cx) -> Result<Json<Value>> {
    let key = key(&cx.app).await?;
    Ok(Json(json!({ "keys": [{
        "kty": "RSA",
        "use": "sig",
        "kid": key.id,
        "n": URL_SAFE_NO_PAD.encode(&key.modulus),
        "e": URL_SAFE_NO_PAD.encode(&key.exponent),
        "alg": "RS256",
    }] })))
}

/// What is told of somebody: who they are always, the rest by scope.
fn claims(app: &App, user: &UserRow, scopes: &[String]) -> Map<String, Value> {
    let has = |scope: &str| scopes.iter().any(|held| held == scope);
    let mut fields = Map::new();
    fields.insert("sub".into(), user.id.to_string().into());
    if has("identify") {
        let root = &app.config().public_url;
        let picture = match &user.avatar {
            Some(hash) => format!("{root}/cdn/avatars/{}/{hash}.png", user.id),
            None => format!("{root}/cdn/embed/avatars/{}.png", (user.id.get() >> 22) % 6),
        };
        fields.insert("preferred_username".into(), user.username.clone().into());
        fields.insert("nickname".into(), user.global_name.clone().into());
        fields.insert("picture".into(), picture.into());
        fields.insert("locale".into(), user.locale.clone().into());
    }
    if has("email") {
        // Nobody looks whether an address is its owner's, and who logs in elsewhere must not take it for theirs: what `verified`
        // says of an account is only that it may be used.
        fields.insert("email".into(), user.email.clone().into());
        fields.insert("email_verified".into(), false.into());
    }
    fields
}

async fn get_openid_connect_userinfo(cx: Cx) -> Result<Json<Value>> {
    let account = cx.account()?;
    let bearer = account.bearer.as_ref().ok_or(Code::InvalidOauth2Token)?;
    Ok(Json(claims(&cx.app, &account.row, &bearer.scopes).into()))
}

/// A signed word for one application on who somebody is.
pub(super) async fn id_token(
    app: &App,
    user: &UserRow,
    application: Id<ApplicationMarker>,
    scopes: &[String],
    nonce: Option<&str>,
    access_token: &str,
) -> Result<String> {
    let key = key(app).await?;
    let now = app.clock().millis() / 1000;
    let half = guildhall_store::session::hash(access_token);
    let mut fields = claims(app, user, scopes);
    fields.insert("iss".into(), app.config().public_url.clone().into());
    fields.insert("aud".into(), application.to_string().into());
    fields.insert("iat".into(), now.into());
    fields.insert("exp".into(), (now + TOKEN_SECONDS.min(3600)).into());
    fields.insert("at_hash".into(), URL_SAFE_NO_PAD.encode(half.get(..16).unwrap_or_default()).into());
    if let Some(nonce) = nonce {
        fields.insert("nonce".into(), nonce.into());
    }
    Ok(key.sign(&fields.into()))
}

/// `/.well-known/openid-configuration`: where all of it is.
pub(crate) async fn discovery(State(app): State<App>) -> Json<Value> {
    let root = &app.config().public_url;
    Json(json!({
        "issuer": root,
        "authorization_endpoint": format!("{root}/oauth2/authorize"),
        "token_endpoint": format!("{root}/api/oauth2/token"),
        "revocation_endpoint": format!("{root}/api/oauth2/token/revoke"),
        "userinfo_endpoint": format!("{root}/api/oauth2/userinfo"),
        "jwks_uri": format!("{root}/api/oauth2/keys"),
        "scopes_supported": SCOPES,
        "response_types_supported": ["code", "token"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": ["authorization_code", "implicit", "client_credentials", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "at_hash", "preferred_username", "nickname", "picture", "locale",
            "email", "email_verified",
        ],
    }))
}
