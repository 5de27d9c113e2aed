//! What was numbered: events that wait for the socket and those that may have to be replayed, in one buffer.

use std::collections::VecDeque;

use crate::limits::Limits;

/// Confirmed events that are kept.
const CONFIRMED: u64 = 128;

/// An event as the log sees it.
pub trait Event {
    /// About how many bytes it holds.
    fn size(&self) -> usize;

    /// How many events it is: what comes in floods is told together, and is one entry of the log.
    fn count(&self) -> usize {
        1
    }

    /// Whether nobody else holds it: such events are let go as soon as the client confirmed them.
    fn is_private(&self) -> bool {
        false
    }
}

/// Events by sequence number. Allocates nothing while empty.
#[derive(Debug)]
pub(crate) struct Log<E> {
    /// Events `first ..= last`.
    entries: VecDeque<E>,
    /// Number of the first event that is held, or of the next one.
    first: u64,
    /// Number of the newest event, 0 before there is one.
    last: u64,
    /// Number of the last event that was handed to the socket.
    sent: u64,
    /// Where the next event for the socket is: the entry, and which event of it.
    at: usize,
    part: usize,
    /// Number of the last private event that is held, 0 for none.
    private: u64,
    bytes: usize,
    unsent_bytes: usize,
}

impl<E: Event> Log<E> {
    pub(crate) const fn new() -> Self {
        let entries = VecDeque::new();
        Self { entries, first: 1, last: 0, sent: 0, at: 0, part: 0, private: 0, bytes: 0, unsent_bytes: 0 }
    }

    /// Number of the newest event, 0 before there is one.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    pub(crate) fn push(&mut self, event: E) {
        let size = event.size();
        self.bytes += size;
        self.unsent_bytes += size;
        self.last += event.count() as u64;
        if event.is_private() {
            self.private = self.last;
        }
        self.entries.push_back(event);
    }

    /// The next event for the socket: its number, the entry it is of, and which event of that.
    pub(crate) fn next(&mut self) -> Option<(u64, &E, usize)> {
        let event = self.entries.get(self.at)?;
        let part = self.part;
        self.sent += 1;
        self.part += 1;
        if self.part >= event.count() {
            self.at += 1;
            self.part = 0;
            self.unsent_bytes -= event.size();
        }
        Some((self.sent, event, part))
    }

    /// Puts a smaller form in the place of the entry that was handed to the socket last, all of it.
    pub(crate) fn replace(&mut self, event: E) {
        let index = self.at.checked_sub(1).filter(|_| self.part == 0);
        if let Some(old) = index.and_then(|index| self.entries.get_mut(index)) {
            self.bytes = self.bytes - old.size() + event.size();
            *old = event;
        }
    }

    /// Whether everything was handed to the socket.
    pub(crate) const fn is_drained(&self) -> bool {
        self.sent >= self.last
    }

    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether more waits for the socket than may.
    pub(crate) fn overflows(&self, limits: &Limits) -> bool {
        self.last - self.sent > limits.unsent_events as u64 || self.unsent_bytes > limits.unsent_bytes
    }

    /// Lets go of the oldest events beyond the limits; of unsent ones only where `unsent` says so.
    pub(crate) fn trim(&mut self, limits: &Limits, unsent: bool) {
        while (unsent || self.at > 0)
            && (self.last + 1 >= self.behind_oldest() + limits.replay_events as u64 || self.bytes > limits.replay_bytes)
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
        while self.behind_oldest() <= gone + 1 && self.pop() {}
        if self.first > self.private {
            self.private = 0;
        }
        if self.entries.capacity() > 32 && self.entries.capacity() > 4 * self.entries.len() {
            self.entries.shrink_to_fit();
        }
    }

    /// Goes back to what came after `number`. False where that is not held any more.
    pub(crate) fn rewind(&mut self, number: u64) -> bool {
        let Some(mut seen) = (number + 1).checked_sub(self.first).filter(|_| number <= self.last) else {
            return false;
        };
        self.sent = number;
        self.at = 0;
        for event in &self.entries {
            let count = event.count() as u64;
            if seen < count {
                break;
            }
            seen -= count;
            self.at += 1;
        }
        // Less than an entry has events.
        self.part = usize::try_from(seen).unwrap_or(0);
        self.unsent_bytes = self.entries.iter().skip(self.at).map(Event::size).sum();
        true
    }

    /// Number of the first event behind the oldest entry.
    fn behind_oldest(&self) -> u64 {
        self.first + self.entries.front().map_or(0, Event::count) as u64
    }

    fn pop(&mut self) -> bool {
        let Some(event) = self.entries.pop_front() else {
            return false;
        };
        let size = event.size();
        self.bytes -= size;
        self.first += event.count() as u64;
        if let Some(at) = self.at.checked_sub(1) {
            self.at = at;
        } else {
            self.unsent_bytes -= size;
            self.sent = self.first - 1;
            self.part = 0;
        }
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
        std::iter::from_fn(|| log.next().map(|(number, ..)| number)).collect()
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

    /// So many events of ten bytes that are told together.
    struct Several(usize);

    impl Event for Several {
        fn size(&self) -> usize {
            10 * self.0
        }

        fn count(&self) -> usize {
            self.0
        }
    }

    fn parts(log: &mut Log<Several>) -> Vec<(u64, usize)> {
        std::iter::from_fn(|| log.next().map(|(number, _, part)| (number, part))).collect()
    }

    #[test]
    fn what_is_told_together_is_numbered_one_by_one() {
        let mut log = Log::new();
        for count in [1, 3, 2] {
            log.push(Several(count));
        }
        assert_eq!((log.last(), log.unsent_bytes), (6, 60));
        log.next();
        log.next();
        assert_eq!((log.sent(), log.unsent_bytes), (2, 50));
        assert_eq!(parts(&mut log), [(3, 1), (4, 2), (5, 0), (6, 1)]);
        assert_eq!((log.is_drained(), log.unsent_bytes), (true, 0));
        // A client that comes back in the middle hears the rest of it.
        assert!(log.rewind(2));
        assert_eq!(log.unsent_bytes, 50);
        assert_eq!(parts(&mut log), [(3, 1), (4, 2), (5, 0), (6, 1)]);
        assert!(log.rewind(4));
        assert_eq!(parts(&mut log), [(5, 0), (6, 1)]);
        assert!(log.rewind(6) && !log.rewind(7));
        assert_eq!(parts(&mut log), []);
    }

    #[test]
    fn what_is_told_together_goes_together() {
        let mut log = Log::new();
        for count in [3, 2, 4] {
            log.push(Several(count));
        }
        log.next();
        // Half of it is still to be sent.
        log.trim(&limits(), false);
        assert!(log.rewind(0));
        assert_eq!(parts(&mut log).len(), 9);
        // At least as many stay as are to be kept.
        log.trim(&limits(), false);
        assert_eq!((log.first, log.bytes), (6, 40));
        assert!(!log.rewind(4) && log.rewind(5));
        log.next();
        log.trim(&Limits { replay_events: 0, ..limits() }, true);
        assert_eq!((log.sent(), log.last(), log.bytes, log.unsent_bytes), (9, 9, 0, 0));
        log.push(Several(2));
        assert_eq!(parts(&mut log), [(10, 0), (11, 1)]);
    }

    #[test]
    fn half_of_what_is_told_together_is_not_confirmed() {
        let mut log = Log::new();
        for _ in 0..4 {
            log.push(Several(100));
        }
        parts(&mut log);
        log.acknowledge(350);
        assert_eq!(log.first, 201);
        log.acknowledge(400);
        assert_eq!((log.first, log.bytes), (201, 2000));
    }
}
