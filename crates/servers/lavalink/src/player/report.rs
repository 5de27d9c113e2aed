//! What workers say of a player.

use std::sync::Arc;

use super::{Ending, Player, Start};
use crate::engine::{Frame, WINDOW};
use crate::grid::WorkerId;
use crate::lock;
use crate::wire::{EndReason, Event, Exception, LoadResult, Message, Track};

/// Most frames that wait of one worker.
const MOST_WAITING: usize = 2 * WINDOW as usize;

impl Player {
    /// Frames came.
    pub(crate) fn frames(&self, worker: WorkerId, epoch: u32, frames: Vec<Frame>) {
        let (events, first) = {
            let mut state = lock(&self.state);
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
            state.frames.extend(frames.into_iter().take(room));
            (state.pass(self), first)
        };
        if let Some(node) = self.node.upgrade().filter(|_| first) {
            node.hasten(self.key);
        }
        self.tell_plugin(events);
    }

    /// No more frames will come.
    pub(crate) fn ended(self: &Arc<Self>, worker: WorkerId, epoch: u32, error: Option<Exception>) {
        let now = {
            let mut state = lock(&self.state);
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
            state.ending = Some(Ending { error });
            // Nobody has to listen for this to be over.
            state.frames.is_empty()
        };
        if now {
            self.finish();
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

    /// All frames have been sent, or there were none.
    pub(super) fn finish(self: &Arc<Self>) {
        let (track, error, sounded) = {
            let mut state = lock(&self.state);
            let Some(ending) = state.ending.take() else { return };
            let Some(track) = state.track.take() else { return };
            state.unsaved = true;
            state.next = None;
            state.layers.clear();
            state.frames.clear();
            (track, ending.error, state.sounded)
        };
        let reason = if error.is_some() && !sounded { EndReason::LoadFailed } else { EndReason::Finished };
        if let Some(exception) = error {
            let guild_id = self.guild_id.to_string();
            self.emit(Message::Event(Box::new(Event::TrackException { guild_id, track: track.clone(), exception })));
        }
        self.emit_end(track.clone(), reason);
        self.go_on(&track);
    }

    /// Where a queue is kept here, begins what follows in it.
    pub(crate) fn go_on(self: &Arc<Self>, ended: &Track) {
        let next = {
            let mut state = lock(&self.state);
            let Some(queue) = &mut state.queue else { return };
            queue.advance(Some(ended))
        };
        match next {
            Some(track) => {
                let position = u64::try_from(track.info.position).unwrap_or_default();
                self.start(Start { track, position }, None, false, EndReason::Finished);
                self.update();
            }
            None => self.autoplay(ended),
        }
    }

    /// Loads something like the last track where nothing is left and the client asked for that.
    fn autoplay(self: &Arc<Self>, ended: &Track) {
        let Some(template) = lock(&self.state).queue.as_ref().and_then(|queue| queue.autoplay.clone()) else { return };
        let Some(node) = self.node.upgrade() else { return };
        let info = &ended.info;
        let identifier = template
            .replace("{title}", &info.title)
            .replace("{author}", &info.author)
            .replace("{identifier}", &info.identifier)
            .replace("{isrc}", info.isrc.as_deref().unwrap_or_default());
        let player = Arc::downgrade(self);
        node.runtime.clone().spawn(async move {
            let found = match node.sources.load(&identifier).await {
                LoadResult::Track(track) => vec![*track],
                LoadResult::Search(tracks) => tracks,
                LoadResult::Playlist(playlist) => playlist.tracks,
                LoadResult::Empty | LoadResult::Error(_) => return,
            };
            let Some(player) = player.upgrade() else { return };
            let next = player.with(|state| {
                let queue = state.queue.as_ref()?;
                // Somebody may have been faster; and what was heard lately is not heard again.
                if state.track.is_some() {
                    return None;
                }
                let known =
                    |track: &Track| queue.history.iter().any(|old| old.info.identifier == track.info.identifier);
                found.into_iter().find(|track| !known(track))
            });
            if let Some(track) = next {
                let position = u64::try_from(track.info.position).unwrap_or_default();
                player.start(Start { track, position }, None, false, EndReason::Finished);
                player.update();
            }
        });
    }
}
