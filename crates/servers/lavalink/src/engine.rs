//! What a worker does: tracks in, Opus frames out. It knows nothing of sessions, voice or clients.
//!
//! Orders go in and reports come out, as values, so that a worker can be a few threads or another process. Frames are made
//! at most [`WINDOW`] ahead of what was taken: a change of filters is heard at once, and whoever takes a player over knows
//! where it stands.

mod deck;
mod pool;
mod render;
mod ring;
mod tone;

pub(crate) use render::Engine;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::wire::{Exception, Filters, TrackInfo};

/// Frames that are made ahead of what was taken: 240 ms.
pub(crate) const WINDOW: u32 = 12;

/// A player, for as long as the node lives.
pub(crate) type Key = u64;

/// What a worker is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Play this, instead of whatever it was.
    Play(Box<Play>),
    /// The sound is to be different from now on.
    Sound { player: Key, sound: Box<Tone> },
    /// The track ends here.
    EndAt { player: Key, end: Option<u64> },
    /// What follows, to be faded into within so many milliseconds.
    Next { player: Key, epoch: u32, track: Option<Box<TrackInfo>>, fade: u32 },
    /// Frames that were taken, of an epoch, in all.
    Taken(Vec<(Key, u32, u32)>),
    /// Forget this player.
    Stop { player: Key },
    /// Make room: no more players will come, and those that are left will go.
    Quit,
}

/// A track to be played from somewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Play {
    pub player: Key,
    /// Rises with each change of what is played or where: frames of an older one are stale.
    pub epoch: u32,
    pub track: TrackInfo,
    pub position: u64,
    pub end: Option<u64>,
    pub sound: Tone,
}

/// What is done to the samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tone {
    pub filters: Filters,
    /// Percent.
    pub volume: u16,
    /// Whether processor time is short: encode more cheaply.
    pub thrifty: bool,
}

/// What a worker says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// Frames, in order.
    Frames { player: Key, epoch: u32, frames: Vec<Frame> },
    /// No more frames follow: the end, or an error.
    Ended { player: Key, epoch: u32, error: Option<Exception> },
    /// The worker lives.
    Beat(Beat),
}

/// Twenty milliseconds of Opus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// Where in the track it begins, in milliseconds.
    pub position: u32,
    /// Whether it is the first of the track that follows.
    pub turn: bool,
    #[serde(with = "bytes")]
    pub packet: Vec<u8>,
}

/// How a worker is doing.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Beat {
    /// Frames made since the last.
    pub frames: u32,
    /// Microseconds that making them took.
    pub busy: u64,
    /// Players it has.
    pub players: u32,
    /// Players whose sound has run dry.
    pub dry: u32,
}

/// Hears reports. Called on the worker's threads; must not wait.
pub(crate) type Sink = Arc<dyn Fn(Report) + Send + Sync>;

mod bytes {
    //! Packets as base64: reports between processes are lines of JSON.
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        STANDARD_NO_PAD.decode(text.as_bytes()).map_err(serde::de::Error::custom)
    }
}
