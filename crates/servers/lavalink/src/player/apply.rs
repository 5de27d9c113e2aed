//! What clients change.

use std::sync::Arc;

use guildhall_wire::patch::Patch;

use super::Player;
use crate::engine::Order;
use crate::lock;
use crate::wire::{EndReason, Filters, Track, VoiceState};

/// A track to begin.
#[derive(Clone)]
pub(crate) struct Start {
    pub(crate) track: Track,
    pub(crate) position: u64,
}

/// A change to a player, checked.
#[derive(Clone, Default)]
pub(crate) struct Change {
    pub(crate) voice: Option<VoiceState>,
    pub(crate) paused: Option<bool>,
    pub(crate) volume: Option<u16>,
    pub(crate) position: Option<u64>,
    pub(crate) filters: Option<Filters>,
    /// Null takes the end away.
    pub(crate) end: Patch<u64>,
    /// Null stops.
    pub(crate) track: Patch<Start>,
    pub(crate) next: Patch<Track>,
    pub(crate) tier: Option<u8>,
    /// Null is what the node's owner says.
    pub(crate) crossfade: Patch<u32>,
    /// A track that plays is left alone.
    pub(crate) no_replace: bool,
}

impl Player {
    /// Makes a change.
    pub(crate) fn apply(self: &Arc<Self>, change: Change) {
        let mut update = false;
        if let Some(voice) = change.voice {
            self.connect(voice);
        }
        {
            let mut state = lock(&self.state);
            state.unsaved = true;
            let node = self.node.upgrade();
            let mut sound = false;
            if let Some(tier) = change.tier {
                state.tier = tier;
                sound = true;
            }
            if let Some(volume) = change.volume {
                state.volume = volume;
                sound = true;
            }
            if let Some(filters) = change.filters {
                state.filters = filters;
                sound = true;
                update = true;
            }
            if let (true, Some(node), Some(worker)) = (sound, &node, state.worker) {
                node.grid.tell(worker, Order::Sound { player: self.key, sound: Box::new(state.tone(node)) });
            }
            if change.track.is_absent() {
                if let Some(paused) = change.paused {
                    state.paused = paused;
                }
                if !change.end.is_absent() {
                    let end = value(change.end);
                    state.end = end;
                    if let (Some(node), Some(worker)) = (&node, state.worker) {
                        node.grid.tell(worker, Order::EndAt { player: self.key, end });
                    }
                }
                if let Some(position) = change.position
                    && let Some(track) = &state.track
                {
                    let length = u64::try_from(track.info.length).unwrap_or(u64::MAX);
                    let position = position.min(length);
                    state.position = position;
                    state.begin(self, position, false);
                    update = true;
                }
            }
        }
        match change.track {
            Patch::Absent => {}
            _ if change.no_replace && lock(&self.state).track.is_some() => {}
            Patch::Value(start) => {
                self.start(start, value(change.end), change.paused.unwrap_or(false), EndReason::Replaced);
                update = true;
            }
            Patch::Null => self.stop(EndReason::Stopped, change.paused),
        }
        if !change.crossfade.is_absent() {
            let next = {
                let mut state = lock(&self.state);
                state.crossfade = value(change.crossfade);
                state.next.clone()
            };
            // What follows already follows otherwise from now on.
            if change.next.is_absent() && next.is_some() {
                self.follow(next);
            }
        }
        if !change.next.is_absent() {
            self.follow(value(change.next));
        }
        if update {
            self.update();
        }
    }

    /// Begins a track; the one that plays ends for a reason.
    pub(crate) fn start(&self, start: Start, end: Option<u64>, paused: bool, reason: EndReason) {
        let old = {
            let mut state = lock(&self.state);
            let old = state.track.replace(start.track.clone());
            state.paused = paused;
            state.end = end.filter(|end| *end > 0);
            state.position = start.position;
            state.sounded = false;
            state.here = false;
            state.faded = 0;
            state.lonely = None;
            state.unsaved = true;
            state.next = None;
            state.sponsor.forget();
            state.begin(self, start.position, false);
            old
        };
        if let Some(old) = old {
            self.emit_end(old, reason);
        }
        self.emit_start(start.track);
        self.plan();
    }

    /// Stops what plays.
    pub(crate) fn stop(&self, reason: EndReason, paused: Option<bool>) {
        let old = {
            let mut state = lock(&self.state);
            if let Some(paused) = paused {
                state.paused = paused;
            }
            state.unsaved = true;
            state.next = None;
            state.layers.clear();
            state.epoch += 1;
            state.frames.clear();
            state.ending = None;
            if let (Some(worker), Some(node)) = (state.worker, self.node.upgrade()) {
                node.grid.tell(worker, Order::Stop { player: self.key });
            }
            state.track.take()
        };
        if let Some(old) = old {
            self.emit_end(old, reason);
        }
    }

    /// Says what follows, so that it can be faded into.
    pub(crate) fn follow(&self, next: Option<Track>) {
        let mut state = lock(&self.state);
        if state.track.is_none() {
            return;
        }
        state.next = next;
        state.unsaved = true;
        let (Some(worker), Some(node)) = (state.worker, self.node.upgrade()) else { return };
        if state.fits(&node) {
            state.moves = false;
            node.grid.tell(worker, state.next_order(self.key, &node));
        } else {
            // The other one is told of it as it begins.
            state.go_on_later(self);
        }
    }

    /// Tells the worker again how it is to sound: processor time has become short, or is there again.
    pub(crate) fn retune(&self) {
        let state = lock(&self.state);
        if let (Some(node), Some(worker)) = (self.node.upgrade(), state.worker) {
            node.grid.tell(worker, Order::Sound { player: self.key, sound: Box::new(state.tone(&node)) });
        }
    }

    /// Where a queue is kept here, says what follows by it.
    pub(crate) fn plan(&self) {
        let next = {
            let state = lock(&self.state);
            let Some(queue) = &state.queue else { return };
            queue.peek(state.track.as_ref())
        };
        self.follow(next);
    }
}

fn value<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Value(value) => Some(value),
        Patch::Null | Patch::Absent => None,
    }
}
