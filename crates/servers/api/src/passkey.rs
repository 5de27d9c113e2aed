//! Passkeys: made and removed by their owners, and used to log in, alone or as second factor.

mod party;

use guildhall_store as store;
use guildhall_store::passkey::PasskeyRow;
use guildhall_store::ticket::TicketRow;
use guildhall_store::user::UserRow;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::Webauthn;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};

use crate::auth::{open_session, require_password};
use crate::mfa::BackupCode;
use crate::mfa::ticket::Ticket;
use crate::prelude::*;

pub(crate) use party::party;

pub(crate) fn own_routes() -> Routes {
    Routes::new()
        .get("/passkeys", list_passkeys, Need::Person)
        .patch("/passkeys/{passkey_id}", rename_passkey, Need::Person)
        .delete("/passkeys/{passkey_id}", delete_passkey, Need::Person)
        .post("/passkeys/register/start", start_registration, Need::Person)
        .limit(10, 60)
        .post("/passkeys/register/finish", finish_registration, Need::Person)
        .limit(10, 60)
        .post("/passkeys/login/start", start_login, Need::Nobody)
        .limit(12, 60)
        .post("/passkeys/login/finish", finish_login, Need::Nobody)
        .limit(12, 60)
}

/// Most passkeys of one account.
const MOST: usize = 25;

/// How long a device may take.
const MINUTES: i64 = 5;

/// A passkey as its owner sees it.
#[derive(Debug, Serialize)]
struct OwnPasskey {
    id: Id<GenericMarker>,
    name: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl From<PasskeyRow> for OwnPasskey {
    fn from(row: PasskeyRow) -> Self {
        let created = i64::try_from(created_ms(row.id)).unwrap_or_default().saturating_mul(1000);
        Self {
            id: row.id,
            name: row.name,
            created_at: store::timestamp(created),
            last_used_at: row.last_used_at.map(store::timestamp),
        }
    }
}

/// A new passkey. With the first one come backup codes: from then on a password alone does not log in.
#[derive(Debug, Serialize)]
struct NewPasskey {
    #[serde(flatten)]
    passkey: OwnPasskey,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_codes: Option<Vec<BackupCode>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Password {
    password: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Registration {
    ticket: String,
    name: String,
    credential: Option<RegisterPublicKeyCredential>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Name {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Login {
    ticket: String,
    credential: Option<PublicKeyCredential>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Nothing {}

/// The relying party; an instance whose address browsers do not trust has none.
fn relying(cx: &Cx) -> Result<&Webauthn> {
    cx.app.passkeys().ok_or(Error::Message(Code::NotFound, "Passkeys need an https address with a name".into()))
}

/// What a refused credential is told: not more than that it was refused.
fn refused(field: &'static str) -> impl Fn(webauthn_rs::prelude::WebauthnError) -> Error {
    move |error| {
        tracing::debug!(%error, "a passkey was refused");
        Error::form(field, "WEBAUTHN_INVALID", "The passkey could not be verified.")
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("failed to use a passkey: {error}"))
}

fn write<T: Serialize>(state: &T) -> Result<String> {
    serde_json::to_string(state).map_err(internal)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(internal)
}

/// An account as devices know it: its id in 16 bytes.
fn handle(user: Id<UserMarker>) -> Uuid {
    Uuid::from_u128(u128::from(user.get()))
}

fn required(field: &str) -> Error {
    Error::form(field, "BASE_TYPE_REQUIRED", "This field is required")
}

async fn list_passkeys(cx: Cx) -> Result<Json<Vec<OwnPasskey>>> {
    let rows = store::passkey::of_user(&mut cx.db(), cx.user()?).await?;
    Ok(Json(rows.into_iter().map(OwnPasskey::from).collect()))
}

/// The name of a passkey as it is kept.
fn tidy(name: &str) -> Result<&str> {
    let name = name.trim();
    let mut errors = FormErrors::new();
    errors.length("name", name, 1, 100);
    errors.finish()?;
    Ok(name)
}

async fn rename_passkey(
    cx: Cx,
    Path((id,)): Path<(Id<GenericMarker>,)>,
    Json(body): Json<Name>,
) -> Result<Json<OwnPasskey>> {
    let user = cx.user()?;
    let name = tidy(&body.name)?;
    let mut work = cx.begin().await?.at(user);
    if !store::passkey::rename(&mut work, user, id, name).await? {
        return Err(Code::NotFound.into());
    }
    let row = store::passkey::of_user(&mut work, user).await?.into_iter().find(|row| row.id == id);
    work.commit().await?;
    Ok(Json(row.ok_or(Code::NotFound)?.into()))
}

/// Removes a passkey. With the last one goes the second factor that it was.
async fn delete_passkey(
    cx: Cx,
    Path((id,)): Path<(Id<GenericMarker>,)>,
    Json(body): Json<Password>,
) -> Result<NoContent> {
    let user = cx.user()?;
    require_password(&cx, body.password).await?;
    let mut work = cx.begin().await?.at(user);
    let mut row = store::user::get_for_update(&mut work, user).await?.ok_or(Code::UnknownUser)?;
    if !store::passkey::delete(&mut work, user, id).await? {
        return Err(Code::NotFound.into());
    }
    if row.asks_passkey && store::passkey::of_user(&mut work, user).await?.is_empty() {
        row.asks_passkey = false;
        store::user::update(&mut work, &row).await?;
        crate::mfa::switched_off(&mut work, &row).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}

async fn start_registration(cx: Cx, Json(body): Json<Password>) -> Result<Json<Value>> {
    let row = cx.account()?.row.clone();
    let party = relying(&cx)?;
    require_password(&cx, body.password).await?;
    let known = known(&cx, row.id).await?;
    if known.len() >= MOST {
        return Err(Error::Message(Code::InvalidForm, "Maximum number of passkeys reached (25)".into()));
    }
    let exclude = known.iter().map(|key| key.cred_id().clone()).collect();
    let shown = row.global_name.as_deref().unwrap_or(&row.username);
    let (mut options, state) =
        party.start_passkey_registration(handle(row.id), &row.username, shown, Some(exclude)).map_err(internal)?;
    options.public_key.rp.name = crate::instance::settings(&cx).await?.name.clone();
    if let Some(selection) = &mut options.public_key.authenticator_selection {
        // The device keeps whose key it is, so that nobody has to say who they are when they log in.
        selection.resident_key = Some(webauthn_rs_proto::ResidentKeyRequirement::Required);
        selection.require_resident_key = true;
    }
    let ticket = Ticket::PasskeyRegistration.issue(&cx, Some(row.id), write(&state)?, MINUTES).await?;
    Ok(Json(json!({ "ticket": ticket, "options": options })))
}

/// The passkeys of an account as they verify.
async fn known(cx: &Cx, user: Id<UserMarker>) -> Result<Vec<Passkey>> {
    store::passkey::of_user(&mut cx.db(), user).await?.iter().map(|row| read(&row.credential)).collect()
}

/// From now on a login with a password asks for a passkey. Gives new backup codes, unless there are some.
pub(crate) async fn ask(cx: &Cx, work: &mut Work, row: &mut UserRow) -> Result<Vec<BackupCode>> {
    let known = row.has_second_factor();
    row.asks_passkey = true;
    store::user::update(work, row).await?;
    let codes = if known { Vec::new() } else { crate::mfa::renew_codes(cx, work, row.id).await? };
    work.emit(Event::UserUpdate(row.current()).to(row.id));
    Ok(codes)
}

async fn finish_registration(cx: Cx, Json(body): Json<Registration>) -> Result<Created<NewPasskey>> {
    let user = cx.user()?;
    let party = relying(&cx)?;
    let name = tidy(&body.name)?;
    let credential = body.credential.ok_or_else(|| required("credential"))?;
    let ticket = Ticket::PasskeyRegistration.attempt(&cx, &body.ticket).await?;
    if ticket.user_id != Some(user) {
        return Err(Code::InvalidMfaTicket.into());
    }
    let state: PasskeyRegistration = read(&ticket.state)?;
    let key = party.finish_passkey_registration(&credential, &state).map_err(refused("credential"))?;
    let row = PasskeyRow {
        id: cx.next_id(),
        user_id: user,
        credential_id: key.cred_id().clone(),
        name: name.to_owned(),
        credential: write(&key)?,
        last_used_at: None,
    };
    let mut work = cx.begin().await?.at(user);
    Ticket::PasskeyRegistration.take(&mut work, &body.ticket).await?;
    store::passkey::insert(&mut work, &row).await.map_err(|error| match error {
        guildhall_db::Error::Unique(_) => Error::form("credential", "WEBAUTHN_KNOWN", "This passkey is known already."),
        other => other.into(),
    })?;
    let mut account = store::user::get_for_update(&mut work, user).await?.ok_or(Code::UnknownUser)?;
    let codes = if account.asks_passkey { Vec::new() } else { ask(&cx, &mut work, &mut account).await? };
    work.commit().await?;
    Ok(Created(NewPasskey { passkey: row.into(), backup_codes: Some(codes).filter(|codes| !codes.is_empty()) }))
}

async fn start_login(cx: Cx, _: Json<Nothing>) -> Result<Json<Value>> {
    let (mut options, state) = relying(&cx)?.start_discoverable_authentication().map_err(internal)?;
    // Whether it is offered beside the name or by a button is for the page to say.
    options.mediation = None;
    let ticket = Ticket::PasskeyLogin.issue(&cx, None, write(&state)?, MINUTES).await?;
    Ok(Json(json!({ "ticket": ticket, "options": options })))
}

async fn finish_login(cx: Cx, Json(body): Json<Login>) -> Result<Json<Value>> {
    let party = relying(&cx)?;
    let credential = body.credential.ok_or_else(|| required("credential"))?;
    let ticket = Ticket::PasskeyLogin.attempt(&cx, &body.ticket).await?;
    let refuse = refused("credential");
    let (user, id) = party.identify_discoverable_authentication(&credential).map_err(&refuse)?;
    let unknown = || Error::form("credential", "WEBAUTHN_UNKNOWN", "Nobody here has this passkey.");
    let row = store::passkey::by_credential(&mut cx.db(), id).await?;
    let row = row.filter(|row| handle(row.user_id) == user).ok_or_else(unknown)?;
    let key: Passkey = read(&row.credential)?;
    let state: DiscoverableAuthentication = read(&ticket.state)?;
    let result = party.finish_discoverable_authentication_v2(&credential, state, &key).map_err(&refuse)?;
    let account = store::user::get(&mut cx.db(), row.user_id).await?.filter(|user| user.deleted_at.is_none());
    let account = account.ok_or_else(unknown)?;
    if account.is_suspended(cx.now()) {
        return Err(Error::Suspended(account.suspended_until.map(store::timestamp)));
    }
    let mut work = cx.begin().await?.at(account.id);
    Ticket::PasskeyLogin.take(&mut work, &body.ticket).await?;
    note_use(&cx, &mut work, row, key, &result).await?;
    let token = open_session(&cx, &mut work, account.id).await?;
    work.commit().await?;
    Ok(Json(json!({ "token": token, "user_id": account.id })))
}

/// Keeps the counter of a passkey that was used: a copy of the device would be behind it.
async fn note_use(
    cx: &Cx,
    work: &mut Work,
    mut row: PasskeyRow,
    mut key: Passkey,
    result: &AuthenticationResult,
) -> Result<()> {
    if key.update_credential(result) == Some(true) {
        row.credential = write(&key)?;
    }
    row.last_used_at = Some(cx.now());
    Ok(store::passkey::used(work, &row).await?)
}

/// What a login with a password asks of the passkeys of an account: the state of its ticket, and the options as text.
pub(crate) async fn challenge(cx: &Cx, row: &UserRow) -> Result<Option<(String, String)>> {
    let Some(party) = cx.app.passkeys() else { return Ok(None) };
    let keys = known(cx, row.id).await?;
    if keys.is_empty() {
        return Ok(None);
    }
    let (options, state) = party.start_passkey_authentication(&keys).map_err(internal)?;
    Ok(Some((write(&state)?, write(&options)?)))
}

/// Checks what a passkey answered to [`challenge`], and notes its use.
pub(crate) async fn verify(cx: &Cx, ticket: &TicketRow, row: &UserRow, answer: &str) -> Result<Work> {
    let party = relying(cx)?;
    if ticket.state.is_empty() {
        return Err(Code::InvalidMfaCode.into());
    }
    let credential: PublicKeyCredential = serde_json::from_str(answer).map_err(|_| Code::InvalidMfaCode)?;
    let state: PasskeyAuthentication = read(&ticket.state)?;
    let result =
        party.finish_passkey_authentication(&credential, &state).map_err(|_| Error::Code(Code::InvalidMfaCode))?;
    let mut work = cx.begin().await?.at(row.id);
    let found = store::passkey::by_credential(&mut work, result.cred_id().as_slice()).await?;
    let found = found.filter(|key| key.user_id == row.id).ok_or(Code::InvalidMfaCode)?;
    let key: Passkey = read(&found.credential)?;
    note_use(cx, &mut work, found, key, &result).await?;
    Ok(work)
}
