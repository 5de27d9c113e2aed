//! Channels that come into or go out of somebody's view by a change of roles, overwrites or membership.
//!
//! In a large guild one role decides for many: what is the same for all of them is worked out and written once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use guildhall_wire::channel::{Channel, ChannelKind, Overwrite};
use guildhall_wire::id::{ChannelMarker, GenericMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::voice::VoiceState;
use guildhall_wire::{Event, Permissions};

use crate::Shared;
use crate::audience::{connected_members, in_shard, intents, to_user};
use crate::connection::{Connection, Delivery};
use crate::dispatch::Dispatch;
use crate::guild::{GuildState, Standing};

/// Tells everybody who is connected of the channels that an event showed or hid from them.
pub(crate) fn change(shared: &Shared, event: &Event, before: &GuildState, after: &GuildState) {
    let mut tell = Tell { shared, state: after, told: HashMap::new(), parents: None };
    let users: Vec<_> = match event {
        Event::GuildRoleUpdate(_) | Event::GuildRoleDelete(_) | Event::GuildUpdate(_) => {
            connected_members(shared, after).collect()
        }
        Event::GuildMemberUpdate(member) => member.user_id().into_iter().collect(),
        Event::ChannelCreate(channel) | Event::ChannelUpdate(channel) | Event::ChannelDelete(channel) => {
            of_channel(&mut tell, channel.id, before);
            return;
        }
        _ => return,
    };
    let mut moved = users.into_iter().filter(|user| shared.connections.is_connected(*user)).filter_map(|user| {
        let (was, is) = (before.standing(user)?, after.standing(user)?);
        (was != is).then_some((user, was, is))
    });
    let Some(first) = moved.next() else { return };
    let alike = alike(after);
    let guild = after.id();
    let mut known: HashMap<(Standing<'_>, Standing<'_>), Views> = HashMap::new();
    for (user, was, is) in std::iter::once(first).chain(moved) {
        let common = known
            .entry((was, is))
            .or_insert_with(|| alike.groups.iter().map(|group| group.view(guild, was, is, None)).collect());
        let mut own = Cow::Borrowed(common.as_slice());
        for (group, index) in alike.groups.iter().zip(0..).filter(|(group, _)| group.own.contains(&user.cast())) {
            if let Some(view) = own.to_mut().get_mut(index) {
                *view = group.view(guild, was, is, Some(user));
            }
        }
        let connections = shared.connections.of_user(user);
        for (category, (saw, sees)) in alike.categories(&own) {
            if saw != sees {
                tell.one(user, &connections, category, sees);
            }
        }
        for (group, (saw, sees)) in alike.groups.iter().zip(own.iter()) {
            if saw != sees {
                group.channels.iter().for_each(|channel| tell.one(user, &connections, channel, *sees));
            }
        }
    }
}

/// For each group, whether somebody saw it and whether they see it now.
type Views = Vec<(bool, bool)>;

/// Channels by their overwrites.
struct Alike<'a> {
    groups: Vec<Group<'a>>,
    /// Categories, each with the groups of itself and of what is in it: whoever sees one of them sees it.
    categories: Vec<(&'a Arc<Channel>, HashSet<usize>)>,
}

/// Channels with the same overwrites: whoever sees one of them sees all.
struct Group<'a> {
    overwrites: &'a [Overwrite],
    /// Those of them that are no categories.
    channels: Vec<&'a Arc<Channel>>,
    /// Ids in the overwrites: those of members are among them.
    own: HashSet<Id<GenericMarker>>,
}

impl Group<'_> {
    /// Whether it was in view, and whether it is.
    fn view(
        &self,
        guild: Id<GuildMarker>,
        was: Standing<'_>,
        is: Standing<'_>,
        user: Option<Id<UserMarker>>,
    ) -> (bool, bool) {
        // Of which kind it is changes nothing about who sees it.
        let sees = |(base, roles): Standing<'_>| {
            guildhall_rules::permissions::in_channel(base, self.overwrites, guild, roles, user, ChannelKind::Text)
                .contains(Permissions::VIEW_CHANNEL)
        };
        (sees(was), sees(is))
    }
}

impl<'a> Alike<'a> {
    /// Each category, with whether it was in view and whether it is.
    fn categories(&self, views: &[(bool, bool)]) -> impl Iterator<Item = (&'a Arc<Channel>, (bool, bool))> {
        self.categories.iter().map(|(category, groups)| {
            let views = groups.iter().filter_map(|group| views.get(*group));
            (*category, views.fold((false, false), |(saw, sees), view| (saw || view.0, sees || view.1)))
        })
    }
}

fn alike(state: &GuildState) -> Alike<'_> {
    let mut places: HashMap<Vec<(Id<GenericMarker>, u64, u64)>, usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut categories: HashMap<Id<ChannelMarker>, HashSet<usize>> = HashMap::new();
    for channel in state.channels.values() {
        let overwrites = channel.overwrites();
        let key = overwrites.iter().map(|one| (one.id, one.allow.bits(), one.deny.bits())).collect();
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            let own = overwrites.iter().map(|one| one.id).collect();
            groups.push(Group { overwrites, channels: Vec::new(), own });
        }
        let category = channel.kind == ChannelKind::Category;
        if let Some(within) = if category { Some(channel.id) } else { channel.parent() } {
            categories.entry(within).or_default().insert(place);
        }
        if let Some(group) = groups.get_mut(place).filter(|_| !category) {
            group.channels.push(channel);
        }
    }
    let categories = categories.into_iter().filter_map(|(id, groups)| Some((state.channels.get(&id)?, groups)));
    Alike { categories: categories.collect(), groups }
}

/// A channel came, went or changed: who sees it is perhaps another, and who sees the category that it was in, or is in.
fn of_channel(tell: &mut Tell<'_>, id: Id<ChannelMarker>, before: &GuildState) {
    let (old, new) = (before.channels.get(&id), tell.state.channels.get(&id));
    let parent = |channel: Option<&Arc<Channel>>| channel.and_then(|channel| channel.parent());
    let exposed = old.map(|channel| channel.overwrites()) != new.map(|channel| channel.overwrites());
    if exposed && let (Some(old), Some(new)) = (old, new) {
        differ(tell, old, new, before);
    }
    if exposed || parent(old) != parent(new) {
        let categories: HashSet<_> = [parent(old), parent(new)].into_iter().flatten().collect();
        for id in categories {
            if let (Some(old), Some(new)) = (before.channels.get(&id), tell.state.channels.get(&id)) {
                differ(tell, old, new, before);
            }
        }
    }
}

/// Tells those who saw a channel before and not after it, and the other way round.
fn differ(tell: &mut Tell<'_>, old: &Channel, channel: &Channel, before: &GuildState) {
    let (shared, after) = (tell.shared, tell.state);
    let saw: HashSet<_> = before.viewers(old, connected_members(shared, before)).collect();
    let sees: HashSet<_> = after.viewers(channel, connected_members(shared, after)).collect();
    for user in saw.difference(&sees) {
        tell.one(*user, &shared.connections.of_user(*user), old, false);
    }
    for user in sees.difference(&saw) {
        tell.one(*user, &shared.connections.of_user(*user), channel, true);
    }
}

/// What is told of a channel, the same for everybody.
struct Told {
    channel: Option<Arc<Dispatch>>,
    /// Who sits in it.
    seats: Vec<(Id<UserMarker>, Option<Arc<Dispatch>>)>,
    /// Whether it has threads.
    threads: bool,
}

/// Tells of channels that came into view or went out of it, with those who are in them when they are voice channels, and with
/// their threads.
struct Tell<'a> {
    shared: &'a Shared,
    state: &'a GuildState,
    told: HashMap<(Id<ChannelMarker>, bool), Told>,
    /// Channels with threads.
    parents: Option<HashSet<Id<ChannelMarker>>>,
}

impl Tell<'_> {
    fn one(&mut self, user: Id<UserMarker>, connections: &[Arc<Connection>], channel: &Channel, sees: bool) {
        if !self.told.contains_key(&(channel.id, sees)) {
            let told = self.make(channel, sees);
            self.told.insert((channel.id, sees), told);
        }
        let Some(told) = self.told.get(&(channel.id, sees)) else { return };
        let guild = Some(self.state.id());
        let hand = |dispatch: &Option<Arc<Dispatch>>, needed: u64| {
            let Some(dispatch) = dispatch else { return };
            for connection in connections {
                if connection.subscriber.intents & needed != 0 && in_shard(connection, guild) {
                    connection.send(Delivery::Event(dispatch.clone()));
                }
            }
        };
        let seats = || {
            let others = told.seats.iter().filter(|(who, _)| *who != user);
            others.for_each(|(_, dispatch)| hand(dispatch, intents::GUILD_VOICE_STATES));
        };
        if sees {
            hand(&told.channel, intents::GUILDS);
            seats();
            if told.threads {
                to_user(self.shared, user, guild, &Delivery::Threads(channel.id));
            }
        } else {
            seats();
            hand(&told.channel, intents::GUILDS);
        }
    }

    fn make(&mut self, channel: &Channel, sees: bool) -> Told {
        let made = |event: &Event| Dispatch::of(event).map(Arc::new);
        let seats = self.shared.voice.in_channel(channel).into_iter().map(|seat| {
            let user = seat.user_id;
            let seat = if sees { seat } else { VoiceState { channel_id: None, ..seat } };
            (user, made(&Event::VoiceStateUpdate(seat)))
        });
        let seats = seats.collect();
        let event = if sees { Event::ChannelCreate } else { Event::ChannelDelete };
        let parents = self
            .parents
            .get_or_insert_with(|| self.state.threads.values().filter_map(|thread| thread.channel.parent()).collect());
        Told { channel: made(&event(channel.clone())), seats, threads: parents.contains(&channel.id) }
    }
}
