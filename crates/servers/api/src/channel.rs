//! Channels: of guilds, and direct messages.

mod forum;
mod overwrite;
mod private;
mod state;
pub(crate) mod status;

use guildhall_blob::ImageKind;
use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Channel as WireChannel, ChannelBody, ChannelKind, ChannelPosition, TypingStart};
use guildhall_wire::loose::Int;
use guildhall_wire::thread::ThreadDelete;
use serde::Deserialize;
use serde_json::json;

use crate::kernel::access::Place;
use crate::prelude::*;

pub(crate) use private::{require_contact, seen_by_id};
pub(crate) use state::{
    is_archived, is_writable, own_routes, require_open, require_open_to_webhooks, require_verified, require_writable,
    role_gone, takes_webhooks,
};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/channels/{channel_id}", get_channel, Need::Member)
        .patch("/channels/{channel_id}", update_channel, Need::Member)
        .images()
        .delete("/channels/{channel_id}", delete_channel, Need::Member)
        .limit_together(20, 60)
        .post("/channels/{channel_id}/typing", trigger_typing_indicator, Need::Member)
        .get("/guilds/{guild_id}/channels", list_guild_channels, Need::Member)
        .post("/guilds/{guild_id}/channels", create_guild_channel, Permissions::MANAGE_CHANNELS)
        .limit(10, 60)
        .patch("/guilds/{guild_id}/channels", bulk_update_guild_channels, Permissions::MANAGE_CHANNELS)
        .merge(overwrite::routes())
        .merge(private::routes())
        .merge(status::routes())
}

const MOST: usize = 500;
const MOST_IN_CATEGORY: usize = 50;

/// A channel as its reader sees it: recipients of a direct message are the others.
pub(crate) async fn present(cx: &Cx, channel: &Channel) -> Result<WireChannel> {
    let mut wire = WireChannel::clone(&channel.channel);
    if let Place::Private(private) = &channel.place {
        let me = cx.user()?;
        let others: Vec<_> = private.recipients.iter().copied().filter(|id| *id != me).collect();
        let users = store::user::get_many(&mut cx.db(), &others).await?;
        wire.recipients = Some(users.iter().map(store::user::UserRow::user).collect());
    }
    Ok(wire)
}

/// With one's own part in it where it is a thread.
async fn get_channel(cx: Cx, channel: Channel) -> Result<Json<WireChannel>> {
    let mut wire = present(&cx, &channel).await?;
    if channel.kind().is_thread() {
        let own = store::thread::get(&mut cx.db(), channel.id, cx.user()?).await?;
        wire.member = own.map(|own| own.member());
    }
    Ok(Json(wire))
}

async fn list_guild_channels(cx: Cx, guild: Guild) -> Result<Json<Vec<WireChannel>>> {
    let me = cx.user()?;
    let visible = guild.state.channels.values().filter(|channel| guild.state.can_view(me, channel));
    let mut list: Vec<_> = visible.map(|channel| WireChannel::clone(channel)).collect();
    list.sort_by_key(|channel| (channel.position, channel.id));
    Ok(Json(list))
}

/// Text-like names are lower case with dashes, as Discord makes them; the others keep their look.
fn normalise(name: &str, kind: ChannelKind) -> String {
    let name = name.trim();
    if matches!(kind, ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum | ChannelKind::Media) {
        let words: Vec<_> = name.split_whitespace().collect();
        words.join("-").to_lowercase()
    } else {
        name.to_owned()
    }
}

/// Writes a body into a row. `allowed` is what the actor may hand on in overwrites.
fn apply(row: &mut ChannelRow, body: ChannelBody, guild: &GuildState, allowed: Permissions) -> Result<()> {
    let mut errors = FormErrors::new();
    let kind = row.kind();
    if let Patch::Value(name) = &body.name {
        let name = normalise(name, kind);
        errors.length("name", &name, 1, 100);
        row.name = Some(name);
    }
    if let Patch::Value(topic) = &body.topic {
        errors.length("topic", topic, 0, if kind.is_forum() { 4096 } else { 1024 });
    }
    body.topic.map(|topic| topic.trim().to_owned()).apply(&mut row.topic);
    row.topic = row.topic.take().filter(|topic| !topic.is_empty());
    body.position.map(|position| position.0.clamp(0, 10_000)).apply_or_default(&mut row.position);
    body.nsfw.apply_or_default(&mut row.nsfw);
    let seconds = |patch: Patch<Int<u32>>, field: &str, errors: &mut FormErrors| {
        if let Patch::Value(Int(value)) = patch {
            errors.range(field, value, 0, 21_600);
        }
        patch.map(|value| value.0)
    };
    seconds(body.rate_limit_per_user, "rate_limit_per_user", &mut errors)
        .apply_or_default(&mut row.rate_limit_per_user);
    seconds(body.default_thread_rate_limit_per_user, "default_thread_rate_limit_per_user", &mut errors)
        .apply(&mut row.default_thread_rate_limit_per_user);
    if kind.is_voice() {
        if let Patch::Value(Int(bitrate)) = body.bitrate {
            errors.range("bitrate", bitrate, 8_000, 1_536_000);
            row.bitrate = Some(bitrate);
        }
        if let Patch::Value(Int(limit)) = body.user_limit {
            errors.range("user_limit", limit, 0, if kind == ChannelKind::Stage { 10_000 } else { 99 });
            row.user_limit = Some(limit);
        }
        if let Patch::Value(Int(mode)) = body.video_quality_mode {
            errors.range("video_quality_mode", mode, 1, 2);
            row.video_quality_mode = Some(mode);
        }
        body.rtc_region.apply(&mut row.rtc_region);
    }
    if let Patch::Value(Int(minutes)) = body.default_auto_archive_duration {
        if !guildhall_rules::thread::DURATIONS.contains(&minutes) {
            errors.choice("default_auto_archive_duration", "(60, 1440, 4320, 10080)");
        }
        row.default_auto_archive_duration = Some(minutes);
    }
    if let Patch::Value(parent) = body.parent_id {
        let category = guild.channels.get(&parent).is_some_and(|parent| parent.kind == ChannelKind::Category);
        if !category || kind == ChannelKind::Category {
            errors.at("parent_id").push("CHANNEL_PARENT_INVALID_TYPE", "Not a category");
        }
        let inside = guild.channels.values().filter(|channel| channel.parent() == Some(parent));
        if row.parent_id != Some(parent) && inside.count() >= MOST_IN_CATEGORY {
            let message = "Maximum number of channels in category reached (50)";
            errors.at("parent_id").push("CHANNEL_PARENT_MAX_CHANNELS", message);
        }
    }
    body.parent_id.apply(&mut row.parent_id);
    errors.finish()?;
    if let Patch::Value(list) = body.permission_overwrites {
        row.overwrites.0 = overwrite::read(list, &row.overwrites.0, guild, allowed)?;
    }
    Ok(())
}

async fn create_guild_channel(cx: Cx, guild: Guild, Json(mut body): Json<ChannelBody>) -> Result<Created<WireChannel>> {
    if guild.state.channels.len() >= MOST {
        return Err(Code::TooManyChannels.into());
    }
    let kind = body.kind.value().map_or(0, |kind| kind.0);
    let kind = ChannelKind::from_number(kind).filter(|kind| {
        matches!(
            kind,
            ChannelKind::Text
                | ChannelKind::Voice
                | ChannelKind::Category
                | ChannelKind::Announcement
                | ChannelKind::Stage
                | ChannelKind::Forum
                | ChannelKind::Media
        )
    });
    let Some(kind) = kind else {
        return Err(Error::form("type", "BASE_TYPE_CHOICES", "Value must be one of (0, 2, 4, 5, 13, 15, 16)."));
    };
    if body.name.is_absent() {
        return Err(Error::form("name", "BASE_TYPE_REQUIRED", "This field is required"));
    }
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = ChannelRow::new(cx.next_id(), kind);
    row.guild_id = Some(guild.id);
    let siblings = guild.state.channels.values().filter(|channel| channel.kind == kind);
    row.position = siblings.filter_map(|channel| channel.position).max().map_or(0, |last| last + 1);
    let inherit = body.permission_overwrites.is_absent();
    forum::apply(&cx.app, &mut row, &mut body)?;
    let mut allowed = guild.permissions;
    if !allowed.contains(Permissions::ADMINISTRATOR) {
        allowed -= Permissions::MANAGE_ROLES;
    }
    apply(&mut row, body, &guild.state, allowed)?;
    if let Some(parent) = row.parent_id.filter(|_| inherit)
        && let Some(parent) = guild.state.channels.get(&parent)
    {
        row.overwrites.0 = parent.overwrites().to_vec();
    }
    store::channel::insert(&mut work, &row).await?;
    let channel = row.channel();
    work.emit(Event::ChannelCreate(channel.clone()));
    let changed = changes(None, Some(&channel), &["id", "guild_id", "last_message_id"]);
    work.audit(guild.id, cx.entry(AuditAction::ChannelCreate, row.id, changed)).await?;
    work.commit().await?;
    Ok(Created(channel))
}

async fn update_channel(cx: Cx, channel: Channel, Json(body): Json<ChannelBody>) -> Result<Json<WireChannel>> {
    match &channel.place {
        Place::Private(_) => private::update(&cx, &channel, body).await,
        Place::Guild(state) if channel.kind().is_thread() => crate::thread::update(&cx, &channel, state, body).await,
        Place::Guild(state) => {
            channel.require(Permissions::MANAGE_CHANNELS)?;
            if !body.permission_overwrites.is_absent() {
                channel.require(Permissions::MANAGE_ROLES)?;
            }
            update_in_guild(&cx, &channel, state, body).await
        }
    }
}

async fn update_in_guild(
    cx: &Cx,
    channel: &Channel,
    state: &GuildState,
    mut body: ChannelBody,
) -> Result<Json<WireChannel>> {
    let mut work = cx.begin().await?.at(state.id());
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let before = row.channel();
    if let Patch::Value(Int(kind)) = std::mem::take(&mut body.kind) {
        let pair = (row.kind(), ChannelKind::from_number(kind));
        match pair {
            (old, Some(new)) if old == new => {}
            // Only between text and announcements.
            (ChannelKind::Text, Some(ChannelKind::Announcement))
            | (ChannelKind::Announcement, Some(ChannelKind::Text)) => {
                row.kind = kind;
            }
            _ => return Err(Error::form("type", "BASE_TYPE_CHOICES", "Value must be one of (0, 5).")),
        }
    }
    forum::apply(&cx.app, &mut row, &mut body)?;
    apply(&mut row, body, state, overwrite::grantable(cx, &channel.channel, state)?)?;
    let after = row.channel();
    if before != after {
        store::channel::update(&mut work, &row).await?;
        work.emit(Event::ChannelUpdate(after.clone()));
        overwrite::follow_category(&mut work, &row, before.overwrites()).await?;
        let changed = changes(Some(&before), Some(&after), &["last_message_id"]);
        work.audit(state.id(), cx.entry(AuditAction::ChannelUpdate, row.id, changed)).await?;
    }
    work.commit().await?;
    Ok(Json(after))
}

/// Refuses who does not see a channel, or lacks a permission there.
fn require_managed(here: Permissions, needed: Permissions) -> Result<()> {
    if !here.contains(Permissions::VIEW_CHANNEL) {
        return Err(Code::MissingAccess.into());
    }
    if here.contains(needed) { Ok(()) } else { Err(Code::MissingPermissions.into()) }
}

/// Who manages channels in the guild arranges all of them. What comes into another category, or takes its overwrites over, is
/// changed by those who could change the channel itself.
async fn bulk_update_guild_channels(cx: Cx, guild: Guild, Json(body): Json<Vec<ChannelPosition>>) -> Result<NoContent> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(guild.id);
    for wish in body.into_iter().take(MOST) {
        let found = store::channel::get(&mut work, wish.id).await?.filter(|row| row.guild_id == Some(guild.id));
        let mut row = found.filter(|row| !row.kind().is_thread()).ok_or(Code::UnknownChannel)?;
        let before = row.channel();
        let here = guild.state.permissions_in(me, &before, cx.now());
        let patch = ChannelBody {
            position: wish.position.map_or(Patch::Absent, Patch::Value),
            parent_id: wish.parent_id,
            ..ChannelBody::default()
        };
        apply(&mut row, patch, &guild.state, Permissions::empty())?;
        let moved = row.channel();
        if before.parent() != moved.parent() {
            require_managed(here, Permissions::MANAGE_CHANNELS)?;
        }
        if wish.lock_permissions == Some(true)
            && let Some(parent) = row.parent_id.and_then(|parent| guild.state.channels.get(&parent))
            && !overwrite::are_alike(parent.overwrites(), &row.overwrites.0)
        {
            require_managed(here, Permissions::MANAGE_CHANNELS | Permissions::MANAGE_ROLES)?;
            let allowed = overwrite::grantable(&cx, &moved, &guild.state)?;
            row.overwrites.0 = overwrite::taken_over(parent.overwrites(), &row.overwrites.0, allowed)?;
        }
        let after = row.channel();
        if before != after {
            store::channel::update(&mut work, &row).await?;
            work.emit(Event::ChannelUpdate(after.clone()));
            let changed = changes(Some(&before), Some(&after), &["last_message_id"]);
            work.audit(guild.id, cx.entry(AuditAction::ChannelUpdate, row.id, changed)).await?;
        }
    }
    work.commit().await?;
    Ok(NoContent)
}

async fn delete_channel(cx: Cx, channel: Channel) -> Result<Json<WireChannel>> {
    let Place::Guild(state) = &channel.place else { return private::close(&cx, &channel).await };
    channel.require(if channel.kind().is_thread() {
        Permissions::MANAGE_THREADS
    } else {
        Permissions::MANAGE_CHANNELS
    })?;
    let community = state.guild.features.iter().any(|feature| feature == "COMMUNITY");
    let needed = [state.guild.rules_channel_id, state.guild.public_updates_channel_id];
    if community && needed.contains(&Some(channel.id)) {
        return Err(Code::LastTextChannel.into());
    }
    let texts = state.channels.values().filter(|other| other.kind == ChannelKind::Text).count();
    if channel.kind() == ChannelKind::Text && texts <= 1 {
        return Err(Error::Message(Code::LastTextChannel, "A guild keeps at least one text channel".into()));
    }
    let mut work = cx.begin().await?.at(state.id());
    let row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let wire = row.channel();
    if row.kind() == ChannelKind::Category {
        for child in store::channel::of_guild(&mut work, state.id()).await? {
            if child.parent_id == Some(row.id) {
                let mut child = child;
                child.parent_id = None;
                store::channel::update(&mut work, &child).await?;
                work.emit(Event::ChannelUpdate(child.channel()));
            }
        }
    }
    for thread in store::channel::threads(&mut work, state.id(), Some(row.id)).await? {
        work.remove_channel(thread);
    }
    for webhook in store::webhook::of_channel(&mut work, row.id).await? {
        work.remove_image(ImageKind::WebhookAvatar, webhook.id, webhook.avatar);
    }
    crate::scheduled_event::channel_gone(&cx.app, &mut work, state.id(), row.id).await?;
    crate::stage::close_in(&mut work, row.id).await?;
    let messages = store::message::count(&mut work, row.id).await?;
    store::channel::delete(&mut work, row.id).await?;
    work.remove_channel(row.id);
    let (event, action) = if row.kind().is_thread() {
        let gone = ThreadDelete { id: row.id, guild_id: state.id(), parent_id: row.parent_id, kind: row.kind() };
        (Event::ThreadDelete(gone), AuditAction::ThreadDelete)
    } else {
        (Event::ChannelDelete(wire.clone()), AuditAction::ChannelDelete)
    };
    work.emit(event);
    crate::guild::forget_channel(&mut work, state.id(), row.id).await?;
    let changed = if row.kind().is_thread() {
        changes(Some(&crate::thread::logged(&row)), None, &[])
    } else {
        changes(Some(&wire), None, &["id", "guild_id", "last_message_id"])
    };
    let mut entry = cx.entry(action, row.id, changed);
    entry.options = Some(json!({ "count": messages.to_string() }));
    work.audit(state.id(), entry).await?;
    work.commit().await?;
    Ok(Json(wire))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Nothing {}

async fn trigger_typing_indicator(cx: Cx, channel: Channel, _: Json<Nothing>) -> Result<NoContent> {
    channel.require(guildhall_rules::permissions::to_send(channel.kind()))?;
    let me = cx.account()?;
    let member = match channel.guild_id() {
        Some(guild) => {
            let row = store::member::get(&mut cx.db(), guild, me.id()).await?;
            row.map(|row| row.member(Some(me.row.user())))
        }
        None => None,
    };
    let typing = TypingStart {
        channel_id: channel.id,
        guild_id: channel.guild_id(),
        user_id: me.id(),
        timestamp: cx.app.clock().millis() / 1000,
        member,
    };
    cx.app.bus().publish([Event::TypingStart(typing).into()]);
    Ok(NoContent)
}
