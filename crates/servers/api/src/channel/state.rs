//! Locking and archiving, and whether something may be written: Guildhall's own states of a channel, and of the instance.

use guildhall_rules::verification::{Newcomer, is_met};
use guildhall_store as store;
use guildhall_wire::audit_log::{AuditAction, changes};
use guildhall_wire::channel::{Channel as WireChannel, ChannelKind};
use serde::Deserialize;

use crate::kernel::access::Place;
use crate::prelude::*;

pub(crate) fn own_routes() -> Routes {
    Routes::new().patch("/channels/{channel_id}/state", update_channel_state, Permissions::MANAGE_CHANNELS)
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct StateBody {
    locked: Option<bool>,
    archived: Option<bool>,
}

async fn update_channel_state(cx: Cx, channel: Channel, Json(body): Json<StateBody>) -> Result<Json<WireChannel>> {
    let guild = channel.guild()?.id();
    let kind = channel.kind();
    if kind.is_thread() || !(kind.has_messages() || matches!(kind, ChannelKind::Forum | ChannelKind::Media)) {
        return Err(Code::WrongChannelType.into());
    }
    if body.locked.is_none() && body.archived.is_none() {
        return Err(Error::Message(Code::InvalidForm, "Nothing to change".into()));
    }
    let mut work = cx.begin().await?.at(guild);
    let mut row = store::channel::get(&mut work, channel.id).await?.ok_or(Code::UnknownChannel)?;
    let before = row.channel();
    row.locked = body.locked.unwrap_or(row.locked);
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

/// The states of a channel that count: its own, and for a thread those of the channel that it is in too.
fn states(channel: &Channel) -> (bool, bool) {
    let Place::Guild(state) = &channel.place else { return (false, false) };
    if !channel.kind().is_thread() {
        return (channel.channel.locked, channel.channel.archived);
    }
    // A thread's own are in its metadata, and looked at where one posts in it.
    let parent = channel.channel.parent().and_then(|parent| state.channels.get(&parent));
    parent.map_or((false, false), |parent| (parent.locked, parent.archived))
}

/// Refuses to change what was written, or to add to it, where it is to stay as it is: on a read-only instance (its staff
/// aside), in an archived channel. What takes something away does not ask: messages and reactions may go, people may leave.
pub(crate) async fn require_writable(cx: &Cx, channel: &Channel) -> Result<()> {
    crate::instance::require_writable(cx).await?;
    if is_archived(channel) { Err(Code::ChannelLocked.into()) } else { Ok(()) }
}

/// Whether a channel is read-only for everybody: itself, or the one that it is a thread of.
pub(crate) fn is_archived(channel: &Channel) -> bool {
    states(channel).1
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
    states(channel) == (false, false)
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

/// Refuses to post to who may not write there, in a locked channel to all but those who manage it.
pub(crate) async fn require_open(cx: &Cx, channel: &Channel) -> Result<()> {
    require_writable(cx, channel).await?;
    require_verified(cx, channel)?;
    let (locked, _) = states(channel);
    if locked && !channel.permissions.contains(Permissions::MANAGE_CHANNELS) {
        return Err(Code::ChannelLocked.into());
    }
    Ok(())
}
