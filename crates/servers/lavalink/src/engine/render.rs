//! The thread that renders: takes orders, makes frames for whoever has room, says that it lives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deck::{Deck, Follow, Made};
use super::inbox::Inbox;
use super::labour::{Piece, Seat};
use super::measure::{Measured, Measurer};
use super::pool::{Pool, Reader, Scratch};
use super::pulse::{BEAT, Pulse, Seen};
use super::{Frame, Key, Layer, Order, Play, Report, Sink};
use crate::lock;
use crate::source::Sources;

/// What falls due within so long is done when it is awake anyhow.
const SOON: Duration = Duration::from_millis(50);
/// Orders come as often as that falls due: they are waited for so much longer, until both come together.
const LATE: Duration = Duration::from_millis(30);
/// How often it looks around where it has nobody.
const IDLE: Duration = Duration::from_secs(1);

/// A worker of threads in this process.
pub(crate) struct Engine {
    inbox: Arc<Inbox>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

impl Engine {
    /// Starts it.
    pub(crate) fn start(
        name: &str,
        sources: Arc<dyn Sources>,
        runtime: tokio::runtime::Handle,
        sink: Sink,
    ) -> std::io::Result<Self> {
        let inbox = Arc::<Inbox>::default();
        let pool = Pool::new(sources.clone(), runtime.clone());
        let pulse = Pulse::start(pool.labour.clone(), sink.clone())?;
        let renderer = Renderer {
            decks: HashMap::new(),
            measurer: Measurer::new(sources, runtime, inbox.clone()),
            pool,
            scratch: Scratch::default(),
            inbox: inbox.clone(),
            sink,
            pulse,
        };
        std::thread::Builder::new().name(format!("render-{name}")).spawn(move || renderer.run())?;
        Ok(Self { inbox })
    }

    /// Tells it something; false when it is gone.
    pub(crate) fn tell(&self, order: Order) -> bool {
        self.inbox.order(order)
    }
}

struct Renderer {
    /// Each in room of its own: a map has more places than players.
    decks: HashMap<Key, Box<Deck>>,
    measurer: Measurer,
    pool: Arc<Pool>,
    scratch: Scratch,
    inbox: Arc<Inbox>,
    sink: Sink,
    pulse: Arc<Pulse>,
}

impl Drop for Renderer {
    /// However it ends: nobody says any more that it lives, or speaks with it.
    fn drop(&mut self) {
        self.inbox.leave();
        self.pulse.stop();
    }
}

impl Renderer {
    fn run(mut self) {
        let _seat: Arc<Seat> = self.pool.labour.sit();
        let mut piece = Piece::begin();
        let mut due = Instant::now() + BEAT;
        let mut dirty: Vec<Key> = Vec::new();
        loop {
            self.pulse.turn(None);
            let post = self.inbox.take(due);
            let now = Instant::now();
            self.pulse.turn(Some(now));
            if now + SOON >= due {
                let calm = self.live(&mut dirty);
                // Who passes packets on is told half as often, and has nobody who decodes.
                due = now + if calm { 2 * BEAT } else { BEAT } + LATE;
                if self.decks.is_empty() {
                    due = now + IDLE;
                }
            }
            let idle = self.decks.is_empty();
            let mut quit = post.closed;
            for order in post.orders {
                quit |= self.obey(order, &mut dirty);
            }
            dirty.extend(post.nudges);
            post.measured.into_iter().for_each(|measured| self.learn(measured));
            if idle && !self.decks.is_empty() {
                due = due.min(now + BEAT + LATE);
            }
            if quit {
                self.decks.values().for_each(|deck| deck.stop());
                return;
            }
            let made = self.render(&mut dirty);
            self.pulse.worked(made, piece.lap());
        }
    }

    /// Does what was ordered; whether it was to go.
    fn obey(&mut self, order: Order, dirty: &mut Vec<Key>) -> bool {
        match order {
            Order::Play(play) => self.play(&play, dirty),
            Order::Sound { player, sound } => {
                if let Some(deck) = self.decks.get_mut(&player) {
                    deck.set_sound(&sound);
                    deck.unmeasured().for_each(|reader| self.measurer.submit(reader.track()));
                }
            }
            Order::EndAt { player, end } => {
                if let Some(deck) = self.decks.get_mut(&player) {
                    deck.set_end(end);
                }
            }
            Order::Next { player, epoch, number, track, fade } => {
                if let Some(deck) = self.decks.get_mut(&player).filter(|deck| deck.epoch == epoch) {
                    let follow = track.map(|next| {
                        let position = u64::try_from(next.track.position).unwrap_or_default();
                        let reader = Reader::new(player, next.track, position, None, self.inbox.clone());
                        Follow { reader, number, loudness: next.loudness, fade }
                    });
                    if let Some(follow) = &follow {
                        self.pool.submit(&follow.reader);
                    }
                    deck.set_follow(follow);
                    deck.unmeasured().for_each(|reader| self.measurer.submit(reader.track()));
                    dirty.push(player);
                }
            }
            Order::Layer(layer) => self.lay(*layer, dirty),
            Order::LayerVolume { player, id, volume } => {
                if let Some(deck) = self.decks.get_mut(&player) {
                    deck.set_layer_volume(id, volume);
                }
            }
            Order::Unlayer { player, id } => {
                if let Some(deck) = self.decks.get_mut(&player) {
                    deck.remove_layer(id);
                }
            }
            Order::Taken(taken) => {
                for (player, epoch, upto) in taken {
                    if let Some(deck) = self.decks.get_mut(&player).filter(|deck| deck.epoch == epoch) {
                        deck.take(upto);
                        dirty.push(player);
                    }
                }
            }
            Order::Stop { player } => {
                if let Some(deck) = self.decks.remove(&player) {
                    deck.stop();
                }
            }
            Order::Quit => return true,
        }
        false
    }

    fn play(&mut self, play: &Play, dirty: &mut Vec<Key>) {
        let mut old = self.decks.remove(&play.player);
        // The same track from elsewhere: the open stream is used again.
        let same = old.as_ref().map(|old| old.reader.clone()).filter(|old| {
            old.track().identifier == play.track.identifier && old.track().source_name == play.track.source_name
        });
        let reader = Reader::new(play.player, play.track.clone(), play.position, same, self.inbox.clone());
        let mut deck = Box::new(Deck::new(play, reader.clone()));
        if let Some(old) = &mut old {
            // What is heard over a track is heard over the next one too.
            deck.take_layers(old);
            old.stop();
        }
        self.pool.submit(&reader);
        deck.unmeasured().for_each(|reader| self.measurer.submit(reader.track()));
        self.decks.insert(play.player, deck);
        dirty.push(play.player);
    }

    /// Begins something over a player's track.
    fn lay(&mut self, layer: Layer, dirty: &mut Vec<Key>) {
        let Some(deck) = self.decks.get_mut(&layer.player) else { return };
        let reader = Reader::new(layer.player, layer.track, layer.position, None, self.inbox.clone());
        if deck.add_layer(layer.id, reader.clone(), layer.volume) {
            self.pool.submit(&reader);
            dirty.push(layer.player);
        } else {
            (self.sink)(Report::LayerEnded { player: layer.player, id: layer.id });
        }
    }

    /// A track was measured: whoever plays it is told, and the node, which keeps it in mind.
    fn learn(&mut self, (name, loudness): Measured) {
        self.decks.values_mut().for_each(|deck| deck.measured(&name, loudness));
        (self.sink)(Report::Measured { name, loudness });
    }

    /// Makes frames for those that have room, a few for each in turn; how many.
    fn render(&mut self, dirty: &mut Vec<Key>) -> u32 {
        dirty.sort_unstable();
        dirty.dedup();
        let mut made = 0;
        let mut low = Vec::new();
        while !dirty.is_empty() {
            dirty.retain(|key| {
                let Some(deck) = self.decks.get_mut(key) else { return false };
                let turn = deck.turn_length();
                let mut frames: Vec<Frame> = Vec::with_capacity(turn.try_into().unwrap_or_default());
                let mut ended = None;
                deck.dry = false;
                for _ in 0..turn {
                    match deck.make() {
                        Made::Frame(frame) => frames.push(frame),
                        Made::Dry => {
                            deck.dry = true;
                            break;
                        }
                        Made::Over(error, turn) => {
                            ended = Some((error, turn));
                            break;
                        }
                    }
                }
                for id in deck.ended_layers() {
                    (self.sink)(Report::LayerEnded { player: deck.key, id });
                }
                want(deck, &self.pool, &mut low);
                // Sound may have come between the try and the wish to be told.
                let came = deck.dry && !deck.guesses() && deck.follow.is_none() && lock(&deck.reader.ring).ready();
                let again = came || turn > 0 && !deck.dry && ended.is_none() && deck.room() > 0;
                let (player, epoch) = (deck.key, deck.epoch);
                made += u32::try_from(frames.len()).unwrap_or_default();
                if let Some(title) = deck.reader.take_title() {
                    (self.sink)(Report::Title { player, epoch, title });
                }
                if !frames.is_empty() {
                    (self.sink)(Report::Frames { player, epoch, frames });
                }
                if let Some((error, turn)) = ended {
                    (self.sink)(Report::Ended { player, epoch, error: error.map(Into::into), turn });
                }
                again
            });
            // Cutting packets takes less than having it done, and who fetches more is woken up once for all of them.
            low.iter().for_each(|reader| reader.run_now(&mut self.scratch));
            self.pool.settle(low.clone());
            low.retain(|reader| reader.is_low());
            self.pool.submit_all(low.drain(..));
            // Long work does not keep orders waiting.
            if self.inbox.is_ordered() {
                break;
            }
        }
        made
    }

    /// What falls due from time to time; whether all players do no more than pass packets on.
    fn live(&mut self, dirty: &mut Vec<Key>) -> bool {
        self.pool.relieve();
        let (mut seen, mut all, mut count, mut calm) = (Seen::default(), 0, 0, true);
        let now = Instant::now();
        for deck in self.decks.values() {
            seen.players += 1;
            calm &= deck.passes() && !deck.dry;
            let waits = deck.reader.waits(now);
            if deck.dry {
                seen.dry += 1;
                dirty.push(deck.key);
                if waits && !lock(&deck.reader.ring).ready() {
                    seen.waits.push(deck.key);
                    continue;
                }
            }
            if let Some(ahead) = deck.ahead() {
                all += ahead;
                count += 1;
            }
        }
        seen.ahead = all.checked_div(count).and_then(|mean| u16::try_from(mean).ok());
        self.pulse.saw(seen);
        calm
    }
}

/// Has the readers of a deck decode where their sound runs low. Those whose packets go through have time, and come together.
fn want(deck: &Deck, pool: &Arc<Pool>, together: &mut Vec<Arc<Reader>>) {
    for reader in deck.readers() {
        let (low, passes) = {
            let ring = lock(&reader.ring);
            (ring.low(), ring.passes())
        };
        if deck.dry {
            reader.wanted.store(true, std::sync::atomic::Ordering::Release);
        }
        if low && passes && !deck.dry {
            together.push(reader.clone());
        } else if low {
            pool.submit(reader);
        }
    }
}
