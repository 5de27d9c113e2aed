//! Templates: what a guild is made like.

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::channel::OverwriteKind;
use crate::id::{EmojiMarker, GuildMarker, Id, UserMarker};
use crate::patch::Patch;
use crate::role::RoleColors;
use crate::user::User;

/// A template.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuildTemplate {
    /// What stands in the address.
    pub code: String,
    /// 1–100 characters.
    pub name: String,
    /// Up to 120 characters.
    pub description: Option<String>,
    /// Guilds that were made like this.
    pub usage_count: u32,
    /// Who made it.
    pub creator_id: Id<UserMarker>,
    /// Who made it.
    pub creator: Option<User>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the guild was last taken into it.
    pub updated_at: Timestamp,
    /// The guild that others are made like.
    pub source_guild_id: Id<GuildMarker>,
    /// The guild as it was then.
    pub serialized_source_guild: TemplateGuild,
    /// True when the guild has changed since.
    pub is_dirty: Option<bool>,
}

/// A guild as a template keeps it. Ids are numbers in it: roles from 0 for `@everyone`, channels from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented at the guild")]
pub struct TemplateGuild {
    pub name: String,
    pub description: Option<String>,
    pub region: Option<String>,
    pub verification_level: u8,
    pub default_message_notifications: u8,
    pub explicit_content_filter: u8,
    pub preferred_locale: String,
    pub afk_timeout: u32,
    pub afk_channel_id: Option<String>,
    pub system_channel_id: Option<String>,
    pub system_channel_flags: u32,
    pub roles: Vec<TemplateRole>,
    pub channels: Vec<TemplateChannel>,
}

/// A role of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented at the role")]
pub struct TemplateRole {
    pub id: u32,
    pub name: String,
    pub permissions: Permissions,
    pub color: u32,
    pub colors: Option<RoleColors>,
    pub hoist: bool,
    pub mentionable: bool,
    pub icon: Option<String>,
    pub unicode_emoji: Option<String>,
}

/// A channel of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "documented at the channel")]
pub struct TemplateChannel {
    pub id: Option<u32>,
    #[serde(rename = "type")]
    pub kind: u8,
    pub name: Option<String>,
    pub position: Option<i32>,
    pub topic: Option<String>,
    pub bitrate: u32,
    pub user_limit: u32,
    pub nsfw: bool,
    pub rate_limit_per_user: u32,
    pub parent_id: Option<String>,
    pub default_auto_archive_duration: Option<u32>,
    pub permission_overwrites: Vec<TemplateOverwrite>,
    pub available_tags: Option<Vec<TemplateTag>>,
    pub template: String,
    pub default_reaction_emoji: Option<crate::forum::DefaultReaction>,
    pub default_thread_rate_limit_per_user: Option<u32>,
    pub default_sort_order: Option<u8>,
    pub default_forum_layout: Option<u8>,
    pub default_tag_setting: Option<String>,
    pub icon_emoji: Option<serde_json::Value>,
    pub theme_color: Option<u32>,
}

/// What a role may do in a channel of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateOverwrite {
    /// The role's number.
    pub id: String,
    /// Always 0: of a role.
    #[serde(rename = "type")]
    pub kind: OverwriteKind,
    /// Given here.
    pub allow: Permissions,
    /// Taken here.
    pub deny: Permissions,
}

/// A tag of a forum of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateTag {
    /// Its number.
    pub id: Option<u32>,
    /// Its name.
    pub name: String,
    /// A custom emoji beside it: none, for another guild does not have it.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// A standard one.
    pub emoji_name: Option<String>,
    /// Given and taken by moderators of threads only.
    pub moderated: Option<bool>,
}

/// Body of making or changing a template.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TemplateBody {
    /// See [`GuildTemplate::name`].
    pub name: Patch<String>,
    /// See [`GuildTemplate::description`].
    pub description: Patch<String>,
}
