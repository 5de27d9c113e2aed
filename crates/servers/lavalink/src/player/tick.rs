//! Every 20 milliseconds: one frame, or the reason why there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Player, State};
use crate::engine::Key;
use crate::grid::WorkerId;
use crate::lock;
use crate::voice::Link;
use crate::wire::{EndReason, Event, Message};

/// After so long without sound a track is stuck.
const STUCK: Duration = Duration::from_secs(10);
/// After so long without a listener a track is cleaned up.
const LONELY: Duration = Duration::from_mins(1);
/// A worker is told of the frames that were taken each so manieth tick: of those of all its players at once, so that it wakes up
/// for all of them together and not for each of them alone.
const TELL: u64 = 4;

/// What has to follow a tick, outside of the lock.
enum After {
    Nothing,
    Finish,
    Turn,
    Stuck,
    Cleanup,
}

impl Player {
    /// Sends what is due; what the worker is to be told, if it is time for that.
    pub(crate) fn tick(self: &Arc<Self>, now: Instant, turn: u64) -> Option<(WorkerId, (Key, u32, u32))> {
        let mut told = None;
        let after = {
            let mut state = lock(&self.state);
            let state = &mut *state;
            let link = state.link.clone().filter(|link| link.connected());
            if let Some(link) = link {
                state.lonely = None;
                let after = Self::due(state, &*link, now);
                if state.moves && state.counts.sent >= state.faded {
                    state.go_on(self);
                }
                told = state.tell(self.key, turn);
                after
            } else if state.track.is_none() {
                state.lonely = None;
                After::Nothing
            } else if now.duration_since(*state.lonely.get_or_insert(now)) >= LONELY {
                state.lonely = None;
                After::Cleanup
            } else {
                After::Nothing
            }
        };
        match after {
            After::Nothing => {}
            After::Finish => self.finish(),
            After::Turn => self.turned(),
            After::Stuck => {
                let track = lock(&self.state).track.clone();
                if let Some(track) = track {
                    let guild_id = self.guild_id.to_string();
                    let threshold_ms = u64::try_from(STUCK.as_millis()).unwrap_or_default();
                    self.emit(Message::Event(Box::new(Event::TrackStuck { guild_id, track, threshold_ms })));
                }
            }
            After::Cleanup => self.stop(EndReason::Cleanup, None),
        }
        told
    }

    /// Somebody listens: sends a frame, or says why there is none.
    fn due(state: &mut State, link: &dyn Link, now: Instant) -> After {
        if state.paused || state.track.is_none() {
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
            link.send(&frame.packet);
            state.counts.sent += 1;
            state.levels.sent(frame.level);
            state.speaking = true;
            state.dry = None;
            let current = state.frames_epoch == state.epoch;
            if current {
                state.position = u64::from(frame.position);
                state.sounded = true;
                if state.foreign > 0 {
                    state.foreign -= 1;
                } else {
                    state.taken += 1;
                }
            }
            if current && frame.turn { After::Turn } else { After::Nothing }
        } else if state.ending.is_some() {
            After::Finish
        } else {
            state.counts.nulled += 1;
            state.levels.missed();
            let (since, known) = state.dry.get_or_insert((now, false));
            if state.speaking && now.duration_since(*since) >= Duration::from_millis(100) {
                link.silence();
                state.speaking = false;
            }
            if !*known && now.duration_since(*since) >= STUCK {
                *known = true;
                After::Stuck
            } else {
                After::Nothing
            }
        }
    }

    /// The next track has begun within the sound of the last.
    fn turned(self: &Arc<Self>) {
        let (old, new) = {
            let mut state = lock(&self.state);
            let Some(next) = state.next.take() else { return };
            state.end = None;
            state.unsaved = true;
            state.sponsor.forget();
            let fade = self.node.upgrade().map_or(0, |node| state.fade(&node));
            state.faded = state.counts.sent + u64::from(fade / 20);
            let old = state.track.replace(next.clone());
            if let (Some(queue), Some(old)) = (&mut state.queue, &old) {
                queue.advance(Some(old));
            }
            (old, next)
        };
        if let Some(old) = old {
            self.emit_end(old, EndReason::Finished);
        }
        self.emit_start(new);
        self.plan();
        self.update();
    }
}

impl State {
    /// What the worker is to be told of frames that were taken, if it is its turn; the turns of workers follow each other.
    fn tell(&mut self, key: Key, turn: u64) -> Option<(WorkerId, (Key, u32, u32))> {
        let worker = self.worker.filter(|worker| turn % TELL == worker % TELL && self.taken > self.told)?;
        self.told = self.taken;
        Some((worker, (key, self.epoch, self.taken)))
    }
}
