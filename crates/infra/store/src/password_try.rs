//! Wrong passwords that are still counted: they outlast the program. Under keys that tell neither account nor address.

use guildhall_db::{Records, Result, Run, record, values};

use crate::select;

record! {
    /// A count.
    #[derive(Clone, Copy, Debug)]
    pub struct TryRow {
        /// Whose, or from where.
        pub key: u64,
        /// How many.
        pub taken: u32,
        /// When it counts no more, in microseconds.
        pub ends_at: i64,
    }
}

/// Most counts that are kept: those that end first go first.
const MOST: i64 = 100_000;

/// Writes a count.
pub async fn set(run: &mut dyn Run, row: &TryRow) -> Result<()> {
    let sql = "INSERT INTO password_tries (key, taken, ends_at) VALUES ($1, $2, $3) \
               ON CONFLICT (key) DO UPDATE SET taken = excluded.taken, ends_at = excluded.ends_at";
    run.execute(sql, values![row.key, row.taken, row.ends_at]).await?;
    Ok(())
}

/// Forgets what counts no more, and what is too much.
pub async fn sweep(run: &mut dyn Run, now_micros: i64) -> Result<()> {
    run.execute("DELETE FROM password_tries WHERE ends_at <= $1", values![now_micros]).await?;
    let kept: i64 = run.scalar("SELECT COUNT(*) FROM password_tries", vec![]).await?.unwrap_or(0);
    if kept > MOST {
        let sql = "DELETE FROM password_tries WHERE key IN \
                   (SELECT key FROM password_tries ORDER BY ends_at LIMIT $1)";
        run.execute(sql, values![kept - MOST]).await?;
    }
    Ok(())
}

/// What still counts.
pub async fn all(run: &mut dyn Run, now_micros: i64) -> Result<Vec<TryRow>> {
    run.all(&select::<TryRow>("password_tries", "WHERE ends_at > $1"), values![now_micros]).await
}
