//! What goes over the WebSocket, all of it from the node to the client.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Exception, PlayerState, Stats, Track};

/// A message.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Message {
    /// The first.
    Ready {
        /// Whether the session that was asked for goes on.
        resumed: bool,
        /// The session's name.
        session_id: String,
    },
    /// How a player is doing, every few seconds.
    PlayerUpdate {
        /// Whose player.
        guild_id: String,
        /// How it is.
        state: PlayerState,
    },
    /// How the node is doing, every minute.
    Stats(Stats),
    /// Something happened to a player.
    Event(Box<Event>),
}

/// What happens to players. The first five are Lavalink's; the others are sent only to who asked for them.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Event {
    /// A track began.
    #[serde(rename = "TrackStartEvent")]
    TrackStart { guild_id: String, track: Track },
    /// A track ended.
    #[serde(rename = "TrackEndEvent")]
    TrackEnd { guild_id: String, track: Track, reason: EndReason },
    /// A track could not be played.
    #[serde(rename = "TrackExceptionEvent")]
    TrackException { guild_id: String, track: Track, exception: Exception },
    /// A track gave nothing for a while.
    #[serde(rename = "TrackStuckEvent")]
    TrackStuck { guild_id: String, track: Track, threshold_ms: u64 },
    /// The voice server hung up.
    #[serde(rename = "WebSocketClosedEvent")]
    WebSocketClosed { guild_id: String, code: u16, reason: String, by_remote: bool },
    /// An event of our own, as it is.
    #[serde(untagged)]
    Extra(Value),
    /// An event of a plugin, as it is, for who uses that plugin's routes.
    #[serde(untagged)]
    Plugin(Value),
}

/// Why a track ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EndReason {
    /// It came to its end.
    Finished,
    /// It gave no sound at all.
    LoadFailed,
    /// The client stopped it.
    Stopped,
    /// The client began another.
    Replaced,
    /// Nobody listened any more.
    Cleanup,
}
