//! A worker as the grid knows it, wherever it runs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::balance::STEADY;
use super::drain::Drain;
use super::host::Host;
use super::ward::Plate;
use super::{Health, WorkerId, process};
use crate::engine::{Engine, Order};
use crate::lock;
use crate::player::Told;

/// Who has a lower score gets no players of others.
const WELL: u8 = 80;
/// Nor who would render for more of a core than that.
const ROOM: f64 = 0.6;

/// Where a worker runs.
pub(super) enum Place {
    Threads(Engine),
    Process(process::Child),
    Host(Box<Host>),
}

/// A worker.
pub(crate) struct Worker {
    pub(crate) id: WorkerId,
    place: Place,
    /// When it came.
    pub(super) started: Instant,
    pub(super) players: AtomicUsize,
    pub(super) seen: Mutex<Instant>,
    /// It cannot be told anything any more, or hangs.
    pub(super) lost: AtomicBool,
    /// It gets no more players.
    pub(super) draining: AtomicBool,
    /// Its players move to others.
    pub(super) drain: Mutex<Option<Drain>>,
    /// It starves its players, and loses them.
    pub(super) starves: AtomicBool,
    pub(crate) health: Mutex<Health>,
    /// What its players missed since the last look.
    pub(super) plate: Mutex<Plate>,
}

/// What a player needs of a worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs<'a> {
    /// Names of the sources of all that is to be heard.
    pub(crate) sources: Vec<&'a str>,
    /// Whether it has failed on another host.
    pub(crate) here: bool,
    /// Whether its packets are likely to go through as they came: next to no work, but for waking up.
    pub(crate) through: bool,
}

/// What is shown of a worker.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkerView {
    pub(crate) id: WorkerId,
    pub(crate) kind: &'static str,
    pub(crate) pid: Option<u32>,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) players: usize,
    pub(crate) draining: bool,
    pub(crate) score: u8,
    pub(crate) load: f64,
    /// Of what the score is made.
    pub(crate) rendering: f64,
    pub(crate) queue: f64,
    pub(crate) ahead: f64,
    pub(crate) missed: f64,
    pub(crate) slope: f64,
    pub(crate) loss: f64,
    pub(crate) frames_per_second: f64,
    pub(crate) history: Vec<f64>,
}

impl Worker {
    pub(super) fn new(id: WorkerId, place: Place) -> Self {
        Self {
            id,
            place,
            players: AtomicUsize::new(0),
            started: Instant::now(),
            // Some need a while until they say something.
            seen: Mutex::new(Instant::now() + process::HELLO),
            lost: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            drain: Mutex::default(),
            starves: AtomicBool::new(false),
            health: Mutex::default(),
            plate: Mutex::default(),
        }
    }

    /// Tells it something; false when it is gone.
    pub(super) fn tell(&self, order: Order) -> bool {
        match &self.place {
            Place::Threads(engine) => engine.tell(order),
            Place::Process(child) => child.tell(order),
            Place::Host(host) => host.tell(order),
        }
    }

    /// Notes what its players missed.
    pub(super) fn note(&self, told: &[Told], now: Instant) {
        let (health, mut plate) = (lock(&self.health), lock(&self.plate));
        for told in told {
            if let Some(since) = &told.since {
                plate.add(since, health.excuses(told.player, now));
            }
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        match &self.place {
            Place::Threads(_) => false,
            Place::Process(child) => child.is_gone(),
            Place::Host(host) => host.is_gone(),
        }
    }

    /// Whether players whose packets go through come together there: threads have no walls between them that would be worth their
    /// waking up.
    pub(super) fn gathers(&self) -> bool {
        matches!(self.place, Place::Threads(_))
    }

    /// Whether it runs on another host.
    pub(super) fn is_abroad(&self) -> bool {
        matches!(self.place, Place::Host(_))
    }

    /// The process on another host that it belongs to.
    pub(super) fn host(&self) -> Option<&str> {
        match &self.place {
            Place::Threads(_) | Place::Process(_) => None,
            Place::Host(host) => Some(&host.name),
        }
    }

    /// How long it is looked at before others give it players.
    fn steady(&self) -> Duration {
        match &self.place {
            Place::Threads(_) | Place::Process(_) => STEADY,
            Place::Host(host) => host.steady,
        }
    }

    /// Whether it was lost so often that players come to it only where there is nobody else, for a while.
    pub(super) fn is_doubted(&self, now: Instant) -> bool {
        let steady = self.steady();
        steady > STEADY && now.saturating_duration_since(self.started) < steady
    }

    /// Whether it can play all that. Workers of the node can play everything.
    pub(super) fn serves(&self, needs: &Needs<'_>) -> bool {
        match &self.place {
            Place::Threads(_) | Place::Process(_) => true,
            Place::Host(host) => !needs.here && needs.sources.iter().all(|source| host.has(source)),
        }
    }

    /// Whether players may be given to it. Who comes from elsewhere has to have said that it lives.
    pub(super) fn is_ready(&self) -> bool {
        !self.draining.load(Ordering::Relaxed) && (!self.is_abroad() || lock(&self.health).is_known())
    }

    /// How well it is, 0 to 100.
    pub(super) fn score(&self) -> u8 {
        lock(&self.health).score()
    }

    /// Whether players of others may be given to it: it is here to stay, well, and has time for them.
    pub(super) fn has_room(&self, now: Instant) -> bool {
        let stays = now.saturating_duration_since(self.started) >= self.steady() && !self.lost.load(Ordering::Relaxed);
        let health = lock(&self.health);
        let cost = if health.playing() >= 1.0 { health.rendering() / health.playing() } else { 0.0 };
        let well = health.is_known() && health.score() >= WELL && health.rendering() + cost <= ROOM;
        drop(health);
        stays && well && self.is_ready()
    }

    pub(super) fn end(&self) {
        match &self.place {
            Place::Threads(engine) => {
                engine.tell(Order::Quit);
            }
            Place::Process(child) => child.end(),
            Place::Host(host) => host.end(),
        }
    }

    pub(super) fn view(&self) -> WorkerView {
        let health = lock(&self.health);
        let (kind, pid, address) = match &self.place {
            Place::Threads(_) => ("threads", None, None),
            Place::Process(child) => ("process", Some(child.pid()), None),
            Place::Host(host) => ("host", None, Some(host.address)),
        };
        WorkerView {
            id: self.id,
            kind,
            pid,
            address,
            players: self.players.load(Ordering::Relaxed),
            draining: self.draining.load(Ordering::Relaxed),
            score: health.score(),
            load: health.load(),
            rendering: health.rendering(),
            queue: health.queue(),
            ahead: health.ahead(),
            missed: health.deficit(),
            slope: health.slope(),
            loss: health.loss(),
            frames_per_second: health.frames_per_second(),
            history: health.history(),
        }
    }
}

/// Cores of the machines of some workers, this one with so many, and how many of them can render: a renderer is one thread.
pub(super) fn room<'a>(workers: impl Iterator<Item = &'a Worker>, own: usize) -> (f64, f64) {
    let mut machines: HashMap<&str, (usize, usize)> = HashMap::new();
    for worker in workers {
        let (name, cores) = match &worker.place {
            Place::Threads(_) | Place::Process(_) => ("", own),
            Place::Host(host) => (host.name.as_str(), host.cores),
        };
        machines.entry(name).or_insert((0, cores)).0 += 1;
    }
    let sum = |of: fn(&(usize, usize)) -> usize| {
        f64::from(u32::try_from(machines.values().map(of).sum::<usize>()).unwrap_or(u32::MAX))
    };
    (sum(|(_, cores)| *cores), sum(|(workers, cores)| *workers.min(cores)))
}
