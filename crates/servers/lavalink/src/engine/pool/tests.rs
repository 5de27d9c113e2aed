//! Threads that wait for a network that says nothing.

use std::sync::Condvar;

use async_trait::async_trait;

use super::*;
use crate::source::Tones;
use crate::wire::LoadResult;

/// Streams that wait for a network that says nothing, for longer than a test runs.
#[derive(Clone, Default)]
struct Silent(Arc<Calls>);

#[derive(Default)]
struct Calls {
    reading: AtomicUsize,
    begun: AtomicUsize,
    opened: AtomicUsize,
}

#[derive(Default)]
struct Line {
    closed: Mutex<bool>,
    told: Condvar,
}

struct Waiting(Arc<Calls>, Arc<Line>);

impl Stream for Waiting {
    fn read(&mut self, _: &mut Block) -> Result<Read, SourceError> {
        self.0.reading.fetch_add(1, Ordering::SeqCst);
        self.0.begun.fetch_add(1, Ordering::SeqCst);
        let closed = lock(&self.1.closed);
        let waited = self.1.told.wait_timeout_while(closed, Duration::from_mins(3), |closed| !*closed);
        drop(waited);
        self.0.reading.fetch_sub(1, Ordering::SeqCst);
        Err(SourceError::common("closed", ""))
    }

    fn seek(&mut self, position: u64) -> Result<u64, SourceError> {
        Ok(position)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn position(&self) -> u64 {
        0
    }

    fn closer(&self) -> Option<Closer> {
        let line = self.1.clone();
        Some(Box::new(move || {
            *lock(&line.closed) = true;
            line.told.notify_all();
        }))
    }
}

#[async_trait]
impl Sources for Silent {
    async fn load(&self, identifier: &str) -> LoadResult {
        Tones.load(identifier).await
    }

    async fn open(&self, track: &TrackInfo, _: u64) -> Result<Box<dyn Stream>, SourceError> {
        if track.title == "never opened" {
            std::future::pending::<()>().await;
        }
        if track.title == "fine" {
            return Tones.open(track, 0).await;
        }
        self.0.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Waiting(self.0.clone(), Arc::default())))
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn info() -> TrackInfo {
    let LoadResult::Track(track) = Tones.load("tone:440:60").await else { unreachable!("a tone is a track") };
    track.info
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_frees_the_thread_that_waits_for_its_sound() {
    let silent = Silent::default();
    let pool = Pool::new(Arc::new(silent.clone()), tokio::runtime::Handle::current());
    let inbox = Arc::<Inbox>::default();
    let (info, calls) = (info().await, &silent.0);
    // More than there may ever be threads, one after the other.
    for number in 1..=MOST + 10 {
        let reader = Reader::new(1, info.clone(), 0, None, inbox.clone());
        pool.submit(&reader);
        until("it reads", || {
            pool.relieve();
            calls.opened.load(Ordering::SeqCst) == number && calls.reading.load(Ordering::SeqCst) > 0
        })
        .await;
        reader.stop();
        until("it does not any more", || calls.reading.load(Ordering::SeqCst) == 0).await;
    }
    assert!(pool.threads.load(Ordering::SeqCst) <= LEAST + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_elsewhere_leaves_nobody_waiting() {
    let silent = Silent::default();
    let pool = Pool::new(Arc::new(silent.clone()), tokio::runtime::Handle::current());
    let inbox = Arc::<Inbox>::default();
    let (info, calls) = (info().await, &silent.0);
    let mut reader = Reader::new(1, info.clone(), 0, None, inbox.clone());
    pool.submit(&reader);
    for number in 1..=5 {
        until("it reads", || {
            pool.relieve();
            // Each stream is read once, and each reader has its own: those before were busy.
            calls.opened.load(Ordering::SeqCst) == number && calls.begun.load(Ordering::SeqCst) == number
        })
        .await;
        let next = Reader::new(1, info.clone(), 1_000, Some(reader.clone()), inbox.clone());
        reader.stop();
        pool.submit(&next);
        reader = next;
    }
    reader.stop();
    until("nobody reads", || calls.reading.load(Ordering::SeqCst) == 0).await;
    // One that never came to its turn lets go of what it was to go on with.
    let first = Reader::new(1, info.clone(), 0, None, inbox.clone());
    pool.submit(&first);
    until("it reads", || calls.reading.load(Ordering::SeqCst) == 1).await;
    let second = Reader::new(1, info.clone(), 0, Some(first.clone()), inbox.clone());
    first.stop();
    assert_eq!(calls.reading.load(Ordering::SeqCst), 1);
    second.stop();
    until("nobody reads", || calls.reading.load(Ordering::SeqCst) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_is_not_opened_any_more() {
    let silent = Silent::default();
    let pool = Pool::new(Arc::new(silent), tokio::runtime::Handle::current());
    let inbox = Arc::<Inbox>::default();
    let title = "never opened".to_owned();
    let reader = Reader::new(1, TrackInfo { title, ..info().await }, 0, None, inbox);
    pool.submit(&reader);
    until("it is being opened", || matches!(*lock(&reader.work), Work::Opening)).await;
    reader.stop();
    until("nobody opens it", || Arc::strong_count(&reader) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_wait_do_not_starve_the_others() {
    let silent = Silent::default();
    let pool = Pool::new(Arc::new(silent.clone()), tokio::runtime::Handle::current());
    let inbox = Arc::<Inbox>::default();
    let info = info().await;
    // All threads that there may be wait for a network that says nothing, and more are to come.
    let hanging: Vec<_> = (0..MOST + 20).map(|_| Reader::new(1, info.clone(), 0, None, inbox.clone())).collect();
    hanging.iter().for_each(|reader| pool.submit(reader));
    until("all threads wait", || {
        pool.relieve();
        silent.0.reading.load(Ordering::SeqCst) == MOST
    })
    .await;
    let fine = Reader::new(2, TrackInfo { title: "fine".to_owned(), ..info }, 0, None, inbox.clone());
    let began = Instant::now();
    pool.submit(&fine);
    until("it is decoded", || {
        pool.relieve();
        lock(&fine.ring).ready()
    })
    .await;
    // As long as nobody is known to hang, and a little for those before it in the queue.
    assert!(began.elapsed() < HANGS * 3, "{:?}", began.elapsed());
    assert!(pool.threads.load(Ordering::SeqCst) <= MOST);
    // Who was given up is told why, and the others go on waiting.
    let failed =
        |reader: &&Arc<Reader>| matches!(&lock(&reader.ring).end, Some(End::Failed(error)) if error.message == SLOW);
    let given_up = hanging.iter().filter(failed).count();
    assert!((1..MOST / 2).contains(&given_up), "{given_up}");
    hanging.iter().for_each(|reader| reader.stop());
    until("nobody reads", || silent.0.reading.load(Ordering::SeqCst) == 0).await;
}
