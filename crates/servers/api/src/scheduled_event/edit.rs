//! Making events and changing them.

use guildhall_bus::GuildState;
use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::loose::Int;
use guildhall_wire::scheduled_event::{RecurrenceRule, ScheduledEvent, ScheduledEventBody, entity, status};

use super::{Ids, MOST, find, is_over, logged, present_one, require_control, require_place, time, user};
use crate::prelude::*;

/// Five years: nobody plans for longer.
const FARTHEST: i64 = 5 * 366 * 86_400 * 1_000_000;

pub(super) async fn create_guild_scheduled_event(
    cx: Cx,
    guild: Guild,
    Json(body): Json<ScheduledEventBody>,
) -> Result<Json<ScheduledEvent>> {
    // Who may not make one anywhere is not told what is wrong with it.
    if !guild.permissions.contains(Permissions::CREATE_EVENTS) && !matches!(body.channel_id, Patch::Value(_)) {
        return Err(Code::MissingPermissions.into());
    }
    crate::instance::require_writable(&cx).await?;
    let mut row = ScheduledEventRow {
        id: cx.next_id(),
        guild_id: guild.id,
        channel_id: None,
        creator_id: Some(cx.user()?),
        name: String::new(),
        description: None,
        image: None,
        start_at: 0,
        end_at: None,
        occurrence_at: 0,
        duration: None,
        status: status::SCHEDULED,
        entity_type: 0,
        entity_id: None,
        location: None,
        recurrence: None,
        exceptions: Stored(Vec::new()),
        empty_since: None,
    };
    let mut errors = FormErrors::new();
    for (field, missing) in [
        ("name", body.name.is_absent()),
        ("privacy_level", body.privacy_level.is_absent()),
        ("scheduled_start_time", body.scheduled_start_time.is_absent()),
        ("entity_type", body.entity_type.is_absent()),
    ] {
        if missing {
            errors.required(field);
        }
    }
    errors.finish()?;
    fill(&mut row, &body)?;
    check(&guild.state, &row, Some(cx.now()))?;
    require_place(&cx, &guild, &row, Permissions::CREATE_EVENTS)?;
    let image = NewImage::read(&cx.app, ImageKind::EventCover, row.id, "image", body.image).await?;
    let mut work = cx.begin().await?.at(guild.id);
    store::guild::lock(&mut work, guild.id).await?;
    if store::scheduled_event::open_of_guild(&mut work, guild.id).await?.len() >= MOST {
        return Err(Code::TooManyScheduledEvents.into());
    }
    image.apply(&mut work, &mut row.image);
    store::scheduled_event::insert(&mut work, &row).await?;
    time::watch(&mut work, &row, cx.now()).await?;
    let event = present_one(&mut work, &row, false).await?;
    work.emit(Event::ScheduledEventCreate(event.clone()));
    if !cx.account()?.is_bot() {
        // Who plans it means to come.
        user::add(&mut work, &row, None, cx.user()?).await?;
    }
    let changed = changes(None, Some(&logged(&row)), &[]);
    work.audit(guild.id, cx.entry(AuditAction::ScheduledEventCreate, row.id, changed)).await?;
    work.commit().await?;
    Ok(Json(event))
}

pub(super) async fn update_guild_scheduled_event(
    cx: Cx,
    guild: Guild,
    Path((_, id)): Ids,
    Json(body): Json<ScheduledEventBody>,
) -> Result<Json<ScheduledEvent>> {
    let known = find(&mut cx.db(), &guild, id).await?;
    require_control(&cx, &guild, &known)?;
    crate::instance::require_writable(&cx).await?;
    let wants_image = !body.image.is_absent();
    let image = NewImage::read(&cx.app, ImageKind::EventCover, id, "image", body.image.clone()).await?;
    let mut work = cx.begin().await?.at(guild.id);
    let before = find(&mut work, &guild, id).await?;
    require_control(&cx, &guild, &before)?;
    if is_over(&before) {
        return Err(Code::EventFinished.into());
    }
    let mut row = before.clone();
    fill(&mut row, &body)?;
    let moved = row.start_at != before.start_at;
    check(&guild.state, &row, (moved && row.status == status::SCHEDULED).then(|| cx.now()))?;
    if (row.entity_type, row.channel_id) != (before.entity_type, before.channel_id) {
        if before.status != status::SCHEDULED {
            return Err(Error::form("entity_type", "BASE_TYPE_INVALID", "An event that goes on stays where it is."));
        }
        require_control(&cx, &guild, &row)?;
    }
    if row.recurrence.as_ref().map(|rule| &rule.0) != before.recurrence.as_ref().map(|rule| &rule.0) {
        drop_exceptions(&mut work, &mut row).await?;
    }
    let wanted = match body.status {
        Patch::Value(Int(wanted)) if wanted != before.status => Some(wanted),
        _ => None,
    };
    match (before.status, wanted) {
        (_, None)
        | (status::SCHEDULED, Some(status::ACTIVE | status::CANCELED))
        | (status::ACTIVE, Some(status::COMPLETED)) => {}
        _ => {
            return Err(Error::form(
                "status",
                "GUILD_SCHEDULED_EVENT_INVALID_STATUS",
                "Invalid Guild Scheduled Event Status Transition",
            ));
        }
    }
    if wants_image {
        image.apply(&mut work, &mut row.image);
    }
    match wanted {
        Some(status::ACTIVE) => time::begin(&cx.app, &mut work, &mut row).await?,
        Some(status::COMPLETED) => time::end(&mut work, &mut row).await?,
        Some(status::CANCELED) => row.status = status::CANCELED,
        _ => {}
    }
    time::keep(&cx.app, &mut work, &row).await?;
    let changed = changes(Some(&logged(&before)), Some(&logged(&row)), &[]);
    if !changed.is_empty() {
        work.audit(guild.id, cx.entry(AuditAction::ScheduledEventUpdate, id, changed)).await?;
    }
    let event = present_one(&mut work, &row, true).await?;
    work.commit().await?;
    Ok(Json(event))
}

/// Takes what the body says into the row.
fn fill(row: &mut ScheduledEventRow, body: &ScheduledEventBody) -> Result<()> {
    let mut errors = FormErrors::new();
    if let Patch::Value(Int(kind)) = body.entity_type {
        if !(entity::STAGE..=entity::EXTERNAL).contains(&kind) {
            errors.choice("entity_type", "(1, 2, 3)");
        }
        row.entity_type = kind;
    }
    if let Patch::Value(Int(level)) = body.privacy_level
        && level != 2
    {
        errors.choice("privacy_level", "(2,)");
    }
    if let Patch::Value(name) = &body.name {
        name.trim().clone_into(&mut row.name);
    }
    errors.length("name", &row.name, 1, 100);
    if let Some(text) = &body.description.as_ref().value() {
        errors.length("description", text, 0, 1000);
    }
    body.description.clone().apply(&mut row.description);
    row.description.take_if(|text| text.is_empty());
    body.channel_id.apply(&mut row.channel_id);
    // Elsewhere only; of others it is passed over.
    match &body.entity_metadata {
        Patch::Absent => {}
        Patch::Null => row.location = None,
        Patch::Value(metadata) => {
            row.location = metadata.location.as_deref().map(|text| text.trim().to_owned());
        }
    }
    if row.entity_type == entity::EXTERNAL {
        let location = row.location.clone().unwrap_or_default();
        let errors = errors.at("entity_metadata");
        errors.length("location", &location, 1, 100);
    } else {
        row.location = None;
    }
    if let Patch::Value(start) = body.scheduled_start_time {
        row.start_at = start.as_micros();
        row.occurrence_at = row.start_at;
    }
    match body.scheduled_end_time {
        Patch::Absent => {}
        Patch::Null => row.end_at = None,
        Patch::Value(end) => row.end_at = Some(end.as_micros()),
    }
    row.duration = row.end_at.map(|end| end - row.start_at);
    match &body.recurrence_rule {
        Patch::Absent => {}
        Patch::Null => row.recurrence = None,
        Patch::Value(rule) => {
            if let Err(wrong) = guildhall_rules::recurrence::check(rule) {
                errors.nest("recurrence_rule", wrong);
            }
            row.recurrence = Some(Stored(RecurrenceRule::clone(rule)));
        }
    }
    Ok(errors.finish()?)
}

/// Refuses an event whose fields do not go together. `now` is given where its beginning is new.
fn check(guild: &GuildState, row: &ScheduledEventRow, now: Option<i64>) -> Result<()> {
    let mut errors = FormErrors::new();
    match (row.entity_type, row.channel_id) {
        (entity::EXTERNAL, None) => {}
        (entity::EXTERNAL, Some(_)) => {
            errors.at("channel_id").push("BASE_TYPE_INVALID", "Must be null for external events.");
        }
        (_, None) => errors.required("channel_id"),
        (kind, Some(id)) => {
            let channel = guild.channels.get(&id).ok_or(Code::UnknownChannel)?;
            let wanted = if kind == entity::STAGE { ChannelKind::Stage } else { ChannelKind::Voice };
            if channel.kind != wanted {
                errors.at("channel_id").push("BASE_TYPE_INVALID", "The channel is of another kind than the event.");
            }
        }
    }
    if row.entity_type == entity::EXTERNAL && row.end_at.is_none() {
        errors.required("scheduled_end_time");
    }
    if let Some(now) = now {
        if row.start_at <= now {
            let message = "Cannot schedule event in the past.";
            errors.at("scheduled_start_time").push("GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", message);
        } else if row.start_at > now.saturating_add(FARTHEST) {
            let message = "Cannot schedule event that far ahead.";
            errors.at("scheduled_start_time").push("GUILD_SCHEDULED_EVENT_SCHEDULE_FUTURE", message);
        }
    }
    if row.end_at.is_some_and(|end| end <= row.start_at || end > row.start_at.saturating_add(FARTHEST)) {
        let message = "The event must end after it begins.";
        errors.at("scheduled_end_time").push("GUILD_SCHEDULED_EVENT_END_BEFORE_START", message);
    }
    Ok(errors.finish()?)
}

/// Another rule has other times: what was said about single ones is void.
async fn drop_exceptions(work: &mut Work, row: &mut ScheduledEventRow) -> Result<()> {
    for exception in std::mem::take(&mut row.exceptions.0) {
        store::scheduled_event::clear_exception(work, row.id, exception.event_exception_id.get()).await?;
        let told = guildhall_wire::scheduled_event::EventException { guild_id: Some(row.guild_id), ..exception };
        work.emit(Event::EventExceptionDelete(told));
    }
    Ok(())
}
