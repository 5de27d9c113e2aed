//! What the gateway can be told.

use guildhall_session::Limits;

/// Settings of the gateway; the defaults are Discord's.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where clients resume, like `wss://chat.example.org`; `None` for the address that they came by.
    pub url: Option<String>,
    /// Bounds of each session.
    pub limits: Limits,
    /// Sessions of one user that may wait for a new socket; beyond it the oldest is forgotten.
    pub detached_per_user: usize,
    /// Sockets that have not said who they are; beyond it new ones are refused with 503.
    pub anonymous_sockets: usize,
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
            space_identifies: true,
        }
    }
}
