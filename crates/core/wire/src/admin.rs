//! The instance's staff: accounts as they see them, figures, and the log of what they did.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{GenericMarker, GuildMarker, Id, UserMarker};
use crate::{Patch, Timestamp};

/// What somebody is to the instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    /// Everybody.
    #[default]
    Member,
    /// Looks after people and settings.
    Admin,
    /// Owns it.
    Owner,
}

impl Rank {
    /// As it is kept.
    pub const fn number(self) -> i64 {
        match self {
            Self::Member => 0,
            Self::Admin => 1,
            Self::Owner => 2,
        }
    }

    /// As it was kept.
    pub const fn from_number(number: i64) -> Self {
        match number {
            2.. => Self::Owner,
            1 => Self::Admin,
            _ => Self::Member,
        }
    }
}

/// An account as staff sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminUser {
    /// The account.
    pub id: Id<UserMarker>,
    /// Its name.
    pub username: String,
    /// The name shown, if one was chosen.
    pub global_name: Option<String>,
    /// Image hash.
    pub avatar: Option<String>,
    /// Bots have none.
    pub email: Option<String>,
    /// What it is to the instance.
    pub rank: Rank,
    /// Whether it is an application's.
    pub bot: bool,
    /// Whether it is shut out now.
    pub suspended: bool,
    /// Until when; null for good.
    pub suspended_until: Option<Timestamp>,
    /// Why.
    pub suspended_reason: Option<String>,
    /// Whether a second factor is set up.
    pub mfa_enabled: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Bytes of the files in its messages; in lists of accounts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_bytes: Option<u64>,
}

/// A page of accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminUsers {
    /// In order of their ids.
    pub users: Vec<AdminUser>,
    /// How many there are on all pages.
    pub total: u64,
}

/// A guild as staff sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// Whose it is.
    pub owner: AdminActor,
    /// Members, bots too.
    pub members: u64,
    /// Channels, without threads.
    pub channels: u64,
    /// Since when.
    pub created_at: Timestamp,
    /// Whether anybody finds it and comes in.
    pub discoverable: bool,
    /// Whether staff took it off the public list for good.
    pub discovery_disabled: bool,
}

/// What staff changes about a guild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AdminGuildPatch {
    /// See [`AdminGuild::discovery_disabled`].
    pub discovery_disabled: Option<bool>,
}

/// A page of guilds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminGuilds {
    /// In order of their ids.
    pub guilds: Vec<AdminGuild>,
    /// How many there are on all pages.
    pub total: u64,
}

/// What staff changes about an account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AdminUserPatch {
    /// What it is to the instance.
    pub rank: Option<Rank>,
    /// Whether it is shut out.
    pub suspended: Option<bool>,
    /// Until when; null for good.
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub suspended_until: Patch<Timestamp>,
    /// Why, at most 512 characters.
    pub reason: Option<String>,
}

/// Figures of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminStats {
    /// Since it started.
    pub uptime_seconds: u64,
    /// What the process holds in memory.
    pub memory_bytes: u64,
    /// Of one processor, since these figures were last asked for.
    pub cpu_percent: f64,
    /// People with accounts.
    pub users: u64,
    /// Bots.
    pub bots: u64,
    /// Guilds.
    pub guilds: u64,
    /// Channels of guilds, without threads.
    pub channels: u64,
    /// Messages that are not deleted.
    pub messages: u64,
    /// Of these, those of the last hour.
    pub messages_last_hour: u64,
    /// Gateway sessions that listen.
    pub sessions: u64,
}

/// Somebody by id and name; in the log, as they were called when they did it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminActor {
    /// The account.
    pub id: Id<UserMarker>,
    /// Its name.
    pub username: String,
}

/// One deed of staff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminLogEntry {
    /// The entry; its time is the time of the deed.
    pub id: Id<GenericMarker>,
    /// Who did it; null: somebody at the command line.
    pub actor: Option<AdminActor>,
    /// What, e.g. `user.update`.
    pub action: String,
    /// The id of whom or what it was done to.
    pub target: Option<String>,
    /// What the action brings along.
    pub metadata: Value,
    /// When.
    pub created_at: Timestamp,
}
