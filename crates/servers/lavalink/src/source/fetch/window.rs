//! A window over a stream of bytes: a task fills it, a thread that may wait reads it. It holds only so much.

use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use symphonia::core::io::MediaSource;
use tokio::sync::Notify;

use super::error::FetchError;
use crate::source::Closer;

/// Bytes a window holds before its task pauses, at first: some seconds of what most sound comes in. The decoder and the kernel
/// hold as much again each.
const CAPACITY: usize = 48 * 1024;
/// It is filled again when it holds no more than so manieth part: whoever wakes up seldom brings much at once.
const LOW: usize = 4;
/// Bytes a window holds at most: it doubles each time it runs dry for so long.
const MOST_CAPACITY: usize = 512 * 1024;
const SLOW: Duration = Duration::from_millis(10);
/// Bytes that are enough for the next piece of sound of any usual format.
const ENOUGH: usize = 32 * 1024;
/// A piece that is shorter is copied: it would keep all of the room in which it was received.
const SHORT: usize = super::READ_SIZE / 2;

struct Shared {
    state: Mutex<State>,
    /// Wakes the reader.
    filled: Condvar,
    /// Wakes the filler.
    room: Notify,
    /// Whether the reader fails where it would wait.
    hurried: AtomicBool,
    patience: Duration,
    slowest: u64,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Bytes>,
    buffered: usize,
    /// Bytes that are held before the task pauses, and whether they once were since the reader came here.
    capacity: usize,
    filled: bool,
    /// Where the first byte in the window stands.
    start: u64,
    goal: Option<u64>,
    ended: Option<Result<(), FetchError>>,
    closed: bool,
    /// Whether the filler is to be woken up for what was taken in a hurry.
    owed: bool,
    /// Whether the reader waits.
    waits: bool,
    /// How long the reader waited since the window was last well filled, and for how much.
    starved: Duration,
    starved_bytes: u64,
}

impl State {
    /// Whether there is enough for the next piece of sound, or as much as is held at all.
    fn enough(&self) -> bool {
        self.buffered >= ENOUGH.min(self.capacity)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the reader, where it waits: that is a call of the system also where nobody does.
    fn wake(&self, state: &mut State) {
        if std::mem::take(&mut state.waits) {
            self.filled.notify_all();
        }
    }
}

/// Both ends of a window that begins at an offset. `patience` is how long a reader waits for the next byte,
/// `slowest` the bytes a second below which it gives up even though some come.
pub(in super::super) fn window(
    start: u64,
    length: Option<u64>,
    seekable: bool,
    patience: Duration,
    slowest: u64,
) -> (Filler, Reader) {
    let state = Mutex::new(State { start, capacity: CAPACITY, ..State::default() });
    let (filled, room, hurried) = (Condvar::new(), Notify::new(), AtomicBool::new(false));
    let shared = Arc::new(Shared { state, filled, room, hurried, patience, slowest });
    (Filler { shared: shared.clone() }, Reader { shared, length, seekable })
}

/// The end that fills.
pub(in super::super) struct Filler {
    shared: Arc<Shared>,
}

/// What a filler is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Want {
    /// More bytes.
    More,
    /// Bytes from here on.
    Seek(u64),
    /// Nothing any more.
    Closed,
}

impl Filler {
    /// Waits until there is something to do. Dropping the future loses nothing.
    pub(in super::super) async fn want(&self) -> Want {
        loop {
            if let Some(want) = self.want_now() {
                return want;
            }
            self.shared.room.notified().await;
        }
    }

    fn want_now(&self) -> Option<Want> {
        let mut state = self.shared.lock();
        if state.closed {
            return Some(Want::Closed);
        }
        if let Some(goal) = state.goal.take() {
            state.start = goal;
            return Some(Want::Seek(goal));
        }
        let full = state.buffered >= state.capacity;
        state.filled |= full;
        (state.ended.is_none() && !full).then_some(Want::More)
    }

    /// Waits until the reader seeks or leaves.
    pub(in super::super) async fn interrupted(&self) {
        loop {
            {
                let state = self.shared.lock();
                if state.closed || state.goal.is_some() {
                    return;
                }
            }
            self.shared.room.notified().await;
        }
    }

    /// Adds bytes. Those that the reader no longer wants are dropped.
    pub(in super::super) fn push(&self, bytes: Bytes) {
        let mut state = self.shared.lock();
        if state.goal.is_none() && !state.closed && !bytes.is_empty() {
            let bytes = if bytes.len() < SHORT { Bytes::copy_from_slice(&bytes) } else { bytes };
            state.buffered += bytes.len();
            state.starved_bytes += bytes.len() as u64;
            state.chunks.push_back(bytes);
            if state.enough() {
                (state.starved, state.starved_bytes) = (Duration::ZERO, 0);
            }
            self.shared.wake(&mut state);
        }
    }

    /// Nothing more comes, unless the reader seeks.
    pub(in super::super) fn end(&self, how: Result<(), FetchError>) {
        let mut state = self.shared.lock();
        if state.goal.is_none() {
            state.ended = Some(how);
            self.shared.wake(&mut state);
        }
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if state.ended.is_none() || state.goal.is_some() {
            state.goal = None;
            state.ended = Some(Err(FetchError::Broken("nobody reads it any more".to_owned())));
        }
        self.shared.wake(&mut state);
    }
}

/// The end that reads; it may wait, so it belongs on a thread that may.
pub struct Reader {
    shared: Arc<Shared>,
    length: Option<u64>,
    seekable: bool,
}

impl Reader {
    /// Something that can tell how it ended, and close it, wherever the reader itself went.
    pub(in super::super) fn gauge(&self) -> Gauge {
        Gauge { shared: self.shared.clone() }
    }

    fn position(&self) -> u64 {
        let state = self.shared.lock();
        state.goal.unwrap_or(state.start)
    }
}

/// Tells how a window fares, and closes it.
#[derive(Clone)]
pub(in super::super) struct Gauge {
    shared: Arc<Shared>,
}

impl Gauge {
    /// What ended the stream, where that was an error.
    pub(in super::super) fn error(&self) -> Option<FetchError> {
        self.shared.lock().ended.clone()?.err()
    }

    /// Has the reader fail where it would wait, and wake nobody up; or do so again.
    pub(in super::super) fn hurry(&self, hurried: bool) {
        self.shared.hurried.store(hurried, Ordering::Relaxed);
    }

    /// Has what was taken in a hurry filled up again.
    pub(in super::super) fn settle(&self) {
        if std::mem::take(&mut self.shared.lock().owed) {
            self.shared.room.notify_one();
        }
    }

    /// Lets a reader that waits go.
    pub(in super::super) fn close(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        self.shared.wake(&mut state);
        drop(state);
        self.shared.room.notify_one();
    }

    /// What does so later.
    pub(in super::super) fn closer(self) -> Closer {
        Box::new(move || self.close())
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let began = Instant::now();
        let mut state = self.shared.lock();
        loop {
            if state.goal.is_none()
                && let Some(chunk) = state.chunks.front_mut()
            {
                let count = chunk.len().min(into.len());
                chunk.split_to(count).copy_to_slice(into.get_mut(..count).unwrap_or_default());
                if chunk.is_empty() {
                    state.chunks.pop_front();
                }
                let before = state.buffered;
                state.buffered -= count;
                state.start += count as u64;
                let low = state.capacity / LOW;
                state.owed |= before >= low && state.buffered < low || state.buffered == 0;
                if state.owed && !self.shared.hurried.load(Ordering::Relaxed) {
                    state.owed = false;
                    self.shared.room.notify_one();
                }
                return Ok(count);
            }
            if state.closed {
                return Err(io::Error::other(FetchError::Broken("it was closed".to_owned())));
            }
            match state.ended.clone().filter(|_| state.goal.is_none()) {
                Some(Ok(())) => return Ok(0),
                Some(Err(error)) => return Err(io::Error::other(error)),
                None if self.shared.hurried.load(Ordering::Relaxed) => return Err(io::ErrorKind::WouldBlock.into()),
                None => {}
            }
            let left = self.shared.patience.checked_sub(began.elapsed());
            let left = left.ok_or_else(|| io::Error::other(FetchError::Timeout("the next bytes")))?;
            let filled = std::mem::take(&mut state.filled);
            let waited = Instant::now();
            state.waits = true;
            self.shared.room.notify_one();
            let woken = self.shared.filled.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
            let waited = waited.elapsed();
            // It was full, and what came next was not there yet: the network is slower at times than the sound.
            if filled && waited >= SLOW {
                state.capacity = (state.capacity * 2).min(MOST_CAPACITY);
            }
            state.starved += waited;
            let due = self.shared.slowest.saturating_mul(state.starved.as_secs());
            if state.starved > self.shared.patience && state.starved_bytes < due {
                return Err(io::Error::other(FetchError::Slow));
            }
        }
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.position();
        let goal = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(by) => at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.and_then(|length| length.checked_add_signed(by)),
        };
        let goal = goal.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        if goal == at {
            return Ok(goal);
        }
        if !self.seekable {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        }
        let mut state = self.shared.lock();
        let ahead = goal.checked_sub(state.start).and_then(|ahead| usize::try_from(ahead).ok());
        if let Some(mut skip) = ahead.filter(|ahead| state.goal.is_none() && *ahead <= state.buffered) {
            state.buffered -= skip;
            state.start = goal;
            while let Some(chunk) = state.chunks.front_mut().filter(|_| skip > 0) {
                let count = chunk.len().min(skip);
                chunk.advance(count);
                skip -= count;
                if chunk.is_empty() {
                    state.chunks.pop_front();
                }
            }
        } else {
            state.chunks.clear();
            state.buffered = 0;
            state.ended = None;
            state.filled = false;
            state.goal = Some(goal);
            (state.starved, state.starved_bytes) = (Duration::ZERO, 0);
        }
        self.shared.room.notify_one();
        Ok(goal)
    }
}

impl MediaSource for Reader {
    fn is_seekable(&self) -> bool {
        self.seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.length
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.chunks.clear();
        self.shared.room.notify_one();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn pair(length: Option<u64>) -> (Filler, Reader) {
        window(0, length, length.is_some(), Duration::from_millis(200), 1000)
    }

    #[test]
    fn holds_only_so_much_and_seeks_within_what_it_holds() {
        let (filler, mut reader) = pair(Some(1 << 20));
        let mut pushed = 0_u8;
        while filler.want_now() == Some(Want::More) {
            filler.push(Bytes::from(vec![pushed; 16 * 1024]));
            pushed += 1;
        }
        assert_eq!(usize::from(pushed) * 16 * 1024, CAPACITY);
        // What was on its way comes all the same.
        filler.push(Bytes::from(vec![pushed; 16 * 1024]));
        let mut byte = [0];
        for block in [0_u8, 2, 1, 5] {
            let at = u64::from(block) * 16 * 1024 + 5;
            let within = at >= reader.position();
            assert_eq!(reader.seek(SeekFrom::Start(at)).unwrap(), at);
            if within {
                reader.read_exact(&mut byte).unwrap();
                assert_eq!(byte[0], block);
            } else {
                // Backwards is a question to the filler.
                assert_eq!(filler.want_now(), Some(Want::Seek(at)));
                for block in 1..6 {
                    let skip = if block == 1 { 5 } else { 0 };
                    filler.push(Bytes::from(vec![block; 16 * 1024 - skip]));
                }
            }
        }
        assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), (1 << 20) - 1);
        filler.push(Bytes::from_static(b"late"));
        assert_eq!(filler.want_now(), Some(Want::Seek((1 << 20) - 1)));
        filler.push(Bytes::from_static(b"x"));
        filler.end(Ok(()));
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"x");
        drop(reader);
        assert_eq!(filler.want_now(), Some(Want::Closed));
    }

    #[test]
    fn a_reader_does_not_wait_for_ever() {
        let (filler, mut reader) = pair(None);
        let error = reader.read(&mut [0; 8]).unwrap_err();
        assert!(error.to_string().contains("timed out"), "{error}");
        filler.end(Err(FetchError::Status(500)));
        let error = reader.read(&mut [0; 8]).unwrap_err();
        assert!(error.to_string().contains("500"), "{error}");
        let (filler, mut reader) = pair(None);
        drop(filler);
        assert!(reader.read(&mut [0; 8]).is_err());
    }

    #[tokio::test]
    async fn who_is_in_a_hurry_does_not_wait_and_wakes_nobody_up_until_later() {
        let (filler, mut reader) = pair(None);
        let gauge = reader.gauge();
        filler.push(Bytes::from(vec![1; CAPACITY]));
        let want = async || tokio::time::timeout(Duration::from_millis(50), filler.want()).await;
        assert!(want().await.is_err(), "it is full");
        gauge.hurry(true);
        let mut bytes = vec![0; CAPACITY];
        reader.read_exact(&mut bytes).unwrap();
        let began = Instant::now();
        assert_eq!(reader.read(&mut bytes).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(began.elapsed() < Duration::from_millis(200));
        let wanting = async {
            filler.shared.room.notified().await;
            filler.want_now()
        };
        tokio::pin!(wanting);
        let early = tokio::time::timeout(Duration::from_millis(50), &mut wanting).await;
        assert!(early.is_err(), "somebody woke it up");
        gauge.settle();
        assert_eq!(wanting.await, Some(Want::More));
        // Who waits again has it filled as well.
        filler.push(Bytes::from(vec![1; CAPACITY]));
        let (most, last) = bytes.split_at_mut(CAPACITY - 1);
        reader.read_exact(most).unwrap();
        gauge.hurry(false);
        reader.read_exact(last).unwrap();
        tokio::time::timeout(Duration::from_secs(20), filler.shared.room.notified()).await.unwrap();
    }

    #[test]
    fn a_trickle_is_no_stream() {
        let (filler, mut reader) = window(0, None, false, Duration::from_millis(1500), 1000);
        let feeding = std::thread::spawn(move || {
            while filler.want_now() != Some(Want::Closed) {
                filler.push(Bytes::from_static(b"."));
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let error = reader.read_exact(&mut [0; 4096]).unwrap_err();
        assert!(error.to_string().contains("too slowly"), "{error}");
        drop(reader);
        feeding.join().unwrap();
    }
}
