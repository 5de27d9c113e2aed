//! A file of which only so much is read at a time: what is read for one thing may also be held for it.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::io::MediaSource;

use super::DecodeError;
use super::table::Tape;

/// Bytes that may still be read.
#[derive(Clone)]
pub(super) struct Budget {
    left: Arc<AtomicU64>,
}

impl Budget {
    pub(super) fn new(bytes: u64) -> Self {
        Self { left: Arc::new(AtomicU64::new(bytes)) }
    }

    pub(super) fn refill(&self, bytes: u64) {
        self.left.store(bytes, Ordering::Relaxed);
    }

    /// The source, under this budget; what is read of it is on the tape.
    pub(super) fn of(&self, source: Box<dyn MediaSource>, tape: Tape) -> Box<dyn MediaSource> {
        Box::new(Budgeted { source, budget: self.clone(), tape })
    }

    fn spend(&self, bytes: u64) -> io::Result<()> {
        let left = self.left.load(Ordering::Relaxed).checked_sub(bytes);
        let enough =
            || io::Error::other(DecodeError::Excessive("too much lies between two pieces of sound".to_owned()));
        self.left.store(left.ok_or_else(enough)?, Ordering::Relaxed);
        Ok(())
    }
}

struct Budgeted {
    source: Box<dyn MediaSource>,
    budget: Budget,
    tape: Tape,
}

impl Read for Budgeted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.budget.spend(read as u64)?;
        self.tape.add(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl Seek for Budgeted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // So that a file of boxes that point at each other comes to an end.
        self.budget.spend(512)?;
        let reached = self.source.seek(to)?;
        self.tape.wind(reached);
        Ok(reached)
    }
}

impl MediaSource for Budgeted {
    fn is_seekable(&self) -> bool {
        self.source.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len()
    }
}
