//! How loud a track is as a whole: it is decoded once more from start to end, on a thread that comes and goes, while it plays already.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::Sender;
use guildhall_audio::loudness::{Loudness, Meter};
use guildhall_audio::opus::{Decoder, LONGEST};
use guildhall_audio::{RATE, Resampler, tame};
use tokio::time::timeout;

use crate::lock;
use crate::loudness::Name;
use crate::source::{Block, Closer, Read, Sources};
use crate::wire::TrackInfo;

/// Tracks that wait to be measured; more are not.
const MOST: usize = 64;
/// Frames after which the rest of a track is believed to be like what was heard of it: half an hour.
const ENOUGH: u64 = 30 * 60 * RATE as u64;
/// For a track to be opened.
const OPENING: Duration = Duration::from_mins(1);

/// What was found out. Nothing of what cannot be read, or is silent.
pub(super) type Measured = (Name, Option<Loudness>);

/// Measures one track after the other.
pub(super) struct Measurer {
    shared: Arc<Shared>,
}

struct Shared {
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
    results: Sender<Measured>,
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
}

impl Measurer {
    pub(super) fn new(sources: Arc<dyn Sources>, runtime: tokio::runtime::Handle, results: Sender<Measured>) -> Self {
        let (queue, closer) = (Mutex::default(), Mutex::default());
        let shared = Shared { sources, runtime, results, queue, stopped: AtomicBool::new(false), closer };
        Self { shared: Arc::new(shared) }
    }

    /// Has a track measured, if it has an end and is not being measured already.
    pub(super) fn submit(&self, track: &TrackInfo) {
        let mut queue = lock(&self.shared.queue);
        let name = Name::of(track);
        if track.is_stream || queue.tracks.len() >= MOST || queue.tracks.iter().any(|known| Name::of(known) == name) {
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
            let _ = self.results.send((Name::of(&track), found.ok().flatten()));
            lock(&self.queue).tracks.pop_front();
        }
    }

    fn measure(&self, track: &TrackInfo) -> Option<Loudness> {
        let opening = async { timeout(OPENING, self.sources.open(track, 0)).await };
        let mut stream = self.runtime.block_on(opening).ok()?.ok()?;
        *lock(&self.closer) = stream.closer();
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
                        meter.add(room.get(..frames * 2).unwrap_or_default());
                    }
                }
            }
        }
        meter.finish()
    }
}
