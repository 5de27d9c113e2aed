//! Words of what plays, line by line as they are sung: for clients that subscribed to them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Player, State};
use crate::lock;
use crate::wire::{Line, Lyrics};

/// What is further than this from where the track was a moment ago, in milliseconds, was wound to.
const JUMP: u64 = 1_000;
/// Lines that are told for one frame: many at one time are no song.
const MOST_LINES: usize = 16;

/// Who wants to hear of words, and those of the track. What each tick looks at stands in front.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Words {
    lines: Vec<Line>,
    /// What is to be told.
    events: Vec<Value>,
    pub(super) subscribed: bool,
    /// Rises with each track.
    turn: u64,
    /// Lines up to the one that is sung.
    sung: usize,
    /// Where the track was last.
    at: Option<u64>,
}

impl Words {
    /// Another track, or nobody who wants to know: nothing is known of it.
    fn forget(&mut self) {
        *self = Self { subscribed: self.subscribed, turn: self.turn + 1, ..Self::default() };
    }

    /// The track is here. Lines that come are told in turn; after a jump only the one is that is sung there.
    pub(super) fn reach(&mut self, position: u64) {
        if self.lines.is_empty() {
            return;
        }
        let now = i64::try_from(position).unwrap_or(i64::MAX);
        let sung = self.lines.partition_point(|line| line.timestamp <= now);
        let far = self.at.replace(position).is_none_or(|at| at.abs_diff(position) > JUMP);
        let jumps = far || sung < self.sung;
        let from = if jumps { sung.saturating_sub(1) } else { self.sung.max(sung.saturating_sub(MOST_LINES)) };
        let changed = std::mem::replace(&mut self.sung, sung) != sung;
        if !changed && !jumps {
            return;
        }
        for (index, line) in self.lines.iter().enumerate().take(sung).skip(from) {
            let late = u64::try_from(now - line.timestamp).is_ok_and(|late| late > JUMP);
            let event = json!({ "type": "LyricsLineEvent", "lineIndex": index, "line": line, "skipped": late });
            self.events.push(event);
        }
    }

    /// What is to be told.
    pub(super) fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }
}

impl Player {
    /// Tells of words from now on.
    pub(crate) fn subscribe(&self) {
        let mut state = lock(&self.state);
        if !state.words.subscribed {
            state.words.subscribed = true;
            state.unsaved = true;
            self.look_for_words(&mut state);
        }
    }

    /// And no longer.
    pub(crate) fn unsubscribe(&self) {
        let mut state = lock(&self.state);
        state.words.subscribed = false;
        state.words.forget();
        state.unsaved = true;
    }

    /// Asks for the words of the track that begins.
    pub(super) fn look_for_words(&self, state: &mut State) {
        state.words.forget();
        let turn = state.words.turn;
        let (Some(node), Some(track)) = (self.node.upgrade(), state.track.as_ref().filter(|_| state.words.subscribed))
        else {
            return;
        };
        let Some(player) = node.player(self.key).map(|player| Arc::downgrade(&player)) else { return };
        let info = track.info.clone();
        node.runtime.clone().spawn(async move {
            let words = node.sources.lyrics(&info).await;
            drop(node);
            if let Some(player) = player.upgrade() {
                player.learn_words(turn, words);
            }
        });
    }

    fn learn_words(&self, turn: u64, words: Option<Lyrics>) {
        let mut state = lock(&self.state);
        if state.words.turn != turn || state.track.is_none() {
            return;
        }
        let event = match words.filter(|words| !words.lines.is_empty()) {
            Some(words) => {
                let event = json!({ "type": "LyricsFoundEvent", "lyrics": words });
                state.words.lines = words.lines;
                event
            }
            None => json!({ "type": "LyricsNotFoundEvent" }),
        };
        self.tell_plugin(vec![event]);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_in_turn_and_after_a_jump_the_one_that_is_sung() {
        let line = |timestamp| Line { timestamp, ..Line::default() };
        let lines = [0, 1_000, 2_000, 2_000, 9_000].map(line).to_vec();
        let mut words = Words { lines, ..Words::default() };
        let mut told = |position| {
            words.reach(position);
            let told = words.take();
            let told = told.iter().map(|line| {
                (line.get("lineIndex").unwrap().as_u64().unwrap(), line.get("skipped").unwrap().as_bool().unwrap())
            });
            told.collect::<Vec<_>>()
        };
        for (position, lines) in [
            (0, &[(0, false)][..]),
            (20, &[]),
            (980, &[]),
            (1_000, &[(1, false)]),
            (1_990, &[]),
            (2_010, &[(2, false), (3, false)]),
            (2_030, &[]),
            // Wound back, and forth, and to where the same line is sung.
            (1_500, &[(1, false)]),
            (20_000, &[(4, true)]),
            (30_000, &[(4, true)]),
            (30_020, &[]),
            (500, &[(0, false)]),
        ] {
            assert_eq!(told(position), lines, "{position}");
        }
        // A thousand lines at one time are not a thousand messages.
        let mut words = Words { lines: (0..1_000).map(|_| line(40)).collect(), ..Words::default() };
        words.reach(20);
        words.reach(40);
        assert_eq!(words.take().len(), MOST_LINES);
    }
}
