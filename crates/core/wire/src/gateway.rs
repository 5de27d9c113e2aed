//! Frames of the gateway: opcodes, close codes, intents; what clients send (`client`) and what they get (`server`).

pub mod client;
pub mod server;

pub use client::{ClientFrame, FrameError, Identify, PresenceBody, RequestMembers, Resume, Shard, VoiceStateBody};
pub use server::{GuildCreate, MembersChunk, Ready};
pub use twilight_model::gateway::Intents;

use crate::id::{GuildMarker, Id};

/// Milliseconds between two heartbeats of a client.
pub const HEARTBEAT_INTERVAL_MS: u64 = 41_250;

/// Opcodes of both directions.
pub mod opcode {
    /// An event.
    pub const DISPATCH: u8 = 0;
    /// A sign of life, or a request for one.
    pub const HEARTBEAT: u8 = 1;
    /// A new session.
    pub const IDENTIFY: u8 = 2;
    /// Status and activities.
    pub const PRESENCE_UPDATE: u8 = 3;
    /// Join, move or leave voice.
    pub const VOICE_STATE_UPDATE: u8 = 4;
    /// An old session.
    pub const RESUME: u8 = 6;
    /// Come back, and resume.
    pub const RECONNECT: u8 = 7;
    /// Ask for members.
    pub const REQUEST_GUILD_MEMBERS: u8 = 8;
    /// The session is gone.
    pub const INVALID_SESSION: u8 = 9;
    /// The first frame.
    pub const HELLO: u8 = 10;
    /// Answer to a heartbeat.
    pub const HEARTBEAT_ACK: u8 = 11;
    /// Ask for sounds.
    pub const REQUEST_SOUNDBOARD_SOUNDS: u8 = 31;
}

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// Something went wrong here, or the client reads too slowly: come back and resume.
    UnknownError = 4000,
    /// No such opcode.
    UnknownOpcode = 4001,
    /// Not to be read, or too large.
    DecodeError = 4002,
    /// Something else came before IDENTIFY.
    NotAuthenticated = 4003,
    /// The token is wrong, or no longer good.
    AuthenticationFailed = 4004,
    /// IDENTIFY came twice.
    AlreadyAuthenticated = 4005,
    /// RESUME with a sequence number that was never sent.
    InvalidSequence = 4007,
    /// Too many frames.
    RateLimited = 4008,
    /// No heartbeat.
    SessionTimedOut = 4009,
    /// No such shard.
    InvalidShard = 4010,
    /// Too many guilds for one connection.
    ShardingRequired = 4011,
    /// No such version of the protocol.
    InvalidApiVersion = 4012,
    /// No such intent.
    InvalidIntents = 4013,
    /// A privileged intent that the application does not have.
    DisallowedIntents = 4014,
}

impl CloseCode {
    /// Its number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The reason on the wire, in Discord's words where clients show them.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::UnknownError => "Unknown error.",
            Self::UnknownOpcode => "Unknown opcode.",
            Self::DecodeError => "Error while decoding payload.",
            Self::NotAuthenticated => "Not authenticated.",
            Self::AuthenticationFailed => "Authentication failed.",
            Self::AlreadyAuthenticated => "Already authenticated.",
            Self::InvalidSequence => "Invalid seq.",
            Self::RateLimited => "Rate limited.",
            Self::SessionTimedOut => "Session timed out.",
            Self::InvalidShard => "Invalid shard.",
            Self::ShardingRequired => "Sharding required.",
            Self::InvalidApiVersion => "Invalid API version.",
            Self::InvalidIntents => "Invalid intent(s).",
            Self::DisallowedIntents => "Disallowed intent(s).",
        }
    }

    /// Whether the session is over as well, so that a RESUME is pointless.
    pub const fn ends_session(self) -> bool {
        matches!(
            self,
            Self::AuthenticationFailed
                | Self::InvalidSequence
                | Self::InvalidShard
                | Self::ShardingRequired
                | Self::InvalidApiVersion
                | Self::InvalidIntents
                | Self::DisallowedIntents
        )
    }
}

/// Which shard of `count` a guild belongs to.
pub fn shard_of(guild: Id<GuildMarker>, count: u32) -> u32 {
    let count = u64::from(count.max(1));
    u32::try_from((guild.get() >> 22) % count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guilds_have_one_shard() {
        let guild = Id::new((5 << 22) + 17);
        assert_eq!([1, 2, 3, 6].map(|count| shard_of(guild, count)), [0, 1, 2, 5]);
    }

    #[test]
    fn fatal_codes_are_those_that_clients_stop_at() {
        for code in [CloseCode::AuthenticationFailed, CloseCode::InvalidShard, CloseCode::DisallowedIntents] {
            assert!(code.ends_session(), "{code:?}");
        }
        assert!(!CloseCode::RateLimited.ends_session());
    }
}
