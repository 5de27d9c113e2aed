//! Building anew what messages are found by, a part at a time: for when what is noted of a message changes.
//!
//! A migration that changes it begins a build instead of doing it while nobody can use the server.

use guildhall_db::{Engine, Records, Result, Run, record, values};

use crate::message::MessageRow;
use crate::select;

record! {
    /// A build that goes on; there is one at most.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BuildRow {
        /// Always 1.
        pub id: u8,
        /// The last message that was looked at.
        pub last_id: u64,
        /// How many messages were.
        pub indexed: u32,
    }
}

/// The build that goes on.
pub async fn state(run: &mut dyn Run) -> Result<Option<BuildRow>> {
    run.maybe(&select::<BuildRow>("search_builds", "WHERE id = 1"), values![]).await
}

/// Begins a build, or begins it again.
pub async fn begin(run: &mut dyn Run) -> Result<()> {
    let sql = "INSERT INTO search_builds (id, last_id, indexed) VALUES (1, 0, 0) \
               ON CONFLICT (id) DO UPDATE SET last_id = 0, indexed = 0";
    run.execute(sql, values![]).await?;
    Ok(())
}

/// Begins anew from nothing, words included: for an index that is thought to be wrong. Gives how many messages there are.
pub async fn from_nothing(run: &mut dyn Run) -> Result<u64> {
    begin(run).await?;
    // PostgreSQL keeps words in the messages themselves, where they cannot be wrong.
    if run.engine() == Engine::Sqlite {
        // From the first message on they are put in again by whoever puts in those of new ones.
        run.execute("INSERT INTO message_texts (message_texts) VALUES ('delete-all')", values![]).await?;
        run.execute("UPDATE message_texts_state SET last_id = 0 WHERE id = 1", values![]).await?;
    }
    let sql = "SELECT COUNT(*) FROM messages WHERE deleted_at IS NULL AND visible_to IS NULL";
    Ok(run.scalar(sql, values![]).await?.unwrap_or(0))
}

/// Looks at so many further messages; says whether there may be more.
pub async fn step(run: &mut dyn Run, limit: u32) -> Result<bool> {
    let Some(build) = state(run).await? else { return Ok(false) };
    let rest = "WHERE id > $1 AND deleted_at IS NULL AND visible_to IS NULL ORDER BY id LIMIT $2";
    let rows: Vec<MessageRow> = run.all(&select::<MessageRow>("messages", rest), values![build.last_id, limit]).await?;
    for row in &rows {
        super::reindex(run, row).await?;
    }
    let count = u32::try_from(rows.len()).unwrap_or(limit);
    if let Some(last) = rows.last().filter(|_| count == limit) {
        let sql = "UPDATE search_builds SET last_id = $1, indexed = indexed + $2 WHERE id = 1";
        run.execute(sql, values![last.id, count]).await?;
        return Ok(true);
    }
    run.execute("DELETE FROM search_builds WHERE id = 1", values![]).await?;
    Ok(false)
}
