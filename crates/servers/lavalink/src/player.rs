//! A player: what it is to play, where it stands, and the frames that wait for their time.
//!
//! It holds everything that is needed to begin anew elsewhere: a worker is only lent to it.

mod apply;
mod begin;
mod handover;
mod level;
mod listen;
mod look;
mod lyrics;
mod mix;
mod queue;
mod record;
mod report;
mod sending;
mod sponsor;
#[cfg(test)]
mod tests;
mod tick;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use serde_json::Value;

use crate::engine::{Frame, Key, Order, Tone};
use crate::grid::WorkerId;
use crate::lock;
use crate::node::Node;
use crate::queue::Queue;
use crate::receive::{Hub, code};
use crate::session::Session;
use crate::voice::{Link, VoiceEvent, VoiceServer};
use crate::wire::{self, EndReason, Event, Exception, Filters, Message, PlayerState, Track, VoiceState};

pub(crate) use apply::{Change, Start};
use handover::Heir;
pub(crate) use handover::Off;
use level::Levels;
use look::Looked;
pub(crate) use look::Since;
use lyrics::Words;
use mix::Layer;
pub(crate) use mix::NoLayer;
pub(crate) use record::{Queued, Record};
pub(crate) use sending::{BOUNDS, Sending};
use sponsor::Sponsor;
pub(crate) use tick::Told;

/// A player of a session.
pub(crate) struct Player {
    pub(crate) key: Key,
    pub(crate) guild_id: u64,
    pub(crate) session: Weak<Session>,
    pub(crate) node: Weak<Node>,
    /// Who hears what is said in the channel.
    pub(crate) hub: Arc<Hub>,
    /// What is told of a change is told while it is held, so that everybody hears of changes in their order.
    state: Mutex<State>,
}

/// How a track came to its end in the worker.
struct Ending {
    error: Option<Exception>,
    /// The number of the track that it is of, where that has followed and no frame had any of it.
    turn: Option<u32>,
}

/// Everything that changes. What each tick needs stands together, in front and in the order of the lines that are fetched for it:
/// when it comes, nothing of it is at hand.
#[repr(C)]
pub(crate) struct State {
    link: Option<Arc<dyn Link>>,
    frames: VecDeque<Frame>,
    /// Who is to go on while the worker is well.
    heir: Option<Box<Heir>>,
    position: u64,
    /// Since when nobody listens.
    lonely: Option<Instant>,
    /// Since when there is nothing to send, and whether that was told.
    dry: Option<(Instant, bool)>,
    pub(crate) counts: Counts,
    pub(crate) sending: Sending,
    worker: Option<WorkerId>,
    pub(crate) levels: Levels,
    /// Frames that wait and that another worker made.
    foreign: usize,
    epoch: u32,
    /// Of which epoch the frames are.
    frames_epoch: u32,
    /// Frames of the epoch that were taken, and of which the worker knows.
    taken: u32,
    told: u32,
    /// What is missing of the track that is being heard: more with each frame that does not come, less with each that does.
    missing: u32,
    paused: bool,
    /// Whether it waits for processor time before it begins.
    pub(crate) waits: bool,
    speaking: bool,
    /// Whether the track has been heard.
    sounded: bool,
    /// Whether another worker is to go on after the fade.
    moves: bool,
    words: Words,
    pub(crate) track: Option<Track>,
    next: Option<Track>,
    /// Rises with each track that is to follow.
    number: u32,
    /// What was to follow, by number: a worker may have begun it before it hears of another.
    followers: VecDeque<(u32, Track)>,
    pub(crate) queue: Option<Queue>,
    /// The highest epoch that was given out.
    epochs: u32,
    end: Option<u64>,
    volume: u16,
    filters: Filters,
    /// Milliseconds by which the next track is faded into, where the client says so.
    crossfade: Option<u32>,
    /// The higher, the later it feels that processor time is short.
    tier: u8,
    /// What is heard over the track.
    layers: Vec<Layer>,
    sponsor: Sponsor,
    voice: VoiceState,
    /// Rises with each connection: what older ones tell is not heard.
    connection: u32,
    /// Whether the track has failed on another host.
    here: bool,
    /// Whether a move to another worker went wrong with this track: it is not tried again.
    stays: bool,
    /// Whether the track is of a kind of file that mostly is of Opus.
    may_be_opus: bool,
    /// Frames that will have been sent when the fade is over that is heard.
    faded: u64,
    /// Frames that the player had sent when the track began.
    since: u64,
    /// Tracks of the queue in a row that failed.
    failures: u32,
    ending: Option<Ending>,
    /// Frames that came and for which there was no room any more.
    dropped: u64,
    /// The last look at its worker.
    looked: Option<Looked>,
    /// When a worker was last told to play.
    begun: Option<Instant>,
    /// Whether something changed that a recovery record must have.
    pub(crate) unsaved: bool,
    /// Whoever still holds it has nothing played or connected any more.
    gone: bool,
}

/// Frames since the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) nulled: u64,
    /// Ticks in which a frame was expected.
    pub(crate) due: u64,
}

impl Player {
    pub(crate) fn new(node: &Arc<Node>, session: &Arc<Session>, guild_id: u64) -> Arc<Self> {
        let player = Arc::new(Self {
            key: node.next_key(),
            guild_id,
            session: Arc::downgrade(session),
            node: Arc::downgrade(node),
            hub: Arc::new(Hub::new(node.received.clone())),
            state: Mutex::new(State {
                track: None,
                next: None,
                number: 0,
                followers: VecDeque::new(),
                queue: None,
                epoch: 0,
                epochs: 0,
                end: None,
                volume: 100,
                paused: false,
                filters: Filters::default(),
                crossfade: None,
                tier: 0,
                layers: Vec::new(),
                sponsor: Sponsor::default(),
                words: Words::default(),
                voice: VoiceState::default(),
                link: None,
                connection: 0,
                worker: None,
                here: false,
                faded: 0,
                moves: false,
                heir: None,
                stays: false,
                may_be_opus: false,
                frames: VecDeque::new(),
                frames_epoch: 0,
                foreign: 0,
                taken: 0,
                told: 0,
                position: 0,
                sounded: false,
                since: 0,
                failures: 0,
                ending: None,
                speaking: false,
                dry: None,
                missing: 0,
                lonely: None,
                counts: Counts::default(),
                sending: Sending::default(),
                levels: Levels::default(),
                dropped: 0,
                looked: None,
                begun: None,
                waits: false,
                unsaved: true,
                gone: false,
            }),
        });
        node.add(&player);
        player
    }

    /// As clients see it.
    pub(crate) fn show(&self) -> wire::Player {
        let state = lock(&self.state);
        wire::Player {
            guild_id: self.guild_id.to_string(),
            track: state.track.clone().map(|mut track| {
                track.info.position = i64::try_from(state.position).unwrap_or(i64::MAX);
                track
            }),
            volume: state.volume,
            paused: state.paused,
            state: state.show(),
            voice: state.voice.clone(),
            filters: state.filters.clone(),
        }
    }

    /// Whether it plays, as `stats` counts it.
    pub(crate) fn is_playing(&self) -> bool {
        let state = lock(&self.state);
        state.track.is_some() && !state.paused
    }

    /// Whether it has a track, also one that waits: clients hear where it stands.
    pub(crate) fn has_track(&self) -> bool {
        lock(&self.state).track.is_some()
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut lock(&self.state))
    }

    /// Tells the client how it is.
    pub(crate) fn update(&self) {
        let state = lock(&self.state).show();
        self.emit(Message::PlayerUpdate { guild_id: self.guild_id.to_string(), state });
    }

    fn emit(&self, message: Message) {
        if let Some(session) = self.session.upgrade() {
            session.emit(&message);
        }
    }

    /// Tells of something that Lavalink does not know, to those who asked for all.
    fn emit_extra(&self, kind: &str, mut fields: serde_json::Map<String, Value>) {
        fields.insert("type".into(), kind.into());
        fields.insert("guildId".into(), self.guild_id.to_string().into());
        self.emit(Message::Event(Box::new(Event::Extra(Value::Object(fields)))));
    }

    fn emit_end(&self, track: Track, reason: EndReason) {
        self.emit(Message::Event(Box::new(Event::TrackEnd { guild_id: self.guild_id.to_string(), track, reason })));
    }

    fn emit_start(&self, state: &mut State, track: Track) {
        self.look_for_segments(state);
        self.look_for_words(state);
        self.emit(Message::Event(Box::new(Event::TrackStart { guild_id: self.guild_id.to_string(), track })));
    }

    /// What a connection told.
    fn heard(self: &Arc<Self>, connection: u32, event: VoiceEvent) {
        {
            let mut state = lock(&self.state);
            if state.connection != connection {
                return;
            }
            if matches!(event, VoiceEvent::Closed { .. }) {
                state.link = None;
                state.speaking = false;
            }
        }
        if let VoiceEvent::Closed { code, reason, by_remote } = event {
            let guild_id = self.guild_id.to_string();
            self.emit(Message::Event(Box::new(Event::WebSocketClosed { guild_id, code, reason, by_remote })));
            self.fall_silent(connection);
        }
        self.update();
    }

    /// Connects to the voice server it was given.
    pub(crate) fn connect(self: &Arc<Self>, voice: VoiceState) {
        let (Some(node), Some(session)) = (self.node.upgrade(), self.session.upgrade()) else { return };
        let server = VoiceServer {
            guild_id: self.guild_id,
            user_id: session.user_id,
            session_id: voice.session_id.clone(),
            token: voice.token.clone(),
            endpoint: voice.endpoint.clone(),
            channel_id: voice.channel_id.as_deref().and_then(|id| id.parse().ok()),
        };
        let (connection, old) = {
            let mut state = lock(&self.state);
            // Clients repeat themselves: a connection that stands is left alone, and so is one that is being made.
            let stands = |link: &Arc<dyn Link>| link.connected() || link.coming();
            if state.gone || state.voice == voice && state.link.as_ref().is_some_and(stands) {
                return;
            }
            state.voice = voice;
            state.connection += 1;
            state.speaking = false;
            state.unsaved = true;
            (state.connection, state.link.take())
        };
        if let Some(old) = old {
            old.close();
        }
        let ear = {
            let player = Arc::downgrade(self);
            Arc::new(move |event| {
                if let Some(player) = player.upgrade() {
                    player.heard(connection, event);
                }
            })
        };
        let link = node.voice.connect(server, ear);
        let mut state = lock(&self.state);
        if state.connection == connection {
            self.listen_to(&*link);
            state.link = Some(link);
        } else {
            drop(state);
            link.close();
        }
    }

    /// Goes away.
    pub(crate) fn destroy(&self) {
        let (link, track, worker) = {
            let mut state = lock(&self.state);
            state.gone = true;
            state.connection += 1;
            state.turn_over();
            state.disinherit(self);
            self.end_layers(&mut state);
            state.frames.clear();
            (state.link.take(), state.track.take(), state.worker.take())
        };
        self.hub.close(code::DESTROYED, "the player is gone");
        if let Some(link) = link {
            link.close();
        }
        if let Some(node) = self.node.upgrade() {
            if let Some(worker) = worker {
                node.grid.tell(worker, Order::Stop { player: self.key });
                node.grid.release(worker);
            }
            node.remove(self.key);
        }
        if let Some(track) = track {
            self.emit_end(track, EndReason::Stopped);
        }
    }

    /// Leaves voice without a word to the client: the node goes down and the session is to go on.
    pub(crate) fn leave(&self) {
        let link = {
            let mut state = lock(&self.state);
            state.connection += 1;
            state.link.take()
        };
        self.hub.close(code::AWAY, "the node stops");
        if let Some(link) = link {
            link.close();
        }
    }
}

impl State {
    /// What was made until now is stale.
    fn turn_over(&mut self) {
        self.epochs += 1;
        self.epoch = self.epochs;
    }

    fn show(&self) -> PlayerState {
        let connected = self.link.as_ref().is_some_and(|link| link.connected());
        let ping = self.link.as_ref().filter(|_| connected).and_then(|link| link.ping());
        PlayerState {
            time: crate::now_ms(),
            position: if self.track.is_some() { self.position } else { 0 },
            connected,
            ping: ping.map_or(if connected { 0 } else { -1 }, i64::from),
        }
    }

    fn tone(&self, node: &Node) -> Tone {
        // It was checked when it came.
        let loudness = crate::loudness::target(&self.filters, node.settings.loudness).unwrap_or_default();
        Tone { filters: self.filters.clone(), volume: self.volume, loudness, thrifty: node.grid.is_short(self.tier) }
    }

    /// Whether nothing is played, or waits to be: who begins takes processor time that nobody has counted.
    pub(crate) fn is_idle(&self) -> bool {
        self.track.is_none() || self.waits
    }

    pub(crate) fn tier(&self) -> u8 {
        self.tier
    }

    pub(crate) fn worker(&self) -> Option<WorkerId> {
        self.worker
    }
}
