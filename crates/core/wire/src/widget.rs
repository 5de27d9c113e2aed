//! The widget: what a guild shows of itself on pages elsewhere.

use serde::{Deserialize, Serialize};

use crate::id::{ChannelMarker, GuildMarker, Id};
use crate::loose::Bool;
use crate::patch::Patch;
use crate::presence::Status;

/// Whether there is one, and where it invites to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetSettings {
    /// Switched on.
    pub enabled: bool,
    /// Where it invites to; null for no invite.
    pub channel_id: Option<Id<ChannelMarker>>,
}

/// Body of changing that.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WidgetPatch {
    /// See [`WidgetSettings::enabled`].
    pub enabled: Patch<Bool>,
    /// See [`WidgetSettings::channel_id`].
    pub channel_id: Patch<Id<ChannelMarker>>,
}

/// What everybody sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Widget {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Address of an invite.
    pub instant_invite: Option<String>,
    /// Voice channels that everybody sees.
    pub channels: Vec<WidgetChannel>,
    /// Up to a hundred of those who are there.
    pub members: Vec<WidgetMember>,
    /// How many are there.
    pub presence_count: usize,
}

/// A voice channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetChannel {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// Its name.
    pub name: String,
    /// Place among its siblings.
    pub position: i32,
}

/// Somebody who is there, without their id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WidgetMember {
    /// Place in the list.
    pub id: String,
    /// The name shown.
    pub username: String,
    /// Always `0000`.
    pub discriminator: String,
    /// Always null: see `avatar_url`.
    pub avatar: Option<String>,
    /// Never `offline`.
    pub status: Status,
    /// Address of their picture.
    pub avatar_url: String,
    /// What they play.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<WidgetActivity>,
    /// Where and how they are in voice.
    #[serde(flatten)]
    pub voice: Option<WidgetVoice>,
}

/// What somebody plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetActivity {
    /// Its name.
    pub name: String,
}

/// Where and how somebody is in voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetVoice {
    /// One of [`Widget::channels`].
    pub channel_id: Id<ChannelMarker>,
    /// By a moderator.
    pub deaf: bool,
    /// By a moderator.
    pub mute: bool,
    /// By oneself.
    pub self_deaf: bool,
    /// By oneself.
    pub self_mute: bool,
    /// In a stage's audience.
    pub suppress: bool,
}
