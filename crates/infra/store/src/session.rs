//! Logins: a token's hash and where it was used.

use std::sync::LazyLock;

use guildhall_db::{Record, Records, Result, Run, record, values};
use guildhall_wire::id::{GenericMarker, Id, UserMarker};
use sha2::{Digest, Sha256};

use crate::select;
use crate::user::UserRow;

record! {
    /// A login of a person, or the token of a bot.
    #[derive(Clone, Debug)]
    pub struct SessionRow {
        /// The login; its time is the time of logging in.
        pub id: Id<GenericMarker>,
        /// Whose.
        pub user_id: Id<UserMarker>,
        /// SHA-256 of the token.
        pub token_hash: Vec<u8>,
        /// Microseconds; kept to the minute.
        pub last_used_at: i64,
        /// What the client called itself.
        pub user_agent: String,
        /// Where it came from.
        pub address: String,
    }
}

/// What is kept of a secret that has enough randomness of its own: its SHA-256.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Adds a login.
pub async fn insert(run: &mut dyn Run, row: &SessionRow) -> Result<()> {
    crate::insert(run, "sessions", row).await
}

/// The login with that token and its account.
pub async fn by_token(run: &mut dyn Run, token_hash: &[u8]) -> Result<Option<(SessionRow, UserRow)>> {
    // Every request begins with this: one statement instead of two, whose text is made once.
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let of = |table: &str, columns: &str| {
            columns.split(", ").map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
        };
        let (session, user) = (of("s", SessionRow::COLUMNS), of("u", UserRow::COLUMNS));
        format!(
            "SELECT {session}, {user} FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.token_hash = $1 AND u.deleted_at IS NULL"
        )
    });
    let Some(row) = run.query(&SQL, values![token_hash]).await?.into_iter().next() else { return Ok(None) };
    let (session, user) = row.cut(SessionRow::COLUMNS.split(", ").count());
    Ok(Some((SessionRow::from_row(session)?, UserRow::from_row(user)?)))
}

/// A user's logins, oldest first.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<SessionRow>> {
    run.all(&select::<SessionRow>("sessions", "WHERE user_id = $1 ORDER BY id"), values![user]).await
}

/// Notes that a login was used.
pub async fn touch(run: &mut dyn Run, id: Id<GenericMarker>, now_micros: i64) -> Result<()> {
    run.execute("UPDATE sessions SET last_used_at = $2 WHERE id = $1", values![id, now_micros]).await?;
    Ok(())
}

/// Ends one login of a user; says whether it was there.
pub async fn delete(run: &mut dyn Run, user: Id<UserMarker>, id: Id<GenericMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM sessions WHERE id = $1 AND user_id = $2", values![id, user]).await? > 0)
}

/// Ends a user's logins but one; gives those that ended.
pub async fn delete_others(
    run: &mut dyn Run,
    user: Id<UserMarker>,
    keep: Option<Id<GenericMarker>>,
) -> Result<Vec<Id<GenericMarker>>> {
    let keep = keep.map_or(0, |id| id.get().cast_signed());
    let gone = run.column("SELECT id FROM sessions WHERE user_id = $1 AND id <> $2", values![user, keep]).await?;
    run.execute("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", values![user, keep]).await?;
    Ok(gone)
}

/// Gives a login another token.
pub async fn rotate(run: &mut dyn Run, id: Id<GenericMarker>, token_hash: &[u8]) -> Result<()> {
    run.execute("UPDATE sessions SET token_hash = $2 WHERE id = $1", values![id, token_hash]).await?;
    Ok(())
}
