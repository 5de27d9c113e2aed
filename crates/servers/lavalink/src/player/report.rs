//! What workers say of a player.

use std::sync::Arc;

use super::{Ending, Player, State};
use crate::engine::{Frame, THROUGH};
use crate::grid::WorkerId;
use crate::lock;
use crate::wire::{EndReason, Event, Exception, Message};

/// Most frames that wait of one worker.
const MOST_WAITING: usize = 2 * THROUGH as usize;

impl Player {
    /// Frames came.
    pub(crate) fn frames(&self, worker: WorkerId, epoch: u32, frames: Vec<Frame>) {
        let (events, first) = {
            let mut state = lock(&self.state);
            if state.heir.as_ref().is_some_and(|heir| heir.is(worker, epoch)) {
                state.inherit(self, frames);
                return;
            }
            if state.worker != Some(worker) || state.epoch != epoch {
                return;
            }
            // Nothing is heard of it that would be out of step.
            let first = !state.speaking && state.frames.is_empty();
            if state.frames_epoch != epoch {
                // What was there before was played on until now.
                state.frames.clear();
                state.frames_epoch = epoch;
                state.foreign = 0;
            }
            // Nobody sends more than was asked for, but for who is not well.
            let room = (state.foreign + MOST_WAITING).saturating_sub(state.frames.len());
            state.dropped += u64::try_from(frames.len().saturating_sub(room)).unwrap_or_default();
            state.frames.extend(frames.into_iter().take(room));
            state.hand_over(self);
            (state.pass(self), first)
        };
        if let Some(node) = self.node.upgrade().filter(|_| first) {
            node.hasten(self.key);
        }
        self.tell_plugin(events);
    }

    /// No more frames will come.
    pub(crate) fn ended(self: &Arc<Self>, worker: WorkerId, epoch: u32, error: Option<Exception>, turn: Option<u32>) {
        let update = {
            let mut state = lock(&self.state);
            if state.heir.as_ref().is_some_and(|heir| heir.is(worker, epoch)) {
                // It goes on where it was, and nobody has heard of it.
                state.stays = true;
                state.disinherit(self);
                return;
            }
            if state.worker != Some(worker) || state.epoch != epoch {
                return;
            }
            if let Some(error) = &error
                && self.node.upgrade().is_some_and(|node| node.grid.is_abroad(worker))
            {
                // What another host cannot reach may be within reach from here.
                tracing::info!(worker, cause = error.cause, "a track failed on another host and is tried here");
                state.here = true;
                state.go_on(self);
                return;
            }
            if state.frames_epoch != epoch {
                state.frames.clear();
                state.frames_epoch = epoch;
            }
            state.ending = Some(Ending { error, turn });
            // Nobody has to listen for this to be over.
            state.frames.is_empty() && self.finish(&mut state)
        };
        if update {
            self.update();
        }
    }

    /// The radio plays something else.
    pub(crate) fn titled(&self, worker: WorkerId, epoch: u32, title: String) {
        let track = {
            let state = lock(&self.state);
            if state.worker != Some(worker) || state.epoch != epoch {
                return;
            }
            state.track.clone()
        };
        let mut fields = serde_json::Map::new();
        fields.insert("track".into(), serde_json::to_value(track).unwrap_or_default());
        fields.insert("title".into(), title.into());
        self.emit_extra("StreamTitleEvent", fields);
    }

    /// All frames have been sent, or there were none: the track ends, and what the queue has follows. Whether the client is to
    /// be told how the player is now.
    pub(super) fn finish(self: &Arc<Self>, state: &mut State) -> bool {
        let Some(Ending { error, turn }) = state.ending.take() else { return false };
        if turn.is_some_and(|number| self.turned(state, number)) {
            state.sounded = false;
        }
        let Some(track) = state.track.take() else { return false };
        state.unsaved = true;
        state.forget_next();
        self.end_layers(state);
        state.frames.clear();
        let failed = error.is_some() || !state.sounded;
        let reason = if error.is_some() && !state.sounded { EndReason::LoadFailed } else { EndReason::Finished };
        if let Some(exception) = error {
            let guild_id = self.guild_id.to_string();
            self.emit(Message::Event(Box::new(Event::TrackException { guild_id, track: track.clone(), exception })));
        }
        self.emit_end(track.clone(), reason);
        self.queue_on(state, &track, failed)
    }
}
