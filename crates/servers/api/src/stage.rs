//! What goes on on stages: `/stage-instances`.

use guildhall_store as store;
use guildhall_store::scheduled_event::ScheduledEventRow;
use guildhall_store::stage::StageRow;
use guildhall_store::user::UserRow;
use guildhall_wire::audit_log::{AuditAction, AuditLogEntry, changes};
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::loose::Int;
use guildhall_wire::message::MessageKind;
use guildhall_wire::scheduled_event::{entity, status};
use guildhall_wire::stage::{StageBody, StageInstance};
use serde_json::json;

use crate::App;
use crate::kernel::access::resolve_channel;
use crate::prelude::*;
use crate::schedule::{self, Kind};

pub(crate) fn routes() -> Routes {
    Routes::new()
        .post("/stage-instances", create_stage_instance, Need::Account)
        .get("/stage-instances/{channel_id}", get_stage_instance, Need::Member)
        .patch("/stage-instances/{channel_id}", update_stage_instance, MODERATOR)
        .delete("/stage-instances/{channel_id}", delete_stage_instance, MODERATOR)
}

/// Who moderates a stage.
const MODERATOR: Permissions =
    Permissions::MANAGE_CHANNELS.union(Permissions::MUTE_MEMBERS).union(Permissions::MOVE_MEMBERS);

const MINUTE: i64 = 60 * 1_000_000;
/// So long a stage stays open on which nobody speaks.
const SILENCE: i64 = 3 * MINUTE;

/// Opens a stage, and watches whether anybody speaks.
async fn open(app: &App, work: &mut Work, row: &StageRow) -> Result<()> {
    store::stage::insert(work, row).await?;
    schedule::at(work, Kind::Stage, row.channel_id, app.clock().micros().saturating_add(MINUTE)).await?;
    work.emit(Event::StageInstanceCreate(row.stage()));
    Ok(())
}

async fn close(work: &mut Work, row: &StageRow) -> Result<()> {
    store::stage::delete(work, row.id).await?;
    schedule::cancel(work, Kind::Stage, row.channel_id).await?;
    work.emit(Event::StageInstanceDelete(row.stage()));
    Ok(())
}

/// Opens the stage of an event that begins there; gives what is on it then.
pub(crate) async fn open_for(app: &App, work: &mut Work, event: &ScheduledEventRow) -> Result<Id<StageMarker>> {
    let channel_id = event.channel_id.ok_or(Code::UnknownChannel)?;
    if let Some(mut row) = store::stage::of_channel(work, channel_id).await? {
        if row.event_id.is_some_and(|other| other != event.id) {
            return Err(Code::StageNeeded.into());
        }
        if row.event_id.is_none() {
            row.event_id = Some(event.id);
            store::stage::update(work, &row).await?;
            work.emit(Event::StageInstanceUpdate(row.stage()));
        }
        return Ok(row.id);
    }
    let row = StageRow {
        id: app.next_id(),
        guild_id: event.guild_id,
        channel_id,
        topic: event.name.clone(),
        privacy_level: 2,
        event_id: Some(event.id),
        silent_since: None,
    };
    open(app, work, &row).await?;
    Ok(row.id)
}

/// Closes the stage of an event that is over, or of a channel that is gone.
pub(crate) async fn close_in(work: &mut Work, channel: Id<ChannelMarker>) -> Result<()> {
    match store::stage::of_channel(work, channel).await? {
        Some(row) => close(work, &row).await,
        None => Ok(()),
    }
}

/// Closes a stage and ends the event that took place there.
async fn end(app: &App, work: &mut Work, row: &StageRow) -> Result<()> {
    close(work, row).await?;
    match row.event_id {
        Some(event) => crate::scheduled_event::end_by_stage(app, work, event).await,
        None => Ok(()),
    }
}

/// The time has come to look whether anybody speaks.
pub(crate) async fn on_time(app: &App, work: &mut Work, channel: Id<ChannelMarker>) -> Result<()> {
    let Some(mut row) = store::stage::of_channel(work, channel).await? else { return Ok(()) };
    let now = app.clock().micros();
    let states = app.bus().voice_states(row.guild_id);
    let speaks = states.iter().any(|state| state.channel_id == Some(channel) && !state.suppress);
    let since = (!speaks).then(|| row.silent_since.unwrap_or(now));
    if since.is_some_and(|since| now - since >= SILENCE) {
        return end(app, work, &row).await;
    }
    if since != row.silent_since {
        row.silent_since = since;
        store::stage::update(work, &row).await?;
    }
    schedule::at(work, Kind::Stage, channel, now.saturating_add(MINUTE)).await
}

fn check(topic: &str, level: u8) -> Result<()> {
    let mut errors = FormErrors::new();
    errors.length("topic", topic, 1, 120);
    if !(1..=2).contains(&level) {
        errors.choice("privacy_level", "(1, 2)");
    }
    Ok(errors.finish()?)
}

fn entry(cx: &Cx, action: AuditAction, before: Option<&StageRow>, after: Option<&StageRow>) -> AuditLogEntry {
    let logged = |row: &StageRow| json!({ "topic": row.topic, "privacy_level": row.privacy_level });
    let (old, new) = (before.map(logged), after.map(logged));
    let row = before.or(after);
    let target = row.map(|row| row.id.to_string()).unwrap_or_default();
    let mut entry = cx.entry(action, target, changes(old.as_ref(), new.as_ref(), &[]));
    entry.options = row.map(|row| json!({ "channel_id": row.channel_id }));
    entry
}

/// The channel of a request, which must be a stage.
fn require_stage(channel: &Channel) -> Result<Id<GuildMarker>> {
    if channel.kind() != ChannelKind::Stage {
        return Err(Code::WrongChannelType.into());
    }
    Ok(channel.guild()?.id())
}

/// Says in the stage's chat what its moderator did.
async fn say(cx: &Cx, work: &mut Work, channel: &Channel, kind: MessageKind, text: &str) -> Result<()> {
    let me: &UserRow = &cx.account()?.row;
    crate::message::system_by(cx, work, channel, me, kind, text, None, None).await
}

async fn create_stage_instance(cx: Cx, Json(body): Json<StageBody>) -> Result<Json<StageInstance>> {
    let Some(channel_id) = body.channel_id else {
        return Err(Error::form("channel_id", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    let channel = resolve_channel(&cx.app, cx.user()?, channel_id).await?;
    let guild = require_stage(&channel)?;
    channel.require(MODERATOR)?;
    let notify = body.send_start_notification.is_some_and(|notify| notify.0);
    if notify {
        channel.require(Permissions::MENTION_EVERYONE)?;
    }
    let topic = body.topic.value().unwrap_or_default().trim().to_owned();
    let level = body.privacy_level.value().map_or(2, |level| level.0);
    check(&topic, level)?;
    crate::channel::require_writable(&cx, &channel).await?;
    let mut work = cx.begin().await?.at(guild);
    if store::stage::of_channel(&mut work, channel.id).await?.is_some() {
        return Err(Code::StageOpen.into());
    }
    let row = StageRow {
        id: cx.next_id(),
        guild_id: guild,
        channel_id: channel.id,
        topic,
        privacy_level: level,
        event_id: body.guild_scheduled_event_id,
        silent_since: None,
    };
    open(&cx.app, &mut work, &row).await?;
    if let Some(id) = body.guild_scheduled_event_id {
        let event = store::scheduled_event::get(&mut work, id).await?.filter(|event| event.guild_id == guild);
        let event = event.ok_or(Code::UnknownScheduledEvent)?;
        let fits = event.entity_type == entity::STAGE
            && event.channel_id == Some(channel.id)
            && event.status == status::SCHEDULED;
        if !fits {
            let message = "The event is not to come on this stage.";
            return Err(Error::form("guild_scheduled_event_id", "BASE_TYPE_INVALID", message));
        }
        crate::scheduled_event::begin_by_stage(&cx.app, &mut work, event).await?;
    }
    let text = if notify { format!("@everyone {}", row.topic) } else { row.topic.clone() };
    if notify {
        crate::message::system_to_everyone(&cx, &mut work, &channel, MessageKind::StageStart, &text).await?;
    } else {
        say(&cx, &mut work, &channel, MessageKind::StageStart, &text).await?;
    }
    work.audit(guild, entry(&cx, AuditAction::StageInstanceCreate, None, Some(&row))).await?;
    work.commit().await?;
    Ok(Json(row.stage()))
}

async fn get_stage_instance(cx: Cx, channel: Channel) -> Result<Json<StageInstance>> {
    let row = store::stage::of_channel(&mut cx.db(), channel.id).await?;
    Ok(Json(row.ok_or(Code::UnknownStageInstance)?.stage()))
}

async fn update_stage_instance(cx: Cx, channel: Channel, Json(body): Json<StageBody>) -> Result<Json<StageInstance>> {
    let guild = channel.guild()?.id();
    crate::channel::require_writable(&cx, &channel).await?;
    let mut work = cx.begin().await?.at(guild);
    let before = store::stage::of_channel(&mut work, channel.id).await?.ok_or(Code::UnknownStageInstance)?;
    let mut row = before.clone();
    if let Patch::Value(topic) = body.topic {
        topic.trim().clone_into(&mut row.topic);
    }
    if let Patch::Value(Int(level)) = body.privacy_level {
        row.privacy_level = level;
    }
    check(&row.topic, row.privacy_level)?;
    if row.stage() != before.stage() {
        store::stage::update(&mut work, &row).await?;
        work.emit(Event::StageInstanceUpdate(row.stage()));
        if row.topic != before.topic {
            say(&cx, &mut work, &channel, MessageKind::StageTopic, &row.topic).await?;
        }
        work.audit(guild, entry(&cx, AuditAction::StageInstanceUpdate, Some(&before), Some(&row))).await?;
        work.commit().await?;
    }
    Ok(Json(row.stage()))
}

async fn delete_stage_instance(cx: Cx, channel: Channel) -> Result<NoContent> {
    let guild = channel.guild()?.id();
    let mut work = cx.begin().await?.at(guild);
    let row = store::stage::of_channel(&mut work, channel.id).await?.ok_or(Code::UnknownStageInstance)?;
    end(&cx.app, &mut work, &row).await?;
    if crate::channel::is_writable(&cx, &mut work, &channel).await? {
        say(&cx, &mut work, &channel, MessageKind::StageEnd, &row.topic).await?;
    }
    work.audit(guild, entry(&cx, AuditAction::StageInstanceDelete, Some(&row), None)).await?;
    work.commit().await?;
    Ok(NoContent)
}
