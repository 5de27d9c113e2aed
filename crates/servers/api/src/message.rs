//! Messages: `/channels/{channel_id}/messages`.

mod assemble;
mod compose;
mod content;
mod deliver;
mod send;

use axum::extract::Request;
use guildhall_store as store;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::message::{BulkDeleteBody, Message, MessageDelete, MessageDeleteBulk, MessagePatch, flags};
use serde::Deserialize;
use serde_json::json;

use crate::automod::Verdict;
use crate::kernel::form;
use crate::prelude::*;

pub(crate) use assemble::{address, assemble, assemble_one, signed};
pub(crate) use compose::{change, fill, plain, spoken};
pub(crate) use content::conceal;
pub(crate) use deliver::{emit, post, repost, retell, system, system_by, system_thread, system_to_everyone};
pub use send::sweep_turns;
pub(crate) use send::{pause, take_turn};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/channels/{channel_id}/messages", list_messages, Need::Member)
        .post("/channels/{channel_id}/messages", send::create_message, Need::Member)
        .limit(30, 10)
        .files()
        .post("/channels/{channel_id}/messages/bulk-delete", bulk_delete_messages, Permissions::MANAGE_MESSAGES)
        .get("/channels/{channel_id}/messages/{message_id}", get_message, Permissions::READ_MESSAGE_HISTORY)
        .patch("/channels/{channel_id}/messages/{message_id}", update_message, Need::Member)
        .files()
        .delete("/channels/{channel_id}/messages/{message_id}", delete_message, Need::Member)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MessagePage {
    around: Option<u64>,
    before: Option<u64>,
    after: Option<u64>,
    limit: Option<u32>,
}

async fn list_messages(cx: Cx, channel: Channel, Query(page): Query<MessagePage>) -> Result<Json<Vec<Message>>> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_COERCE", "int value should be between 1 and 100."));
    }
    if !channel.kind().has_messages() {
        return Err(Code::NotTextChannel.into());
    }
    require_entry(&channel)?;
    // Without the right to read history there is nothing to read: no error, as Discord has it.
    if !channel.permissions.contains(Permissions::READ_MESSAGE_HISTORY) {
        return Ok(Json(Vec::new()));
    }
    let most = i64::MAX.cast_unsigned();
    let db = &mut cx.db();
    let rows = match page {
        MessagePage { around: Some(middle), .. } => {
            let mut newer =
                store::message::after(db, channel.id, middle.saturating_sub(1).min(most), limit / 2 + 1).await?;
            newer.reverse();
            let older =
                store::message::before(db, channel.id, middle.min(most), limit.saturating_sub(limit / 2 + 1)).await?;
            newer.extend(older);
            newer
        }
        MessagePage { after: Some(after), .. } => {
            let mut rows = store::message::after(db, channel.id, after.min(most), limit).await?;
            rows.reverse();
            rows
        }
        MessagePage { before, .. } => {
            store::message::before(db, channel.id, before.unwrap_or(most).min(most), limit).await?
        }
    };
    let newest = rows.first().map(|row| row.id);
    let mut messages = assemble(&cx.app, db, rows, Some(cx.user()?)).await?;
    conceal(&cx, channel.guild_id(), &mut messages).await?;
    if let (Some(newest), false) = (newest, cx.account()?.is_bot()) {
        crate::read_state::delivered(&cx, &channel, newest).await?;
    }
    Ok(Json(messages))
}

/// What is written in a voice channel is for those who could come in.
fn require_entry(channel: &Channel) -> Result<()> {
    if guildhall_rules::permissions::hears(channel.permissions, channel.kind()) {
        Ok(())
    } else {
        Err(Code::MissingAccess.into())
    }
}

/// Whether who asks reads what was written in a channel before.
pub(crate) fn is_readable(channel: &Channel) -> bool {
    channel.permissions.contains(Permissions::READ_MESSAGE_HISTORY) && require_entry(channel).is_ok()
}

async fn get_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
) -> Result<Json<Message>> {
    require_entry(&channel)?;
    let row = store::message::get(&mut cx.db(), channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    let mut message = assemble_one(&cx.app, &mut cx.db(), row, Some(cx.user()?)).await?;
    conceal(&cx, channel.guild_id(), [&mut message]).await?;
    Ok(Json(message))
}

async fn update_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
    request: Request,
) -> Result<Json<Message>> {
    let me = cx.user()?;
    crate::channel::require_writable(&cx, &channel).await?;
    let (mut body, uploads) = form::read::<MessagePatch>(&cx.app, channel.id, request).await?;
    crate::attachment::require_room(&cx, &uploads).await?;
    if !cx.account()?.is_bot() {
        compose::plain_change(&mut body);
    }
    if let Patch::Value(text) = &mut body.content {
        *text = crate::emoji::permitted(&cx, &channel, std::mem::take(text)).await?;
    }
    let verdict = match &body.content {
        Patch::Value(text) => guard_edit(&cx, &channel, id, text).await?,
        Patch::Absent | Patch::Null => Verdict::default(),
    };
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if row.kind().is_system() {
        return Err(Code::SystemMessage.into());
    }
    if row.author_id == me {
        if !uploads.is_empty() {
            channel.require(Permissions::ATTACH_FILES)?;
        }
        change(&cx.app, &mut work, &channel, &mut row, body, &uploads).await?;
    } else {
        // Others may only hide embeds.
        let only_flags = body.content.is_absent() && body.embeds.is_absent() && body.components.is_absent();
        let Patch::Value(bits) = body.flags else { return Err(Code::NotAuthor.into()) };
        if !only_flags || !uploads.is_empty() || !channel.permissions.contains(Permissions::MANAGE_MESSAGES) {
            return Err(Code::NotAuthor.into());
        }
        row.flags = (row.flags & !flags::SUPPRESS_EMBEDS) | (bits.0 & flags::SUPPRESS_EMBEDS);
    }
    let mut message = repost(&cx.app, &mut work, &channel, row).await?;
    work.commit().await?;
    uploads.keep();
    verdict.follow(&cx, id).await;
    if message.flags & flags::CROSSPOSTED != 0 {
        crate::crosspost::follow_edit(&cx, channel.id, id).await;
    }
    message.reactions =
        store::reaction::of_messages(&mut cx.db(), &[id], Some(me)).await?.remove(&id).unwrap_or_default();
    conceal(&cx, channel.guild_id(), [&mut message]).await?;
    Ok(Json(message))
}

/// Looks at the new text of one's own message.
async fn guard_edit(cx: &Cx, channel: &Channel, id: Id<MessageMarker>, text: &str) -> Result<Verdict> {
    let me = &cx.account()?.row;
    if !crate::automod::watches(channel) {
        return Ok(Verdict::default());
    }
    let row = store::message::get(&mut cx.db(), channel.id, id).await?;
    if row.is_none_or(|row| row.author_id != me.id || row.content == text.trim()) {
        return Ok(Verdict::default());
    }
    crate::automod::guard_edit(cx, channel, me, text.trim()).await
}

async fn delete_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
) -> Result<NoContent> {
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(channel.id);
    let row = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if !row.kind().is_deletable() {
        return Err(Code::SystemMessage.into());
    }
    let own = row.author_id == me;
    if !own {
        channel.require(Permissions::MANAGE_MESSAGES)?;
        if channel.guild_id().is_none() {
            return Err(Code::CannotExecuteOnDm.into());
        }
    }
    store::message::delete(&mut work, channel.id, id, cx.now()).await?;
    work.remove_files(&row);
    work.emit(Event::MessageDelete(MessageDelete { id, channel_id: channel.id, guild_id: channel.guild_id() }));
    if let (Some(guild), false) = (channel.guild_id(), own) {
        let mut entry = cx.entry(AuditAction::MessageDelete, row.author_id, Vec::new());
        entry.options = Some(json!({ "channel_id": channel.id, "count": "1" }));
        work.audit(guild, entry).await?;
    }
    work.commit().await?;
    if row.flags & flags::CROSSPOSTED != 0 {
        crate::crosspost::follow_deletion(&cx, id).await;
    }
    Ok(NoContent)
}

async fn bulk_delete_messages(cx: Cx, channel: Channel, Json(body): Json<BulkDeleteBody>) -> Result<NoContent> {
    let guild = channel.guild()?.id();
    let mut ids = body.messages;
    ids.sort_unstable();
    if ids.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return Err(Error::form("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value"));
    }
    if !(2..=100).contains(&ids.len()) {
        return Err(Code::BulkDeleteCount.into());
    }
    let oldest = floor(cx.app.clock().millis().saturating_sub(14 * 86_400_000));
    if ids.iter().any(|id| id.get() < oldest) {
        return Err(Code::MessageTooOld.into());
    }
    let mut work = cx.begin().await?.at(channel.id);
    let (mut gone, mut published) = (Vec::new(), Vec::new());
    for row in store::message::get_many(&mut work, channel.id, &ids).await? {
        if store::message::delete(&mut work, channel.id, row.id, cx.now()).await? {
            work.remove_files(&row);
            gone.push(row.id);
            published.extend((row.flags & flags::CROSSPOSTED != 0).then_some(row.id));
        }
    }
    if !gone.is_empty() {
        let mut entry = cx.entry(AuditAction::MessageBulkDelete, channel.id, Vec::new());
        entry.options = Some(json!({ "count": gone.len().to_string() }));
        work.audit(guild, entry).await?;
        gone.sort_unstable();
        let deleted = MessageDeleteBulk { ids: gone, channel_id: channel.id, guild_id: Some(guild) };
        work.emit(Event::MessageDeleteBulk(deleted));
    }
    work.commit().await?;
    for id in published {
        crate::crosspost::follow_deletion(&cx, id).await;
    }
    Ok(NoContent)
}
