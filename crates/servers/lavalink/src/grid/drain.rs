//! A worker is let go while it works: its players move to others before anybody hears of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Grid, Needs, Worker, WorkerId};
use crate::engine::Key;
use crate::lock;
use crate::node::Node;
use crate::player::Off;

/// Who is still there after so long is taken away with it: those go on behind 240 ms of frames.
pub(super) const MOST: Duration = Duration::from_secs(15);
/// Players that begin to move at one look.
const MOST_MOVES: usize = 16;
/// So many milliseconds a new worker has to open a track, and where that was too short, so many at the next try.
const LEAD: u64 = 3_000;
const LEAD_AGAIN: u64 = 7_000;

/// A worker that is being let go.
#[derive(Debug)]
pub(super) struct Drain {
    begun: Instant,
    /// How often each of its players has begun to move.
    tries: HashMap<Key, u32>,
}

impl Grid {
    /// Begins to let a worker go: another is started in its place, and its players move one by one. False where there is none.
    pub(crate) fn retire(&self, node: &Arc<Node>, id: WorkerId) -> bool {
        let Some(worker) = self.worker(id) else { return false };
        worker.retire(Instant::now());
        self.fill(node);
        true
    }

    /// As [`Grid::retire`], and waits until it is gone.
    pub(crate) async fn retired(&self, node: &Arc<Node>, id: WorkerId) -> bool {
        let (there, begun) = (node.clone(), Instant::now());
        let known = tokio::task::spawn_blocking(move || there.grid.retire(&there, id)).await.unwrap_or_default();
        while known && self.worker(id).is_some() && begun.elapsed() < MOST * 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        known
    }

    /// Has a worker believed to be let go for so much longer.
    #[cfg(test)]
    pub(crate) fn age(&self, id: WorkerId, by: Duration) {
        let Some(worker) = self.worker(id) else { return };
        if let Some(drain) = lock(&worker.drain).as_mut() {
            drain.begun = drain.begun.checked_sub(by).unwrap_or(drain.begun);
        }
    }

    /// Has players of workers that are let go move on; which of those are done with.
    pub(super) fn empty(&self, node: &Node, workers: &[Arc<Worker>], now: Instant) -> Vec<Arc<Worker>> {
        let leaving = workers.iter().filter(|worker| worker.draining.load(Ordering::Relaxed));
        leaving.filter(|worker| self.is_empty(node, worker, now)).cloned().collect()
    }

    fn is_empty(&self, node: &Node, worker: &Arc<Worker>, now: Instant) -> bool {
        let mut drain = lock(&worker.drain);
        let Some(drain) = drain.as_mut() else { return false };
        // Where nobody else is, it is better than none.
        if now.saturating_duration_since(drain.begun) >= MOST && self.lives_beside(worker) {
            tracing::warn!(worker = worker.id, "a worker goes before all of its players have");
            return true;
        }
        let (mut left, mut begun) = (0, 0);
        for player in node.players() {
            let tries = drain.tries.entry(player.key).or_default();
            let lead = if *tries == 0 { LEAD } else { LEAD_AGAIN };
            let off =
                player.move_off(worker.id, lead, |needs| (begun < MOST_MOVES).then(|| self.lend_any(needs)).flatten());
            match off {
                Off::Gone => continue,
                Off::Begins => {
                    *tries += 1;
                    begun += 1;
                }
                Off::Waits => {}
            }
            left += 1;
        }
        left == 0
    }

    /// Whether there is another worker that is there to stay and plays everything.
    fn lives_beside(&self, worker: &Worker) -> bool {
        lock(&self.workers).iter().any(|other| other.id != worker.id && !other.is_abroad() && other.lives())
    }

    /// Lends the worker with the fewest players, of those that are there to stay, live, and can play all that.
    fn lend_any(&self, needs: &Needs<'_>) -> Option<WorkerId> {
        let workers = lock(&self.workers);
        let fit = workers.iter().filter(|worker| worker.lives() && worker.serves(needs));
        let best = fit.min_by_key(|worker| (worker.score() < super::UNWELL, worker.players.load(Ordering::Relaxed)))?;
        best.players.fetch_add(1, Ordering::Relaxed);
        Some(best.id)
    }
}

impl Worker {
    /// Whether it is there to stay, and has said that it lives.
    pub(super) fn lives(&self) -> bool {
        self.is_ready() && !self.lost.load(Ordering::Relaxed) && lock(&self.health).is_known()
    }

    /// It gets no more players, and loses those that it has.
    pub(super) fn retire(&self, now: Instant) {
        self.draining.store(true, Ordering::Relaxed);
        lock(&self.drain).get_or_insert_with(|| Drain { begun: now, tries: HashMap::new() });
    }
}
