//! One track after another: what is told, of which, and in which order.

use super::*;
use crate::queue::{Loop, Queue};
use crate::session::NoPlayer;

/// Types of the events so far, with the names of their tracks.
fn told(still: &Still) -> Vec<String> {
    let mut found = Vec::new();
    let mut events = lock(&still.events);
    while let Ok(text) = events.try_recv() {
        let message: serde_json::Value = serde_json::from_str(&text).unwrap();
        if message["op"] == "event" {
            let kind = message["type"].as_str().unwrap().trim_end_matches("Event").trim_start_matches("Track");
            let name = message["track"]["info"]["identifier"].as_str().unwrap_or_default();
            let reason = message["reason"].as_str().filter(|reason| *reason != "finished").unwrap_or_default();
            found.push(format!("{kind} {name} {reason}").trim_end().to_owned());
        }
    }
    found
}

/// Ticks until nothing has been told for a while, or has to be.
async fn run(still: &Still, player: &Arc<Player>, quiet: Duration) -> Vec<String> {
    let (mut all, mut last) = (Vec::new(), Instant::now());
    while last.elapsed() < quiet {
        if player.is_playing() {
            assert!(still.tick(player));
        } else {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let new = told(still);
        if !new.is_empty() || player.is_playing() {
            last = Instant::now();
        }
        all.extend(new);
        assert!(all.len() < 100, "{all:?}");
    }
    all
}

const QUIET: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn a_track_that_comes_late_is_told_with_its_first_sound() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "fine", 200);
    player.follow(Some(track("late", 400)));
    assert_eq!(run(&still, &player, QUIET).await, ["Start fine", "End fine", "Start late", "End late"]);
    assert_eq!(still.heard.load(Ordering::Relaxed), 10 + 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_and_fails_is_what_failed() {
    let still = Still::new(1).await;
    let player = still.player(1);
    play(&player, "fine", 1_000);
    player.follow(Some(track("broken", 400)));
    let events = ["Start fine", "End fine", "Start broken", "Exception broken", "End broken loadFailed"];
    assert_eq!(run(&still, &player, QUIET).await, events);
    assert_eq!(still.heard.load(Ordering::Relaxed), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_one_that_is_to_follow_does_not_rename_what_has_begun() {
    for drains in [false, true] {
        let still = Still::new(2).await;
        let player = still.player(1);
        play(&player, "one", 1_000);
        player.follow(Some(track("two", 2_000)));
        still.play_up_to_the_turn(&player).await;
        player.follow(Some(track("three", 1_000)));
        if drains {
            let worker = player.with(|state| state.worker()).unwrap();
            assert!(still.node.grid.drain(&still.node, worker));
        }
        let mut events = run(&still, &player, QUIET).await;
        events.retain(|event| event != "WorkerReplaced");
        assert_eq!(events, ["Start one", "End one", "Start two", "End two", "Start three", "End three"]);
        assert_eq!(still.heard.load(Ordering::Relaxed), 50 + 100 + 50);
    }
}

fn queue(player: &Arc<Player>, mode: Loop, tracks: Vec<Track>) {
    player.with(|state| state.queue = Some(Queue { mode, tracks: tracks.into(), ..Queue::default() }));
    player.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_played_is_not_repeated_for_ever() {
    let still = Still::new(1).await;
    let player = still.player(1);
    let failed = ["Start broken", "Exception broken", "End broken loadFailed"];
    queue(&player, Loop::Track, vec![track("broken", 1_000)]);
    assert_eq!(run(&still, &player, QUIET).await, failed);
    // What is behind it is played, and what it had nothing of is not either.
    let mut over = track("over", 1_000);
    over.info.position = 1_000;
    queue(&player, Loop::Track, vec![over]);
    let events = run(&still, &player, QUIET).await;
    assert!((2..=4).contains(&events.len()), "{events:?}");
    // It is tried again a few times, with pauses, and then no more.
    let began = Instant::now();
    queue(&player, Loop::Queue, vec![track("broken", 1_000)]);
    let events = run(&still, &player, Duration::from_secs(4)).await;
    assert!(began.elapsed() > Duration::from_millis(3_750 + 4_000));
    assert_eq!(events.len(), 6 * failed.len() + 1, "{events:?}");
    assert_eq!(events.last().map(String::as_str), Some("QueueStopped"));
    assert_eq!(player.with(|state| state.queue.as_ref().map(|queue| queue.tracks.len())), Some(1));
    // One that fails does not keep those behind it waiting.
    queue(&player, Loop::Off, vec![track("broken", 1_000), track("fine", 200)]);
    let events = run(&still, &player, QUIET).await;
    assert_eq!(events, ["Start broken", "Exception broken", "End broken loadFailed", "Start fine", "End fine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_and_what_is_begun_is_told_in_its_order() {
    let still = Arc::new(Still::new(1).await);
    let player = still.player(1);
    let mut plays = None;
    for round in 0..300 {
        play(&player, "first", 40);
        player.with(|state| {
            let tracks = [track("second", 40), track("third", 40)].into();
            state.queue = Some(Queue { tracks, ..Queue::default() });
        });
        std::thread::scope(|scope| {
            scope.spawn(|| (0..4).for_each(|_| assert!(still.tick(&player))));
            scope.spawn(|| {
                std::thread::sleep(Duration::from_micros(round % 30 * 20));
                play(&player, "client", 60_000);
            });
            scope.spawn(|| player.settle());
            player.settle();
        });
        for event in told(&still) {
            let mut words = event.split(' ');
            match (words.next(), words.next().map(str::to_owned)) {
                (Some("Start"), name) => assert_eq!(plays.replace(name), None, "round {round}"),
                (Some("End"), name) => assert_eq!(plays.take(), Some(name), "round {round}"),
                _ => assert_eq!(event, ""),
            }
        }
        // Nothing takes the place of what the client began.
        assert_eq!(plays, Some(Some("client".to_owned())), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_played_for_a_session_that_is_over() {
    let still = Still::new(1).await;
    let player = still.player(1);
    still.node.end_session(&still.session.id);
    assert_eq!(still.session.player_or_new(&still.node, 1).err(), Some(NoPlayer::Ended));
    // Somebody had it in hand.
    let voice = VoiceState { token: "t".into(), endpoint: "e".into(), session_id: "s".into(), channel_id: None };
    let start = Start { track: track("fine", 1_000), position: 0 };
    player.apply(Change { track: Patch::Value(start), voice: Some(voice), ..Change::default() });
    assert_eq!(player.with(|state| (state.worker(), state.link.is_some())), (None, false));
    assert!(still.node.players().is_empty());
}
