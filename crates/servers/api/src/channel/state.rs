//! Locking and archiving, and whether something may be written: Guildhall's own states of a channel, and of the instance.

use guildhall_bus::GuildState;
use guildhall_rules::hierarchy;
use guildhall_rules::verification::{Newcomer, is_met};
use guildhall_store as store;
use guildhall_store::channel::ChannelRow;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind};
use serde::Deserialize;

use crate::kernel::access::Place;
use crate::prelude::*;

pub(crate) fn own_routes() -> Routes {
    Routes::new().patch("/channels/{channel_id}/state", update_channel_state, Permissions::MANAGE_CHANNELS)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct StateBody {
    locked: Option<bool>,
    archived: Option<bool>,
    /// Of a lock: who stands at this role or above posts.
    role_id: Patch<Id<RoleMarker>>,
}

/// Writes what a body says of the lock into a row. Nobody sets a bar above themselves, nor takes one away that is.
async fn lock(
    run: &mut dyn Run,
    state: &GuildState,
    me: Id<UserMarker>,
    row: &mut ChannelRow,
    body: &StateBody,
) -> Result<()> {
    let locked = body.locked.unwrap_or(row.locked);
    let role = match body.role_id {
        Patch::Value(_) if !locked => {
            return Err(Error::form("role_id", "BASE_TYPE_INVALID", "Only the lock of a channel names a role."));
        }
        Patch::Value(role) => Some(role),
        Patch::Absent if locked => row.lock_role_id,
        Patch::Absent | Patch::Null => None,
    };
    if (locked, role) == (row.locked, row.lock_role_id) {
        return Ok(());
    }
    for (id, is_new) in [(row.lock_role_id, false), (role, true)] {
        let Some(id) = id else { continue };
        let bar = store::role::get(run, state.id(), id).await?;
        // Everybody stands at @everyone: that would lock nobody out.
        if is_new && (bar.is_none() || id == state.id().cast()) {
            return Err(Code::UnknownRole.into());
        }
        if bar.is_some_and(|bar| !hierarchy::reaches(state.rank(me), bar.position)) {
            return Err(Code::MissingPermissions.into());
        }
    }
    (row.locked, row.lock_role_id) = (locked, role);
    Ok(())
}

/// Leaves the locks that name a role that is gone to those who manage the channels.
pub(crate) async fn role_gone(work: &mut Work, guild: Id<GuildMarker>, role: Id<RoleMarker>) -> Result<()> {
    for mut row in store::channel::locked_at(work, guild, role).await? {
        row.lock_role_id = None;
        store::channel::update(work, &row).await?;
        work.emit(Event::ChannelUpdate(row.channel()));
    }
    Ok(())
}

async fn update_channel_state(cx: Cx, channel: Channel, Json(body): Json<StateBody>) -> Result<Json<WireChannel>> {
    let state = channel.guild()?;
    let guild = state.id();
    let kind = channel.kind();
    if kind.is_thread() || !(kind.has_messages() || matches!(kind, ChannelKind::Forum | ChannelKind::Media)) {
        return Err(Code::WrongChannelType.into());
    }
    if body.locked.is_none() && body.archived.is_none() && body.role_id.is_absent() {
        return Err(Error::Message(Code::InvalidForm, "Nothing to change".into()));
    }
    let mut work = cx.begin().await?.at(guild);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let before = row.channel();
    lock(&mut work, state, cx.user()?, &mut row, &body).await?;
    row.archived = body.archived.unwrap_or(row.archived);
    if row.archived != before.archived {
        row.archived_at = row.archived.then(|| cx.now());
    }
    let after = row.channel();
    if before != after {
        store::channel::update(&mut work, &row).await?;
        work.emit(Event::ChannelUpdate(after.clone()));
        let changed = changes(Some(&before), Some(&after), &["last_message_id"]);
        work.audit(guild, cx.entry(AuditAction::ChannelUpdate, row.id, changed)).await?;
    }
    work.commit().await?;
    Ok(Json(after))
}

/// The channel of a guild whose states count: itself, or the one that it is a thread of.
fn measured(channel: &Channel) -> Option<(&GuildState, &WireChannel)> {
    let Place::Guild(state) = &channel.place else { return None };
    if !channel.kind().is_thread() {
        return Some((state, &channel.channel));
    }
    // A thread's own are in its metadata, and looked at where one posts in it.
    let parent = channel.channel.parent().and_then(|parent| state.channels.get(&parent))?;
    Some((state, parent))
}

/// Whether somebody posts in spite of a lock: who manages the channel, and who stands at the role that it names or above.
fn passes_lock(channel: &Channel, user: Id<UserMarker>) -> bool {
    let Some((state, measured)) = measured(channel).filter(|(_, channel)| channel.locked) else { return true };
    let bar = measured.lock_role_id.and_then(|role| state.roles.get(&role));
    channel.permissions.contains(Permissions::MANAGE_CHANNELS)
        || bar.is_some_and(|bar| hierarchy::reaches(state.rank(user), bar.position))
}

/// Refuses to change what was written, or to add to it, where it is to stay as it is: on a read-only instance (its staff
/// aside), in an archived channel. What takes something away does not ask: messages and reactions may go, people may leave.
pub(crate) async fn require_writable(cx: &Cx, channel: &Channel) -> Result<()> {
    crate::instance::require_writable(cx).await?;
    if is_archived(channel) { Err(Code::ChannelLocked.into()) } else { Ok(()) }
}

/// Whether a channel is read-only for everybody: itself, or the one that it is a thread of.
pub(crate) fn is_archived(channel: &Channel) -> bool {
    measured(channel).is_some_and(|(_, channel)| channel.archived)
}

/// Whether the server may say there what somebody did that is never refused: that they came, left or closed something.
pub(crate) async fn is_writable(cx: &Cx, run: &mut dyn Run, channel: &Channel) -> Result<bool> {
    Ok(!is_archived(channel) && crate::instance::is_writable(cx, run).await?)
}

/// Refuses what is written by the secret of a webhook, or brought by one, in a locked channel too: it holds no role, so it is
/// below every bar.
pub(crate) async fn require_open_to_webhooks(cx: &Cx, channel: &Channel) -> Result<()> {
    require_writable(cx, channel).await?;
    if takes_webhooks(channel) { Ok(()) } else { Err(Code::ChannelLocked.into()) }
}

/// Whether what comes by a webhook may be written there, whatever the instance says.
pub(crate) fn takes_webhooks(channel: &Channel) -> bool {
    measured(channel).is_none_or(|(_, channel)| !channel.locked && !channel.archived)
}

/// Refuses who has not been around for long enough by the verification level of the guild. Whoever holds a role, owns the guild
/// or is a bot is known well enough.
pub(crate) fn require_verified(cx: &Cx, channel: &Channel) -> Result<()> {
    let Place::Guild(state) = &channel.place else { return Ok(()) };
    let (level, row) = (state.guild.verification_level, &cx.account()?.row);
    if level == 0 || row.bot || state.guild.owner_id == row.id {
        return Ok(());
    }
    let Some(member) = state.members.get(&row.id).filter(|member| member.roles.is_empty()) else { return Ok(()) };
    let now = cx.now();
    let made = i64::try_from(created_ms(row.id)).unwrap_or_default().saturating_mul(1000);
    let newcomer = Newcomer { email: row.email.is_some(), account: now - made, member: now - member.joined_at };
    if is_met(level, newcomer) { Ok(()) } else { Err(Code::VerificationLevel.into()) }
}

/// Refuses to post to who may not write there, in a locked channel to all whom the lock is not for.
pub(crate) async fn require_open(cx: &Cx, channel: &Channel) -> Result<()> {
    require_writable(cx, channel).await?;
    require_verified(cx, channel)?;
    if passes_lock(channel, cx.user()?) { Ok(()) } else { Err(Code::ChannelLocked.into()) }
}
