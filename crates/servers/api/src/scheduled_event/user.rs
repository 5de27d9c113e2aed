//! Who is interested in an event, or in one time of it.

use std::collections::HashMap;

use guildhall_store as store;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_wire::scheduled_event::{ScheduledEventCounts, ScheduledEventInterest, ScheduledEventUser};
use serde::Deserialize;

use super::{Ids, is_over, see};
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const ALL: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users";
    const COUNTS: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users/counts";
    const ME: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users/@me";
    const TIME: &str =
        "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/{guild_scheduled_event_exception_id}/users";
    // As Discord's documentation has it; its schema has the one above.
    const TIME_TOO: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/{guild_scheduled_event_exception_id}/users";
    const TIME_ME: &str =
        "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/{guild_scheduled_event_exception_id}/users/@me";
    Routes::new()
        .get(ALL, list_guild_scheduled_event_users, Need::Member)
        .get(COUNTS, count_guild_scheduled_event_users, Need::Member)
        .put(ME, add_my_scheduled_event_user, Need::Member)
        .delete(ME, delete_my_scheduled_event_user, Need::Member)
        .get(TIME, list_guild_scheduled_event_exception_users, Need::Member)
        .get(TIME_TOO, list_guild_scheduled_event_exception_users, Need::Member)
        .put(TIME_ME, add_my_scheduled_event_exception_user, Need::Member)
        .delete(TIME_ME, delete_my_scheduled_event_exception_user, Need::Member)
}

type TimeIds = Path<(Id<GuildMarker>, Id<ScheduledEventMarker>, Id<GenericMarker>)>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UsersQuery {
    limit: Option<u32>,
    with_member: guildhall_wire::loose::Bool,
    before: Option<Id<UserMarker>>,
    after: Option<Id<UserMarker>>,
}

async fn list(
    cx: &Cx,
    row: &ScheduledEventRow,
    exception: Option<Id<GenericMarker>>,
    query: UsersQuery,
) -> Result<Json<Vec<ScheduledEventUser>>> {
    let limit = query.limit.unwrap_or(100);
    let mut errors = FormErrors::new();
    errors.range("limit", limit, 1, 100);
    errors.finish()?;
    let (before, after) = (query.before.map(Id::get), query.after.map_or(0, Id::get));
    let db = &mut cx.db();
    let ids = store::scheduled_event::users(db, row.id, exception.map_or(0, Id::get), before, after, limit).await?;
    let users: HashMap<_, _> =
        store::user::get_many(db, &ids).await?.into_iter().map(|user| (user.id, user.user())).collect();
    let mut members = HashMap::new();
    if query.with_member.0 {
        let rows = store::member::get_many(db, row.guild_id, &ids).await?;
        members = rows.into_iter().map(|member| (member.user_id, member)).collect();
    }
    let list = ids.into_iter().map(|user_id| {
        let user = users.get(&user_id).cloned();
        let member = members.get(&user_id).map(|member| member.member(user.clone()));
        ScheduledEventUser {
            guild_scheduled_event_id: row.id,
            guild_scheduled_event_exception_id: exception,
            user_id,
            user,
            member,
            response: 1,
        }
    });
    Ok(Json(list.collect()))
}

async fn list_guild_scheduled_event_users(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Query(query): Query<UsersQuery>,
) -> Result<Json<Vec<ScheduledEventUser>>> {
    let row = see(&cx, &mut cx.db(), &guild, id).await?;
    list(&cx, &row, None, query).await
}

async fn list_guild_scheduled_event_exception_users(
    cx: Cx,
    guild: Guild,
    Path((_, id, exception)): TimeIds,
    Query(query): Query<UsersQuery>,
) -> Result<Json<Vec<ScheduledEventUser>>> {
    let row = see(&cx, &mut cx.db(), &guild, id).await?;
    require_exception(&row, exception)?;
    list(&cx, &row, Some(exception), query).await
}

async fn count_guild_scheduled_event_users(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<ScheduledEventCounts>> {
    let row = see(&cx, &mut cx.db(), &guild, id).await?;
    let ids = query.iter().filter(|(name, _)| name == "guild_scheduled_event_exception_ids");
    let ids: Vec<u64> = ids.flat_map(|(_, ids)| ids.split(',')).filter_map(|id| id.trim().parse().ok()).collect();
    if ids.len() > 10 {
        return Err(Error::form(
            "guild_scheduled_event_exception_ids",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 10 or fewer in length.",
        ));
    }
    let counts: HashMap<_, _> = store::scheduled_event::counts(&mut cx.db(), row.id).await?.into_iter().collect();
    let count = |id: u64| counts.get(&id).copied().unwrap_or_default();
    Ok(Json(ScheduledEventCounts {
        guild_scheduled_event_count: count(0),
        guild_scheduled_event_exception_counts: ids.into_iter().map(|id| (id.to_string(), count(id))).collect(),
    }))
}

fn require_exception(row: &ScheduledEventRow, exception: Id<GenericMarker>) -> Result<()> {
    let known = row.exceptions.0.iter().any(|other| other.event_exception_id == exception);
    if known { Ok(()) } else { Err(Code::UnknownScheduledEvent.into()) }
}

fn interest(
    row: &ScheduledEventRow,
    exception: Option<Id<GenericMarker>>,
    user: Id<UserMarker>,
) -> ScheduledEventInterest {
    ScheduledEventInterest {
        guild_scheduled_event_id: row.id,
        guild_scheduled_event_exception_id: exception,
        user_id: user,
        guild_id: row.guild_id,
    }
}

/// Notes that somebody is interested, and tells if that is new.
pub(super) async fn add(
    work: &mut Work,
    row: &ScheduledEventRow,
    exception: Option<Id<GenericMarker>>,
    user: Id<UserMarker>,
) -> Result<()> {
    if store::scheduled_event::add_user(work, row.id, exception.map_or(0, Id::get), user).await? {
        work.emit(Event::ScheduledEventUserAdd(interest(row, exception, user)));
    }
    Ok(())
}

async fn show_interest(
    cx: &Cx,
    guild: &Guild,
    id: Id<ScheduledEventMarker>,
    exception: Option<Id<GenericMarker>>,
) -> Result<Json<ScheduledEventUser>> {
    crate::instance::require_writable(cx).await?;
    let mut work = cx.begin().await?.at(guild.id);
    let row = see(cx, &mut work, guild, id).await?;
    if is_over(&row) {
        return Err(Code::EventFinished.into());
    }
    if let Some(exception) = exception {
        require_exception(&row, exception)?;
    }
    let me = cx.user()?;
    add(&mut work, &row, exception, me).await?;
    work.commit().await?;
    Ok(Json(ScheduledEventUser {
        guild_scheduled_event_id: row.id,
        guild_scheduled_event_exception_id: exception,
        user_id: me,
        user: Some(cx.account()?.row.user()),
        member: None,
        response: 1,
    }))
}

async fn lose_interest(
    cx: &Cx,
    guild: &Guild,
    id: Id<ScheduledEventMarker>,
    exception: Option<Id<GenericMarker>>,
) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(guild.id);
    let row = see(cx, &mut work, guild, id).await?;
    let me = cx.user()?;
    if !store::scheduled_event::remove_user(&mut work, row.id, exception.map_or(0, Id::get), me).await? {
        return Err(Code::UnknownScheduledEventUser.into());
    }
    work.emit(Event::ScheduledEventUserRemove(interest(&row, exception, me)));
    work.commit().await?;
    Ok(NoContent)
}

async fn add_my_scheduled_event_user(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<Json<ScheduledEventUser>> {
    show_interest(&cx, &guild, id, None).await
}

async fn delete_my_scheduled_event_user(cx: Cx, guild: Guild, Path((_, id)): Ids) -> Result<NoContent> {
    lose_interest(&cx, &guild, id, None).await
}

async fn add_my_scheduled_event_exception_user(
    cx: Cx,
    guild: Guild,
    Path((_, id, exception)): TimeIds,
) -> Result<Json<ScheduledEventUser>> {
    show_interest(&cx, &guild, id, Some(exception)).await
}

async fn delete_my_scheduled_event_exception_user(
    cx: Cx,
    guild: Guild,
    Path((_, id, exception)): TimeIds,
) -> Result<NoContent> {
    lose_interest(&cx, &guild, id, Some(exception)).await
}

/// Whoever leaves a guild is no longer interested in its events.
pub(crate) async fn leave_all(work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<()> {
    for event in store::scheduled_event::leave_guild(work, guild, user).await? {
        work.emit(Event::ScheduledEventUserRemove(ScheduledEventInterest {
            guild_scheduled_event_id: event,
            guild_scheduled_event_exception_id: None,
            user_id: user,
            guild_id: guild,
        }));
    }
    Ok(())
}
