//! Receivers: clients that hear what is said in the channel of a player.
//!
//! What is said is laid, once and for all of them, into the queue of each. A client that reads too slowly loses the oldest of its own queue
//! and hears how much that was; nobody waits for it.

mod form;
mod ogg;
mod recording;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::lock;
use crate::player::Player;
use crate::voice::{Listener, Packets, Speaker, Spoken};

pub(crate) use form::{Form, Format, Frame, Teller};

/// Receivers of one player.
pub(crate) const MOST_RECEIVERS: usize = 16;
/// What waits for one receiver: ten seconds of two people.
const MOST_QUEUED: usize = 1_000;

/// Why a receiver is closed: the code of its WebSocket.
pub(crate) mod code {
    /// The node stops.
    pub(crate) const AWAY: u16 = 1001;
    /// The player is gone.
    pub(crate) const DESTROYED: u16 = 4000;
    /// The voice connection was closed, and the client has given no other.
    pub(crate) const LEFT: u16 = 4001;
}

/// What a node has received since its start.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) received: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) lost: AtomicU64,
    /// Packets that receivers were too slow for.
    pub(crate) unread: AtomicU64,
}

/// The receivers of a player. They stay while its connection and its worker change.
pub(crate) struct Hub {
    counts: Arc<Counts>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    receivers: Vec<Arc<Queue>>,
    /// Who speaks: whoever comes in the middle of it hears a beginning too.
    speaking: BTreeSet<Speaker>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    ready: Notify,
}

#[derive(Default)]
struct Waiting {
    spoken: VecDeque<Spoken>,
    /// How many packets went out at the front since that was told.
    unread: u64,
    closed: Option<(u16, &'static str)>,
}

/// What a receiver is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Spoken(Spoken),
    /// So many packets are missing here, because they were not read in time.
    Unread(u64),
    /// It is over.
    Closed(u16, &'static str),
}

impl Hub {
    pub(crate) fn new(counts: Arc<Counts>) -> Self {
        Self { counts, state: Mutex::default() }
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.state).receivers.len()
    }

    fn add(&self) -> Option<Arc<Queue>> {
        let mut state = lock(&self.state);
        if state.receivers.len() >= MOST_RECEIVERS {
            return None;
        }
        let queue = Arc::new(Queue::default());
        state.speaking.iter().for_each(|speaker| _ = queue.push(Spoken::Begins(*speaker)));
        state.receivers.push(queue.clone());
        Some(queue)
    }

    fn remove(&self, queue: &Arc<Queue>) {
        lock(&self.state).receivers.retain(|one| !Arc::ptr_eq(one, queue));
    }

    /// Ends all receivers.
    pub(crate) fn close(&self, code: u16, reason: &'static str) {
        let receivers = std::mem::take(&mut lock(&self.state).receivers);
        for queue in receivers {
            lock(&queue.waiting).closed = Some((code, reason));
            queue.ready.notify_one();
        }
    }
}

impl Listener for Hub {
    fn hear(&self, spoken: Spoken) {
        let mut state = lock(&self.state);
        match &spoken {
            Spoken::Begins(speaker) => _ = state.speaking.insert(*speaker),
            Spoken::Ends(speaker) => _ = state.speaking.remove(speaker),
            Spoken::Packet(..) => {}
        }
        let unread: u64 = state.receivers.iter().map(|queue| queue.push(spoken.clone())).sum();
        self.counts.unread.fetch_add(unread, Ordering::Relaxed);
    }

    fn count(&self, packets: Packets) {
        self.counts.received.fetch_add(packets.received, Ordering::Relaxed);
        self.counts.dropped.fetch_add(packets.dropped, Ordering::Relaxed);
        self.counts.lost.fetch_add(packets.lost, Ordering::Relaxed);
    }
}

impl Queue {
    /// Lays something behind what waits; gives how many packets were lost for it.
    fn push(&self, spoken: Spoken) -> u64 {
        let mut unread = 0;
        {
            let mut waiting = lock(&self.waiting);
            if waiting.spoken.len() >= MOST_QUEUED {
                // Beginnings and ends are kept as long as there is anything else.
                let packet = waiting.spoken.iter().position(|one| matches!(one, Spoken::Packet(..)));
                waiting.spoken.remove(packet.unwrap_or_default());
                unread = 1;
                waiting.unread += 1;
            }
            waiting.spoken.push_back(spoken);
        }
        self.ready.notify_one();
        unread
    }

    async fn next(&self) -> Told {
        loop {
            {
                let mut waiting = lock(&self.waiting);
                if waiting.unread > 0 {
                    return Told::Unread(std::mem::take(&mut waiting.unread));
                }
                if let Some(spoken) = waiting.spoken.pop_front() {
                    return Told::Spoken(spoken);
                }
                if let Some((code, reason)) = waiting.closed {
                    return Told::Closed(code, reason);
                }
            }
            self.ready.notified().await;
        }
    }
}

/// One receiver. Whoever drops it listens no longer.
pub(crate) struct Receiver {
    player: Arc<Player>,
    queue: Arc<Queue>,
}

impl Receiver {
    /// Nothing, where the player has too many.
    pub(crate) fn of(player: &Arc<Player>) -> Option<Self> {
        let queue = player.hub.add()?;
        let receiver = Self { player: player.clone(), queue };
        player.listen();
        Some(receiver)
    }

    pub(crate) async fn next(&self) -> Told {
        self.queue.next().await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.player.hub.remove(&self.queue);
        self.player.listen();
    }
}
