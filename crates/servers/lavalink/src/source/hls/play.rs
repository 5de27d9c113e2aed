//! Plays the pieces of an HLS stream one after another.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::sleep;
use url::Url;

use super::Hls;
use super::list::{Piece, Pieces};
use super::ts::TransportStream;
use crate::source::decode::Decoder;
use crate::source::fetch::{Ask, Fetch, FetchError, Filler, Gauge, Reader, Want, window};
use crate::source::media::{Media, Titles};
use crate::source::{Block, Closer, Read, SourceError, Stream};

/// How many pieces behind the end of a live stream one begins.
const BEHIND: usize = 3;
/// Pieces in a row that cannot be had before the stream counts as broken.
const MOST_LOST: u32 = 4;
/// Longest ID3 tag before a piece.
const MOST_TAG: usize = 256 * 1024;

/// An HLS stream that plays.
pub(in super::super) struct HlsStream {
    fetch: Fetch,
    url: Url,
    pieces: Pieces,
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
        let Hls { fetch, url, pieces } = hls;
        let (at, begin) =
            if pieces.ended { pieces.at(position) } else { (pieces.pieces.len().saturating_sub(BEHIND), 0) };
        let (reader, gauge, titles) = feed(&fetch, &url, pieces.clone(), at, &runtime);
        let decoder = Media::remote(reader, 0).await?.into_decoder();
        let mut stream = Self { fetch, url, pieces, decoder, gauge, titles, runtime, begin, samples: 0, rate: 48_000 };
        if stream.pieces.ended && position > begin {
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
            Read::Opus => (self.samples, self.rate) = (self.samples + 960, 48_000),
            Read::End => {
                if let Some(error) = self.gauge.error() {
                    return Err(error.into());
                }
            }
        }
        Ok(read)
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        if !self.pieces.ended {
            return Err(SourceError::common("A live stream cannot be wound.", "it has no end"));
        }
        let (at, begin) = self.pieces.at(position);
        let (reader, gauge, titles) = feed(&self.fetch, &self.url, self.pieces.clone(), at, &self.runtime);
        self.decoder = Decoder::open(Box::new(reader), true)?;
        (self.gauge, self.titles, self.begin, self.samples) = (gauge, titles, begin, 0);
        self.skip(position)?;
        Ok(self.position())
    }

    fn seekable(&self) -> bool {
        self.pieces.ended
    }

    fn position(&self) -> u64 {
        self.begin + self.samples * 1000 / self.rate
    }

    fn title(&mut self) -> Option<String> {
        self.titles.next()
    }

    fn closer(&self) -> Option<Closer> {
        Some(self.gauge.clone().closer())
    }
}

/// Begins to fetch from a piece on.
fn feed(fetch: &Fetch, url: &Url, pieces: Pieces, at: usize, runtime: &Handle) -> (Reader, Gauge, Titles) {
    let settings = fetch.settings();
    // A live stream has its next piece only after a while.
    let patience = settings.idle.max(Duration::from_millis(pieces.target * 3));
    let (filler, reader) = window(0, None, false, patience, 0);
    let (title, said) = watch::channel(None);
    let feeder = Feeder {
        fetch: fetch.clone(),
        url: url.clone(),
        filler,
        ts: TransportStream::default(),
        head: None,
        next: pieces.first + at as u64,
        title: (!pieces.ended).then_some(title),
    };
    runtime.spawn(feeder.run(pieces));
    let gauge = reader.gauge();
    (reader, gauge, Titles::new(said))
}

struct Feeder {
    fetch: Fetch,
    url: Url,
    filler: Filler,
    ts: TransportStream,
    head: Option<(Url, Option<(u64, u64)>)>,
    /// The number of the next piece.
    next: u64,
    /// Who is told what a radio plays.
    title: Option<watch::Sender<Option<String>>>,
}

impl Feeder {
    async fn run(mut self, list: Pieces) {
        let end = match self.all(list).await {
            Ok(false) => return,
            Ok(true) => Ok(()),
            Err(error) => Err(error),
        };
        self.filler.end(end);
        self.filler.interrupted().await;
    }

    /// Gives whether the stream came to its end, or its listener left.
    async fn all(&mut self, mut list: Pieces) -> Result<bool, FetchError> {
        let mut waiting = queue(&list, self.next);
        let mut lost = 0;
        loop {
            while let Some(piece) = waiting.pop_front() {
                match self.piece(&piece).await {
                    Ok(true) => lost = 0,
                    Ok(false) => return Ok(false),
                    Err(error) => {
                        lost += 1;
                        // A live stream that is late forgets pieces; a finished one has no gaps.
                        if list.ended && !error.is_passing() || lost > MOST_LOST {
                            return Err(error);
                        }
                        if list.ended {
                            waiting.push_front(piece);
                            sleep(Duration::from_millis(300)).await;
                            continue;
                        }
                    }
                }
                self.next += 1;
            }
            if list.ended {
                return Ok(true);
            }
            tokio::select! {
                () = sleep(Duration::from_millis(list.target / 2)) => {}
                () = self.filler.interrupted() => return Ok(false),
            }
            match self.fetch.document(Ask::get(self.url.clone())).await {
                Ok((url, bytes)) => {
                    let read = Pieces::parse(&url, &String::from_utf8_lossy(&bytes));
                    list = read.map_err(|error| FetchError::Content(error.cause))?;
                    let end = list.first + list.pieces.len() as u64;
                    // Numbers that jump are a stream that began anew.
                    if self.next < list.first || self.next > end + 1 {
                        self.next = end.saturating_sub(BEHIND as u64).max(list.first);
                    }
                    waiting = queue(&list, self.next);
                    lost = 0;
                }
                Err(error) => {
                    lost += 1;
                    if lost > MOST_LOST || !error.is_passing() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Hands one piece on; gives whether somebody still listens.
    async fn piece(&mut self, piece: &Piece) -> Result<bool, FetchError> {
        self.ts.cut();
        if let Some(title) = self.title.as_ref().filter(|_| piece.title.is_some()) {
            title.send_replace(piece.title.clone());
        }
        if piece.head != self.head {
            if let Some((url, range)) = &piece.head
                && !self.bytes(url, *range).await?
            {
                return Ok(false);
            }
            self.head.clone_from(&piece.head);
        }
        self.bytes(&piece.url, piece.range).await
    }

    async fn bytes(&mut self, url: &Url, range: Option<(u64, u64)>) -> Result<bool, FetchError> {
        let mut ask = Ask::get(url.clone());
        ask.from = range.map(|(from, _)| from);
        let mut answer = self.fetch.ask(ask).await?;
        if range.is_some_and(|(from, _)| from > 0) && answer.status != 206 {
            return Err(FetchError::Content("the server gives no parts of files".to_owned()));
        }
        let mut left = range.map_or(u64::MAX, |(_, count)| count);
        let mut begin = Begin::default();
        while left > 0 {
            if self.filler.want().await == Want::Closed {
                return Ok(false);
            }
            let chunk = tokio::select! {
                chunk = answer.body.chunk() => chunk?,
                () = self.filler.interrupted() => return Ok(false),
            };
            let Some(mut chunk) = chunk else { break };
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left -= chunk.len() as u64;
            if let Some(chunk) = begin.push(chunk)? {
                self.push(chunk, begin.transport);
            }
        }
        if let Some(rest) = begin.finish() {
            self.push(rest, begin.transport);
        }
        Ok(true)
    }

    fn push(&mut self, chunk: Bytes, transport: bool) {
        if transport {
            let mut out = Vec::new();
            self.ts.push(&chunk, &mut out);
            self.filler.push(out.into());
        } else {
            self.filler.push(chunk);
        }
    }
}

fn queue(list: &Pieces, next: u64) -> VecDeque<Piece> {
    let skip = usize::try_from(next.saturating_sub(list.first)).unwrap_or(usize::MAX);
    list.pieces.iter().skip(skip).cloned().collect()
}

/// The begin of a piece: what kind it is, and where its sound begins after a tag.
#[derive(Default)]
struct Begin {
    bytes: Vec<u8>,
    known: bool,
    transport: bool,
}

impl Begin {
    fn push(&mut self, chunk: Bytes) -> Result<Option<Bytes>, FetchError> {
        if self.known {
            return Ok(Some(chunk));
        }
        self.bytes.extend_from_slice(&chunk);
        let need = match self.bytes.first_chunk::<10>() {
            None => 189,
            Some(&[b'I', b'D', b'3', _, _, _, a, b, c, d]) => {
                10 + [a, b, c, d].iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f))
            }
            Some(_) => 189,
        };
        if need > MOST_TAG {
            return Err(FetchError::Content("a piece begins with a very long tag".to_owned()));
        }
        Ok(if self.bytes.len() < need { None } else { self.finish() })
    }

    fn finish(&mut self) -> Option<Bytes> {
        if self.known {
            return None;
        }
        self.known = true;
        let mut bytes = std::mem::take(&mut self.bytes);
        if let Some(&[b'I', b'D', b'3', _, _, _, a, b, c, d]) = bytes.first_chunk::<10>() {
            let size = 10 + [a, b, c, d].iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
            bytes.drain(..size.min(bytes.len()));
        }
        self.transport = TransportStream::is(&bytes);
        Some(bytes.into())
    }
}
