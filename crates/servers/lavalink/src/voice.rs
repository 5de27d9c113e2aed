//! Where the sound goes: a voice server, and a place for tests that only counts.

mod discord;
mod null;

pub use discord::{Discord, DiscordSettings};
pub use null::{Heard, Null};

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

/// What it takes to be let in by a voice server.
#[derive(Clone, PartialEq, Eq)]
pub struct VoiceServer {
    /// The guild.
    pub guild_id: u64,
    /// The bot.
    pub user_id: u64,
    /// Of the bot's voice state.
    pub session_id: String,
    /// Of the voice server update.
    pub token: String,
    /// Host and port, without a scheme.
    pub endpoint: String,
    /// The channel, where it is known: end-to-end encryption needs it.
    pub channel_id: Option<u64>,
}

impl std::fmt::Debug for VoiceServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VoiceServer")
            .field("guild", &self.guild_id)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// What a connection tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoiceEvent {
    /// Frames are heard from now on. Comes again after a resume.
    Connected,
    /// It is over, and only the client can give a new server.
    Closed {
        /// Of the WebSocket.
        code: u16,
        /// In words.
        reason: String,
        /// Whether the server hung up.
        by_remote: bool,
    },
}

/// Who hears what a connection tells. It is called on any thread and must not wait.
pub type Ear = Arc<dyn Fn(VoiceEvent) + Send + Sync>;

/// Makes connections.
pub trait Voice: Send + Sync {
    /// Begins to connect and answers at once; the ear hears how it went. Called within a tokio runtime.
    fn connect(&self, server: VoiceServer, ear: Ear) -> Arc<dyn Link>;
}

/// One connection. Dropping the last handle closes it.
pub trait Link: Send + Sync {
    /// Sends one Opus frame of 20 ms; it is `now`. Never waits: what cannot be sent is dropped.
    fn send(&self, frame: &[u8], now: Instant);

    /// Has the memory brought that `send` will need, one pointer further with each of the steps from three to one.
    fn fetch(&self, _steps: usize) {}

    /// The sound stops for a while: five frames of silence and "not speaking". Speaking begins again with the next frame.
    fn silence(&self);

    /// Milliseconds to the server and back, where it is known.
    fn ping(&self) -> Option<u32>;

    /// Packets that could not be sent, since it connected last.
    fn lost(&self) -> u64 {
        0
    }

    /// Whether frames are heard.
    fn connected(&self) -> bool;

    /// Whether the first try to connect is still under way.
    fn coming(&self) -> bool {
        false
    }

    /// Hears what is said in the channel from now on, or no longer. While nobody listens nothing is read. Called within a tokio
    /// runtime; where there is nothing to be heard it does nothing.
    fn listen(&self, _listener: Option<Arc<dyn Listener>>) {}

    /// Hangs up. No event follows.
    fn close(&self);
}

/// Who hears what is said in a channel. It is called on any thread and must not wait.
pub trait Listener: Send + Sync {
    /// Somebody speaks.
    fn hear(&self, spoken: Spoken);

    /// What became of packets since the last time.
    fn count(&self, packets: Packets);
}

/// Somebody in the channel, and the stream in which they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Speaker {
    /// Who it is.
    pub user_id: u64,
    /// Which stream.
    pub ssrc: u32,
}

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// They begin to speak.
    Begins(Speaker),
    /// The next packet of what they say.
    Packet(Speaker, Voiced),
    /// They have stopped.
    Ends(Speaker),
}

/// A packet of somebody's voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voiced {
    /// When it was said, in samples at 48 kHz, from nowhere in particular on.
    pub timestamp: u32,
    /// Packets before it that never came.
    pub lost: u16,
    /// Opus.
    pub opus: Bytes,
}

/// Numbers of packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packets {
    /// They came and could be opened.
    pub received: u64,
    /// They came and were of no use: forged, seen before, too late, or of no key that is known.
    pub dropped: u64,
    /// They never came.
    pub lost: u64,
}
