//! Pinned messages: `/channels/{channel_id}/messages/pins`, and the old `/channels/{channel_id}/pins`.

use guildhall_store as store;
use guildhall_wire::audit_log::AuditAction;
use guildhall_wire::channel::PinsUpdate;
use guildhall_wire::message::{Message, MessageKind, Pin, Pins};
use serde::Deserialize;
use serde_json::json;

use crate::message::{assemble, assemble_one, conceal};
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/channels/{channel_id}/messages/pins", list_pins, Need::Member)
        .put("/channels/{channel_id}/messages/pins/{message_id}", create_pin, Need::Member)
        .delete("/channels/{channel_id}/messages/pins/{message_id}", delete_pin, Need::Member)
        .get("/channels/{channel_id}/pins", deprecated_list_pins, Need::Member)
        .put("/channels/{channel_id}/pins/{message_id}", deprecated_create_pin, Need::Member)
        .delete("/channels/{channel_id}/pins/{message_id}", deprecated_delete_pin, Need::Member)
}

const MOST: i64 = 250;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PinPage {
    #[serde(deserialize_with = "guildhall_wire::loose::time::optional")]
    before: Option<Timestamp>,
    limit: Option<u32>,
}

async fn list_pins(cx: Cx, channel: Channel, Query(page): Query<PinPage>) -> Result<Json<Pins>> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=50).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 50."));
    }
    // Without the right to read history there is nothing to read: no error, as Discord has it.
    if !channel.permissions.contains(Permissions::READ_MESSAGE_HISTORY) {
        return Ok(Json(Pins { items: Vec::new(), has_more: false }));
    }
    let before = page.before.map_or(i64::MAX, guildhall_wire::Timestamp::as_micros);
    let mut rows = store::message::pinned(&mut cx.db(), channel.id, before, limit + 1).await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let times: Vec<_> = rows.iter().map(|row| row.pinned_at.unwrap_or_default()).collect();
    let mut messages = assemble(&cx.app, &mut cx.db(), rows, Some(cx.user()?)).await?;
    conceal(&cx, channel.guild_id(), &mut messages).await?;
    let items = messages.into_iter().zip(times);
    let items = items.map(|(message, at)| Pin { pinned_at: store::timestamp(at), message }).collect();
    Ok(Json(Pins { items, has_more }))
}

async fn deprecated_list_pins(cx: Cx, channel: Channel) -> Result<Json<Vec<Message>>> {
    if !channel.permissions.contains(Permissions::READ_MESSAGE_HISTORY) {
        return Ok(Json(Vec::new()));
    }
    let rows = store::message::pinned(&mut cx.db(), channel.id, i64::MAX, 50).await?;
    let mut messages = assemble(&cx.app, &mut cx.db(), rows, Some(cx.user()?)).await?;
    conceal(&cx, channel.guild_id(), &mut messages).await?;
    Ok(Json(messages))
}

/// In guilds it takes PIN_MESSAGES, which MANAGE_MESSAGES no longer stands for; in direct messages everybody may.
fn require(channel: &Channel) -> Result<()> {
    if channel.guild_id().is_none() || channel.permissions.contains(Permissions::PIN_MESSAGES) {
        Ok(())
    } else {
        Err(Code::MissingPermissions.into())
    }
}

/// Pinning twice is not an error, and says nothing the second time.
async fn set(cx: &Cx, channel: &Channel, id: Id<MessageMarker>, pinned: bool) -> Result<NoContent> {
    require(channel)?;
    crate::channel::require_writable(cx, channel).await?;
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::message::get(&mut work, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    if row.pinned_at.is_some() == pinned {
        return Ok(NoContent);
    }
    if row.kind().is_system() {
        return Err(Code::SystemMessage.into());
    }
    if pinned && store::message::count_pinned(&mut work, channel.id).await? >= MOST {
        return Err(Code::TooManyPins.into());
    }
    let author = row.author_id;
    row.pinned_at = pinned.then(|| cx.now());
    store::message::update(&mut work, &row).await?;
    let last = store::message::pinned(&mut work, channel.id, i64::MAX, 1).await?;
    let last_pin = last.first().and_then(|row| row.pinned_at);
    store::channel::set_last_pin(&mut work, channel.id, last_pin).await?;
    let mut message = assemble_one(&cx.app, &mut work, row, None).await?;
    message.guild_id = channel.guild_id();
    work.emit(Event::MessageUpdate(message));
    work.emit(Event::ChannelPinsUpdate(PinsUpdate {
        guild_id: channel.guild_id(),
        channel_id: channel.id,
        last_pin_timestamp: last_pin.map(store::timestamp),
    }));
    if pinned {
        let me = cx.account()?.row.clone();
        let kind = MessageKind::ChannelPinnedMessage;
        crate::message::system_by(cx, &mut work, channel, &me, kind, "", None, Some(id)).await?;
    }
    if let Some(guild) = channel.guild_id() {
        let action = if pinned { AuditAction::MessagePin } else { AuditAction::MessageUnpin };
        let mut entry = cx.entry(action, author, Vec::new());
        entry.options = Some(json!({ "channel_id": channel.id, "message_id": id }));
        work.audit(guild, entry).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}

type Ids = Path<(Id<ChannelMarker>, Id<MessageMarker>)>;

async fn create_pin(cx: Cx, channel: Channel, Path((_, id)): Ids) -> Result<NoContent> {
    set(&cx, &channel, id, true).await
}

async fn delete_pin(cx: Cx, channel: Channel, Path((_, id)): Ids) -> Result<NoContent> {
    set(&cx, &channel, id, false).await
}

async fn deprecated_create_pin(cx: Cx, channel: Channel, Path((_, id)): Ids) -> Result<NoContent> {
    set(&cx, &channel, id, true).await
}

async fn deprecated_delete_pin(cx: Cx, channel: Channel, Path((_, id)): Ids) -> Result<NoContent> {
    set(&cx, &channel, id, false).await
}
