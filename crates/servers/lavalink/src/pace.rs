//! The clock of all players of a shard: one thread, one tick each 20 milliseconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crate::engine::Order;
use crate::lock;
use crate::node::Node;
use crate::player::Player;

/// The length of a frame.
const TICK: Duration = Duration::from_millis(20);
/// With more than this the clock does not catch up any more, but goes on from now.
const LOST: Duration = Duration::from_millis(200);

/// A thread and its players.
pub(crate) struct Shard {
    players: Mutex<Vec<Arc<Player>>>,
    stop: AtomicBool,
    /// Microseconds by which the latest tick of the last minute was late.
    late: AtomicU64,
    /// Microseconds that ticks took, in all.
    pub(crate) busy: AtomicU64,
}

impl Shard {
    /// Starts the thread.
    pub(crate) fn start(number: usize, node: Weak<Node>) -> std::io::Result<Arc<Self>> {
        let shard = Arc::new(Self {
            players: Mutex::default(),
            stop: AtomicBool::new(false),
            late: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        });
        let own = Arc::downgrade(&shard);
        std::thread::Builder::new().name(format!("clock-{number}")).spawn(move || run(&own, &node))?;
        Ok(shard)
    }

    pub(crate) fn add(&self, player: &Arc<Player>) {
        lock(&self.players).push(player.clone());
    }

    pub(crate) fn remove(&self, key: u64) {
        lock(&self.players).retain(|player| player.key != key);
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// The worst delay since the last look, in microseconds.
    pub(crate) fn take_late(&self) -> u64 {
        self.late.swap(0, Ordering::Relaxed)
    }
}

/// Where that is allowed, the time comes before the work: what is late is heard, what is made is not due for a while yet.
fn hurry() {
    // There priorities are of threads.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(-10) {
        tracing::debug!(%error, "a clock is no more urgent than anybody else");
    }
}

fn run(shard: &Weak<Shard>, node: &Weak<Node>) {
    hurry();
    let mut due = Instant::now() + TICK;
    let mut players: Vec<Arc<Player>> = Vec::new();
    for turn in 0.. {
        let now = Instant::now();
        if due > now {
            std::thread::sleep(due - now);
        }
        let (Some(shard), Some(node)) = (shard.upgrade(), node.upgrade()) else { return };
        if shard.stop.load(Ordering::Relaxed) {
            return;
        }
        let now = Instant::now();
        let late = now.saturating_duration_since(due);
        shard.late.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        due = if late > LOST { now + TICK } else { due + TICK };
        players.clone_from(&lock(&shard.players));
        let mut told: HashMap<_, Vec<_>> = HashMap::new();
        for player in &players {
            if let Some((worker, taken)) = player.tick(now, turn) {
                told.entry(worker).or_default().push(taken);
            }
        }
        for (worker, taken) in told {
            node.grid.tell(worker, Order::Taken(taken));
        }
        players.clear();
        let busy = u64::try_from(now.elapsed().as_micros()).unwrap_or(u64::MAX);
        shard.busy.fetch_add(busy, Ordering::Relaxed);
    }
}
