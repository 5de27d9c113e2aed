//! Guilds.

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::channel::ChannelBody;
use crate::emoji::Emoji;
use crate::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, UserMarker};
use crate::loose::Int;
use crate::patch::Patch;
use crate::role::{Role, RoleBody};
use crate::sticker::Sticker;

/// A guild as REST gives it and `GUILD_UPDATE` repeats it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// 2–100 characters.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// Up to 300 characters.
    pub description: Option<String>,
    /// Always null.
    pub home_header: Option<String>,
    /// Image hash.
    pub splash: Option<String>,
    /// Image hash.
    pub discovery_splash: Option<String>,
    /// Image hash.
    pub banner: Option<String>,
    /// Discord's names of switched-on features.
    pub features: Vec<String>,
    /// Who owns it.
    pub owner_id: Id<UserMarker>,
    /// The application that made it, if one did.
    pub application_id: Option<Id<ApplicationMarker>>,
    /// Old field, kept for old clients.
    pub region: String,
    /// Where the idle go.
    pub afk_channel_id: Option<Id<ChannelMarker>>,
    /// Seconds.
    pub afk_timeout: u32,
    /// Where joins are told.
    pub system_channel_id: Option<Id<ChannelMarker>>,
    /// What is not told there: 1 joins, 4 tips, 8 join replies.
    pub system_channel_flags: u32,
    /// Public widget.
    pub widget_enabled: bool,
    /// Where the widget invites to.
    pub widget_channel_id: Option<Id<ChannelMarker>>,
    /// 0 none – 4 very high.
    pub verification_level: u8,
    /// All roles.
    pub roles: Vec<Role>,
    /// 0 all messages, 1 mentions.
    pub default_message_notifications: u8,
    /// 1 = moderators need a second factor.
    pub mfa_level: u8,
    /// 0–2.
    pub explicit_content_filter: u8,
    /// Null: no limit.
    pub max_presences: Option<u32>,
    /// Most members.
    pub max_members: u32,
    /// Most cameras on a stage.
    pub max_stage_video_channel_users: u32,
    /// Most cameras in voice.
    pub max_video_channel_users: u32,
    /// Code of the guild's own invite.
    pub vanity_url_code: Option<String>,
    /// Always 0: no boosts.
    pub premium_tier: u8,
    /// Always 0.
    pub premium_subscription_count: u32,
    /// BCP 47.
    pub preferred_locale: String,
    /// Where the rules stand.
    pub rules_channel_id: Option<Id<ChannelMarker>>,
    /// Where safety alerts go.
    pub safety_alerts_channel_id: Option<Id<ChannelMarker>>,
    /// Where notices to moderators go.
    pub public_updates_channel_id: Option<Id<ChannelMarker>>,
    /// Always false.
    pub premium_progress_bar_enabled: bool,
    /// Old form of `nsfw_level`.
    pub nsfw: bool,
    /// 0 default, 1 explicit, 2 safe, 3 age restricted.
    pub nsfw_level: u8,
    /// All emoji.
    pub emojis: Vec<Emoji>,
    /// All stickers.
    pub stickers: Vec<Sticker>,
    /// Raid pauses.
    pub incidents_data: Option<Incidents>,
    /// Where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_member_count: Option<u32>,
    /// Where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_presence_count: Option<u32>,
}

/// Pauses while a guild is raided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Incidents {
    /// Nobody comes in by an invite until then.
    pub invites_disabled_until: Option<Timestamp>,
    /// A shared guild is no reason for a direct message until then.
    pub dms_disabled_until: Option<Timestamp>,
    /// Never noticed here.
    pub dm_spam_detected_at: Option<Timestamp>,
    /// Never noticed here.
    pub raid_detected_at: Option<Timestamp>,
}

/// Body of changing the pauses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IncidentsBody {
    /// See [`Incidents::invites_disabled_until`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub invites_disabled_until: Patch<Timestamp>,
    /// See [`Incidents::dms_disabled_until`].
    #[serde(deserialize_with = "crate::loose::time::patch")]
    pub dms_disabled_until: Patch<Timestamp>,
}

/// A guild's invite by a name of its own choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VanityUrl {
    /// What stands in the address, if one was chosen.
    pub code: Option<String>,
    /// Times used.
    pub uses: u32,
}

/// Body of choosing it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VanityBody {
    /// See [`VanityUrl::code`].
    pub code: Option<String>,
}

/// Body of creating a guild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GuildCreateBody {
    /// See [`Guild::name`].
    pub name: String,
    /// Data URL.
    pub icon: Option<String>,
    /// Roles to begin with; the first is `@everyone`.
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub roles: Vec<RoleBody>,
    /// Channels to begin with.
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub channels: Vec<ChannelBody>,
}

/// Body of changing a guild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GuildPatch {
    /// See [`Guild::name`].
    pub name: Patch<String>,
    /// See [`Guild::description`].
    pub description: Patch<String>,
    /// Data URL.
    pub icon: Patch<String>,
    /// Data URL.
    pub banner: Patch<String>,
    /// Data URL.
    pub splash: Patch<String>,
    /// Data URL.
    pub discovery_splash: Patch<String>,
    /// See [`Guild::owner_id`].
    pub owner_id: Patch<Id<UserMarker>>,
    /// See [`Guild::afk_channel_id`].
    pub afk_channel_id: Patch<Id<ChannelMarker>>,
    /// 60, 300, 900, 1800 or 3600.
    pub afk_timeout: Patch<Int<u32>>,
    /// See [`Guild::system_channel_id`].
    pub system_channel_id: Patch<Id<ChannelMarker>>,
    /// See [`Guild::system_channel_flags`].
    pub system_channel_flags: Patch<Int<u32>>,
    /// See [`Guild::verification_level`].
    pub verification_level: Patch<Int<u8>>,
    /// See [`Guild::default_message_notifications`].
    pub default_message_notifications: Patch<Int<u8>>,
    /// See [`Guild::explicit_content_filter`].
    pub explicit_content_filter: Patch<Int<u8>>,
    /// See [`Guild::preferred_locale`].
    pub preferred_locale: Patch<String>,
    /// See [`Guild::rules_channel_id`].
    pub rules_channel_id: Patch<Id<ChannelMarker>>,
    /// See [`Guild::public_updates_channel_id`].
    pub public_updates_channel_id: Patch<Id<ChannelMarker>>,
    /// See [`Guild::safety_alerts_channel_id`].
    pub safety_alerts_channel_id: Patch<Id<ChannelMarker>>,
    /// The whole new set of those that can be switched.
    pub features: Patch<Vec<String>>,
}

/// A guild in one's own list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// Image hash.
    pub banner: Option<String>,
    /// Whether one owns it.
    pub owner: bool,
    /// What one may do.
    pub permissions: crate::Permissions,
    /// Discord's names.
    pub features: Vec<String>,
    /// Where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_member_count: Option<u32>,
    /// Where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approximate_presence_count: Option<u32>,
}

/// `GUILD_DELETE`, and a guild that is still to come in READY.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnavailableGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Absent when one is no longer a member.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unavailable: bool,
}
