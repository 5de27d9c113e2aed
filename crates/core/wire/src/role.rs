//! Roles of a guild.

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};

use crate::id::{ApplicationMarker, Id, IntegrationMarker, RoleMarker, UserMarker};
use crate::loose::Int;
use crate::patch::Patch;

/// A role. The one whose id is the guild's is `@everyone`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// The role.
    pub id: Id<RoleMarker>,
    /// 1–100 characters.
    pub name: String,
    /// What its holders may do.
    pub permissions: Permissions,
    /// Rank; higher stands above.
    pub position: i32,
    /// 24-bit RGB, 0 for none.
    pub color: u32,
    /// Colour and gradient.
    pub colors: RoleColors,
    /// Shown as its own group in the member list.
    pub hoist: bool,
    /// Belongs to an integration and cannot be given by hand.
    pub managed: bool,
    /// Anybody may mention it.
    pub mentionable: bool,
    /// Image hash.
    pub icon: Option<String>,
    /// Standard emoji instead of an icon.
    pub unicode_emoji: Option<String>,
    /// Why it is managed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<RoleTags>,
    /// 1 = members choose it in onboarding.
    #[serde(default)]
    pub flags: u32,
}

/// Solid or gradient colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleColors {
    /// 24-bit RGB.
    pub primary_color: u32,
    /// Second stop.
    pub secondary_color: Option<u32>,
    /// Third stop.
    pub tertiary_color: Option<u32>,
}

/// Whom a managed role belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleTags {
    /// The bot of an application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<Id<UserMarker>>,
    /// An integration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration_id: Option<Id<IntegrationMarker>>,
    /// It comes and goes with what applications say of people; told by a null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", with = "null")]
    pub guild_connections: bool,
}

/// A field that is there with null, or not at all.
mod null {
    use serde::de::IgnoredAny;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives it so")]
    pub(super) fn serialize<S: Serializer>(_: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| true)
    }
}

impl Role {
    /// Whether people may give it and take it away: it is nobody's own, and goes by no rules.
    pub fn is_given_by_hand(&self) -> bool {
        !self.managed && !self.tags.as_ref().is_some_and(|tags| tags.guild_connections)
    }
}

impl RoleTags {
    /// The tags of a bot's own role: a bot's user id is its application's.
    pub fn of_bot(application: Id<ApplicationMarker>) -> Self {
        Self { bot_id: Some(application.cast()), integration_id: Some(application.cast()), ..Self::default() }
    }
}

/// Body of creating and changing a role.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleBody {
    /// See [`Role::name`].
    pub name: Patch<String>,
    /// See [`Role::permissions`].
    pub permissions: Patch<Permissions>,
    /// See [`Role::color`].
    pub color: Patch<Int<u32>>,
    /// See [`Role::colors`].
    pub colors: Patch<RoleColors>,
    /// See [`Role::hoist`].
    pub hoist: Patch<bool>,
    /// Data URL, or null to remove it.
    pub icon: Patch<String>,
    /// See [`Role::unicode_emoji`].
    pub unicode_emoji: Patch<String>,
    /// See [`Role::mentionable`].
    pub mentionable: Patch<bool>,
}

/// One line of a bulk reordering.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct RolePosition {
    /// The role to move.
    pub id: Id<RoleMarker>,
    /// Where to.
    #[serde(default)]
    pub position: Option<Int<i32>>,
}
