//! Passkeys: credentials that a device keeps and that stand for name, password and second factor at once.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{GenericMarker, Id, UserMarker};

use crate::select;

record! {
    /// A passkey.
    #[derive(Clone, Debug)]
    pub struct PasskeyRow {
        /// The passkey; its time is when it was made.
        pub id: Id<GenericMarker>,
        /// Whose.
        pub user_id: Id<UserMarker>,
        /// As the device names it.
        pub credential_id: Vec<u8>,
        /// As its owner named it.
        pub name: String,
        /// Its public half and counter, as JSON.
        pub credential: String,
        /// Microseconds.
        pub last_used_at: Option<i64>,
    }
}

/// A user's passkeys, oldest first.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<PasskeyRow>> {
    run.all(&select::<PasskeyRow>("passkeys", "WHERE user_id = $1 ORDER BY id"), values![user]).await
}

/// The passkey that a device names so.
pub async fn by_credential(run: &mut dyn Run, credential_id: &[u8]) -> Result<Option<PasskeyRow>> {
    run.maybe(&select::<PasskeyRow>("passkeys", "WHERE credential_id = $1"), values![credential_id]).await
}

/// Adds a passkey. One that is known gives [`guildhall_db::Error::Unique`].
pub async fn insert(run: &mut dyn Run, row: &PasskeyRow) -> Result<()> {
    crate::insert(run, "passkeys", row).await
}

/// Notes that it was used, with its counter.
pub async fn used(run: &mut dyn Run, row: &PasskeyRow) -> Result<()> {
    let sql = "UPDATE passkeys SET credential = $2, last_used_at = $3 WHERE id = $1";
    run.execute(sql, values![row.id, row.credential.as_str(), row.last_used_at]).await?;
    Ok(())
}

/// Names one of a user's; says whether it was there.
pub async fn rename(run: &mut dyn Run, user: Id<UserMarker>, id: Id<GenericMarker>, name: &str) -> Result<bool> {
    let sql = "UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2";
    Ok(run.execute(sql, values![id, user, name]).await? > 0)
}

/// Removes one of a user's; says whether it was there.
pub async fn delete(run: &mut dyn Run, user: Id<UserMarker>, id: Id<GenericMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM passkeys WHERE id = $1 AND user_id = $2", values![id, user]).await? > 0)
}
