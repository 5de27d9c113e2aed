//! Lavalink v4 as Rust: what clients send and what is answered.

mod error;
mod filters;
mod info;
mod load;
mod message;
mod player;
mod segment;
mod stats;
mod track;
mod upload;

pub use error::{Exception, Problem, Severity};
pub use filters::{Band, ChannelMix, Distortion, Filters, Karaoke, LowPass, Rotation, Timescale, Tremolo, Vibrato};
pub use info::{Git, Info, Plugin, Version};
pub use load::{LoadResult, Playlist, PlaylistInfo, SearchResult};
pub use message::{EndReason, Event, Message};
pub use player::{
    Events, Player, PlayerState, PlayerUpdate, SessionState, SessionUpdate, TrackUpdate, VoiceState, VoiceUpdate,
};
pub use segment::{Chapter, Segment};
pub use stats::{Cpu, FrameStats, Memory, Stats};
pub use track::{Line, Lyrics, Track, TrackInfo};
pub use upload::{Upload, Uploads};
