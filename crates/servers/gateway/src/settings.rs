//! What the gateway can be told.

use guildhall_session::Limits;

/// Settings of the gateway; the defaults are Discord's.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where clients resume, like `wss://chat.example.org`; `None` for the address that they came by.
    pub url: Option<String>,
    /// Bounds of each session.
    pub limits: Limits,
    /// Sessions of one user, or of one shard of a bot, that may wait for a new socket; beyond it the oldest is forgotten.
    pub detached_per_user: usize,
    /// Sockets that have not said who they are; beyond it new ones are refused with 503.
    pub anonymous_sockets: usize,
    /// The same of one address; the machine itself has no such limit.
    pub anonymous_per_address: usize,
    /// Whether the last address in a proxy's `X-Forwarded-For` is believed.
    pub trust_proxy: bool,
    /// Whether bots must leave five seconds between two IDENTIFYs under one concurrency key.
    pub space_identifies: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            limits: Limits::default(),
            detached_per_user: 16,
            anonymous_sockets: 20_000,
            anonymous_per_address: 500,
            trust_proxy: false,
            space_identifies: true,
        }
    }
}
