//! Counts for the people who run the instance.

use guildhall_db::{Engine, Records, Result, Run, values};
use guildhall_wire::id::{GenericMarker, Id, created_ms};

/// How much there is of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub users: u64,
    pub bots: u64,
    pub guilds: u64,
    pub channels: u64,
    pub messages: u64,
    pub recent_messages: u64,
}

/// Counts everything; messages from that id on are recent.
pub async fn counts(run: &mut dyn Run, recent: u64) -> Result<Counts> {
    Ok(Counts {
        users: count(run, "SELECT COUNT(*) FROM users WHERE bot = 0 AND deleted_at IS NULL").await?,
        bots: count(run, "SELECT COUNT(*) FROM users WHERE bot = 1 AND deleted_at IS NULL").await?,
        guilds: count(run, "SELECT COUNT(*) FROM guilds").await?,
        channels: count(run, "SELECT COUNT(*) FROM channels WHERE guild_id IS NOT NULL AND kind NOT IN (10, 11, 12)")
            .await?,
        messages: count(run, "SELECT COUNT(*) FROM messages WHERE deleted_at IS NULL").await?,
        recent_messages: {
            let sql = "SELECT COUNT(*) FROM messages WHERE id >= $1 AND deleted_at IS NULL";
            run.scalar::<i64>(sql, values![recent]).await?.unwrap_or(0).unsigned_abs()
        },
    })
}

async fn count(run: &mut dyn Run, sql: &str) -> Result<u64> {
    Ok(run.scalar::<i64>(sql, vec![]).await?.unwrap_or(0).unsigned_abs())
}

/// What PostgreSQL's clock shows, in milliseconds; none of SQLite, which has that of this machine.
pub async fn clock(run: &mut dyn Run) -> Result<Option<u64>> {
    match run.engine() {
        Engine::Sqlite => Ok(None),
        Engine::Postgres => {
            let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
            run.scalar(sql, vec![]).await
        }
    }
}

/// When the newest account or message was made, in milliseconds; none where there is neither.
pub async fn newest(run: &mut dyn Run) -> Result<Option<u64>> {
    let mut newest = None;
    for sql in ["SELECT id FROM messages ORDER BY id DESC LIMIT 1", "SELECT id FROM users ORDER BY id DESC LIMIT 1"] {
        let id: Option<Id<GenericMarker>> = run.scalar(sql, vec![]).await?;
        newest = newest.max(id.map(created_ms));
    }
    Ok(newest)
}
