//! HLS: one stream of sound in many small files, finished or live.

mod list;
mod play;
mod ts;

use url::Url;

use super::SourceError;
use super::fetch::{Ask, Fetch};
use list::{Master, Pieces};
pub(super) use play::HlsStream;

/// A list of pieces, read.
pub(super) struct Hls {
    fetch: Fetch,
    /// Where the list of pieces is.
    url: Url,
    pieces: Pieces,
}

impl Hls {
    /// Reads a list, or the list of pieces that a list of variants leads to.
    pub(super) async fn open(fetch: &Fetch, url: &Url, text: &str) -> Result<Self, SourceError> {
        let (url, pieces) = match Master::parse(url, text).choice() {
            None => (url.clone(), Pieces::parse(url, text)?),
            Some(chosen) => {
                let (url, bytes) = fetch.document(Ask::get(chosen)).await?;
                let pieces = Pieces::parse(&url, &String::from_utf8_lossy(&bytes))?;
                (url, pieces)
            }
        };
        Ok(Self { fetch: fetch.clone(), url, pieces })
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
