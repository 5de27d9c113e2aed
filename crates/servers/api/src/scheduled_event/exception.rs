//! Single times of an event that are left out or moved.

use guildhall_store as store;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_wire::audit_log::{AuditAction, AuditLogEntry, changes};
use guildhall_wire::scheduled_event::{EventException, EventExceptionBody, status};
use serde_json::json;

use super::{Ids, find, is_over, require_control, time};
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    const ALL: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions";
    const ONE: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/{exception_id}";
    Routes::new()
        .post(ALL, create_guild_scheduled_event_exception, Need::Member)
        .patch(ONE, update_guild_scheduled_event_exception, Need::Member)
        .delete(ONE, delete_guild_scheduled_event_exception, Need::Member)
}

/// Most exceptions of one event.
const MOST: usize = 100;

type OneIds = Path<(Id<GuildMarker>, Id<ScheduledEventMarker>, Id<GenericMarker>)>;

/// The id of an exception carries when it would have begun.
pub(super) fn id_of(moment: i64) -> Option<Id<GenericMarker>> {
    Id::new_checked(floor(u64::try_from(moment / 1000).unwrap_or_default()))
}

fn complain(field: &str, message: &str) -> Error {
    Error::form(field, "GUILD_SCHEDULED_EVENT_EXCEPTION_INVALID", message)
}

/// The event, when whoever asks may change it and it comes again.
async fn controlled(
    cx: &Cx,
    work: &mut Work,
    guild: &Guild,
    id: Id<ScheduledEventMarker>,
) -> Result<ScheduledEventRow> {
    let row = find(work, guild, id).await?;
    require_control(cx, guild, &row)?;
    if is_over(&row) {
        return Err(Code::EventFinished.into());
    }
    Ok(row)
}

/// Takes what the body says; refuses what is no exception.
fn fill(exception: &mut EventException, body: &EventExceptionBody) -> Result<()> {
    body.scheduled_start_time.apply(&mut exception.scheduled_start_time);
    body.scheduled_end_time.apply(&mut exception.scheduled_end_time);
    body.is_canceled.apply_or_default(&mut exception.is_canceled);
    let begins = exception.scheduled_start_time.map_or_else(
        || i64::try_from(created_ms(exception.event_exception_id)).unwrap_or(i64::MAX / 1000) * 1000,
        Timestamp::as_micros,
    );
    if exception.scheduled_end_time.is_some_and(|end| end.as_micros() <= begins) {
        return Err(complain("scheduled_end_time", "The event must end after it begins."));
    }
    if !exception.is_canceled && exception.scheduled_start_time.is_none() && exception.scheduled_end_time.is_none() {
        return Err(Code::EventExceptionEmpty.into());
    }
    Ok(())
}

/// Writes the event with its exceptions; where they are about the time that comes next, that changes too.
async fn keep(cx: &Cx, work: &mut Work, row: &mut ScheduledEventRow, told: Event) -> Result<()> {
    let before = (row.start_at, row.end_at);
    if row.status == status::SCHEDULED && !time::settle(row) {
        row.status = status::CANCELED;
    }
    work.emit(told);
    if (row.start_at, row.end_at) == before && row.status != status::CANCELED {
        store::scheduled_event::update(work, row).await?;
        return Ok(());
    }
    time::keep(&cx.app, work, row).await
}

fn entry(
    cx: &Cx,
    action: AuditAction,
    row: &ScheduledEventRow,
    before: Option<&EventException>,
    after: Option<&EventException>,
) -> AuditLogEntry {
    let id = before.or(after).map(|exception| exception.event_exception_id);
    let mut entry = cx.entry(action, row.id, changes(before, after, &["event_id", "event_exception_id", "guild_id"]));
    entry.options = Some(json!({ "event_exception_id": id }));
    entry
}

async fn create_guild_scheduled_event_exception(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Json(body): Json<EventExceptionBody>,
) -> Result<Json<EventException>> {
    crate::instance::require_writable(&cx).await?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = controlled(&cx, &mut work, &guild, id).await?;
    let Some(original) = body.original_scheduled_start_time.map(Timestamp::as_micros) else {
        return Err(Error::form("original_scheduled_start_time", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let occurs = row.recurrence.as_ref().is_some_and(|rule| guildhall_rules::recurrence::occurs(&rule.0, original));
    let Some(exception_id) = id_of(original).filter(|_| occurs && original >= row.occurrence_at) else {
        return Err(complain("original_scheduled_start_time", "The event does not come at that time."));
    };
    if row.exceptions.0.iter().any(|other| other.event_exception_id == exception_id) || row.exceptions.0.len() >= MOST {
        return Err(complain("original_scheduled_start_time", "There is an exception for that time, or too many."));
    }
    let mut exception = EventException {
        event_id: row.id,
        event_exception_id: exception_id,
        guild_id: None,
        scheduled_start_time: None,
        scheduled_end_time: None,
        is_canceled: false,
    };
    fill(&mut exception, &body)?;
    row.exceptions.0.push(exception.clone());
    row.exceptions.0.sort_unstable_by_key(|exception| exception.event_exception_id);
    let told = Event::EventExceptionCreate(EventException { guild_id: Some(guild.id), ..exception.clone() });
    keep(&cx, &mut work, &mut row, told).await?;
    let entry = entry(&cx, AuditAction::EventExceptionCreate, &row, None, Some(&exception));
    work.audit(guild.id, entry).await?;
    work.commit().await?;
    Ok(Json(exception))
}

async fn update_guild_scheduled_event_exception(
    cx: Cx,
    guild: Guild,
    Path((_, id, exception_id)): OneIds,
    Json(body): Json<EventExceptionBody>,
) -> Result<Json<EventException>> {
    crate::instance::require_writable(&cx).await?;
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = controlled(&cx, &mut work, &guild, id).await?;
    let known = row.exceptions.0.iter_mut().find(|other| other.event_exception_id == exception_id);
    let known = known.ok_or(Code::UnknownScheduledEvent)?;
    let before = known.clone();
    fill(known, &body)?;
    let after = known.clone();
    if before != after {
        let told = Event::EventExceptionUpdate(EventException { guild_id: Some(guild.id), ..after.clone() });
        keep(&cx, &mut work, &mut row, told).await?;
        let entry = entry(&cx, AuditAction::EventExceptionUpdate, &row, Some(&before), Some(&after));
        work.audit(guild.id, entry).await?;
        work.commit().await?;
    }
    Ok(Json(after))
}

async fn delete_guild_scheduled_event_exception(
    cx: Cx,
    guild: Guild,
    Path((_, id, exception_id)): OneIds,
) -> Result<NoContent> {
    let mut work = cx.begin().await?.at(guild.id);
    let mut row = controlled(&cx, &mut work, &guild, id).await?;
    let place = row.exceptions.0.iter().position(|other| other.event_exception_id == exception_id);
    let gone = row.exceptions.0.remove(place.ok_or(Code::UnknownScheduledEvent)?);
    store::scheduled_event::clear_exception(&mut work, row.id, exception_id.get()).await?;
    let told = Event::EventExceptionDelete(EventException { guild_id: Some(guild.id), ..gone.clone() });
    keep(&cx, &mut work, &mut row, told).await?;
    let entry = entry(&cx, AuditAction::EventExceptionDelete, &row, Some(&gone), None);
    work.audit(guild.id, entry).await?;
    work.commit().await?;
    Ok(NoContent)
}
