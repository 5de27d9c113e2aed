//! Application commands and who may use them.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::command::{ApplicationCommand, CommandPermission, CommandSpec, GuildCommandPermissions};
use guildhall_wire::id::{ApplicationMarker, CommandMarker, CommandVersionMarker, GenericMarker, GuildMarker, Id};

use crate::select;

record! {
    /// A command.
    #[derive(Clone, Debug)]
    pub struct CommandRow {
        /// The command.
        pub id: Id<CommandMarker>,
        /// Whose.
        pub application_id: Id<ApplicationMarker>,
        /// Where; 0 for everywhere.
        pub guild_id: u64,
        /// 1 slash, 2 on users, 3 on messages.
        pub kind: u8,
        /// Its name.
        pub name: String,
        /// New with every change.
        pub version: Id<CommandVersionMarker>,
        /// The rest.
        pub body: Json<CommandSpec>,
    }
}

impl CommandRow {
    /// As clients see it.
    pub fn command(&self) -> ApplicationCommand {
        ApplicationCommand {
            id: self.id,
            application_id: self.application_id,
            version: self.version,
            guild_id: Id::new_checked(self.guild_id),
            spec: self.body.0.clone(),
        }
    }
}

/// An application's commands in one place: a guild, or everywhere.
pub async fn of_application(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    guild: Option<Id<GuildMarker>>,
) -> Result<Vec<CommandRow>> {
    let rest = "WHERE application_id = $1 AND guild_id = $2 ORDER BY id";
    run.all(&select::<CommandRow>("commands", rest), values![application, guild.map_or(0, Id::get)]).await
}

/// A command by its id.
pub async fn get(run: &mut dyn Run, id: Id<CommandMarker>) -> Result<Option<CommandRow>> {
    run.maybe(&select::<CommandRow>("commands", "WHERE id = $1"), values![id]).await
}

/// Adds a command. A name that is taken gives [`guildhall_db::Error::Unique`].
pub async fn insert(run: &mut dyn Run, row: &CommandRow) -> Result<()> {
    crate::insert(run, "commands", row).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &CommandRow) -> Result<()> {
    crate::update(run, "commands", "id = $1", row).await
}

/// Removes a command with its exceptions.
pub async fn delete(run: &mut dyn Run, id: Id<CommandMarker>) -> Result<()> {
    run.execute("DELETE FROM command_permissions WHERE command_id = $1", values![id]).await?;
    run.execute("DELETE FROM commands WHERE id = $1", values![id]).await?;
    Ok(())
}

/// How long creates are counted: a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// Counts commands that are about to be made in a place (0 for everywhere) and gives how many it are since the first of this day.
pub async fn count_creates(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    guild: Option<Id<GuildMarker>>,
    new: u64,
    now_micros: i64,
) -> Result<u64> {
    let guild = guild.map_or(0, Id::get);
    let begin = now_micros.saturating_sub(DAY_MICROS);
    let sql = "INSERT INTO command_creates (application_id, guild_id, since, made) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (application_id, guild_id) DO UPDATE SET \
               made = CASE WHEN command_creates.since > $5 THEN command_creates.made + excluded.made ELSE excluded.made END, \
               since = CASE WHEN command_creates.since > $5 THEN command_creates.since ELSE excluded.since END";
    run.execute(sql, values![application, guild, now_micros, new, begin]).await?;
    let sql = "SELECT made FROM command_creates WHERE application_id = $1 AND guild_id = $2";
    Ok(run.scalar(sql, values![application, guild]).await?.unwrap_or(0))
}

record! {
    /// The exceptions of a command in a guild.
    #[derive(Clone, Debug)]
    pub struct PermissionsRow {
        /// The command, or the application for all of its commands.
        pub command_id: Id<GenericMarker>,
        /// Whose.
        pub application_id: Id<ApplicationMarker>,
        /// Where.
        pub guild_id: Id<GuildMarker>,
        /// The exceptions.
        pub permissions: Json<Vec<CommandPermission>>,
    }
}

impl PermissionsRow {
    /// As clients see it.
    pub fn permissions(self) -> GuildCommandPermissions {
        GuildCommandPermissions {
            id: self.command_id,
            application_id: self.application_id,
            guild_id: self.guild_id,
            permissions: self.permissions.0,
        }
    }
}

/// All exceptions of an application's commands in a guild.
pub async fn permissions(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    guild: Id<GuildMarker>,
) -> Result<Vec<PermissionsRow>> {
    let rest = "WHERE application_id = $1 AND guild_id = $2 ORDER BY command_id";
    run.all(&select::<PermissionsRow>("command_permissions", rest), values![application, guild]).await
}

/// Sets the exceptions of a command in a guild.
pub async fn set_permissions(run: &mut dyn Run, row: &PermissionsRow) -> Result<()> {
    let sql = "INSERT INTO command_permissions (command_id, application_id, guild_id, permissions) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (command_id, guild_id) DO UPDATE SET permissions = excluded.permissions";
    run.execute(sql, values![row.command_id, row.application_id, row.guild_id, row.permissions]).await?;
    Ok(())
}
