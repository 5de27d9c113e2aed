//! Changing a thread: name, slow mode, archive, lock.

use guildhall_bus::GuildState;
use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Channel as WireChannel, ChannelBody, ChannelKind};
use guildhall_wire::forum::flags;
use guildhall_wire::loose::Int;
use guildhall_wire::thread::ThreadMember;

use crate::prelude::*;
use crate::schedule;

/// `PATCH /channels/{channel_id}` of a thread. Its maker may rename and archive it; locks and slow mode are for moderators;
/// everybody who may post may open an archived one that is not locked.
pub(crate) async fn update(
    cx: &Cx,
    channel: &Channel,
    state: &GuildState,
    body: ChannelBody,
) -> Result<Json<WireChannel>> {
    let me = cx.user()?;
    crate::channel::require_writable(cx, channel).await?;
    let moderates = channel.permissions.contains(Permissions::MANAGE_THREADS);
    if let Patch::Value(name) = &body.name
        && (moderates || channel.channel.owner_id == Some(me))
    {
        crate::automod::guard_title(cx, channel, name.trim()).await?;
    }
    let mut work = cx.begin().await?.at(channel.id);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let (before, was_archived, was) = (row.channel(), row.archived, super::logged(&row));
    let only_opens = matches!(body.archived, Patch::Value(false))
        && body.name.is_absent()
        && body.locked.is_absent()
        && body.rate_limit_per_user.is_absent()
        && body.auto_archive_duration.is_absent()
        && body.applied_tags.is_absent()
        && body.invitable.is_absent()
        && body.flags.is_absent();
    let may = moderates
        || (row.owner_id == Some(me) && body.locked.is_absent() && body.rate_limit_per_user.is_absent())
        || (only_opens && !row.locked && channel.permissions.contains(Permissions::SEND_MESSAGES_IN_THREADS));
    if !may || (row.locked && !moderates) {
        return Err(Code::MissingPermissions.into());
    }
    if row.archived && !matches!(body.archived, Patch::Value(false)) {
        return Err(Code::ThreadArchived.into());
    }
    let mut errors = FormErrors::new();
    if let Patch::Value(name) = body.name {
        let name = name.trim().to_owned();
        errors.length("name", &name, 1, 100);
        row.name = Some(name);
    }
    let forum = row.parent_id.and_then(|parent| state.channels.get(&parent)).filter(|parent| parent.kind.is_forum());
    if let Some(forum) = forum {
        if !body.applied_tags.is_absent() {
            let known = row.applied_tags.take().map(|Stored(tags)| tags).unwrap_or_default();
            let wanted = body.applied_tags.value().unwrap_or_default();
            row.applied_tags = Some(Stored(super::post::tags(forum, moderates, &known, wanted)?));
        }
        if let Patch::Value(Int(bits)) = body.flags {
            pin(state, channel, &mut row, bits & flags::PINNED)?;
        }
    }
    if let Patch::Value(Int(minutes)) = body.auto_archive_duration {
        if !guildhall_rules::thread::DURATIONS.contains(&minutes) {
            errors.choice("auto_archive_duration", "(60, 1440, 4320, 10080)");
        }
        row.auto_archive_duration = Some(minutes);
    }
    if let Patch::Value(Int(seconds)) = body.rate_limit_per_user {
        errors.range("rate_limit_per_user", seconds, 0, 21_600);
        row.rate_limit_per_user = seconds;
    }
    errors.finish()?;
    body.locked.apply_value(&mut row.locked);
    if let Patch::Value(invitable) = body.invitable
        && row.kind() == ChannelKind::PrivateThread
    {
        row.invitable = Some(invitable);
    }
    if let Patch::Value(archived) = body.archived
        && archived != row.archived
    {
        row.archived = archived;
        row.archived_at = Some(cx.now());
    }
    let after = row.channel();
    if before != after {
        store::channel::update(&mut work, &row).await?;
        watch(&mut work, &row).await?;
        tell(&mut work, &row, was_archived && !row.archived).await?;
        let changed = changes(Some(&was), Some(&super::logged(&row)), &[]);
        work.audit(state.id(), cx.entry(AuditAction::ThreadUpdate, row.id, changed)).await?;
    }
    work.commit().await?;
    Ok(Json(after))
}

/// Pins a post above the others, or not: one in a forum.
fn pin(state: &GuildState, channel: &Channel, row: &mut ChannelRow, pinned: u32) -> Result<()> {
    if row.flags & flags::PINNED == pinned {
        return Ok(());
    }
    channel.require(Permissions::MANAGE_THREADS)?;
    let mut others = state.threads.values().filter(|other| other.channel.parent() == row.parent_id);
    if pinned != 0 && others.any(|other| other.channel.flags & flags::PINNED != 0) {
        return Err(Code::TooManyPinnedPosts.into());
    }
    row.flags = (row.flags & !flags::PINNED) | pinned;
    Ok(())
}

/// Opens an archived thread because somebody posted in it.
pub(crate) async fn unarchive(cx: &Cx, work: &mut Work, row: &mut ChannelRow) -> Result<()> {
    row.archived = false;
    row.archived_at = Some(cx.now());
    store::channel::update(work, row).await?;
    watch(work, row).await?;
    tell(work, row, true).await
}

/// Tells of a change. A thread that is opened again comes back to the directory with those who take part, and each of them
/// hears that they do: clients may have let go of it.
async fn tell(work: &mut Work, row: &ChannelRow, opened: bool) -> Result<()> {
    let thread = row.channel();
    if !opened {
        work.emit(Event::ThreadUpdate(thread));
        return Ok(());
    }
    let most = u32::try_from(super::MOST).unwrap_or(u32::MAX);
    let members = store::thread::members(work, row.id, 0, most).await?;
    work.load_thread(thread.clone(), members.iter().map(|member| member.user_id).collect());
    work.emit(Event::ThreadUpdate(thread));
    for member in members {
        let told = ThreadMember { guild_id: row.guild_id, ..member.member() };
        work.emit(Event::ThreadMemberUpdate(told).to(member.user_id));
    }
    Ok(())
}

/// When a thread's time is up, if nobody writes until then.
pub(super) fn idle_at(row: &ChannelRow) -> Option<i64> {
    let thread = row.channel();
    let last = thread.last_message_id.value().map_or_else(|| created_ms(thread.id), created_ms);
    let last = i64::try_from(last).unwrap_or(i64::MAX / 1000) * 1000;
    thread.thread_metadata.as_ref().and_then(|metadata| guildhall_rules::thread::idle_at(last, metadata))
}

/// Looks at an open thread again when its time is up. The work is at the thread.
async fn watch(work: &mut Work, row: &ChannelRow) -> Result<()> {
    match idle_at(row) {
        Some(due) => schedule::at(work, schedule::Kind::ThreadArchive, row.id, due).await,
        None => schedule::cancel(work, schedule::Kind::ThreadArchive, row.id).await,
    }
}

/// Archives a thread whose time is up. Messages do not set the timer anew: if somebody wrote, it is set anew here.
pub(crate) async fn archive_when_idle(app: &crate::App, work: &mut Work, id: Id<ChannelMarker>) -> Result<()> {
    let now = app.clock().micros();
    let Some(mut row) = store::channel::get(work, id).await? else { return Ok(()) };
    match idle_at(&row) {
        None => Ok(()),
        Some(due) if due > now => watch(work, &row).await,
        Some(_) => {
            row.archived = true;
            row.archived_at = Some(now);
            store::channel::update(work, &row).await?;
            work.emit(Event::ThreadUpdate(row.channel()));
            Ok(())
        }
    }
}
