//! For tests: a voice server that keeps what it hears, and misbehaves when told to.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot set up its server has failed")]

mod voice_server;

pub use crate::source::decode_all;

pub use voice_server::{Ear, Heard, Member, Packet, Seen, VoiceServer, VoiceServerOptions};
