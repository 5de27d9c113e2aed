//! Threads that seek and decode. One that waits for a slow network does not hold up the others: the pool grows, and shrinks again.
//! Tracks are opened elsewhere, as tasks: most of that is waiting.

mod jobs;
#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use guildhall_audio::{Resampler, tame};
use jobs::Jobs;
use tokio::sync::Notify;

use super::Key;
use super::inbox::Inbox;
use super::labour::{Labour, Piece, Seat, Wait};
use super::ring::{End, PER_MS, Ring};
use crate::lock;
use crate::source::{Block, Closer, Read, SourceError, Sources, Stream};
use crate::wire::TrackInfo;

/// Most threads: as many players may wait for the network at the same time.
const MOST: usize = 128;
/// Threads that there are once there was work: one that decodes, and one for when it waits.
const LEAST: usize = 2;
/// A job that waits for so long gets a thread of its own.
const PATIENCE: Duration = Duration::from_millis(20);
/// A thread without work goes away, and so does one that others could do without for so long.
const IDLE: Duration = Duration::from_secs(5);
/// Where all threads wait, and others want to decode, who has waited for so long is given up.
const HANGS: Duration = Duration::from_secs(1);
/// What is said of it.
const SLOW: &str = "The address answers too slowly.";
/// How much one job decodes before others have their turn, in samples of one channel.
const SLICE: usize = 9_600;
/// Samples for which a thread keeps room.
const MOST_SCRATCH: usize = 16 * 1024;
/// A packet is only cut out of its page, and counts as so manieth part of what it sounds: all that a ring holds are one job.
const CUT: u64 = 10;
/// A job that takes longer, since its source is as slow as the sound, begins anew: what hangs is told from it by that.
const TURN: Duration = Duration::from_millis(200);

/// The decoding side of a deck.
pub(super) struct Reader {
    pub(super) key: Key,
    pub(super) ring: Mutex<Ring>,
    track: TrackInfo,
    position: u64,
    work: Mutex<Work>,
    queued: AtomicBool,
    /// Whether the renderer waits for sound.
    pub(super) wanted: AtomicBool,
    stopped: AtomicBool,
    /// Tells whoever opens the track that it was stopped.
    given_up: Notify,
    /// Lets a read of the stream go that waits for the network.
    closer: Mutex<Option<Closer>>,
    /// Whether it was given up, since it kept others from decoding.
    late: AtomicBool,
    /// Whether another reader goes on with the stream, if it comes by it in time.
    inherited: AtomicBool,
    /// What a radio says it plays, and whether that is new.
    title: Mutex<Option<String>>,
    titled: AtomicBool,
    /// For how long its source was waited for.
    wait: Mutex<Wait>,
    inbox: Arc<Inbox>,
}

enum Work {
    /// Not opened yet; a stream of the same track may be there to be used again.
    Closed(Option<Arc<Reader>>),
    /// A task opens it.
    Opening,
    Open(Box<Open>),
    Gone,
}

struct Open {
    stream: Box<dyn Stream>,
    resampler: Option<((u32, u8), Resampler)>,
    /// Samples for which the ring has no room yet.
    waiting: Vec<f32>,
    /// Frames of the last piece.
    piece: usize,
}

/// What came of reading a block.
enum Step {
    /// So many samples of one channel.
    Came(usize),
    /// Nothing: it would have to be waited for.
    Later,
    Over,
}

/// What a thread decodes into, whoever's turn it is.
#[derive(Default)]
pub(super) struct Scratch {
    block: Block,
    samples: Vec<f32>,
}

impl Scratch {
    /// Gives back what only very long pieces need.
    fn relax(&mut self) {
        if self.samples.capacity().max(self.block.samples.capacity()) > MOST_SCRATCH {
            *self = Self::default();
        }
    }
}

impl Reader {
    pub(super) fn new(
        key: Key,
        track: TrackInfo,
        position: u64,
        old: Option<Arc<Self>>,
        inbox: Arc<Inbox>,
    ) -> Arc<Self> {
        // The stream of who was stopped before is closed.
        let old = old.filter(|old| !old.is_stopped());
        if let Some(old) = &old {
            old.inherited.store(true, Ordering::SeqCst);
        }
        Arc::new(Self {
            key,
            ring: Mutex::new(Ring::at(position)),
            track,
            position,
            work: Mutex::new(Work::Closed(old)),
            queued: AtomicBool::new(false),
            wanted: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
            given_up: Notify::new(),
            closer: Mutex::default(),
            late: AtomicBool::new(false),
            inherited: AtomicBool::new(false),
            title: Mutex::default(),
            titled: AtomicBool::new(false),
            wait: Mutex::default(),
            inbox,
        })
    }

    pub(super) fn track(&self) -> &TrackInfo {
        &self.track
    }

    /// What a radio says it plays, where that is new.
    pub(super) fn take_title(&self) -> Option<String> {
        self.titled.swap(false, Ordering::Acquire).then(|| lock(&self.title).take()).flatten()
    }

    /// Whether its source has not delivered: most of the time since that was last asked was spent in waiting for it. Waiting for
    /// a processor, or for others to be done, is not that.
    pub(super) fn waits(&self, now: Instant) -> bool {
        lock(&self.wait).is_long(now)
    }

    /// Nobody wants its sound any more. A thread that waits for more of it is let go, unless another reader may go on with it.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.given_up.notify_one();
        if !self.inherited.load(Ordering::SeqCst) {
            self.close();
        }
        // What was left to it is nobody's now.
        if let Ok(mut work) = self.work.try_lock()
            && let Work::Closed(old) = &mut *work
            && let Some(old) = old.take()
        {
            old.close();
        }
    }

    fn close(&self) {
        if let Some(close) = &*lock(&self.closer) {
            close();
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Takes over what lets a stream go; whether it is still wanted after that.
    fn hold(&self, stream: &dyn Stream) -> bool {
        *lock(&self.closer) = stream.closer();
        !self.is_stopped()
    }

    /// The open stream, unless a read of it is waiting for the network.
    fn take_stream(&self) -> Option<Box<dyn Stream>> {
        for _ in 0..10 {
            if let Ok(mut work) = self.work.try_lock() {
                return match std::mem::replace(&mut *work, Work::Gone) {
                    Work::Open(open) => Some(open.stream),
                    _ => None,
                };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// Decodes a slice, or has the track opened, where that has not been done. Whether there is more to do.
    fn run(self: &Arc<Self>, pool: &Arc<Pool>, scratch: &mut Scratch) -> bool {
        let mut work = lock(&self.work);
        if self.is_stopped() {
            return false;
        }
        if let Work::Closed(old) = &mut *work {
            let open = old.take().and_then(|old| {
                let open = self.again(&old);
                // Where its stream was not to be had, a read of it may still be waiting.
                if open.is_none() {
                    old.close();
                }
                open
            });
            let Some(open) = open else {
                *work = Work::Opening;
                lock(&self.wait).opening(true);
                pool.open(self);
                return false;
            };
            *work = Work::Open(Box::new(open));
        }
        self.slice(&mut work, scratch, true)
    }

    /// Takes packets that are there already, on a thread that may not wait.
    pub(super) fn run_now(&self, scratch: &mut Scratch) {
        // Whoever decodes for it may wait for the network.
        if !self.queued.load(Ordering::Acquire)
            && let Ok(mut work) = self.work.try_lock()
        {
            self.guarded(|| self.slice(&mut work, scratch, false));
        }
    }

    /// Has more fetched in place of what was taken so.
    fn settle(&self) {
        if let Ok(mut work) = self.work.try_lock()
            && let Work::Open(open) = &mut *work
        {
            open.stream.settle();
        }
    }

    /// Whether it should decode.
    pub(super) fn is_low(&self) -> bool {
        lock(&self.ring).low()
    }

    /// A decoder that panics ends its track, not the others.
    fn guarded(&self, work: impl FnOnce() -> bool) -> bool {
        std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            tracing::error!(track = %self.track.public_identifier(), "a decoder panicked");
            self.end(End::Failed(SourceError::fault("the decoder failed", "panic")));
            false
        })
    }

    /// Decodes a slice, or as much of it as is there where nobody waits. Whether there is more to do.
    fn slice(&self, work: &mut Work, scratch: &mut Scratch, waits: bool) -> bool {
        let Work::Open(open) = work else { return false };
        let (mut decoded, begun) = (0, Instant::now());
        while decoded < SLICE && !(waits && begun.elapsed() >= TURN) && !self.is_stopped() {
            if self.full(open) {
                return false;
            }
            match self.step(open, scratch, waits) {
                Ok(Step::Came(count)) => decoded += count,
                Ok(Step::Later) => return true,
                Ok(Step::Over) => {
                    *work = Work::Gone;
                    self.end(End::Over);
                    return false;
                }
                Err(error) => {
                    *work = Work::Gone;
                    let late = self.late.load(Ordering::SeqCst);
                    self.end(End::Failed(if late { SourceError::common(SLOW, "others wait") } else { error }));
                    return false;
                }
            }
        }
        !self.is_stopped() && !self.full(open)
    }

    /// Whether the ring has no room for what comes next.
    fn full(&self, open: &Open) -> bool {
        lock(&self.ring).full(if open.waiting.is_empty() { open.piece } else { 1 })
    }

    /// The stream of a reader of the same track, wound.
    fn again(&self, old: &Self) -> Option<Open> {
        let mut stream = old.take_stream().filter(|stream| stream.seekable())?;
        if !self.hold(&*stream) {
            return None;
        }
        let position = stream.seek(self.position).ok()?;
        self.hold(&*stream);
        Some(self.opened(stream, position))
    }

    /// The track was opened, or not; whether it can be decoded.
    fn came(&self, stream: Result<Box<dyn Stream>, SourceError>) -> bool {
        let mut work = lock(&self.work);
        lock(&self.wait).opening(false);
        // Whoever took the stream away meanwhile has opened it anew.
        if !matches!(*work, Work::Opening) || self.is_stopped() {
            return false;
        }
        match stream {
            Ok(stream) => {
                self.hold(&*stream);
                let position = stream.position();
                *work = Work::Open(Box::new(self.opened(stream, position)));
                true
            }
            Err(error) => {
                *work = Work::Gone;
                drop(work);
                self.end(End::Failed(error));
                false
            }
        }
    }

    /// Sources may begin shortly before what was asked for; the ring drops the difference.
    fn opened(&self, stream: Box<dyn Stream>, position: u64) -> Open {
        // Of what has no end there is no other place: it goes on with what is on the air now.
        let mut ring = lock(&self.ring);
        ring.begin(if self.track.is_stream { self.position } else { position });
        ring.set_gain(stream.gain());
        drop(ring);
        Open { stream, resampler: None, waiting: Vec::new(), piece: 1 }
    }

    /// Reads one block into the ring; where nobody waits, only one that is there.
    fn step(&self, open: &mut Open, scratch: &mut Scratch, waits: bool) -> Result<Step, SourceError> {
        let Open { stream, resampler, waiting, piece } = open;
        let Scratch { block, samples } = scratch;
        if !waiting.is_empty() {
            let count = lock(&self.ring).push_samples(waiting)?;
            waiting.drain(..count * 2);
            if waiting.is_empty() {
                *waiting = Vec::new();
            }
            self.tell();
            return Ok(Step::Came(count.max(64)));
        }
        if let Some(title) = stream.title() {
            *lock(&self.title) = Some(title);
            self.titled.store(true, Ordering::Release);
        }
        let read = if waits { Some(stream.read(block)?) } else { stream.read_now(block)? };
        let Some(read) = read else { return Ok(Step::Later) };
        let count = match read {
            Read::End => {
                let Some((_, mut resampler)) = resampler.take() else { return Ok(Step::Over) };
                resampler.finish(waiting);
                self.cut(waiting);
                return Ok(if waiting.is_empty() { Step::Over } else { Step::Came(64) });
            }
            Read::Opus => {
                let length = block.packet_length();
                let packet = std::mem::take(&mut block.packet);
                let mut ring = lock(&self.ring);
                if !ring.started() && length > 0 && (ring.frame() + length) / PER_MS <= self.position {
                    ring.skip(length);
                } else {
                    ring.push_packet(packet)?;
                }
                usize::try_from(length / CUT).unwrap_or_default()
            }
            Read::Pcm => {
                samples.clear();
                let format = (block.rate, block.channels);
                if !matches!(resampler, Some((of, _)) if *of == format) {
                    let made = Resampler::new(block.rate, usize::from(block.channels))
                        .map_err(|error| SourceError::common("this kind of sound is not played", error))?;
                    if let Some((_, mut old)) = resampler.replace((format, made)) {
                        old.finish(samples);
                    }
                }
                if let Some((_, resampler)) = resampler {
                    tame(&mut block.samples);
                    resampler.push(&block.samples, samples);
                }
                self.cut(samples);
                let count = lock(&self.ring).push_samples(samples)?;
                waiting.extend_from_slice(samples.get(count * 2..).unwrap_or_default());
                *piece = samples.len() / 2;
                count
            }
        };
        self.tell();
        // An empty block counts a little, so that nobody turns round for ever.
        Ok(Step::Came(count.max(64)))
    }

    /// Takes away what is before the position that was asked for: sources may begin shortly before it.
    fn cut(&self, samples: &mut Vec<f32>) {
        let mut ring = lock(&self.ring);
        let wished = self.position.saturating_mul(PER_MS);
        if !ring.started() && ring.frame() < wished {
            let frames = usize::try_from(wished - ring.frame()).unwrap_or(usize::MAX).min(samples.len() / 2);
            samples.drain(..frames * 2);
            ring.skip(u64::try_from(frames).unwrap_or_default());
        }
    }

    fn end(&self, end: End) {
        lock(&self.ring).finish(end);
        self.tell();
    }

    fn tell(&self) {
        if self.wanted.load(Ordering::Relaxed) && lock(&self.ring).ready() && self.wanted.swap(false, Ordering::Relaxed)
        {
            self.inbox.nudge(self.key);
        }
    }
}

/// The threads.
pub(super) struct Pool {
    jobs: Arc<Jobs>,
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
    threads: AtomicUsize,
    waiting_since: Mutex<Option<Instant>>,
    /// Who decodes, and since when.
    busy: Mutex<Vec<(Instant, Arc<Reader>)>>,
    /// When there were last too few threads.
    grown: Mutex<Instant>,
    pub(super) labour: Arc<Labour>,
}

impl Pool {
    pub(super) fn new(sources: Arc<dyn Sources>, runtime: tokio::runtime::Handle) -> Arc<Self> {
        Arc::new(Self {
            jobs: Arc::default(),
            sources,
            runtime,
            threads: AtomicUsize::new(0),
            waiting_since: Mutex::new(None),
            busy: Mutex::default(),
            grown: Mutex::new(Instant::now()),
            labour: Arc::default(),
        })
    }

    /// Has a reader decode, unless it is about to.
    pub(super) fn submit(self: &Arc<Self>, reader: &Arc<Reader>) {
        self.submit_all(std::iter::once(reader.clone()));
    }

    /// Has readers decode, but for those that are about to.
    pub(super) fn submit_all(self: &Arc<Self>, readers: impl IntoIterator<Item = Arc<Reader>>) {
        let mut new = readers.into_iter().filter(|reader| !reader.queued.swap(true, Ordering::AcqRel)).peekable();
        if new.peek().is_some() && !self.jobs.push(new) && self.threads.load(Ordering::Acquire) < LEAST {
            self.grow();
        }
    }

    /// Has more fetched in place of what readers took without waiting. That is done where it is fetched, which is woken up once.
    pub(super) fn settle(&self, readers: Vec<Arc<Reader>>) {
        if !readers.is_empty() {
            self.runtime.spawn(async move { readers.iter().for_each(|reader| reader.settle()) });
        }
    }

    /// Has a task open a track.
    fn open(self: &Arc<Self>, reader: &Arc<Reader>) {
        let (pool, reader) = (Arc::downgrade(self), reader.clone());
        let sources = self.sources.clone();
        self.runtime.spawn(async move {
            let opening = AssertUnwindSafe(sources.open(&reader.track, reader.position)).catch_unwind();
            let opened = tokio::select! {
                opened = opening => opened,
                () = reader.given_up.notified() => return,
            };
            let opened = opened.unwrap_or_else(|_| {
                tracing::error!(track = %reader.track.public_identifier(), "opening a track panicked");
                Err(SourceError::fault("the track could not be opened", "panic"))
            });
            if reader.came(opened)
                && let Some(pool) = pool.upgrade()
            {
                pool.submit(&reader);
            }
        });
    }

    /// Gives jobs that have waited for too long another thread.
    pub(super) fn relieve(self: &Arc<Self>) {
        let mut since = lock(&self.waiting_since);
        if !self.jobs.lock().is_short() {
            *since = None;
            return;
        }
        let first = *since.get_or_insert_with(Instant::now);
        if first.elapsed() < PATIENCE {
            return;
        }
        *since = None;
        drop(since);
        if self.threads.load(Ordering::Acquire) < MOST {
            self.grow();
        } else {
            self.give_up();
        }
    }

    /// There are no more threads: as many as are wanted are taken from those that have waited longest for sound that does not come.
    fn give_up(&self) {
        let mut hanging = lock(&self.busy).clone();
        hanging.retain(|(since, reader)| since.elapsed() >= HANGS && !reader.late.load(Ordering::SeqCst));
        hanging.sort_by_key(|(since, _)| *since);
        let wanted = self.jobs.lock().readers.len();
        for (_, reader) in hanging.iter().take(wanted) {
            tracing::warn!(track = %reader.track.public_identifier(), "a source is given up that keeps others waiting");
            reader.late.store(true, Ordering::SeqCst);
            reader.close();
        }
    }

    fn grow(self: &Arc<Self>) {
        *lock(&self.grown) = Instant::now();
        self.threads.fetch_add(1, Ordering::AcqRel);
        let pool = Arc::downgrade(self);
        let jobs = self.jobs.clone();
        let labour = self.labour.clone();
        let work = move || Self::work(&pool, &jobs, &labour.sit());
        let spawned = std::thread::Builder::new().name("decode".into()).spawn(work);
        if spawned.is_err() {
            self.threads.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Whether the thread that asks is one too many, and goes.
    fn shrinks(&self) -> bool {
        if self.jobs.lock().idle == 0 || lock(&self.grown).elapsed() < IDLE {
            return false;
        }
        let fewer = |threads: usize| (threads > LEAST).then(|| threads - 1);
        let gone = self.threads.fetch_update(Ordering::AcqRel, Ordering::Acquire, fewer).is_ok();
        if gone {
            // One at a time: it may be that all of the others are needed.
            *lock(&self.grown) = Instant::now().checked_sub(IDLE.saturating_sub(PATIENCE)).unwrap_or_else(Instant::now);
        }
        gone
    }

    fn work(pool: &Weak<Self>, jobs: &Jobs, seat: &Arc<Seat>) {
        let mut scratch = Scratch::default();
        loop {
            let job = jobs.next();
            let Some(strong) = pool.upgrade() else { return };
            let Some(reader) = job else {
                strong.threads.fetch_sub(1, Ordering::AcqRel);
                return;
            };
            reader.queued.store(false, Ordering::Release);
            lock(&strong.busy).push((Instant::now(), reader.clone()));
            let piece = Piece::begin();
            lock(&reader.wait).begin(seat);
            let more = reader.guarded(|| reader.run(&strong, &mut scratch));
            let worked = piece.worked();
            scratch.relax();
            lock(&reader.wait).end(worked);
            strong.labour.decoded(worked);
            lock(&strong.busy).retain(|(_, busy)| !Arc::ptr_eq(busy, &reader));
            if more {
                strong.submit(&reader);
            }
            if strong.shrinks() {
                return;
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs.close();
    }
}
