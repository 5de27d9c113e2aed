//! Warnings that moderators gave.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{GenericMarker, GuildMarker, Id, UserMarker, created_ms};
use guildhall_wire::warning::Warning;

use crate::select;

record! {
    /// A warning; its time is in its id.
    #[derive(Clone, Debug)]
    pub struct WarningRow {
        /// The warning.
        pub id: Id<GenericMarker>,
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Who was warned.
        pub user_id: Id<UserMarker>,
        /// By whom.
        pub moderator_id: Id<UserMarker>,
        /// Why.
        pub reason: String,
    }
}

impl WarningRow {
    /// As moderators and who was warned see it.
    pub fn warning(self) -> Warning {
        let micros = i64::try_from(created_ms(self.id)).unwrap_or_default().saturating_mul(1000);
        Warning {
            id: self.id,
            guild_id: self.guild_id,
            user_id: self.user_id,
            moderator_id: self.moderator_id,
            reason: self.reason,
            created_at: crate::timestamp(micros),
        }
    }
}

/// Adds a warning.
pub async fn insert(run: &mut dyn Run, row: &WarningRow) -> Result<()> {
    crate::insert(run, "warnings", row).await
}

/// Somebody's warnings in a guild, newest first.
pub async fn of_member(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
    limit: u32,
) -> Result<Vec<WarningRow>> {
    let rest = "WHERE guild_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT $3";
    run.all(&select::<WarningRow>("warnings", rest), values![guild, user, limit]).await
}

/// How many warnings somebody has in a guild.
pub async fn count(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM warnings WHERE guild_id = $1 AND user_id = $2";
    Ok(run.scalar(sql, values![guild, user]).await?.unwrap_or(0))
}

/// Takes a warning back; says whether it was there.
pub async fn delete(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    user: Id<UserMarker>,
    id: Id<GenericMarker>,
) -> Result<bool> {
    let sql = "DELETE FROM warnings WHERE id = $1 AND guild_id = $2 AND user_id = $3";
    Ok(run.execute(sql, values![id, guild, user]).await? > 0)
}
