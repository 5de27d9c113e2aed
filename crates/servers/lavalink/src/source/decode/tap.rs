//! A source that two read one after the other: who goes on gets what who was before had read ahead.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use symphonia::core::io::MediaSource;

/// Bytes that are kept at most, while somebody else reads.
const MOST_KEPT: usize = 256 * 1024;

/// A hold of the source.
#[derive(Clone)]
pub(super) struct Tap {
    shared: Arc<Mutex<Shared>>,
    seekable: bool,
    length: Option<u64>,
}

struct Shared {
    source: Box<dyn MediaSource>,
    /// Where the next byte stands.
    at: u64,
    /// Bytes that come before those of the source.
    ahead: Vec<u8>,
    given: usize,
    /// What was read since somebody last wound, if it is not too much.
    kept: Option<Vec<u8>>,
}

impl Tap {
    pub(super) fn new(source: Box<dyn MediaSource>) -> Self {
        let (seekable, length) = (source.is_seekable(), source.byte_len());
        let shared = Shared { source, at: 0, ahead: Vec::new(), given: 0, kept: None };
        Self { shared: Arc::new(Mutex::new(shared)), seekable, length }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what is read from now on.
    pub(super) fn keep(&self) {
        self.lock().kept = Some(Vec::new());
    }

    /// What was read since somebody last wound, and where the first byte of it stands. No more is kept.
    pub(super) fn kept(&self) -> Option<(u64, Vec<u8>)> {
        let mut shared = self.lock();
        let mut kept = shared.kept.take()?;
        kept.shrink_to_fit();
        let length = u64::try_from(kept.len()).ok()?;
        Some((shared.at.checked_sub(length)?, kept))
    }

    /// These bytes, which were the last that were read, are to be read again.
    pub(super) fn put_back(&self, bytes: Vec<u8>) {
        let mut shared = self.lock();
        shared.at = shared.at.saturating_sub(u64::try_from(bytes.len()).unwrap_or_default());
        let given = shared.given.min(shared.ahead.len());
        let rest = shared.ahead.split_off(given);
        shared.ahead = bytes;
        shared.ahead.extend(rest);
        shared.given = 0;
    }
}

impl Read for Tap {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut shared = self.lock();
        let Shared { source, at, ahead, given, kept } = &mut *shared;
        let waiting = ahead.get(*given..).unwrap_or_default();
        let read = if waiting.is_empty() {
            source.read(into)?
        } else {
            let read = waiting.len().min(into.len());
            for (to, from) in into.iter_mut().zip(waiting) {
                *to = *from;
            }
            *given += read;
            if *given == ahead.len() {
                (*ahead, *given) = (Vec::new(), 0);
            }
            read
        };
        // Nobody asks for what began as something else.
        if *at == 0 && !into.starts_with(b"OggS") {
            *kept = None;
        }
        *at += u64::try_from(read).unwrap_or_default();
        if let Some(bytes) = kept {
            bytes.extend_from_slice(into.get(..read).unwrap_or_default());
            if bytes.len() > MOST_KEPT {
                *kept = None;
            }
        }
        Ok(read)
    }
}

impl Seek for Tap {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut shared = self.lock();
        let to = match to {
            SeekFrom::Current(by) => {
                SeekFrom::Start(shared.at.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?)
            }
            to => to,
        };
        // Who goes to where it is loses nothing of what is at hand.
        if to != SeekFrom::Start(shared.at) || shared.ahead.is_empty() {
            shared.at = shared.source.seek(to)?;
            (shared.ahead, shared.given) = (Vec::new(), 0);
        }
        if let Some(kept) = &mut shared.kept {
            kept.clear();
        }
        Ok(shared.at)
    }
}

impl MediaSource for Tap {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.length
    }
}
