//! Who gives players to whom: a worker that has just come has none, while others have many.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Grid, Needs, WorkerId};
use crate::lock;
use crate::node::Node;
use crate::player::State;

/// One player moves, and then none for so long.
const PAUSE: Duration = Duration::from_secs(1);
/// Who has just come gets nobody's players yet: it may go again at once.
pub(super) const STEADY: Duration = Duration::from_secs(5);
/// A difference of less than one part in so many of the larger number is not worth a move.
const PART: usize = 4;

/// What a worker has.
#[derive(Clone, Copy, Debug)]
struct Seat {
    id: WorkerId,
    /// Players that are heard.
    players: usize,
    /// Of those, whose packets go through.
    through: usize,
    /// Whether those come together there.
    gathers: bool,
    /// Whether it may get more.
    takes: bool,
}

impl Seat {
    /// What is to be compared with what another has: of two that gather it does not matter who has those that go through, and against
    /// anybody else they count as if they were shared out evenly, with so many for each.
    const fn level(&self, other: &Self, each: usize) -> usize {
        match (self.gathers, other.gathers) {
            (true, true) => self.players - self.through,
            (true, false) => each,
            (false, _) => self.players,
        }
    }
}

/// Whether it is worth it that one moves.
fn worth(many: usize, few: usize) -> bool {
    let apart = many.saturating_sub(few);
    apart >= 2 && apart * PART >= many
}

/// From whom to whom, those with the greatest difference first.
fn pairs(seats: &[Seat]) -> Vec<(Seat, Seat)> {
    let gather = || seats.iter().filter(|seat| seat.gathers);
    let each = gather().map(|seat| seat.players).sum::<usize>().div_ceil(gather().count().max(1));
    let levels = |from: &Seat, to: &Seat| (from.level(to, each), to.level(from, each));
    let mut pairs: Vec<_> = seats
        .iter()
        .filter(|to| to.takes)
        .flat_map(|to| seats.iter().map(move |from| (*from, *to)))
        .filter(|(from, to)| {
            let (many, few) = levels(from, to);
            from.id != to.id && from.players > 0 && worth(many, few)
        })
        .collect();
    pairs.sort_by_key(|(from, to)| {
        let (many, few) = levels(from, to);
        (few, usize::MAX - many, usize::MAX - from.players)
    });
    pairs
}

impl Grid {
    /// Has one player move to a worker that has far fewer, if it is time for that.
    pub(crate) fn balance(&self, node: &Arc<Node>, now: Instant) {
        {
            let mut moved = lock(&self.moved);
            if moved.is_some_and(|moved| now.saturating_duration_since(moved) < PAUSE) {
                return;
            }
            *moved = Some(now);
        }
        let workers = lock(&self.workers).clone();
        if workers.len() < 2 {
            return;
        }
        let players = node.players();
        let mut counts: HashMap<WorkerId, (usize, usize)> = HashMap::new();
        for (seat, through) in players
            .iter()
            .filter_map(|player| player.with(|state| state.seat().map(|seat| (seat, state.goes_through(node)))))
        {
            let (all, of_those) = counts.entry(seat).or_default();
            *all += 1;
            *of_those += usize::from(through);
        }
        let seat = |worker: &Arc<super::Worker>| {
            let (players, through) = counts.get(&worker.id).copied().unwrap_or_default();
            Seat { id: worker.id, players, through, gathers: worker.gathers(), takes: worker.has_room(now) }
        };
        let seats: Vec<_> = workers.iter().map(seat).collect();
        for (from, to) in pairs(&seats) {
            let stay = from.gathers && to.gathers;
            let of = |player: &&Arc<crate::player::Player>| {
                player.with(|state| State::worker(state) == Some(from.id) && !(stay && state.goes_through(node)))
            };
            if players.iter().filter(of).any(|player| player.move_to(to.id)) {
                tracing::debug!(from = from.id, to = to.id, "a player moves");
                return;
            }
        }
    }

    /// Lends a certain worker, if it is well and can play all that.
    pub(crate) fn lend(&self, id: WorkerId, needs: &Needs<'_>) -> bool {
        let worker = self.worker(id).filter(|worker| worker.is_ready() && worker.serves(needs));
        worker.is_some_and(|worker| {
            worker.players.fetch_add(1, Ordering::Relaxed);
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves players until it is not worth it any more; how many each has then, and how many moved.
    fn settle(mut seats: Vec<Seat>) -> (Vec<usize>, usize) {
        let mut moved = 0;
        while let Some((from, to)) = pairs(&seats).first().copied() {
            // Of two that gather, those stay that go through.
            let through = usize::from(from.players == from.through);
            assert!(!(from.gathers && to.gathers && through > 0), "{from:?} {to:?}");
            for seat in &mut seats {
                let (gives, gets) = (usize::from(seat.id == from.id), usize::from(seat.id == to.id));
                seat.players = seat.players + gets - gives;
                seat.through = seat.through + gets * through - gives * through;
            }
            moved += 1;
            assert!(moved < 10_000, "they move for ever: {seats:?}");
        }
        (seats.iter().map(|seat| seat.players).collect(), moved)
    }

    fn settled(players: &[usize], full: &[usize]) -> (Vec<usize>, usize) {
        let seat = |(at, players): (usize, &usize)| Seat {
            id: at as WorkerId,
            players: *players,
            through: 0,
            gathers: false,
            takes: !full.contains(&at),
        };
        settle(players.iter().enumerate().map(seat).collect())
    }

    #[test]
    fn players_move_while_it_is_worth_it() {
        assert_eq!(settled(&[4, 0], &[]), (vec![2, 2], 2));
        assert_eq!(settled(&[1, 0], &[]), (vec![1, 0], 0));
        assert_eq!(settled(&[3, 2, 2], &[]), (vec![3, 2, 2], 0));
        assert_eq!(settled(&[100, 80], &[]), (vec![100, 80], 0));
        assert_eq!(settled(&[100, 0], &[]), (vec![57, 43], 43));
        assert_eq!(settled(&[30, 30, 0], &[]).0, [21, 22, 17]);
        // Who is unwell or full gets nobody, and still gives.
        assert_eq!(settled(&[4, 0], &[1]), (vec![4, 0], 0));
        assert_eq!(settled(&[0, 8], &[1]).0, [4, 4]);
        assert_eq!(settled(&[0, 0, 0], &[]).1, 0);
    }
    #[test]
    fn those_whose_packets_go_through_stay_together_where_they_gather() {
        let threads = |id: WorkerId, players, through| Seat { id, players, through, gathers: true, takes: true };
        let host = |id, players| Seat { id, players, through: 0, gathers: false, takes: true };
        assert_eq!(settle(vec![threads(1, 50, 50), threads(2, 0, 0), threads(3, 0, 0)]), (vec![50, 0, 0], 0));
        // The others are shared out, whoever has those.
        assert_eq!(settle(vec![threads(1, 54, 50), threads(2, 0, 0)]), (vec![52, 2], 2));
        assert_eq!(settle(vec![threads(1, 50, 50), threads(2, 4, 0)]), (vec![52, 2], 2));
        // A host gets its share of all, as if they had been shared out, and keeps it.
        assert_eq!(settle(vec![threads(1, 40, 40), threads(2, 0, 0), host(3, 0)]), (vec![28, 0, 12], 12));
        assert_eq!(settle(vec![threads(1, 0, 0), threads(2, 0, 0), host(3, 10)]).0.iter().sum::<usize>(), 10);
    }
}
