//! One overwrite of a channel: `/channels/{channel_id}/permissions/{overwrite_id}`.

use guildhall_store as store;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Overwrite, OverwriteBody, OverwriteKind};
use serde_json::json;

use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new()
        .put(
            "/channels/{channel_id}/permissions/{overwrite_id}",
            set_channel_permission_overwrite,
            Permissions::MANAGE_ROLES,
        )
        .delete(
            "/channels/{channel_id}/permissions/{overwrite_id}",
            delete_channel_permission_overwrite,
            Permissions::MANAGE_ROLES,
        )
}

/// What the audit log says of the overwrite's role or member.
fn options(cx: &Cx, guild: Id<GuildMarker>, overwrite: &Overwrite) -> serde_json::Value {
    let kind = if overwrite.kind == OverwriteKind::Role { "0" } else { "1" };
    let state = cx.app.bus().guild(guild);
    let name = state.and_then(|state| Some(state.roles.get(&overwrite.id.cast())?.name.clone()));
    json!({ "id": overwrite.id, "type": kind, "role_name": name })
}

async fn set_channel_permission_overwrite(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<GenericMarker>)>,
    Json(mut body): Json<OverwriteBody>,
) -> Result<NoContent> {
    let guild = channel.guild()?.clone();
    body.id = Some(id);
    let read = super::overwrites(vec![body], channel.channel.overwrites(), &guild, channel.permissions)?;
    let new = read.into_iter().next().ok_or(Code::UnknownOverwrite)?;
    let known = match new.kind {
        OverwriteKind::Role => guild.roles.contains_key(&id.cast()),
        OverwriteKind::Member => store::user::get(&mut cx.db(), id.cast()).await?.is_some(),
    };
    if !known {
        return Err(Code::UnknownOverwrite.into());
    }
    let mut work = cx.begin().await?.at(guild.id());
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let old = row.overwrites.0.iter().find(|overwrite| overwrite.id == id).copied();
    if old == Some(new) {
        return Ok(NoContent);
    }
    row.overwrites.0.retain(|overwrite| overwrite.id != id);
    row.overwrites.0.push(new);
    store::channel::update(&mut work, &row).await?;
    work.emit(Event::ChannelUpdate(row.channel()));
    let action = if old.is_some() { AuditAction::ChannelOverwriteUpdate } else { AuditAction::ChannelOverwriteCreate };
    let mut entry = cx.entry(action, channel.id, changes(old.as_ref(), Some(&new), &[]));
    entry.options = Some(options(&cx, guild.id(), &new));
    work.audit(guild.id(), entry).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn delete_channel_permission_overwrite(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<GenericMarker>)>,
) -> Result<NoContent> {
    let guild = channel.guild()?.clone();
    let mut work = cx.begin().await?.at(guild.id());
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let old = row.overwrites.0.iter().find(|overwrite| overwrite.id == id).copied().ok_or(Code::UnknownOverwrite)?;
    row.overwrites.0.retain(|overwrite| overwrite.id != id);
    store::channel::update(&mut work, &row).await?;
    work.emit(Event::ChannelUpdate(row.channel()));
    let mut entry = cx.entry(AuditAction::ChannelOverwriteDelete, channel.id, changes(Some(&old), None, &[]));
    entry.options = Some(options(&cx, guild.id(), &old));
    work.audit(guild.id(), entry).await?;
    work.commit().await?;
    Ok(NoContent)
}
