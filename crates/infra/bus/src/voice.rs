//! Who is in which voice channel: state only, voice itself comes from the voice server.

use guildhall_wire::Event;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::voice::VoiceState;

use crate::Bus;
use crate::connection::ConnectionId;

/// Everybody in voice on this node.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    states: papaya::HashMap<(Id<GuildMarker>, Id<UserMarker>), (ConnectionId, VoiceState)>,
}

impl Bus {
    /// Sets where somebody is and how; a state without a channel is leaving. Tells the guild.
    pub fn set_voice_state(&self, connection: ConnectionId, state: VoiceState) {
        let Some(guild) = state.guild_id else { return };
        let states = self.shared.voice.states.pin();
        if state.channel_id.is_some() {
            states.insert((guild, state.user_id), (connection, state.clone()));
        } else if states.remove(&(guild, state.user_id)).is_none() {
            return;
        }
        self.publish([Event::VoiceStateUpdate(state).into()]);
    }

    /// Changes where somebody is or how, whichever session of theirs it was; says whether they were in voice. Tells the
    /// guild.
    pub fn change_voice_state(
        &self,
        guild: Id<GuildMarker>,
        user: Id<UserMarker>,
        change: impl FnOnce(&mut VoiceState),
    ) -> bool {
        let known = self.shared.voice.states.pin().get(&(guild, user)).cloned();
        let Some((connection, mut state)) = known else { return false };
        change(&mut state);
        self.set_voice_state(connection, state);
        true
    }

    /// Where somebody is, in that guild.
    pub fn voice_state(&self, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Option<VoiceState> {
        self.shared.voice.states.pin().get(&(guild, user)).map(|(_, state)| state.clone())
    }

    /// Everybody in voice in that guild.
    pub fn voice_states(&self, guild: Id<GuildMarker>) -> Vec<VoiceState> {
        let states = self.shared.voice.states.pin();
        states.iter().filter(|((at, _), _)| *at == guild).map(|(_, (_, state))| state.clone()).collect()
    }

    pub(crate) fn leave_voice(&self, user: Id<UserMarker>, connection: ConnectionId) {
        let states = self.shared.voice.states.pin();
        let left: Vec<_> = states
            .iter()
            .filter(|((_, who), (by, _))| *who == user && *by == connection)
            .map(|(_, (_, state))| VoiceState { channel_id: None, ..state.clone() })
            .collect();
        for state in left {
            self.set_voice_state(connection, state);
        }
    }
}
