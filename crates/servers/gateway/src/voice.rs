//! Op 4: where somebody is in voice. State only: sound is the voice server's.

use guildhall_bus::{Bus, ConnectionId, Dispatch};
use guildhall_wire::Permissions;
use guildhall_wire::channel::ChannelKind;
use guildhall_wire::gateway::VoiceStateBody;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::voice::{VoiceServer, VoiceState};

use crate::backend::{Backend, Cause, MemberRequest};
use crate::guild::Viewer;

/// Applies what a client asked for; says whether it is in a channel where it was not before. What it may not do is passed over in
/// silence, as Discord does.
pub(crate) async fn update<B: Backend>(
    bus: &Bus,
    backend: &B,
    viewer: Viewer,
    connection: ConnectionId,
    session_id: String,
    body: VoiceStateBody,
) -> Result<bool, Cause> {
    let Some(state) = body.guild_id.and_then(|guild| bus.guild(guild)) else {
        return Ok(false);
    };
    let guild = state.id();
    let current = bus.voice_state(guild, viewer.user);
    let Some(id) = body.channel_id else {
        bus.leave_voice(guild, viewer.user);
        return Ok(false);
    };
    let Some(channel) = state.channels.get(&id).filter(|channel| channel.kind.is_voice()) else {
        return Ok(false);
    };
    let permissions = state.permissions_in(viewer.user, channel, crate::clock::unix_micros());
    let stays = current.as_ref().is_some_and(|current| current.channel_id == Some(id));
    // Whoever sits there already (somebody moved them, or their roles changed) may still mute themselves.
    if !stays && !permissions.contains(Permissions::VIEW_CHANNEL | Permissions::CONNECT) {
        return Ok(false);
    }
    let limit = channel.user_limit.filter(|limit| *limit > 0 && !permissions.contains(Permissions::MOVE_MEMBERS));
    let members = backend.members(guild, MemberRequest::Ids(vec![viewer.user])).await?;
    let Some(member) = members.into_iter().next() else {
        return Ok(false);
    };
    let audience = channel.kind == ChannelKind::Stage && !permissions.contains(Permissions::MUTE_MEMBERS);
    let (suppressed, request) = current
        .filter(|_| stays)
        .map_or((audience, None), |current| (current.suppress, current.request_to_speak_timestamp));
    let joined = bus.join_voice(
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
            self_video: body.self_video && permissions.contains(Permissions::STREAM),
            suppress: suppressed,
            request_to_speak_timestamp: request,
        },
        limit,
    );
    if joined && !viewer.bot {
        leave_others(bus, viewer, guild);
    }
    Ok(joined && !stays)
}

/// A person is in one voice channel at a time, a bot in one of each guild.
fn leave_others(bus: &Bus, viewer: Viewer, here: Id<GuildMarker>) {
    for guild in bus.guilds_of(viewer.user).into_iter().filter(|guild| *guild != here) {
        bus.leave_voice(guild, viewer.user);
    }
}

/// Whether an event says that somebody sits in voice in that guild.
pub(crate) fn is_seat(told: &Dispatch, guild: Id<GuildMarker>, user: Id<UserMarker>) -> bool {
    let seat =
        (told.name == "VOICE_STATE_UPDATE").then(|| serde_json::from_slice::<VoiceState>(&told.body).ok()).flatten();
    seat.is_some_and(|seat| seat.guild_id == Some(guild) && seat.user_id == user && seat.channel_id.is_some())
}

/// `VOICE_SERVER_UPDATE` without an endpoint: the client waits until there is a voice server.
pub(crate) fn server(guild_id: Id<GuildMarker>) -> Option<Dispatch> {
    let mut token = [0; 16];
    getrandom::fill(&mut token).ok()?;
    let token = token.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let body = serde_json::to_vec(&VoiceServer { token, guild_id, endpoint: None }).ok()?;
    Some(Dispatch::new("VOICE_SERVER_UPDATE", body))
}
