//! The workers: who is there, who is well, and who gets which player. A worker that dies or starves loses its players to
//! the others; nobody outside notices.

mod health;
mod process;
mod remote;
mod watch;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

pub(crate) use health::Health;
pub use remote::{ADDRESS, TOKEN, work};
pub(crate) use watch::LOOK;
use watch::Watch;

use crate::engine::{Engine, Order, Report, Sink};
use crate::lock;
use crate::node::Node;

/// A worker, for as long as the node lives.
pub(crate) type WorkerId = u64;

/// The highest tier of players.
pub(crate) const MOST_TIER: u8 = 3;
/// Before processor time is taken from more tiers, it is seen whether what was taken is enough.
const SETTLE: Duration = Duration::from_secs(2);

/// Where a worker runs.
enum Place {
    Threads(Engine),
    Process(process::Child),
}

/// A worker.
pub(crate) struct Worker {
    pub(crate) id: WorkerId,
    place: Place,
    players: AtomicUsize,
    seen: Mutex<Instant>,
    /// It cannot be told anything any more, or hangs.
    lost: AtomicBool,
    draining: AtomicBool,
    pub(crate) health: Mutex<Health>,
}

/// All workers.
pub(crate) struct Grid {
    workers: Mutex<Vec<Arc<Worker>>>,
    next: AtomicU64,
    wanted: usize,
    processes: bool,
    /// How short processor time is: players of lower tiers are served more cheaply.
    short: AtomicU8,
    shortened: Mutex<Option<Instant>>,
    watch: Mutex<Watch>,
    pub(crate) replaced: AtomicU64,
}

/// What is shown of a worker.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkerView {
    pub(crate) id: WorkerId,
    pub(crate) kind: &'static str,
    pub(crate) pid: Option<u32>,
    pub(crate) players: usize,
    pub(crate) draining: bool,
    pub(crate) score: u8,
    pub(crate) load: f64,
    pub(crate) frames_per_second: f64,
    pub(crate) history: Vec<f64>,
}

impl Grid {
    pub(crate) fn new(wanted: usize, processes: bool) -> Self {
        Self {
            workers: Mutex::default(),
            next: AtomicU64::new(1),
            wanted: wanted.max(1),
            processes,
            short: AtomicU8::new(0),
            shortened: Mutex::default(),
            watch: Mutex::default(),
            replaced: AtomicU64::new(0),
        }
    }

    /// Starts workers until there are as many as wanted.
    pub(crate) fn fill(&self, node: &Arc<Node>) {
        loop {
            let have = lock(&self.workers).iter().filter(|worker| !worker.draining.load(Ordering::Relaxed)).count();
            if have >= self.wanted {
                return;
            }
            if let Err(error) = self.start(node) {
                tracing::error!(%error, "failed to start a worker");
                return;
            }
        }
    }

    fn start(&self, node: &Arc<Node>) -> std::io::Result<()> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let sink = sink(id, Arc::downgrade(node));
        let place = if self.processes {
            Place::Process(process::Child::start(node, id, sink)?)
        } else {
            Place::Threads(Engine::start(&id.to_string(), node.sources.clone(), node.runtime.clone(), sink)?)
        };
        let worker = Arc::new(Worker {
            id,
            place,
            players: AtomicUsize::new(0),
            // A process needs a while until it says something.
            seen: Mutex::new(Instant::now() + Duration::from_secs(2)),
            lost: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            health: Mutex::default(),
        });
        lock(&self.workers).push(worker);
        Ok(())
    }

    fn worker(&self, id: WorkerId) -> Option<Arc<Worker>> {
        lock(&self.workers).iter().find(|worker| worker.id == id).cloned()
    }

    /// Tells a worker something.
    pub(crate) fn tell(&self, id: WorkerId, order: Order) {
        if let Some(worker) = self.worker(id) {
            let told = match &worker.place {
                Place::Threads(engine) => engine.tell(order),
                Place::Process(child) => child.tell(order),
            };
            if !told {
                // Seen at the next look.
                worker.lost.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Lends the worker with the fewest players, of those that are well.
    pub(crate) fn place(&self) -> Option<WorkerId> {
        let workers = lock(&self.workers);
        let best = workers.iter().filter(|worker| !worker.draining.load(Ordering::Relaxed)).min_by_key(|worker| {
            let unwell = lock(&worker.health).score() < 50;
            (unwell, worker.players.load(Ordering::Relaxed))
        })?;
        best.players.fetch_add(1, Ordering::Relaxed);
        Some(best.id)
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

    /// Whether one more player of a tier would be too many: measured, not guessed. Higher tiers have a share for themselves.
    pub(crate) fn is_exhausted(&self, tier: u8) -> bool {
        let workers = lock(&self.workers);
        let (load, cost, count) = workers.iter().fold((0.0, 0.0_f64, 0.0), |(load, cost, count), worker| {
            let health = lock(&worker.health);
            (load + health.load(), cost.max(health.cost()), count + 1.0)
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // A renderer is one thread: it cannot have more than a core.
        let room: f64 = f64::min(count, f64::from(u32::try_from(cores).unwrap_or(1)));
        let share = 0.95 - 0.03 * f64::from(MOST_TIER.saturating_sub(tier));
        load + cost > room * share
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
            let gone = matches!(&worker.place, Place::Process(child) if child.is_gone());
            if gone || lost || silent {
                let quiet = now.saturating_duration_since(heard).as_millis();
                tracing::warn!(worker = worker.id, quiet, gone, lost, "a worker is dead");
                deaths.push(worker.clone());
            }
        }
        let load: f64 = workers.iter().map(|worker| lock(&worker.health).load()).sum();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = f64::from(u32::try_from(cores.min(workers.len())).unwrap_or(1));
        if self.shorten(load / cores, now) {
            node.retune();
        }
        Self::look_for_starving(node, &workers, now, &mut deaths);
        lock(&self.watch).looked(Instant::now());
        deaths
    }

    /// Takes workers away and puts others in their place. It starts processes and waits for those that ended.
    pub(crate) fn replace(&self, node: &Arc<Node>, workers: &[Arc<Worker>]) {
        for worker in workers {
            self.bury(node, worker);
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

    /// Lets all go.
    pub(crate) fn stop(&self) {
        for worker in std::mem::take(&mut *lock(&self.workers)) {
            worker.end();
        }
    }

    /// What is shown.
    pub(crate) fn view(&self) -> Vec<WorkerView> {
        lock(&self.workers)
            .iter()
            .map(|worker| {
                let health = lock(&worker.health);
                let (kind, pid) = match &worker.place {
                    Place::Threads(_) => ("threads", None),
                    Place::Process(child) => ("process", Some(child.pid())),
                };
                WorkerView {
                    id: worker.id,
                    kind,
                    pid,
                    players: worker.players.load(Ordering::Relaxed),
                    draining: worker.draining.load(Ordering::Relaxed),
                    score: health.score(),
                    load: health.load(),
                    frames_per_second: health.frames_per_second(),
                    history: health.history(),
                }
            })
            .collect()
    }
}

impl Worker {
    fn end(&self) {
        match &self.place {
            Place::Threads(engine) => {
                engine.tell(Order::Quit);
            }
            Place::Process(child) => child.end(),
        }
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
            Report::Ended { player, epoch, error } => {
                if let Some(player) = node.player(player) {
                    player.ended(id, epoch, error);
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
