//! The audit log of guilds: only added to.

use guildhall_db::{Json, Records, Result, Run, ToValue, Value, record, values};
use guildhall_wire::audit_log::{AuditAction, AuditChange, AuditLogEntry};
use guildhall_wire::id::{AuditLogEntryMarker, GuildMarker, Id, UserMarker};

use crate::select;

record! {
    /// An entry.
    #[derive(Clone, Debug)]
    pub struct AuditRow {
        /// The entry; its time is the time of the deed.
        pub id: Id<AuditLogEntryMarker>,
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Who.
        pub user_id: Option<Id<UserMarker>>,
        /// To whom or what.
        pub target_id: Option<String>,
        /// Number of an [`AuditAction`].
        pub action: Json<AuditAction>,
        /// Fields before and after.
        pub changes: Json<Vec<AuditChange>>,
        /// What the action brings along.
        pub options: Option<Json<serde_json::Value>>,
        /// Why.
        pub reason: Option<String>,
    }
}

impl AuditRow {
    /// As clients see it.
    pub fn entry(self) -> AuditLogEntry {
        AuditLogEntry {
            id: self.id,
            user_id: self.user_id,
            target_id: self.target_id,
            action_type: self.action.0,
            changes: self.changes.0,
            options: self.options.map(|options| options.0),
            reason: self.reason,
            guild_id: None,
        }
    }
}

/// Adds an entry.
pub async fn insert(run: &mut dyn Run, guild: Id<GuildMarker>, entry: &AuditLogEntry) -> Result<()> {
    let row = AuditRow {
        id: entry.id,
        guild_id: guild,
        user_id: entry.user_id,
        target_id: entry.target_id.clone(),
        action: Json(entry.action_type),
        changes: Json(entry.changes.clone()),
        options: entry.options.clone().map(Json),
        reason: entry.reason.clone(),
    };
    crate::insert(run, "audit_log", &row).await
}

/// What an audit log is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only deeds of this user.
    pub user: Option<Id<UserMarker>>,
    /// Only deeds of this kind.
    pub action: Option<AuditAction>,
    /// Only deeds to this target.
    pub target: Option<u64>,
    /// Only entries below this id.
    pub before: Option<u64>,
    /// Only entries above this id, oldest first.
    pub after: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

/// Entries of a guild, newest first, or oldest first after an id.
pub async fn page(run: &mut dyn Run, guild: Id<GuildMarker>, filter: Filter) -> Result<Vec<AuditRow>> {
    let mut parameters = values![guild];
    let mut rest = String::from("WHERE guild_id = $1");
    let mut add = |text: &str, value: Value| {
        parameters.push(value);
        rest.push_str(&format!(" {text} ${}", parameters.len()));
    };
    if let Some(user) = filter.user {
        add("AND user_id =", user.to_value());
    }
    if let Some(action) = filter.action {
        add("AND action =", Json(action).to_value());
    }
    if let Some(target) = filter.target {
        add("AND target_id =", target.to_string().to_value());
    }
    if let Some(before) = filter.before {
        add("AND id <", before.to_value());
    }
    if let Some(after) = filter.after {
        add("AND id >", after.to_value());
    }
    let order = if filter.after.is_some() { "ORDER BY id LIMIT" } else { "ORDER BY id DESC LIMIT" };
    add(order, filter.limit.to_value());
    run.all(&select::<AuditRow>("audit_log", &rest), parameters).await
}
