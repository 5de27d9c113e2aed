//! Warnings that moderators give: Guildhall's own.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{GenericMarker, GuildMarker, Id, UserMarker};

/// A warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// The warning.
    pub id: Id<GenericMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Who was warned.
    pub user_id: Id<UserMarker>,
    /// By whom.
    pub moderator_id: Id<UserMarker>,
    /// Why, up to 512 characters.
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
}

/// Body of a warning.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WarningBody {
    /// Why; the header for reasons will do too.
    pub reason: Option<String>,
}
