//! The thread that renders: takes orders, makes frames for whoever has room, says that it lives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, select_biased, tick, unbounded};

use super::deck::{Deck, Made};
use super::pool::{Pool, Reader};
use super::{Beat, Frame, Key, Order, Play, Report, Sink};
use crate::lock;
use crate::source::Sources;

/// How often a worker says that it lives: a third of what is waited for.
const BEAT: Duration = Duration::from_millis(100);
/// Frames that one player gets before the next has its turn.
const TURN: u32 = 4;

/// A worker of threads in this process.
pub(crate) struct Engine {
    orders: Sender<Order>,
}

impl Engine {
    /// Starts it.
    pub(crate) fn start(
        name: &str,
        sources: Arc<dyn Sources>,
        runtime: tokio::runtime::Handle,
        sink: Sink,
    ) -> std::io::Result<Self> {
        let (orders, inbox) = unbounded();
        let (nudge, nudges) = unbounded();
        let renderer = Renderer {
            decks: HashMap::new(),
            pool: Pool::new(sources, runtime),
            inbox,
            nudge,
            nudges,
            sink,
            beat: Beat::default(),
        };
        std::thread::Builder::new().name(format!("render-{name}")).spawn(move || renderer.run())?;
        Ok(Self { orders })
    }

    /// Tells it something; false when it is gone.
    pub(crate) fn tell(&self, order: Order) -> bool {
        self.orders.send(order).is_ok()
    }
}

struct Renderer {
    decks: HashMap<Key, Deck>,
    pool: Arc<Pool>,
    inbox: Receiver<Order>,
    nudge: Sender<Key>,
    nudges: Receiver<Key>,
    sink: Sink,
    beat: Beat,
}

impl Renderer {
    fn run(mut self) {
        let beats = tick(BEAT);
        let mut dirty: Vec<Key> = Vec::new();
        loop {
            let mut quit = false;
            select_biased! {
                recv(self.inbox) -> order => match order {
                    Ok(order) => quit = self.obey(order, &mut dirty),
                    Err(_) => quit = true,
                },
                recv(self.nudges) -> key => dirty.extend(key),
                recv(beats) -> _ => self.live(&mut dirty),
            }
            // What else has come meanwhile is done in one go.
            while let Ok(order) = self.inbox.try_recv() {
                quit |= self.obey(order, &mut dirty);
            }
            dirty.extend(self.nudges.try_iter());
            if quit {
                self.decks.values().for_each(Deck::stop);
                return;
            }
            self.render(&mut dirty);
        }
    }

    /// Does what was ordered; whether it was to go.
    fn obey(&mut self, order: Order, dirty: &mut Vec<Key>) -> bool {
        match order {
            Order::Play(play) => self.play(&play, dirty),
            Order::Sound { player, sound } => {
                if let Some(deck) = self.decks.get_mut(&player) {
                    deck.set_sound(&sound);
                }
            }
            Order::EndAt { player, end } => {
                if let Some(deck) = self.decks.get_mut(&player) {
                    deck.set_end(end);
                }
            }
            Order::Next { player, epoch, track, fade } => {
                if let Some(deck) = self.decks.get_mut(&player).filter(|deck| deck.epoch == epoch) {
                    let follow = track.map(|track| {
                        let position = u64::try_from(track.position).unwrap_or_default();
                        (Reader::new(player, *track, position, None, self.nudge.clone()), fade)
                    });
                    if let Some((reader, _)) = &follow {
                        self.pool.submit(reader);
                    }
                    deck.set_follow(follow);
                    dirty.push(player);
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
        let old = self.decks.remove(&play.player).map(|deck| {
            deck.stop();
            deck.reader
        });
        // The same track from elsewhere: the open stream is used again.
        let same = old.filter(|old| {
            old.track().identifier == play.track.identifier && old.track().source_name == play.track.source_name
        });
        let reader = Reader::new(play.player, play.track.clone(), play.position, same, self.nudge.clone());
        self.pool.submit(&reader);
        self.decks.insert(play.player, Deck::new(play, reader));
        dirty.push(play.player);
    }

    /// Makes frames for those that have room, a few for each in turn.
    fn render(&mut self, dirty: &mut Vec<Key>) {
        dirty.sort_unstable();
        dirty.dedup();
        let begun = Instant::now();
        while !dirty.is_empty() {
            dirty.retain(|key| {
                let Some(deck) = self.decks.get_mut(key) else { return false };
                let turn = deck.room().min(TURN);
                let mut frames: Vec<Frame> = Vec::new();
                let mut ended = None;
                deck.dry = false;
                for _ in 0..turn {
                    match deck.make() {
                        Made::Frame(frame) => frames.push(frame),
                        Made::Dry => {
                            deck.dry = true;
                            break;
                        }
                        Made::Over(error) => {
                            ended = Some(error);
                            break;
                        }
                    }
                }
                want(deck, &self.pool);
                // Sound may have come between the try and the wish to be told.
                let came = deck.dry && deck.follow.is_none() && lock(&deck.reader.ring).ready();
                let again = came || turn > 0 && !deck.dry && ended.is_none() && deck.room() > 0;
                let (player, epoch) = (deck.key, deck.epoch);
                self.beat.frames += u32::try_from(frames.len()).unwrap_or_default();
                if !frames.is_empty() {
                    (self.sink)(Report::Frames { player, epoch, frames });
                }
                if let Some(error) = ended {
                    (self.sink)(Report::Ended { player, epoch, error: error.map(Into::into) });
                }
                again
            });
            // Long work does not keep orders waiting.
            if !self.inbox.is_empty() {
                break;
            }
        }
        self.beat.busy += u64::try_from(begun.elapsed().as_micros()).unwrap_or_default();
    }

    fn live(&mut self, dirty: &mut Vec<Key>) {
        self.pool.relieve();
        dirty.extend(self.decks.values().filter(|deck| deck.dry).map(|deck| deck.key));
        self.beat.players = u32::try_from(self.decks.len()).unwrap_or(u32::MAX);
        self.beat.dry = u32::try_from(self.decks.values().filter(|deck| deck.dry).count()).unwrap_or(u32::MAX);
        (self.sink)(Report::Beat(std::mem::take(&mut self.beat)));
    }
}

/// Has the readers of a deck decode where their sound runs low.
fn want(deck: &Deck, pool: &Arc<Pool>) {
    let readers = std::iter::once(&deck.reader).chain(deck.follow.as_ref());
    for reader in readers {
        let low = lock(&reader.ring).low();
        if deck.dry {
            reader.wanted.store(true, std::sync::atomic::Ordering::Release);
        }
        if low {
            pool.submit(reader);
        }
    }
}
