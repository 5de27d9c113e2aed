//! The clock of all players of a shard: one thread. Each player has a tick each 20 milliseconds. Those of few players are due at once:
//! waking up costs more than a packet. Those of many are spread over that time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use crate::engine::Piece;
use crate::fetch::FETCHED;
use crate::grid::WorkerId;
use crate::lock;
use crate::node::Node;
use crate::player::Player;

/// Parts of a tick, each with players of its own. More would wake the thread up more often than they spare anybody.
const PHASES: usize = 4;
/// The length of a part; all of them are the length of a frame.
const PHASE: Duration = Duration::from_millis(5);
/// With more than this the clock does not catch up any more, but goes on from now.
const LOST: Duration = Duration::from_millis(200);
/// How long it sleeps when it has no players.
const IDLE: Duration = Duration::from_secs(1);
/// A part has so many players before another has any: the last of them waits for less than a millisecond.
const FULL: usize = 64;
/// Where there are more than that of each, none is ahead of its share by so many.
const CROWD: usize = 8;

/// A thread and its players.
pub(crate) struct Shard {
    wheel: Mutex<Wheel<Arc<Player>>>,
    thread: OnceLock<std::thread::Thread>,
    stop: AtomicBool,
    /// Microseconds by which the latest tick of the last minute was late.
    late: AtomicU64,
    /// Microseconds of processor time that sealing and sending took, in all.
    pub(crate) busy: AtomicU64,
}

impl Shard {
    /// Starts the thread.
    pub(crate) fn start(number: usize, node: Weak<Node>) -> std::io::Result<Arc<Self>> {
        let shard = Arc::new(Self {
            wheel: Mutex::new(Wheel::new(Instant::now())),
            thread: OnceLock::new(),
            stop: AtomicBool::new(false),
            late: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        });
        let own = Arc::downgrade(&shard);
        let thread = std::thread::Builder::new()
            .name(format!("clock-{number}"))
            .spawn(move || run(&own, &node))?
            .thread()
            .clone();
        let _ = shard.thread.set(thread);
        Ok(shard)
    }

    pub(crate) fn add(&self, player: &Arc<Player>) {
        lock(&self.wheel).add(player.clone(), Instant::now());
        self.wake();
    }

    pub(crate) fn remove(&self, key: u64) {
        lock(&self.wheel).take(|player| player.key == key);
    }

    /// Finds a place for a player anew: it has something to say and is not heard yet.
    pub(crate) fn hasten(&self, key: u64) {
        let mut wheel = lock(&self.wheel);
        if let Some(player) = wheel.take(|player| player.key == key) {
            wheel.add(player, Instant::now());
        }
        drop(wheel);
        self.wake();
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// The worst delay since the last look, in microseconds.
    pub(crate) fn take_late(&self) -> u64 {
        self.late.swap(0, Ordering::Relaxed)
    }
}

/// What is due when: parts of a tick that come round again and again.
struct Wheel<T> {
    /// Lent to who ticks; who changes one meanwhile changes a copy.
    phases: [Arc<Vec<T>>; PHASES],
    /// When the part with the number zero was due.
    zero: Instant,
    /// The part that comes next, counted since then.
    next: u64,
}

impl<T: Clone> Wheel<T> {
    fn new(zero: Instant) -> Self {
        Self { phases: std::array::from_fn(|_| Arc::default()), zero, next: 1 }
    }

    fn phase(number: u64) -> usize {
        usize::try_from(number % PHASES as u64).unwrap_or_default()
    }

    fn at(&self, number: u64) -> Instant {
        self.zero + Duration::from_nanos(u64::try_from(PHASE.as_nanos()).unwrap_or_default().saturating_mul(number))
    }

    /// The first part after a moment.
    fn after(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.zero).as_nanos() / PHASE.as_nanos();
        self.next.max(u64::try_from(passed).unwrap_or_default() + 1)
    }

    /// Into the part that has the most and has room; of those that are alike, into the next after now.
    fn add(&mut self, player: T, now: Instant) {
        let all: usize = self.phases.iter().map(|phase| phase.len()).sum();
        // While there was nobody, nothing was due.
        if all == 0 {
            self.next = self.after(now);
        }
        let most = FULL.max(all / PHASES + CROWD);
        let soon = self.after(now);
        let length = |number: &u64| self.phases.get(Self::phase(*number)).map_or(0, |phase| phase.len());
        // The first of several that are the greatest is the last of them in reverse.
        let found = (soon..soon + PHASES as u64).rev().filter(|number| length(number) < most).max_by_key(length);
        if let Some(phase) = self.phases.get_mut(Self::phase(found.unwrap_or(soon))) {
            Arc::make_mut(phase).push(player);
        }
    }

    /// Takes one away.
    fn take(&mut self, wanted: impl Fn(&T) -> bool) -> Option<T> {
        self.phases.iter_mut().find_map(|phase| {
            let at = phase.iter().position(&wanted)?;
            Some(Arc::make_mut(phase).swap_remove(at))
        })
    }

    /// The next part in which there is anybody.
    fn soonest(&self) -> Option<u64> {
        (self.next..self.next + PHASES as u64)
            .find(|number| self.phases.get(Self::phase(*number)).is_some_and(|phase| !phase.is_empty()))
    }

    /// The next part that is due, by how much it is late, and whose it is.
    fn due(&mut self, now: Instant) -> Option<(u64, Duration, Arc<Vec<T>>)> {
        let number = self.soonest()?;
        let late = now.checked_duration_since(self.at(number))?;
        if late > LOST {
            self.zero += late;
        }
        let players = self.phases.get(Self::phase(number))?.clone();
        self.next = number + 1;
        Some((number, late, players))
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
    let mut told: HashMap<WorkerId, Vec<_>> = HashMap::new();
    let mut most = 0;
    let mut piece = Piece::begin();
    loop {
        let (Some(shard), Some(node)) = (shard.upgrade(), node.upgrade()) else { return };
        if shard.stop.load(Ordering::Relaxed) {
            return;
        }
        let now = Instant::now();
        let (due, next) = {
            let mut wheel = lock(&shard.wheel);
            let due = wheel.due(now);
            (due, wheel.soonest().map(|number| (number, wheel.at(number))))
        };
        if let Some((number, late, players)) = due {
            shard.late.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
            let turn = number / PHASES as u64;
            let due = now.checked_sub(late).unwrap_or(now);
            for (at, player) in players.iter().enumerate() {
                for (later, steps) in players.iter().skip(at + 1).zip(1..=FETCHED) {
                    later.fetch(steps);
                }
                let now = Instant::now();
                if let Some((worker, said)) = player.tick(now, now.saturating_duration_since(due), turn) {
                    told.entry(worker).or_insert_with(|| Vec::with_capacity(most)).push(said);
                }
            }
            // Workers are told of all players at once, whichever part of the tick is theirs.
            if next.is_none_or(|(number, _)| number / PHASES as u64 != turn) {
                for (worker, told) in told.drain() {
                    most = told.len();
                    node.grid.taken(worker, &told);
                }
            }
            shard.busy.fetch_add(piece.lap(), Ordering::Relaxed);
        }
        drop((shard, node));
        // Who comes wakes it up; it looks now and then whether anybody is left who could.
        std::thread::park_timeout(next.map_or(IDLE, |(_, at)| at.saturating_duration_since(Instant::now())));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// Ticks of a wheel that is looked at at some milliseconds: who was due, and when.
    fn ticks(wheel: &mut Wheel<char>, start: Instant, looks: impl IntoIterator<Item = u64>) -> Vec<(u64, String)> {
        let mut found = Vec::new();
        for at in looks {
            while let Some((.., players)) = wheel.due(start + Duration::from_millis(at)) {
                found.push((at, players.iter().collect()));
            }
        }
        found
    }

    fn text(found: &[(u64, String)]) -> String {
        found.iter().map(|(at, who)| format!("{at}{who}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_of_a_few_are_due_at_once_and_come_again_after_twenty_milliseconds() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        "abc".chars().for_each(|player| wheel.add(player, start));
        assert_eq!(text(&ticks(&mut wheel, start, 0..48)), "5abc 25abc 45abc");
        // Who comes later joins them, and who leaves while they are ticked is not there the next time.
        wheel.add('d', start + Duration::from_millis(51));
        let (.., lent) = wheel.due(start + Duration::from_millis(65)).unwrap();
        assert_eq!(wheel.take(|player| *player == 'b'), Some('b'));
        assert_eq!(*lent, ['a', 'b', 'c', 'd']);
        assert_eq!(text(&ticks(&mut wheel, start, 66..88)), "85adc");
    }

    #[test]
    fn ticks_of_many_are_spread() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let lengths = |wheel: &Wheel<char>| wheel.phases.each_ref().map(|phase| phase.len());
        (0..FULL + 2).for_each(|_| wheel.add('a', start));
        assert_eq!(lengths(&wheel), [0, FULL, 2, 0]);
        (0..2 * FULL - 2).for_each(|_| wheel.add('a', start));
        assert_eq!(lengths(&wheel), [0, FULL, FULL, FULL]);
        (0..4 * FULL).for_each(|_| wheel.add('a', start));
        assert!(
            lengths(&wheel).iter().all(|length| length.abs_diff(7 * FULL / 4) <= 3 * CROWD),
            "{:?}",
            lengths(&wheel)
        );
    }

    #[test]
    fn what_is_late_is_caught_up_with_but_not_for_ever() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        (0..=FULL).for_each(|_| wheel.add('a', start));
        let many = "a".repeat(FULL);
        let found = text(&ticks(&mut wheel, start, [50, 51, 60, 65])).replace(&many, "A");
        assert_eq!(found, "50A 50a 50A 50a 50A 50a 65A");
        let found = text(&ticks(&mut wheel, start, (5_000..5_050).step_by(2))).replace(&many, "A");
        assert_eq!(found, "5000a 5016A 5020a 5036A 5040a");
    }

    #[test]
    fn the_first_is_not_kept_waiting_for_its_part() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut wheel = Wheel::new(start);
        // Nobody was there for a while.
        wheel.add('a', at(10_001));
        assert_eq!(text(&ticks(&mut wheel, start, 10_000..10_030)), "10005a 10025a");
        // Where it is alone it may have another place.
        assert_eq!(wheel.take(|player| *player == 'a'), Some('a'));
        wheel.add('a', at(10_033));
        assert_eq!(text(&ticks(&mut wheel, start, 10_030..10_060)), "10035a 10055a");
        wheel.add('b', at(10_061));
        assert_eq!(text(&ticks(&mut wheel, start, 10_060..10_080)), "10075ab");
    }
}
