//! A voice server that is none: it keeps what it hears.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::{Ear, Link, Voice, VoiceEvent, VoiceServer};

/// Connects to nothing, at once.
#[derive(Default)]
pub struct Null {
    links: Mutex<Vec<Arc<Heard>>>,
}

/// What one connection heard.
#[derive(Debug)]
pub struct Heard {
    /// Where it would have gone.
    pub server: VoiceServer,
    frames: Mutex<Vec<(Instant, Vec<u8>)>>,
    open: AtomicBool,
}

impl Heard {
    /// The frames so far, and when each came.
    pub fn frames(&self) -> Vec<(Instant, Vec<u8>)> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether nobody hung up.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }
}

impl Null {
    /// All connections so far.
    pub fn links(&self) -> Vec<Arc<Heard>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Voice for Null {
    fn connect(&self, server: VoiceServer, ear: Ear) -> Arc<dyn Link> {
        let heard = Arc::new(Heard { server, frames: Mutex::default(), open: AtomicBool::new(true) });
        self.links.lock().unwrap_or_else(PoisonError::into_inner).push(heard.clone());
        ear(VoiceEvent::Connected);
        heard
    }
}

impl Link for Heard {
    fn send(&self, frame: &[u8], now: Instant) {
        if self.is_open() {
            self.frames.lock().unwrap_or_else(PoisonError::into_inner).push((now, frame.to_vec()));
        }
    }

    fn silence(&self) {}

    fn ping(&self) -> Option<u32> {
        Some(0)
    }

    fn connected(&self) -> bool {
        self.is_open()
    }

    fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
    }
}
