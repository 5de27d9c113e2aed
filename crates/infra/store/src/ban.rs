//! Bans.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{GuildMarker, Id, UserMarker};

use crate::select;

record! {
    /// A ban.
    #[derive(Clone, Debug)]
    pub struct BanRow {
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Who.
        pub user_id: Id<UserMarker>,
        /// Why.
        pub reason: Option<String>,
    }
}

/// A ban.
pub async fn get(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<Option<BanRow>> {
    run.maybe(&select::<BanRow>("bans", "WHERE guild_id = $1 AND user_id = $2"), values![guild, user]).await
}

/// Bans of users with ids between two, in order of the ids; backwards where `down`.
pub async fn page(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    (above, below): (u64, u64),
    down: bool,
    limit: u32,
) -> Result<Vec<BanRow>> {
    let order = if down { "DESC" } else { "ASC" };
    let rest = format!("WHERE guild_id = $1 AND user_id > $2 AND user_id < $3 ORDER BY user_id {order} LIMIT $4");
    run.all(&select::<BanRow>("bans", &rest), values![guild, above, below, limit]).await
}

/// Adds a ban; says whether it is new.
pub async fn insert(run: &mut dyn Run, row: &BanRow) -> Result<bool> {
    let sql =
        "INSERT INTO bans (guild_id, user_id, reason) VALUES ($1, $2, $3) ON CONFLICT (guild_id, user_id) DO NOTHING";
    Ok(run.execute(sql, values![row.guild_id, row.user_id, row.reason]).await? > 0)
}

/// Lifts a ban; says whether it was there.
pub async fn delete(run: &mut dyn Run, guild: Id<GuildMarker>, user: Id<UserMarker>) -> Result<bool> {
    Ok(run.execute("DELETE FROM bans WHERE guild_id = $1 AND user_id = $2", values![guild, user]).await? > 0)
}
