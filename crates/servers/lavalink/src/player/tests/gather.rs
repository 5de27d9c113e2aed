//! Players whose packets go through come together on one worker of threads.

use super::*;
use crate::grid::{Needs, WorkerId};
use crate::wire::Filters;

fn play_of(player: &Arc<Player>, kind: &str) {
    let track = Track::new(track(kind, 60_000).info, Some(kind));
    player.apply(Change { track: Patch::Value(Start { track, position: 0 }), ..Change::default() });
}

fn worker(player: &Arc<Player>) -> Option<WorkerId> {
    player.with(|state| State::worker(state))
}

#[tokio::test(flavor = "multi_thread")]
async fn players_whose_packets_go_through_come_together_and_stay() {
    let still = Still::new(3).await;
    let players: Vec<_> = (1..=6).map(|guild| still.player(guild)).collect();
    players.iter().zip(["ogg", "matroska/webm"].into_iter().cycle()).for_each(|(player, kind)| play_of(player, kind));
    let first = worker(&players[0]);
    assert!(first.is_some() && players.iter().all(|player| worker(player) == first));
    // The others are shared out.
    let others: Vec<_> = (7..=8).map(|guild| still.player(guild)).collect();
    others.iter().for_each(|player| play_of(player, "mp3"));
    let [one, two] = [worker(&others[0]), worker(&others[1])];
    assert!(one != two && one != first && two != first);
    // Nobody moves although one has many more, and all have said that they are well.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for second in 10..20 {
        still.node.grid.balance(&still.node, Instant::now() + Duration::from_secs(second));
    }
    assert!(players.iter().all(|player| player.with(|state| state.seat()) == first));
    still.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_go_through_where_nothing_is_done_to_them() {
    let still = Still::new(1).await;
    let player = still.player(1);
    let through = || player.with(|state| state.goes_through(&still.node));
    assert!(!through());
    play_of(&player, "ogg");
    assert!(through());
    player.apply(Change { volume: Some(80), ..Change::default() });
    assert!(!through());
    let filters = Filters { tremolo: Some(crate::wire::Tremolo::default()), ..Filters::default() };
    player.apply(Change { volume: Some(100), filters: Some(filters), ..Change::default() });
    assert!(!through());
    player.apply(Change { filters: Some(Filters::default()), ..Change::default() });
    assert!(through());
    play_of(&player, "mp3");
    assert!(!through());
    // What follows counts once it is heard.
    play(&player, "short", 1_000);
    player.follow(Some(Track::new(track("next", 60_000).info, Some("ogg"))));
    assert!(!through());
    // What waited of the track before may be heard first.
    for _ in 0..60 + THROUGH {
        assert!(still.tick(&player));
    }
    assert!(through());
    still.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_they_come_together_there_is_room_for_so_many() {
    let still = Still::new(3).await;
    let grid = &still.node.grid;
    let through = Needs { sources: vec!["shelf"], through: true, ..Needs::default() };
    let first = grid.place(&through);
    assert!((1..64).all(|_| grid.place(&through) == first));
    let second = grid.place(&through);
    assert!(second.is_some() && second != first && grid.place(&through) == second);
    let third = grid.place(&Needs { through: false, ..through.clone() });
    assert!(third.is_some() && third != first && third != second);
    grid.release(first.unwrap());
    assert_eq!(grid.place(&through), first);
    assert_eq!(grid.place(&through), second);
    still.node.stop().await;
}
