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
