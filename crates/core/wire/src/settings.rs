//! A person's settings: of the client, and of notifications.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::id::{ChannelMarker, EmojiMarker, GuildMarker, Id, UserMarker};
use crate::loose::Int;
use crate::patch::Patch;
use crate::presence::Status;

/// Settings that follow an account from device to device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserSettings {
    /// The chosen status; wins over automatic idling.
    pub status: Status,
    /// A line of one's own.
    pub custom_status: Option<CustomStatus>,
    /// `dark` or `light`.
    pub theme: String,
    /// BCP 47.
    pub locale: String,
    /// Dense timeline.
    pub message_display_compact: bool,
    /// Whether others are told how far one has received and read.
    pub read_receipts: bool,
    /// What only our own client reads: checked for size, kept as it came.
    pub client: BTreeMap<String, serde_json::Value>,
}

impl Default for UserSettings {
    fn default() -> Self {
        Self {
            status: Status::Online,
            custom_status: None,
            theme: "dark".into(),
            locale: "en-US".into(),
            message_display_compact: false,
            read_receipts: true,
            client: BTreeMap::new(),
        }
    }
}

/// A line under one's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomStatus {
    /// Up to 128 characters.
    pub text: Option<String>,
    /// A custom emoji.
    pub emoji_id: Option<Id<EmojiMarker>>,
    /// Its name, or a standard emoji.
    pub emoji_name: Option<String>,
    /// When it goes by itself.
    #[serde(deserialize_with = "crate::loose::time::optional")]
    pub expires_at: Option<Timestamp>,
    /// When it was chosen, whatever a client says: all sessions show the same.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::time::optional")]
    pub created_at: Option<Timestamp>,
}

impl CustomStatus {
    /// Whether its time has come.
    pub fn is_over(&self, unix_ms: u64) -> bool {
        self.expires_at.is_some_and(|end| i128::from(end.as_micros()) <= i128::from(unix_ms) * 1000)
    }
}

/// Body of changing settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserSettingsPatch {
    /// See [`UserSettings::status`].
    pub status: Patch<Status>,
    /// See [`UserSettings::custom_status`].
    pub custom_status: Patch<CustomStatus>,
    /// See [`UserSettings::theme`].
    pub theme: Patch<String>,
    /// See [`UserSettings::locale`].
    pub locale: Patch<String>,
    /// See [`UserSettings::message_display_compact`].
    pub message_display_compact: Patch<bool>,
    /// See [`UserSettings::read_receipts`].
    pub read_receipts: Patch<bool>,
    /// See [`UserSettings::client`]; replaced as a whole.
    pub client: Patch<BTreeMap<String, serde_json::Value>>,
}

/// Until when something is muted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MuteConfig {
    /// Seconds that were chosen; -1 for good.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "crate::loose::optional_int")]
    pub selected_time_window: Option<i64>,
    /// Null: until it is switched on again.
    #[serde(deserialize_with = "crate::loose::time::optional")]
    pub end_time: Option<Timestamp>,
}

/// Notifications of one guild (`guild_id` null: of direct messages).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Discord's object has them")]
pub struct UserGuildSettings {
    /// The guild.
    pub guild_id: Option<Id<GuildMarker>>,
    /// No notifications.
    pub muted: bool,
    /// Until when.
    pub mute_config: Option<MuteConfig>,
    /// 0 all, 1 mentions, 2 nothing, 3 the guild's own setting.
    pub message_notifications: u8,
    /// Not for `@everyone`.
    pub suppress_everyone: bool,
    /// Not for roles.
    pub suppress_roles: bool,
    /// Also on the phone.
    #[serde(default = "yes")]
    pub mobile_push: bool,
    /// Muted channels are not listed.
    #[serde(default)]
    pub hide_muted_channels: bool,
    /// Not for planned events.
    #[serde(default)]
    pub mute_scheduled_events: bool,
    /// [`OPT_IN_CHANNELS`]: the list of channels shows those that were picked.
    #[serde(default)]
    pub flags: u32,
    /// By channel.
    pub channel_overrides: Vec<ChannelOverride>,
}

/// Bit of [`UserGuildSettings::flags`]: only picked channels are listed.
pub const OPT_IN_CHANNELS: u32 = 1 << 14;
/// Bit of [`ChannelOverride::flags`]: picked.
pub const OPT_IN_ENABLED: u32 = 1 << 12;

const fn yes() -> bool {
    true
}

impl UserGuildSettings {
    /// As it is before anybody changes it.
    pub fn new(guild_id: Option<Id<GuildMarker>>) -> Self {
        Self {
            guild_id,
            muted: false,
            mute_config: None,
            message_notifications: 3,
            suppress_everyone: false,
            suppress_roles: false,
            mobile_push: true,
            hide_muted_channels: false,
            mute_scheduled_events: false,
            flags: 0,
            channel_overrides: Vec::new(),
        }
    }
}

/// Notifications of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelOverride {
    /// The channel.
    pub channel_id: Id<ChannelMarker>,
    /// No notifications.
    pub muted: bool,
    /// Until when.
    pub mute_config: Option<MuteConfig>,
    /// 0 all, 1 mentions, 2 nothing, 3 the guild's.
    pub message_notifications: u8,
    /// [`OPT_IN_ENABLED`]: picked for the list of channels.
    #[serde(default)]
    pub flags: u32,
}

/// Body of changing notifications.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserGuildSettingsPatch {
    /// See [`UserGuildSettings::muted`].
    pub muted: Patch<bool>,
    /// See [`UserGuildSettings::mute_config`].
    pub mute_config: Patch<MuteConfig>,
    /// See [`UserGuildSettings::message_notifications`].
    pub message_notifications: Patch<Int<u8>>,
    /// See [`UserGuildSettings::suppress_everyone`].
    pub suppress_everyone: Patch<bool>,
    /// See [`UserGuildSettings::suppress_roles`].
    pub suppress_roles: Patch<bool>,
    /// See [`UserGuildSettings::mobile_push`].
    pub mobile_push: Patch<bool>,
    /// See [`UserGuildSettings::hide_muted_channels`].
    pub hide_muted_channels: Patch<bool>,
    /// See [`UserGuildSettings::mute_scheduled_events`].
    pub mute_scheduled_events: Patch<bool>,
    /// See [`UserGuildSettings::flags`].
    pub flags: Patch<Int<u32>>,
    /// By channel id; null forgets all of them.
    pub channel_overrides: Patch<BTreeMap<String, ChannelOverridePatch>>,
}

/// Body of changing one channel's notifications.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChannelOverridePatch {
    /// See [`ChannelOverride::muted`].
    pub muted: Patch<bool>,
    /// See [`ChannelOverride::mute_config`].
    pub mute_config: Patch<MuteConfig>,
    /// See [`ChannelOverride::message_notifications`].
    pub message_notifications: Patch<Int<u8>>,
    /// See [`ChannelOverride::flags`].
    pub flags: Patch<Int<u32>>,
}

impl ChannelOverride {
    /// As it is before anybody changes it.
    pub const fn new(channel_id: Id<ChannelMarker>) -> Self {
        Self { channel_id, muted: false, mute_config: None, message_notifications: 3, flags: 0 }
    }

    /// Whether it says anything.
    pub fn is_plain(&self) -> bool {
        *self == Self::new(self.channel_id)
    }
}

/// Body of changing the notifications of several guilds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserGuildSettingsBulk {
    /// By guild id; `@me` or `null` are direct messages.
    pub guilds: BTreeMap<String, UserGuildSettingsPatch>,
}

/// `USER_NOTE_UPDATE`: what one noted about somebody; empty for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteUpdate {
    /// About whom.
    pub id: Id<UserMarker>,
    /// The text.
    pub note: String,
}
