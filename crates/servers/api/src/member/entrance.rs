//! How people come into a guild: by an invite, by themselves where it is public, brought by an application.

use guildhall_bus::{ChannelPlace, GuildState};
use guildhall_store as store;
use guildhall_store::invite::InviteRow;
use guildhall_store::member::MemberRow;
use guildhall_store::user::UserRow;
use guildhall_wire::event::GuildJoin;
use guildhall_wire::message::MessageKind;

use crate::kernel::access::Place;
use crate::prelude::*;

/// Makes somebody a member, by an invite or, without one, of a guild that is public; says whether they are new. Who is a
/// member already does not use the invite up.
pub(crate) async fn enter(
    cx: &Cx,
    work: &mut Work,
    user: &UserRow,
    guild: Id<GuildMarker>,
    invite: Option<&InviteRow>,
) -> Result<bool> {
    if store::member::get(work, guild, user.id).await?.is_some() {
        return Ok(false);
    }
    let unknown = if invite.is_some() { Code::UnknownInvite } else { Code::UnknownGuild };
    let state = cx.app.bus().guild(guild).ok_or(unknown)?;
    if invite.is_none() && !crate::discovery::is_open(cx, &state.guild).await? {
        return Err(unknown.into());
    }
    refuse_banned(work, guild, user.id).await?;
    if crate::guild::invites_paused(&state.guild, cx.now()) {
        return Err(Code::InvitesPaused.into());
    }
    if let Some(invite) = invite
        && !crate::invite::includes(work, invite, user.id).await?
    {
        return Err(unknown.into());
    }
    require_room(cx, &state, user.id)?;
    let mut row = MemberRow::new(guild, user.id, cx.now());
    if let Some(invite) = invite {
        if !store::invite::take(work, &invite.code, cx.now()).await? {
            return Err(unknown.into());
        }
        row.invite_code = Some(invite.code.clone());
        // Roles may have gone since it was made.
        row.roles.0 = invite.role_ids.0.iter().copied().filter(|id| state.roles.contains_key(id)).collect();
        row.temporary = invite.temporary && row.roles.0.is_empty();
    }
    if store::onboarding::get(work, guild).await?.enabled {
        row.flags |= guildhall_wire::onboarding::STARTED;
    }
    admit(cx, work, user, row).await?;
    Ok(true)
}

/// Refuses who was banned.
pub(super) async fn refuse_banned(work: &mut Work, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<()> {
    let banned = store::ban::get(work, guild, user).await?.is_some();
    if banned { Err(Code::UserBanned.into()) } else { Ok(()) }
}

/// Refuses where the guild is full, or who is in too many already.
pub(super) fn require_room(cx: &Cx, state: &GuildState, user: Id<UserMarker>) -> Result<()> {
    if state.members.len() >= usize::try_from(state.guild.max_members).unwrap_or(usize::MAX) {
        return Err(Code::TooManyMembers.into());
    }
    if cx.app.bus().guilds_of(user).len() >= crate::guild::MOST {
        return Err(Code::TooManyGuilds.into());
    }
    Ok(())
}

/// Adds a member, tells the guild and them, and greets them where the guild wants that; who has a form to fill in first is
/// greeted after that.
pub(super) async fn admit(cx: &Cx, work: &mut Work, user: &UserRow, mut row: MemberRow) -> Result<()> {
    crate::automod::review(cx, work, &mut row, user).await?;
    row.pending |= crate::join_request::is_asked(cx, row.guild_id, user);
    crate::linked_role::welcome(cx, work, &mut row).await?;
    store::member::insert(work, &row).await?;
    work.emit(Event::GuildMemberAdd(row.guild_member(user.user())));
    work.emit(Event::GuildCreate(GuildJoin { id: row.guild_id }).to(user.id));
    if row.pending { Ok(()) } else { greet(cx, work, row.guild_id, user).await }
}

/// Tells that somebody has come, where the guild wants that.
pub(crate) async fn greet(cx: &Cx, work: &mut Work, guild: Id<GuildMarker>, user: &UserRow) -> Result<()> {
    let Some(state) = cx.app.bus().guild(guild) else { return Ok(()) };
    let silent = state.guild.system_channel_flags & 1 != 0;
    if let Some(channel) = system_channel(cx, &state).filter(|_| !silent)
        && crate::channel::is_writable(cx, work, &channel).await?
    {
        crate::message::system_by(cx, work, &channel, user, MessageKind::UserJoin, "", None, None).await?;
    }
    Ok(())
}

/// The channel where joins are told, as the server itself uses it.
fn system_channel(cx: &Cx, state: &GuildState) -> Option<Channel> {
    let id = state.guild.system_channel_id?;
    match cx.app.bus().channel(id)? {
        ChannelPlace::Guild(state, channel) => {
            Some(Channel { id, channel, permissions: Permissions::all(), place: Place::Guild(state) })
        }
        ChannelPlace::Private(_) => None,
    }
}
