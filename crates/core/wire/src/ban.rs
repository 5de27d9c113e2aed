//! Bans.

use serde::{Deserialize, Serialize};

use crate::id::{Id, UserMarker};
use crate::loose::{Int, nullable};
use crate::user::User;

/// A ban.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ban {
    /// Who.
    pub user: User,
    /// Why.
    pub reason: Option<String>,
}

/// Body or query of a ban.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BanBody {
    /// Messages of the last so many seconds go too, up to a week.
    pub delete_message_seconds: Option<Int<u32>>,
    /// The same in days, as older clients send it.
    pub delete_message_days: Option<Int<u32>>,
}

/// Body of banning many.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BulkBanBody {
    /// Up to 200.
    #[serde(deserialize_with = "nullable")]
    pub user_ids: Vec<Id<UserMarker>>,
    /// See [`BanBody`].
    pub delete_message_seconds: Option<Int<u32>>,
}

/// What became of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BulkBan {
    /// Now banned.
    pub banned_users: Vec<Id<UserMarker>>,
    /// Not banned: missing rank, or banned already.
    pub failed_users: Vec<Id<UserMarker>>,
}
