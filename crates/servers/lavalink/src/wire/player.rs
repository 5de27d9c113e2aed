//! Players and sessions: what is answered, and what clients may change.

use guildhall_wire::loose::Float;
use guildhall_wire::patch::Patch;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Filters, Track};

/// A player.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Player {
    /// The guild it plays in.
    pub guild_id: String,
    /// What it plays.
    pub track: Option<Track>,
    /// Percent, 0 to 1000.
    pub volume: u16,
    /// Whether it is paused.
    pub paused: bool,
    /// Where it is.
    pub state: PlayerState,
    /// The voice server it was given.
    pub voice: VoiceState,
    /// What is done to the sound.
    pub filters: Filters,
}

/// Where a player is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlayerState {
    /// When this was true, in milliseconds of Unix time.
    pub time: u64,
    /// Of the track, in milliseconds.
    pub position: u64,
    /// Whether the voice server listens.
    pub connected: bool,
    /// Milliseconds to the voice server; -1 without one.
    pub ping: i64,
}

/// The voice server a player was given.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VoiceState {
    /// Lets in.
    pub token: String,
    /// Host and port, without a scheme.
    pub endpoint: String,
    /// Discord's voice session.
    pub session_id: String,
    /// The channel, where the client said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<String>,
}

impl std::fmt::Debug for VoiceState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("VoiceState").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// A voice server as clients send it: some send fields as null.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "as in `VoiceState`")]
pub struct VoiceUpdate {
    pub token: Option<String>,
    pub endpoint: Option<String>,
    pub session_id: Option<String>,
    pub channel_id: Option<String>,
}

/// Which track is to be played.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrackUpdate {
    /// A blob; null stops.
    pub encoded: Patch<String>,
    /// Instead of a blob: what is to be loaded.
    pub identifier: Patch<String>,
    /// Comes back with the track.
    pub user_data: Patch<Map<String, Value>>,
}

/// Changes to a player.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PlayerUpdate {
    /// Older form of `track.encoded`.
    pub encoded_track: Patch<String>,
    /// Older form of `track.identifier`.
    pub identifier: Patch<String>,
    /// Which track is to be played.
    pub track: Patch<TrackUpdate>,
    /// Where, in milliseconds.
    pub position: Patch<Float>,
    /// Where it ends, in milliseconds.
    pub end_time: Patch<Float>,
    /// Percent.
    pub volume: Patch<Float>,
    /// Whether it is paused.
    pub paused: Patch<bool>,
    /// All filters anew.
    pub filters: Patch<Filters>,
    /// The voice server.
    pub voice: Patch<VoiceUpdate>,
    /// Ours: the track that follows, so that it can be faded into.
    pub next: Patch<TrackUpdate>,
    /// Ours: milliseconds by which the next track is faded into.
    pub crossfade: Patch<Float>,
    /// Ours: 0 to 3; the higher, the later it feels that processor time is short.
    pub tier: Patch<Float>,
}

/// What a session is told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Events {
    /// What Lavalink knows, and plugins where they were asked.
    #[default]
    Standard,
    /// More: some clients fail at what they do not know.
    All,
}

impl Events {
    /// Whether it is what a client expects that knows no other.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    pub(crate) fn is_standard(&self) -> bool {
        *self == Self::Standard
    }
}

/// A session's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SessionState {
    /// Whether it waits for its client to come back.
    pub resuming: bool,
    /// For how many seconds.
    pub timeout: u64,
    /// Ours: what it is told of; not shown to who never asked for more.
    #[serde(skip_serializing_if = "Events::is_standard")]
    pub events: Events,
}

/// Changes to a session.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as in `SessionState`")]
pub struct SessionUpdate {
    pub resuming: Patch<bool>,
    pub timeout: Patch<Float>,
    pub events: Patch<Events>,
}
