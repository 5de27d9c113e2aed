//! The workers: who is there, who is well, and who gets which player. A worker that dies or starves loses its players to
//! the others; nobody outside notices.

mod admit;
mod alarm;
mod balance;
mod doubt;
mod drain;
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
pub(crate) mod tests;
mod ward;
mod watch;
mod worker;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use admit::Admission;
use alarm::Alarm;
use doubt::Doubts;
pub(crate) use health::{Health, Missed};
pub use host::Door;
pub use join::{Join, join};
pub use remote::{ADDRESS, TOKEN, work};
use retry::Retry;
pub use sealed::WorkerKey;
use ward::{Famine, Found, Ward, blame};
use watch::{LOOK, Watch};
use worker::Place;
pub(crate) use worker::{Needs, Worker, WorkerView};

use crate::engine::{Engine, Order, Report, Sink, WINDOW};
use crate::lock;
use crate::node::Node;
use crate::player::Told;

/// A worker, for as long as the node lives.
pub(crate) type WorkerId = u64;

/// The highest tier of players.
pub(crate) const MOST_TIER: u8 = 3;
/// Who has a lower score gets players last.
const UNWELL: u8 = 50;
/// Where those whose packets go through come together, a worker has so many players before another one gets any.
const FULL: usize = 64;

/// Frames that a worker on another host makes beside the usual: what is lost on the way comes again later than those last, and with
/// them nobody hears that it took longer to see that it is gone.
const LEAD: u32 = WINDOW;

/// All workers.
pub(crate) struct Grid {
    workers: Mutex<Vec<Arc<Worker>>>,
    next: AtomicU64,
    wanted: usize,
    processes: bool,
    /// Held by who starts workers: two at once would start one too many.
    filling: Mutex<()>,
    /// Where workers of other hosts knock, and what closes that.
    door: Mutex<Option<(SocketAddr, tokio::task::AbortHandle)>>,
    /// How short processor time is: players of lower tiers are served more cheaply.
    short: AtomicU8,
    admission: Mutex<Admission>,
    /// Whether players wait for processor time.
    waits: AtomicBool,
    famine: Mutex<Famine>,
    ward: Mutex<Ward>,
    watch: Mutex<Watch>,
    retry: Mutex<Retry>,
    doubts: Mutex<Doubts>,
    /// Whether there was no worker for some player.
    lacked: AtomicBool,
    /// When a player was last to move to a worker that has fewer.
    moved: Mutex<Option<Instant>>,
    pub(crate) replaced: AtomicU64,
    /// Somebody is to be looked at now.
    pub(crate) alarm: Arc<Alarm>,
}

impl Grid {
    pub(crate) fn new(wanted: usize, processes: bool) -> Self {
        Self {
            workers: Mutex::default(),
            next: AtomicU64::new(1),
            wanted: wanted.max(1),
            processes,
            filling: Mutex::default(),
            door: Mutex::default(),
            short: AtomicU8::new(0),
            admission: Mutex::default(),
            waits: AtomicBool::new(false),
            famine: Mutex::default(),
            ward: Mutex::default(),
            watch: Mutex::default(),
            retry: Mutex::default(),
            doubts: Mutex::default(),
            lacked: AtomicBool::new(false),
            moved: Mutex::default(),
            replaced: AtomicU64::new(0),
            alarm: Arc::default(),
        }
    }

    /// Starts workers until there are as many as wanted, or one comes to nothing: then it is tried again later. Those of other
    /// hosts come and go by themselves.
    pub(crate) fn fill(&self, node: &Arc<Node>) {
        let _alone = lock(&self.filling);
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
        if let Some(worker) = self.worker(id) {
            self.order(&worker, order);
        }
    }

    fn order(&self, worker: &Worker, order: Order) {
        if !worker.tell(order) {
            worker.lost.store(true, Ordering::Relaxed);
            self.alarm.raise();
        }
    }

    /// Tells a worker of frames that were taken, and notes what its players missed.
    pub(crate) fn taken(&self, id: WorkerId, told: &[Told]) {
        let Some(worker) = self.worker(id) else { return };
        worker.note(told, Instant::now());
        let lead = if worker.is_abroad() { LEAD } else { 0 };
        let taken = told.iter().map(|told| (told.player, told.epoch, told.taken.saturating_add(lead)));
        self.order(&worker, Order::Taken(taken.collect()));
    }

    /// Lends the worker with the fewest players, of those that can play all that and are well. Where packets go through, and that is one
    /// of threads, it is the one of threads that has the most and has room.
    pub(crate) fn place(&self, needs: &Needs<'_>) -> Option<WorkerId> {
        let now = Instant::now();
        let workers = lock(&self.workers);
        let able = || workers.iter().filter(|worker| worker.is_ready() && worker.serves(needs));
        let players = |worker: &&Arc<Worker>| worker.players.load(Ordering::Relaxed);
        let unwell = |worker: &Worker| worker.is_doubted(now) || worker.score() < UNWELL;
        let fewest = able().min_by_key(|worker| (unwell(worker), players(worker)));
        let Some(mut best) = fewest else {
            self.lacked.store(true, Ordering::Relaxed);
            return None;
        };
        if needs.through && best.gathers() {
            let gathers = |worker: &&Arc<Worker>| {
                worker.gathers() && (1..FULL).contains(&players(worker)) && !worker.lost.load(Ordering::Relaxed)
            };
            best = able().filter(gathers).filter(|worker| !unwell(worker)).max_by_key(players).unwrap_or(best);
        }
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

    /// Whether a worker is being let go.
    pub(crate) fn is_leaving(&self, id: WorkerId) -> bool {
        self.worker(id).is_some_and(|worker| worker.draining.load(Ordering::Relaxed))
    }

    /// A player needs its worker no more.
    pub(crate) fn release(&self, id: WorkerId) {
        if let Some(worker) = self.worker(id) {
            let _ = worker.players.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
        }
    }

    /// How long nobody has to look after the workers.
    pub(crate) fn pause(&self) -> Duration {
        let threads = lock(&self.workers).iter().all(|worker| worker.gathers());
        if threads { 2 * LOOK } else { LOOK }
    }

    /// Looks after the workers: who died and is to be replaced, and if all is looked at, who starves its players, who is ill, and
    /// whether there is processor time for everybody.
    pub(crate) fn look(&self, node: &Arc<Node>, whole: bool) -> Vec<Arc<Worker>> {
        let (now, every) = (Instant::now(), self.pause());
        lock(&self.watch).look(now, every);
        let workers = lock(&self.workers).clone();
        let mut deaths: Vec<_> = Vec::new();
        for worker in &workers {
            let heard = *lock(&worker.seen);
            let silent = lock(&self.watch).is_dead(heard, now);
            let lost = worker.lost.load(Ordering::Relaxed);
            let gone = worker.is_gone();
            if gone || lost || silent {
                let quiet = now.saturating_duration_since(heard).as_millis();
                tracing::warn!(worker = worker.id, quiet, gone, lost, "a worker is dead");
                deaths.push(worker.clone());
            }
        }
        self.begin_waiting(node);
        if whole {
            if self.shorten(&workers, node.clocks(), now) {
                node.retune();
            }
            self.look_for_starving(&workers, now, &mut deaths);
            self.look_for_ill(&workers, now);
        }
        for worker in self.empty(node, &workers, now) {
            if !deaths.iter().any(|dead| dead.id == worker.id) {
                tracing::info!(worker = worker.id, "a worker is let go");
                deaths.push(worker);
            }
        }
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
            let asked = worker.draining.load(Ordering::Relaxed) && !worker.starves.load(Ordering::Relaxed);
            if let Some(host) = worker.host().filter(|_| !asked) {
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

    /// Takes a worker away and gives its players to others.
    fn bury(&self, node: &Arc<Node>, worker: &Arc<Worker>) {
        lock(&self.workers).retain(|other| other.id != worker.id);
        self.replaced.fetch_add(1, Ordering::Relaxed);
        self.fill(node);
        for player in node.players() {
            player.relocate(worker.id);
        }
        worker.end();
    }

    /// Takes a worker away as if it had died: its players go on elsewhere behind what waits to be sent.
    #[cfg(test)]
    pub(crate) fn drain(&self, node: &Arc<Node>, id: WorkerId) -> bool {
        let Some(worker) = self.worker(id) else { return false };
        worker.draining.store(true, Ordering::Relaxed);
        self.fill(node);
        self.bury(node, &worker);
        true
    }

    /// Whose players miss frames although their sources have sound loses its players, once another is there for them.
    fn look_for_starving(&self, workers: &[Arc<Worker>], now: Instant, dead: &mut Vec<Arc<Worker>>) {
        let plates: HashMap<_, _> =
            workers.iter().map(|worker| (worker.id, std::mem::take(&mut *lock(&worker.plate)))).collect();
        let blame = blame(&plates);
        for worker in workers {
            let missed = blame.get(&worker.id).copied().unwrap_or_default();
            let starving = lock(&worker.health).watch(now, missed);
            if starving && !worker.draining.load(Ordering::Relaxed) && lock(&self.famine).replaces(worker.started, now)
            {
                tracing::warn!(worker = worker.id, "a worker starves its players");
                worker.draining.store(true, Ordering::Relaxed);
                worker.starves.store(true, Ordering::Relaxed);
            }
            // Where nobody else is, it is better than none.
            let other = workers.iter().any(|other| other.id != worker.id && other.lives());
            if worker.starves.load(Ordering::Relaxed) && other && !dead.iter().any(|dead| dead.id == worker.id) {
                dead.push(worker.clone());
            }
        }
    }

    /// Who is ill while another is well is let go before anybody hears it.
    fn look_for_ill(&self, workers: &[Arc<Worker>], now: Instant) {
        let stay = workers.iter().filter(|worker| !worker.draining.load(Ordering::Relaxed));
        let found = |worker: &Arc<Worker>| {
            let (score, takes) = (worker.score(), worker.has_room(now));
            Found { id: worker.id, score, busy: worker.players.load(Ordering::Relaxed) > 0, takes }
        };
        let found: Vec<_> = stay.map(found).collect();
        let Some(id) = lock(&self.ward).drains(&found, now) else { return };
        if let Some(worker) = workers.iter().find(|worker| worker.id == id) {
            tracing::warn!(worker = id, health = ?found, "a worker is ill and is let go");
            worker.retire(now);
        }
    }

    /// Kills a worker: it makes no sound any more, says nothing, and nobody is told.
    #[cfg(test)]
    pub(crate) fn kill(&self, id: WorkerId) -> bool {
        self.worker(id).is_some_and(|worker| worker.tell(Order::Quit))
    }

    /// Has all workers believed to be as busy as that.
    #[cfg(test)]
    pub(crate) fn strain(&self, beat: crate::engine::Beat) {
        for worker in lock(&self.workers).iter() {
            lock(&worker.health).beat(&beat);
        }
    }

    /// The same of one.
    #[cfg(test)]
    pub(crate) fn strain_one(&self, id: WorkerId, beat: &crate::engine::Beat) {
        if let Some(worker) = self.worker(id) {
            lock(&worker.health).beat(beat);
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
                    tracing::info!(worker = id, "a worker wants to go");
                    worker.retire(Instant::now());
                }
            }
            Report::Measured { name, loudness } => lock(&node.loudness).learn(name, loudness),
            Report::Beat(beat) => {
                if let Some(worker) = node.grid.worker(id) {
                    *lock(&worker.seen) = Instant::now();
                    if watch::hangs(beat.turn) {
                        worker.lost.store(true, Ordering::Relaxed);
                        node.grid.alarm.raise();
                    }
                    lock(&worker.health).beat(&beat);
                }
            }
        }
    })
}
