//! Who is in which voice channel: state only, voice itself comes from the voice server.
//!
//! Seats change under the bus's order lock, like everything that is told: who joins last is heard last.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use guildhall_wire::Event;
use guildhall_wire::channel::Channel;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::voice::VoiceState;
use tokio::sync::mpsc;

use crate::connection::ConnectionId;
use crate::notice::Notice;
use crate::peer::{Origin, Word};
use crate::{Bus, Job, Shared};

/// How long a seat is kept for a session that lost its socket or ended: a brief drop is not heard by anybody.
pub const GRACE: Duration = Duration::from_secs(15);

/// Everybody in voice.
#[derive(Debug)]
pub(crate) struct Voice {
    seats: papaya::HashMap<(Id<GuildMarker>, Id<UserMarker>), Seat>,
    losses: AtomicU64,
    grace: Duration,
}

#[derive(Clone, Debug)]
struct Seat {
    state: VoiceState,
    /// The session that took it.
    connection: ConnectionId,
    /// Which loss of the session it waits out.
    lost: Option<u64>,
}

/// Where somebody in voice comes from and goes to: it decides who hears what of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passage {
    /// Those who see the new channel, and the user, hear where it is.
    Into(Id<ChannelMarker>),
    /// Those who see the old channel and not the new one hear that somebody left.
    OutOf(Id<ChannelMarker>, Option<Id<ChannelMarker>>),
}

type Order = mpsc::UnboundedSender<Job>;

impl Voice {
    pub(crate) fn new(grace: Duration) -> Self {
        Self { seats: papaya::HashMap::new(), losses: AtomicU64::new(0), grace }
    }

    fn get(&self, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Option<Seat> {
        self.seats.pin().get(&(guild, user)).cloned()
    }

    fn of_guild(&self, guild: Id<GuildMarker>) -> Vec<VoiceState> {
        let seats = self.seats.pin();
        seats.iter().filter(|((at, _), _)| *at == guild).map(|(_, seat)| seat.state.clone()).collect()
    }

    /// Whether somebody is in a channel.
    fn is_used(&self, guild: Id<GuildMarker>, channel: Id<ChannelMarker>) -> bool {
        self.seats.pin().iter().any(|((at, _), seat)| *at == guild && seat.state.channel_id == Some(channel))
    }

    /// Who is in a channel.
    pub(crate) fn in_channel(&self, channel: &Channel) -> Vec<VoiceState> {
        if !channel.kind.is_voice() {
            return Vec::new();
        }
        let mut states = channel.guild_id.map(|guild| self.of_guild(guild)).unwrap_or_default();
        states.retain(|state| state.channel_id == Some(channel.id));
        states
    }
}

impl Shared {
    /// Takes somebody's seat, changes it or gives it up, and queues what is told of it. Says whether they are in voice after it: a
    /// channel or a member may have gone since somebody looked.
    fn seat(&self, order: &Order, id: Id<GuildMarker>, mut seat: Seat, origin: Origin) -> bool {
        let user = seat.state.user_id;
        let guild = self.directory.guild(id);
        let there = |channel: &Id<ChannelMarker>| {
            guild.as_ref().is_some_and(|guild| guild.is_member(user) && guild.channels.contains_key(channel))
        };
        seat.state.channel_id = seat.state.channel_id.filter(there);
        let seats = self.voice.seats.pin();
        let (from, to) = (seats.get(&(id, user)).and_then(|seat| seat.state.channel_id), seat.state.channel_id);
        let state = seat.state.clone();
        if origin == Origin::Here {
            let (connection, state) = (seat.connection.0, Box::new(state.clone()));
            self.peers.tell(|| Some(Word::Seat { connection, state }));
        }
        match to {
            Some(_) => drop(seats.insert((id, user), seat).cloned()),
            None => drop(seats.remove(&(id, user)).cloned()),
        }
        let tell = |state: VoiceState, passage| {
            let event = Event::VoiceStateUpdate(state);
            // The receiver lives as long as the bus.
            let _ = order.send(Job {
                to: None,
                event,
                passage: Some(passage),
                before: guild.clone(),
                after: guild.clone(),
            });
        };
        if let Some(from) = from.filter(|from| Some(*from) != to) {
            tell(VoiceState { channel_id: None, ..state.clone() }, Passage::OutOf(from, to));
            if !self.voice.is_used(id, from) {
                self.notices.send(Notice::Emptied(id, from));
            }
        }
        if let Some(to) = to {
            tell(state, Passage::Into(to));
        }
        to.is_some()
    }

    fn stand_up(&self, order: &Order, guild: Id<GuildMarker>, user: Id<UserMarker>, origin: Origin) -> bool {
        let Some(mut seat) = self.voice.get(guild, user) else { return false };
        seat.state.channel_id = None;
        self.seat(order, guild, seat, origin);
        true
    }

    /// What an event that is about to be told ends in voice: it is heard before the event.
    pub(crate) fn before_event(&self, order: &Order, event: &Event, origin: Origin) {
        match event {
            Event::ChannelDelete(channel) => {
                for state in self.voice.in_channel(channel) {
                    if let Some(guild) = state.guild_id {
                        self.stand_up(order, guild, state.user_id, origin);
                    }
                }
            }
            Event::GuildMemberRemove(gone) => {
                self.stand_up(order, gone.guild_id, gone.user.id, origin);
            }
            // Nobody is left who could hear it.
            Event::GuildDelete(guild) => self.voice.seats.pin().retain(|(at, _), _| *at != guild.id),
            _ => {}
        }
    }

    /// What an event that was just told changes in voice: a moderator's mute, a timeout that ends it.
    pub(crate) fn after_event(&self, order: &Order, event: &Event, origin: Origin) {
        let Event::GuildMemberUpdate(update) = event else { return };
        let Some(user) = update.user_id() else { return };
        let Some(mut seat) = self.voice.get(update.guild_id, user) else { return };
        let (mute, deaf) = (update.member.mute, update.member.deaf);
        let until = update.member.communication_disabled_until;
        let known = seat.state.member.as_ref().and_then(|member| member.communication_disabled_until);
        if until.is_some() && until != known {
            seat.state.channel_id = None;
        }
        let heard = seat.state.channel_id.is_none() || (mute, deaf) != (seat.state.mute, seat.state.deaf);
        seat.state.member = Some(update.member.clone());
        (seat.state.mute, seat.state.deaf) = (mute, deaf);
        if heard {
            self.seat(order, update.guild_id, seat, origin);
        } else {
            self.voice.seats.pin().insert((update.guild_id, user), seat);
        }
    }
}

impl Bus {
    /// Takes a seat in a channel, or changes it, for a session; says whether there was room. `limit` counts people in the
    /// channel, whoever is in it already does not need room.
    pub fn join_voice(&self, connection: ConnectionId, state: VoiceState, limit: Option<u32>) -> bool {
        let (Some(guild), Some(channel)) = (state.guild_id, state.channel_id) else { return false };
        let order = self.order();
        if let Some(limit) = limit {
            let there = self.shared.voice.of_guild(guild).into_iter().filter(|other| other.channel_id == Some(channel));
            let others = there.filter(|other| other.user_id != state.user_id).count();
            let stays = self.shared.voice.get(guild, state.user_id);
            if stays.is_none_or(|seat| seat.state.channel_id != Some(channel))
                && others >= usize::try_from(limit).unwrap_or(usize::MAX)
            {
                return false;
            }
        }
        self.shared.seat(&order, guild, Seat { state, connection, lost: None }, Origin::Here)
    }

    /// Gives somebody's seat up; says whether there was one.
    pub fn leave_voice(&self, guild: Id<GuildMarker>, user: Id<UserMarker>) -> bool {
        self.shared.stand_up(&self.order(), guild, user, Origin::Here)
    }

    /// Changes where somebody is or how, whichever session of theirs it was; says whether they were in voice.
    pub fn change_voice_state(
        &self,
        guild: Id<GuildMarker>,
        user: Id<UserMarker>,
        change: impl FnOnce(&mut VoiceState),
    ) -> bool {
        let order = self.order();
        let Some(mut seat) = self.shared.voice.get(guild, user) else { return false };
        change(&mut seat.state);
        self.shared.seat(&order, guild, seat, Origin::Here);
        true
    }

    /// Where somebody is with a session of another node.
    pub(crate) fn hear_seat(&self, connection: ConnectionId, state: VoiceState) {
        let Some(guild) = state.guild_id else { return };
        let order = self.order();
        let known = self.shared.voice.get(guild, state.user_id);
        if state.channel_id.is_none() {
            // Whoever sat down elsewhere meanwhile stays there.
            if known.is_some_and(|seat| seat.connection == connection) {
                self.shared.stand_up(&order, guild, state.user_id, Origin::There);
            }
        } else if known.is_none_or(|seat| seat.connection != connection || seat.state != state) {
            self.shared.seat(&order, guild, Seat { state, connection, lost: None }, Origin::There);
        }
    }

    /// All seats, with the sessions that took them.
    pub(crate) fn seats(&self) -> Vec<(ConnectionId, VoiceState)> {
        self.shared.voice.seats.pin().values().map(|seat| (seat.connection, seat.state.clone())).collect()
    }

    /// Where somebody is, in that guild.
    pub fn voice_state(&self, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Option<VoiceState> {
        self.shared.voice.get(guild, user).map(|seat| seat.state)
    }

    /// Whether somebody is in that channel.
    pub fn is_voice_used(&self, guild: Id<GuildMarker>, channel: Id<ChannelMarker>) -> bool {
        self.shared.voice.is_used(guild, channel)
    }

    /// Everybody in voice in that guild.
    pub fn voice_states(&self, guild: Id<GuildMarker>) -> Vec<VoiceState> {
        self.shared.voice.of_guild(guild)
    }

    /// A session lost its socket or ended: its seats are kept for a while, then given up.
    pub fn lose_voice(&self, user: Id<UserMarker>, connection: ConnectionId) {
        let guilds =
            self.mark_seats(user, connection, || Some(self.shared.voice.losses.fetch_add(1, Ordering::Relaxed)));
        // Without a runtime the program is about to end, and all seats with it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        for (guild, loss) in guilds {
            if let Some(loss) = loss {
                let shared = Arc::downgrade(&self.shared);
                runtime.spawn(give_up(shared, self.shared.voice.grace, guild, user, loss));
            }
        }
    }

    /// A session has a socket again: it keeps its seats.
    pub fn keep_voice(&self, user: Id<UserMarker>, connection: ConnectionId) {
        self.mark_seats(user, connection, || None);
    }

    /// Marks the seats of a session as lost or found; gives those that changed. What is lost is not lost again.
    fn mark_seats(
        &self,
        user: Id<UserMarker>,
        connection: ConnectionId,
        mark: impl Fn() -> Option<u64>,
    ) -> Vec<(Id<GuildMarker>, Option<u64>)> {
        let _order = self.order();
        let mut marked = Vec::new();
        for guild in self.guilds_of(user) {
            let Some(mut seat) = self.shared.voice.get(guild, user) else { continue };
            let loss = mark();
            if seat.connection == connection && seat.lost.is_some() != loss.is_some() {
                seat.lost = loss;
                self.shared.voice.seats.pin().insert((guild, user), seat);
                marked.push((guild, loss));
            }
        }
        marked
    }
}

/// Gives a seat up when nobody came back to it.
async fn give_up(shared: Weak<Shared>, grace: Duration, guild: Id<GuildMarker>, user: Id<UserMarker>, loss: u64) {
    tokio::time::sleep(grace).await;
    let Some(shared) = shared.upgrade() else { return };
    let bus = Bus { shared };
    let order = bus.order();
    if bus.shared.voice.get(guild, user).is_some_and(|seat| seat.lost == Some(loss)) {
        bus.shared.stand_up(&order, guild, user, Origin::Here);
    }
}
