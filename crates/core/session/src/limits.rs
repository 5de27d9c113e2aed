//! Bounds of a session. Times are in milliseconds.

use guildhall_wire::gateway::HEARTBEAT_INTERVAL_MS;

/// What a session and its client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Without a heartbeat for so long the socket is closed (4009).
    pub heartbeat_timeout_ms: u64,
    /// Without IDENTIFY or RESUME for so long the socket is closed (4009).
    pub identify_timeout_ms: u64,
    /// How long a session waits for a new socket.
    pub resume_window_ms: u64,
    /// Frames that a client may send in a minute, pings and pieces of messages counted (4008).
    pub frames_per_minute: u32,
    /// Largest frame of a bot, and of anybody before IDENTIFY (4002).
    pub bot_frame_bytes: usize,
    /// Largest frame of a person.
    pub person_frame_bytes: usize,
    /// Events kept for replay.
    pub replay_events: usize,
    /// Bytes of event bodies kept for replay.
    pub replay_bytes: usize,
    /// Events that may wait for the socket before it counts as too slow (4000).
    pub unsent_events: usize,
    /// Bytes of event bodies that may wait for the socket.
    pub unsent_bytes: usize,
    /// Guilds of one shard; more need more shards (4011).
    pub guilds_per_shard: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            heartbeat_timeout_ms: HEARTBEAT_INTERVAL_MS + 20_000,
            identify_timeout_ms: 120_000,
            resume_window_ms: 180_000,
            frames_per_minute: 120,
            bot_frame_bytes: 4096,
            person_frame_bytes: 16 * 1024,
            replay_events: 1000,
            replay_bytes: 1024 * 1024,
            unsent_events: 16 * 1024,
            unsent_bytes: 16 * 1024 * 1024,
            guilds_per_shard: None,
        }
    }
}
