//! Events to audiences.
//!
//! The [directory](directory) holds an immutable snapshot of every guild: it answers permission checks without a query and
//! knows who may see a channel. [`Bus::publish`] applies an event to the snapshot, finds its audience, serialises it once
//! and hands the shared bytes to every connected session.
//!
//! Publishing is ordered: whoever publishes second is heard second by everybody.

pub mod audience;
pub mod connection;
pub mod directory;
pub mod dispatch;
pub mod friends;
pub mod guild;
#[cfg(feature = "nats")]
pub mod nats;
pub mod notice;
pub mod peer;
pub mod presence;
mod time;
mod view;
pub mod voice;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guildhall_wire::Event;
use guildhall_wire::channel::Channel;
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use tokio::sync::mpsc;

pub use connection::{CloseReason, ConnectionId, Delivery, Subscriber};
pub use directory::{ChannelPlace, Directory};
pub use dispatch::Dispatch;
pub use guild::{GuildState, MemberState};
pub use notice::Notice;

use peer::{Origin, Word};

/// How many events are handed out together at most.
const TOGETHER: usize = 32;

/// The in-process bus: one for each node.
#[derive(Clone, Debug)]
pub struct Bus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: Directory,
    connections: connection::Connections,
    presences: presence::Presences,
    friends: friends::Friends,
    voice: voice::Voice,
    notices: notice::Notices,
    peers: peer::Peers,
    time: time::Time,
    /// Held while an event is applied and queued, so that all hear events in one order.
    order: Mutex<mpsc::UnboundedSender<Job>>,
}

/// An event on its way to its audience, with the guild as it was before and as it is after it.
struct Job {
    to: Option<Id<UserMarker>>,
    event: Event,
    /// Of voice states: between which channels.
    passage: Option<voice::Passage>,
    before: Option<Arc<GuildState>>,
    after: Option<Arc<GuildState>>,
}

impl Bus {
    /// A bus without guilds. Must be made inside a tokio runtime: it has one task that hands events out.
    pub fn new() -> Self {
        Self::with_voice_grace(voice::GRACE)
    }

    /// The same with another time than [`voice::GRACE`].
    pub fn with_voice_grace(grace: std::time::Duration) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            directory: Directory::default(),
            connections: connection::Connections::default(),
            presences: presence::Presences::default(),
            friends: friends::Friends::default(),
            voice: voice::Voice::new(grace),
            notices: notice::Notices::default(),
            peers: peer::Peers::default(),
            time: time::Time::default(),
            order: Mutex::new(sender),
        });
        tokio::spawn(deliver(Arc::downgrade(&shared), receiver));
        Self { shared }
    }

    /// Takes the clock by which timeouts end, in microseconds since 1970; the first one stays.
    pub fn keep_time(&self, micros: impl Fn() -> i64 + Send + Sync + 'static) {
        self.shared.time.keep(micros);
    }

    /// Where guilds and channels are looked up.
    pub fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    /// The guild as it is now.
    pub fn guild(&self, id: Id<GuildMarker>) -> Option<Arc<GuildState>> {
        self.shared.directory.guild(id)
    }

    /// The guilds that a user is a member of, oldest first.
    pub fn guilds_of(&self, user: Id<UserMarker>) -> Vec<Id<GuildMarker>> {
        self.shared.directory.guilds_of(user)
    }

    /// Where a channel is.
    pub fn channel(&self, id: Id<ChannelMarker>) -> Option<ChannelPlace> {
        self.shared.directory.channel(id)
    }

    /// Applies events to the directory and queues them for their audiences, in this order and after all earlier ones.
    ///
    /// When it returns, the directory shows them; sessions hear them soon after.
    pub fn publish(&self, events: impl IntoIterator<Item = Addressed>) {
        self.publish_of(Origin::Here, events);
    }

    /// The same; what comes from elsewhere is not told to other nodes.
    pub(crate) fn publish_of(&self, origin: Origin, events: impl IntoIterator<Item = Addressed>) {
        let order = self.order();
        for addressed in events {
            let general = addressed.to.is_none();
            if origin == Origin::Here {
                self.shared.peers.tell_event(&addressed);
            }
            if general {
                self.shared.before_event(&order, &addressed.event, origin);
            }
            let (before, after) = self.shared.directory.apply(&addressed);
            if let Some(guild) = changed(before.as_ref(), after.as_ref())
                && peer::is_structural(&addressed.event)
            {
                self.shared.peers.note(guild, origin);
            }
            if general {
                self.shared.after_event(&order, &addressed.event, origin);
            }
            let friendship = friends::told(&addressed);
            // The receiver lives as long as the bus.
            let _ = order.send(Job { to: addressed.to, event: addressed.event, passage: None, before, after });
            if let Some(friendship) = friendship {
                self.befriend(&order, friendship);
            }
        }
    }

    /// The order in which all is told, for as long as it is held.
    fn order(&self) -> MutexGuard<'_, mpsc::UnboundedSender<Job>> {
        self.shared.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a guild into the directory without telling anybody: at the start, and for a new guild before its owner hears.
    pub fn load_guild(&self, state: GuildState) {
        self.shared.peers.tell(|| Some(Word::Guild(state.id())));
        self.shared.directory.load_guild(state);
    }

    /// Puts a direct message into the directory without telling anybody.
    pub fn load_private(&self, channel: Channel, recipients: Vec<Id<UserMarker>>) {
        self.shared.peers.tell(|| Some(Word::Private(channel.id)));
        self.shared.directory.load_private(channel, recipients);
    }

    /// Puts a thread that is opened again into its guild without telling anybody, with those who take part.
    pub fn load_thread(&self, thread: Channel, members: Vec<Id<UserMarker>>) {
        let _order = self.order();
        self.shared.peers.tell(|| Some(Word::Thread(thread.id)));
        self.shared.directory.load_thread(thread, members);
    }

    /// Connects a session: what it is to hear arrives at the receiver until [`Bus::disconnect`].
    pub fn connect(&self, subscriber: Subscriber) -> (ConnectionId, mpsc::UnboundedReceiver<Delivery>) {
        self.shared.connections.connect(subscriber)
    }

    /// Disconnects a session; its presence goes with it, its seat in voice after a while.
    pub fn disconnect(&self, id: ConnectionId) {
        if let Some(subscriber) = self.shared.connections.disconnect(id) {
            self.lose_voice(subscriber.user, id);
            self.drop_presence(subscriber.user, id);
            if !self.is_connected(subscriber.user) {
                self.shared.notices.send(Notice::Left(subscriber.user));
            }
        }
    }

    /// Ends sessions, on every node: of a user, all or those of one login.
    pub fn close(&self, user: Id<UserMarker>, login: Option<u64>, reason: CloseReason) {
        self.shared.peers.tell(|| Some(Word::Close { user, login }));
        self.close_here(user, login, reason);
    }

    pub(crate) fn close_here(&self, user: Id<UserMarker>, login: Option<u64>, reason: CloseReason) {
        for connection in self.shared.connections.of_user(user).iter() {
            if login.is_none_or(|login| connection.subscriber.login == login) {
                connection.send(Delivery::Close(reason));
            }
        }
    }

    /// Whether somebody has a session that is connected, here or at another node, seen by others or not.
    pub fn is_connected(&self, user: Id<UserMarker>) -> bool {
        self.shared.connections.is_connected(user) || self.shared.presences.is_there(user)
    }

    /// Tells the other nodes, if there are any.
    #[cfg(feature = "nats")]
    pub(crate) fn tell_peers(&self, word: Word) {
        self.shared.peers.tell(|| Some(word));
    }

    /// How many sessions are connected.
    pub fn connected(&self) -> usize {
        self.shared.connections.len()
    }
}

impl Default for Bus {
    fn default() -> Self {
        Self::new()
    }
}

/// The guild that a step of the directory changed, if it did.
fn changed(before: Option<&Arc<GuildState>>, after: Option<&Arc<GuildState>>) -> Option<Id<GuildMarker>> {
    match (before, after) {
        (Some(before), Some(after)) => (!Arc::ptr_eq(before, after)).then(|| after.id()),
        (one, other) => one.or(other).map(|state| state.id()),
    }
}

/// Hands queued events to their audiences, one after the other; those at once that wait behind each other for the same one.
async fn deliver(shared: std::sync::Weak<Shared>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut waiting = Vec::new();
    while jobs.recv_many(&mut waiting, TOGETHER).await > 0 {
        let Some(shared) = shared.upgrade() else { return };
        for alike in waiting.chunk_by(audience::is_alike) {
            audience::deliver(&shared, alike);
        }
        waiting.clear();
    }
}
