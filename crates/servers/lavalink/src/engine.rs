//! What a worker does: tracks in, Opus frames out. It knows nothing of sessions, voice or clients.
//!
//! Orders go in and reports come out, as values, so that a worker can be a few threads or another process. Frames are made
//! at most [`WINDOW`] or [`THROUGH`] ahead of what was taken: a change of filters is heard at once, and whoever takes a player over knows
//! where it stands.

mod deck;
mod inbox;
mod labour;
mod measure;
mod pool;
mod pulse;
mod render;
mod ring;
#[cfg(test)]
mod tests;
mod tone;

pub(crate) use labour::Piece;
pub(crate) use render::Engine;
pub(crate) use tone::check_plugins;

use std::sync::Arc;

use bytes::Bytes;
use guildhall_audio::loudness::{Loudness, Target};
use serde::{Deserialize, Serialize};

use crate::loudness::Name;
use crate::wire::{Exception, Filters, TrackInfo};

/// Frames that are made ahead of what was taken: 240 ms.
pub(crate) const WINDOW: u32 = 12;

/// The same where packets go through as they came, which takes next to no work but for waking up: 400 ms, so that a worker has to be
/// told half as often.
pub(crate) const THROUGH: u32 = 20;

/// A frame whose peak is so many decibels below full scale is silent.
pub(crate) const SILENT: u8 = 96;

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
    /// What follows, to be faded into within so many milliseconds. Its number comes back once it has begun.
    Next { player: Key, epoch: u32, number: u32, track: Option<Box<Next>>, fade: u32 },
    /// Something is to be heard over the track.
    Layer(Box<Layer>),
    /// And is to be louder or softer.
    LayerVolume { player: Key, id: u64, volume: f32 },
    /// And is to end.
    Unlayer { player: Key, id: u64 },
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
    /// How loud it is as a whole, where that is known.
    pub loudness: Option<Loudness>,
}

/// A track that follows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Next {
    pub track: TrackInfo,
    /// How loud it is as a whole, where that is known.
    pub loudness: Option<Loudness>,
}

/// Speech or an effect over the track.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Layer {
    pub player: Key,
    pub id: u64,
    pub track: TrackInfo,
    pub position: u64,
    /// 0 to 1.
    pub volume: f32,
}

/// What is done to the samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tone {
    pub filters: Filters,
    /// Percent.
    pub volume: u16,
    /// How loud tracks are to come out; as they are, where nothing is said.
    pub loudness: Option<Target>,
    /// Whether processor time is short: encode more cheaply.
    pub thrifty: bool,
}

/// What a worker says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// Frames, in order.
    Frames { player: Key, epoch: u32, frames: Vec<Frame> },
    /// No more frames follow: the end, or an error. Of the track that followed, by its number, where no frame had any of it.
    Ended { player: Key, epoch: u32, error: Option<Exception>, turn: Option<u32> },
    /// A radio says that it plays something else.
    Title { player: Key, epoch: u32, title: String },
    /// What was heard over the track is over.
    LayerEnded { player: Key, id: u64 },
    /// A track was measured.
    Measured { name: Name, loudness: Loudness },
    /// The worker lives.
    Beat(Beat),
    /// It wants to go, and works on until it is let go.
    Leave,
}

/// Twenty milliseconds of Opus.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// Where in the track it begins, in milliseconds.
    pub position: u32,
    /// The number of the track that follows, if it is the first with sound of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<u32>,
    /// How many decibels its peak is below full scale; nothing where it passes through as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    #[serde(with = "base64_text")]
    pub packet: Bytes,
}

/// How a worker is doing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Beat {
    /// Frames made since the last.
    pub frames: u32,
    /// Microseconds of processor time that the thread which makes them took, and those that decode.
    pub busy: u64,
    pub decode: u64,
    /// Microseconds for which threads had something to do and no processor, all together. Linux tells.
    pub queued: u64,
    /// Players it has.
    pub players: u32,
    /// Players whose sound has run dry.
    pub dry: u32,
    /// How much is decoded and made ahead of what was taken, in thousandths of what may be: the mean of those that are heard and
    /// whose sources deliver.
    pub ahead: Option<u16>,
    /// Players whose sources have not delivered: what they miss is not the worker's fault.
    pub waits: Vec<Key>,
    /// Milliseconds for which rendering has been at the same thing: a renderer that hangs does not stop the pulse.
    pub turn: u32,
}

/// Hears reports. Called on the worker's threads; must not wait.
pub(crate) type Sink = Arc<dyn Fn(Report) + Send + Sync>;

mod base64_text {
    //! Packets as base64: reports between processes are lines of JSON.
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        STANDARD_NO_PAD.decode(text.as_bytes()).map(Into::into).map_err(serde::de::Error::custom)
    }
}
