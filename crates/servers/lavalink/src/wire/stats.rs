//! How the node is doing.

use serde::Serialize;

/// Answer of `/v4/stats` and, each minute, the `stats` op.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Frames of the last minute; null without players and over REST.
    pub frame_stats: Option<FrameStats>,
    /// Players that exist.
    pub players: usize,
    /// Players that play.
    pub playing_players: usize,
    /// Milliseconds since the start.
    pub uptime: u64,
    /// Memory.
    pub memory: Memory,
    /// Processors.
    pub cpu: Cpu,
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Memory {
    /// Allocated and not used.
    pub free: u64,
    /// Used by the node.
    pub used: u64,
    /// Taken from the system.
    pub allocated: u64,
    /// What the machine has.
    pub reservable: u64,
}

/// Processors.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cpu {
    /// How many.
    pub cores: usize,
    /// Share of all that is busy, 0 to 1.
    pub system_load: f64,
    /// Share that the node takes, 0 to 1.
    pub lavalink_load: f64,
}

/// Frames of a minute, averaged over players; 3000 are expected of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FrameStats {
    /// Sent to voice.
    pub sent: i64,
    /// Were due, and there was nothing to send.
    pub nulled: i64,
    /// Expected, less sent and nulled.
    pub deficit: i64,
}
