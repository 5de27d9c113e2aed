//! Processor time: who is served more cheaply where it becomes short, and who is refused when that is not enough.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::worker::room;
use super::{Grid, MOST_TIER, Needs, Worker};
use crate::lock;
use crate::node::Node;

/// Over this share one tier more is served cheaply, under that one less.
const SHORT: f64 = 0.75;
const ENOUGH: f64 = 0.6;
/// Before processor time is taken from more tiers, it is seen whether what was taken is enough.
const SETTLE: Duration = Duration::from_secs(2);
/// Over this share there is no time for that.
const STEEP: f64 = 0.86;
const SETTLE_STEEP: Duration = Duration::from_millis(200);
/// What players cost is measured over so long: who came since is not all in it yet.
const SPAN: Duration = Duration::from_secs(2);
/// Cores that a player is believed to take before any was measured.
const COST: f64 = 0.01;
/// How many processors there are is asked for so often: the answer stands in several files of the system.
const COUNTED: Duration = Duration::from_secs(5);
/// Players that waited and begin at one look.
const MOST_BEGIN: usize = 32;

/// What was admitted lately, and what clocks take.
#[derive(Debug, Default)]
pub(super) struct Admission {
    /// When one tier more or less was served cheaply.
    changed: Option<Instant>,
    promised: VecDeque<Instant>,
    /// Microseconds of processor time that sealing and sending took in all, as it was in the last two seconds.
    clocks: VecDeque<(Instant, u64)>,
    /// Processors of this machine, and when they were counted.
    cores: Option<(Instant, usize)>,
}

impl Admission {
    /// Cores that clocks take.
    fn clocks(&mut self, now: Instant, spent: u64) -> f64 {
        self.clocks.push_back((now, spent));
        while self.clocks.get(1).is_some_and(|(at, _)| now.saturating_duration_since(*at) >= SPAN) {
            self.clocks.pop_front();
        }
        self.taken()
    }

    fn taken(&self) -> f64 {
        let (Some((first, before)), Some((last, now))) = (self.clocks.front(), self.clocks.back()) else { return 0.0 };
        let span = last.saturating_duration_since(*first).as_secs_f64();
        let spent = Duration::from_micros(now.saturating_sub(*before)).as_secs_f64();
        if span > 0.0 { spent / span } else { 0.0 }
    }

    /// Processors that this process may use. Somebody may change that while it runs.
    fn cores(&mut self, now: Instant) -> usize {
        let known = self.cores.filter(|(at, _)| now.saturating_duration_since(*at) < COUNTED);
        let count = || (now, std::thread::available_parallelism().map_or(1, usize::from));
        self.cores.insert(known.unwrap_or_else(count)).1
    }

    /// Players that were admitted and are not measured yet: of one that came a second ago, half is.
    fn unmeasured(&mut self, now: Instant) -> f64 {
        self.promised.retain(|at| now.saturating_duration_since(*at) < SPAN);
        let left = |at: &Instant| 1.0 - now.saturating_duration_since(*at).as_secs_f64() / SPAN.as_secs_f64();
        self.promised.iter().map(left).sum()
    }
}

/// What is taken of what there is, in cores.
#[derive(Clone, Copy, Debug)]
struct Load {
    /// By all threads, and by those that render, of which each worker has one.
    all: f64,
    rendering: f64,
    /// Players that were measured.
    playing: f64,
    cores: f64,
    renderers: f64,
}

impl Load {
    fn of(workers: &[Arc<Worker>], own: usize, clocks: f64) -> Self {
        let (cores, renderers) = room(workers.iter().map(Arc::as_ref), own);
        let load = Self { all: clocks, rendering: 0.0, playing: 0.0, cores, renderers };
        workers.iter().fold(load, |load, worker| {
            let health = lock(&worker.health);
            Self {
                all: load.all + health.load(),
                rendering: load.rendering + health.rendering(),
                playing: load.playing + health.playing(),
                ..load
            }
        })
    }

    /// The share that is taken with so many players more, at what one costs.
    fn with(&self, more: f64) -> f64 {
        let cost = |taken: f64| if self.playing >= 1.0 { taken / self.playing } else { COST };
        let share = |taken: f64, room: f64| (taken + more * cost(taken)) / room.max(1.0);
        share(self.all, self.cores).max(share(self.rendering, self.renderers))
    }
}

impl Grid {
    /// Whether processor time is too short for players of a tier to be served as well as can be.
    pub(crate) fn is_short(&self, tier: u8) -> bool {
        tier < self.short.load(Ordering::Relaxed)
    }

    /// Whether one more player of a tier may play, as measured: who can play what it needs has the time for it, or somebody else
    /// can still be served more cheaply, who is then. Refusing comes last, and of higher tiers later. Not to be asked while a
    /// player is held.
    pub(crate) fn admit(&self, node: &Node, tier: u8, needs: &Needs<'_>) -> bool {
        let now = Instant::now();
        let mut workers = lock(&self.workers).clone();
        workers.retain(|worker| worker.serves(needs));
        let mut admission = lock(&self.admission);
        let share = 0.95 - 0.03 * f64::from(MOST_TIER.saturating_sub(tier));
        let own = admission.cores(now);
        let full = Load::of(&workers, own, admission.taken()).with(1.0 + admission.unmeasured(now));
        let shortens = full > share;
        if shortens {
            let players = node.players();
            let playing = players.iter().filter(|player| player.is_playing());
            let highest = playing.map(|player| player.with(|state| state.tier())).max();
            // One that is alone with what it wants makes nobody else worse.
            if highest.is_none_or(|highest| self.is_short(highest)) {
                return false;
            }
            admission.changed = Some(now);
            self.short.fetch_add(1, Ordering::Relaxed);
        }
        admission.promised.push_back(now);
        drop(admission);
        if shortens {
            self.tell_short();
            node.retune();
        }
        true
    }

    /// Serves one tier more, or one less, at less cost: it depends on the share of the processors that is taken. Whether that
    /// changed.
    pub(super) fn shorten(&self, workers: &[Arc<Worker>], spent: u64, now: Instant) -> bool {
        let mut admission = lock(&self.admission);
        let clocks = admission.clocks(now, spent);
        let full = Load::of(workers, admission.cores(now), clocks).with(0.0);
        let level = self.short.load(Ordering::Relaxed);
        let (wanted, settle) = if full > STEEP {
            (level.saturating_add(1).min(MOST_TIER + 1), SETTLE_STEEP)
        } else if full > SHORT {
            (level.saturating_add(1).min(MOST_TIER + 1), SETTLE)
        } else if full < ENOUGH {
            (level.saturating_sub(1), SETTLE)
        } else {
            (level, SETTLE)
        };
        let changed = admission.changed;
        if wanted == level || changed.is_some_and(|changed| now.saturating_duration_since(changed) < settle) {
            return false;
        }
        admission.changed = Some(now);
        self.short.store(wanted, Ordering::Relaxed);
        self.tell_short();
        true
    }

    fn tell_short(&self) {
        tracing::warn!(
            tiers = self.short.load(Ordering::Relaxed),
            "players of so many tiers are served more cheaply, for want of processor time"
        );
    }

    /// Somebody waits for processor time without a client that could be told.
    pub(crate) fn wait(&self) {
        self.waits.store(true, Ordering::Relaxed);
    }

    /// Begins those that wait for processor time and have it now, the highest tiers first.
    pub(super) fn begin_waiting(&self, node: &Node) {
        if !self.waits.swap(false, Ordering::Relaxed) {
            return;
        }
        let mut waiting: Vec<_> =
            node.players().into_iter().filter(|player| player.with(|state| state.waits)).collect();
        waiting.sort_by_key(|player| (u8::MAX - player.with(|state| state.tier()), player.key));
        for (number, player) in waiting.iter().enumerate() {
            if number >= MOST_BEGIN || !player.admitted(node) {
                return self.wait();
            }
            player.begin_now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_admitted_counts_until_it_is_measured() {
        let (mut admission, start) = (Admission::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        admission.promised.extend([at(0), at(0), at(1_000)]);
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
        close(admission.unmeasured(at(1_000)), 2.0);
        close(admission.unmeasured(at(1_500)), 1.25);
        close(admission.unmeasured(at(2_000)), 0.5);
        assert_eq!(admission.promised.len(), 1);
        close(admission.clocks(at(0), 1_000_000), 0.0);
        close(admission.clocks(at(1_000), 1_300_000), 0.3);
        close(admission.clocks(at(3_000), 1_400_000), 0.05);
    }

    #[test]
    fn what_is_short_first_counts() {
        let load = Load { all: 2.0, rendering: 0.6, playing: 100.0, cores: 4.0, renderers: 1.0 };
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
        close(load.with(0.0), 0.6);
        close(load.with(50.0), 0.9);
        close(Load { renderers: 4.0, ..load }.with(50.0), 0.75);
        // Nothing is measured yet.
        close(Load { all: 0.0, rendering: 0.0, playing: 0.0, ..load }.with(30.0), 0.3);
    }
}
