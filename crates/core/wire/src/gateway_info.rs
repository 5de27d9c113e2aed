//! Where the gateway is: `/gateway`, `/gateway/bot`.

use serde::{Deserialize, Serialize};

/// Answer of `GET /gateway`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayInfo {
    /// Without path and query: clients add their own.
    pub url: String,
}

/// Answer of `GET /gateway/bot`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotGatewayInfo {
    /// See [`GatewayInfo::url`].
    pub url: String,
    /// How many connections it should spread over.
    pub shards: u32,
    /// How many sessions it may begin.
    pub session_start_limit: SessionStartLimit,
}

/// How many sessions a bot may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStartLimit {
    /// In a day.
    pub total: u32,
    /// Of them left.
    pub remaining: u32,
    /// Milliseconds until they are all there again.
    pub reset_after: u32,
    /// At once, every five seconds.
    pub max_concurrency: u32,
}

impl SessionStartLimit {
    /// Sessions in a day.
    pub const PER_DAY: u32 = 1000;
    /// Sessions at once.
    pub const AT_ONCE: u32 = 16;

    /// What is left of it, and until when.
    pub const fn new(remaining: u32, reset_after: u32) -> Self {
        Self { total: Self::PER_DAY, remaining, reset_after, max_concurrency: Self::AT_ONCE }
    }
}

impl BotGatewayInfo {
    /// One shard for each thousand guilds, as Discord recommends.
    pub fn new(url: impl Into<String>, guilds: usize, session_start_limit: SessionStartLimit) -> Self {
        let shards = u32::try_from(guilds / 1000).unwrap_or(u32::MAX).saturating_add(1);
        Self { url: url.into(), shards, session_start_limit }
    }
}
