//! Connected sessions and the way to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use tokio::sync::mpsc;

use crate::dispatch::Dispatch;

/// A connected session, for as long as it is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Who listens, and to what.
#[derive(Clone, Copy, Debug)]
pub struct Subscriber {
    /// Whose session.
    pub user: Id<UserMarker>,
    /// Whether it is an application's.
    pub bot: bool,
    /// Discord's gateway intents; people have all of them.
    pub intents: u64,
    /// `(shard, of so many)`; `(0, 1)` without sharding.
    pub shard: (u32, u32),
    /// Whether it reads what is not meant for it.
    pub message_content: bool,
    /// The login that it was authenticated by: ending the login ends it.
    pub login: u64,
}

impl Subscriber {
    /// Whether events of that guild belong to its shard.
    pub fn shard_has(&self, guild: Id<GuildMarker>) -> bool {
        self.shard.1 <= 1 || (guild.get() >> 22) % u64::from(self.shard.1) == u64::from(self.shard.0)
    }
}

/// What arrives at a session.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// An event as it is sent to clients, and those that are told with it.
    Event(Arc<Dispatch>),
    /// A guild came into reach: the session makes `GUILD_CREATE` for its own user.
    Joined(Id<GuildMarker>),
    /// A channel with threads came into view: the session makes `THREAD_LIST_SYNC` for its own user.
    Threads(Id<ChannelMarker>),
    /// The session is over.
    Close(CloseReason),
    /// The client is to reconnect and resume (op 7).
    Reconnect,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The login ended or the account was suspended: 4004, no resume.
    AuthenticationFailed,
    /// It could not keep up.
    TooSlow,
}

/// A way to a session.
#[derive(Debug)]
pub struct Connection {
    /// Which.
    pub id: ConnectionId,
    /// Whose.
    pub subscriber: Subscriber,
    sender: mpsc::UnboundedSender<Delivery>,
}

impl Connection {
    /// Hands something over. The session bounds what it has not sent yet.
    pub fn send(&self, delivery: Delivery) {
        // A session that is gone hears nothing; disconnect follows.
        let _ = self.sender.send(delivery);
    }
}

/// All connected sessions, by user.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    next: AtomicU64,
    users: papaya::HashMap<Id<UserMarker>, Arc<[Arc<Connection>]>>,
    owners: papaya::HashMap<ConnectionId, Id<UserMarker>>,
}

impl Connections {
    /// Ids begin above this.
    pub(crate) fn begin_at(&self, base: u64) {
        self.next.fetch_max(base, Ordering::Relaxed);
    }

    pub(crate) fn connect(&self, subscriber: Subscriber) -> (ConnectionId, mpsc::UnboundedReceiver<Delivery>) {
        let id = ConnectionId(self.next.fetch_add(1, Ordering::Relaxed) + 1);
        let (sender, receiver) = mpsc::unbounded_channel();
        let connection = Arc::new(Connection { id, subscriber, sender });
        self.owners.pin().insert(id, subscriber.user);
        self.users.pin().update_or_insert_with(
            subscriber.user,
            |list| list.iter().cloned().chain([connection.clone()]).collect(),
            || [connection.clone()].into(),
        );
        (id, receiver)
    }

    pub(crate) fn disconnect(&self, id: ConnectionId) -> Option<Subscriber> {
        let user = *self.owners.pin().remove(&id)?;
        let users = self.users.pin();
        let gone = users.get(&user)?.iter().find(|connection| connection.id == id)?.subscriber;
        users.compute(user, |entry| match entry {
            Some((_, list)) if list.iter().all(|connection| connection.id == id) => papaya::Operation::Remove,
            Some((_, list)) => {
                papaya::Operation::Insert(list.iter().filter(|connection| connection.id != id).cloned().collect())
            }
            None => papaya::Operation::Abort(()),
        });
        Some(gone)
    }

    /// A user's sessions.
    pub(crate) fn of_user(&self, user: Id<UserMarker>) -> Arc<[Arc<Connection>]> {
        self.users.pin().get(&user).cloned().unwrap_or_else(|| Arc::new([]))
    }

    pub(crate) fn is_connected(&self, user: Id<UserMarker>) -> bool {
        self.users.pin().contains_key(&user)
    }

    /// How many users are connected.
    pub(crate) fn users(&self) -> usize {
        self.users.len()
    }

    /// Who is connected.
    pub(crate) fn connected(&self) -> Vec<Id<UserMarker>> {
        self.users.pin().keys().copied().collect()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.users.pin().values().flat_map(|list| list.iter().cloned()).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.owners.len()
    }
}
