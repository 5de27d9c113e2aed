//! Lavalink v4 as Rust: what clients send and what is answered.

mod error;
mod filters;
mod info;
mod load;
mod message;
mod player;
mod stats;
mod track;

pub use error::{Exception, Problem, Severity};
pub use filters::{Band, ChannelMix, Distortion, Filters, Karaoke, LowPass, Rotation, Timescale, Tremolo, Vibrato};
pub use info::{Git, Info, Plugin, Version};
pub use load::{LoadResult, Playlist, PlaylistInfo};
pub use message::{EndReason, Event, Message};
pub use player::{
    Player, PlayerState, PlayerUpdate, SessionState, SessionUpdate, TrackUpdate, VoiceState, VoiceUpdate,
};
pub use stats::{Cpu, FrameStats, Memory, Stats};
pub use track::{Line, Lyrics, Track, TrackInfo};
