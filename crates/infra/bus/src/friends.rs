//! Who are friends: they see each other's presence without a guild in common.

use guildhall_wire::Event;
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{Id, UserMarker};
use guildhall_wire::presence::{Presence, Status};
use guildhall_wire::relationship::RelationshipKind;
use tokio::sync::mpsc;

use crate::{Bus, Job, Shared};

/// Each person's friends, kept up to date by the events that tell them.
#[derive(Debug, Default)]
pub(crate) struct Friends(papaya::HashMap<Id<UserMarker>, imbl::OrdSet<Id<UserMarker>>>);

impl Friends {
    fn of(&self, user: Id<UserMarker>) -> imbl::OrdSet<Id<UserMarker>> {
        self.0.pin().get(&user).cloned().unwrap_or_default()
    }

    fn set(&self, user: Id<UserMarker>, other: Id<UserMarker>, friend: bool) {
        if friend {
            self.0.pin().update_or_insert_with(user, |known| known.update(other), || imbl::OrdSet::unit(other));
        } else {
            self.0.pin().update(user, |known| known.without(&other));
        }
    }
}

/// That somebody is a friend to a user from now on, or is none any more.
pub(crate) struct Friendship {
    user: Id<UserMarker>,
    other: Id<UserMarker>,
    friend: bool,
}

/// What an event to one person says of that.
pub(crate) fn told(addressed: &Addressed) -> Option<Friendship> {
    let user = addressed.to?;
    match &addressed.event {
        Event::RelationshipAdd(told) | Event::RelationshipUpdate(told) => {
            Some(Friendship { user, other: told.id, friend: told.kind == RelationshipKind::Friend })
        }
        Event::RelationshipRemove(told) => Some(Friendship { user, other: told.id, friend: false }),
        _ => None,
    }
}

impl Shared {
    /// Whether somebody hears of another's presence as a friend: not where a guild tells it already.
    fn tells_friend(&self, one: Id<UserMarker>, other: Id<UserMarker>) -> bool {
        if !self.connections.is_connected(one) {
            return false;
        }
        let guilds = self.directory.guilds_of(one);
        !self.directory.guilds_of(other).iter().any(|guild| guilds.contains(guild))
    }
}

impl Bus {
    /// Notes friends without telling anybody: at the start.
    pub fn load_friend(&self, user: Id<UserMarker>, friend: Id<UserMarker>) {
        self.shared.friends.set(user, friend, true);
    }

    /// Notes it; a new friend who is there is shown at once.
    pub(crate) fn befriend(&self, order: &mpsc::UnboundedSender<Job>, Friendship { user, other, friend }: Friendship) {
        self.shared.friends.set(user, other, friend);
        let presence = self.presence(other, None);
        if friend && presence.status != Status::Offline && self.shared.tells_friend(user, other) {
            let event = Event::PresenceUpdate(presence);
            // The receiver lives as long as the bus.
            let _ = order.send(Job { to: Some(user), event, passage: None, before: None, after: None });
        }
    }

    /// The presences of somebody's friends who are there.
    pub fn presences_of_friends(&self, user: Id<UserMarker>) -> Vec<Presence> {
        let friends = self.shared.friends.of(user);
        let presences = friends.iter().map(|friend| self.presence(*friend, None));
        presences.filter(|presence| presence.status != Status::Offline).collect()
    }

    /// The friends who hear of a presence although no guild tells them.
    pub(crate) fn friends_who_hear(&self, user: Id<UserMarker>) -> Vec<Id<UserMarker>> {
        let friends = self.shared.friends.of(user);
        friends.into_iter().filter(|friend| self.shared.tells_friend(*friend, user)).collect()
    }
}
