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
    /// Whether it may get more.
    takes: bool,
}

/// Whether it is worth it that one moves.
fn worth(many: usize, few: usize) -> bool {
    let apart = many.saturating_sub(few);
    apart >= 2 && apart * PART >= many
}

/// From whom to whom, those with the greatest difference first.
fn pairs(seats: &[Seat]) -> Vec<(WorkerId, WorkerId)> {
    let mut pairs: Vec<_> = seats
        .iter()
        .filter(|to| to.takes)
        .flat_map(|to| seats.iter().map(move |from| (from, to)))
        .filter(|(from, to)| worth(from.players, to.players))
        .collect();
    pairs.sort_by_key(|(from, to)| (to.players, usize::MAX - from.players));
    pairs.into_iter().map(|(from, to)| (from.id, to.id)).collect()
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
        let mut counts: HashMap<WorkerId, usize> = HashMap::new();
        for seat in players.iter().filter_map(|player| player.with(|state| state.seat())) {
            *counts.entry(seat).or_default() += 1;
        }
        let seat = |worker: &Arc<super::Worker>| Seat {
            id: worker.id,
            players: counts.get(&worker.id).copied().unwrap_or_default(),
            takes: worker.has_room(now),
        };
        let seats: Vec<_> = workers.iter().map(seat).collect();
        for (from, to) in pairs(&seats) {
            let of = |player: &&Arc<crate::player::Player>| player.with(|state| State::worker(state)) == Some(from);
            if players.iter().filter(of).any(|player| player.move_to(to)) {
                tracing::debug!(from, to, "a player moves");
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
    fn settled(players: &[usize], full: &[usize]) -> (Vec<usize>, usize) {
        let seat =
            |(at, players): (usize, &usize)| Seat { id: at as WorkerId, players: *players, takes: !full.contains(&at) };
        let mut seats: Vec<_> = players.iter().enumerate().map(seat).collect();
        let mut moved = 0;
        while let Some((from, to)) = pairs(&seats).first().copied() {
            for seat in &mut seats {
                seat.players = seat.players + usize::from(seat.id == to) - usize::from(seat.id == from);
            }
            moved += 1;
            assert!(moved < 10_000, "they move for ever: {seats:?}");
        }
        (seats.iter().map(|seat| seat.players).collect(), moved)
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
}
