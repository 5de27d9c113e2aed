//! Accounts and logins: register, log in, log out, list and end sessions. Passwords are in [`password`].

mod password;

use guildhall_bus::CloseReason;
use guildhall_store as store;
use guildhall_store::session::SessionRow;
use guildhall_store::user::UserRow;
use guildhall_wire::admin::Rank;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kernel::token;
use crate::prelude::*;

pub(crate) use password::{Hashers, check_length, hash_password, link, password_link_by, require_password};
pub use password::{password_link, set_password};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/auth/register", register, Need::Nobody)
        .limit(8, 60)
        .post("/auth/login", login, Need::Nobody)
        .limit(12, 60)
        .post("/auth/reset", password::reset_password, Need::Nobody)
        .limit(12, 60)
        .post("/auth/logout", logout, Need::Account)
}

pub(crate) fn own_routes() -> Routes {
    Routes::new()
        .get("/sessions", list_sessions, Need::Person)
        .delete("/sessions/{session_id}", end_session, Need::Person)
        .post("/sessions/revoke-others", end_other_sessions, Need::Person)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Register {
    username: String,
    email: String,
    password: String,
    global_name: Option<String>,
    invite: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Login {
    login: String,
    password: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Password {
    password: String,
}

#[derive(Debug, Serialize)]
struct LoggedIn {
    token: String,
    user_id: Id<UserMarker>,
    mfa: bool,
}

/// Checks name, address and password of a new account.
pub(crate) fn validate(username: &str, email: &str, password: &str) -> Result<()> {
    let mut errors = FormErrors::new();
    let length = username.chars().count();
    if !(3..=24).contains(&length) {
        errors.at("username").push("BASE_TYPE_BAD_LENGTH", "Must be between 3 and 24 in length.");
    } else if !username.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        errors.at("username").push("USERNAME_INVALID", "Only letters, digits and underscores.");
    }
    if !is_email(email) {
        errors.at("email").push("EMAIL_TYPE_INVALID_EMAIL", "Not a well formed email address.");
    }
    check_length("password", password, &mut errors);
    Ok(errors.finish()?)
}

/// One `@` with something sensible on both sides, at most 254 characters.
pub(crate) fn is_email(email: &str) -> bool {
    let sane =
        email.len() <= 254 && !email.chars().any(|character| character.is_whitespace() || character.is_control());
    let mut halves = email.split('@');
    match (halves.next(), halves.next(), halves.next()) {
        (Some(local), Some(domain), None) => {
            sane && !local.is_empty() && !domain.is_empty() && !domain.starts_with('.') && !domain.ends_with('.')
        }
        _ => false,
    }
}

/// The error of a name or address that somebody has.
pub(crate) fn taken(error: guildhall_db::Error) -> Error {
    match error {
        guildhall_db::Error::Unique(index) if index.contains("email") => {
            Error::form("email", "EMAIL_ALREADY_REGISTERED", "Email is already registered.")
        }
        guildhall_db::Error::Unique(_) => Error::form("username", "USERNAME_ALREADY_TAKEN", "Username is unavailable."),
        other => other.into(),
    }
}

/// A new login of an account; gives its token.
pub(crate) async fn open_session(cx: &Cx, work: &mut Work, user: Id<UserMarker>) -> Result<String> {
    let token = token::new(user, cx.app.clock().millis(), &cx.app.random());
    let row = SessionRow {
        id: cx.next_id(),
        user_id: user,
        token_hash: token::hash(&token),
        last_used_at: cx.now(),
        user_agent: cx.user_agent.clone(),
        address: cx.address.clone(),
    };
    store::session::insert(work, &row).await?;
    Ok(token)
}

/// Ends the gateway sessions of logins that ended.
pub(crate) fn close_logins(app: &crate::App, user: Id<UserMarker>, ended: Vec<Id<GenericMarker>>) {
    for id in ended {
        app.bus().close(user, Some(id.get()), CloseReason::AuthenticationFailed);
    }
}

/// Ends the gateway sessions of the login that asks: whoever has its new token comes back by it.
pub(crate) fn close_login(cx: &Cx) -> Result<()> {
    let account = cx.account()?;
    cx.app.bus().close(account.id(), Some(account.session.get()), CloseReason::AuthenticationFailed);
    Ok(())
}

/// Another token for the login that asks: the old one is worth nothing any more. Once it is kept, [`close_login`] ends what was
/// begun with the old one.
pub(crate) async fn rotate_session(cx: &Cx, work: &mut Work) -> Result<String> {
    let account = cx.account()?;
    let token = token::new(account.id(), cx.app.clock().millis(), &cx.app.random());
    store::session::rotate(work, account.session, &token::hash(&token)).await?;
    Ok(token)
}

/// An account as it begins, checked but not yet kept.
pub(crate) async fn new_user(app: &crate::App, username: &str, email: &str, password: String) -> Result<UserRow> {
    validate(username, email, &password)?;
    let mut row = UserRow::new(app.next_id(), username, false);
    row.email = Some(email.to_owned());
    row.email_key = Some(email.to_lowercase());
    row.password_hash = Some(hash_password(app, password).await?);
    Ok(row)
}

/// Makes an account without a login: for the command line.
pub async fn create_user(
    app: &crate::App,
    username: &str,
    email: &str,
    password: String,
    rank: i64,
) -> Result<UserRow> {
    let row = UserRow { rank, ..new_user(app, username, email, password).await? };
    let mut work = app.begin().await?;
    insert_user(app, &mut work, &row).await?;
    work.commit().await?;
    Ok(row)
}

/// The same with an address, good once and for a day, under which they choose their password.
pub async fn invite_user(
    app: &crate::App,
    username: &str,
    email: &str,
    rank: i64,
) -> Result<(UserRow, String, Timestamp)> {
    // Nobody knows this one, and nobody will.
    let unknown = token::text(&app.random::<36>());
    let row = UserRow { rank, ..new_user(app, username, email, unknown).await? };
    let mut work = app.begin().await?;
    insert_user(app, &mut work, &row).await?;
    let (url, until) = link(app, &mut work, &row).await?;
    work.commit().await?;
    Ok((row, url, until))
}

async fn insert_user(app: &crate::App, work: &mut Work, row: &UserRow) -> Result<()> {
    if row.rank >= guildhall_rules::staff::rank::OWNER {
        // There is an owner now: nobody becomes one by the setup link that was printed before.
        crate::instance::close_setup(work).await?;
    }
    store::user::insert(work, row).await.map_err(taken)?;
    let about = json!({ "username": row.username, "rank": Rank::from_number(row.rank) });
    work.note(crate::admin::deed(app, None, "user.create", row.id, about)).await
}

async fn register(cx: Cx, Json(body): Json<Register>) -> Result<Created<LoggedIn>> {
    let settings = crate::instance::settings(&cx).await?;
    let invite = match &body.invite {
        Some(code) => store::invite::get(&mut cx.db(), code).await?.filter(|invite| invite.is_valid(cx.now())),
        None => None,
    };
    match settings.registration.as_str() {
        "open" => {}
        "invite" if invite.is_some() => {}
        _ => return Err(Code::RegistrationClosed.into()),
    }
    let email = body.email.trim();
    let global_name = crate::user::display_name(body.global_name.as_deref())?;
    let mut row = new_user(&cx.app, &body.username, email, body.password).await?;
    row.global_name = global_name;
    let mut work = cx.begin().await?.at(row.id);
    store::user::insert(&mut work, &row).await.map_err(taken)?;
    let token = open_session(&cx, &mut work, row.id).await?;
    if let Some(invite) = invite {
        crate::member::enter(&cx, &mut work, &row, invite.guild_id, Some(&invite)).await?;
    }
    work.commit().await?;
    Ok(Created(LoggedIn { token, user_id: row.id, mfa: false }))
}

async fn login(cx: Cx, Json(body): Json<Login>) -> Result<Json<Value>> {
    let login = body.login.trim();
    let row = if login.contains('@') {
        store::user::by_email(&mut cx.db(), login).await?
    } else {
        store::user::by_username(&mut cx.db(), login).await?
    };
    let matches = password::check(&cx, row.as_ref(), login, body.password).await?;
    let Some(row) = row.filter(|_| matches) else {
        let mut errors = FormErrors::new();
        for field in ["login", "password"] {
            errors.at(field).push("INVALID_LOGIN", "Login or password is invalid.");
        }
        return Err(errors.into());
    };
    admit(&cx, &row).await
}

/// What somebody gets who has shown who they are: a token, or the second step where there is one.
async fn admit(cx: &Cx, row: &UserRow) -> Result<Json<Value>> {
    if row.is_suspended(cx.now()) {
        return Err(Error::Suspended(row.suspended_until.map(store::timestamp)));
    }
    if row.has_second_factor() {
        return Ok(Json(crate::mfa::challenge(cx, row).await?));
    }
    let mut work = cx.begin().await?.at(row.id);
    let token = open_session(cx, &mut work, row.id).await?;
    work.commit().await?;
    Ok(Json(json!({ "user_id": row.id, "token": token, "mfa": false })))
}

async fn logout(cx: Cx) -> Result<NoContent> {
    let account = cx.account()?;
    let mut work = cx.begin().await?.at(account.id());
    store::session::delete(&mut work, account.id(), account.session).await?;
    work.commit().await?;
    cx.app.bus().close(account.id(), Some(account.session.get()), CloseReason::AuthenticationFailed);
    Ok(NoContent)
}

/// A login as its owner and staff see it; `current` is the one that asks.
pub(crate) fn session_of(row: &SessionRow, current: Option<Id<GenericMarker>>) -> Value {
    let created = i64::try_from(created_ms(row.id)).unwrap_or_default() * 1000;
    json!({
        "id": row.id,
        "created_at": store::timestamp(created),
        "last_used_at": store::timestamp(row.last_used_at),
        "user_agent": row.user_agent,
        "address": row.address,
        "current": Some(row.id) == current,
    })
}

async fn list_sessions(cx: Cx) -> Result<Json<Vec<Value>>> {
    let account = cx.account()?;
    let rows = store::session::of_user(&mut cx.db(), account.id()).await?;
    Ok(Json(rows.iter().map(|row| session_of(row, Some(account.session))).collect()))
}

async fn end_session(cx: Cx, Path((id,)): Path<(Id<GenericMarker>,)>) -> Result<NoContent> {
    let user = cx.user()?;
    let mut work = cx.begin().await?.at(user);
    if !store::session::delete(&mut work, user, id).await? {
        return Err(Code::UnknownSession.into());
    }
    work.commit().await?;
    cx.app.bus().close(user, Some(id.get()), CloseReason::AuthenticationFailed);
    Ok(NoContent)
}

async fn end_other_sessions(cx: Cx, Json(body): Json<Password>) -> Result<NoContent> {
    let account = cx.account()?;
    require_password(&cx, body.password).await?;
    let mut work = cx.begin().await?.at(account.id());
    let gone = store::session::delete_others(&mut work, account.id(), Some(account.session)).await?;
    work.commit().await?;
    close_logins(&cx.app, account.id(), gone);
    Ok(NoContent)
}
