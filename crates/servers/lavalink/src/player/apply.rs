//! What clients change.

use std::sync::Arc;

use guildhall_wire::patch::Patch;

use super::{Player, State};
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
    pub(crate) fn apply(self: &Arc<Self>, mut change: Change) {
        if let Some(voice) = change.voice.take() {
            self.connect(voice);
        }
        if self.change(&mut lock(&self.state), change) {
            self.update();
        }
    }

    /// Whether the client is to be told how the player is now.
    fn change(&self, state: &mut State, change: Change) -> bool {
        let mut update = false;
        state.unsaved = true;
        // Whoever is to go on knows nothing of it.
        state.disinherit(self);
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
        match change.track {
            Patch::Absent => {}
            _ if change.no_replace && state.track.is_some() => {}
            Patch::Value(start) => {
                let paused = change.paused.unwrap_or(false);
                state.waits = false;
                self.start_in(state, start, value(change.end), paused, EndReason::Replaced);
                update = true;
            }
            // As Lavalink does it: what is said of a track that begins is said of none too.
            Patch::Null => self.stop_in(state, EndReason::Stopped, Some(change.paused.unwrap_or(false))),
        }
        if !change.crossfade.is_absent() {
            state.crossfade = value(change.crossfade);
            // What follows already follows otherwise from now on.
            let next = state.next.clone();
            if change.next.is_absent() && next.is_some() {
                self.follow_in(state, next);
            }
        }
        if !change.next.is_absent() {
            self.follow_in(state, value(change.next));
        }
        update
    }

    /// Begins a track; the one that plays ends for a reason.
    pub(crate) fn start_in(&self, state: &mut State, start: Start, end: Option<u64>, paused: bool, reason: EndReason) {
        let old = state.track.replace(start.track.clone());
        state.paused = paused;
        state.end = end.filter(|end| *end > 0);
        state.position = start.position;
        state.sounded = false;
        state.since = state.counts.sent;
        state.here = false;
        state.stays = false;
        state.faded = 0;
        state.lonely = None;
        state.unsaved = true;
        if reason == EndReason::Replaced {
            state.failures = 0;
        }
        state.forget_next();
        state.begin(self, start.position, false);
        if let Some(old) = old {
            self.emit_end(old, reason);
        }
        self.emit_start(state, start.track);
        self.plan_in(state);
    }

    /// Stops what plays.
    pub(crate) fn stop_in(&self, state: &mut State, reason: EndReason, paused: Option<bool>) {
        if let Some(paused) = paused {
            state.paused = paused;
        }
        state.unsaved = true;
        state.waits = false;
        state.forget_next();
        self.end_layers(state);
        state.turn_over();
        state.disinherit(self);
        state.frames.clear();
        state.ending = None;
        if let (Some(worker), Some(node)) = (state.worker, self.node.upgrade()) {
            node.grid.tell(worker, Order::Stop { player: self.key });
        }
        if let Some(old) = state.track.take() {
            self.emit_end(old, reason);
        }
    }

    /// Says what follows, so that it can be faded into.
    pub(crate) fn follow(&self, next: Option<Track>) {
        self.follow_in(&mut lock(&self.state), next);
    }

    fn follow_in(&self, state: &mut State, next: Option<Track>) {
        if state.track.is_none() {
            return;
        }
        state.set_next(next);
        state.unsaved = true;
        state.disinherit(self);
        let (Some(worker), Some(node)) = (state.worker, self.node.upgrade()) else { return };
        if state.fits(&node) {
            state.moves = false;
            node.grid.tell(worker, state.next_order(self.key, &node, state.epoch));
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
        self.plan_in(&mut lock(&self.state));
    }

    pub(super) fn plan_in(&self, state: &mut State) {
        let Some(queue) = &state.queue else { return };
        let next = queue.peek(state.track.as_ref());
        self.follow_in(state, next);
    }
}

fn value<T>(patch: Patch<T>) -> Option<T> {
    match patch {
        Patch::Value(value) => Some(value),
        Patch::Null | Patch::Absent => None,
    }
}
