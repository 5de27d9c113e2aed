//! Messages: `/channels/{channel_id}/messages`.

mod assemble;
mod content;
mod send;

use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::message::{BulkDeleteBody, Message, MessageDelete, MessageDeleteBulk, MessagePatch, flags};
use serde::Deserialize;
use serde_json::json;

use crate::prelude::*;

pub(crate) use assemble::{assemble, assemble_one};
pub(crate) use send::{system, system_by, system_thread};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/channels/{channel_id}/messages", list_messages, Need::Member)
        .post("/channels/{channel_id}/messages", send::create_message, Need::Member)
        .limit(30, 10)
        .files()
        .post("/channels/{channel_id}/messages/bulk-delete", bulk_delete_messages, Permissions::MANAGE_MESSAGES)
        .get("/channels/{channel_id}/messages/{message_id}", get_message, Permissions::READ_MESSAGE_HISTORY)
        .patch("/channels/{channel_id}/messages/{message_id}", update_message, Need::Member)
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
    let messages = assemble(&cx.app, db, rows, Some(cx.user()?)).await?;
    if let (Some(newest), false) = (newest, cx.account()?.is_bot()) {
        crate::read_state::delivered(&cx, &channel, newest).await?;
    }
    Ok(Json(messages))
}

async fn get_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
) -> Result<Json<Message>> {
    let row = store::message::get(&mut cx.db(), channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    Ok(Json(assemble_one(&cx.app, &mut cx.db(), row, Some(cx.user()?)).await?))
}

async fn update_message(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
    Json(mut body): Json<MessagePatch>,
) -> Result<Json<Message>> {
    let me = cx.user()?;
    if let Patch::Value(text) = &mut body.content {
        *text = crate::emoji::permitted(&cx, &channel, std::mem::take(text)).await?;
    }
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if row.kind().is_system() {
        return Err(Code::SystemMessage.into());
    }
    let own = row.author_id == me && row.webhook_id.is_none();
    if own {
        edit(&cx, &channel, &mut work, &mut row, body).await?;
    } else {
        // Others may only hide embeds.
        let only_flags = body.content.is_absent() && body.embeds.is_absent() && body.components.is_absent();
        let Patch::Value(bits) = body.flags else { return Err(Code::NotAuthor.into()) };
        if !only_flags || !channel.permissions.contains(Permissions::MANAGE_MESSAGES) {
            return Err(Code::NotAuthor.into());
        }
        row.flags = (row.flags & !flags::SUPPRESS_EMBEDS) | (bits.0 & flags::SUPPRESS_EMBEDS);
    }
    store::message::update(&mut work, &row).await?;
    let message = assemble_one(&cx.app, &mut work, row, Some(me)).await?;
    let event = send::told(&mut work, &channel, message.clone()).await?;
    work.emit(Event::MessageUpdate(event));
    work.commit().await?;
    Ok(Json(message))
}

/// Writes an author's changes into the row; the result may not be empty.
async fn edit(cx: &Cx, channel: &Channel, work: &mut Work, row: &mut MessageRow, body: MessagePatch) -> Result<()> {
    let extras = &mut row.extras.0;
    let changed_text = !body.content.is_absent();
    if let Patch::Value(text) = &body.content {
        content::check_length(cx, text)?;
    }
    body.content.apply_or_default(&mut row.content);
    row.content = row.content.trim().to_owned();
    match (body.embeds, body.embed) {
        (Patch::Value(embeds), _) => extras.embeds = content::embeds(embeds)?,
        (Patch::Null, _) => extras.embeds.clear(),
        (Patch::Absent, Patch::Value(embed)) => extras.embeds = content::embeds(vec![embed])?,
        (Patch::Absent, Patch::Null) => extras.embeds.clear(),
        (Patch::Absent, Patch::Absent) => {}
    }
    body.components.apply_or_default(&mut extras.components);
    if let Patch::Value(bits) = body.flags {
        let mine = flags::SUPPRESS_EMBEDS;
        row.flags = (row.flags & !mine) | (bits.0 & mine);
    }
    if let Patch::Value(kept) = body.attachments {
        let kept: Vec<_> = kept.iter().filter_map(guildhall_wire::message::AttachmentBody::existing).collect();
        extras.attachments.retain(|attachment| kept.contains(&attachment.id));
    }
    let empty = row.content.is_empty()
        && extras.embeds.is_empty()
        && extras.attachments.is_empty()
        && extras.components.is_empty()
        && extras.stickers.is_empty()
        && extras.snapshots.is_empty();
    if empty {
        return Err(Code::EmptyMessage.into());
    }
    if changed_text {
        let allowed = body.allowed_mentions.value();
        let mentions = content::mentions(channel, &row.content, allowed.as_ref(), row.kind(), None)?;
        let known = store::user::get_many(work, &mentions.users).await?;
        row.mentions.0 = known.iter().map(|user| user.id).collect();
        row.mention_roles.0 = mentions.roles;
        row.mention_everyone = mentions.everyone;
    }
    row.edited_at = Some(cx.now());
    Ok(())
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
    work.emit(Event::MessageDelete(MessageDelete { id, channel_id: channel.id, guild_id: channel.guild_id() }));
    if let (Some(guild), false) = (channel.guild_id(), own) {
        let mut entry = cx.entry(AuditAction::MessageDelete, row.author_id, Vec::new());
        entry.options = Some(json!({ "channel_id": channel.id, "count": "1" }));
        work.audit(guild, entry).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}

async fn bulk_delete_messages(cx: Cx, channel: Channel, Json(body): Json<BulkDeleteBody>) -> Result<NoContent> {
    let guild = channel.guild()?.id();
    let mut ids = body.messages;
    ids.sort_unstable();
    ids.dedup();
    if !(2..=100).contains(&ids.len()) {
        return Err(Code::BulkDeleteCount.into());
    }
    let oldest = floor(cx.app.clock().millis().saturating_sub(14 * 86_400_000));
    if ids.iter().any(|id| id.get() < oldest) {
        return Err(Code::MessageTooOld.into());
    }
    let mut work = cx.begin().await?.at(channel.id);
    let mut gone = Vec::new();
    for row in store::message::get_many(&mut work, channel.id, &ids).await? {
        if store::message::delete(&mut work, channel.id, row.id, cx.now()).await? {
            gone.push(row.id);
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
    Ok(NoContent)
}
