//! What is to happen later.

use guildhall_db::{Records, Result, Run, record, values};

use crate::select;

record! {
    /// A timer.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TimerRow {
        /// What happens.
        pub kind: String,
        /// To what.
        pub subject: String,
        /// Where: an id.
        pub place: u64,
        /// When, in microseconds.
        pub due_at: i64,
        /// When it is tried next: later than it is due after failures.
        pub run_at: i64,
        /// How often it failed in a row.
        pub failures: u32,
    }
}

/// Sets a timer, or sets it anew.
pub async fn set(run: &mut dyn Run, row: &TimerRow) -> Result<()> {
    let sql = "INSERT INTO timers (kind, subject, place, due_at, run_at, failures) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (kind, subject) DO UPDATE SET place = excluded.place, due_at = excluded.due_at, \
               run_at = excluded.run_at, failures = excluded.failures";
    run.execute(sql, values![row.kind, row.subject, row.place, row.due_at, row.run_at, row.failures]).await?;
    Ok(())
}

/// Takes a timer away; says whether there was one.
pub async fn cancel(run: &mut dyn Run, kind: &str, subject: &str) -> Result<bool> {
    Ok(run.execute("DELETE FROM timers WHERE kind = $1 AND subject = $2", values![kind, subject]).await? > 0)
}

/// Takes this timer away, unless it was set anew since or somebody else was faster.
pub async fn take(run: &mut dyn Run, row: &TimerRow) -> Result<bool> {
    let sql = "DELETE FROM timers WHERE kind = $1 AND subject = $2 AND due_at = $3 AND run_at = $4";
    Ok(run.execute(sql, values![row.kind, row.subject, row.due_at, row.run_at]).await? > 0)
}

/// Puts a timer off that failed, unless it was set anew since.
pub async fn put_off(run: &mut dyn Run, row: &TimerRow, run_at: i64) -> Result<()> {
    let sql = "UPDATE timers SET run_at = $4, failures = failures + 1 WHERE kind = $1 AND subject = $2 AND due_at = $3";
    run.execute(sql, values![row.kind, row.subject, row.due_at, run_at]).await?;
    Ok(())
}

/// What is due by then, longest due first.
pub async fn due(run: &mut dyn Run, now: i64, limit: u32) -> Result<Vec<TimerRow>> {
    run.all(&select::<TimerRow>("timers", "WHERE run_at <= $1 ORDER BY run_at LIMIT $2"), values![now, limit]).await
}

/// When something is to be done next.
pub async fn next(run: &mut dyn Run) -> Result<Option<i64>> {
    run.scalar("SELECT run_at FROM timers ORDER BY run_at LIMIT 1", values![]).await
}
