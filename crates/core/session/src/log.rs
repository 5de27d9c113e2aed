//! What was numbered: events that wait for the socket and those that may have to be replayed, in one buffer.

use std::collections::VecDeque;

use crate::limits::Limits;

/// Confirmed events that are kept.
const CONFIRMED: u64 = 128;

/// An event as the log sees it.
pub trait Event {
    /// About how many bytes it holds.
    fn size(&self) -> usize;

    /// Whether nobody else holds it: such events are let go as soon as the client confirmed them.
    fn is_private(&self) -> bool {
        false
    }
}

/// Events by sequence number. Allocates nothing while empty.
#[derive(Debug)]
pub(crate) struct Log<E> {
    /// Events `first ..= last()`.
    entries: VecDeque<E>,
    /// Number of the first event that is held, or of the next one.
    first: u64,
    /// Number of the last event that was handed to the socket.
    sent: u64,
    /// Number of the last private event that is held, 0 for none.
    private: u64,
    bytes: usize,
    unsent_bytes: usize,
}

impl<E: Event> Log<E> {
    pub(crate) const fn new() -> Self {
        Self { entries: VecDeque::new(), first: 1, sent: 0, private: 0, bytes: 0, unsent_bytes: 0 }
    }

    /// Number of the newest event, 0 before there is one.
    pub(crate) fn last(&self) -> u64 {
        self.first + self.entries.len() as u64 - 1
    }

    pub(crate) fn push(&mut self, event: E) {
        let size = event.size();
        self.bytes += size;
        self.unsent_bytes += size;
        let private = event.is_private();
        self.entries.push_back(event);
        if private {
            self.private = self.last();
        }
    }

    /// The next event for the socket.
    pub(crate) fn next(&mut self) -> Option<(u64, &E)> {
        let number = self.sent + 1;
        let event = self.entries.get(self.index(number)?)?;
        self.sent = number;
        self.unsent_bytes -= event.size();
        Some((number, event))
    }

    /// Puts a smaller form in the place of an event that was handed to the socket.
    pub(crate) fn replace(&mut self, number: u64, event: E) {
        let index = self.index(number).filter(|_| number <= self.sent);
        if let Some(old) = index.and_then(|index| self.entries.get_mut(index)) {
            self.bytes = self.bytes - old.size() + event.size();
            *old = event;
        }
    }

    /// Whether everything was handed to the socket.
    pub(crate) fn is_drained(&self) -> bool {
        self.sent >= self.last()
    }

    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether more waits for the socket than may.
    pub(crate) fn overflows(&self, limits: &Limits) -> bool {
        self.last() - self.sent > limits.unsent_events as u64 || self.unsent_bytes > limits.unsent_bytes
    }

    /// Lets go of the oldest events beyond the limits; of unsent ones only where `unsent` says so.
    pub(crate) fn trim(&mut self, limits: &Limits, unsent: bool) {
        while (self.entries.len() > limits.replay_events || self.bytes > limits.replay_bytes)
            && (unsent || self.first <= self.sent)
        {
            if !self.pop() {
                return;
            }
        }
    }

    /// The client has everything up to `number`: private events among them are let go, and the others but for the last few,
    /// in case it comes back with an older number all the same.
    pub(crate) fn acknowledge(&mut self, number: u64) {
        let number = number.min(self.sent);
        let gone = number.min(self.private).max(number.saturating_sub(CONFIRMED));
        while self.first <= gone && self.pop() {}
        if self.first > self.private {
            self.private = 0;
        }
        if self.entries.capacity() > 32 && self.entries.capacity() > 4 * self.entries.len() {
            self.entries.shrink_to_fit();
        }
    }

    /// Goes back to what came after `number`. False where that is not held any more.
    pub(crate) fn rewind(&mut self, number: u64) -> bool {
        if number + 1 < self.first || number > self.last() {
            return false;
        }
        self.sent = number;
        let seen = self.index(number + 1).unwrap_or(self.entries.len());
        self.unsent_bytes = self.entries.iter().skip(seen).map(Event::size).sum();
        true
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }

    fn pop(&mut self) -> bool {
        let Some(event) = self.entries.pop_front() else {
            return false;
        };
        let size = event.size();
        self.bytes -= size;
        if self.first > self.sent {
            self.unsent_bytes -= size;
            self.sent = self.first;
        }
        self.first += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Item(usize, bool);

    impl Event for Item {
        fn size(&self) -> usize {
            self.0
        }

        fn is_private(&self) -> bool {
            self.1
        }
    }

    fn limits() -> Limits {
        Limits { replay_events: 3, replay_bytes: 100, ..Limits::default() }
    }

    fn sent(log: &mut Log<Item>) -> Vec<u64> {
        std::iter::from_fn(|| log.next().map(|(number, _)| number)).collect()
    }

    #[test]
    fn unsent_events_are_kept_beyond_the_limits() {
        let mut log = Log::new();
        for _ in 0..5 {
            log.push(Item(1, false));
            log.trim(&limits(), false);
        }
        assert_eq!(sent(&mut log), [1, 2, 3, 4, 5]);
        log.trim(&limits(), false);
        assert!(!log.rewind(1));
        assert!(log.rewind(2));
        assert_eq!(sent(&mut log), [3, 4, 5]);
        assert!(!log.rewind(6));
    }

    #[test]
    fn bytes_count_as_well() {
        let mut log = Log::new();
        for _ in 0..3 {
            log.push(Item(60, false));
            sent(&mut log);
            log.trim(&limits(), false);
        }
        assert!(!log.rewind(1) && log.rewind(2));
    }

    #[test]
    fn confirmed_private_events_are_let_go() {
        let mut log = Log::new();
        for private in [true, false, true, false] {
            log.push(Item(10, private));
        }
        sent(&mut log);
        log.acknowledge(4);
        assert_eq!((log.bytes, log.first), (10, 4));
        assert!(!log.rewind(2) && log.rewind(3));
        log.acknowledge(4);
        assert_eq!(log.bytes, 10);
    }

    #[test]
    fn of_confirmed_shared_events_the_last_are_kept() {
        let mut log = Log::new();
        for _ in 0..1000 {
            log.push(Item(1, false));
        }
        sent(&mut log);
        log.acknowledge(2000);
        assert!(log.entries.capacity() < 512);
        assert!(!log.rewind(1000 - CONFIRMED - 1) && log.rewind(1000 - CONFIRMED));
    }
}
