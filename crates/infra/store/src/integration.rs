//! Applications in guilds: who added them, and what they may do there.

use guildhall_db::{Records, Result, Run, record, values};
use guildhall_wire::id::{ApplicationMarker, GuildMarker, Id, UserMarker};

use crate::select;

record! {
    /// An application in a guild.
    #[derive(Clone, Debug)]
    pub struct IntegrationRow {
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// Which.
        pub application_id: Id<ApplicationMarker>,
        /// Who added it.
        pub user_id: Option<Id<UserMarker>>,
        /// With spaces between them.
        pub scopes: String,
    }
}

/// An application in a guild.
pub async fn get(
    run: &mut dyn Run,
    guild: Id<GuildMarker>,
    application: Id<ApplicationMarker>,
) -> Result<Option<IntegrationRow>> {
    let rest = "WHERE guild_id = $1 AND application_id = $2";
    run.maybe(&select::<IntegrationRow>("integrations", rest), values![guild, application]).await
}

/// All applications in a guild.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<IntegrationRow>> {
    let rest = "WHERE guild_id = $1 ORDER BY application_id";
    run.all(&select::<IntegrationRow>("integrations", rest), values![guild]).await
}

/// How many guilds an application is in.
pub async fn count(run: &mut dyn Run, application: Id<ApplicationMarker>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM integrations WHERE application_id = $1";
    Ok(run.scalar(sql, values![application]).await?.unwrap_or(0))
}

/// Writes it, new or not. Who added it first stays.
pub async fn set(run: &mut dyn Run, row: &IntegrationRow) -> Result<()> {
    let sql = "INSERT INTO integrations (guild_id, application_id, user_id, scopes) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (guild_id, application_id) DO UPDATE SET scopes = excluded.scopes";
    run.execute(sql, values![row.guild_id, row.application_id, row.user_id, row.scopes]).await?;
    Ok(())
}

/// Removes it; says whether it was there.
pub async fn delete(run: &mut dyn Run, guild: Id<GuildMarker>, application: Id<ApplicationMarker>) -> Result<bool> {
    let sql = "DELETE FROM integrations WHERE guild_id = $1 AND application_id = $2";
    Ok(run.execute(sql, values![guild, application]).await? > 0)
}
