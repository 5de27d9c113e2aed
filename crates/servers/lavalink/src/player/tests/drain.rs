//! Workers that starve, are ill, or are let go: who plays has another first.

use super::handover::{settle, worker};
use super::*;
use crate::grid::WorkerId;
use crate::wire::Filters;

/// Tracks that are opened for ever by who asks second; and from where they were opened.
#[derive(Default)]
struct Reluctant {
    opened: Mutex<Vec<u64>>,
}

impl Reluctant {
    fn opened(&self) -> Vec<u64> {
        lock(&self.opened).clone()
    }
}

#[async_trait]
impl Sources for Reluctant {
    async fn load(&self, _identifier: &str) -> LoadResult {
        LoadResult::Empty
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let asked = {
            let mut opened = lock(&self.opened);
            opened.push(position);
            opened.len()
        };
        if asked == 2 {
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
        Shelf.open(track, position).await
    }

    fn names(&self) -> Vec<String> {
        Shelf.names()
    }
}

/// Ticks a player so often, each frame right behind the one before.
fn goes_on(still: &Still, player: &Arc<Player>, ticks: usize) {
    for _ in 0..ticks {
        let before = player.with(|state| state.position);
        assert!(still.tick(player));
        let step = player.with(|state| state.position).wrapping_sub(before);
        assert!((5..=35).contains(&step), "{step} ms at {before}");
    }
    assert_eq!(player.with(|state| state.counts.nulled), 0);
}

/// A player after a second of its track, whose worker is let go, and where who is to go on opens the track for ever.
async fn reluctantly() -> (Arc<Reluctant>, Still, Arc<Player>, WorkerId) {
    let sources = Arc::<Reluctant>::default();
    let still = Still::with(1, sources.clone()).await;
    let player = still.player(1);
    play(&player, "fine", 600_000);
    assert!(still.tick(&player));
    goes_on(&still, &player, 49);
    let from = worker(&player);
    assert!(still.node.grid.retire(&still.node, from));
    until("somebody is to go on", || sources.opened().len() == 2);
    (sources, still, player, from)
}

fn is_there(still: &Still, id: WorkerId) -> bool {
    still.node.grid.view().iter().any(|worker| worker.id == id)
}

/// Ticks players until a worker is gone; by how much each moved on with each tick, in milliseconds.
fn leave(still: &Still, players: &[Arc<Player>], from: WorkerId) -> Vec<Vec<u64>> {
    let began = Instant::now();
    let mut steps = vec![Vec::new(); players.len()];
    while still.node.grid.view().iter().any(|worker| worker.id == from) {
        assert!(began.elapsed() < Duration::from_secs(14), "it is still there: {:?}", still.node.grid.view());
        for (player, steps) in players.iter().zip(&mut steps) {
            settle(player);
            // Its worker is told of what was taken at one tick of four.
            for _ in 0..5 {
                let before = player.with(|state| state.position);
                assert!(still.tick(player));
                steps.push(player.with(|state| state.position).wrapping_sub(before));
            }
        }
    }
    steps
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_heard_moves_before_a_worker_goes() {
    let still = Still::new(1).await;
    let playing: Vec<_> = (1..=4).map(|guild| still.player(guild)).collect();
    playing.iter().for_each(|player| play(player, "fine", 600_000));
    let mut radio = track("fine", 600_000);
    (radio.info.is_stream, radio.info.is_seekable) = (true, false);
    let start = Start { track: radio, position: 0 };
    playing[1].apply(Change { track: Patch::Value(start), ..Change::default() });
    playing[2].add_layer(track("fine", 600_000), 0.5).unwrap();
    let timescale = serde_json::from_value::<Filters>(serde_json::json!({ "timescale": { "speed": 1.5 } })).unwrap();
    playing[3].apply(Change { filters: Some(timescale), ..Change::default() });
    let (paused, idle) = (still.player(5), still.player(6));
    play(&paused, "fine", 600_000);
    paused.apply(Change { paused: Some(true), ..Change::default() });
    play(&idle, "fine", 600_000);
    idle.apply(Change { track: Patch::Null, ..Change::default() });
    for player in &playing {
        (0..50).for_each(|_| assert!(still.tick(player)));
    }
    let from = worker(&playing[0]);
    still.events();
    assert!(still.node.grid.retire(&still.node, from) && still.node.grid.retire(&still.node, from));
    let steps = leave(&still, &playing, from);
    for (number, steps) in steps.iter().enumerate() {
        // Each frame is followed by the next: three seconds of them at least until the one from elsewhere.
        let fits = if number == 3 { 0..=75 } else { 5..=35 };
        assert!(steps.len() > 50 && steps.iter().all(|step| fits.contains(step)), "{number}: {steps:?}");
    }
    for player in &playing {
        assert!(worker(player) != from && player.with(|state| state.counts.nulled) == 0);
    }
    assert_eq!(playing[2].layers().len(), 1);
    assert!(paused.with(|state| state.worker()).is_some_and(|worker| worker != from));
    assert_eq!(idle.with(|state| state.worker()), None);
    assert_eq!(still.events(), ["WorkerReplaced"; 5]);
    assert_eq!(still.node.grid.view().len(), 1);
    assert!(!still.node.grid.retire(&still.node, from));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_while_a_worker_is_let_go_begins_elsewhere() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "fine", 2_000);
    for _ in 0..20 {
        assert!(still.tick(&player));
    }
    let from = worker(&player);
    // It is over before anybody could take it over.
    assert!(still.node.grid.retire(&still.node, from));
    player.follow(Some(track("fine", 600_000)));
    play(&player, "fine", 600_000);
    assert_ne!(worker(&player), from);
    leave(&still, std::slice::from_ref(&player), from);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_goes_after_fifteen_seconds_whoever_has_not_moved_by_then() {
    let (sources, still, player, from) = reluctantly().await;
    // Ten seconds are left.
    still.node.grid.age(from, Duration::from_secs(5));
    goes_on(&still, &player, 50);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(is_there(&still, from) && worker(&player) == from);
    still.node.grid.age(from, Duration::from_secs(10));
    until("it is gone", || !is_there(&still, from) && worker(&player) != from);
    let other = worker(&player);
    // It plays on behind what waited, and nobody is to go on any more.
    goes_on(&still, &player, 200);
    assert!(player.with(|state| state.heir.is_none()) && worker(&player) == other);
    assert_eq!(still.events(), ["TrackStart", "WorkerReplaced"]);
    let opened = sources.opened();
    assert!(opened.len() == 3 && (1_980..=2_460).contains(&opened[2]), "{opened:?}");
    let view = still.node.grid.view();
    assert!(view.len() == 1 && view[0].id == other && view[0].players == 1, "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_too_slow_to_take_over_has_longer_at_the_next_try() {
    let (sources, still, player, from) = reluctantly().await;
    // Three seconds, behind what waited: then it would be heard that nothing is there.
    let mut ticks = 0;
    while player.with(|state| state.heir.is_some()) {
        assert!(ticks < 200, "it is waited for for ever");
        goes_on(&still, &player, 1);
        ticks += 1;
    }
    assert!((140..=178).contains(&ticks), "{ticks} ticks");
    assert!(worker(&player) == from && is_there(&still, from));
    until("it is tried again", || sources.opened().len() == 3);
    let begin = player.with(|state| state.position);
    let leads = sources.opened().windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
    // Both began two frames before what they were to go on with: at 1,000 and at some 4,000 ms, and what waited.
    assert!((3_900..=4_460).contains(&leads[0]), "{leads:?}");
    let opened = sources.opened();
    assert!((begin + 6_900..=begin + 7_460).contains(&opened[2]), "{opened:?} at {begin}");
    settle(&player);
    goes_on(&still, &player, 400);
    until("it is gone", || !is_there(&still, from));
    assert_ne!(worker(&player), from);
    assert_eq!(sources.opened().len(), 3);
    assert_eq!(still.events(), ["TrackStart", "WorkerReplaced"]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_else_lives_a_worker_stays_beyond_its_time() {
    // Processes that never say anything: for five seconds they are believed to begin.
    let worker_command = vec!["sleep".into(), "60".into()];
    let still = Still::of(Settings { workers: 1, worker_command, ..Settings::default() }, Arc::new(Shelf)).await;
    let player = still.player(1);
    play(&player, "fine", 600_000);
    let from = worker(&player);
    assert!(still.node.grid.retire(&still.node, from));
    still.node.grid.age(from, Duration::from_mins(1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let other = still.node.grid.view().into_iter().map(|worker| worker.id).find(|id| *id != from).unwrap();
    assert!(is_there(&still, from) && worker(&player) == from);
    still.node.grid.strain_one(other, &Beat::default());
    until("it is gone", || !is_there(&still, from) && worker(&player) == other);
}

/// Has players miss frames until a worker is not theirs any more, or for so long; whether it is not.
async fn starve(still: &Still, player: &Arc<Player>, nulled: u64, most: Duration) -> bool {
    let (before, began) = (worker(player), Instant::now());
    while began.elapsed() < most {
        still.miss(player, 10, nulled);
        tokio::time::sleep(Duration::from_millis(50)).await;
        if player.with(|state| state.worker()) != Some(before) {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_radio_that_stalls_hides_nobodys_hunger_and_is_nobodys_fault() {
    let still = Still::new(2).await;
    let (radio, player) = (still.player(1), still.player(2));
    // Both have the same worker.
    play(&radio, "stuck", 600_000);
    for _ in 0..25 {
        assert!(still.tick(&radio));
    }
    let home = worker(&radio);
    let others: Vec<_> = (10..20).map(|guild| still.player(guild)).collect();
    others.iter().for_each(|other| play(other, "fine", 600_000));
    let player = others.into_iter().chain([player]).find(|other| other.with(|state| state.worker()) == Some(home));
    let player = player.unwrap();
    // The source gives nothing: all of its frames are missed, and nobody is to blame.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        still.beat(&radio);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(radio.with(|state| state.counts.nulled) > 100);
    assert_eq!(worker(&radio), home);
    // One frame of ten of somebody else is another matter.
    assert!(starve(&still, &player, 1, Duration::from_secs(10)).await);
    assert_ne!(worker(&radio), home);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_worker_alone_is_replaced_too_but_not_again_and_again() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "fine", 600_000);
    for _ in 0..50 {
        assert!(still.tick(&player));
    }
    assert!(starve(&still, &player, 1, Duration::from_secs(10)).await);
    assert_eq!(still.node.grid.view().len(), 1);
    // Whoever came in its place starves as well: it is the machine that is short of something.
    assert!(!starve(&still, &player, 1, Duration::from_secs(3)).await);
    assert!(starve(&still, &player, 1, Duration::from_secs(10)).await);
    for _ in 0..50 {
        assert!(still.tick(&player));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_ill_is_let_go_before_anybody_hears_it() {
    let still = Still::new(2).await;
    let player = still.player(1);
    play(&player, "fine", 600_000);
    for _ in 0..50 {
        assert!(still.tick(&player));
    }
    let from = worker(&player);
    let began = Instant::now();
    // Nothing is missed yet, but next to nothing is made ahead either.
    while still.node.grid.view().iter().any(|worker| worker.id == from) {
        assert!(began.elapsed() < Duration::from_secs(40), "it is kept: {:?}", still.node.grid.view());
        for _ in 0..20 {
            let ill = Beat { frames: 5, busy: 100_000, ahead: Some(0), players: 1, ..Beat::default() };
            still.node.grid.strain_one(from, &ill);
        }
        if player.with(|state| state.heir.is_some()) {
            settle(&player);
            assert!(still.tick(&player));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(began.elapsed() > Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(player.with(|state| state.counts.nulled), 0);
    assert_eq!(still.events(), ["TrackStart", "WorkerReplaced"]);
}
