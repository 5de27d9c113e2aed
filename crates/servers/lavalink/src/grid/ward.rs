//! Who is ill, and for whom something else is done: decisions that have no clock of their own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::WorkerId;
use super::health::Missed;
use crate::player::Since;

/// Who replaced one that starved and starves too is borne for so long; each further time for twice as long: it is not the worker
/// that is short of something.
const PAUSE: Duration = Duration::from_secs(5);
const MOST_PAUSE: Duration = Duration::from_mins(1);
/// After so long without anybody starving, that is forgotten.
const CALM: Duration = Duration::from_mins(2);

/// Who has a lower score than the first for so long is drained, if somebody else is well; it is over once it has the second.
const ILL: u8 = 40;
const BETTER: u8 = 60;
const LONG: Duration = Duration::from_secs(2);
/// And then nobody for so long.
const REST: Duration = Duration::from_secs(30);

/// Players of so many sources that run dry at once are not their sources' fault.
const SOURCES: usize = 4;

/// When workers starved their players.
#[derive(Debug, Default)]
pub(super) struct Famine {
    last: Option<Instant>,
    /// How often in a row whoever came in place of another starved too.
    again: u32,
}

impl Famine {
    /// Whether a worker that came at a moment, and starves its players now, is replaced.
    pub(super) fn replaces(&mut self, came: Instant, now: Instant) -> bool {
        let Some(last) = self.last.filter(|last| now.saturating_duration_since(*last) < CALM) else {
            (self.last, self.again) = (Some(now), 0);
            return true;
        };
        if came > last {
            let pause = PAUSE.saturating_mul(1 << self.again.min(8)).min(MOST_PAUSE);
            if now.saturating_duration_since(last) < pause {
                return false;
            }
            self.again += 1;
        }
        self.last = Some(now);
        true
    }
}

/// A worker as it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) id: WorkerId,
    pub(super) score: u8,
    /// Whether it has players.
    pub(super) busy: bool,
    /// Whether it is well and has time for players of others.
    pub(super) takes: bool,
}

/// Who has been ill for how long.
#[derive(Debug, Default)]
pub(super) struct Ward {
    ill: HashMap<WorkerId, Instant>,
    last: Option<Instant>,
}

impl Ward {
    /// Who is to be drained, before anybody hears how ill it is.
    pub(super) fn drains(&mut self, found: &[Found], now: Instant) -> Option<WorkerId> {
        self.ill.retain(|id, _| found.iter().any(|worker| worker.id == *id && worker.score < BETTER));
        for worker in found.iter().filter(|worker| worker.score < ILL) {
            self.ill.entry(worker.id).or_insert(now);
        }
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < REST) {
            return None;
        }
        let long = |worker: &&Found| {
            let since = self.ill.get(&worker.id);
            since.is_some_and(|since| now.saturating_duration_since(*since) >= LONG)
        };
        let ill = found.iter().filter(|worker| worker.busy && worker.score < ILL).filter(long);
        let worst = ill.min_by_key(|worker| worker.score)?;
        found.iter().any(|other| other.id != worst.id && other.takes).then(|| {
            self.last = Some(now);
            self.ill.remove(&worst.id);
            worst.id
        })
    }
}

/// What the players of one worker missed since the last look.
#[derive(Clone, Debug, Default)]
pub(super) struct Plate {
    /// By its own fault, as far as is known.
    pub(super) own: Missed,
    /// Players whose frames were due.
    pub(super) players: usize,
    /// Of those whose sources did not deliver: where their tracks come from, and what they missed.
    pub(super) waiting: Vec<(String, Missed)>,
}

impl Plate {
    /// Of one of them.
    pub(super) fn add(&mut self, since: &Since, excused: bool) {
        self.players += 1;
        if !since.begins && !excused {
            self.own.add(since.missed);
        } else if !since.begins && since.missed.nulled > 0 {
            self.waiting.push((since.origin.clone(), since.missed));
        }
    }

    /// Whether so many of different sources run dry at once that it cannot be the sources.
    fn is_crowd(&self) -> bool {
        let mut sources: Vec<_> = self.waiting.iter().map(|(source, _)| source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.len() >= SOURCES && self.waiting.len() * 2 >= self.players
    }
}

/// What is held against each worker. Where the sources of many players are slow at once, and those of other workers' players are
/// not, it is the worker's line.
pub(super) fn blame(plates: &HashMap<WorkerId, Plate>) -> HashMap<WorkerId, Missed> {
    let others_are_well = plates.values().any(|plate| plate.players > 0 && !plate.is_crowd());
    let blame = |plate: &Plate| {
        let mut all = plate.own;
        if others_are_well && plate.is_crowd() {
            plate.waiting.iter().for_each(|(_, missed)| all.add(*missed));
        }
        all
    };
    plates.iter().map(|(id, plate)| (*id, blame(plate))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_for_one_that_starved_and_starves_too_is_borne_for_longer_each_time() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut famine = Famine::default();
        // Two that were there from the start.
        assert!(famine.replaces(start, at(10)) && famine.replaces(start, at(11)));
        // Those that came for them, half a second ago.
        let last = |now| start + Duration::from_millis(now * 1_000 - 500);
        let found: Vec<_> = (12..100).filter(|now| famine.replaces(last(*now), at(*now))).collect();
        assert_eq!(found, [16, 26, 46, 86]);
        // One that was there all the time is another matter, and after a while everything is forgotten.
        assert!(famine.replaces(start, at(101)));
        assert!(!famine.replaces(at(102), at(110)));
        assert!(famine.replaces(at(102), at(230)) && famine.replaces(at(231), at(236)));
    }

    fn found(id: WorkerId, score: u8) -> Found {
        Found { id, score, busy: true, takes: score >= 80 }
    }

    /// Who is drained when, in tenths of a second.
    fn drained(score: impl Fn(u64) -> [u8; 2]) -> Vec<(u64, WorkerId)> {
        let (start, mut ward) = (Instant::now(), Ward::default());
        let tenths = 0..1_000_u64;
        tenths
            .filter_map(|tenth| {
                let [one, two] = score(tenth);
                let now = start + Duration::from_millis(tenth * 100);
                ward.drains(&[found(1, one), found(2, two)], now).map(|id| (tenth, id))
            })
            .collect()
    }

    #[test]
    fn who_is_ill_for_long_is_drained_while_another_is_well() {
        assert_eq!(drained(|tenth| [if tenth < 500 { 39 } else { 100 }, 80]), [(20, 1), (320, 1)]);
        assert_eq!(drained(|tenth| [100, if (100..400).contains(&tenth) { 0 } else { 90 }]), [(120, 2)]);
        // Nobody is better off elsewhere.
        assert_eq!(drained(|_| [0, 79]), []);
        assert_eq!(drained(|_| [40, 100]), []);
    }

    #[test]
    fn nobody_goes_back_and_forth() {
        // Up and down each second.
        assert_eq!(drained(|tenth| if tenth / 10 % 2 == 0 { [10, 100] } else { [100, 10] }), []);
        // A little better for a moment is still ill.
        assert_eq!(drained(|tenth| [if tenth % 10 < 8 { 30 } else { 59 }, 100]).first(), Some(&(20, 1)));
        let many = drained(|tenth| if tenth / 50 % 2 == 0 { [10, 100] } else { [100, 10] });
        assert!(many.len() <= 4, "{many:?}");
    }

    #[test]
    fn who_has_no_players_is_not_drained() {
        let (start, mut ward) = (Instant::now(), Ward::default());
        for tenth in 0..100 {
            let now = start + Duration::from_millis(tenth * 100);
            let idle = Found { busy: false, ..found(1, 0) };
            assert_eq!(ward.drains(&[idle, found(2, 100)], now), None);
        }
    }

    fn plate(own: u64, waiting: &[&str], players: usize) -> Plate {
        let missed = |nulled| Missed { due: 10, nulled, lost: 0 };
        let waiting = waiting.iter().map(|source| ((*source).to_owned(), missed(10))).collect();
        Plate { own: missed(own), players, waiting }
    }

    #[test]
    fn slow_sources_are_their_own_fault_unless_many_are_slow_on_one_worker_alone() {
        let nulled = |plates: [Plate; 2]| {
            let plates: HashMap<_, _> = (1..).zip(plates).collect();
            let blame = blame(&plates);
            [1, 2].map(|id| blame.get(&id).map(|missed| missed.nulled))
        };
        let four = ["a", "b", "c", "d"];
        let well = || plate(0, &[], 5);
        // One that stalls hides nobody else's hunger.
        assert_eq!(nulled([plate(3, &["a"], 5), well()]), [Some(3), Some(0)]);
        assert_eq!(nulled([plate(0, &["a"; 5], 5), well()]), [Some(0), Some(0)]);
        assert_eq!(nulled([plate(0, &four, 5), well()]), [Some(40), Some(0)]);
        // Few of many, or all of all.
        assert_eq!(nulled([plate(0, &four, 50), well()]), [Some(0), Some(0)]);
        assert_eq!(nulled([plate(1, &four, 5), plate(2, &four, 4)]), [Some(1), Some(2)]);
        assert_eq!(nulled([plate(1, &four, 5), plate(0, &[], 0)]), [Some(1), Some(0)]);
    }
}
