//! Who is there: statuses of all of a user's sessions, merged into one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use guildhall_wire::Event;
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::presence::{ClientStatus, Presence, PresenceUser, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Bus;
use crate::connection::ConnectionId;
use crate::peer::{Origin, Word};

/// What kind of device a session runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// A desktop client.
    Desktop,
    /// A phone.
    Mobile,
    /// A browser, or a bot.
    #[default]
    Web,
}

/// What one session says of its user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionPresence {
    /// Chosen or automatic.
    pub status: Status,
    /// What the user does.
    pub activities: Vec<Value>,
    /// Where.
    pub device: Device,
}

/// All presences, of this node's sessions and others'.
#[derive(Debug, Default)]
pub(crate) struct Presences {
    /// Held while a presence is changed and told: two devices that go at once must not bring each other back.
    changes: Mutex<()>,
    users: papaya::HashMap<Id<UserMarker>, BTreeMap<ConnectionId, SessionPresence>>,
}

/// A chosen `dnd` or `invisible` wins; else online beats idle: who is at one device is there.
fn merge(sessions: &BTreeMap<ConnectionId, SessionPresence>) -> (Status, Vec<Value>, ClientStatus) {
    let strength = |status: Status| match status {
        Status::Invisible => 4,
        Status::Dnd => 3,
        Status::Online => 2,
        Status::Idle => 1,
        Status::Offline => 0,
    };
    let strongest = sessions.values().max_by_key(|session| strength(session.status));
    let status = strongest.map_or(Status::Offline, |session| session.status);
    if matches!(status, Status::Invisible | Status::Offline) {
        return (Status::Offline, Vec::new(), ClientStatus::default());
    }
    let on = |device: Device| {
        let best = sessions.values().filter(|session| session.device == device).map(|session| session.status);
        best.filter(|status| *status != Status::Offline).max_by_key(|status| strength(*status))
    };
    let clients = ClientStatus { desktop: on(Device::Desktop), mobile: on(Device::Mobile), web: on(Device::Web) };
    let activities = sessions.values().rev().map(|session| &session.activities).find(|list| !list.is_empty());
    (status, activities.cloned().unwrap_or_default(), clients)
}

impl Presences {
    /// Whether somebody has a session that shows anything.
    pub(crate) fn is_there(&self, user: Id<UserMarker>) -> bool {
        self.users.pin().contains_key(&user)
    }

    /// Everything that sessions say.
    pub(crate) fn all(&self) -> Vec<(Id<UserMarker>, ConnectionId, SessionPresence)> {
        let users = self.users.pin();
        let each = users.iter().flat_map(|(user, sessions)| {
            sessions.iter().map(|(connection, shown)| (*user, *connection, shown.clone()))
        });
        each.collect()
    }
}

impl Bus {
    /// Sets what a session says of its user; tells everybody who shares a guild, and friends, when that changes anything.
    pub fn set_presence(&self, user: Id<UserMarker>, connection: ConnectionId, presence: SessionPresence) {
        self.change_presence(user, |sessions| {
            sessions.insert(connection, presence.clone());
        });
        let shown = Some(presence);
        self.shared.peers.tell(|| Some(Word::Presence { user, connection: connection.0, shown }));
    }

    /// What a session of another node says.
    pub(crate) fn hear_presence(&self, user: Id<UserMarker>, connection: ConnectionId, shown: Option<SessionPresence>) {
        self.change_presence(user, |sessions| match &shown {
            Some(shown) => drop(sessions.insert(connection, shown.clone())),
            None => drop(sessions.remove(&connection)),
        });
    }

    pub(crate) fn drop_presence(&self, user: Id<UserMarker>, connection: ConnectionId) {
        self.change_presence(user, |sessions| {
            sessions.remove(&connection);
        });
        self.shared.peers.tell(|| Some(Word::Presence { user, connection: connection.0, shown: None }));
    }

    fn change_presence(&self, user: Id<UserMarker>, change: impl Fn(&mut BTreeMap<ConnectionId, SessionPresence>)) {
        let _changes = self.shared.presences.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let users = self.shared.presences.users.pin();
        let before = users.get(&user).cloned().unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        let (was, is) = (merge(&before), merge(&after));
        if after.is_empty() {
            users.remove(&user);
        } else {
            users.insert(user, after);
        }
        if was != is {
            let (status, activities, client_status) = is;
            let guilds = self.guilds_of(user);
            let told = |guild_id| {
                let (user, activities) = (PresenceUser { id: user }, activities.clone());
                Event::PresenceUpdate(Presence { user, guild_id, status, activities, client_status })
            };
            let friends = self.friends_who_hear(user).into_iter().map(|friend| told(None).to(friend));
            // Every node tells its own sessions.
            self.publish_of(Origin::There, guilds.into_iter().map(|guild| told(Some(guild)).into()).chain(friends));
        }
    }

    /// How a user is shown; offline for those who are not there.
    pub fn presence(&self, user: Id<UserMarker>, guild: Option<Id<GuildMarker>>) -> Presence {
        let users = self.shared.presences.users.pin();
        let (status, activities, client_status) =
            users.get(&user).map_or_else(|| (Status::Offline, Vec::new(), ClientStatus::default()), merge);
        Presence { user: PresenceUser { id: user }, guild_id: guild, status, activities, client_status }
    }

    /// Everybody who is not offline.
    pub fn online(&self) -> Vec<Id<UserMarker>> {
        let users = self.shared.presences.users.pin();
        let there = users.iter().filter(|(_, sessions)| merge(sessions).0 != Status::Offline);
        there.map(|(user, _)| *user).collect()
    }

    /// The presences of a guild's members who are not offline.
    pub fn presences(&self, guild: Id<GuildMarker>) -> Vec<Presence> {
        let Some(state) = self.guild(guild) else { return Vec::new() };
        let online: Vec<_> = self.shared.presences.users.pin().keys().copied().collect();
        online
            .into_iter()
            .filter(|user| state.is_member(*user))
            .map(|user| self.presence(user, None))
            .filter(|presence| presence.status != Status::Offline)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sessions: &[(Status, Device)], expected: Status) {
        let sessions = sessions
            .iter()
            .zip(1..)
            .map(|(&(status, device), id)| (ConnectionId(id), SessionPresence { status, activities: vec![], device }))
            .collect();
        assert_eq!(merge(&sessions).0, expected);
    }

    #[test]
    fn one_active_device_is_online() {
        check(&[], Status::Offline);
        check(&[(Status::Idle, Device::Web)], Status::Idle);
        check(&[(Status::Idle, Device::Web), (Status::Online, Device::Mobile)], Status::Online);
        check(&[(Status::Dnd, Device::Web), (Status::Online, Device::Mobile)], Status::Dnd);
        check(&[(Status::Invisible, Device::Web), (Status::Online, Device::Mobile)], Status::Offline);
    }

    #[tokio::test]
    async fn devices_that_go_at_once_are_all_gone() {
        let bus = Bus::new();
        let user = Id::new(1);
        std::thread::scope(|scope| {
            for id in 1..=4 {
                let bus = &bus;
                scope.spawn(move || {
                    for _ in 0..500 {
                        let shown = SessionPresence { status: Status::Online, activities: vec![], device: Device::Web };
                        bus.set_presence(user, ConnectionId(id), shown);
                        bus.drop_presence(user, ConnectionId(id));
                    }
                });
            }
        });
        assert_eq!(bus.presence(user, None).status, Status::Offline);
    }
}
