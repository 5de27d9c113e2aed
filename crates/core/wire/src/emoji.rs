//! Custom emoji, and emoji as reactions and buttons name them.

use serde::{Deserialize, Serialize};

use crate::id::{EmojiMarker, Id, RoleMarker};
use crate::patch::Patch;
use crate::user::User;

/// A custom emoji of a guild or an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Emoji {
    /// The emoji.
    pub id: Id<EmojiMarker>,
    /// 2–32 of letters, digits and underscores.
    pub name: String,
    /// Who may use it; empty for everybody.
    pub roles: Vec<Id<RoleMarker>>,
    /// Who uploaded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Always true here.
    pub require_colons: bool,
    /// Belongs to an integration.
    pub managed: bool,
    /// Moves.
    pub animated: bool,
    /// May be used.
    pub available: bool,
}

/// An emoji where it is used: a custom one by id, a standard one by its characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartialEmoji {
    /// Null for standard emoji.
    #[serde(default)]
    pub id: Option<Id<EmojiMarker>>,
    /// Name, or the characters; null for a deleted custom emoji.
    #[serde(default)]
    pub name: Option<String>,
    /// Moves.
    #[serde(default)]
    pub animated: bool,
}

/// Body of uploading an emoji.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EmojiCreate {
    /// See [`Emoji::name`].
    pub name: String,
    /// Data URL.
    pub image: String,
    /// See [`Emoji::roles`].
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub roles: Vec<Id<RoleMarker>>,
}

/// Body of changing an emoji.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EmojiPatch {
    /// See [`Emoji::name`].
    pub name: Patch<String>,
    /// See [`Emoji::roles`].
    pub roles: Patch<Vec<Id<RoleMarker>>>,
}

/// The emoji of an application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EmojiList {
    /// All of them.
    pub items: Vec<Emoji>,
}
