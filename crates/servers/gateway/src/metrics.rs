//! Counters, to be read by whoever exports them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What happened since the start, and what is there now.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(crate) sockets: AtomicUsize,
    pub(crate) anonymous: AtomicUsize,
    pub(crate) sessions: AtomicUsize,
    pub(crate) events: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) identifies: AtomicU64,
    pub(crate) resumes: AtomicU64,
    pub(crate) slow: AtomicU64,
}

/// [`Metrics`] at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Open sockets.
    pub sockets: usize,
    /// Open sockets that have not said who they are.
    pub anonymous: usize,
    /// Sessions, with those that wait for a socket.
    pub sessions: usize,
    /// Events sent, replays included.
    pub events: u64,
    /// Bytes sent, after compression.
    pub bytes: u64,
    /// Frames received.
    pub frames: u64,
    /// Sessions started.
    pub identifies: u64,
    /// Sessions resumed.
    pub resumes: u64,
    /// Sockets closed with 4000: mostly because they read too slowly.
    pub slow: u64,
}

impl Metrics {
    /// The counters now.
    pub fn read(&self) -> Reading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading {
            sockets: self.sockets.load(Ordering::Relaxed),
            anonymous: self.anonymous.load(Ordering::Relaxed),
            sessions: self.sessions.load(Ordering::Relaxed),
            events: load(&self.events),
            bytes: load(&self.bytes),
            frames: load(&self.frames),
            identifies: load(&self.identifies),
            resumes: load(&self.resumes),
            slow: load(&self.slow),
        }
    }
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
