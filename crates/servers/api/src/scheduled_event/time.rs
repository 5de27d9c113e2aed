//! How events go on by themselves: those elsewhere begin and end at their times, those in a channel end when nobody is there
//! any more, and what nobody began is called off. One that comes again waits for its next time.

use guildhall_store as store;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_wire::scheduled_event::{entity, status};

use super::present_one;
use crate::App;
use crate::prelude::*;
use crate::schedule::{self, Kind};

const MINUTE: i64 = 60 * 1_000_000;
/// So long after its time an event that nobody began is called off.
const STALE: i64 = 3 * 60 * MINUTE;
/// So long an event goes on in a channel where nobody is.
const EMPTY: i64 = 3 * MINUTE;

/// When something is to be done about an event.
fn due(row: &ScheduledEventRow, now: i64) -> Option<i64> {
    match (row.status, row.entity_type) {
        (status::SCHEDULED, entity::EXTERNAL) => Some(row.start_at),
        (status::SCHEDULED, _) => Some(row.start_at.saturating_add(STALE)),
        (status::ACTIVE, entity::EXTERNAL) => Some(row.end_at.unwrap_or(row.start_at)),
        // Who is in voice is no row: it is looked at.
        (status::ACTIVE, _) => Some(now.saturating_add(MINUTE)),
        _ => None,
    }
}

/// Lets happen what is to happen by itself.
pub(super) async fn watch(work: &mut Work, row: &ScheduledEventRow, now: i64) -> Result<()> {
    match due(row, now) {
        Some(due) => schedule::at(work, Kind::ScheduledEvent, row.id, due).await,
        None => release(work, row).await,
    }
}

/// Lets nothing happen by itself any more.
pub(super) async fn release(work: &mut Work, row: &ScheduledEventRow) -> Result<()> {
    schedule::cancel(work, Kind::ScheduledEvent, row.id).await
}

/// Writes an event, watches it and tells.
pub(super) async fn keep(app: &App, work: &mut Work, row: &ScheduledEventRow) -> Result<()> {
    store::scheduled_event::update(work, row).await?;
    watch(work, row, app.clock().micros()).await?;
    let event = present_one(work, row, false).await?;
    work.emit(Event::ScheduledEventUpdate(event));
    Ok(())
}

/// An event begins; with one on a stage, the stage opens.
pub(super) async fn begin(app: &App, work: &mut Work, row: &mut ScheduledEventRow) -> Result<()> {
    if row.entity_type == entity::STAGE {
        row.entity_id = Some(crate::stage::open_for(app, work, row).await?.cast());
    }
    row.status = status::ACTIVE;
    row.empty_since = None;
    Ok(())
}

/// An event is over; one that comes again waits for its next time. With one on a stage, the stage closes.
pub(super) async fn end(work: &mut Work, row: &mut ScheduledEventRow) -> Result<()> {
    if let (entity::STAGE, Some(channel)) = (row.entity_type, row.channel_id) {
        crate::stage::close_in(work, channel).await?;
    }
    finish(row, status::COMPLETED);
    Ok(())
}

/// An event begins because its stage was opened for it.
pub(crate) async fn begin_by_stage(app: &App, work: &mut Work, mut row: ScheduledEventRow) -> Result<()> {
    begin(app, work, &mut row).await?;
    keep(app, work, &row).await
}

/// An event is over because its stage was closed.
pub(crate) async fn end_by_stage(app: &App, work: &mut Work, id: Id<ScheduledEventMarker>) -> Result<()> {
    match store::scheduled_event::get(work, id).await? {
        Some(mut row) if row.status == status::ACTIVE => {
            finish(&mut row, status::COMPLETED);
            keep(app, work, &row).await
        }
        _ => Ok(()),
    }
}

/// Gives an event its last status, or its next time.
fn finish(row: &mut ScheduledEventRow, last: u8) {
    row.empty_since = None;
    row.entity_id = None;
    row.status = last;
    if move_on(row) {
        row.status = status::SCHEDULED;
    }
}

/// Goes over to the next time of an event by its rule; says whether there is one.
pub(super) fn move_on(row: &mut ScheduledEventRow) -> bool {
    let next = row.recurrence.as_ref().and_then(|rule| guildhall_rules::recurrence::next(&rule.0, row.occurrence_at));
    let Some(next) = next else { return false };
    row.occurrence_at = next;
    settle(row)
}

/// When this time of an event is: where it was left out, the next is taken, where it was moved, it is where it was moved to.
/// Says whether there is one.
pub(super) fn settle(row: &mut ScheduledEventRow) -> bool {
    let Some(rule) = row.recurrence.clone() else { return true };
    loop {
        let id = super::exception::id_of(row.occurrence_at);
        let exception = row.exceptions.0.iter().find(|exception| Some(exception.event_exception_id) == id);
        if exception.is_some_and(|exception| exception.is_canceled) {
            let Some(next) = guildhall_rules::recurrence::next(&rule.0, row.occurrence_at) else { return false };
            row.occurrence_at = next;
            continue;
        }
        let moved = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        row.start_at =
            exception.and_then(|exception| moved(exception.scheduled_start_time)).unwrap_or(row.occurrence_at);
        row.end_at = exception
            .and_then(|exception| moved(exception.scheduled_end_time))
            .or_else(|| row.duration.map(|duration| row.start_at.saturating_add(duration)));
        return true;
    }
}

/// The time has come to look at an event.
pub(crate) async fn on_time(app: &App, work: &mut Work, id: Id<ScheduledEventMarker>) -> Result<()> {
    let Some(mut row) = store::scheduled_event::get(work, id).await? else { return Ok(()) };
    let now = app.clock().micros();
    match (row.status, row.entity_type) {
        (status::ACTIVE, entity::STAGE | entity::VOICE) => {
            let occupied = row.channel_id.is_some_and(|channel| {
                app.bus().voice_states(row.guild_id).iter().any(|state| state.channel_id == Some(channel))
            });
            let since = (!occupied).then(|| row.empty_since.unwrap_or(now));
            if since.is_some_and(|since| now - since >= EMPTY) {
                end(work, &mut row).await?;
                return keep(app, work, &row).await;
            }
            if since != row.empty_since {
                row.empty_since = since;
                store::scheduled_event::update(work, &row).await?;
            }
            watch(work, &row, now).await
        }
        _ if due(&row, now).is_none_or(|due| due > now) => watch(work, &row, now).await,
        (status::SCHEDULED, entity::EXTERNAL) => {
            begin(app, work, &mut row).await?;
            keep(app, work, &row).await
        }
        (status::ACTIVE, _) => {
            end(work, &mut row).await?;
            keep(app, work, &row).await
        }
        _ => {
            finish(&mut row, status::CANCELED);
            keep(app, work, &row).await
        }
    }
}

/// What was to be in a channel that is gone does not take place.
pub(crate) async fn channel_gone(
    app: &App,
    work: &mut Work,
    guild: Id<GuildMarker>,
    channel: Id<ChannelMarker>,
) -> Result<()> {
    for mut row in store::scheduled_event::open_of_guild(work, guild).await? {
        if row.channel_id == Some(channel) {
            row.status = if row.status == status::ACTIVE { status::COMPLETED } else { status::CANCELED };
            row.entity_id = None;
            keep(app, work, &row).await?;
        }
    }
    Ok(())
}
