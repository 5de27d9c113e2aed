//! The instance: what it says of itself, its settings, and the setup of its owner.

use std::sync::Arc;

use guildhall_store as store;
use guildhall_store::user::UserRow;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kernel::token;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/instance", get_instance, Need::Nobody)
        .post("/setup", setup, Need::Nobody)
        .limit(8, 60)
        .get("/admin/settings", get_settings, Need::Staff)
        .patch("/admin/settings", update_settings, Need::Staff)
}

/// Settings that staff change while it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) description: String,
    /// `open`, `invite` or `closed`.
    pub(crate) registration: String,
    pub(crate) read_only: bool,
    pub(crate) slow_mode_seconds: u32,
    /// `shared`: a shared guild is enough for a direct message; `friends`: only friends.
    pub(crate) dm_policy: String,
    pub(crate) idle_after_minutes: u32,
    /// Whether there is a list of guilds that anybody comes into.
    pub(crate) discovery: bool,
    pub(crate) voice_capture: VoiceCapture,
}

/// How a microphone is listened to, as long as its owner chose nothing else: what voice in clients starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct VoiceCapture {
    noise_suppression: bool,
    echo_cancellation: bool,
    automatic_gain_control: bool,
}

impl Default for VoiceCapture {
    fn default() -> Self {
        Self { noise_suppression: true, echo_cancellation: true, automatic_gain_control: true }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "Guildhall".into(),
            description: String::new(),
            registration: "invite".into(),
            read_only: false,
            slow_mode_seconds: 0,
            dm_policy: "shared".into(),
            idle_after_minutes: 10,
            discovery: true,
            voice_capture: VoiceCapture::default(),
        }
    }
}

/// Refuses who is not staff while the instance is read-only.
pub(crate) async fn require_writable(cx: &Cx) -> Result<()> {
    if is_writable(cx, &mut cx.db()).await? { Ok(()) } else { Err(Code::ReadOnly.into()) }
}

/// Whether who asks may write.
pub(crate) async fn is_writable(cx: &Cx, run: &mut dyn Run) -> Result<bool> {
    let staff = cx.account().is_ok_and(crate::kernel::access::Account::is_staff);
    Ok(staff || !known_settings(cx, run).await?.read_only)
}

const SETTINGS: &str = "settings";
const SETUP: &str = "setup_token_hash";

/// The place of works that change the settings: below every id.
const PLACE: u64 = 1;

/// How long settings are believed before they are read again: another node may have changed them.
const BELIEVED_MICROS: i64 = 250_000;

/// The settings as they are now.
pub(crate) async fn settings(cx: &Cx) -> Result<Arc<Settings>> {
    known_settings(cx, &mut cx.db()).await
}

async fn known_settings(cx: &Cx, run: &mut dyn Run) -> Result<Arc<Settings>> {
    let now = cx.now();
    if let Some(known) = cx.app.believed_settings(now - BELIEVED_MICROS..=now) {
        return Ok(known);
    }
    let settings = Arc::new(stored_settings(run).await?);
    cx.app.believe_settings(Some((now, settings.clone())));
    Ok(settings)
}

async fn stored_settings(run: &mut dyn Run) -> Result<Settings> {
    let stored = store::instance::get(run, SETTINGS).await?;
    Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Makes the one-time setup token, unless the instance has an owner: then one that was made before is worth nothing any
/// more. Only its hash is kept, so every start before the setup makes a new one.
pub async fn setup_token(app: &crate::App) -> Result<Option<String>, guildhall_db::Error> {
    let mut tx = app.db().begin().await?;
    if store::user::owners(&mut tx).await? > 0 {
        close_setup(&mut tx).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let secret = token::text(&app.random::<24>());
    let hash = token::text(&token::hash(&secret));
    store::instance::set(&mut tx, SETUP, &hash).await?;
    tx.commit().await?;
    Ok(Some(secret))
}

/// Makes the setup token worthless; says whether there was one.
pub(crate) async fn close_setup(run: &mut dyn guildhall_db::Run) -> Result<bool, guildhall_db::Error> {
    store::instance::remove(run, SETUP).await
}

/// Whether somebody may still set the instance up.
async fn setup_needed(cx: &Cx) -> Result<bool> {
    Ok(store::instance::get(&mut cx.db(), SETUP).await?.is_some() && store::user::owners(&mut cx.db()).await? == 0)
}

fn describe(cx: &Cx, settings: &Settings, setup_needed: bool) -> Value {
    let config = cx.app.config();
    json!({
        "name": settings.name,
        "description": settings.description,
        "version": config.version,
        "registration": settings.registration,
        "setup_needed": setup_needed,
        "read_only": settings.read_only,
        "slow_mode_seconds": settings.slow_mode_seconds,
        "idle_after_minutes": settings.idle_after_minutes,
        "discovery": settings.discovery,
        "voice_capture": settings.voice_capture,
        "passkeys": cx.app.passkeys().is_some(),
        "limits": { "message_length": config.message_length, "attachment_bytes": config.attachment_bytes, "attachments": 10 },
    })
}

async fn get_instance(cx: Cx) -> Result<Json<Value>> {
    let settings = settings(&cx).await?;
    Ok(Json(describe(&cx, &settings, setup_needed(&cx).await?)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Setup {
    setup_token: String,
    username: String,
    email: String,
    password: String,
    guild_name: String,
}

async fn setup(cx: Cx, Json(body): Json<Setup>) -> Result<Created<Value>> {
    let hash = token::text(&token::hash(&body.setup_token));
    if store::instance::get(&mut cx.db(), SETUP).await?.as_deref() != Some(hash.as_str()) {
        return Err(Code::SetupUsed.into());
    }
    let email = body.email.trim();
    crate::auth::validate(&body.username, email, &body.password)?;
    crate::guild::validate_name(&body.guild_name)
        .map_err(|_| Error::form("guild_name", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length."))?;
    let mut row = UserRow::new(cx.next_id(), &body.username, false);
    row.email = Some(email.to_owned());
    row.email_key = Some(email.to_lowercase());
    row.rank = 2;
    row.password_hash = Some(crate::auth::hash_password(&cx.app, body.password).await?);
    let mut work = cx.begin().await?.at(row.id);
    // Whoever removes the token may make the owner: nobody can twice. The command line may have made one before.
    if !close_setup(&mut work).await? || store::user::owners(&mut work).await? > 0 {
        return Err(Code::SetupUsed.into());
    }
    store::user::insert(&mut work, &row).await.map_err(crate::auth::taken)?;
    let token = crate::auth::open_session(&cx, &mut work, row.id).await?;
    let guild = crate::guild::create(&cx.app, &mut work, &row, body.guild_name.trim(), None).await?;
    let guild_id = guild.id();
    work.load_guild(guild);
    work.note(crate::admin::deed(&cx.app, Some(&row), "instance.setup", "", json!({ "guild_id": guild_id }))).await?;
    work.commit().await?;
    Ok(Created(json!({ "token": token, "user_id": row.id, "guild_id": guild_id })))
}

async fn get_settings(cx: Cx) -> Result<Json<Settings>> {
    Ok(Json(stored_settings(&mut cx.db()).await?))
}

/// The settings that are different, for the log.
fn difference(before: &Settings, after: &Settings) -> Value {
    let list = guildhall_wire::audit_log::changes(Some(before), Some(after), &[]);
    let changes = list.into_iter().map(|change| {
        let values = json!({ "old": change.old_value, "new": change.new_value });
        (change.key, values)
    });
    json!({ "changes": changes.collect::<serde_json::Map<_, _>>() })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SettingsPatch {
    name: Option<String>,
    description: Option<String>,
    registration: Option<String>,
    read_only: Option<bool>,
    slow_mode_seconds: Option<u32>,
    dm_policy: Option<String>,
    idle_after_minutes: Option<u32>,
    discovery: Option<bool>,
    voice_capture: VoiceCapturePatch,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct VoiceCapturePatch {
    noise_suppression: Option<bool>,
    echo_cancellation: Option<bool>,
    automatic_gain_control: Option<bool>,
}

impl VoiceCapturePatch {
    fn over(self, before: VoiceCapture) -> VoiceCapture {
        VoiceCapture {
            noise_suppression: self.noise_suppression.unwrap_or(before.noise_suppression),
            echo_cancellation: self.echo_cancellation.unwrap_or(before.echo_cancellation),
            automatic_gain_control: self.automatic_gain_control.unwrap_or(before.automatic_gain_control),
        }
    }
}

/// Writes what was given over the settings as they are; the others stay.
fn apply(body: SettingsPatch, before: &Settings) -> Result<Settings> {
    let mut after = before.clone();
    let mut errors = FormErrors::new();
    if let Some(name) = body.name {
        errors.length("name", &name, 1, 80);
        after.name = name;
    }
    if let Some(description) = body.description {
        errors.length("description", &description, 0, 400);
        after.description = description;
    }
    if let Some(registration) = body.registration {
        if !["open", "invite", "closed"].contains(&registration.as_str()) {
            errors.choice("registration", "('open', 'invite', 'closed')");
        }
        after.registration = registration;
    }
    if let Some(policy) = body.dm_policy {
        if !["shared", "friends"].contains(&policy.as_str()) {
            errors.choice("dm_policy", "('shared', 'friends')");
        }
        after.dm_policy = policy;
    }
    if let Some(seconds) = body.slow_mode_seconds {
        errors.range("slow_mode_seconds", seconds, 0, 21_600);
        after.slow_mode_seconds = seconds;
    }
    if let Some(minutes) = body.idle_after_minutes {
        errors.range("idle_after_minutes", minutes, 1, 1440);
        after.idle_after_minutes = minutes;
    }
    after.discovery = body.discovery.unwrap_or(before.discovery);
    after.read_only = body.read_only.unwrap_or(before.read_only);
    after.voice_capture = body.voice_capture.over(before.voice_capture);
    errors.finish()?;
    Ok(after)
}

async fn update_settings(cx: Cx, Json(body): Json<SettingsPatch>) -> Result<Json<Settings>> {
    // Read and written within the same turn: of two who change different settings at once, neither loses theirs.
    let mut work = cx.begin().await?.at_number(PLACE);
    let before = stored_settings(&mut work).await?;
    let after = apply(body, &before)?;
    if after == before {
        return Err(Error::Message(Code::InvalidForm, "Nothing to change".into()));
    }
    let text = serde_json::to_string(&after).map_err(|error| Error::Internal(error.to_string()))?;
    store::instance::set(&mut work, SETTINGS, &text).await?;
    let me = cx.account()?.row.clone();
    work.note(crate::admin::deed(&cx.app, Some(&me), "settings.update", "", difference(&before, &after))).await?;
    work.emit(Event::InstanceUpdate(describe(&cx, &after, false)));
    work.commit().await?;
    cx.app.believe_settings(None);
    Ok(Json(after))
}
