//! Every 20 milliseconds: one frame, or the reason why there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Player, Since, State};
use crate::engine::{Key, WINDOW};
use crate::fetch::{FETCHED, fetch, fetch_bytes};
use crate::grid::WorkerId;
use crate::lock;
use crate::voice::Link;
use crate::wire::{EndReason, Event, Message};

/// After so long without sound a track is stuck.
const STUCK: Duration = Duration::from_secs(10);
/// After so long without a listener a track is cleaned up.
const LONELY: Duration = Duration::from_mins(1);
/// A frame that does not come weighs as much as so many that do.
const MISSED: u32 = 4;
/// Where so much is missing, another host does not get the sound as fast as it is heard: a second without any, or longer where some
/// comes.
const TOO_MUCH: u32 = 50 * MISSED;
/// A worker is told of the frames that were taken each so manieth tick: of those of all its players at once, so that it wakes up
/// for all of them together and not for each of them alone. Who has so many left that pass through is told of each second time.
pub(super) const TELL: u64 = 5;
const ENOUGH: usize = WINDOW as usize;

/// What a worker is told of a player.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) player: Key,
    pub(crate) epoch: u32,
    /// Frames of the epoch that were taken, in all.
    pub(crate) taken: u32,
    /// What is held against the worker, or for it.
    pub(crate) since: Option<Since>,
}

/// What has to follow a tick, outside of the lock.
enum After {
    Nothing,
    Finish,
    /// To the track of that number.
    Turn(u32),
    Stuck,
    /// Its sound comes too slowly.
    Slow,
    Cleanup,
}

impl Player {
    /// Has the memory brought that a tick will need `steps` ticks of others from now, each step one pointer nearer to the packet. It
    /// was last at hand a frame ago, on this or on another processor; fetching it takes longer than what is done with it.
    pub(crate) fn fetch(&self, steps: usize) {
        if steps == FETCHED {
            return fetch(&self.state);
        }
        // Who holds it has it at hand.
        let Ok(state) = self.state.try_lock() else { return };
        match (state.frames.front(), steps) {
            (Some(frame), 3) => fetch(frame),
            (Some(frame), 2) => fetch_bytes(&frame.packet),
            _ => {}
        }
        if steps == 3 {
            fetch(&state.counts);
            fetch(&state.levels);
            fetch(&state.foreign);
            fetch(&state.words);
        }
        if let Some(link) = &state.link {
            link.fetch(steps);
        }
    }

    /// Sends what was due `late` ago; what the worker is to be told, if it is time for that.
    pub(crate) fn tick(self: &Arc<Self>, now: Instant, late: Duration, turn: u64) -> Option<(WorkerId, Told)> {
        let (told, update) = {
            let mut state = lock(&self.state);
            let state = &mut *state;
            // Lent, and not shared: that is written to by two, and a tick has nothing else to write there.
            let link = state.link.take_if(|link| link.connected());
            let listens = link.is_some();
            let after = if let Some(link) = link {
                state.lonely = None;
                state.outrun(self);
                let after = Self::due(state, &*link, now, late);
                state.link = Some(link);
                after
            } else if state.track.is_none() {
                state.lonely = None;
                After::Nothing
            } else if now.duration_since(*state.lonely.get_or_insert(now)) >= LONELY {
                state.lonely = None;
                After::Cleanup
            } else {
                After::Nothing
            };
            let update = self.follow_up(state, after);
            let sung = state.words.take();
            if !sung.is_empty() {
                self.tell_plugin(sung);
            }
            if listens && state.moves && state.counts.sent >= state.faded {
                state.go_on(self);
            }
            (if listens { state.tell(self.key, turn, now) } else { None }, update)
        };
        if update {
            self.update();
        }
        told
    }

    /// Does what a tick led to; whether the client is to be told how the player is now.
    fn follow_up(self: &Arc<Self>, state: &mut State, after: After) -> bool {
        match after {
            After::Nothing => return false,
            After::Finish => return self.finish(state),
            After::Turn(number) => {
                let turned = self.turned(state, number);
                if turned {
                    self.plan_in(state);
                }
                return turned;
            }
            After::Stuck => {
                if let Some(track) = state.track.clone() {
                    let guild_id = self.guild_id.to_string();
                    let threshold_ms = u64::try_from(STUCK.as_millis()).unwrap_or_default();
                    self.emit(Message::Event(Box::new(Event::TrackStuck { guild_id, track, threshold_ms })));
                }
                return true;
            }
            After::Slow => {
                state.missing = 0;
                let node = self.node.upgrade();
                let abroad = state.worker.filter(|id| node.is_some_and(|node| node.grid.is_abroad(*id)));
                if let Some(worker) = abroad {
                    // What comes to another host too slowly may come here as it should.
                    tracing::info!(worker, "a track comes too slowly to another host and is tried here");
                    state.here = true;
                    state.go_on(self);
                }
            }
            After::Cleanup => self.stop_in(state, EndReason::Cleanup, None),
        }
        false
    }

    /// Somebody listens: sends a frame, or says why there is none.
    fn due(state: &mut State, link: &dyn Link, now: Instant, late: Duration) -> After {
        if state.paused || state.waits || state.track.is_none() {
            if state.speaking {
                link.silence();
                state.speaking = false;
            }
            state.dry = None;
            state.levels.rest();
            return After::Nothing;
        }
        state.counts.due += 1;
        if let Some(frame) = state.frames.pop_front() {
            link.send(&frame.packet, now);
            state.counts.sent += 1;
            state.sending.sent(late);
            state.levels.sent(frame.level);
            state.speaking = true;
            state.dry = None;
            state.missing = state.missing.saturating_sub(1);
            let current = state.frames_epoch == state.epoch;
            if current {
                state.position = u64::from(frame.position);
                state.sounded = true;
                // With a turn, it is where another track is.
                if frame.turn.is_none() {
                    state.words.reach(state.position);
                }
                if state.foreign > 0 {
                    state.foreign -= 1;
                } else {
                    state.taken += 1;
                }
            }
            frame.turn.filter(|_| current).map_or(After::Nothing, After::Turn)
        } else if state.ending.is_some() {
            After::Finish
        } else {
            state.counts.nulled += 1;
            state.levels.missed();
            if state.speaking && state.dry.is_none() {
                state.sending.ran_out();
            }
            if state.sounded && state.frames_epoch == state.epoch {
                state.missing += MISSED;
            }
            let (since, known) = state.dry.get_or_insert((now, false));
            if state.speaking && now.duration_since(*since) >= Duration::from_millis(100) {
                link.silence();
                state.speaking = false;
            }
            if !*known && now.duration_since(*since) >= STUCK {
                *known = true;
                After::Stuck
            } else if state.missing >= TOO_MUCH {
                After::Slow
            } else {
                After::Nothing
            }
        }
    }

    /// A track that followed has begun within the sound of the last; false if it is not known any more.
    pub(super) fn turned(&self, state: &mut State, number: u32) -> bool {
        let Some(at) = state.followers.iter().position(|(known, _)| *known == number) else { return false };
        let Some((_, new)) = state.followers.drain(..=at).next_back() else { return false };
        // What was said since then follows it.
        if state.number == number {
            state.next = None;
        }
        if state.sounded {
            state.failures = 0;
        }
        state.end = None;
        state.unsaved = true;
        state.since = state.counts.sent;
        let fade = self.node.upgrade().map_or(0, |node| state.fade(&node));
        state.faded = state.counts.sent + u64::from(fade / 20);
        state.may_be_opus = new.may_be_opus();
        let old = state.track.replace(new.clone());
        if let (Some(queue), Some(old)) = (&mut state.queue, &old) {
            queue.turned(old, &new);
        }
        if let Some(old) = old {
            self.emit_end(old, EndReason::Finished);
        }
        self.emit_start(state, new);
        true
    }
}

impl State {
    /// What the worker is to be told, if it is its turn; the turns of workers follow each other.
    pub(super) fn tell(&mut self, key: Key, turn: u64, now: Instant) -> Option<(WorkerId, Told)> {
        let worker = self.worker.filter(|worker| turn % TELL == worker % TELL)?;
        if (turn / TELL).is_multiple_of(2) && self.levels.passes() && self.frames.len() >= ENOUGH {
            return None;
        }
        let since = self.since_look(worker, now);
        let news = std::mem::replace(&mut self.told, self.taken) < self.taken || since.is_some();
        news.then_some((worker, Told { player: key, epoch: self.epoch, taken: self.taken, since }))
    }
}
