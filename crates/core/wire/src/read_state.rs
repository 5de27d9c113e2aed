//! How far somebody has read.

use serde::{Deserialize, Serialize};

use crate::id::{ChannelMarker, Id, MessageMarker, UserMarker};

/// One channel's read state of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadState {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// Newest message read.
    pub last_message_id: Option<Id<MessageMarker>>,
    /// Unread mentions.
    pub mention_count: u32,
}

/// `MESSAGE_ACK`, to one's own sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageAck {
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Read up to there.
    pub message_id: Id<MessageMarker>,
    /// Mentions that are still unread.
    pub mention_count: u32,
}

/// `GUILDHALL_RECEIPT_UPDATE`: how far a person has received and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Received up to there.
    pub delivered_id: Option<Id<MessageMarker>>,
    /// Read up to there.
    pub read_id: Option<Id<MessageMarker>>,
}
