//! Notification settings of people.

use guildhall_db::{Json, Records, Result, Run, values};
use guildhall_wire::id::{GuildMarker, Id, UserMarker};
use guildhall_wire::settings::UserGuildSettings;

/// All of a person's.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<UserGuildSettings>> {
    let sql = "SELECT settings FROM user_guild_settings WHERE user_id = $1";
    let rows: Vec<Json<UserGuildSettings>> = run.column(sql, values![user]).await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// A person's for one guild, or for direct messages.
pub async fn get(run: &mut dyn Run, user: Id<UserMarker>, guild: Option<Id<GuildMarker>>) -> Result<UserGuildSettings> {
    let sql = "SELECT settings FROM user_guild_settings WHERE user_id = $1 AND guild_id = $2";
    let row: Option<Json<UserGuildSettings>> = run.scalar(sql, values![user, guild.map_or(0, Id::get)]).await?;
    Ok(row.map_or_else(|| UserGuildSettings::new(guild), |row| row.0))
}

/// What members of a guild chose, of all who chose anything.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<(Id<UserMarker>, UserGuildSettings)>> {
    let rows =
        run.query("SELECT user_id, settings FROM user_guild_settings WHERE guild_id = $1", values![guild]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get::<Json<UserGuildSettings>>(1)?.0))).collect()
}

/// Writes them.
pub async fn set(run: &mut dyn Run, user: Id<UserMarker>, settings: &UserGuildSettings) -> Result<()> {
    let sql = "INSERT INTO user_guild_settings (user_id, guild_id, settings) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id, guild_id) DO UPDATE SET settings = excluded.settings";
    run.execute(sql, values![user, settings.guild_id.map_or(0, Id::get), Json(settings)]).await?;
    Ok(())
}
