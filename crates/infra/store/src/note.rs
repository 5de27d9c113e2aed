//! What people note about others, for themselves alone.

use guildhall_db::{Records, Result, Run, values};
use guildhall_wire::id::{Id, UserMarker};

/// What somebody noted about somebody.
pub async fn get(run: &mut dyn Run, user: Id<UserMarker>, other: Id<UserMarker>) -> Result<Option<String>> {
    run.scalar("SELECT note FROM user_notes WHERE user_id = $1 AND other_id = $2", values![user, other]).await
}

/// Everything that somebody noted.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<(Id<UserMarker>, String)>> {
    let sql = "SELECT other_id, note FROM user_notes WHERE user_id = $1 ORDER BY other_id";
    run.query(sql, values![user]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Writes a note; an empty one is none.
pub async fn set(run: &mut dyn Run, user: Id<UserMarker>, other: Id<UserMarker>, note: &str) -> Result<()> {
    if note.is_empty() {
        run.execute("DELETE FROM user_notes WHERE user_id = $1 AND other_id = $2", values![user, other]).await?;
        return Ok(());
    }
    let sql = "INSERT INTO user_notes (user_id, other_id, note) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id, other_id) DO UPDATE SET note = excluded.note";
    run.execute(sql, values![user, other, note]).await?;
    Ok(())
}
