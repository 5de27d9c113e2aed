//! What follows where the node keeps the queue. All of it is decided while nobody else can change the player.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Map;

use super::{Player, Start, State};
use crate::grid::Needs;
use crate::wire::{EndReason, LoadResult, Track};

/// After so many tracks in a row that failed, the queue stands still.
const MOST_FAILURES: u32 = 6;
/// The pause behind the second of them; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// A track that was heard for so many frames has not failed at once.
const WELL: u64 = 500;

fn start(track: Track) -> Start {
    Start { position: u64::try_from(track.info.position).unwrap_or_default(), track }
}

/// The pause behind so many tracks in a row that failed: who skips one of them does not wait.
fn pause(failures: u32) -> Option<Duration> {
    failures.checked_sub(2).map(|more| PAUSE * 2_u32.saturating_pow(more))
}

impl Player {
    /// A track has ended, or failed: begins what follows it. Whether the client is to be told how the player is now.
    pub(super) fn queue_on(self: &Arc<Self>, state: &mut State, ended: &Track, failed: bool) -> bool {
        let short = state.counts.sent.saturating_sub(state.since) < WELL;
        state.failures = if failed && short { state.failures + 1 } else { 0 };
        let failures = state.failures;
        let Some(queue) = &mut state.queue else { return false };
        if !failed {
            let next = queue.advance(Some(ended));
            return self.begin_next(state, next, ended);
        }
        // What fails is not repeated, but in its turn.
        queue.leave(ended);
        if failures >= MOST_FAILURES {
            state.failures = 0;
            let mut fields = Map::new();
            fields.insert("failures".into(), failures.into());
            self.emit_extra("QueueStoppedEvent", fields);
            return false;
        }
        let Some(pause) = pause(failures) else {
            let next = queue.tracks.pop_front();
            return self.begin_next(state, next, ended);
        };
        let (Some(node), epoch) = (self.node.upgrade(), state.epoch) else { return false };
        let (player, ended) = (Arc::downgrade(self), ended.clone());
        node.runtime.spawn(async move {
            tokio::time::sleep(pause).await;
            let Some(player) = player.upgrade() else { return };
            let begun = player.with(|state| {
                // Somebody may have been faster.
                if state.epoch != epoch || state.track.is_some() {
                    return false;
                }
                let Some(queue) = &mut state.queue else { return false };
                let next = queue.tracks.pop_front();
                player.begin_next(state, next, &ended)
            });
            if begun {
                player.update();
            }
        });
        false
    }

    fn begin_next(self: &Arc<Self>, state: &mut State, next: Option<Track>, ended: &Track) -> bool {
        let Some(track) = next else {
            self.autoplay(state, ended);
            return false;
        };
        self.start_in(state, start(track), None, false, EndReason::Finished);
        true
    }

    /// Begins the next track where nothing plays, and says what follows.
    pub(crate) fn settle(&self) {
        let begun = self.with(|state| {
            let next =
                if state.track.is_none() { state.queue.as_mut().and_then(|queue| queue.advance(None)) } else { None };
            let Some(track) = next else {
                self.plan_in(state);
                return false;
            };
            state.waits = false;
            self.start_in(state, start(track), None, false, EndReason::Replaced);
            true
        });
        if begun {
            self.update();
        }
    }

    /// The next track, now. A track that is repeated is left by this.
    pub(crate) fn skip(&self) -> Option<Track> {
        self.go(|state| {
            let current = state.track.clone();
            let queue = state.queue.get_or_insert_default();
            if let Some(current) = &current {
                queue.leave(current);
            }
            let next = queue.tracks.pop_front();
            if next.is_none() {
                self.stop_in(state, EndReason::Stopped, None);
            }
            next
        })
    }

    /// The track before, now.
    pub(crate) fn back(&self) -> Option<Track> {
        self.go(|state| {
            let current = state.track.clone();
            state.queue.get_or_insert_default().back(current)
        })
    }

    fn go(&self, which: impl FnOnce(&mut State) -> Option<Track>) -> Option<Track> {
        let track = self.with(|state| {
            state.unsaved = true;
            let track = which(state)?;
            state.waits = false;
            self.start_in(state, start(track.clone()), None, false, EndReason::Replaced);
            Some(track)
        })?;
        self.update();
        Some(track)
    }

    /// Loads something like the last track where nothing is left and the client asked for that.
    fn autoplay(self: &Arc<Self>, state: &State, ended: &Track) {
        let Some(template) = state.queue.as_ref().and_then(|queue| queue.autoplay.clone()) else { return };
        let Some(node) = self.node.upgrade() else { return };
        let info = &ended.info;
        let identifier = template
            .replace("{title}", &info.title)
            .replace("{author}", &info.author)
            .replace("{identifier}", &info.identifier)
            .replace("{isrc}", info.isrc.as_deref().unwrap_or_default());
        let (player, epoch) = (Arc::downgrade(self), state.epoch);
        node.runtime.clone().spawn(async move {
            let found = match node.sources.load(&identifier).await {
                LoadResult::Track(track) => vec![*track],
                LoadResult::Search(tracks) => tracks,
                LoadResult::Playlist(playlist) => playlist.tracks,
                LoadResult::Empty | LoadResult::Error(_) => return,
            };
            let Some(player) = player.upgrade() else { return };
            // There is no client that could be told: where there is no processor time, it waits for some.
            let tier = player.with(|state| state.tier);
            let sources = found.first().iter().map(|track| track.info.source_name.as_str()).collect();
            let fits = node.grid.admit(&node, tier, &Needs { sources, ..Needs::default() });
            let begun = player.with(|state| {
                // Somebody may have been faster; and what was heard lately is not heard again.
                let Some(queue) = state.queue.as_ref().filter(|_| state.epoch == epoch && state.track.is_none()) else {
                    return false;
                };
                let known =
                    |track: &Track| queue.history.iter().any(|old| old.info.identifier == track.info.identifier);
                let Some(track) = found.into_iter().find(|track| !known(track)) else { return false };
                state.waits = !fits;
                player.start_in(state, start(track), None, false, EndReason::Finished);
                true
            });
            if begun {
                node.grid.wait();
                player.update();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_become_longer() {
        let pauses: Vec<_> = (0..6).map(|failures| pause(failures).map_or(0, |pause| pause.as_millis())).collect();
        assert_eq!(pauses, [0, 0, 250, 500, 1_000, 2_000]);
    }
}
