//! Players that move while they are heard.

use super::*;
use crate::grid::WorkerId;
use crate::wire::Filters;

/// Waits until who is to go on has made enough, or nobody is to go on.
pub(super) fn settle(player: &Arc<Player>) {
    let began = Instant::now();
    while player.with(|state| state.heir.as_ref().is_some_and(|heir| !heir.is_ready())) {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is made");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Asks for a move while something waits to be sent.
fn moves(player: &Arc<Player>, to: WorkerId) -> bool {
    let began = Instant::now();
    while player.with(|state| state.frames.is_empty() || state.frames_epoch != state.epoch) {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is made");
        std::thread::sleep(Duration::from_millis(1));
    }
    player.move_to(to)
}

pub(super) fn worker(player: &Arc<Player>) -> WorkerId {
    player.with(|state| state.worker()).unwrap()
}

/// Players that workers believe to have.
fn lent(still: &Still) -> Vec<usize> {
    still.node.grid.view().into_iter().map(|worker| worker.players).collect()
}

impl Still {
    /// Waits until all workers have said that they live.
    fn alive(&self) {
        let began = Instant::now();
        while self.node.grid.view().iter().any(|worker| worker.history.is_empty()) {
            assert!(began.elapsed() < Duration::from_secs(20), "nobody lives");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn second(&self, players: &[Arc<Player>]) {
        for player in players {
            settle(player);
            for _ in 0..50 {
                assert!(self.tick(player));
            }
        }
    }

    fn other(&self, than: WorkerId) -> WorkerId {
        self.node.grid.view().into_iter().map(|worker| worker.id).find(|id| *id != than).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn players_move_one_by_one_to_who_has_none_and_nobody_hears_it() {
    let still = Still::new(2).await;
    let mut players: Vec<_> = (1..=8).map(|guild| still.player(guild)).collect();
    players.iter().for_each(|player| play(player, "fine", 60_000));
    still.second(&players);
    still.alive();
    // All players of one of both go.
    let left = worker(&players[0]);
    players.retain(|player| {
        worker(player) == left || {
            player.destroy();
            false
        }
    });
    assert_eq!(players.len(), 4);
    still.events();
    let heard = || still.heard.load(Ordering::Relaxed);
    let before = heard();
    let begun = Instant::now();
    let mut moved = Vec::new();
    for tenth in 0..200_u32 {
        still.node.grid.balance(&still.node, begun + Duration::from_millis(100) * tenth);
        for player in &players {
            settle(player);
            for _ in 0..5 {
                assert!(still.tick(player));
            }
        }
        moved.push(players.iter().filter(|player| player.with(|state| state.seat()) != Some(left)).count());
    }
    // Who has just come gets nobody for five seconds; then one at a time, until both have as many.
    let first = moved.iter().position(|moved| *moved > 0).unwrap();
    let second = moved.iter().position(|moved| *moved > 1).unwrap();
    assert!(first >= 40 && second >= first + 10, "{first} {second}");
    assert_eq!(moved.last(), Some(&2));
    assert_eq!(players.iter().filter(|player| worker(player) != left).count(), 2);
    assert_eq!(lent(&still), [2, 2]);
    assert_eq!(still.events(), ["WorkerReplaced"; 2]);
    // There was a frame for each tick, and of nothing much more or less than that.
    assert_eq!(heard() - before, 4 * 200 * 5);
    for player in &players {
        let (nulled, position) = player.with(|state| (state.counts.nulled, state.position));
        assert!(nulled == 0 && position.abs_diff(20_980) <= 15, "{nulled} {position}");
        while player.is_playing() {
            assert!(still.tick(player));
        }
        assert!(player.with(|state| state.counts.sent).abs_diff(3_000) <= 1);
    }
    let (began, mut events) = (Instant::now(), still.events());
    while events.len() < 4 && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
        events.extend(still.events());
    }
    assert_eq!(events, ["TrackEnd finished"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_moves_who_would_be_heard_to_move() {
    let still = Still::new(2).await;
    let player = still.player(1);
    play(&player, "fine", 60_000);
    still.second(std::slice::from_ref(&player));
    let (here, there) = (worker(&player), still.other(worker(&player)));
    assert!(!moves(&player, here) && !moves(&player, 99));
    let refused = |what: &str, change: &dyn Fn(&mut State), back: &dyn Fn(&mut State)| {
        player.with(change);
        assert!(!moves(&player, there), "{what}");
        player.with(back);
    };
    refused("a fade is heard", &|state| state.faded = u64::MAX, &|state| state.faded = 0);
    refused("it is paused", &|state| state.paused = true, &|state| state.paused = false);
    let timescale = serde_json::from_value::<Filters>(serde_json::json!({ "timescale": { "speed": 1.2 } })).unwrap();
    refused("it is faster", &|state| state.filters = timescale.clone(), &|state| state.filters = Filters::default());
    refused("it ends soon", &|state| state.end = Some(10_000), &|state| state.end = None);
    let stream = |is: bool| move |state: &mut State| state.track.as_mut().unwrap().info.is_stream = is;
    refused("it has no end", &stream(true), &stream(false));
    still.open.store(false, Ordering::Relaxed);
    assert!(!moves(&player, there), "nobody listens");
    still.open.store(true, Ordering::Relaxed);
    assert_eq!(lent(&still).iter().sum::<usize>(), 1);

    // What changes meanwhile leaves it where it is.
    let changes: [(&str, Change); 4] = [
        ("wound", Change { position: Some(20_000), ..Change::default() }),
        ("louder", Change { volume: Some(150), ..Change::default() }),
        ("paused", Change { paused: Some(true), ..Change::default() }),
        ("followed", Change { paused: Some(false), next: Patch::Value(track("fine", 5_000)), ..Change::default() }),
    ];
    for (what, change) in changes {
        assert!(moves(&player, there), "{what}");
        assert!(!moves(&player, there), "{what}: it moves already");
        settle(&player);
        player.apply(change);
        assert!(player.with(|state| state.heir.is_none()), "{what}");
        player.apply(Change { paused: Some(false), ..Change::default() });
        for _ in 0..200 {
            assert!(still.tick(&player), "{what}");
        }
        assert_eq!((worker(&player), lent(&still).iter().sum::<usize>()), (here, 1), "{what}");
    }
    // Whoever was to go on may go.
    assert!(moves(&player, there));
    assert!(still.node.grid.drain(&still.node, there));
    assert!(player.with(|state| state.heir.is_none()) && worker(&player) == here);
    // So may the one that it has.
    let there = still.other(here);
    assert!(moves(&player, there));
    assert!(still.node.grid.drain(&still.node, here));
    assert!(player.with(|state| state.heir.is_none()) && worker(&player) != here);
    for _ in 0..100 {
        assert!(still.tick(&player));
    }
    // It moves with what follows it.
    let there = still.other(worker(&player));
    assert!(moves(&player, there));
    settle(&player);
    for _ in 0..200 {
        assert!(still.tick(&player));
    }
    assert_eq!(worker(&player), there);
    still.events();
    while player.is_playing() {
        assert!(still.tick(&player));
    }
    // The worker's thread tells of the end, a moment after the track is gone.
    let (began, mut events) = (Instant::now(), still.events());
    while events.len() < 3 && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
        events.extend(still.events());
    }
    assert_eq!(events, ["TrackEnd finished", "TrackStart", "TrackEnd finished"]);
    assert_eq!(player.with(|state| state.counts.nulled), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_too_slow_gets_nobody() {
    let still = Still::new(2).await;
    let player = still.player(1);
    play(&player, "slow", 60_000);
    still.second(std::slice::from_ref(&player));
    let here = worker(&player);
    assert!(moves(&player, still.other(here)));
    // Three seconds pass faster than the track is opened elsewhere.
    for _ in 0..300 {
        assert!(still.tick(&player));
    }
    assert!(player.with(|state| state.heir.is_none() && state.stays) && worker(&player) == here);
    assert!(!moves(&player, still.other(here)), "it is not tried again");
    assert_eq!((player.with(|state| state.counts.nulled), lent(&still).iter().sum::<usize>()), (0, 1));
    // With another track it is.
    play(&player, "fine", 60_000);
    still.second(std::slice::from_ref(&player));
    assert!(moves(&player, still.other(here)));
}
