//! Reactions.

use serde::{Deserialize, Serialize};

use crate::emoji::PartialEmoji;
use crate::id::{ChannelMarker, GuildMarker, Id, MessageMarker, UserMarker};
use crate::member::Member;

/// All reactions with one emoji on one message, as one reader sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// With what.
    pub emoji: PartialEmoji,
    /// How many.
    pub count: u32,
    /// The same, split.
    pub count_details: CountDetails,
    /// Always empty: no super reactions.
    pub burst_colors: Vec<String>,
    /// Always false.
    pub me_burst: bool,
    /// Whether the reader is among them.
    pub me: bool,
    /// Always 0.
    #[serde(default)]
    pub burst_count: u32,
}

/// Ordinary and super reactions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountDetails {
    /// Super reactions, always 0.
    pub burst: u32,
    /// Ordinary ones.
    pub normal: u32,
}

impl Reaction {
    /// So many ordinary reactions.
    pub fn new(emoji: PartialEmoji, count: u32, me: bool) -> Self {
        Self {
            emoji,
            count,
            count_details: CountDetails { burst: 0, normal: count },
            burst_colors: Vec::new(),
            me_burst: false,
            me,
            burst_count: 0,
        }
    }
}

/// `MESSAGE_REACTION_ADD` and `_REMOVE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReactionEvent {
    /// Who reacted.
    pub user_id: Id<UserMarker>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// To what.
    pub message_id: Id<MessageMarker>,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Who reacted, in guilds, when added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// With what.
    pub emoji: PartialEmoji,
    /// Who wrote the message, when added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_author_id: Option<Id<UserMarker>>,
    /// Always false.
    pub burst: bool,
    /// Always 0.
    #[serde(rename = "type")]
    pub kind: u8,
}

/// `MESSAGE_REACTION_REMOVE_ALL` (no emoji) and `_REMOVE_EMOJI`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReactionClear {
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// On what.
    pub message_id: Id<MessageMarker>,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Only this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<PartialEmoji>,
}
