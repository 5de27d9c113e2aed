//! The queue before the threads that decode.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{IDLE, Reader};
use crate::lock;

/// Who is to decode. Threads sleep until there is somebody: turning round meanwhile costs more than most jobs.
#[derive(Default)]
pub(super) struct Jobs {
    state: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
pub(super) struct Waiting {
    pub(super) readers: VecDeque<Arc<Reader>>,
    /// Threads that have nothing to do.
    pub(super) idle: usize,
    closed: bool,
}

impl Waiting {
    /// Whether somebody waits, and all threads are busy.
    pub(super) fn is_short(&self) -> bool {
        !self.readers.is_empty() && self.idle == 0
    }
}

impl Jobs {
    pub(super) fn lock(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.state)
    }

    /// Whether somebody is there for them. Those of several are woken up once for all of them.
    pub(super) fn push(&self, readers: impl IntoIterator<Item = Arc<Reader>>) -> bool {
        let mut waiting = self.lock();
        let before = waiting.readers.len();
        waiting.readers.extend(readers);
        let woken = waiting.idle.min(waiting.readers.len() - before);
        let idle = waiting.idle > 0;
        drop(waiting);
        (0..woken).for_each(|_| self.came.notify_one());
        idle
    }

    /// Waits for a while; nothing where nobody came, or nobody will any more.
    pub(super) fn next(&self) -> Option<Arc<Reader>> {
        let mut waiting = self.lock();
        waiting.idle += 1;
        let waits = |waiting: &mut Waiting| waiting.readers.is_empty() && !waiting.closed;
        let woken = self.came.wait_timeout_while(waiting, IDLE, waits);
        waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        waiting.idle -= 1;
        waiting.readers.pop_front()
    }

    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.readers.clear();
        drop(waiting);
        self.came.notify_all();
    }
}
