//! Invites.

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::id::{ChannelMarker, GuildMarker, Id, RoleMarker, UserMarker};
use crate::loose::Int;
use crate::scheduled_event::ScheduledEvent;
use crate::user::User;

/// An invite, with its bookkeeping where the reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// 0 guild, 1 group DM, 2 friend.
    #[serde(rename = "type")]
    pub kind: u8,
    /// What stands in the address.
    pub code: String,
    /// Who invites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inviter: Option<User>,
    /// When it ends; null for never.
    pub expires_at: Option<Timestamp>,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild: Option<InviteGuild>,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Where to.
    pub channel: Option<InviteChannel>,
    /// When counts were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_member_count: Option<u32>,
    /// When counts were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_presence_count: Option<u32>,
    /// Times used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// 0 for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
    /// Seconds, 0 for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Membership ends with the connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temporary: Option<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Discord's guild invite flags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flags: Option<u32>,
    /// Roles that it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<InviteRole>,
    /// The event that its link names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_scheduled_event: Option<ScheduledEvent>,
    /// Guildhall's answer to accepting: whether somebody joined by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_member: Option<bool>,
}

/// As much of a guild as a stranger may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub splash: Option<String>,
    /// Image hash.
    pub banner: Option<String>,
    /// What it says about itself.
    pub description: Option<String>,
    /// Image hash.
    pub icon: Option<String>,
    /// Discord's names.
    pub features: Vec<String>,
    /// See [`crate::guild::Guild::verification_level`].
    pub verification_level: u8,
    /// See [`crate::guild::Guild::vanity_url_code`].
    pub vanity_url_code: Option<String>,
    /// See [`crate::guild::Guild::nsfw_level`].
    pub nsfw_level: u8,
    /// Old form of it.
    pub nsfw: bool,
    /// Always 0.
    pub premium_subscription_count: u32,
}

/// As much of a channel as a stranger may see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteChannel {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: crate::channel::ChannelKind,
    /// Its name.
    pub name: Option<String>,
}

/// A role that an invite gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRole {
    /// The role.
    pub id: Id<RoleMarker>,
    /// Its name.
    pub name: String,
    /// Its place.
    pub position: i32,
    /// Old form of `colors`.
    pub color: u32,
    /// Its colours.
    pub colors: crate::role::RoleColors,
    /// Image hash.
    pub icon: Option<String>,
    /// A standard emoji in its place.
    pub unicode_emoji: Option<String>,
}

/// How far a list of those for whom an invite is was taken over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TargetUsersJob {
    /// 1 under way, 2 done, 3 failed.
    pub status: u8,
    /// How many there are.
    pub total_users: u32,
    /// How many are done.
    pub processed_users: u32,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
    /// Why it failed.
    pub error_message: Option<String>,
}

/// Some of those for whom an invite is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TargetUsers {
    /// Their ids.
    pub user_ids: Vec<Id<UserMarker>>,
}

/// Body of making an invite.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InviteBody {
    /// Seconds, 0–604800; a day where not said.
    pub max_age: Option<Int<u32>>,
    /// 0–100.
    pub max_uses: Option<Int<u32>>,
    /// See [`Invite::temporary`].
    pub temporary: Option<bool>,
    /// Always a new code.
    pub unique: Option<bool>,
    /// 1 stream, 2 activity.
    pub target_type: Option<Int<u8>>,
    /// Whose stream.
    pub target_user_id: Option<Id<UserMarker>>,
    /// Roles given on joining.
    pub role_ids: Option<Vec<Id<RoleMarker>>>,
}

/// `INVITE_CREATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InviteCreate {
    /// Where to.
    pub channel_id: Id<ChannelMarker>,
    /// What stands in the address.
    pub code: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Who invites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inviter: Option<User>,
    /// Seconds.
    pub max_age: u32,
    /// 0 for any number.
    pub max_uses: u32,
    /// See [`Invite::temporary`].
    pub temporary: bool,
    /// Always 0.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// `INVITE_DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteDelete {
    /// Where to.
    pub channel_id: Id<ChannelMarker>,
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// What stood in the address.
    pub code: String,
}
