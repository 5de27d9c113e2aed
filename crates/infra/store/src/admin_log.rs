//! What staff did to the instance: only added to.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::admin::{AdminActor, AdminLogEntry};
use guildhall_wire::id::{GenericMarker, Id, UserMarker, created_ms};
use serde_json::Value;

use crate::{select, timestamp};

record! {
    /// A deed.
    #[derive(Clone, Debug)]
    pub struct AdminLogRow {
        /// The entry; its time is the time of the deed.
        pub id: Id<GenericMarker>,
        /// Who; none at the command line.
        pub actor_id: Option<Id<UserMarker>>,
        /// How they were called then.
        pub actor_name: Option<String>,
        /// What, e.g. `user.update`.
        pub action: String,
        /// The id of whom or what it was done to.
        pub target: Option<String>,
        /// What the action brings along.
        pub metadata: Json<Value>,
    }
}

impl AdminLogRow {
    /// As staff sees it.
    pub fn entry(self) -> AdminLogEntry {
        let created = i64::try_from(created_ms(self.id)).unwrap_or_default().saturating_mul(1000);
        AdminLogEntry {
            id: self.id,
            actor: self.actor_id.map(|id| AdminActor { id, username: self.actor_name.unwrap_or_default() }),
            action: self.action,
            target: self.target,
            metadata: self.metadata.0,
            created_at: timestamp(created),
        }
    }
}

/// Adds a deed.
pub async fn insert(run: &mut dyn Run, row: &AdminLogRow) -> Result<()> {
    crate::insert(run, "admin_log", row).await
}

/// Deeds before an id, newest first.
pub async fn page(run: &mut dyn Run, before: u64, limit: u32) -> Result<Vec<AdminLogRow>> {
    let rest = "WHERE id < $1 ORDER BY id DESC LIMIT $2";
    run.all(&select::<AdminLogRow>("admin_log", rest), values![before, limit]).await
}
