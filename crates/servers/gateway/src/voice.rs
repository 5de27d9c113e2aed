//! Op 4: where somebody is in voice. State only: sound is the voice server's.

use guildhall_bus::{Bus, ConnectionId};
use guildhall_wire::Permissions;
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::gateway::VoiceStateBody;
use guildhall_wire::voice::VoiceState;

use crate::backend::{Backend, Cause, MemberRequest};
use crate::guild::Viewer;

/// Applies what a client asked for. What it may not do is passed over in silence, as Discord does.
pub(crate) async fn update<B: Backend>(
    bus: &Bus,
    backend: &B,
    viewer: Viewer,
    connection: ConnectionId,
    session_id: String,
    body: VoiceStateBody,
) -> Result<(), Cause> {
    let Some(state) = body.guild_id.and_then(|guild| bus.guild(guild)) else {
        return Ok(());
    };
    let guild = state.id();
    let current = bus.voice_state(guild, viewer.user);
    let Some(id) = body.channel_id else {
        if let Some(current) = current {
            bus.set_voice_state(connection, VoiceState { channel_id: None, ..current });
        }
        return Ok(());
    };
    let Some(channel) = state.channels.get(&id).filter(|channel| channel.kind.is_voice()) else {
        return Ok(());
    };
    let permissions = state.permissions_in(viewer.user, channel, crate::clock::unix_micros());
    if !permissions.contains(Permissions::VIEW_CHANNEL | Permissions::CONNECT) {
        return Ok(());
    }
    let stays = current.as_ref().is_some_and(|current| current.channel_id == Some(id));
    let limit = channel.user_limit.filter(|limit| *limit > 0);
    if let Some(limit) = limit.filter(|_| !stays && !permissions.contains(Permissions::MOVE_MEMBERS)) {
        let present = bus.voice_states(guild).iter().filter(|voice| voice.channel_id == Some(id)).count();
        if present >= usize::try_from(limit)? {
            return Ok(());
        }
    }
    let members = backend.members(guild, MemberRequest::Ids(vec![viewer.user])).await?;
    let Some(member) = members.into_iter().next() else {
        return Ok(());
    };
    if !viewer.bot {
        leave_others(bus, viewer, connection, guild);
    }
    let audience = channel.kind == ChannelKind::Stage && !permissions.contains(Permissions::MUTE_MEMBERS);
    let suppressed = current.as_ref().filter(|_| stays).map_or(audience, |current| current.suppress);
    bus.set_voice_state(
        connection,
        VoiceState {
            guild_id: Some(guild),
            channel_id: Some(id),
            user_id: viewer.user,
            deaf: member.deaf,
            mute: member.mute,
            member: Some(member),
            session_id,
            self_deaf: body.self_deaf,
            self_mute: body.self_mute,
            self_stream: false,
            self_video: body.self_video,
            suppress: suppressed,
            request_to_speak_timestamp: None,
        },
    );
    Ok(())
}

/// A person is in one voice channel at a time, a bot in one of each guild.
fn leave_others(
    bus: &Bus,
    viewer: Viewer,
    connection: ConnectionId,
    here: guildhall_wire::Id<guildhall_wire::id::GuildMarker>,
) {
    for guild in bus.guilds_of(viewer.user) {
        if let Some(there) = bus.voice_state(guild, viewer.user).filter(|_| guild != here) {
            bus.set_voice_state(connection, VoiceState { channel_id: None, ..there });
        }
    }
}
