//! Other nodes: what they are told of what happens on this one, and what is done with what they tell.
//!
//! Every node has a directory of its own. What one node publishes it applies at once and hands to the link as a [`Word`]; the
//! others apply it as if it had happened with them. What was put into the directory without an event is read from the
//! database by each node. Sessions belong to one node: of them, the others know presences and seats in voice.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use guildhall_wire::Event;
use guildhall_wire::channel::Channel;
use guildhall_wire::event::Addressed;
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::voice::VoiceState;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::connection::ConnectionId;
use crate::presence::SessionPresence;
use crate::{Bus, CloseReason, GuildState};

/// Where the number of a node stands in the ids of its connections.
const NODE_SHIFT: u32 = 48;

/// When two nodes change one guild within so long, nobody knows who of them was first but the database.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Bytes of words that may wait for the others: beyond, all of them are dropped, and the others read everything afresh.
const WAITING: usize = 64 << 20;

/// How many guilds are watched for that before those that are quiet again are forgotten.
const WATCHED: usize = 1024;

/// What a node tells the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Something was published.
    Event {
        /// Only this user's sessions hear it.
        to: Option<Id<UserMarker>>,
        /// Discord's name.
        name: String,
        /// JSON of the body.
        body: String,
    },
    /// A guild is new, or is to be read again.
    Guild(Id<GuildMarker>),
    /// A direct message is new.
    Private(Id<ChannelMarker>),
    /// A thread is open again.
    Thread(Id<ChannelMarker>),
    /// What a session says of its user; nothing when it ended.
    Presence {
        /// Whose.
        user: Id<UserMarker>,
        /// The session.
        connection: u64,
        /// What it says.
        shown: Option<SessionPresence>,
    },
    /// Where somebody is in voice; in no channel when they left.
    Seat {
        /// The session that took the seat.
        connection: u64,
        /// Where and how.
        state: Box<VoiceState>,
    },
    /// Sessions end: of a user, all or those of one login.
    Close {
        /// Whose.
        user: Id<UserMarker>,
        /// Of which login.
        login: Option<u64>,
    },
    /// More was to be told than was kept: everything is to be read afresh.
    Anew,
    /// Everybody is to say who is with them.
    Hello,
    /// The node is there.
    Here,
}

/// What goes wrong when something is read.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A channel with who is in it.
pub type Peopled = (Channel, Vec<Id<UserMarker>>);

/// Reads for a node what others put into their directories.
pub trait Reader: Send + Sync {
    /// A guild as it is in the database.
    fn guild(&self, id: Id<GuildMarker>) -> impl Future<Output = Result<Option<GuildState>, Cause>> + Send;
    /// Every guild that there is.
    fn guilds(&self) -> impl Future<Output = Result<Vec<Id<GuildMarker>>, Cause>> + Send;
    /// A direct message or a thread.
    fn channel(&self, id: Id<ChannelMarker>) -> impl Future<Output = Result<Option<Peopled>, Cause>> + Send;
    /// Every direct message.
    fn privates(&self) -> impl Future<Output = Result<Vec<Peopled>, Cause>> + Send;
}

impl Word {
    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        match self {
            Self::Event { name, body, .. } => name.len() + body.len() + 64,
            Self::Presence { .. } | Self::Seat { .. } => 1024,
            _ => 64,
        }
    }
}

/// What the others are to be told, in its order. It is bounded: see [`Word::Anew`].
#[derive(Debug)]
pub struct Untold {
    words: mpsc::UnboundedReceiver<Word>,
    waiting: Arc<Waiting>,
}

/// How much is to be told.
#[derive(Debug, Default)]
struct Waiting {
    /// Bytes of what was said and not told yet.
    bytes: AtomicUsize,
    /// Some of it was dropped.
    dropped: AtomicBool,
}

impl Untold {
    /// The next word, and its weight for [`Untold::told`]; nothing when there will be none.
    pub async fn next(&mut self) -> Option<(Word, usize)> {
        let word = self.words.recv().await?;
        Some(self.take(word))
    }

    /// The next word, if there is one now.
    pub fn next_now(&mut self) -> Option<(Word, usize)> {
        let word = self.words.try_recv().ok()?;
        Some(self.take(word))
    }

    fn take(&mut self, word: Word) -> (Word, usize) {
        if !self.waiting.dropped.swap(false, Ordering::AcqRel) {
            let weight = word.weight();
            return (word, weight);
        }
        // What is left was said before the others read everything.
        let mut weight = word.weight();
        while let Ok(word) = self.words.try_recv() {
            weight += word.weight();
        }
        (Word::Anew, weight)
    }

    /// Words of so much weight reached the others, or never will.
    pub fn told(&self, weight: usize) {
        self.waiting.bytes.fetch_sub(weight, Ordering::AcqRel);
    }
}

/// What the bus knows of other nodes.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    link: OnceLock<(mpsc::UnboundedSender<Word>, Arc<Waiting>)>,
    changes: Mutex<HashMap<Id<GuildMarker>, Changes>>,
    unsettled: Mutex<BTreeSet<Id<GuildMarker>>>,
}

/// When a guild was changed last, by this node and by another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    here: Option<Instant>,
    there: Option<Instant>,
}

/// Whose doing something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Here,
    There,
}

impl Peers {
    /// Tells the others, if there are any.
    pub(crate) fn tell(&self, word: impl FnOnce() -> Option<Word>) {
        if let Some((link, waiting)) = self.link.get()
            && let Some(word) = word()
        {
            let weight = word.weight();
            if waiting.bytes.fetch_add(weight, Ordering::AcqRel) + weight > WAITING {
                waiting.bytes.fetch_sub(weight, Ordering::AcqRel);
                if !waiting.dropped.swap(true, Ordering::AcqRel) {
                    tracing::error!(
                        "other nodes were away for too long: they read everything afresh when they are back"
                    );
                }
                return;
            }
            // The link lives as long as the program.
            let _ = link.send(word);
        }
    }

    /// Tells the others of an event.
    pub(crate) fn tell_event(&self, Addressed { to, event }: &Addressed) {
        self.tell(|| {
            let body = serde_json::to_string(event)
                .inspect_err(|error| tracing::error!(%error, event = event.name(), "failed to serialise event"))
                .ok()?;
            Some(Word::Event { to: *to, name: event.name().to_owned(), body })
        });
    }

    fn changes(&self) -> MutexGuard<'_, HashMap<Id<GuildMarker>, Changes>> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a guild was changed.
    pub(crate) fn note(&self, guild: Id<GuildMarker>, origin: Origin) {
        if self.link.get().is_none() {
            return;
        }
        let now = Instant::now();
        let recent = |at: Option<Instant>| at.is_some_and(|at| now.duration_since(at) < AT_ONCE);
        let mut all = self.changes();
        if all.len() >= WATCHED {
            all.retain(|_, changes| recent(changes.here) || recent(changes.there));
        }
        let changes = all.entry(guild).or_default();
        let (mine, other) = match origin {
            Origin::Here => (&mut changes.here, changes.there),
            Origin::There => (&mut changes.there, changes.here),
        };
        *mine = Some(now);
        if recent(other) {
            self.unsettled.lock().unwrap_or_else(PoisonError::into_inner).insert(guild);
        }
    }
}

/// Whether an event changes what a guild is, and not only what is said in it.
pub(crate) fn is_structural(event: &Event) -> bool {
    !matches!(
        event,
        Event::MessageCreate(_)
            | Event::MessageUpdate(_)
            | Event::MessageDelete(_)
            | Event::MessageDeleteBulk(_)
            | Event::ChannelPinsUpdate(_)
    )
}

/// The node of a connection.
fn node_of(connection: ConnectionId) -> u64 {
    connection.0 >> NODE_SHIFT
}

impl Bus {
    /// From now on this is one node of several: gives what the others are to be told. To be called once, before sessions connect.
    pub fn link(&self, node: u16) -> Untold {
        let (sender, words) = mpsc::unbounded_channel();
        let waiting = Arc::new(Waiting::default());
        self.shared.connections.begin_at(u64::from(node) << NODE_SHIFT);
        // Who links twice hears nothing the second time.
        let _ = self.shared.peers.link.set((sender, waiting.clone()));
        Untold { words, waiting }
    }

    /// Waits until the others were told everything, so long at most; says whether they were.
    pub async fn flushed(&self, patience: Duration) -> bool {
        let Some((_, waiting)) = self.shared.peers.link.get() else { return true };
        let told = async {
            while waiting.bytes.load(Ordering::Acquire) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(patience, told).await.is_ok()
    }

    /// Does what another node tells. What is to be read from the database first is not done here.
    pub fn hear(&self, word: Word) {
        match word {
            Word::Event { to, name, body } => match Event::read(&name, body.as_bytes()) {
                Some(Ok(event)) => self.publish_of(Origin::There, [Addressed { to, event }]),
                Some(Err(error)) => tracing::error!(%error, name, "failed to read an event of another node"),
                None => tracing::warn!(name, "another node knows an event that this one does not"),
            },
            Word::Presence { user, connection, shown } => self.hear_presence(user, ConnectionId(connection), shown),
            Word::Seat { connection, state } => self.hear_seat(ConnectionId(connection), *state),
            Word::Close { user, login } => self.close_here(user, login, CloseReason::AuthenticationFailed),
            Word::Guild(_) | Word::Private(_) | Word::Thread(_) | Word::Anew | Word::Hello | Word::Here => {}
        }
    }

    /// Forgets the sessions of a node that is gone.
    pub fn forget_node(&self, node: u16) {
        let is_theirs = |connection: ConnectionId| node_of(connection) == u64::from(node);
        for (user, connection, _) in self.shared.presences.all() {
            if is_theirs(connection) {
                self.hear_presence(user, connection, None);
            }
        }
        for (connection, mut state) in self.seats() {
            if is_theirs(connection) {
                state.channel_id = None;
                self.hear_seat(connection, state);
            }
        }
    }

    /// What a node that just came has to know of the sessions of this one.
    pub fn everybody_here(&self, node: u16) -> Vec<Word> {
        let mine = |connection: ConnectionId| node_of(connection) == u64::from(node);
        let presences = self.shared.presences.all().into_iter().filter(|(_, connection, _)| mine(*connection));
        let presences = presences.map(|(user, connection, shown)| Word::Presence {
            user,
            connection: connection.0,
            shown: Some(shown),
        });
        let seats = self.seats().into_iter().filter(|(connection, _)| mine(*connection));
        let seats = seats.map(|(connection, state)| Word::Seat { connection: connection.0, state: Box::new(state) });
        presences.chain(seats).collect()
    }

    /// Guilds that two nodes changed at once: they are to be read again. Asked again, only those that came since.
    pub fn take_unsettled(&self) -> BTreeSet<Id<GuildMarker>> {
        std::mem::take(&mut *self.shared.peers.unsettled.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// When a guild was changed last: to be asked before it is read for [`Bus::reload_guild`].
    pub fn changes_of(&self, guild: Id<GuildMarker>) -> Changes {
        self.shared.peers.changes().get(&guild).copied().unwrap_or_default()
    }

    /// Replaces a guild by what was read of it, unless it was changed since then; says whether it was not.
    pub fn reload_guild(&self, state: GuildState, since: Changes) -> bool {
        let _order = self.order();
        if self.changes_of(state.id()) != since {
            return false;
        }
        self.shared.directory.replace_guild(state);
        true
    }

    /// Puts into the directory what another node put into its own.
    pub fn load_private_here(&self, channel: Channel, recipients: Vec<Id<UserMarker>>) {
        self.shared.directory.load_private(channel, recipients);
    }

    /// The same with a thread.
    pub fn load_thread_here(&self, thread: Channel, members: Vec<Id<UserMarker>>) {
        let _order = self.order();
        self.shared.directory.load_thread(thread, members);
    }

    /// All sessions come back with a fresh IDENTIFY: what they missed cannot be told any more.
    pub fn close_all(&self) {
        for connection in self.shared.connections.all() {
            connection.send(crate::Delivery::Close(CloseReason::TooSlow));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use guildhall_wire::id::Id;

    use super::Word;
    use crate::Bus;

    #[tokio::test]
    async fn what_waits_is_bounded_and_then_everything_is_read_afresh() {
        let bus = Bus::new();
        let mut untold = bus.link(1);
        let piece = "x".repeat(8 << 20);
        for _ in 0..20 {
            bus.shared
                .peers
                .tell(|| Some(Word::Event { to: None, name: "MESSAGE_CREATE".into(), body: piece.clone() }));
        }
        assert!(!bus.flushed(Duration::from_millis(20)).await, "nobody was told yet");
        let mut told = || {
            let (word, weight) = untold.next_now()?;
            untold.told(weight);
            Some(word)
        };
        assert!(matches!(told(), Some(Word::Anew)));
        assert!(told().is_none(), "those that were kept say nothing any more");
        assert!(bus.flushed(Duration::from_millis(20)).await);
        bus.shared.peers.tell(|| Some(Word::Guild(Id::new(7))));
        assert!(matches!(told(), Some(Word::Guild(_))), "what comes then is told again");
    }
}
