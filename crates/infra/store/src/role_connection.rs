//! What applications say of people's accounts elsewhere.

use std::collections::BTreeMap;

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::id::{ApplicationMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::role_connection::RoleConnection;

use crate::select;

record! {
    /// What an application says of somebody; fields are those of [`RoleConnection`].
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "documented at the wire type")]
    pub struct RoleConnectionRow {
        pub application_id: Id<ApplicationMarker>,
        pub user_id: Id<UserMarker>,
        pub platform_name: Option<String>,
        pub platform_username: Option<String>,
        pub metadata: Json<BTreeMap<String, String>>,
    }
}

impl RoleConnectionRow {
    /// As clients see it.
    pub fn connection(self) -> RoleConnection {
        RoleConnection {
            platform_name: self.platform_name,
            platform_username: self.platform_username,
            metadata: self.metadata.0,
        }
    }
}

/// What an application says of somebody.
pub async fn get(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    user: Id<UserMarker>,
) -> Result<Option<RoleConnectionRow>> {
    let rest = "WHERE application_id = $1 AND user_id = $2";
    run.maybe(&select::<RoleConnectionRow>("role_connections", rest), values![application, user]).await
}

/// What all applications say of somebody.
pub async fn of_user(run: &mut dyn Run, user: Id<UserMarker>) -> Result<Vec<RoleConnectionRow>> {
    run.all(
        &select::<RoleConnectionRow>("role_connections", "WHERE user_id = $1 ORDER BY application_id"),
        values![user],
    )
    .await
}

/// The members of a guild of whom an application says anything.
pub async fn members(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    guild: Id<GuildMarker>,
) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT c.user_id FROM role_connections c JOIN members m ON m.user_id = c.user_id \
               WHERE c.application_id = $1 AND m.guild_id = $2 ORDER BY c.user_id";
    run.column(sql, values![application, guild]).await
}

/// Writes it, new or not.
pub async fn set(
    run: &mut dyn Run,
    application: Id<ApplicationMarker>,
    user: Id<UserMarker>,
    connection: &RoleConnection,
) -> Result<()> {
    let sql = "INSERT INTO role_connections (application_id, user_id, platform_name, platform_username, metadata) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (application_id, user_id) DO UPDATE SET \
               platform_name = excluded.platform_name, platform_username = excluded.platform_username, \
               metadata = excluded.metadata";
    let (name, username) = (&connection.platform_name, &connection.platform_username);
    run.execute(sql, values![application, user, name, username, Json(connection.metadata.clone())]).await?;
    Ok(())
}

/// Removes it; says whether it was there.
pub async fn delete(run: &mut dyn Run, application: Id<ApplicationMarker>, user: Id<UserMarker>) -> Result<bool> {
    let sql = "DELETE FROM role_connections WHERE application_id = $1 AND user_id = $2";
    Ok(run.execute(sql, values![application, user]).await? > 0)
}
