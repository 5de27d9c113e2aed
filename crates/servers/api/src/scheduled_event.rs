//! Scheduled events: `/guilds/{guild_id}/scheduled-events`.

mod edit;
mod exception;
mod time;
mod user;

use std::collections::HashMap;

use guildhall_store as store;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::scheduled_event::{ScheduledEvent, entity, status};
use guildhall_wire::user::User;
use serde::Deserialize;

use crate::prelude::*;

pub(crate) use time::{begin_by_stage, channel_gone, end_by_stage, on_time};
pub(crate) use user::leave_all;

pub(crate) fn routes() -> Routes {
    const ONE: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}";
    Routes::new()
        .get("/guilds/{guild_id}/scheduled-events", list_guild_scheduled_events, Need::Member)
        .post("/guilds/{guild_id}/scheduled-events", edit::create_guild_scheduled_event, Need::Member)
        .images()
        .get(ONE, get_guild_scheduled_event, Need::Member)
        .patch(ONE, edit::update_guild_scheduled_event, Need::Member)
        .images()
        .delete(ONE, delete_guild_scheduled_event, Need::Member)
        .merge(exception::routes())
        .merge(user::routes())
}

/// Most that are to come or go on in one guild.
const MOST: usize = 100;

type Ids = Path<(Id<GuildMarker>, Id<ScheduledEventMarker>)>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WithCount {
    with_user_count: guildhall_wire::loose::Bool,
}

/// The event with that id, of that guild.
async fn find(run: &mut dyn Run, guild: &Guild, id: Id<ScheduledEventMarker>) -> Result<ScheduledEventRow> {
    let row = store::scheduled_event::get(run, id).await?.filter(|row| row.guild_id == guild.id);
    row.ok_or(Code::UnknownScheduledEvent.into())
}

/// The same for somebody who sees it.
async fn see(cx: &Cx, run: &mut dyn Run, guild: &Guild, id: Id<ScheduledEventMarker>) -> Result<ScheduledEventRow> {
    let row = find(run, guild, id).await?;
    if guild.state.sees_event(cx.user()?, &row.event(None)) { Ok(row) } else { Err(Code::MissingAccess.into()) }
}

/// Refuses who may not do something with events in that place: in a channel, what its kind asks for beside the permission.
fn require_place(cx: &Cx, guild: &Guild, row: &ScheduledEventRow, one_of: Permissions) -> Result<()> {
    let (permissions, beside) = match row.channel_id {
        None => (guild.permissions, Permissions::empty()),
        Some(id) => {
            let channel = guild.state.channels.get(&id).ok_or(Code::UnknownChannel)?;
            let beside = if row.entity_type == entity::STAGE {
                Permissions::MANAGE_CHANNELS | Permissions::MUTE_MEMBERS | Permissions::MOVE_MEMBERS
            } else {
                Permissions::CONNECT
            };
            (guild.state.permissions_in(cx.user()?, channel, cx.now()), beside | Permissions::VIEW_CHANNEL)
        }
    };
    let may = permissions.intersects(one_of) && permissions.contains(beside);
    if may { Ok(()) } else { Err(Code::MissingPermissions.into()) }
}

/// Refuses who may not change that event: one's own takes either permission, others' the greater one.
fn require_control(cx: &Cx, guild: &Guild, row: &ScheduledEventRow) -> Result<()> {
    let own = row.creator_id == Some(cx.user()?);
    let one_of = if own { Permissions::CREATE_EVENTS | Permissions::MANAGE_EVENTS } else { Permissions::MANAGE_EVENTS };
    // Of a channel that is gone, whoever may in the guild.
    let gone = row.channel_id.is_some_and(|id| !guild.state.channels.contains_key(&id));
    if gone {
        return if guild.permissions.intersects(one_of) { Ok(()) } else { Err(Code::MissingPermissions.into()) };
    }
    require_place(cx, guild, row, one_of)
}

/// Events with who made them, and how many are interested where that was asked for.
async fn present(run: &mut dyn Run, rows: &[ScheduledEventRow], counts: bool) -> Result<Vec<ScheduledEvent>> {
    let mut ids: Vec<_> = rows.iter().filter_map(|row| row.creator_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let users: HashMap<_, User> =
        store::user::get_many(run, &ids).await?.iter().map(UserRow::user).map(|user| (user.id, user)).collect();
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let mut event = row.event(row.creator_id.and_then(|id| users.get(&id).cloned()));
        if counts {
            let counts = store::scheduled_event::counts(run, row.id).await?;
            event.user_count =
                Some(counts.iter().find(|(exception, _)| *exception == 0).map_or(0, |(_, count)| *count));
        }
        events.push(event);
    }
    Ok(events)
}

/// One of them.
pub(crate) async fn present_one(run: &mut dyn Run, row: &ScheduledEventRow, count: bool) -> Result<ScheduledEvent> {
    present(run, std::slice::from_ref(row), count).await?.pop().ok_or(Code::UnknownScheduledEvent.into())
}

async fn list_guild_scheduled_events(
    cx: Cx,
    guild: Guild,
    Query(query): Query<WithCount>,
) -> Result<Json<Vec<ScheduledEvent>>> {
    let me = cx.user()?;
    let mut rows = store::scheduled_event::open_of_guild(&mut cx.db(), guild.id).await?;
    rows.retain(|row| guild.state.sees_event(me, &row.event(None)));
    Ok(Json(present(&mut cx.db(), &rows, query.with_user_count.0).await?))
}

async fn get_guild_scheduled_event(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Query(query): Query<WithCount>,
) -> Result<Json<ScheduledEvent>> {
    let row = see(&cx, &mut cx.db(), &guild, id).await?;
    Ok(Json(present_one(&mut cx.db(), &row, query.with_user_count.0).await?))
}

async fn delete_guild_scheduled_event(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(guild.id);
    let row = find(&mut work, &guild, id).await?;
    require_control(&cx, &guild, &row)?;
    time::release(&mut work, &row).await?;
    if let (status::ACTIVE, entity::STAGE, Some(channel)) = (row.status, row.entity_type, row.channel_id) {
        crate::stage::close_in(&mut work, channel).await?;
    }
    store::scheduled_event::delete(&mut work, id).await?;
    work.remove_image(ImageKind::EventCover, id, row.image.clone());
    let event = present_one(&mut work, &row, false).await?;
    work.emit(Event::ScheduledEventDelete(event));
    let changed = changes(Some(&logged(&row)), None, &[]);
    work.audit(guild.id, cx.entry(AuditAction::ScheduledEventDelete, id, changed)).await?;
    work.commit().await?;
    Ok(NoContent)
}

/// What the audit log says of an event.
fn logged(row: &ScheduledEventRow) -> serde_json::Value {
    let event = row.event(None);
    serde_json::json!({
        "name": event.name,
        "description": event.description,
        "channel_id": event.channel_id,
        "privacy_level": event.privacy_level,
        "status": event.status,
        "entity_type": event.entity_type,
        "location": row.location,
        "scheduled_start_time": event.scheduled_start_time,
        "scheduled_end_time": event.scheduled_end_time,
        "image_hash": event.image,
        "recurrence_rule": event.recurrence_rule,
    })
}

/// Whether an event is over.
fn is_over(row: &ScheduledEventRow) -> bool {
    matches!(row.status, status::COMPLETED | status::CANCELED)
}

/// What an invite shows of the event that its link names: to everybody where it is in no channel or in one that everybody sees,
/// to those who see its channel elsewhere.
pub(crate) async fn of_invite(
    cx: &Cx,
    guild: Id<GuildMarker>,
    id: Id<ScheduledEventMarker>,
) -> Result<Option<ScheduledEvent>> {
    let Some(state) = cx.app.bus().guild(guild) else { return Ok(None) };
    let shown = |row: &ScheduledEventRow| match row.channel_id {
        None => true,
        Some(channel) => {
            let public = state.channels.get(&channel).is_some_and(|channel| state.is_public(channel));
            public || cx.user().is_ok_and(|me| state.sees_event(me, &row.event(None)))
        }
    };
    let row = store::scheduled_event::get(&mut cx.db(), id).await?;
    match row.filter(|row| row.guild_id == guild && !is_over(row) && shown(row)) {
        Some(row) => Ok(Some(present_one(&mut cx.db(), &row, true).await?)),
        None => Ok(None),
    }
}

/// The images of a guild's events go with the guild.
pub(crate) async fn forget_images(work: &mut Work, guild: Id<GuildMarker>) -> Result<()> {
    for row in store::scheduled_event::of_guild(work, guild).await? {
        work.remove_image(ImageKind::EventCover, row.id, row.image);
    }
    Ok(())
}
