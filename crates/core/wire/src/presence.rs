//! Who is there.

use serde::{Deserialize, Serialize};

use crate::id::{GuildMarker, Id, UserMarker};

/// Status of a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// There.
    Online,
    /// Away from the keyboard.
    Idle,
    /// Do not disturb.
    Dnd,
    /// There, but shown as offline.
    Invisible,
    /// Not there.
    #[default]
    Offline,
}

/// `PRESENCE_UPDATE`, and presences in `GUILD_CREATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Presence {
    /// Who.
    pub user: PresenceUser,
    /// Where; absent for friends outside guilds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Never `invisible`.
    pub status: Status,
    /// What they do, custom status included.
    pub activities: Vec<serde_json::Value>,
    /// By kind of device.
    pub client_status: ClientStatus,
}

/// Only the id: names do not change with presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceUser {
    /// Who.
    pub id: Id<UserMarker>,
}

/// Status by kind of device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientStatus {
    /// Desktop client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desktop: Option<Status>,
    /// Phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Status>,
    /// Browser, and bots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web: Option<Status>,
}
