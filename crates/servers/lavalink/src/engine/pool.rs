//! Threads that open, seek and decode. One that waits for a slow network does not hold up the others: the pool grows.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use guildhall_audio::Resampler;

use super::Key;
use super::ring::{End, PER_MS, Ring};
use crate::lock;
use crate::source::{Block, Read, SourceError, Sources, Stream};
use crate::wire::TrackInfo;

/// Most threads: as many players may wait for the network at the same time.
const MOST: usize = 128;
/// A job that waits for so long gets a thread of its own.
const PATIENCE: Duration = Duration::from_millis(20);
/// A thread without work goes away.
const IDLE: Duration = Duration::from_secs(5);
/// How much one job decodes before others have their turn, in samples of one channel.
const SLICE: usize = 9_600;

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
    /// What a radio says it plays, and whether that is new.
    title: Mutex<Option<String>>,
    titled: AtomicBool,
    nudge: Sender<Key>,
}

enum Work {
    /// Not opened yet; a stream of the same track may be there to be used again.
    Closed(Option<Arc<Reader>>),
    Open(Open),
    Gone,
}

struct Open {
    stream: Box<dyn Stream>,
    block: Block,
    resampler: Option<((u32, u8), Resampler)>,
    /// Samples for which the ring has no room yet.
    waiting: Vec<f32>,
}

impl Reader {
    pub(super) fn new(
        key: Key,
        track: TrackInfo,
        position: u64,
        old: Option<Arc<Self>>,
        nudge: Sender<Key>,
    ) -> Arc<Self> {
        Arc::new(Self {
            key,
            ring: Mutex::new(Ring::at(position)),
            track,
            position,
            work: Mutex::new(Work::Closed(old)),
            queued: AtomicBool::new(false),
            wanted: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
            title: Mutex::default(),
            titled: AtomicBool::new(false),
            nudge,
        })
    }

    pub(super) fn track(&self) -> &TrackInfo {
        &self.track
    }

    /// What a radio says it plays, where that is new.
    pub(super) fn take_title(&self) -> Option<String> {
        self.titled.swap(false, Ordering::Acquire).then(|| lock(&self.title).take()).flatten()
    }

    /// Nobody wants its sound any more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
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

    /// Opens, where that has not been done, and decodes a slice. Whether there is more to do.
    fn run(&self, sources: &dyn Sources, runtime: &tokio::runtime::Handle) -> bool {
        let mut work = lock(&self.work);
        if self.stopped.load(Ordering::Relaxed) {
            return false;
        }
        if let Work::Closed(old) = &mut *work {
            let old = old.take();
            match self.open(old, sources, runtime) {
                Ok(open) => *work = Work::Open(open),
                Err(error) => {
                    *work = Work::Gone;
                    self.end(End::Failed(error));
                    return false;
                }
            }
        }
        let Work::Open(open) = &mut *work else { return false };
        let mut decoded = 0;
        while decoded < SLICE && !self.stopped.load(Ordering::Relaxed) {
            if lock(&self.ring).full() {
                return false;
            }
            match self.step(open) {
                Ok(Some(count)) => decoded += count,
                Ok(None) => {
                    *work = Work::Gone;
                    self.end(End::Over);
                    return false;
                }
                Err(error) => {
                    *work = Work::Gone;
                    self.end(End::Failed(error));
                    return false;
                }
            }
        }
        !self.stopped.load(Ordering::Relaxed) && !lock(&self.ring).full()
    }

    fn open(
        &self,
        old: Option<Arc<Self>>,
        sources: &dyn Sources,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Open, SourceError> {
        if let Some(mut stream) = old.and_then(|old| old.take_stream())
            && stream.seekable()
            && let Ok(position) = stream.seek(self.position)
        {
            return Ok(self.opened(stream, position));
        }
        let stream = runtime.block_on(sources.open(&self.track, self.position))?;
        let position = stream.position();
        Ok(self.opened(stream, position))
    }

    /// Sources may begin shortly before what was asked for; the ring drops the difference.
    fn opened(&self, stream: Box<dyn Stream>, position: u64) -> Open {
        lock(&self.ring).begin(position);
        Open { stream, block: Block::default(), resampler: None, waiting: Vec::new() }
    }

    /// Reads one block into the ring; how many samples of one channel came, or that it is over.
    fn step(&self, open: &mut Open) -> Result<Option<usize>, SourceError> {
        let Open { stream, block, resampler, waiting } = open;
        if !waiting.is_empty() {
            let count = lock(&self.ring).push_samples(waiting)?;
            waiting.drain(..count * 2);
            self.tell();
            return Ok(Some(count.max(64)));
        }
        if let Some(title) = stream.title() {
            *lock(&self.title) = Some(title);
            self.titled.store(true, Ordering::Release);
        }
        let count = match stream.read(block)? {
            Read::End => {
                let Some((_, mut resampler)) = resampler.take() else { return Ok(None) };
                resampler.finish(waiting);
                self.cut(waiting);
                return if waiting.is_empty() { Ok(None) } else { Ok(Some(64)) };
            }
            Read::Opus => {
                let packet = std::mem::take(&mut block.packet);
                let mut ring = lock(&self.ring);
                if !ring.started() && ring.frame() / PER_MS + 20 <= self.position {
                    ring.skip(960);
                } else {
                    ring.push_packet(packet)?;
                }
                960
            }
            Read::Pcm => {
                let format = (block.rate, block.channels);
                if !matches!(resampler, Some((of, _)) if *of == format) {
                    let made = Resampler::new(block.rate, usize::from(block.channels))
                        .map_err(|error| SourceError::common("this kind of sound is not played", error))?;
                    if let Some((_, mut old)) = resampler.replace((format, made)) {
                        old.finish(waiting);
                    }
                }
                if let Some((_, resampler)) = resampler {
                    resampler.push(&block.samples, waiting);
                }
                self.cut(waiting);
                let count = lock(&self.ring).push_samples(waiting)?;
                waiting.drain(..count * 2);
                count
            }
        };
        self.tell();
        // An empty block counts a little, so that nobody turns round for ever.
        Ok(Some(count.max(64)))
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
            let _ = self.nudge.send(self.key);
        }
    }
}

/// The threads.
pub(super) struct Pool {
    jobs: Sender<(Arc<Reader>, Instant)>,
    queue: Receiver<(Arc<Reader>, Instant)>,
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
    threads: AtomicUsize,
    idle: AtomicUsize,
    waiting_since: Mutex<Option<Instant>>,
    least: usize,
}

impl Pool {
    pub(super) fn new(sources: Arc<dyn Sources>, runtime: tokio::runtime::Handle) -> Arc<Self> {
        let (jobs, queue) = unbounded();
        let least = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4);
        Arc::new(Self {
            jobs,
            queue,
            sources,
            runtime,
            threads: AtomicUsize::new(0),
            idle: AtomicUsize::new(0),
            waiting_since: Mutex::new(None),
            least,
        })
    }

    /// Has a reader decode, unless it is about to.
    pub(super) fn submit(self: &Arc<Self>, reader: &Arc<Reader>) {
        if reader.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        let _ = self.jobs.send((reader.clone(), Instant::now()));
        if self.idle.load(Ordering::Acquire) == 0 && self.threads.load(Ordering::Acquire) < self.least {
            self.grow();
        }
    }

    /// Gives jobs that have waited for too long another thread.
    pub(super) fn relieve(self: &Arc<Self>) {
        let mut since = lock(&self.waiting_since);
        if self.queue.is_empty() || self.idle.load(Ordering::Acquire) > 0 {
            *since = None;
            return;
        }
        let first = *since.get_or_insert_with(Instant::now);
        if first.elapsed() >= PATIENCE && self.threads.load(Ordering::Acquire) < MOST {
            *since = None;
            drop(since);
            self.grow();
        }
    }

    fn grow(self: &Arc<Self>) {
        self.threads.fetch_add(1, Ordering::AcqRel);
        let pool = Arc::downgrade(self);
        let queue = self.queue.clone();
        let spawned = std::thread::Builder::new().name("decode".into()).spawn(move || Self::work(&pool, &queue));
        if spawned.is_err() {
            self.threads.fetch_sub(1, Ordering::AcqRel);
        }
    }

    fn work(pool: &Weak<Self>, queue: &Receiver<(Arc<Reader>, Instant)>) {
        loop {
            let Some(strong) = pool.upgrade() else { return };
            strong.idle.fetch_add(1, Ordering::AcqRel);
            drop(strong);
            let job = queue.recv_timeout(IDLE);
            let Some(strong) = pool.upgrade() else { return };
            strong.idle.fetch_sub(1, Ordering::AcqRel);
            let Ok((reader, _)) = job else {
                strong.threads.fetch_sub(1, Ordering::AcqRel);
                return;
            };
            reader.queued.store(false, Ordering::Release);
            // A decoder that panics ends its track, not the others.
            let run = std::panic::AssertUnwindSafe(|| reader.run(&*strong.sources, &strong.runtime));
            match std::panic::catch_unwind(run) {
                Ok(true) => strong.submit(&reader),
                Ok(false) => {}
                Err(_) => {
                    tracing::error!(track = %reader.track.identifier, "a decoder panicked");
                    reader.end(End::Failed(SourceError::fault("the decoder failed", "panic")));
                }
            }
        }
    }
}
