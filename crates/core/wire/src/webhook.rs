//! Webhooks.

use serde::{Deserialize, Serialize};

use crate::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, WebhookMarker};
use crate::patch::Patch;
use crate::user::User;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// The webhook.
    pub id: Id<WebhookMarker>,
    /// 1 incoming, 2 channel follower, 3 application.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Where.
    #[serde(default)]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Where.
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Who made it; left out when fetched by token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Default name of its messages.
    pub name: Option<String>,
    /// Image hash.
    pub avatar: Option<String>,
    /// Secret to use it without an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whose.
    pub application_id: Option<Id<ApplicationMarker>>,
    /// Address with the secret in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of followers: the guild of the channel that is followed, as long as it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_guild: Option<SourceGuild>,
    /// Of followers: the channel that is followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_channel: Option<SourceChannel>,
}

/// A guild whose channel is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
}

/// A channel that is followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChannel {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// Its name.
    pub name: String,
}

/// Body of following a channel.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct FollowBody {
    /// Where its messages are to come.
    pub webhook_channel_id: Id<ChannelMarker>,
}

/// A channel is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follower {
    /// The channel that is followed.
    pub channel_id: Id<ChannelMarker>,
    /// What brings its messages.
    pub webhook_id: Id<WebhookMarker>,
}

/// Body of creating and changing a webhook.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WebhookBody {
    /// 1–80 characters.
    pub name: Patch<String>,
    /// Data URL.
    pub avatar: Patch<String>,
    /// Moves it, with an account only.
    pub channel_id: Patch<Id<ChannelMarker>>,
}

/// `WEBHOOKS_UPDATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksUpdate {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
}
