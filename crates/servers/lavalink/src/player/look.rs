//! What is held against the worker that a player has.

use std::time::{Duration, Instant};

use super::{Counts, State};
use crate::grid::{Missed, WorkerId};

/// What begins has so long until the first frame of it is missed.
const BEGINS: Duration = Duration::from_millis(500);

/// The last look: at which worker, what was counted until then, and what was lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looked {
    worker: WorkerId,
    counts: Counts,
    lost: u64,
    begins: bool,
}

/// What was counted since the last look.
#[derive(Clone, Debug)]
pub(crate) struct Since {
    pub(crate) missed: Missed,
    /// Whether something begins: nobody expects sound yet.
    pub(crate) begins: bool,
    /// Where the sound comes from, if any was missed.
    pub(crate) origin: String,
}

impl State {
    /// What was counted since the last look, if it has had the same worker since then: what was missed before is another's.
    pub(super) fn since_look(&mut self, worker: WorkerId, now: Instant) -> Option<Since> {
        let begins = self.taken == 0 && self.begun.is_some_and(|begun| now.saturating_duration_since(begun) < BEGINS);
        let lost = self.dropped + self.link.as_ref().map_or(0, |link| link.lost());
        let looked = Looked { worker, counts: self.counts, lost, begins };
        let before = self.looked.replace(looked).filter(|before| before.worker == worker)?;
        let missed = Missed {
            due: self.counts.due - before.counts.due,
            nulled: self.counts.nulled - before.counts.nulled,
            lost: lost.saturating_sub(before.lost),
        };
        let origin = if missed.nulled > 0 { self.origin() } else { String::new() };
        (missed.due > 0).then_some(Since { missed, begins: begins || before.begins, origin })
    }

    /// Where the sound of its track comes from: the host, or else the source.
    fn origin(&self) -> String {
        let Some(info) = self.track.as_ref().map(|track| &track.info) else { return String::new() };
        let uri = info.uri.as_deref().and_then(|uri| url::Url::parse(uri).ok());
        let host = uri.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        format!("{} {host}", info.source_name)
    }
}
