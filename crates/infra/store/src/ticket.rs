//! Second steps in progress: a login that waits for its second factor, a passkey that is being made or used.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{Id, UserMarker};

use crate::select;

record! {
    /// A step in progress.
    #[derive(Clone, Debug)]
    pub struct TicketRow {
        /// SHA-256 of the ticket.
        pub hash: Vec<u8>,
        /// What it is for.
        pub kind: String,
        /// Whose; none where that is to be found out.
        pub user_id: Option<Id<UserMarker>>,
        /// What the next step needs.
        pub state: String,
        /// How often the next step was tried.
        pub attempts: i64,
        /// When it is worth nothing any more, in microseconds.
        pub expires_at: i64,
    }
}

/// Adds a ticket, and forgets those that are over.
pub async fn insert(run: &mut dyn Run, row: &TicketRow, now_micros: i64) -> Result<()> {
    run.execute("DELETE FROM tickets WHERE expires_at <= $1", values![now_micros]).await?;
    crate::insert(run, "tickets", row).await
}

/// Counts a try of a ticket's next step, at most so many times; gives the ticket unless it is over or used up.
pub async fn attempt(
    run: &mut dyn Run,
    hash: &[u8],
    kind: &str,
    now_micros: i64,
    most: i64,
) -> Result<Option<TicketRow>> {
    let sql = "UPDATE tickets SET attempts = attempts + 1 \
               WHERE hash = $1 AND kind = $2 AND expires_at > $3 AND attempts < $4";
    if run.execute(sql, values![hash, kind, now_micros, most]).await? == 0 {
        return Ok(None);
    }
    run.maybe(&select::<TicketRow>("tickets", "WHERE hash = $1"), values![hash]).await
}

/// How often the next step was tried with all of a user's tickets of a kind that are not over.
pub async fn attempts(run: &mut dyn Run, user: Id<UserMarker>, kind: &str, now_micros: i64) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(attempts), 0) AS BIGINT) FROM tickets \
               WHERE user_id = $1 AND kind = $2 AND expires_at > $3";
    Ok(run.scalar(sql, values![user, kind, now_micros]).await?.unwrap_or(0))
}

/// Uses a ticket up; says whether it was there.
pub async fn take(run: &mut dyn Run, hash: &[u8]) -> Result<bool> {
    Ok(run.execute("DELETE FROM tickets WHERE hash = $1", values![hash]).await? > 0)
}

/// Forgets a user's tickets.
pub async fn forget(run: &mut dyn Run, user: Id<UserMarker>) -> Result<()> {
    run.execute("DELETE FROM tickets WHERE user_id = $1", values![user]).await?;
    Ok(())
}
