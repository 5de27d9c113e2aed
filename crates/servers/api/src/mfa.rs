//! The second factor: codes of an app, backup codes, and the second step of a login.

mod code;
pub(crate) mod ticket;

use guildhall_store as store;
use guildhall_store::ticket::TicketRow;
use guildhall_store::user::UserRow;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::auth::{close_login, open_session, require_password, rotate_session};
use crate::kernel::error::RateLimited;
use crate::prelude::*;
use ticket::Ticket;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/auth/mfa/totp", log_in_by_totp, Need::Nobody)
        .limit(12, 60)
        .post("/auth/mfa/backup", log_in_by_backup_code, Need::Nobody)
        .limit(12, 60)
        .post("/auth/mfa/webauthn", log_in_by_webauthn, Need::Nobody)
        .limit(12, 60)
        .post("/users/@me/mfa/totp/enable", enable_totp, Need::Person)
        .limit(10, 60)
        .post("/users/@me/mfa/totp/disable", disable_totp, Need::Person)
        .limit(10, 60)
        .post("/users/@me/mfa/codes", backup_codes, Need::Person)
        .limit(10, 60)
}

pub(crate) fn own_routes() -> Routes {
    Routes::new().post("/users/me/totp/secret", new_totp_secret, Need::Person)
}

/// How long the second step of a login may take.
const MINUTES: i64 = 10;

/// How often it may be tried with all tickets of an account in that time.
const MOST: i64 = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SecondStep {
    ticket: String,
    code: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Enable {
    password: String,
    secret: String,
    code: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Password {
    password: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Codes {
    password: String,
    regenerate: guildhall_wire::loose::Bool,
}

#[derive(Debug, Serialize)]
struct LoggedIn {
    token: String,
    user_id: Id<UserMarker>,
}

/// One backup code; only when it is new does anybody know it.
#[derive(Debug, Serialize)]
pub(crate) struct BackupCode {
    code: Option<String>,
    consumed: bool,
}

/// What a login gives whose password was right and that needs a second factor.
pub(crate) async fn challenge(cx: &Cx, row: &UserRow) -> Result<Value> {
    require_patience(cx, row).await?;
    let (state, webauthn) = crate::passkey::challenge(cx, row).await?.unzip();
    let ticket = Ticket::Login.issue(cx, Some(row.id), state.unwrap_or_default(), MINUTES).await?;
    let backup = store::mfa::codes_consumed(&mut cx.db(), row.id).await?.contains(&false);
    Ok(json!({
        "user_id": row.id,
        "mfa": true,
        "ticket": ticket,
        "totp": row.totp_secret.is_some(),
        "webauthn": webauthn,
        "backup": backup,
        "token": null,
    }))
}

/// Refuses an account whose second step was tried too often.
async fn require_patience(cx: &Cx, row: &UserRow) -> Result<()> {
    if store::ticket::attempts(&mut cx.db(), row.id, Ticket::Login.name(), cx.now()).await? < MOST {
        return Ok(());
    }
    #[expect(clippy::cast_precision_loss, reason = "some minutes")]
    let retry_after = (MINUTES * 60) as f64;
    Err(Error::RateLimited(RateLimited { retry_after, global: false, scope: "user", bucket: None }))
}

/// The account whose login waits with a ticket. The try is counted before anything is looked at.
async fn waiting(cx: &Cx, text: &str) -> Result<(TicketRow, UserRow)> {
    let ticket = Ticket::Login.attempt(cx, text).await?;
    let user = ticket.user_id.ok_or(Code::InvalidMfaTicket)?;
    let row = store::user::get(&mut cx.db(), user).await?.filter(|row| row.deleted_at.is_none());
    let row = row.ok_or(Code::InvalidMfaTicket)?;
    let tried = store::ticket::attempts(&mut cx.db(), row.id, Ticket::Login.name(), cx.now()).await?;
    if tried > MOST {
        require_patience(cx, &row).await?;
    }
    if row.is_suspended(cx.now()) {
        return Err(Error::Suspended(row.suspended_until.map(store::timestamp)));
    }
    Ok((ticket, row))
}

/// Ends the second step: the ticket is used up and a login begins.
async fn finish(cx: &Cx, mut work: Work, row: &UserRow, ticket: &str) -> Result<Json<LoggedIn>> {
    Ticket::Login.take(&mut work, ticket).await?;
    let token = open_session(cx, &mut work, row.id).await?;
    work.commit().await?;
    Ok(Json(LoggedIn { token, user_id: row.id }))
}

async fn log_in_by_totp(cx: Cx, Json(body): Json<SecondStep>) -> Result<Json<LoggedIn>> {
    let (_, row) = waiting(&cx, &body.ticket).await?;
    let step = code::step(&cx.app, &row, &body.code)?.ok_or(Code::InvalidMfaCode)?;
    let mut work = cx.begin().await?.at(row.id);
    // A code that somebody looked at over a shoulder is worth nothing when it was used.
    if !store::mfa::use_step(&mut work, row.id, step).await? {
        return Err(Code::InvalidMfaCode.into());
    }
    finish(&cx, work, &row, &body.ticket).await
}

async fn log_in_by_backup_code(cx: Cx, Json(body): Json<SecondStep>) -> Result<Json<LoggedIn>> {
    let (_, row) = waiting(&cx, &body.ticket).await?;
    let hash = code::backup_hash(&cx.app, row.id, &body.code);
    let mut work = cx.begin().await?.at(row.id);
    if !store::mfa::use_code(&mut work, row.id, &hash, cx.now()).await? {
        return Err(Code::InvalidMfaCode.into());
    }
    finish(&cx, work, &row, &body.ticket).await
}

async fn log_in_by_webauthn(cx: Cx, Json(body): Json<SecondStep>) -> Result<Json<LoggedIn>> {
    let (ticket, row) = waiting(&cx, &body.ticket).await?;
    let work = crate::passkey::verify(&cx, &ticket, &row, &body.code).await?;
    finish(&cx, work, &row, &body.ticket).await
}

async fn new_totp_secret(cx: Cx) -> Result<Json<Value>> {
    let settings = crate::instance::settings(&cx).await?;
    let totp = code::totp(&cx.app.random::<20>(), &cx.account()?.row.username, &settings.name)?;
    let uri = totp.to_url().map_err(|error| Error::Internal(format!("failed to write an otpauth address: {error}")))?;
    Ok(Json(json!({ "secret": totp.secret().to_base32(), "uri": uri })))
}

/// New backup codes in the place of all old ones.
pub(crate) async fn renew_codes(cx: &Cx, work: &mut Work, user: Id<UserMarker>) -> Result<Vec<BackupCode>> {
    let codes: Vec<_> = (0..code::BACKUP_CODES).map(|_| code::backup(&cx.app)).collect();
    let hashes: Vec<_> = codes.iter().map(|text| code::backup_hash(&cx.app, user, text)).collect();
    store::mfa::replace_codes(work, user, &hashes).await?;
    Ok(codes.into_iter().map(|code| BackupCode { code: Some(code), consumed: false }).collect())
}

/// The account as it is now, to change its second factor; refused where that is on or off already.
async fn factor(cx: &Cx, work: &mut Work, on: bool) -> Result<UserRow> {
    let row = store::user::get_for_update(work, cx.user()?).await?.ok_or(Code::UnknownUser)?;
    match (row.totp_secret.is_some(), on) {
        (true, false) => Err(Code::MfaEnabled.into()),
        (false, true) => Err(Code::MfaNotEnabled.into()),
        _ => Ok(row),
    }
}

/// Switches the second factor on. Logins that were made without one end, this one goes on with another token.
async fn enable_totp(cx: Cx, Json(body): Json<Enable>) -> Result<Json<Value>> {
    let account = cx.account()?.clone();
    require_password(&cx, body.password).await?;
    let secret = code::read_secret(&body.secret)?;
    let step = code::check(&secret, &body.code, cx.now())?.ok_or(Code::InvalidMfaCode)?;
    let mut work = cx.begin().await?.at(account.id());
    let mut row = factor(&cx, &mut work, false).await?;
    row.totp_secret = Some(code::seal(&cx.app, row.id, &secret)?);
    row.totp_step = Some(step);
    store::user::update(&mut work, &row).await?;
    let codes = renew_codes(&cx, &mut work, row.id).await?;
    let ended = store::session::delete_others(&mut work, row.id, Some(account.session)).await?;
    let token = rotate_session(&cx, &mut work).await?;
    work.emit(Event::UserUpdate(row.current()).to(row.id));
    work.commit().await?;
    crate::auth::close_logins(&cx.app, row.id, ended);
    close_login(&cx)?;
    Ok(Json(json!({ "token": token, "backup_codes": codes })))
}

async fn disable_totp(cx: Cx, Json(body): Json<Password>) -> Result<Json<Value>> {
    let account = cx.account()?.clone();
    require_password(&cx, body.password).await?;
    let mut work = cx.begin().await?.at(account.id());
    let mut row = factor(&cx, &mut work, true).await?;
    let token = rotate_session(&cx, &mut work).await?;
    row.totp_secret = None;
    row.totp_step = None;
    store::user::update(&mut work, &row).await?;
    switched_off(&mut work, &row).await?;
    work.commit().await?;
    close_login(&cx)?;
    Ok(Json(json!({ "token": token })))
}

/// One factor of an account is off: without another one its backup codes are worth nothing, and it is told.
pub(crate) async fn switched_off(work: &mut Work, row: &UserRow) -> Result<()> {
    if !row.has_second_factor() {
        store::mfa::replace_codes(work, row.id, &[]).await?;
    }
    store::ticket::forget(work, row.id).await?;
    work.emit(Event::UserUpdate(row.current()).to(row.id));
    Ok(())
}

/// Switches the second factor of somebody off who lost it: for the command line.
pub async fn reset(app: &crate::App, id: Id<UserMarker>) -> Result<()> {
    let mut work = app.begin().await?.at(id);
    let row = store::user::get_for_update(&mut work, id).await?.ok_or(Code::UnknownUser)?;
    reset_by(app, &mut work, None, row).await?;
    work.commit().await
}

/// The same by one of the staff.
pub(crate) async fn reset_by(app: &crate::App, work: &mut Work, by: Option<&UserRow>, mut row: UserRow) -> Result<()> {
    (row.totp_secret, row.totp_step, row.asks_passkey) = (None, None, false);
    store::user::update(work, &row).await?;
    switched_off(work, &row).await?;
    let about = json!({ "username": row.username });
    work.note(crate::admin::deed(app, by, "user.reset_mfa", row.id, about)).await
}

/// Which backup codes are left, or new ones in their place.
async fn backup_codes(cx: Cx, Json(body): Json<Codes>) -> Result<Json<Value>> {
    let account = cx.account()?.clone();
    require_password(&cx, body.password).await?;
    let mut work = cx.begin().await?.at(account.id());
    let mut row = store::user::get_for_update(&mut work, account.id()).await?.ok_or(Code::UnknownUser)?;
    let codes = if !row.has_second_factor() {
        if !body.regenerate.0 || store::passkey::of_user(&mut work, row.id).await?.is_empty() {
            return Err(Code::MfaNotEnabled.into());
        }
        // With a way back at hand, a login may ask for the passkey that is there.
        crate::passkey::ask(&cx, &mut work, &mut row).await?
    } else if body.regenerate.0 {
        renew_codes(&cx, &mut work, row.id).await?
    } else {
        let consumed = store::mfa::codes_consumed(&mut work, row.id).await?;
        consumed.into_iter().map(|consumed| BackupCode { code: None, consumed }).collect()
    };
    work.commit().await?;
    Ok(Json(json!({ "backup_codes": codes })))
}
