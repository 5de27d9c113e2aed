//! Applications and the bots that act for them. A bot's user id is its application's id.

use guildhall_db::{Json, Records, Result, Run, record, values};
use guildhall_wire::application::{InstallParams, IntegrationTypesConfig};
use guildhall_wire::id::{ApplicationMarker, GuildMarker, Id, UserMarker};
use guildhall_wire::role_connection::RoleConnectionField;
use serde::{Deserialize, Serialize};

use crate::select;

record! {
    /// An application.
    #[derive(Clone, Debug)]
    pub struct ApplicationRow {
        /// The application.
        pub id: Id<ApplicationMarker>,
        /// Who made it.
        pub owner_id: Id<UserMarker>,
        /// Its account.
        pub bot_id: Id<UserMarker>,
        /// Its name.
        pub name: String,
        /// What it says about itself.
        pub description: String,
        /// Image hash.
        pub icon: Option<String>,
        /// Discord's application flags: which privileged intents it has.
        pub flags: u32,
        /// Public half of its key, hex.
        pub verify_key: String,
        /// Secret half of its key, sealed.
        pub signing_key: String,
        /// The rest.
        pub settings: Json<ApplicationSettings>,
    }
}

/// What an application's owner may set beside name and description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "Discord's names for the same fields of an application")]
pub struct ApplicationSettings {
    pub interactions_endpoint_url: Option<String>,
    pub role_connections_verification_url: Option<String>,
    pub custom_install_url: Option<String>,
    pub tags: Vec<String>,
    pub redirect_uris: Vec<String>,
    pub cover_image: Option<String>,
    pub role_connections: Vec<RoleConnectionField>,
    pub install_params: Option<InstallParams>,
    pub integration_types_config: Option<IntegrationTypesConfig>,
    pub event_webhooks_url: Option<String>,
    pub event_webhooks_status: u8,
    pub event_webhooks_types: Vec<String>,
    /// How many events in a row it did not hear.
    pub lost_events: u32,
    /// SHA-256 of the secret by which it proves itself, hex.
    pub client_secret: Option<String>,
    /// It has no secret: it runs on people's own machines.
    pub public_client: bool,
    /// Only its owner adds its bot to guilds.
    pub bot_private: bool,
}

impl Default for ApplicationSettings {
    fn default() -> Self {
        Self {
            interactions_endpoint_url: None,
            role_connections_verification_url: None,
            custom_install_url: None,
            tags: Vec::new(),
            redirect_uris: Vec::new(),
            cover_image: None,
            role_connections: Vec::new(),
            install_params: None,
            integration_types_config: None,
            event_webhooks_url: None,
            event_webhooks_status: 1,
            event_webhooks_types: Vec::new(),
            lost_events: 0,
            client_secret: None,
            public_client: false,
            bot_private: false,
        }
    }
}

/// An application by its id.
pub async fn get(run: &mut dyn Run, id: Id<ApplicationMarker>) -> Result<Option<ApplicationRow>> {
    run.maybe(&select::<ApplicationRow>("applications", "WHERE id = $1"), values![id]).await
}

/// The applications of an owner.
pub async fn of_owner(run: &mut dyn Run, owner: Id<UserMarker>) -> Result<Vec<ApplicationRow>> {
    run.all(&select::<ApplicationRow>("applications", "WHERE owner_id = $1 ORDER BY id"), values![owner]).await
}

/// The applications in a guild: those whose bot is a member, and those that were added without one.
pub async fn of_guild(run: &mut dyn Run, guild: Id<GuildMarker>) -> Result<Vec<ApplicationRow>> {
    let rest = "WHERE EXISTS (SELECT 1 FROM members m WHERE m.guild_id = $1 AND m.user_id = applications.bot_id) \
                OR EXISTS (SELECT 1 FROM integrations i WHERE i.guild_id = $1 AND i.application_id = applications.id) \
                ORDER BY id LIMIT 250";
    run.all(&select::<ApplicationRow>("applications", rest), values![guild]).await
}

/// The applications whose secret key is not sealed: made before secrets were.
pub async fn unsealed(run: &mut dyn Run) -> Result<Vec<ApplicationRow>> {
    run.all(&select::<ApplicationRow>("applications", "WHERE length(signing_key) = 64 ORDER BY id"), values![]).await
}

/// Holds an application until the transaction ends: what counts rows of it and then adds one, does that alone.
pub async fn lock(run: &mut dyn Run, id: Id<ApplicationMarker>) -> Result<()> {
    run.execute("UPDATE applications SET id = id WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Adds an application.
pub async fn insert(run: &mut dyn Run, row: &ApplicationRow) -> Result<()> {
    crate::insert(run, "applications", row).await
}

/// Removes an application with its commands and all else that hangs on it.
pub async fn delete(run: &mut dyn Run, id: Id<ApplicationMarker>) -> Result<()> {
    run.execute("DELETE FROM applications WHERE id = $1", values![id]).await?;
    Ok(())
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &ApplicationRow) -> Result<()> {
    crate::update(run, "applications", "id = $1", row).await
}
