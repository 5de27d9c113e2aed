//! Fetches the pieces of an HLS stream one after another, for whoever reads them as one file.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::sleep;

use super::list::{Before, Head, Piece, Pieces};
use super::lock::{Keys, Lock, Unlock};
use super::piece::{Begin, Mark, Part};
use super::place::Place;
use super::ts::TransportStream;
use crate::lock;
use crate::source::fetch::{Ask, Fetch, FetchError, Filler, Gauge, Reader, Want, window};
use crate::source::media::Titles;

/// How many pieces behind the end of a live stream one begins.
pub(super) const BEHIND: usize = 3;
/// Pieces in a row that cannot be had before the stream counts as broken.
const MOST_LOST: u32 = 4;
/// How often its list is looked for again for the same piece.
const MOST_RENEWALS: u32 = 2;
/// Longest head of pieces.
const MOST_HEAD: usize = 1024 * 1024;

/// What is known of a stream: where its list is, and what stood in it.
pub(super) struct Known {
    pub(super) fetch: Fetch,
    pub(super) place: Place,
    pub(super) pieces: Pieces,
}

/// Begins to fetch from a piece on.
pub(super) fn feed(known: &Arc<Mutex<Known>>, at: usize, runtime: &Handle) -> (Reader, Gauge, Titles) {
    let (fetch, place, pieces) = {
        let known = lock(known);
        (known.fetch.clone(), known.place.clone(), known.pieces.clone())
    };
    // A live stream has its next piece only after a while.
    let patience = fetch.settings().idle.max(Duration::from_millis(pieces.target * 3));
    let (filler, reader) = window(0, None, false, patience, 0);
    let (title, said) = watch::channel(None);
    let feeder = Feeder {
        known: known.clone(),
        fetch,
        place,
        filler,
        ts: TransportStream::default(),
        head: None,
        digest: None,
        keys: Keys::default(),
        part: None,
        next: pieces.first + at as u64,
        live: !pieces.ended,
        tagged: false,
        title,
    };
    runtime.spawn(feeder.run(pieces));
    let gauge = reader.gauge();
    (reader, gauge, Titles::new(said))
}

struct Feeder {
    known: Arc<Mutex<Known>>,
    fetch: Fetch,
    place: Place,
    filler: Filler,
    ts: TransportStream,
    /// The head that the pieces have now, and what it was.
    head: Option<Head>,
    digest: Option<[u8; 32]>,
    keys: Keys,
    /// The piece of which some was handed on, and which then broke off.
    part: Option<Part>,
    /// The number of the next piece.
    next: u64,
    live: bool,
    /// Whether titles come in tags: what the list says is then heard no more.
    tagged: bool,
    /// Who is told what is heard.
    title: watch::Sender<Option<String>>,
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
        let mut waiting = self.queue(&list);
        let (mut lost, mut renewals) = (0, 0);
        loop {
            while let Some(piece) = waiting.pop_front() {
                match self.piece(&piece).await {
                    Ok(true) => (lost, renewals) = (0, 0),
                    Ok(false) => return Ok(false),
                    Err(error) => {
                        if error.is_refusal() && renewals < MOST_RENEWALS {
                            renewals += 1;
                            let Some(found) = self.renew(&list, Some(&piece)).await else { return Ok(false) };
                            if let Some(pieces) = found {
                                list = pieces;
                                waiting = self.queue(&list);
                                continue;
                            }
                            // It will not be found for the pieces after it either.
                            renewals = MOST_RENEWALS;
                        }
                        lost += 1;
                        if list.ended && !error.is_passing() || lost > MOST_LOST {
                            return Err(error);
                        }
                        // A finished stream has no gaps; a live one that is late forgets pieces, but tries each once more.
                        if list.ended || lost == 1 && error.is_passing() {
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
            match self.fetch.document(Ask::get(self.place.url.clone())).await {
                Ok((url, bytes)) => {
                    let read = Pieces::parse(&url, &String::from_utf8_lossy(&bytes));
                    list = read.map_err(|error| FetchError::Content(error.cause))?;
                    waiting = self.queue(&list);
                    lost = 0;
                }
                Err(error) => {
                    lost += 1;
                    let found = if error.is_refusal() && lost <= MOST_RENEWALS {
                        let Some(found) = self.renew(&list, None).await else { return Ok(false) };
                        found
                    } else {
                        None
                    };
                    if let Some(pieces) = found {
                        list = pieces;
                        waiting = self.queue(&list);
                    } else if lost > MOST_LOST || !error.is_passing() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// The pieces that are to come. Numbers that jump are a stream that began anew.
    fn queue(&mut self, list: &Pieces) -> VecDeque<Piece> {
        let end = list.first + list.pieces.len() as u64;
        if self.next < list.first || self.next > end + 1 {
            self.next = end.saturating_sub(BEHIND as u64).max(list.first);
        }
        let skip = usize::try_from(self.next.saturating_sub(list.first)).unwrap_or(usize::MAX);
        list.pieces.iter().skip(skip).cloned().collect()
    }

    /// Looks for the list again, whose addresses are good no longer; nothing where nobody listens any more.
    async fn renew(&mut self, list: &Pieces, refused: Option<&Piece>) -> Option<Option<Pieces>> {
        let looking = self.place.again(&self.fetch, list, refused.map(|piece| (self.next, piece)));
        let found = tokio::select! {
            found = looking => found,
            () = self.filler.interrupted() => return None,
        };
        let Some((fetch, place, pieces)) = found else { return Some(None) };
        // Whoever winds later begins with addresses that are good.
        *lock(&self.known) = Known { fetch: fetch.clone(), place: place.clone(), pieces: pieces.clone() };
        (self.fetch, self.place) = (fetch, place);
        Some(Some(pieces))
    }

    /// Hands one piece on, or what is missing of it; gives whether somebody still listens.
    async fn piece(&mut self, piece: &Piece) -> Result<bool, FetchError> {
        let underway = self.part.take().filter(|part| part.number == self.next);
        let mut part = if let Some(part) = underway {
            part
        } else {
            let Some(unlock) = self.unlock(piece.lock.as_ref()).await? else { return Ok(false) };
            self.ts.cut();
            if self.live && !self.tagged && piece.title.is_some() {
                self.title.send_replace(piece.title.clone());
            }
            Part::new(self.next, unlock)
        };
        if piece.head != self.head {
            if let Some(head) = &piece.head
                && !self.head(head).await?
            {
                return Ok(false);
            }
            self.head.clone_from(&piece.head);
        }
        let done = self.bytes(piece, &mut part).await;
        if done.is_err() {
            self.part = Some(part);
        }
        done
    }

    /// What opens a piece, where that is locked; nothing where nobody listens any more.
    async fn unlock(&mut self, lock: Option<&Lock>) -> Result<Option<Option<Unlock>>, FetchError> {
        let Some(lock) = lock else { return Ok(Some(None)) };
        let key = if let Some(key) = self.keys.get(lock) {
            key
        } else {
            let key = tokio::select! {
                key = Keys::ask(&self.fetch, lock) => key?,
                () = self.filler.interrupted() => return Ok(None),
            };
            self.keys.keep(lock, key);
            key
        };
        Ok(Some(Some(Unlock::new(key, lock))))
    }

    /// Hands on what must be read before pieces, unless it is what was handed on last, found at another address.
    async fn head(&mut self, head: &Before) -> Result<bool, FetchError> {
        let Some(unlock) = self.unlock(head.lock.as_ref()).await? else { return Ok(false) };
        let Before { url, range, .. } = head;
        let range = *range;
        let mut ask = Ask::get(url.clone());
        ask.from = range.map(|(from, _)| from);
        let whole = async {
            let mut answer = self.fetch.ask(ask).await?;
            if range.is_some_and(|(from, _)| from > 0) && answer.status != 206 {
                return Err(no_parts());
            }
            let most = range.map_or(usize::MAX, |(_, count)| usize::try_from(count).unwrap_or(usize::MAX));
            let mut bytes = Vec::new();
            while bytes.len() < most
                && let Some(chunk) = answer.body.chunk().await?
            {
                bytes.extend_from_slice(&chunk);
                if bytes.len().min(most) > MOST_HEAD {
                    return Err(FetchError::Large(MOST_HEAD as u64));
                }
            }
            bytes.truncate(most);
            if let Some(mut unlock) = unlock {
                bytes = unlock.push(&bytes);
                bytes.extend(unlock.finish()?);
            }
            Ok(Bytes::from(bytes))
        };
        let bytes = tokio::select! {
            bytes = whole => bytes?,
            () = self.filler.interrupted() => return Ok(false),
        };
        let digest = Some(Sha256::digest(&bytes).into());
        if digest == self.digest {
            return Ok(true);
        }
        self.digest = digest;
        if self.filler.want().await == Want::Closed {
            return Ok(false);
        }
        let mut begin = Begin::default();
        let (first, rest) = (begin.push(bytes)?, begin.finish());
        for chunk in first.into_iter().chain(rest) {
            self.push(chunk, begin.transport);
        }
        Ok(true)
    }

    async fn bytes(&mut self, piece: &Piece, part: &mut Part) -> Result<bool, FetchError> {
        let (from, count) = piece.range.unwrap_or((0, u64::MAX));
        let goal = from.saturating_add(part.given);
        let mut left = count.saturating_sub(part.given);
        let mut ask = Ask::get(piece.url.clone());
        ask.from = (piece.range.is_some() || part.given > 0).then_some(goal);
        let mut answer = self.fetch.ask(ask).await?;
        let mark = Mark::of(&answer);
        if part.mark.as_ref().is_some_and(|before| part.given > 0 && !before.agrees(&mark)) {
            return Err(FetchError::Content("a piece changed while it was read".to_owned()));
        }
        part.mark = Some(mark);
        // Who gives no parts gives it all again, and what was heard of it is passed over.
        let mut skip = if answer.status == 206 { 0 } else { goal };
        if from > 0 && skip > 0 {
            return Err(no_parts());
        }
        while left > 0 {
            if self.filler.want().await == Want::Closed {
                return Ok(false);
            }
            let chunk = tokio::select! {
                chunk = answer.body.chunk() => chunk?,
                () = self.filler.interrupted() => return Ok(false),
            };
            let Some(mut chunk) = chunk else { break };
            let known = usize::try_from(skip).unwrap_or(usize::MAX).min(chunk.len());
            skip -= known as u64;
            let mut chunk = chunk.split_off(known);
            chunk.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left -= chunk.len() as u64;
            part.given += chunk.len() as u64;
            if let Some(chunk) = part.push(chunk)? {
                self.tell(part.title());
                self.push(chunk, part.is_transport());
            }
        }
        let rest = part.finish()?;
        self.tell(part.title());
        rest.into_iter().for_each(|rest| self.push(rest, part.is_transport()));
        Ok(true)
    }

    /// Tells what a tag says is heard.
    fn tell(&mut self, title: Option<String>) {
        if title.is_some() {
            self.tagged = true;
            self.title.send_replace(title);
        }
    }

    fn push(&mut self, chunk: Bytes, transport: bool) {
        if chunk.is_empty() {
            return;
        }
        if transport {
            let mut out = Vec::new();
            self.ts.push(&chunk, &mut out);
            self.filler.push(out.into());
            let title = self.ts.title();
            self.tell(title);
        } else {
            self.filler.push(chunk);
        }
    }
}

fn no_parts() -> FetchError {
    FetchError::Content("the server gives no parts of files".to_owned())
}
