//! What is played: where it is found, and how its sound comes out.

mod artwork;
mod catalog;
mod decode;
pub mod fetch;
mod hls;
mod http;
mod icy;
mod local;
mod lrclib;
mod lyrics;
mod media;
mod mirror;
mod patience;
mod playlist;
mod sponsor;
mod spotify;
mod text;
mod tone;
mod upload;
mod ytdlp;

pub use artwork::{ArtworkSettings, Picture};
pub use catalog::{Catalog, SourceSettings};
#[cfg(feature = "testing")]
pub use decode::decode_all;
pub use local::LocalSettings;
pub use spotify::SpotifySettings;
pub(crate) use spotify::{NAME as SPOTIFY, PREVIEW};
pub use tone::{Tones, WithTones};
pub use upload::{Incoming, UploadError, UploadSettings, Uploads};
pub use ytdlp::YtdlpSettings;

use async_trait::async_trait;
use bytes::Bytes;

use crate::wire::{Chapter, Exception, LoadResult, Lyrics, SearchResult, Segment, Severity, TrackInfo};

/// All sources of a node.
#[async_trait]
pub trait Sources: Send + Sync {
    /// What an identifier (an address, a path, `search:words`) leads to. Never fails but by [`LoadResult::Error`].
    async fn load(&self, identifier: &str) -> LoadResult;

    /// Opens a track for playing, at or shortly before a position in milliseconds.
    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError>;

    /// Names of the sources that are switched on, as `/v4/info` tells them.
    fn names(&self) -> Vec<String>;

    /// Those of them that sound the same from any other host that has them too.
    fn elsewhere(&self) -> Vec<String> {
        self.names()
    }

    /// The words of a track, where they are known.
    async fn lyrics(&self, _track: &TrackInfo) -> Option<Lyrics> {
        None
    }

    /// What a search finds, of some kinds (`track`, `album`, `artist`, `playlist`; none are all), in the shape of LavaSearch;
    /// nothing where no source knows more of it than [`Sources::load`].
    async fn search(&self, _query: &str, _kinds: &[String]) -> Option<Result<SearchResult, SourceError>> {
        None
    }

    /// Parts of a track, of these categories, that listeners would rather skip, in order.
    async fn segments(&self, _track: &TrackInfo, _categories: &[String]) -> Vec<Segment> {
        Vec::new()
    }

    /// Chapters of a track, in order.
    async fn chapters(&self, _track: &TrackInfo) -> Vec<Chapter> {
        Vec::new()
    }

    /// The picture of a file, by the name in its address (source and identifier) and what signs that.
    async fn artwork(&self, _signature: &str, _name: &str) -> Option<Picture> {
        None
    }

    /// Plugins of Lavalink whose routes are answered because of what is switched on.
    fn plugins(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Where files that clients bring are kept, if they are.
    fn uploads(&self) -> Option<&Uploads> {
        None
    }

    /// Changes settings of sources, in the shape of LavaSrc; why not, where that is not possible.
    async fn configure(&self, _settings: &serde_json::Value) -> Result<(), String> {
        Err("no source that is switched on has such settings".to_owned())
    }
}

/// The sound of one track. It is pulled by a thread that may wait.
pub trait Stream: Send {
    /// Gives the next piece: some 10 to 100 milliseconds of it. May wait for the network.
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError>;

    /// As [`Stream::read`], where that gives a packet that is there already: it neither waits nor decodes. Nothing where it would.
    /// What it took is fetched anew after [`Stream::settle`].
    fn read_now(&mut self, _block: &mut Block) -> Result<Option<Read>, SourceError> {
        Ok(None)
    }

    /// Wakes up who fetches more, once for all that was taken by [`Stream::read_now`].
    fn settle(&mut self) {}

    /// Goes to a position in milliseconds; gives where it came to, which may be shortly before.
    fn seek(&mut self, position: u64) -> Result<u64, SourceError>;

    /// Whether [`Stream::seek`] may be called.
    fn seekable(&self) -> bool;

    /// Where the next piece begins, in milliseconds from the start of the track.
    fn position(&self) -> u64;

    /// By how many decibels its packets of Opus are to be louder, as the file says; samples come as loud as they are to be.
    fn gain(&self) -> f32 {
        0.0
    }

    /// What a radio says it plays, where that has changed since it was last asked for.
    fn title(&mut self) -> Option<String> {
        None
    }

    /// What lets a read or a seek that waits go, from another thread; nothing where neither waits for long. To be asked for anew
    /// after a seek.
    fn closer(&self) -> Option<Closer> {
        None
    }
}

/// Has reads of a stream fail from now on, those that wait too.
pub type Closer = Box<dyn Fn() + Send + Sync>;

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Samples, in [`Block::samples`].
    Pcm,
    /// One Opus packet, in [`Block::packet`]: one of 20 ms can be passed on as it is.
    Opus,
    /// Nothing: the track is over.
    End,
}

/// Room for a piece of sound, used again and again.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Samples a second of each channel.
    pub rate: u32,
    /// Channels: 1 or 2 (a source mixes down what has more).
    pub channels: u8,
    /// Interleaved samples.
    pub samples: Vec<f32>,
    /// An Opus packet.
    pub packet: Bytes,
}

impl Block {
    /// Samples of each channel that its packet makes, at 48 kHz.
    pub(crate) fn packet_length(&self) -> u64 {
        guildhall_audio::opus::frames(&self.packet).and_then(|frames| u64::try_from(frames).ok()).unwrap_or_default()
    }
}

/// Why a track cannot be opened or goes no further.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}: {cause}")]
pub struct SourceError {
    /// How bad.
    pub severity: Severity,
    /// For people.
    pub message: String,
    /// For developers.
    pub cause: String,
}

impl SourceError {
    /// Known and expected.
    pub fn common(message: impl Into<String>, cause: impl ToString) -> Self {
        Self { severity: Severity::Common, message: message.into(), cause: cause.to_string() }
    }

    /// Somebody outside answered in a way that was not expected.
    pub fn suspicious(message: impl Into<String>, cause: impl ToString) -> Self {
        Self { severity: Severity::Suspicious, message: message.into(), cause: cause.to_string() }
    }

    /// Something is wrong in here.
    pub fn fault(message: impl Into<String>, cause: impl ToString) -> Self {
        Self { severity: Severity::Fault, message: message.into(), cause: cause.to_string() }
    }
}

impl From<SourceError> for Exception {
    fn from(error: SourceError) -> Self {
        Self {
            message: Some(error.message),
            severity: error.severity,
            cause: error.cause.clone(),
            cause_stack_trace: error.cause,
        }
    }
}
