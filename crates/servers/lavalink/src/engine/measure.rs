//! How loud a track is as a whole: it is decoded once more from start to end, on a thread that comes and goes, while it plays already.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use guildhall_audio::loudness::{Loudness, Meter};
use guildhall_audio::opus::{Decoder, LONGEST};
use guildhall_audio::{RATE, Resampler, factor, tame};
use tokio::time::timeout;

use super::inbox::Inbox;
use crate::lock;
use crate::loudness::Name;
use crate::source::{Block, Closer, Read, Sources};
use crate::wire::TrackInfo;

/// Tracks that wait to be measured; more are not.
const MOST: usize = 64;
/// Frames after which the rest of a track is believed to be like what was heard of it: half an hour.
const ENOUGH: u64 = 30 * 60 * RATE as u64;
/// Tracks that could not be measured and are not tried again, and for how long.
const MOST_FAILED: usize = 512;
const AGAIN: Duration = Duration::from_mins(30);
/// For a track to be opened.
const OPENING: Duration = Duration::from_mins(1);

/// What was found out. What cannot be read, or is silent, is not spoken of.
pub(super) type Measured = (Name, Loudness);

/// Measures one track after the other.
pub(super) struct Measurer {
    shared: Arc<Shared>,
}

struct Shared {
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
    inbox: Arc<Inbox>,
    queue: Mutex<Queue>,
    stopped: AtomicBool,
    /// Lets a read go that waits for the network.
    closer: Mutex<Option<Closer>>,
}

#[derive(Default)]
struct Queue {
    /// The first is being measured.
    tracks: VecDeque<TrackInfo>,
    running: bool,
    failed: Failed,
}

/// Tracks that could not be measured, the oldest first, and when that was: each change of sound asks for them again.
#[derive(Default)]
struct Failed(VecDeque<(Name, Instant)>);

impl Failed {
    fn add(&mut self, name: Name, now: Instant) {
        self.0.push_back((name, now));
        if self.0.len() > MOST_FAILED {
            self.0.pop_front();
        }
    }

    /// Whether one is on it. After a while it is worth another try.
    fn has(&mut self, name: &Name, now: Instant) -> bool {
        while self.0.front().is_some_and(|(_, since)| now.saturating_duration_since(*since) >= AGAIN) {
            self.0.pop_front();
        }
        self.0.iter().any(|(failed, _)| failed == name)
    }
}

impl Measurer {
    pub(super) fn new(sources: Arc<dyn Sources>, runtime: tokio::runtime::Handle, inbox: Arc<Inbox>) -> Self {
        let (queue, closer) = (Mutex::default(), Mutex::default());
        let shared = Shared { sources, runtime, inbox, queue, stopped: AtomicBool::new(false), closer };
        Self { shared: Arc::new(shared) }
    }

    /// Has a track measured, if it has an end and is not being measured already.
    pub(super) fn submit(&self, track: &TrackInfo) {
        let mut queue = lock(&self.shared.queue);
        let name = Name::of(track);
        if track.is_stream || queue.tracks.len() >= MOST || queue.tracks.iter().any(|known| Name::of(known) == name) {
            return;
        }
        if queue.failed.has(&name, Instant::now()) {
            return;
        }
        queue.tracks.push_back(track.clone());
        if queue.running {
            return;
        }
        let shared = self.shared.clone();
        queue.running = std::thread::Builder::new().name("measure".into()).spawn(move || shared.run()).is_ok();
    }
}

impl Drop for Measurer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        if let Some(close) = &*lock(&self.shared.closer) {
            close();
        }
    }
}

impl Shared {
    fn run(&self) {
        loop {
            let track = {
                let mut queue = lock(&self.queue);
                let Some(track) = queue.tracks.front().cloned() else {
                    queue.running = false;
                    return;
                };
                track
            };
            // A decoder that panics has said nothing of the track.
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.measure(&track)));
            if self.stopped.load(Ordering::SeqCst) {
                return;
            }
            let (name, found) = (Name::of(&track), found.ok().flatten());
            let mut queue = lock(&self.queue);
            queue.tracks.pop_front();
            match found {
                Some(loudness) => self.inbox.measured((name, loudness)),
                None => queue.failed.add(name, Instant::now()),
            }
        }
    }

    fn measure(&self, track: &TrackInfo) -> Option<Loudness> {
        let opening = async { timeout(OPENING, self.sources.open(track, 0)).await };
        let mut stream = self.runtime.block_on(opening).ok()?.ok()?;
        *lock(&self.closer) = stream.closer();
        let gain = factor(stream.gain());
        let mut meter = Meter::simple().ok()?;
        let (mut block, mut samples) = (Block::default(), Vec::new());
        let mut resampler: Option<((u32, u8), Resampler)> = None;
        let mut decoder: Option<(Decoder, Vec<f32>)> = None;
        while meter.heard() < ENOUGH && !self.stopped.load(Ordering::SeqCst) {
            samples.clear();
            match stream.read(&mut block).ok()? {
                Read::End => break,
                Read::Pcm => {
                    let format = (block.rate, block.channels);
                    if !matches!(resampler, Some((of, _)) if of == format) {
                        resampler = Some((format, Resampler::new(block.rate, usize::from(block.channels)).ok()?));
                    }
                    if let Some((_, resampler)) = &mut resampler {
                        tame(&mut block.samples);
                        resampler.push(&block.samples, &mut samples);
                    }
                    meter.add(&samples);
                }
                Read::Opus => {
                    if decoder.is_none() {
                        decoder = Some((Decoder::new().ok()?, vec![0.0; LONGEST * 2]));
                    }
                    if let Some((decoder, room)) = &mut decoder
                        && let Ok(frames) = decoder.decode(&block.packet, room)
                    {
                        let samples = room.get_mut(..frames * 2).unwrap_or_default();
                        samples.iter_mut().for_each(|sample| *sample *= gain);
                        meter.add(samples);
                    }
                }
            }
        }
        meter.finish()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use async_trait::async_trait;

    use super::*;
    use crate::source::{SourceError, Stream, Tones};
    use crate::wire::LoadResult;

    /// What cannot be opened is counted; the others are tones.
    #[derive(Default)]
    struct Broken(AtomicUsize);

    #[async_trait]
    impl Sources for Broken {
        async fn load(&self, identifier: &str) -> LoadResult {
            Tones.load(identifier).await
        }

        async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
            if track.identifier.ends_with(":2") {
                return Tones.open(track, position).await;
            }
            self.0.fetch_add(1, Ordering::SeqCst);
            Err(SourceError::common("it is broken", "on purpose"))
        }

        fn names(&self) -> Vec<String> {
            Vec::new()
        }
    }

    async fn tone(identifier: &str) -> TrackInfo {
        let LoadResult::Track(track) = Tones.load(identifier).await else { unreachable!("a tone is a track") };
        track.info
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_cannot_be_measured_is_not_fetched_again_and_again() {
        let sources = Arc::new(Broken::default());
        let inbox = Arc::<Inbox>::default();
        let measurer = Measurer::new(sources.clone(), tokio::runtime::Handle::current(), inbox.clone());
        let (broken, good) = (tone("tone:440:1").await, tone("tone:440:2").await);
        for _ in 0..5 {
            measurer.submit(&broken);
            // They are measured one after the other: when this one is known, the other was tried.
            measurer.submit(&good);
            let post = tokio::task::block_in_place(|| inbox.take(Instant::now() + Duration::from_secs(20)));
            assert_eq!(post.measured.iter().map(|(name, _)| name).collect::<Vec<_>>(), [&Name::of(&good)]);
        }
        assert_eq!(sources.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_failed_is_forgotten_after_a_while() {
        let name = |length| Name { source: "tone".to_owned(), identifier: "x".to_owned(), length };
        let (mut failed, start) = (Failed::default(), Instant::now());
        for length in 0..=i64::try_from(MOST_FAILED).unwrap() {
            failed.add(name(length), start);
        }
        assert!(!failed.has(&name(0), start) && failed.has(&name(1), start));
        assert!(failed.has(&name(1), start + Duration::from_mins(29)));
        assert!(!failed.has(&name(1), start + AGAIN) && failed.0.is_empty());
    }
}
