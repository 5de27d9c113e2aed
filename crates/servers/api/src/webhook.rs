//! Webhooks: of channels, managed by members or by who has the secret. Using them is in [`execute`].

mod avatar;
mod compatible;
mod execute;
mod github;

use guildhall_blob::ImageKind;
use guildhall_store as store;
use guildhall_store::application::ApplicationRow;
use guildhall_store::webhook::WebhookRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::webhook::{SourceChannel, SourceGuild, Webhook, WebhookBody, WebhooksUpdate};
use subtle::ConstantTimeEq;

use crate::App;
use crate::kernel::access::resolve_channel;
use crate::kernel::image::NewImage;
use crate::kernel::token;
use crate::prelude::*;

/// Most webhooks in a channel.
pub(crate) const MOST: usize = 15;

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/webhooks/{webhook_id}";
    const SECRET: &str = "/webhooks/{webhook_id}/{webhook_token}";
    Routes::new()
        .get("/channels/{channel_id}/webhooks", list_channel_webhooks, Permissions::MANAGE_WEBHOOKS)
        .post("/channels/{channel_id}/webhooks", create_webhook, Permissions::MANAGE_WEBHOOKS)
        .images()
        .get("/guilds/{guild_id}/webhooks", get_guild_webhooks, Permissions::MANAGE_WEBHOOKS)
        .get(ONE, get_webhook, Need::Account)
        .patch(ONE, update_webhook, Need::Account)
        .images()
        .delete(ONE, delete_webhook, Need::Account)
        .get(SECRET, get_webhook_by_token, Need::Nobody)
        .patch(SECRET, update_webhook_by_token, Need::Nobody)
        .images()
        .delete(SECRET, delete_webhook_by_token, Need::Nobody)
        .merge(execute::routes())
        .merge(compatible::routes())
}

/// What a webhook's secret is sealed for.
fn about(id: Id<WebhookMarker>) -> String {
    format!("webhook {id}")
}

fn seal(app: &App, id: Id<WebhookMarker>, secret: &str) -> Result<String> {
    app.config().key.seal(app.random(), &about(id), secret.as_bytes())
}

/// The secret of a webhook; none of those that follow a channel.
fn open(app: &App, row: &WebhookRow) -> Result<Option<String>> {
    let Some(sealed) = &row.token else { return Ok(None) };
    let secret = app.config().key.open(&about(row.id), sealed)?;
    Ok(String::from_utf8(secret).ok())
}

/// Seals the secrets of webhooks that were made before secrets were sealed.
pub(crate) async fn seal_all(app: &App, run: &mut dyn Run) -> Result<()> {
    for mut row in store::webhook::unsealed(run).await? {
        row.token = row.token.map(|secret| seal(app, row.id, &secret)).transpose()?;
        store::webhook::update(run, &row).await?;
    }
    Ok(())
}

/// A webhook with its secret and its address.
pub(crate) fn with_secret(app: &App, row: &WebhookRow, user: Option<guildhall_wire::user::User>) -> Webhook {
    let mut webhook = row.webhook(user);
    webhook.token = open(app, row).unwrap_or_else(|error| {
        // Whoever lost the key must still be able to list and remove webhooks.
        tracing::warn!(%error, webhook = %row.id, "failed to show a webhook's secret");
        None
    });
    let root = &app.config().public_url;
    webhook.url = webhook.token.as_ref().map(|token| format!("{root}/api/webhooks/{}/{token}", row.id));
    webhook
}

/// A webhook as members who manage it see it.
async fn shown(cx: &Cx, row: &WebhookRow) -> Result<Webhook> {
    let user = match row.user_id {
        Some(id) => store::user::get(&mut cx.db(), id).await?.map(|user| user.user()),
        None => None,
    };
    let mut webhook = with_secret(&cx.app, row, user);
    if let Some(guildhall_bus::ChannelPlace::Guild(state, channel)) =
        row.source_channel_id.and_then(|id| cx.app.bus().channel(id))
    {
        let (guild, name) = (&state.guild, channel.name.as_ref().value().cloned().unwrap_or_default());
        webhook.source_guild = Some(SourceGuild { id: guild.id, name: guild.name.clone(), icon: guild.icon.clone() });
        webhook.source_channel = Some(SourceChannel { id: channel.id, name });
    }
    Ok(webhook)
}

async fn all_shown(cx: &Cx, rows: Vec<WebhookRow>) -> Result<Json<Vec<Webhook>>> {
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        list.push(shown(cx, &row).await?);
    }
    Ok(Json(list))
}

async fn list_channel_webhooks(cx: Cx, channel: Channel) -> Result<Json<Vec<Webhook>>> {
    let rows = store::webhook::of_channel(&mut cx.db(), channel.id).await?;
    all_shown(&cx, rows).await
}

async fn get_guild_webhooks(cx: Cx, guild: Guild) -> Result<Json<Vec<Webhook>>> {
    let rows = store::webhook::of_guild(&mut cx.db(), guild.id).await?;
    all_shown(&cx, rows).await
}

/// Checks a name: 1–80 characters, and none that could be taken for the house itself.
fn check_name(name: &str, field: &str, errors: &mut FormErrors) {
    errors.length(field, name, 1, 80);
    let lower = name.to_lowercase();
    for forbidden in ["clyde", "discord"] {
        if lower.contains(forbidden) {
            errors.at(field).push("USERNAME_INVALID_CONTAINS", format!("Username cannot contain \"{forbidden}\""));
        }
    }
}

fn read_name(body: &WebhookBody) -> Result<Option<String>> {
    let Patch::Value(name) = &body.name else { return Ok(None) };
    let name = name.trim().to_owned();
    let mut errors = FormErrors::new();
    check_name(&name, "name", &mut errors);
    errors.finish()?;
    Ok(Some(name))
}

async fn read_avatar(cx: &Cx, id: Id<WebhookMarker>, body: &WebhookBody) -> Result<NewImage> {
    NewImage::read(&cx.app, ImageKind::WebhookAvatar, id, "avatar", body.avatar.clone()).await
}

/// Whether messages can come into a channel by webhook.
fn takes_webhooks(kind: ChannelKind) -> bool {
    !kind.is_thread() && (kind.has_messages() || matches!(kind, ChannelKind::Forum | ChannelKind::Media))
}

async fn create_webhook(cx: Cx, channel: Channel, Json(body): Json<WebhookBody>) -> Result<Json<Webhook>> {
    let guild = channel.guild()?.id();
    if !takes_webhooks(channel.kind()) {
        return Err(Code::WrongChannelType.into());
    }
    let name = read_name(&body)?.ok_or_else(|| Error::form("name", "BASE_TYPE_REQUIRED", "This field is required"))?;
    let me = cx.account()?.row.clone();
    let id = cx.next_id();
    let avatar = read_avatar(&cx, id, &body).await?;
    let mut row = WebhookRow {
        id,
        kind: 1,
        guild_id: Some(guild),
        channel_id: Some(channel.id),
        user_id: Some(me.id),
        name: Some(name),
        avatar: None,
        token: Some(seal(&cx.app, id, &token::text(&cx.app.random::<51>()))?),
        application_id: me.bot.then(|| me.id.cast()),
        source_channel_id: None,
    };
    let mut work = cx.begin().await?.at(channel.id);
    if store::webhook::of_channel(&mut work, channel.id).await?.len() >= MOST {
        return Err(Code::TooManyWebhooks.into());
    }
    avatar.apply(&mut work, &mut row.avatar);
    store::webhook::insert(&mut work, &row).await?;
    tell(&cx, &mut work, AuditAction::WebhookCreate, None, Some(&row)).await?;
    work.commit().await?;
    Ok(Json(shown(&cx, &row).await?))
}

/// A webhook that somebody lets an application have.
pub(crate) async fn create_for(
    cx: &Cx,
    work: &mut Work,
    channel: &Channel,
    application: &ApplicationRow,
) -> Result<WebhookRow> {
    if !takes_webhooks(channel.kind()) {
        return Err(Code::WrongChannelType.into());
    }
    if store::webhook::of_channel(work, channel.id).await?.len() >= MOST {
        return Err(Code::TooManyWebhooks.into());
    }
    let id = cx.next_id();
    let row = WebhookRow {
        id,
        kind: 1,
        guild_id: channel.guild_id(),
        channel_id: Some(channel.id),
        user_id: Some(cx.user()?),
        name: Some(application.name.clone()),
        avatar: None,
        token: Some(seal(&cx.app, id, &token::text(&cx.app.random::<51>()))?),
        application_id: Some(application.id),
        source_channel_id: None,
    };
    store::webhook::insert(work, &row).await?;
    tell(cx, work, AuditAction::WebhookCreate, None, Some(&row)).await?;
    Ok(row)
}

/// The event and the audit entry of a change. The secret is part of neither.
pub(crate) async fn tell(
    cx: &Cx,
    work: &mut Work,
    action: AuditAction,
    old: Option<&WebhookRow>,
    new: Option<&WebhookRow>,
) -> Result<()> {
    let Some(row) = new.or(old) else { return Ok(()) };
    let Some(guild_id) = row.guild_id else { return Ok(()) };
    let mut channels: Vec<_> = [old, new].into_iter().flatten().filter_map(|row| row.channel_id).collect();
    channels.dedup();
    for channel_id in channels {
        work.emit(Event::WebhooksUpdate(WebhooksUpdate { guild_id, channel_id }));
    }
    let [old, new] = [old, new].map(|row| row.map(|row| row.webhook(None)));
    let mut changed = changes(old.as_ref(), new.as_ref(), &["id", "guild_id"]);
    for change in changed.iter_mut().filter(|change| change.key == "avatar") {
        change.key = "avatar_hash".into();
    }
    work.audit(guild_id, cx.entry(action, row.id, changed)).await
}

/// A webhook that the asker may manage.
async fn managed(cx: &Cx, run: &mut dyn Run, id: Id<WebhookMarker>) -> Result<WebhookRow> {
    let row = store::webhook::get(run, id).await?.ok_or(Code::UnknownWebhook)?;
    let channel = row.channel_id.ok_or(Code::UnknownWebhook)?;
    // An application manages its own.
    if row.application_id != Some(cx.user()?.cast()) {
        resolve_channel(&cx.app, cx.user()?, channel).await?.require(Permissions::MANAGE_WEBHOOKS)?;
    }
    Ok(row)
}

/// A webhook whose secret was shown.
async fn by_secret(app: &App, run: &mut dyn Run, id: Id<WebhookMarker>, secret: &str) -> Result<WebhookRow> {
    let row = store::webhook::get(run, id).await?.ok_or(Code::UnknownWebhook)?;
    let same = open(app, &row)?.is_some_and(|token| token.as_bytes().ct_eq(secret.as_bytes()).into());
    if same { Ok(row) } else { Err(Code::InvalidWebhookToken.into()) }
}

async fn get_webhook(cx: Cx, Path((id,)): Path<(Id<WebhookMarker>,)>) -> Result<Json<Webhook>> {
    let row = managed(&cx, &mut cx.db(), id).await?;
    Ok(Json(shown(&cx, &row).await?))
}

type Secret = Path<(Id<WebhookMarker>, String)>;

async fn get_webhook_by_token(cx: Cx, Path((id, secret)): Secret) -> Result<Json<Webhook>> {
    let row = by_secret(&cx.app, &mut cx.db(), id, &secret).await?;
    Ok(Json(with_secret(&cx.app, &row, None)))
}

async fn change(cx: &Cx, work: &mut Work, old: WebhookRow, body: &WebhookBody, avatar: NewImage) -> Result<WebhookRow> {
    let mut row = old.clone();
    avatar.apply(work, &mut row.avatar);
    if let Some(name) = read_name(body)? {
        row.name = Some(name);
    }
    if let Patch::Value(channel) = body.channel_id
        && Some(channel) != row.channel_id
    {
        let to = resolve_channel(&cx.app, cx.user()?, channel).await?;
        to.require(Permissions::MANAGE_WEBHOOKS)?;
        if to.guild_id() != row.guild_id || !takes_webhooks(to.kind()) {
            return Err(Code::UnknownChannel.into());
        }
        if store::webhook::of_channel(work, channel).await?.len() >= MOST {
            return Err(Code::TooManyWebhooks.into());
        }
        row.channel_id = Some(channel);
    }
    store::webhook::update(work, &row).await?;
    tell(cx, work, AuditAction::WebhookUpdate, Some(&old), Some(&row)).await?;
    Ok(row)
}

async fn update_webhook(
    cx: Cx,
    Path((id,)): Path<(Id<WebhookMarker>,)>,
    Json(body): Json<WebhookBody>,
) -> Result<Json<Webhook>> {
    managed(&cx, &mut cx.db(), id).await?;
    let avatar = read_avatar(&cx, id, &body).await?;
    let mut work = cx.begin().await?.at(id);
    let row = managed(&cx, &mut work, id).await?;
    let row = change(&cx, &mut work, row, &body, avatar).await?;
    work.commit().await?;
    Ok(Json(shown(&cx, &row).await?))
}

async fn update_webhook_by_token(
    cx: Cx,
    Path((id, secret)): Secret,
    Json(body): Json<WebhookBody>,
) -> Result<Json<Webhook>> {
    by_secret(&cx.app, &mut cx.db(), id, &secret).await?;
    let avatar = read_avatar(&cx, id, &body).await?;
    let mut work = cx.begin().await?.at(id);
    let row = by_secret(&cx.app, &mut work, id, &secret).await?;
    // The secret is for one channel: only an account may move it.
    let row = change(&cx, &mut work, row, &WebhookBody { channel_id: Patch::Absent, ..body }, avatar).await?;
    work.commit().await?;
    Ok(Json(with_secret(&cx.app, &row, None)))
}

/// Removes a webhook and tells of it.
pub(crate) async fn withdraw(cx: &Cx, work: &mut Work, row: &WebhookRow) -> Result<()> {
    store::webhook::delete(work, row.id).await?;
    work.remove_image(ImageKind::WebhookAvatar, row.id, row.avatar.clone());
    tell(cx, work, AuditAction::WebhookDelete, Some(row), None).await
}

async fn remove(cx: &Cx, mut work: Work, row: &WebhookRow) -> Result<NoContent> {
    withdraw(cx, &mut work, row).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn delete_webhook(cx: Cx, Path((id,)): Path<(Id<WebhookMarker>,)>) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(id);
    let row = managed(&cx, &mut work, id).await?;
    remove(&cx, work, &row).await
}

async fn delete_webhook_by_token(cx: Cx, Path((id, secret)): Secret) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(id);
    let row = by_secret(&cx.app, &mut work, id, &secret).await?;
    remove(&cx, work, &row).await
}
