//! `GUILD_CREATE`: a guild as one of its members sees it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use guildhall_bus::{Bus, ChannelPlace, Dispatch, GuildState};
use guildhall_wire::Timestamp;
use guildhall_wire::channel::Channel;
use guildhall_wire::gateway::{GuildCreate, Intents};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::presence::Presence;
use guildhall_wire::scheduled_event::ScheduledEvent;
use guildhall_wire::stage::StageInstance;
use guildhall_wire::thread::{ThreadListSync, ThreadMember};

use crate::backend::{Backend, Cause, MemberRequest};

/// Who looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Viewer {
    pub(crate) user: Id<UserMarker>,
    pub(crate) bot: bool,
    pub(crate) intents: Intents,
    pub(crate) large_threshold: usize,
}

impl Viewer {
    /// Whether it is told of voice states.
    pub(crate) const fn hears_voice(&self) -> bool {
        !self.bot || self.intents.contains(Intents::GUILD_VOICE_STATES)
    }
}

/// Builds the event; `None` where the user is no member any more. A guild of READY is `initial`, one joined later is not.
pub(crate) async fn guild_create<B: Backend>(
    bus: &Bus,
    backend: &B,
    viewer: Viewer,
    id: Id<GuildMarker>,
    initial: bool,
) -> Result<Option<Dispatch>, Cause> {
    let Some(state) = bus.guild(id) else {
        return Ok(None);
    };
    let Some(own) = state.members.get(&viewer.user) else {
        return Ok(None);
    };
    let joined_at = Timestamp::from_micros(own.joined_at)?;
    let large = state.members.len() > viewer.large_threshold;
    let mut voice_states = bus.voice_states(id);
    voice_states.retain(|voice| {
        let channel = voice.channel_id.and_then(|channel| state.channels.get(&channel));
        voice.user_id == viewer.user || channel.is_some_and(|channel| state.can_view(viewer.user, channel))
    });
    for voice in &mut voice_states {
        voice.guild_id = None;
    }
    let presences = if viewer.intents.contains(Intents::GUILD_PRESENCES) { bus.presences(id) } else { Vec::new() };
    let shown = shown(&state, viewer, large, voice_states.iter().map(|voice| voice.user_id), &presences);
    let request = match &shown {
        None => MemberRequest::All,
        Some(users) => MemberRequest::Ids(users.iter().copied().collect()),
    };
    let mut members = backend.members(id, request).await?;
    members.sort_by_key(|member| member.user.as_ref().map(|user| user.id));
    let presences = match &shown {
        None => presences,
        Some(users) => presences.into_iter().filter(|presence| users.contains(&presence.user.id)).collect(),
    };
    let memberships = memberships(backend, &state, viewer.user).await?;
    let guild = state.whole();
    let body = GuildCreate {
        guild: &guild,
        joined_at,
        large,
        unavailable: initial.then_some(false),
        member_count: state.members.len(),
        voice_states,
        members,
        channels: channels(&state, viewer.user),
        threads: threads(&state, viewer.user, &memberships),
        presences,
        stage_instances: stages(&state, viewer.user),
        guild_scheduled_events: events(&state, viewer.user),
        soundboard_sounds: state.sounds.values().collect(),
        activity_instances: [],
        embedded_activities: [],
    };
    Ok(Some(Dispatch::new("GUILD_CREATE", serde_json::to_vec(&body)?)))
}

/// Which members are sent; `None` for all.
///
/// Oneself and who is in voice always; who is there, up to the threshold; everybody where that is no more.
fn shown(
    state: &GuildState,
    viewer: Viewer,
    large: bool,
    in_voice: impl Iterator<Item = Id<UserMarker>>,
    presences: &[Presence],
) -> Option<BTreeSet<Id<UserMarker>>> {
    let sees_presences = viewer.intents.contains(Intents::GUILD_PRESENCES);
    if sees_presences && !large {
        return None;
    }
    let online = presences.iter().map(|presence| presence.user.id).take(viewer.large_threshold);
    let mut users: BTreeSet<_> = in_voice.chain(online).collect();
    users.retain(|user| state.is_member(*user));
    users.insert(viewer.user);
    Some(users)
}

fn channels(state: &GuildState, user: Id<UserMarker>) -> Vec<&Channel> {
    let mut channels: Vec<_> =
        state.channels.values().filter(|channel| state.can_view(user, channel)).map(Arc::as_ref).collect();
    channels.sort_by_key(|channel| (channel.position, channel.id));
    channels
}

fn stages(state: &GuildState, user: Id<UserMarker>) -> Vec<&StageInstance> {
    let seen = |id: &Id<ChannelMarker>| state.channels.get(id).is_some_and(|channel| state.can_view(user, channel));
    state.stages.values().filter(|stage| seen(&stage.channel_id)).map(Arc::as_ref).collect()
}

fn events(state: &GuildState, user: Id<UserMarker>) -> Vec<&ScheduledEvent> {
    state.events.values().filter(|event| state.sees_event(user, event)).map(Arc::as_ref).collect()
}

/// The active threads of a channel that came into somebody's view; `None` where it went out of it again, or has none.
pub(crate) async fn thread_list_sync<B: Backend>(
    bus: &Bus,
    backend: &B,
    viewer: Viewer,
    channel: Id<ChannelMarker>,
) -> Result<Option<Dispatch>, Cause> {
    let Some(ChannelPlace::Guild(state, _)) = bus.channel(channel) else { return Ok(None) };
    let mut memberships = memberships(backend, &state, viewer.user).await?;
    let mut threads = threads(&state, viewer.user, &HashMap::new());
    threads.retain(|thread| thread.parent() == Some(channel));
    if threads.is_empty() {
        return Ok(None);
    }
    let members = threads.iter().filter_map(|thread| memberships.remove(&thread.id)).collect();
    let sync = ThreadListSync { guild_id: state.id(), channel_ids: vec![channel], threads, members };
    Ok(Some(Dispatch::new("THREAD_LIST_SYNC", serde_json::to_vec(&sync)?)))
}

fn threads(
    state: &GuildState,
    user: Id<UserMarker>,
    memberships: &HashMap<Id<ChannelMarker>, ThreadMember>,
) -> Vec<Channel> {
    let mut threads: Vec<_> = state
        .threads
        .values()
        .filter(|thread| state.can_view(user, &thread.channel))
        .map(|thread| {
            let mut channel = Channel::clone(&thread.channel);
            channel.newly_created = None;
            channel.member = memberships.get(&channel.id).cloned();
            channel
        })
        .collect();
    threads.sort_by_key(|thread| thread.id);
    threads
}

async fn memberships<B: Backend>(
    backend: &B,
    state: &GuildState,
    user: Id<UserMarker>,
) -> Result<HashMap<Id<ChannelMarker>, ThreadMember>, Cause> {
    if !state.threads.values().any(|thread| thread.members.contains(&user)) {
        return Ok(HashMap::new());
    }
    let memberships = backend.thread_memberships(state.id(), user).await?;
    Ok(memberships.into_iter().map(|member| (member.id, member)).collect())
}
