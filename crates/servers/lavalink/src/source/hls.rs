//! HLS: one stream of sound in many small files, finished or live.

mod feed;
mod id3;
mod inside;
mod list;
mod lock;
mod piece;
mod place;
mod play;
mod ts;

use url::Url;

use super::SourceError;
use super::fetch::Fetch;
use list::Pieces;
use place::Place;
pub(super) use play::HlsStream;

/// A list of pieces, read.
pub(super) struct Hls {
    fetch: Fetch,
    place: Place,
    pieces: Pieces,
}

impl Hls {
    /// Reads a list, or the list of pieces that a list of variants leads to. `asked` is what was asked for, `url` where the
    /// answer came from.
    pub(super) async fn open(fetch: &Fetch, asked: &Url, url: &Url, text: &str) -> Result<Self, SourceError> {
        let (place, pieces) = Place::of(fetch, asked, url, text).await?;
        Ok(Self { fetch: fetch.clone(), place, pieces })
    }

    /// Milliseconds; nothing while it is live.
    pub(super) fn length(&self) -> Option<u64> {
        self.pieces.ended.then(|| self.pieces.length())
    }

    /// Plays it, from a position in milliseconds where it is not live.
    pub(super) async fn play(self, position: u64) -> Result<HlsStream, SourceError> {
        HlsStream::start(self, position).await
    }
}
