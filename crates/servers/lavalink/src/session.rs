//! A client's session: its players, and what is to be told to it. It outlives its socket where the client asked for that.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::lock;
use crate::node::Node;
use crate::player::Player;
use crate::wire::{Event, Events, Message, SessionState};

/// Messages that wait for a client that is gone.
const MOST_QUEUED: usize = 4_096;
/// Of those, the last so many are kept over a restart, as long as they have no more bytes.
const MOST_KEPT: usize = 256;
const MOST_KEPT_BYTES: usize = 256 * 1024;
/// Messages that wait for a client that reads slowly; with more it is let go.
pub(crate) const MOST_UNSENT: usize = 1_024;
/// Players of one session.
pub(crate) const MOST_PLAYERS: usize = 10_000;

/// A session.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) user_id: u64,
    pub(crate) client: String,
    state: Mutex<State>,
}

struct State {
    resuming: bool,
    timeout: Duration,
    /// What the client wants to hear of.
    events: Events,
    players: BTreeMap<u64, Arc<Player>>,
    /// Whoever still holds it gets no players any more.
    ended: bool,
    outbox: Outbox,
    unsaved: bool,
    /// Whether more or fewer events wait than were written.
    unkept: bool,
}

/// Why there is no player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoPlayer {
    /// The session is over.
    Ended,
    TooMany,
}

enum Outbox {
    /// Which socket, and the way into it.
    Open(u64, mpsc::Sender<Arc<str>>),
    /// Since when there is none, and what happened.
    Waiting(Instant, VecDeque<Arc<str>>),
}

impl Session {
    pub(crate) fn new(id: String, user_id: u64, client: String) -> Arc<Self> {
        Arc::new(Self {
            id,
            user_id,
            client,
            state: Mutex::new(State {
                resuming: false,
                timeout: Duration::from_mins(1),
                events: Events::Standard,
                players: BTreeMap::new(),
                ended: false,
                outbox: Outbox::Waiting(Instant::now(), VecDeque::new()),
                unsaved: true,
                unkept: false,
            }),
        })
    }

    /// Messages for which a socket needs room: what waited, how each player is, and as many as a client may be behind.
    pub(crate) fn room(&self) -> usize {
        let state = lock(&self.state);
        let waiting = if let Outbox::Waiting(_, waiting) = &state.outbox { waiting.len() } else { 0 };
        waiting + state.players.len() + MOST_UNSENT
    }

    /// A socket is there: what waited goes out. The socket before it, if there is one, is closed by that. Where it says nothing
    /// of `events`, what was said before counts.
    pub(crate) fn attach(&self, socket: u64, events: Option<Events>, resumed: bool, out: mpsc::Sender<Arc<str>>) {
        let mut state = lock(&self.state);
        if let Some(events) = events {
            state.unsaved |= events != state.events;
            state.events = events;
        }
        let ready = Message::Ready { resumed, session_id: self.id.clone() };
        let _ = out.try_send(text(&ready));
        let mut told = false;
        if let Outbox::Waiting(_, waiting) = &mut state.outbox {
            for message in waiting.drain(..) {
                let _ = out.try_send(message);
                told = true;
            }
        }
        state.unkept |= told;
        state.outbox = Outbox::Open(socket, out);
        let players: Vec<_> = state.players.values().cloned().collect();
        drop(state);
        players.iter().for_each(|player| player.update());
    }

    /// A socket is gone; whether the session waits for another.
    pub(crate) fn detach(&self, socket: u64) -> Detached {
        let mut state = lock(&self.state);
        if !matches!(state.outbox, Outbox::Open(open, _) if open == socket) {
            return Detached::Replaced;
        }
        state.outbox = Outbox::Waiting(Instant::now(), VecDeque::new());
        if state.resuming { Detached::Waits } else { Detached::Over }
    }

    /// Tells the client.
    pub(crate) fn emit(&self, message: &Message) {
        let mut state = lock(&self.state);
        if matches!(message, Message::Event(event) if matches!(**event, Event::Extra(_))) && state.events.is_standard()
        {
            return;
        }
        // Only what happened waits; how things stood then is of no use later.
        let keep = matches!(message, Message::Event(_));
        let state = &mut *state;
        match &mut state.outbox {
            Outbox::Open(_, out) => {
                if let Err(TrySendError::Full(unsent) | TrySendError::Closed(unsent)) = out.try_send(text(message)) {
                    // Too slow, or gone: the socket ends with its channel, and whoever comes back hears of it first.
                    state.outbox = Outbox::Waiting(Instant::now(), keep.then_some(unsent).into_iter().collect());
                    state.unkept |= keep;
                }
            }
            Outbox::Waiting(_, waiting) if keep => {
                if waiting.len() >= MOST_QUEUED {
                    waiting.pop_front();
                }
                waiting.push_back(text(message));
                state.unkept = true;
            }
            Outbox::Waiting(..) => {}
        }
    }

    /// Whether nobody came back in time.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        match state.outbox {
            Outbox::Open(..) => false,
            Outbox::Waiting(since, _) => {
                let wait = if state.resuming { state.timeout } else { Duration::from_secs(5) };
                now.duration_since(since) >= wait
            }
        }
    }

    /// Whether a socket is there.
    pub(crate) fn is_open(&self) -> bool {
        matches!(lock(&self.state).outbox, Outbox::Open(..))
    }

    pub(crate) fn settings(&self) -> SessionState {
        let state = lock(&self.state);
        SessionState { resuming: state.resuming, timeout: state.timeout.as_secs(), events: state.events }
    }

    pub(crate) fn configure(
        &self,
        resuming: Option<bool>,
        timeout: Option<u64>,
        events: Option<Events>,
    ) -> SessionState {
        {
            let mut state = lock(&self.state);
            state.resuming = resuming.unwrap_or(state.resuming);
            state.timeout = timeout.map_or(state.timeout, Duration::from_secs);
            state.events = events.unwrap_or(state.events);
            state.unsaved = true;
        }
        self.settings()
    }

    pub(crate) fn take_unsaved(&self) -> bool {
        std::mem::take(&mut lock(&self.state).unsaved)
    }

    /// It was not written.
    pub(crate) fn keep_unsaved(&self) {
        lock(&self.state).unsaved = true;
    }

    /// The last events that wait, where there are more or fewer than were written.
    pub(crate) fn take_waiting(&self) -> Option<Vec<Arc<str>>> {
        let mut state = lock(&self.state);
        if !std::mem::take(&mut state.unkept) {
            return None;
        }
        let Outbox::Waiting(_, waiting) = &state.outbox else { return Some(Vec::new()) };
        let mut bytes = 0;
        let last = waiting.iter().rev().take(MOST_KEPT).take_while(|message| {
            bytes += message.len();
            bytes <= MOST_KEPT_BYTES
        });
        let mut last: Vec<_> = last.cloned().collect();
        last.reverse();
        Some(last)
    }

    /// They were not written.
    pub(crate) fn keep_unkept(&self) {
        lock(&self.state).unkept = true;
    }

    /// What waited before a restart waits again.
    pub(crate) fn restore_waiting(&self, messages: Vec<String>) {
        if let Outbox::Waiting(_, waiting) = &mut lock(&self.state).outbox {
            waiting.extend(messages.into_iter().map(Arc::from));
        }
    }

    pub(crate) fn players(&self) -> Vec<Arc<Player>> {
        lock(&self.state).players.values().cloned().collect()
    }

    pub(crate) fn player(&self, guild_id: u64) -> Option<Arc<Player>> {
        lock(&self.state).players.get(&guild_id).cloned()
    }

    /// The player of a guild; it is made where there is none.
    pub(crate) fn player_or_new(self: &Arc<Self>, node: &Arc<Node>, guild_id: u64) -> Result<Arc<Player>, NoPlayer> {
        let mut state = lock(&self.state);
        if state.ended {
            return Err(NoPlayer::Ended);
        }
        if let Some(player) = state.players.get(&guild_id) {
            return Ok(player.clone());
        }
        if state.players.len() >= MOST_PLAYERS {
            return Err(NoPlayer::TooMany);
        }
        let player = Player::new(node, self, guild_id);
        state.players.insert(guild_id, player.clone());
        Ok(player)
    }

    pub(crate) fn remove(&self, guild_id: u64) -> Option<Arc<Player>> {
        lock(&self.state).players.remove(&guild_id)
    }

    /// Ends it and its players.
    pub(crate) fn end(&self) {
        let players = {
            let mut state = lock(&self.state);
            state.ended = true;
            std::mem::take(&mut state.players)
        };
        players.values().for_each(|player| player.destroy());
    }
}

/// What is left of a session whose socket is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detached {
    /// Another socket had already taken its place.
    Replaced,
    /// It waits to be resumed.
    Waits,
    /// Nothing.
    Over,
}

fn text(message: &Message) -> Arc<str> {
    serde_json::to_string(message).unwrap_or_default().into()
}
