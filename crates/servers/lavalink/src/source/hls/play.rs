//! Plays the pieces of an HLS stream one after another.

use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;

use super::Hls;
use super::feed::{BEHIND, Known, feed};
use crate::lock;
use crate::source::decode::Decoder;
use crate::source::fetch::Gauge;
use crate::source::media::{Media, Titles};
use crate::source::{Block, Closer, Read, SourceError, Stream};

/// An HLS stream that plays.
pub(in super::super) struct HlsStream {
    known: Arc<Mutex<Known>>,
    /// Whether it has an end.
    ended: bool,
    decoder: Decoder,
    gauge: Gauge,
    titles: Titles,
    runtime: Handle,
    /// Where this decoder began, in milliseconds.
    begin: u64,
    /// Samples since then, and how many make a second.
    samples: u64,
    rate: u64,
}

impl HlsStream {
    pub(super) async fn start(hls: Hls, position: u64) -> Result<Self, SourceError> {
        let runtime = Handle::current();
        let Hls { fetch, place, pieces } = hls;
        let ended = pieces.ended;
        let (at, begin) = if ended { pieces.at(position) } else { (pieces.pieces.len().saturating_sub(BEHIND), 0) };
        let known = Arc::new(Mutex::new(Known { fetch, place, pieces }));
        let (reader, gauge, titles) = feed(&known, at, &runtime);
        // Without bytes there is no format either: why there were none says more.
        let media = Media::remote(reader, 0).await;
        let why = |error| gauge.error().map_or_else(|| SourceError::from(error), SourceError::from);
        let decoder = media.map_err(why)?.into_decoder();
        let mut stream = Self { known, ended, decoder, gauge, titles, runtime, begin, samples: 0, rate: 48_000 };
        if ended && position > begin {
            stream = tokio::task::spawn_blocking(move || {
                stream.skip(position)?;
                Ok::<_, SourceError>(stream)
            })
            .await
            .map_err(|cause| SourceError::fault("The stream cannot be opened.", cause))??;
        }
        Ok(stream)
    }

    /// Lets sound pass unheard until a position.
    fn skip(&mut self, position: u64) -> Result<(), SourceError> {
        let mut block = Block::default();
        while self.position() < position && self.read(&mut block)? != Read::End {}
        Ok(())
    }
}

impl Stream for HlsStream {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        let read = self.decoder.read(block)?;
        match read {
            Read::Pcm => {
                self.samples += (block.samples.len() / usize::from(block.channels.max(1))) as u64;
                self.rate = u64::from(block.rate.max(1));
            }
            Read::Opus => (self.samples, self.rate) = (self.samples + block.packet_length(), 48_000),
            Read::End => {
                if let Some(error) = self.gauge.error() {
                    return Err(error.into());
                }
            }
        }
        Ok(read)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        if !self.ended {
            return Err(SourceError::common("A live stream cannot be wound.", "it has no end"));
        }
        let (at, begin) = lock(&self.known).pieces.at(position);
        let (reader, gauge, titles) = feed(&self.known, at, &self.runtime);
        self.decoder = Decoder::open(Box::new(reader), true)?;
        (self.gauge, self.titles, self.begin, self.samples) = (gauge, titles, begin, 0);
        self.skip(position)?;
        Ok(self.position())
    }

    fn seekable(&self) -> bool {
        self.ended
    }

    fn position(&self) -> u64 {
        self.begin + self.samples * 1000 / self.rate
    }

    fn gain(&self) -> f32 {
        self.decoder.gain()
    }

    fn title(&mut self) -> Option<String> {
        self.titles.next()
    }

    fn closer(&self) -> Option<Closer> {
        Some(self.gauge.clone().closer())
    }
}
