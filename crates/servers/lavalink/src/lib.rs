//! An audio node that speaks Lavalink v4: REST and WebSocket towards bots, voice towards Discord or a hall.
//!
//! `source` finds and opens what is played, `voice` carries it to a channel, `player` is what lies between.

pub mod source;
mod tls;
pub mod track;
pub mod voice;
pub mod wire;
