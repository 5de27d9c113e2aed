//! Second factors: the time-steps of codes, and backup codes.

use guildhall_db::{Records, Result, Run, values};
use guildhall_wire::id::{Id, UserMarker};

/// Notes that the code of a time-step was used; says no where it, or a later one, was used before.
pub async fn use_step(run: &mut dyn Run, user: Id<UserMarker>, step: i64) -> Result<bool> {
    let sql = "UPDATE users SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)";
    Ok(run.execute(sql, values![user, step]).await? > 0)
}

/// Puts new backup codes in the place of all old ones.
pub async fn replace_codes(run: &mut dyn Run, user: Id<UserMarker>, hashes: &[Vec<u8>]) -> Result<()> {
    run.execute("DELETE FROM backup_codes WHERE user_id = $1", values![user]).await?;
    for hash in hashes {
        run.execute("INSERT INTO backup_codes (user_id, code_hash) VALUES ($1, $2)", values![user, hash.clone()])
            .await?;
    }
    Ok(())
}

/// Uses a backup code; says whether it was there and not used.
pub async fn use_code(run: &mut dyn Run, user: Id<UserMarker>, hash: &[u8], now_micros: i64) -> Result<bool> {
    let sql = "UPDATE backup_codes SET consumed_at = $3 WHERE user_id = $1 AND code_hash = $2 AND consumed_at IS NULL";
    Ok(run.execute(sql, values![user, hash, now_micros]).await? > 0)
}

/// Which of a user's backup codes were used: one answer for each.
pub async fn codes_consumed(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<bool>> {
    let sql = "SELECT consumed_at FROM backup_codes WHERE user_id = $1 ORDER BY code_hash";
    let rows: Vec<Option<i64>> = run.column(sql, values![user]).await?;
    Ok(rows.into_iter().map(|used| used.is_some()).collect())
}
