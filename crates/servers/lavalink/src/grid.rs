//! The workers: who is there, who is well, and who gets which player. A worker that dies or starves loses its players to
//! the others; nobody outside notices.

mod balance;
mod doubt;
mod health;
mod hello;
mod host;
mod join;
mod line;
mod process;
mod remote;
mod retry;
mod sealed;
#[cfg(test)]
mod tests;
mod watch;
mod worker;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use doubt::Doubts;
pub(crate) use health::Health;
pub use host::Door;
pub use join::{Join, join};
pub use remote::{ADDRESS, TOKEN, work};
use retry::Retry;
pub use sealed::WorkerKey;
pub(crate) use watch::LOOK;
use watch::Watch;
pub(crate) use worker::{Needs, Worker, WorkerView};
use worker::{Place, room};

use crate::engine::{Engine, Key, Order, Report, Sink, WINDOW};
use crate::lock;
use crate::node::Node;

/// A worker, for as long as the node lives.
pub(crate) type WorkerId = u64;

/// The highest tier of players.
pub(crate) const MOST_TIER: u8 = 3;
/// Before processor time is taken from more tiers, it is seen whether what was taken is enough.
const SETTLE: Duration = Duration::from_secs(2);

/// Frames that a worker on another host makes beside the usual: what is lost on the way comes again later than those last, and with
/// them nobody hears that it took longer to see that it is gone.
const LEAD: u32 = WINDOW;

/// All workers.
pub(crate) struct Grid {
    workers: Mutex<Vec<Arc<Worker>>>,
    next: AtomicU64,
    wanted: usize,
    processes: bool,
    /// Where workers of other hosts knock, and what closes that.
    door: Mutex<Option<(SocketAddr, tokio::task::AbortHandle)>>,
    /// How short processor time is: players of lower tiers are served more cheaply.
    short: AtomicU8,
    shortened: Mutex<Option<Instant>>,
    watch: Mutex<Watch>,
    retry: Mutex<Retry>,
    doubts: Mutex<Doubts>,
    /// Whether there was no worker for some player.
    lacked: AtomicBool,
    /// When a player was last to move to a worker that has fewer.
    moved: Mutex<Option<Instant>>,
    pub(crate) replaced: AtomicU64,
}

impl Grid {
    pub(crate) fn new(wanted: usize, processes: bool) -> Self {
        Self {
            workers: Mutex::default(),
            next: AtomicU64::new(1),
            wanted: wanted.max(1),
            processes,
            door: Mutex::default(),
            short: AtomicU8::new(0),
            shortened: Mutex::default(),
            watch: Mutex::default(),
            retry: Mutex::default(),
            doubts: Mutex::default(),
            lacked: AtomicBool::new(false),
            moved: Mutex::default(),
            replaced: AtomicU64::new(0),
        }
    }

    /// Starts workers until there are as many as wanted, or one comes to nothing: then it is tried again later. Those of other
    /// hosts come and go by themselves.
    pub(crate) fn fill(&self, node: &Arc<Node>) {
        while self.is_due() {
            if let Err(error) = self.start(node) {
                tracing::error!(%error, "failed to start a worker");
                lock(&self.retry).failed(Instant::now());
            }
        }
    }

    /// Whether there are too few workers, and it is time to start one.
    fn is_due(&self) -> bool {
        let stays = |worker: &&Arc<Worker>| !worker.is_abroad() && !worker.draining.load(Ordering::Relaxed);
        let have = lock(&self.workers).iter().filter(stays).count();
        have < self.wanted && lock(&self.retry).is_due(Instant::now())
    }

    /// Whether there is something to do: workers to be started, or players to be given to those that are there now.
    pub(crate) fn is_wanting(&self) -> bool {
        self.is_due()
            || self.lacked.load(Ordering::Relaxed) && lock(&self.workers).iter().any(|worker| worker.is_ready())
    }

    fn start(&self, node: &Arc<Node>) -> std::io::Result<()> {
        let id = self.next_id();
        let sink = sink(id, Arc::downgrade(node));
        let place = if self.processes {
            Place::Process(process::Child::start(node, id, sink)?)
        } else {
            Place::Threads(Engine::start(&id.to_string(), node.sources.clone(), node.runtime.clone(), sink)?)
        };
        lock(&self.workers).push(Arc::new(Worker::new(id, place)));
        Ok(())
    }

    fn next_id(&self) -> WorkerId {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn worker(&self, id: WorkerId) -> Option<Arc<Worker>> {
        lock(&self.workers).iter().find(|worker| worker.id == id).cloned()
    }

    /// Tells a worker something.
    pub(crate) fn tell(&self, id: WorkerId, order: Order) {
        if let Some(worker) = self.worker(id)
            && !worker.tell(order)
        {
            // Seen at the next look.
            worker.lost.store(true, Ordering::Relaxed);
        }
    }

    /// Tells a worker of frames that were taken, of each player and epoch in all.
    pub(crate) fn taken(&self, id: WorkerId, mut taken: Vec<(Key, u32, u32)>) {
        if self.is_abroad(id) {
            taken.iter_mut().for_each(|(_, _, frames)| *frames = frames.saturating_add(LEAD));
        }
        self.tell(id, Order::Taken(taken));
    }

    /// Lends the worker with the fewest players, of those that can play all that and are well.
    pub(crate) fn place(&self, needs: &Needs<'_>) -> Option<WorkerId> {
        let now = Instant::now();
        let workers = lock(&self.workers);
        let best = workers.iter().filter(|worker| worker.is_ready() && worker.serves(needs)).min_by_key(|worker| {
            let unwell = worker.is_doubted(now) || lock(&worker.health).score() < 50;
            (unwell, worker.players.load(Ordering::Relaxed))
        });
        let Some(best) = best else {
            self.lacked.store(true, Ordering::Relaxed);
            return None;
        };
        best.players.fetch_add(1, Ordering::Relaxed);
        Some(best.id)
    }

    /// Whether a worker can play all that. Of who is gone, nothing is known: others take over what it had.
    pub(crate) fn serves(&self, id: WorkerId, needs: &Needs<'_>) -> bool {
        self.worker(id).is_none_or(|worker| worker.serves(needs))
    }

    /// Whether a worker runs on another host.
    pub(crate) fn is_abroad(&self, id: WorkerId) -> bool {
        self.worker(id).is_some_and(|worker| worker.is_abroad())
    }

    /// A player needs its worker no more.
    pub(crate) fn release(&self, id: WorkerId) {
        if let Some(worker) = self.worker(id) {
            let _ = worker.players.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        }
    }

    /// Whether processor time is too short for players of a tier to be served as well as can be.
    pub(crate) fn is_short(&self, tier: u8) -> bool {
        tier < self.short.load(Ordering::Relaxed)
    }

    /// Whether one more player of a tier would be too many for those who can play what it needs: measured, not guessed. Higher
    /// tiers have a share for themselves.
    pub(crate) fn is_exhausted(&self, tier: u8, needs: &Needs<'_>) -> bool {
        let mut workers = lock(&self.workers).clone();
        workers.retain(|worker| worker.serves(needs));
        let (load, cost) = workers.iter().fold((0.0, 0.0_f64), |(load, cost), worker| {
            let health = lock(&worker.health);
            (load + health.load(), cost.max(health.cost()))
        });
        let share = 0.95 - 0.03 * f64::from(MOST_TIER.saturating_sub(tier));
        load + cost > room(workers.iter().map(Arc::as_ref)) * share
    }

    /// Looks after the workers: who died or starves, and is to be replaced.
    pub(crate) fn look(&self, node: &Arc<Node>) -> Vec<Arc<Worker>> {
        let now = Instant::now();
        lock(&self.watch).look(now);
        let workers = lock(&self.workers).clone();
        let mut deaths: Vec<_> = Vec::new();
        for worker in &workers {
            let heard = *lock(&worker.seen);
            let silent = lock(&self.watch).is_dead(heard, now);
            let lost = worker.lost.load(Ordering::Relaxed);
            let gone = worker.is_gone();
            if worker.leaves.load(Ordering::Relaxed) {
                tracing::info!(worker = worker.id, "a worker leaves");
                deaths.push(worker.clone());
            } else if gone || lost || silent {
                let quiet = now.saturating_duration_since(heard).as_millis();
                tracing::warn!(worker = worker.id, quiet, gone, lost, "a worker is dead");
                deaths.push(worker.clone());
            }
        }
        let load: f64 = workers.iter().map(|worker| lock(&worker.health).load()).sum();
        let room = room(workers.iter().map(Arc::as_ref)).max(1.0);
        if self.shorten(load / room, now) {
            node.retune();
        }
        Self::look_for_starving(node, &workers, now, &mut deaths);
        lock(&self.watch).looked(Instant::now());
        deaths
    }

    /// Takes workers away, puts others in their place, and gives players to them that had none. It starts processes and waits
    /// for those that ended.
    pub(crate) fn replace(&self, node: &Arc<Node>, workers: &[Arc<Worker>]) {
        for worker in workers {
            if !worker.is_abroad() && !worker.draining.load(Ordering::Relaxed) {
                let spoke = lock(&worker.health).is_known();
                lock(&self.retry).ended(worker.started, spoke, Instant::now());
            }
            if let Some(host) = worker.host().filter(|_| !worker.leaves.load(Ordering::Relaxed)) {
                lock(&self.doubts).lost(host, worker.started, Instant::now());
            }
            self.bury(node, worker);
        }
        self.fill(node);
        if self.lacked.swap(false, Ordering::Relaxed) {
            node.players().iter().for_each(|player| player.find_worker());
        }
        lock(&self.watch).looked(Instant::now());
    }

    /// Serves one tier more, or one less, at less cost: it depends on the share of the cores that is taken. Whether that changed.
    fn shorten(&self, load: f64, now: Instant) -> bool {
        let level = self.short.load(Ordering::Relaxed);
        let wanted = if load > 0.75 {
            level.saturating_add(1).min(MOST_TIER + 1)
        } else if load < 0.6 {
            level.saturating_sub(1)
        } else {
            level
        };
        let mut since = lock(&self.shortened);
        if wanted == level || since.is_some_and(|since| now.saturating_duration_since(since) < SETTLE) {
            return false;
        }
        *since = Some(now);
        self.short.store(wanted, Ordering::Relaxed);
        tracing::warn!(tiers = wanted, "processor time");
        true
    }

    /// Takes a worker away and gives its players to others.
    fn bury(&self, node: &Arc<Node>, worker: &Arc<Worker>) {
        lock(&self.workers).retain(|other| other.id != worker.id);
        self.replaced.fetch_add(1, Ordering::Relaxed);
        worker.end();
        self.fill(node);
        for player in node.players() {
            player.relocate(worker.id);
        }
    }

    /// Gives all players of a worker to others and lets it go, for an update.
    pub(crate) fn drain(&self, node: &Arc<Node>, id: WorkerId) -> bool {
        let Some(worker) = self.worker(id) else { return false };
        worker.draining.store(true, Ordering::Relaxed);
        self.fill(node);
        self.bury(node, &worker);
        true
    }

    /// Whose players miss frames although their sources have sound loses its players.
    fn look_for_starving(node: &Arc<Node>, workers: &[Arc<Worker>], now: Instant, dead: &mut Vec<Arc<Worker>>) {
        if workers.len() < 2 {
            return;
        }
        let mut counts: HashMap<WorkerId, (u64, u64)> = HashMap::new();
        for player in node.players() {
            if let Some((worker, since)) = player.with(crate::player::State::since_look) {
                let entry = counts.entry(worker).or_default();
                entry.0 += since.due;
                entry.1 += since.nulled;
            }
        }
        for worker in workers {
            let (due, nulled) = counts.get(&worker.id).copied().unwrap_or_default();
            let starving = lock(&worker.health).watch(now, due, nulled);
            let known = dead.iter().any(|dead| dead.id == worker.id);
            if starving && !known && !worker.draining.load(Ordering::Relaxed) {
                tracing::warn!(worker = worker.id, "a worker starves its players");
                dead.push(worker.clone());
            }
        }
    }

    /// Has all workers believed to be as busy as that.
    #[cfg(test)]
    pub(crate) fn strain(&self, beat: crate::engine::Beat) {
        for worker in lock(&self.workers).iter() {
            lock(&worker.health).beat(&beat);
        }
    }

    /// Lets all go, and nobody in.
    pub(crate) fn stop(&self) {
        if let Some((_, closes)) = lock(&self.door).take() {
            closes.abort();
        }
        for worker in std::mem::take(&mut *lock(&self.workers)) {
            worker.end();
        }
    }

    /// What is shown.
    pub(crate) fn view(&self) -> Vec<WorkerView> {
        lock(&self.workers).iter().map(|worker| worker.view()).collect()
    }
}

/// Where a worker's reports go.
fn sink(id: WorkerId, node: Weak<Node>) -> Sink {
    Arc::new(move |report| {
        let Some(node) = node.upgrade() else { return };
        match report {
            Report::Frames { player, epoch, frames } => {
                if let Some(player) = node.player(player) {
                    player.frames(id, epoch, frames);
                }
            }
            Report::Ended { player, epoch, error, turn } => {
                if let Some(player) = node.player(player) {
                    player.ended(id, epoch, error, turn);
                }
            }
            Report::Title { player, epoch, title } => {
                if let Some(player) = node.player(player) {
                    player.titled(id, epoch, title);
                }
            }
            Report::LayerEnded { player, id: layer } => {
                if let Some(player) = node.player(player) {
                    player.layer_ended(id, layer);
                }
            }
            Report::Leave => {
                if let Some(worker) = node.grid.worker(id) {
                    worker.draining.store(true, Ordering::Relaxed);
                    worker.leaves.store(true, Ordering::Relaxed);
                }
            }
            Report::Measured { name, loudness } => lock(&node.loudness).learn(name, loudness),
            Report::Beat(beat) => {
                if let Some(worker) = node.grid.worker(id) {
                    *lock(&worker.seen) = Instant::now();
                    if watch::hangs(beat.turn) {
                        worker.lost.store(true, Ordering::Relaxed);
                    }
                    lock(&worker.health).beat(&beat);
                }
            }
        }
    })
}
