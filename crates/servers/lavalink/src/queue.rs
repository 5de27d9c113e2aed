//! A queue kept by the node, for clients that ask for one: what follows, what was, and in which order.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::wire::Track;

/// Tracks of a queue.
pub(crate) const MOST: usize = 10_000;
/// Tracks that are remembered.
const MOST_HISTORY: usize = 100;

/// What happens at the end of a track.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Loop {
    /// The next follows.
    #[default]
    Off,
    /// It begins again.
    Track,
    /// It goes to the end of the queue.
    Queue,
}

/// A queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Queue {
    /// What follows.
    pub(crate) tracks: VecDeque<Track>,
    /// What was, newest first.
    pub(crate) history: VecDeque<Track>,
    /// What happens at the end.
    #[serde(rename = "loop")]
    pub(crate) mode: Loop,
    /// What is loaded when nothing is left: an identifier in which `{title}`, `{author}`, `{identifier}`, `{isrc}` stand for
    /// those of the last track.
    pub(crate) autoplay: Option<String>,
}

impl Queue {
    /// What comes after a track.
    pub(crate) fn peek(&self, current: Option<&Track>) -> Option<Track> {
        match self.mode {
            Loop::Track => current.cloned(),
            Loop::Off => self.tracks.front().cloned(),
            Loop::Queue => self.tracks.front().or(current).cloned(),
        }
    }

    /// A track is over: takes what comes after it.
    pub(crate) fn advance(&mut self, ended: Option<&Track>) -> Option<Track> {
        if let Some(ended) = ended {
            match self.mode {
                Loop::Track => return Some(ended.clone()),
                Loop::Queue => self.tracks.push_back(ended.clone()),
                Loop::Off => {}
            }
            self.remember(ended.clone());
        }
        self.tracks.pop_front()
    }

    /// A track is left, and is not repeated but in its turn.
    pub(crate) fn leave(&mut self, left: &Track) {
        if self.mode == Loop::Queue {
            self.tracks.push_back(left.clone());
        }
        self.remember(left.clone());
    }

    /// A track was over, and what was to follow has begun: it may have been changed since what that is.
    pub(crate) fn turned(&mut self, ended: &Track, now: &Track) {
        if self.mode == Loop::Track && ended.encoded == now.encoded {
            return;
        }
        self.leave(ended);
        if self.tracks.front().is_some_and(|front| front.encoded == now.encoded) {
            self.tracks.pop_front();
        }
    }

    /// The track before: what plays now goes back to the front.
    pub(crate) fn back(&mut self, current: Option<Track>) -> Option<Track> {
        let before = self.history.pop_front()?;
        if let Some(current) = current {
            self.tracks.push_front(current);
        }
        Some(before)
    }

    fn remember(&mut self, track: Track) {
        self.history.push_front(track);
        self.history.truncate(MOST_HISTORY);
    }

    /// Puts what follows into another order, with bytes for chance.
    pub(crate) fn shuffle(&mut self, mut chance: impl FnMut() -> u64) {
        let tracks = self.tracks.make_contiguous();
        for at in (1..tracks.len()).rev() {
            let bound = u64::try_from(at).unwrap_or(u64::MAX - 1) + 1;
            tracks.swap(at, usize::try_from(chance() % bound).unwrap_or_default());
        }
    }
}
