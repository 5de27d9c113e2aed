//! Applications and their bots: `/applications`, `/oauth2/applications/@me`, and adding a bot to a guild.

mod own;

use guildhall_bus::CloseReason;
use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::application::{ApplicationRow, ApplicationSettings};
use guildhall_store::member::MemberRow;
use guildhall_store::role::RoleRow;
use guildhall_store::user::UserRow;
use guildhall_wire::application::{ApplicationPatch, InstallParamsBody, IntegrationTypesConfig};
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::event::{GuildOnly, GuildRole};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kernel::token;
use crate::prelude::*;
use crate::webhook_event::status;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/applications/@me", get_my_application, Need::Bot)
        .patch("/applications/@me", update_my_application, Need::Bot)
        .images()
        .get("/oauth2/applications/@me", get_my_oauth2_application, Need::Bot)
        .get("/applications/{application_id}", get_application, Need::Account)
        .patch("/applications/{application_id}", update_application, Need::Account)
        .images()
}

pub(crate) fn own_routes() -> Routes {
    Routes::new()
        .get("/applications", list_own_applications, Need::Person)
        .post("/applications", create_own_application, Need::Person)
        .limit(10, 60)
        .patch("/applications/{application_id}", own::rename_own_application, Need::Person)
        .delete("/applications/{application_id}", own::delete_own_application, Need::Person)
        .post("/applications/{application_id}/bot/reset", reset_bot_token, Need::Person)
        .put("/guilds/{guild_id}/bots/{application_id}", add_bot, Permissions::MANAGE_GUILD)
}

/// All three privileged intents, as Discord flags them for small applications.
pub(crate) const PRIVILEGED: u32 = (1 << 13) | (1 << 15) | (1 << 19);

/// Whether somebody has what one of these flags stands for: people do, applications when they were given it.
pub(crate) async fn has_intent(cx: &Cx, either: u32) -> Result<bool> {
    let account = cx.account()?;
    if !account.is_bot() {
        return Ok(true);
    }
    let row = store::application::get(&mut cx.db(), account.id().cast()).await?.ok_or(Code::UnknownApplication)?;
    Ok(row.flags & either != 0)
}

/// An application with every documented field. What only its owner sees is left out for others.
pub(crate) async fn describe(cx: &Cx, row: &ApplicationRow, private: bool) -> Result<Value> {
    let bot = store::user::get(&mut cx.db(), row.bot_id).await?.map(|user| user.user());
    let settings = &row.settings.0;
    let mut value = json!({
        "id": row.id,
        "name": row.name,
        "icon": row.icon,
        "description": row.description,
        "type": null,
        "bot": bot,
        "bot_public": !settings.bot_private,
        "bot_require_code_grant": false,
        "verify_key": row.verify_key,
        "flags": row.flags,
        "flags_new": row.flags.to_string(),
        "tags": settings.tags,
        "rpc_origins": [],
        "integration_types_config": settings.integration_types_config.clone().unwrap_or_else(IntegrationTypesConfig::guilds),
        "summary": "",
        "hook": true,
    });
    if let Some(fields) = value.as_object_mut() {
        let optional = [
            ("cover_image", json!(settings.cover_image)),
            ("custom_install_url", json!(settings.custom_install_url)),
            ("install_params", json!(settings.install_params)),
        ];
        fields
            .extend(optional.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.into(), value)));
    }
    if let (true, Some(fields)) = (private, value.as_object_mut()) {
        let owner = store::user::get(&mut cx.db(), row.owner_id).await?.map(|user| user.user());
        let guilds = cx.app.bus().guilds_of(row.bot_id).len();
        let (authorized, installed) = store::oauth2::counts(&mut cx.db(), row.id).await?;
        let more = json!({
            "redirect_uris": settings.redirect_uris,
            "public_client": settings.public_client,
            "interactions_endpoint_url": settings.interactions_endpoint_url,
            "role_connections_verification_url": settings.role_connections_verification_url,
            "owner": owner,
            "approximate_guild_count": guilds,
            "approximate_user_install_count": installed,
            "approximate_user_authorization_count": authorized,
            "event_webhooks_url": settings.event_webhooks_url,
            "event_webhooks_status": settings.event_webhooks_status,
            "event_webhooks_types": settings.event_webhooks_types,
            "explicit_content_filter": 0,
            "team": null,
            "eligible_oauth2_scopes": [],
        });
        fields.extend(more.as_object().cloned().unwrap_or_default());
    }
    Ok(value)
}

async fn own(cx: &Cx) -> Result<ApplicationRow> {
    let id = cx.user()?.cast();
    Ok(store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?)
}

async fn get_my_application(cx: Cx) -> Result<Json<Value>> {
    Ok(Json(describe(&cx, &own(&cx).await?, true).await?))
}

async fn get_my_oauth2_application(cx: Cx) -> Result<Json<Value>> {
    Ok(Json(describe(&cx, &own(&cx).await?, true).await?))
}

async fn get_application(cx: Cx, Path((id,)): Path<(Id<ApplicationMarker>,)>) -> Result<Json<Value>> {
    let row = controlled(&cx, id).await?;
    Ok(Json(describe(&cx, &row, true).await?))
}

/// The application, for its owner and its own bot.
pub(crate) async fn controlled(cx: &Cx, id: Id<ApplicationMarker>) -> Result<ApplicationRow> {
    let row = store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    if [row.owner_id, row.bot_id].contains(&cx.user()?) { Ok(row) } else { Err(Code::MissingAccess.into()) }
}

/// A new address, cleaned up, if it is another than before.
fn new_url(patch: &Patch<String>, before: Option<&String>) -> Option<String> {
    let Patch::Value(url) = patch else { return None };
    let url = url.trim();
    (!url.is_empty() && before.is_none_or(|before| before != url)).then(|| url.to_owned())
}

/// Tries the addresses under which an application wants to be told, before they are used.
async fn verify(cx: &Cx, row: &ApplicationRow, body: &ApplicationPatch) -> Result<()> {
    let settings = &row.settings.0;
    if let Some(url) = new_url(&body.interactions_endpoint_url, settings.interactions_endpoint_url.as_ref()) {
        crate::endpoint::verify_interactions(&cx.app, row, &url).await?;
    }
    let again = matches!(&body.event_webhooks_status, Patch::Value(status) if status.0 == status::ON)
        && settings.event_webhooks_status == status::GIVEN_UP;
    match new_url(&body.event_webhooks_url, settings.event_webhooks_url.as_ref()) {
        Some(url) => crate::endpoint::verify_events(&cx.app, row, &url).await?,
        // It has to show that it hears again.
        None if again => {
            if let Some(url) = &settings.event_webhooks_url {
                crate::endpoint::verify_events(&cx.app, row, url).await?;
            }
        }
        None => {}
    }
    Ok(())
}

async fn update(cx: &Cx, id: Id<ApplicationMarker>, body: ApplicationPatch) -> Result<Json<Value>> {
    body.validate()?;
    verify(cx, &controlled(cx, id).await?, &body).await?;
    let (description, types) = (body.description(), body.integration_types());
    let icon = NewImage::read(&cx.app, ImageKind::AppIcon, id, "icon", body.icon).await?;
    let cover = NewImage::read(&cx.app, ImageKind::AppIcon, id, "cover_image", body.cover_image).await?;
    let mut work = cx.begin().await?.at(id);
    let mut row = store::application::get(&mut work, id).await?.ok_or(Code::UnknownApplication)?;
    let before = row.clone();
    icon.apply(&mut work, &mut row.icon);
    cover.apply(&mut work, &mut row.settings.0.cover_image);
    description.apply_or_default(&mut row.description);
    let settings = &mut row.settings.0;
    let given = |patch: Patch<String>| patch.map(|text| text.trim().to_owned());
    body.tags.apply_or_default(&mut settings.tags);
    given(body.custom_install_url).apply(&mut settings.custom_install_url);
    given(body.role_connections_verification_url).apply(&mut settings.role_connections_verification_url);
    given(body.interactions_endpoint_url).apply(&mut settings.interactions_endpoint_url);
    given(body.event_webhooks_url).apply(&mut settings.event_webhooks_url);
    for url in [
        &mut settings.custom_install_url,
        &mut settings.role_connections_verification_url,
        &mut settings.interactions_endpoint_url,
        &mut settings.event_webhooks_url,
    ] {
        *url = url.take().filter(|url| !url.is_empty());
    }
    body.event_webhooks_types.apply_or_default(&mut settings.event_webhooks_types);
    if let Patch::Value(status) = body.event_webhooks_status {
        (settings.event_webhooks_status, settings.lost_events) = (status.0, 0);
    }
    if settings.event_webhooks_url.is_none() {
        settings.event_webhooks_status = status::OFF;
    }
    body.redirect_uris.apply_or_default(&mut settings.redirect_uris);
    body.public_client.map(|public| public.0).apply_or_default(&mut settings.public_client);
    body.install_params.map(InstallParamsBody::params).apply(&mut settings.install_params);
    match types {
        Some(types) => settings.integration_types_config = Some(types),
        None if matches!(body.integration_types_config, Patch::Null) => settings.integration_types_config = None,
        None => {}
    }
    if let Patch::Value(public) = body.bot_public {
        settings.bot_private = !public.0;
    }
    if let Patch::Value(flags) = body.flags {
        row.flags = flags.0 & PRIVILEGED;
    }
    store::application::update(&mut work, &row).await?;
    if (&row.icon, &row.description) != (&before.icon, &before.description)
        && let Some(bot) = store::user::get(&mut work, row.bot_id).await?
    {
        // It looks different wherever it is.
        for guild in cx.app.bus().guilds_of(row.bot_id) {
            let kept = store::integration::get(&mut work, guild, row.id).await?;
            let told = crate::integration::of(&row, &bot, kept.as_ref(), None, Some(guild));
            work.emit(Event::IntegrationUpdate(told));
            work.emit(Event::GuildIntegrationsUpdate(GuildOnly { guild_id: guild }));
        }
    }
    work.commit().await?;
    Ok(Json(describe(cx, &row, true).await?))
}

async fn update_my_application(cx: Cx, Json(body): Json<ApplicationPatch>) -> Result<Json<Value>> {
    update(&cx, cx.user()?.cast(), body).await
}

async fn update_application(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Json(body): Json<ApplicationPatch>,
) -> Result<Json<Value>> {
    update(&cx, id, body).await
}

async fn list_own_applications(cx: Cx) -> Result<Json<Vec<Value>>> {
    let mut list = Vec::new();
    for row in store::application::of_owner(&mut cx.db(), cx.user()?).await? {
        list.push(describe(&cx, &row, true).await?);
    }
    Ok(Json(list))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApplicationBody {
    name: String,
}

async fn create_own_application(cx: Cx, Json(body): Json<ApplicationBody>) -> Result<Created<Value>> {
    let mut work = cx.begin().await?.at(cx.user()?);
    let (row, token) = create(&cx.app, &mut work, cx.user()?, body.name.trim()).await?;
    work.commit().await?;
    let mut value = describe(&cx, &row, true).await?;
    if let Some(bot) = value.get_mut("bot").and_then(Value::as_object_mut) {
        bot.insert("token".into(), token.into());
    }
    Ok(Created(value))
}

/// Makes an application with its bot, for somebody by the command line; gives the bot's token, which is not kept.
pub async fn create_for(app: &crate::App, owner: &UserRow, name: &str) -> Result<(ApplicationRow, String)> {
    let mut work = app.begin().await?.at(owner.id);
    let (row, token) = create(app, &mut work, owner.id, name).await?;
    let about = json!({ "name": row.name, "owner_id": owner.id });
    work.note(crate::admin::deed(app, None, "bot.create", row.id, about)).await?;
    work.commit().await?;
    Ok((row, token))
}

async fn create(
    app: &crate::App,
    work: &mut Work,
    owner: Id<UserMarker>,
    name: &str,
) -> Result<(ApplicationRow, String)> {
    let mut errors = FormErrors::new();
    errors.length("name", name, 2, 32);
    errors.finish()?;
    if store::application::of_owner(work, owner).await?.len() >= 50 {
        return Err(Error::Message(Code::InvalidForm, "Maximum number of applications reached (50)".into()));
    }
    let id: Id<ApplicationMarker> = app.next_id();
    let key = ed25519_dalek::SigningKey::from_bytes(&app.random());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let row = ApplicationRow {
        id,
        owner_id: owner,
        bot_id: id.cast(),
        name: name.to_owned(),
        description: String::new(),
        icon: None,
        flags: PRIVILEGED,
        verify_key: hex(key.verifying_key().as_bytes()),
        signing_key: seal(app, id, key.as_bytes())?,
        settings: Stored(ApplicationSettings::default()),
    };
    store::user::insert(work, &UserRow::new(id.cast(), name, true)).await?;
    store::application::insert(work, &row).await?;
    let token = new_token(app, work, id).await?;
    Ok((row, token))
}

/// Seals the secret half of an application's key.
fn seal(app: &crate::App, id: Id<ApplicationMarker>, key: &[u8; 32]) -> Result<String> {
    app.config().key.seal(app.random(), &format!("application {id}"), key)
}

/// Seals the keys of applications that were made before secrets were sealed. A key that is no key gets no better by it.
pub(crate) async fn seal_all(app: &crate::App, run: &mut dyn Run) -> Result<()> {
    for mut row in store::application::unsealed(run).await? {
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(row.signing_key.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(pair).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        row.signing_key = seal(app, row.id, &key)?;
        store::application::update(run, &row).await?;
    }
    Ok(())
}

async fn new_token(app: &crate::App, run: &mut dyn Run, id: Id<ApplicationMarker>) -> Result<String> {
    let token = token::new(id.cast(), app.clock().millis(), &app.random());
    let session = store::session::SessionRow {
        id: app.next_id(),
        user_id: id.cast(),
        token_hash: token::hash(&token),
        last_used_at: app.clock().micros(),
        user_agent: String::new(),
        address: String::new(),
    };
    store::session::insert(run, &session).await?;
    Ok(token)
}

async fn reset_bot_token(cx: Cx, Path((id,)): Path<(Id<ApplicationMarker>,)>) -> Result<Json<Value>> {
    let mut work = cx.begin().await?.at(id);
    let row = store::application::get(&mut work, id).await?.ok_or(Code::UnknownApplication)?;
    if row.owner_id != cx.user()? {
        return Err(Code::MissingAccess.into());
    }
    store::session::delete_others(&mut work, row.bot_id, None).await?;
    let token = new_token(&cx.app, &mut work, id).await?;
    work.commit().await?;
    cx.app.bus().close(row.bot_id, None, CloseReason::AuthenticationFailed);
    Ok(Json(json!({ "token": token })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BotBody {
    permissions: Option<Permissions>,
}

async fn add_bot(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Path<(Id<GuildMarker>, Id<ApplicationMarker>)>,
    Json(body): Json<BotBody>,
) -> Result<NoContent> {
    let permissions = body.permissions.unwrap_or(Permissions::empty());
    guild.require(permissions)?;
    let row = store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    if row.settings.0.bot_private && row.owner_id != cx.user()? {
        return Err(Code::BotNotPublic.into());
    }
    let mut work = cx.begin().await?.at(guild.id);
    if admit_bot(&cx.app, &mut work, guild.id, &row, permissions, Some(cx.user()?)).await? {
        work.audit(guild.id, cx.entry(AuditAction::BotAdd, row.bot_id, Vec::new())).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}

/// Adds a bot outside of a request: for the command line.
pub async fn add(
    app: &crate::App,
    guild: Id<GuildMarker>,
    id: Id<ApplicationMarker>,
    permissions: Permissions,
) -> Result<bool> {
    let row = store::application::get(&mut app.db(), id).await?.ok_or(Code::UnknownApplication)?;
    let mut work = app.begin().await?.at(guild);
    let new = admit_bot(app, &mut work, guild, &row, permissions, None).await?;
    let about = json!({ "name": row.name, "guild_id": guild, "permissions": permissions });
    work.note(crate::admin::deed(app, None, "bot.add", row.id, about)).await?;
    work.commit().await?;
    Ok(new)
}

/// Adds a bot with a role of its own, below all others; says whether it is new there. The role of one that is there gets what
/// is given now, by somebody who stands above it.
pub(crate) async fn admit_bot(
    app: &crate::App,
    work: &mut Work,
    guild: Id<GuildMarker>,
    row: &ApplicationRow,
    permissions: Permissions,
    by: Option<Id<UserMarker>>,
) -> Result<bool> {
    if store::member::get(work, guild, row.bot_id).await?.is_some() {
        let roles = store::role::of_guild(work, guild).await?;
        if let Some(mut role) = roles.into_iter().find(|role| role.bot_id == Some(row.bot_id))
            && !permissions.is_empty()
            && role.permissions.0 != permissions
        {
            // It may have been moved up since.
            if let Some(by) = by {
                let state = app.bus().guild(guild).ok_or(Code::UnknownGuild)?;
                crate::role::require_below(&state, by, role.position)?;
            }
            role.permissions.0 = permissions;
            store::role::update(work, &role).await?;
            work.emit(Event::GuildRoleUpdate(GuildRole { guild_id: guild, role: role.role() }));
        }
        return Ok(false);
    }
    if store::ban::get(work, guild, row.bot_id).await?.is_some() {
        return Err(Code::UserBanned.into());
    }
    let user = store::user::get(work, row.bot_id).await?.ok_or(Code::UnknownUser)?;
    let mut member = MemberRow::new(guild, user.id, app.clock().micros());
    if !permissions.is_empty() {
        let mut role = RoleRow::new(app.next_id(), guild, &row.name, permissions);
        role.managed = true;
        role.bot_id = Some(user.id);
        let others = store::role::of_guild(work, guild).await?;
        crate::role::insert_lowest(work, &mut role, others).await?;
        member.roles.0.push(role.id);
    }
    store::member::insert(work, &member).await?;
    work.emit(Event::GuildMemberAdd(member.guild_member(user.user())));
    work.emit(Event::GuildCreate(guildhall_wire::event::GuildJoin { id: guild }).to(user.id));
    crate::integration::note(work, guild, row, by, &["applications.commands", "bot"]).await?;
    Ok(true)
}
