//! Integrations of a guild: here, the bots that were added to it.

use serde::{Deserialize, Serialize};

use crate::id::{ApplicationMarker, GuildMarker, Id, IntegrationMarker};
use crate::user::User;

/// A bot in a guild, seen as an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    /// The integration; here the application's id.
    pub id: Id<IntegrationMarker>,
    /// Always `discord`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the application.
    pub name: String,
    /// Who it acts as.
    pub account: IntegrationAccount,
    /// Switched on.
    pub enabled: bool,
    /// The application.
    pub application: IntegrationApplication,
    /// What it was allowed.
    pub scopes: Vec<String>,
    /// Who added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// In events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

/// Who an integration acts as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationAccount {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The application of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntegrationApplication {
    /// The application.
    pub id: Id<ApplicationMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// What it says about itself.
    pub description: String,
    /// Always null: what is not a game has no type.
    pub r#type: (),
    /// Its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<User>,
}

/// `INTEGRATION_DELETE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationDelete {
    /// The integration.
    pub id: Id<IntegrationMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Whose.
    pub application_id: Id<ApplicationMarker>,
}
