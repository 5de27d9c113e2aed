//! Recovery records, and disks that fail.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use guildhall_db::{Config, Run as _, values};

use super::*;
use crate::queue::Queue;
use crate::source::Tones;
use crate::voice::Null;
use crate::wire::{LoadResult, Track};

async fn node(folder: &tempfile::TempDir) -> Arc<Node> {
    let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
    let settings = Settings { workers: 1, clocks: 0, key: folder.path().join("node.key"), ..Settings::default() };
    Node::start(settings, db, Arc::new(Tones), Arc::new(Null::default())).await.unwrap()
}

async fn tone() -> Track {
    let LoadResult::Track(track) = Tones.load("tone:440:60").await else { unreachable!("a tone is a track") };
    *track
}

fn session(node: &Node) -> Arc<Session> {
    let session = node.open_session(1, "test".to_owned());
    session.configure(Some(true), Some(60), None);
    session
}

async fn sql(node: &Node, sql: &'static str) {
    let mut run = &node.db;
    run.execute(sql, values![]).await.unwrap();
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(&folder).await;
    let (stays, ends) = (session(&node), session(&node));
    let leaves = stays.player_or_new(&node, 1).unwrap();
    for session in [&stays, &ends] {
        session.player_or_new(&node, 2).unwrap().with(|state| state.track = None);
    }
    node.save().await.unwrap();
    assert_eq!(store::sessions(&node.db).await.unwrap().len(), 2);
    assert_eq!(store::players(&node.db).await.unwrap().len(), 3);
    // While the disk fails, all sorts of things happen.
    sql(&node, "ALTER TABLE lavalink_session RENAME TO elsewhere").await;
    let late = session(&node);
    let track = tone().await;
    late.player_or_new(&node, 3).unwrap().with(|state| state.track = Some(track.clone()));
    stays.remove(1);
    leaves.destroy();
    node.end_session(&ends.id);
    let name = crate::loudness::Name { source: "tone".to_owned(), identifier: "x".to_owned(), length: 1 };
    let loudness = guildhall_audio::loudness::Loudness { integrated: -10.0, range: 0.0, true_peak: 0.0 };
    lock(&node.loudness).learn(name, loudness);
    for _ in 0..3 {
        assert!(node.save().await.is_err());
    }
    sql(&node, "ALTER TABLE elsewhere RENAME TO lavalink_session").await;
    node.save().await.unwrap();
    let mut known: Vec<_> = store::sessions(&node.db).await.unwrap().into_iter().map(|row| row.id).collect();
    known.sort();
    let mut wanted = vec![stays.id.clone(), late.id.clone()];
    wanted.sort();
    assert_eq!(known, wanted);
    let players = store::players(&node.db).await.unwrap();
    let mut players: Vec<_> = players.into_iter().map(|row| (row.session_id, row.guild_id)).collect();
    players.sort();
    let mut wanted = vec![(stays.id.clone(), 2), (late.id.clone(), 3)];
    wanted.sort();
    assert_eq!(players, wanted);
    assert_eq!(store::loudness(&node.db).await.unwrap().len(), 1);
    node.stop().await;
}

#[tokio::test]
async fn another_player_of_a_guild_is_not_taken_for_the_one_that_left() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(&folder).await;
    let session = session(&node);
    let first = session.player_or_new(&node, 1).unwrap();
    node.save().await.unwrap();
    session.remove(1);
    let second = session.player_or_new(&node, 1).unwrap();
    node.save().await.unwrap();
    first.destroy();
    node.save().await.unwrap();
    assert_eq!(store::players(&node.db).await.unwrap().len(), 1);
    session.remove(1);
    second.destroy();
    node.save().await.unwrap();
    assert!(store::players(&node.db).await.unwrap().is_empty() && store::queues(&node.db).await.unwrap().is_empty());
    node.stop().await;
}

#[tokio::test]
async fn a_queue_is_written_when_something_changed_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let node = self::node(&folder).await;
    let session = session(&node);
    let player = session.player_or_new(&node, 1).unwrap();
    let track = tone().await;
    let tracks = std::iter::repeat_n(track.clone(), 100).collect();
    player.with(|state| {
        state.track = Some(track);
        state.queue = Some(Queue { tracks, ..Queue::default() });
    });
    node.save().await.unwrap();
    let written = || async {
        let (players, queues) = (store::players(&node.db).await.unwrap(), store::queues(&node.db).await.unwrap());
        assert_eq!((players.len(), queues.len()), (1, 1));
        (players[0].record.clone(), queues[0].queue.clone())
    };
    let first = written().await;
    assert!(first.0.len() < 4_000 && first.1.len() > 10_000, "{} {}", first.0.len(), first.1.len());
    // The track moves on, and nothing else.
    node.save().await.unwrap();
    let second = written().await;
    assert!(first.0 != second.0 && first.1 == second.1);
    player.with(|state| {
        state.queue.as_mut().unwrap().tracks.pop_front();
        state.unsaved = true;
    });
    node.save().await.unwrap();
    assert_ne!(written().await.1, second.1);
    node.stop().await;
    let again = self::node(&folder).await;
    let player = again.session(&session.id).unwrap().player(1).unwrap();
    assert_eq!(player.with(|state| state.queue.as_ref().unwrap().tracks.len()), 99);
    // None is remembered as well as one.
    player.with(|state| (state.queue, state.unsaved) = (None, true));
    again.stop().await;
    let again = self::node(&folder).await;
    let player = again.session(&session.id).unwrap().player(1).unwrap();
    assert!(player.with(|state| state.queue.is_none()));
    again.stop().await;
}

#[tokio::test]
async fn figures_of_many_players_are_only_so_many() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(&folder).await;
    let session = session(&node);
    for guild in 1..=510 {
        session.player_or_new(&node, guild).unwrap();
    }
    let told = crate::server::figures(&node);
    assert!(told.contains("\nlavalink_players_without_series 10\n"));
    let lines = told.lines().filter(|line| line.starts_with("lavalink_player_")).count();
    assert_eq!(lines, 500 * 13);
    // Those that came first have them still.
    assert!(told.contains("guild=\"1\"") && told.contains("guild=\"500\"") && !told.contains("guild=\"501\""));
    assert!(told.len() < 1 << 20, "{}", told.len());
    node.stop().await;
}
