//! The sound of a file, near or far, as players pull it.

use std::time::Duration;

use symphonia::core::io::MediaSource;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::decode::{self, DecodeError, Decoder, Details};
use super::fetch::{FetchError, Gauge, Reader};
use super::{Block, Closer, Read, SourceError, Stream};

/// How long it may take to learn what a file is, and to wind it to where it is to begin.
const OPENING: Duration = Duration::from_secs(20);

/// A file that is open.
pub(super) struct Media {
    decoder: Decoder,
    gauge: Option<Gauge>,
    titles: Option<Titles>,
}

/// What a radio says, and what it said last.
pub(super) struct Titles {
    said: watch::Receiver<Option<String>>,
    last: Option<String>,
}

impl Titles {
    pub(super) fn new(said: watch::Receiver<Option<String>>) -> Self {
        Self { said, last: None }
    }

    /// What it says, where that has changed.
    pub(super) fn next(&mut self) -> Option<String> {
        if !self.said.has_changed().unwrap_or_default() {
            return None;
        }
        let title = self.said.borrow_and_update().clone();
        // Some say it again and again.
        (title.is_some() && title != self.last).then(|| self.last.insert(title.unwrap_or_default()).clone())
    }
}

/// Closes what was not opened, or for which nobody waited: the thread that reads it is let go.
struct Abandoned(Option<Gauge>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(gauge) = &self.0 {
            gauge.close();
        }
    }
}

impl Media {
    /// Opens bytes that come from afar, at a position in milliseconds.
    pub(super) async fn remote(reader: Reader, position: u64) -> Result<Self, DecodeError> {
        let gauge = reader.gauge();
        let mut abandoned = Abandoned(Some(gauge.clone()));
        let opening = Self::open(Box::new(reader), true, Some(gauge), position);
        let opened = timeout(OPENING, opening).await.unwrap_or(Err(DecodeError::Fetch(FetchError::Slow)));
        if opened.is_ok() {
            abandoned.0 = None;
        }
        opened
    }

    /// The words in the tags of a file that comes from afar.
    pub(super) async fn words(reader: Reader) -> Option<String> {
        // Whatever comes of it, no more bytes are wanted.
        let _abandoned = Abandoned(Some(reader.gauge()));
        let reading = spawn_blocking(move || decode::words(Box::new(reader)));
        timeout(OPENING, reading).await.ok()?.ok()?.ok()?
    }

    /// Opens a file, at a position in milliseconds.
    pub(super) async fn file(file: std::fs::File, position: u64) -> Result<Self, DecodeError> {
        Self::open(Box::new(file), false, None, position).await
    }

    async fn open(
        source: Box<dyn MediaSource>,
        remote: bool,
        gauge: Option<Gauge>,
        position: u64,
    ) -> Result<Self, DecodeError> {
        let opening = spawn_blocking(move || {
            let mut decoder = Decoder::open(source, remote)?;
            if position > 0 && decoder.seekable() {
                decoder.seek(position)?;
            }
            Ok(Self { decoder, gauge, titles: None })
        });
        opening.await.unwrap_or_else(|_| Err(DecodeError::Io("nobody opened it".to_owned())))
    }

    /// With titles between the sound.
    pub(super) fn with_titles(mut self, said: watch::Receiver<Option<String>>) -> Self {
        self.titles = Some(Titles::new(said));
        self
    }

    /// What decodes it, alone.
    pub(super) fn into_decoder(self) -> Decoder {
        self.decoder
    }

    /// What is known of the file.
    pub(super) fn details(&self) -> &Details {
        self.decoder.details()
    }

    /// A codec calls an end what was a broken connection.
    fn told(&self, read: Read) -> Result<Read, SourceError> {
        let broken = self.gauge.as_ref().filter(|_| read == Read::End).and_then(Gauge::error);
        broken.map_or(Ok(read), |error| Err(DecodeError::Fetch(error).into()))
    }
}

impl Stream for Media {
    fn read(&mut self, block: &mut Block) -> Result<Read, SourceError> {
        let read = self.decoder.read(block)?;
        self.told(read)
    }

    fn read_now(&mut self, block: &mut Block) -> Result<Option<Read>, SourceError> {
        let Some(gauge) = &self.gauge else { return Ok(None) };
        gauge.hurry(true);
        let read = self.decoder.read_now(block);
        gauge.hurry(false);
        read?.map(|read| self.told(read)).transpose()
    }

    fn settle(&mut self) {
        if let Some(gauge) = &self.gauge {
            gauge.settle();
        }
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        Ok(self.decoder.seek(position)?)
    }

    fn seekable(&self) -> bool {
        self.decoder.seekable()
    }

    fn position(&self) -> u64 {
        self.decoder.position()
    }

    fn gain(&self) -> f32 {
        self.decoder.gain()
    }

    fn title(&mut self) -> Option<String> {
        self.titles.as_mut()?.next()
    }

    fn closer(&self) -> Option<Closer> {
        self.gauge.clone().map(Gauge::closer)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Instant;

    use bytes::Bytes;

    use super::*;
    use crate::source::fetch::{Want, window};

    #[tokio::test]
    async fn a_read_that_waits_for_the_network_is_let_go() {
        let (filler, reader) = window(0, None, false, Duration::from_mins(3), 0);
        let mut wave =
            b"RIFF\xFF\xFF\xFF\x7FWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xBB\0\0\0\x77\x01\0\x02\0\x10\0data\xFF\xFF\xFF\x7E"
                .to_vec();
        wave.resize(16 * 1024, 0);
        filler.push(Bytes::from(wave));
        let mut media = Media::remote(reader, 0).await.unwrap();
        let close = media.closer().unwrap();
        let begun = Instant::now();
        let reading = spawn_blocking(move || {
            let mut block = Block::default();
            while media.read(&mut block).is_ok() {}
            Instant::now()
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!reading.is_finished());
        close();
        assert!(reading.await.unwrap() - begun < Duration::from_secs(20));
        assert_eq!(filler.want().await, Want::Closed);
        // And so is one of a track that nobody waits for any more while it is opened.
        let (filler, reader) = window(0, None, false, Duration::from_mins(3), 0);
        let opening = timeout(Duration::from_millis(50), Media::remote(reader, 0));
        assert!(opening.await.is_err());
        assert_eq!(filler.want().await, Want::Closed);
    }
}
