//! What a third party does by itself: `POST /oauth2/token` and `POST /oauth2/token/revoke`, forms as RFC 6749 and RFC 7009 have them.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::oauth2::{CodeRow, TokenRow};
use guildhall_store::user::UserRow;
use guildhall_wire::oauth2::{TOKEN_SECONDS, TokenError, TokenForm, is_verifier, scopes};
use http::{HeaderMap, HeaderValue, header};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{join, openid, split};
use crate::kernel::body::urlencoded;
use crate::kernel::token;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new().post("/oauth2/token", create_bearer_token, Need::Nobody).post(
        "/oauth2/token/revoke",
        revoke_bearer_token,
        Need::Nobody,
    )
}

/// What is kept of an application's secret.
pub(super) fn digest(secret: &str) -> String {
    token::hash(secret).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) const fn seconds(count: u64) -> i64 {
    count.cast_signed().saturating_mul(1_000_000)
}

/// Why a third party gets nothing: in RFC 6749's words, or because something of ours failed.
enum Refusal {
    OAuth(TokenError, &'static str),
    Other(Error),
}

impl<T: Into<Error>> From<T> for Refusal {
    fn from(error: T) -> Self {
        Self::Other(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (error, description) = match self {
            Self::Other(error) => return error.into_response(),
            Self::OAuth(error, description) => (error, description),
        };
        let code = if error == TokenError::InvalidClient { Code::Unauthorized } else { Code::BadRequest };
        // Discord's own fields too: some libraries look for those.
        let body = json!({
            "error": error.name(),
            "error_description": description,
            "code": code.number(),
            "message": code.message(),
        });
        let mut response = Error::Body(code, body).into_response();
        if error == TokenError::InvalidClient {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        }
        no_store(&mut response);
        response
    }
}

fn no_store(response: &mut Response) {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

type Outcome<T> = std::result::Result<T, Refusal>;

fn refuse<T>(error: TokenError, description: &'static str) -> Outcome<T> {
    Err(Refusal::OAuth(error, description))
}

/// Who asks, with a secret or without.
struct Client {
    row: ApplicationRow,
    proven: bool,
}

/// Reads the form: nothing else than a form is read.
async fn form(request: Request) -> Outcome<(HeaderMap, TokenForm)> {
    let headers = request.headers().clone();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return refuse(TokenError::InvalidRequest, "the body is to be application/x-www-form-urlencoded");
    }
    let bytes = Bytes::from_request(request, &()).await.map_err(|_| Error::Code(Code::RequestTooLarge))?;
    match urlencoded::<TokenForm>(&bytes) {
        Ok(form) => Ok((headers, form)),
        Err(_) => refuse(TokenError::InvalidRequest, "the form is malformed or says something twice"),
    }
}

/// Id and secret out of a `Basic` header, each percent-encoded inside.
fn basic(headers: &HeaderMap) -> Basic {
    let text = headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok()).unwrap_or_default();
    let Some((scheme, rest)) = text.split_once(' ') else { return Basic::Absent };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Basic::Absent;
    }
    let read = || {
        let bytes = STANDARD.decode(rest.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        let plain = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
        Some((plain(id)?, plain(secret)?))
    };
    read().map_or(Basic::Broken, |(id, secret)| Basic::Said(id, secret))
}

/// What a `Basic` header says.
enum Basic {
    Absent,
    Broken,
    Said(String, String),
}

async fn client(cx: &Cx, headers: &HeaderMap, form: &TokenForm) -> Outcome<Client> {
    const WRONG: Refusal =
        Refusal::OAuth(TokenError::InvalidClient, "the application is unknown, or its secret is wrong");
    let (id, secret) = match basic(headers) {
        Basic::Broken => return Err(WRONG),
        Basic::Said(..) if form.client_secret.is_some() => {
            return refuse(TokenError::InvalidRequest, "the application is to say who it is in one way only");
        }
        Basic::Said(id, secret) => (id, Some(secret)),
        Basic::Absent => (form.client_id.clone().unwrap_or_default(), form.client_secret.clone()),
    };
    if form.client_id.as_ref().is_some_and(|given| *given != id) {
        return Err(WRONG);
    }
    let id: Id<ApplicationMarker> = id.parse().map_err(|_| WRONG)?;
    let row = store::application::get(&mut cx.db(), id).await?.ok_or(WRONG)?;
    let Some(secret) = secret.filter(|secret| !secret.is_empty()) else {
        // Programs on people's own machines have none: they prove themselves by what they asked with.
        return if row.settings.0.public_client { Ok(Client { row, proven: false }) } else { Err(WRONG) };
    };
    let kept = row.settings.0.client_secret.clone().unwrap_or_default();
    if bool::from(kept.as_bytes().ct_eq(digest(&secret).as_bytes())) {
        Ok(Client { row, proven: true })
    } else {
        Err(WRONG)
    }
}

async fn create_bearer_token(cx: Cx, request: Request) -> Response {
    match give(&cx, request).await {
        Ok(value) => {
            let mut response = Json(value).into_response();
            no_store(&mut response);
            response
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn give(cx: &Cx, request: Request) -> Outcome<Value> {
    let (headers, form) = form(request).await?;
    let kind = form.grant_type.as_deref().unwrap_or_default();
    if !["authorization_code", "refresh_token", "client_credentials"].contains(&kind) {
        return refuse(
            TokenError::UnsupportedGrantType,
            "grant_type is authorization_code, refresh_token or client_credentials",
        );
    }
    let client = client(cx, &headers, &form).await?;
    match kind {
        "authorization_code" => by_code(cx, &client, &form).await,
        "refresh_token" => by_refresh(cx, &client, &form).await,
        _ => by_itself(cx, &client, &form).await,
    }
}

/// A token with its secrets, which are told once.
fn new_token(
    cx: &Cx,
    authorization: Option<Id<GenericMarker>>,
    application: Id<ApplicationMarker>,
    user: Id<UserMarker>,
    scopes: String,
) -> (TokenRow, String, String) {
    let [secret, refresh] = [token::text(&cx.app.random::<24>()), token::text(&cx.app.random::<24>())];
    let row = TokenRow {
        id: cx.next_id(),
        authorization_id: authorization,
        application_id: application,
        user_id: user,
        scopes,
        token_hash: token::hash(&secret),
        // What an application got for itself it simply asks for again.
        refresh_hash: authorization.map(|_| token::hash(&refresh)),
        expires_at: cx.now().saturating_add(seconds(TOKEN_SECONDS)),
    };
    (row, secret, refresh)
}

fn told(row: &TokenRow, secret: String, refresh: String) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("token_type".into(), "Bearer".into());
    fields.insert("access_token".into(), secret.into());
    fields.insert("expires_in".into(), TOKEN_SECONDS.into());
    if row.refresh_hash.is_some() {
        fields.insert("refresh_token".into(), refresh.into());
    }
    fields.insert("scope".into(), row.scopes.clone().into());
    fields
}

/// Somebody who may still log in.
async fn alive(cx: &Cx, run: &mut dyn Run, id: Id<UserMarker>) -> Outcome<UserRow> {
    let row = store::user::get(run, id).await?;
    match row.filter(|row| row.deleted_at.is_none() && !row.is_suspended(cx.now())) {
        Some(row) => Ok(row),
        None => refuse(TokenError::InvalidGrant, "the account is gone or suspended"),
    }
}

/// Whether what was shown is what the asking was done with: RFC 7636.
fn proves(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) if is_verifier(verifier) => {
            let shown = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            shown.as_bytes().ct_eq(challenge.as_bytes()).into()
        }
        _ => false,
    }
}

async fn by_code(cx: &Cx, client: &Client, form: &TokenForm) -> Outcome<Value> {
    let Some(code) = form.code.as_deref().filter(|code| !code.is_empty()) else {
        return refuse(TokenError::InvalidRequest, "code is missing");
    };
    let mut work = cx.begin().await?.at(client.row.id);
    let found = store::oauth2::by_code(&mut work, &token::hash(code)).await?;
    let Some(row) = found.filter(|row| row.expires_at > cx.now()) else {
        return refuse(TokenError::InvalidGrant, "the code is unknown, used or over");
    };
    let authorization = store::oauth2::get(&mut work, row.authorization_id).await?;
    let Some(authorization) = authorization.filter(|found| found.application_id == client.row.id) else {
        return refuse(TokenError::InvalidGrant, "the code is unknown, used or over");
    };
    if let Some(given) = row.token_id {
        // One of the two who used it should not have it: RFC 6749, section 4.1.2.
        store::oauth2::delete_token(&mut work, given).await?;
        work.commit().await?;
        return refuse(TokenError::InvalidGrant, "the code is unknown, used or over");
    }
    if row.redirect_uri.is_some() && row.redirect_uri != form.redirect_uri {
        return refuse(TokenError::InvalidGrant, "redirect_uri is not where the code was sent");
    }
    if !proves(row.challenge.as_deref(), form.code_verifier.as_deref()) || (!client.proven && row.challenge.is_none()) {
        return refuse(TokenError::InvalidGrant, "code_verifier does not fit");
    }
    let user = alive(cx, &mut work, authorization.user_id).await?;
    let (token, secret, refresh) = new_token(cx, Some(authorization.id), client.row.id, user.id, row.scopes.clone());
    if !store::oauth2::use_code(&mut work, row.id, token.id).await? {
        return refuse(TokenError::InvalidGrant, "the code is unknown, used or over");
    }
    store::oauth2::insert_token(&mut work, &token).await?;
    let mut fields = told(&token, secret.clone(), refresh);
    beside(cx, &mut work, &client.row, &row, &mut fields).await?;
    work.commit().await?;
    if split(&row.scopes).iter().any(|scope| scope == "openid") {
        let id_token =
            openid::id_token(&cx.app, &user, client.row.id, &split(&row.scopes), row.nonce.as_deref(), &secret).await?;
        fields.insert("id_token".into(), id_token.into());
    }
    Ok(fields.into())
}

/// What was made on the way: a bot in a guild, a webhook.
async fn beside(
    cx: &Cx,
    work: &mut Work,
    application: &ApplicationRow,
    code: &CodeRow,
    fields: &mut Map<String, Value>,
) -> Outcome<()> {
    if let Some(guild) = code.guild_id.and_then(|id| cx.app.bus().guild(id))
        && store::integration::get(work, guild.id(), application.id).await?.is_some()
    {
        fields.insert("guild".into(), json!(guild.guild));
    }
    if let Some(id) = code.webhook_id
        && let Some(row) = store::webhook::get(work, id).await?
    {
        fields.insert("webhook".into(), json!(crate::webhook::with_secret(&cx.app, &row, None)));
    }
    Ok(())
}

async fn by_refresh(cx: &Cx, client: &Client, form: &TokenForm) -> Outcome<Value> {
    let Some(refresh) = form.refresh_token.as_deref().filter(|text| !text.is_empty()) else {
        return refuse(TokenError::InvalidRequest, "refresh_token is missing");
    };
    let hash = token::hash(refresh);
    let mut work = cx.begin().await?.at(client.row.id);
    let found = store::oauth2::by_either(&mut work, &hash).await?;
    let found = found.filter(|row| row.application_id == client.row.id && row.refresh_hash.as_ref() == Some(&hash));
    let Some(mut row) = found else {
        return refuse(TokenError::InvalidGrant, "the refresh token is unknown or was used");
    };
    alive(cx, &mut work, row.user_id).await?;
    if let Some(asked) = form.scope.as_deref().filter(|text| !text.is_empty()) {
        let held = split(&row.scopes);
        match scopes(asked).filter(|asked| asked.iter().all(|scope| held.contains(scope))) {
            Some(asked) => row.scopes = join(&asked),
            None => return refuse(TokenError::InvalidScope, "a scope was not granted"),
        }
    }
    let (fresh, secret, refresh) =
        new_token(cx, row.authorization_id, row.application_id, row.user_id, row.scopes.clone());
    let row = TokenRow { id: row.id, ..fresh };
    // Each is good once: whoever comes second has stolen it, or was robbed.
    if !store::oauth2::rotate(&mut work, &row, &hash).await? {
        return refuse(TokenError::InvalidGrant, "the refresh token is unknown or was used");
    }
    work.commit().await?;
    Ok(told(&row, secret, refresh).into())
}

/// A token for the application's own maker.
async fn by_itself(cx: &Cx, client: &Client, form: &TokenForm) -> Outcome<Value> {
    if !client.proven {
        return refuse(TokenError::UnauthorizedClient, "an application without a secret gets nothing for itself");
    }
    let asked = form.scope.as_deref().filter(|text| !text.is_empty()).unwrap_or("identify");
    let scopes = scopes(asked)
        .filter(|scopes| scopes.iter().all(|scope| !["bot", "openid", "webhook.incoming"].contains(&scope.as_str())));
    let Some(scopes) = scopes else {
        return refuse(TokenError::InvalidScope, "a scope is unknown, or cannot be had in this way");
    };
    let mut work = cx.begin().await?.at(client.row.id);
    let user = alive(cx, &mut work, client.row.owner_id).await?;
    let (row, secret, refresh) = new_token(cx, None, client.row.id, user.id, join(&scopes));
    store::oauth2::insert_token(&mut work, &row).await?;
    work.commit().await?;
    Ok(told(&row, secret, refresh).into())
}

async fn revoke_bearer_token(cx: Cx, request: Request) -> Response {
    match revoke(&cx, request).await {
        Ok(()) => Json(json!({})).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// Ends a token with everything that came of the same authorization. One that is unknown has ended already.
async fn revoke(cx: &Cx, request: Request) -> Outcome<()> {
    let (headers, form) = form(request).await?;
    let client = client(cx, &headers, &form).await?;
    let Some(secret) = form.token.as_deref().filter(|text| !text.is_empty()) else {
        return refuse(TokenError::InvalidRequest, "token is missing");
    };
    let mut work = cx.begin().await?.at(client.row.id);
    let found = store::oauth2::by_either(&mut work, &token::hash(secret)).await?;
    let Some(row) = found.filter(|row| row.application_id == client.row.id) else { return Ok(()) };
    match row.authorization_id {
        Some(id) => {
            if let Some(authorization) = store::oauth2::get(&mut work, id).await? {
                super::deauthorize(&cx.app, &mut work, &authorization).await?;
            }
        }
        None => store::oauth2::delete_token(&mut work, row.id).await?,
    }
    work.commit().await?;
    crate::webhook_event::hurry(&cx.app);
    Ok(())
}
