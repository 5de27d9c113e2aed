//! Overwrites of a channel, and one of them: `/channels/{channel_id}/permissions/{overwrite_id}`.

use std::sync::Arc;

use guildhall_bus::GuildState;
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind, Overwrite, OverwriteBody, OverwriteKind};
use guildhall_wire::loose::Int;
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
    if overwrite.kind == OverwriteKind::Member {
        return json!({ "id": overwrite.id, "type": "1" });
    }
    let state = cx.app.bus().guild(guild);
    let name = state.and_then(|state| Some(state.roles.get(&overwrite.id.cast())?.name.clone()));
    json!({ "id": overwrite.id, "type": "0", "role_name": name })
}

/// Most overwrites of one channel.
const MOST: usize = 100;

/// The guild of a channel that has overwrites: those of a thread are its parent's.
fn place(channel: &Channel) -> Result<Arc<GuildState>> {
    let guild = channel.guild()?;
    if channel.kind().is_thread() { Err(Code::WrongChannelType.into()) } else { Ok(guild.clone()) }
}

async fn set_channel_permission_overwrite(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<GenericMarker>)>,
    Json(mut body): Json<OverwriteBody>,
) -> Result<NoContent> {
    let guild = place(&channel)?;
    body.id = Some(id);
    let allowed = grantable(&cx, &channel.channel, &guild)?;
    let list = read(vec![body], channel.channel.overwrites(), &guild, allowed)?;
    let new = list.into_iter().next().ok_or(Code::UnknownOverwrite)?;
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
    let before = row.overwrites.0.clone();
    row.overwrites.0.retain(|overwrite| overwrite.id != id);
    row.overwrites.0.push(new);
    if old.is_none() && row.overwrites.0.len() > MOST {
        return Err(Code::TooManyOverwrites.into());
    }
    store::channel::update(&mut work, &row).await?;
    work.emit(Event::ChannelUpdate(row.channel()));
    follow_category(&mut work, &row, &before).await?;
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
    let guild = place(&channel)?;
    let mut work = cx.begin().await?.at(guild.id());
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let old = row.overwrites.0.iter().find(|overwrite| overwrite.id == id).copied().ok_or(Code::UnknownOverwrite)?;
    let before = row.overwrites.0.clone();
    row.overwrites.0.retain(|overwrite| overwrite.id != id);
    store::channel::update(&mut work, &row).await?;
    work.emit(Event::ChannelUpdate(row.channel()));
    follow_category(&mut work, &row, &before).await?;
    let mut entry = cx.entry(AuditAction::ChannelOverwriteDelete, channel.id, changes(Some(&old), None, &[]));
    entry.options = Some(options(&cx, guild.id(), &old));
    work.audit(guild.id(), entry).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// Reads the overwrites of a body; nobody gives or takes what they do not have, but what is so already may stay.
pub(super) fn read(
    list: Vec<OverwriteBody>,
    known: &[Overwrite],
    guild: &GuildState,
    allowed: Permissions,
) -> Result<Vec<Overwrite>> {
    let mut read: Vec<Overwrite> = Vec::with_capacity(list.len());
    for (index, body) in list.into_iter().enumerate() {
        let Some(id) = body.id else {
            return Err(Error::form(
                &format!("permission_overwrites.{index}.id"),
                "BASE_TYPE_REQUIRED",
                "This field is required",
            ));
        };
        let kind = match body.kind {
            Some(Int(1)) => OverwriteKind::Member,
            Some(Int(0)) => OverwriteKind::Role,
            None if guild.roles.contains_key(&id.cast()) => OverwriteKind::Role,
            None => OverwriteKind::Member,
            Some(_) => {
                let path = format!("permission_overwrites.{index}.type");
                return Err(Error::form(&path, "BASE_TYPE_CHOICES", "Value must be one of (0, 1)."));
            }
        };
        let (allow, deny) = (body.allow.unwrap_or(Permissions::empty()), body.deny.unwrap_or(Permissions::empty()));
        let new = Overwrite { id, kind, allow, deny };
        require_grantable(&new, known, allowed)?;
        read.retain(|known| known.id != id);
        read.push(new);
    }
    if read.len() > MOST {
        return Err(Code::TooManyOverwrites.into());
    }
    Ok(read)
}

/// Refuses what an overwrite says other than before and somebody may not give or take.
fn require_grantable(new: &Overwrite, known: &[Overwrite], allowed: Permissions) -> Result<()> {
    let before = known.iter().find(|known| known.id == new.id);
    let (allowed_before, denied_before) =
        before.map_or((Permissions::empty(), Permissions::empty()), |known| (known.allow, known.deny));
    if allowed.contains((new.allow ^ allowed_before) | (new.deny ^ denied_before)) {
        Ok(())
    } else {
        Err(Code::MissingPermissions.into())
    }
}

/// The overwrites of a category as they come to a channel, by somebody who could write them there.
pub(super) fn taken_over(from: &[Overwrite], known: &[Overwrite], allowed: Permissions) -> Result<Vec<Overwrite>> {
    for overwrite in from {
        require_grantable(overwrite, known, allowed)?;
    }
    Ok(from.to_vec())
}

/// Whether two lists say the same, in whatever order.
pub(super) fn are_alike(one: &[Overwrite], other: &[Overwrite]) -> bool {
    let sorted = |overwrites: &[Overwrite]| {
        let mut sorted = overwrites.to_vec();
        sorted.sort_unstable_by_key(|overwrite| overwrite.id);
        sorted
    };
    sorted(one) == sorted(other)
}

/// What somebody may allow and deny in a channel: what they may in the guild and in the category above, and everything where
/// an overwrite lets them manage permissions. That right itself only administrators give on.
pub(super) fn grantable(cx: &Cx, channel: &WireChannel, state: &GuildState) -> Result<Permissions> {
    let (me, now) = (cx.user()?, cx.now());
    let base = state.permissions(me, now);
    if base.contains(Permissions::ADMINISTRATOR) {
        return Ok(base);
    }
    let roles = state.members.get(&me).map(|member| &*member.roles).unwrap_or_default();
    let mine = |overwrite: &&Overwrite| {
        overwrite.id == me.cast() || overwrite.id == state.id().cast() || roles.contains(&overwrite.id.cast())
    };
    let manages = |overwrite: &Overwrite| overwrite.allow.contains(Permissions::MANAGE_ROLES);
    let may = if channel.overwrites().iter().filter(mine).any(manages) {
        Permissions::all()
    } else {
        let parent = channel.parent().and_then(|parent| state.channels.get(&parent));
        parent.map_or(base, |parent| base | state.permissions_in(me, parent, now))
    };
    Ok(may - Permissions::MANAGE_ROLES)
}

/// Brings a change of a category's overwrites to the channels in it that were in step with it.
pub(super) async fn follow_category(work: &mut Work, row: &ChannelRow, before: &[Overwrite]) -> Result<()> {
    let Some(guild) = row.guild_id.filter(|_| row.kind() == ChannelKind::Category) else { return Ok(()) };
    if are_alike(before, &row.overwrites.0) {
        return Ok(());
    }
    for mut child in store::channel::of_guild(work, guild).await? {
        if child.parent_id == Some(row.id) && are_alike(&child.overwrites.0, before) {
            child.overwrites.0.clone_from(&row.overwrites.0);
            store::channel::update(work, &child).await?;
            work.emit(Event::ChannelUpdate(child.channel()));
        }
    }
    Ok(())
}
