//! Who is in which voice channel.

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use crate::member::Member;

/// `VOICE_STATE_UPDATE`, and voice states in `GUILD_CREATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Discord's object has them")]
pub struct VoiceState {
    /// Absent inside `GUILD_CREATE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Null when the user left.
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Who, in guilds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// Of the gateway session.
    pub session_id: String,
    /// By a moderator.
    pub deaf: bool,
    /// By a moderator.
    pub mute: bool,
    /// By oneself.
    pub self_deaf: bool,
    /// By oneself.
    pub self_mute: bool,
    /// Shares a screen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_stream: bool,
    /// Shows a camera.
    pub self_video: bool,
    /// In a stage's audience.
    pub suppress: bool,
    /// Raised hand.
    pub request_to_speak_timestamp: Option<Timestamp>,
}

/// `VOICE_SERVER_UPDATE`: where a session finds voice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceServer {
    /// Secret to identify with there.
    pub token: String,
    /// For which guild.
    pub guild_id: Id<GuildMarker>,
    /// Host and port; null while there is none.
    pub endpoint: Option<String>,
}

/// A place where voice is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceRegion {
    /// Its name in addresses.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The nearest one.
    pub optimal: bool,
    /// To be avoided.
    pub deprecated: bool,
    /// Only for an event.
    pub custom: bool,
}
