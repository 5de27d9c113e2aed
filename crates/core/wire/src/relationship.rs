//! Friends, requests and blocks.

use serde::{Deserialize, Serialize};
use serde_repr::{Deserialize_repr, Serialize_repr};
use twilight_model::util::Timestamp;

use crate::id::{Id, UserMarker};
use crate::loose::Int;
use crate::user::User;

/// What one person is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum RelationshipKind {
    /// Both agreed.
    Friend = 1,
    /// Not to be heard from.
    Blocked = 2,
    /// They asked.
    Incoming = 3,
    /// We asked.
    Outgoing = 4,
}

/// A relationship from one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relationship {
    /// The other's account.
    pub id: Id<UserMarker>,
    /// What they are.
    #[serde(rename = "type")]
    pub kind: RelationshipKind,
    /// The other.
    pub user: User,
    /// Always null.
    pub nickname: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Body of asking by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FriendRequest {
    /// Account name.
    pub username: String,
}

/// Body of asking, accepting or blocking by id.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RelationshipBody {
    /// 1 or absent asks or accepts, 2 blocks.
    #[serde(rename = "type")]
    pub kind: Option<Int<u8>>,
}
