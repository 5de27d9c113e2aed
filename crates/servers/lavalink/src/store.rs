//! The node's tables: sessions that may be resumed, and recovery records of their players.

use guildhall_audio::loudness::Loudness;
use guildhall_db::{Db, Migration, Records, Result, Run, record, values};

use crate::loudness::{MOST, Name};

/// The history of the node's database.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "node", sql: include_str!("../migrations/0001_node.sql") },
    Migration { version: 2, name: "library", sql: include_str!("../migrations/0002_library.sql") },
    Migration { version: 3, name: "loudness", sql: include_str!("../migrations/0003_loudness.sql") },
    Migration { version: 60, name: "upload", sql: include_str!("../migrations/0060_upload.sql") },
    Migration { version: 61, name: "artwork", sql: include_str!("../migrations/0061_artwork.sql") },
    Migration { version: 62, name: "queue", sql: include_str!("../migrations/0062_queue.sql") },
    Migration { version: 63, name: "event", sql: include_str!("../migrations/0063_event.sql") },
];

record! {
    /// A session.
    #[derive(Clone, Debug)]
    pub(crate) struct SessionRow {
        pub(crate) id: String,
        pub(crate) user_id: i64,
        pub(crate) client: String,
        pub(crate) timeout: i64,
        pub(crate) all_events: bool,
    }
}

record! {
    /// A player.
    #[derive(Clone, Debug)]
    pub(crate) struct PlayerRow {
        pub(crate) session_id: String,
        pub(crate) guild_id: i64,
        pub(crate) record: Vec<u8>,
    }
}

record! {
    /// A player's queue.
    #[derive(Clone, Debug)]
    pub(crate) struct QueueRow {
        pub(crate) session_id: String,
        pub(crate) guild_id: i64,
        pub(crate) queue: Vec<u8>,
    }
}

record! {
    /// What happened while a client was away.
    #[derive(Clone, Debug)]
    pub(crate) struct EventRow {
        pub(crate) session_id: String,
        pub(crate) events: Vec<u8>,
    }
}

record! {
    /// How loud a track is.
    #[derive(Clone, Debug)]
    pub(crate) struct LoudnessRow {
        pub(crate) source: String,
        pub(crate) identifier: String,
        pub(crate) length: i64,
        pub(crate) integrated: f64,
    }
}

impl LoudnessRow {
    pub(crate) fn known(self) -> (Name, Loudness) {
        #[expect(clippy::cast_possible_truncation, reason = "decibels need no more")]
        let loudness = Loudness { integrated: self.integrated as f32, range: 0.0, true_peak: 0.0 };
        (Name { source: self.source, identifier: self.identifier, length: self.length }, loudness)
    }
}

/// How loud the tracks are that were measured last, the oldest first.
pub(crate) async fn loudness(db: &Db) -> Result<Vec<LoudnessRow>> {
    let mut run = db;
    let mut rows: Vec<LoudnessRow> = run
        .all(
            "SELECT source, identifier, length, integrated FROM lavalink_loudness ORDER BY measured_at DESC LIMIT $1",
            values![i64::try_from(MOST).unwrap_or(i64::MAX)],
        )
        .await?;
    rows.reverse();
    Ok(rows)
}

/// All sessions.
pub(crate) async fn sessions(db: &Db) -> Result<Vec<SessionRow>> {
    let mut run = db;
    run.all("SELECT id, user_id, client, timeout, all_events FROM lavalink_session ORDER BY id", values![]).await
}

/// All players.
pub(crate) async fn players(db: &Db) -> Result<Vec<PlayerRow>> {
    let mut run = db;
    run.all("SELECT session_id, guild_id, record FROM lavalink_player ORDER BY session_id, guild_id", values![]).await
}

/// All queues.
pub(crate) async fn queues(db: &Db) -> Result<Vec<QueueRow>> {
    let mut run = db;
    run.all("SELECT session_id, guild_id, queue FROM lavalink_queue ORDER BY session_id, guild_id", values![]).await
}

/// What happened while clients were away.
pub(crate) async fn events(db: &Db) -> Result<Vec<EventRow>> {
    let mut run = db;
    run.all("SELECT session_id, events FROM lavalink_event ORDER BY session_id", values![]).await
}

/// What has changed, in one transaction.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) players: Vec<PlayerRow>,
    pub(crate) queues: Vec<QueueRow>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) ended: Vec<String>,
    pub(crate) left: Vec<(String, u64)>,
    pub(crate) loudness: Vec<(Name, Loudness)>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.sessions.is_empty()
            && self.players.is_empty()
            && self.queues.is_empty()
            && self.events.is_empty()
            && self.ended.is_empty()
            && self.left.is_empty()
            && self.loudness.is_empty()
    }

    /// Writes them: first who went, for another may have come in his place.
    pub(crate) async fn write(&self, db: &Db) -> Result<()> {
        let mut tx = db.begin().await?;
        for (session, guild) in &self.left {
            let guild = guild.cast_signed();
            tx.execute("DELETE FROM lavalink_player WHERE session_id = $1 AND guild_id = $2", values![session, guild])
                .await?;
        }
        for id in &self.ended {
            tx.execute("DELETE FROM lavalink_player WHERE session_id = $1", values![id]).await?;
            tx.execute("DELETE FROM lavalink_session WHERE id = $1", values![id]).await?;
        }
        for row in &self.sessions {
            tx.execute(
                "INSERT INTO lavalink_session (id, user_id, client, timeout, all_events) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (id) DO UPDATE SET timeout = excluded.timeout, all_events = excluded.all_events",
                values![row.id, row.user_id, row.client, row.timeout, row.all_events],
            )
            .await?;
        }
        for row in &self.players {
            tx.execute(
                "INSERT INTO lavalink_player (session_id, guild_id, record) VALUES ($1, $2, $3)
                 ON CONFLICT (session_id, guild_id) DO UPDATE SET record = excluded.record",
                values![row.session_id, row.guild_id, row.record],
            )
            .await?;
        }
        for row in &self.queues {
            tx.execute(
                "INSERT INTO lavalink_queue (session_id, guild_id, queue) VALUES ($1, $2, $3)
                 ON CONFLICT (session_id, guild_id) DO UPDATE SET queue = excluded.queue",
                values![row.session_id, row.guild_id, row.queue],
            )
            .await?;
        }
        for row in &self.events {
            tx.execute(
                "INSERT INTO lavalink_event (session_id, events) VALUES ($1, $2)
                 ON CONFLICT (session_id) DO UPDATE SET events = excluded.events",
                values![row.session_id, row.events],
            )
            .await?;
        }
        let now = crate::now_ms().cast_signed();
        for (name, loudness) in &self.loudness {
            tx.execute(
                "INSERT INTO lavalink_loudness (source, identifier, length, integrated, measured_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (source, identifier, length)
                 DO UPDATE SET integrated = excluded.integrated, measured_at = excluded.measured_at",
                values![name.source, name.identifier, name.length, f64::from(loudness.integrated), now],
            )
            .await?;
        }
        tx.commit().await
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use guildhall_db::Config;

    use super::*;

    #[tokio::test]
    async fn a_player_that_went_and_came_again_keeps_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
        db.migrate(MIGRATIONS).await.unwrap();
        let session =
            SessionRow { id: "one".to_owned(), user_id: 1, client: String::new(), timeout: 60, all_events: false };
        let player = |guild_id, record: u8| PlayerRow { session_id: "one".to_owned(), guild_id, record: vec![record] };
        let first =
            Changes { sessions: vec![session], players: vec![player(7, 1), player(8, 1)], ..Changes::default() };
        first.write(&db).await.unwrap();
        let left = vec![("one".to_owned(), 7), ("one".to_owned(), 8)];
        Changes { left, players: vec![player(7, 2)], ..Changes::default() }.write(&db).await.unwrap();
        let kept: Vec<_> = players(&db).await.unwrap().into_iter().map(|row| (row.guild_id, row.record)).collect();
        assert_eq!(kept, [(7, vec![2])]);
    }
}
