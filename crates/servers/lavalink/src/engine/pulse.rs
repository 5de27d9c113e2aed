//! A worker's pulse: it is told by a thread that does nothing else, so that neither work nor waiting keeps it from being told. All
//! workers of a process have the same one: it is their sinks that decide where a beat goes, and they keep nobody waiting.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::labour::Labour;
use super::{Beat, Key, Report, Sink};
use crate::lock;

/// How often a worker says that it lives: a third of what is waited for.
pub(super) const BEAT: Duration = Duration::from_millis(100);

/// Each so manieth beat tells how long threads waited for a processor, since the one that told it before: the system has to be asked
/// for each thread, and that takes longer than all else that a beat tells.
const ASKED: u32 = 5;

/// What the renderer leaves for the pulse to tell.
#[derive(Default)]
pub(super) struct Pulse {
    frames: AtomicU32,
    busy: AtomicU64,
    seen: Mutex<Seen>,
    labour: Arc<Labour>,
    /// Since when the renderer has been at what it is at.
    turn: Mutex<Option<Instant>>,
    stopped: AtomicBool,
    beats: AtomicU32,
}

/// What a look at the players showed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) players: u32,
    /// Players whose sound has run dry.
    pub(super) dry: u32,
    /// How much is made ahead, in thousandths, of those that are heard.
    pub(super) ahead: Option<u16>,
    /// Players whose sources have not delivered.
    pub(super) waits: Vec<Key>,
}

/// The workers of this process that live.
static HEART: Mutex<Heart> = Mutex::new(Heart { pulses: Vec::new(), thread: None });

struct Heart {
    pulses: Vec<(Weak<Pulse>, Sink)>,
    /// As long as there is anybody.
    thread: Option<Thread>,
}

impl Heart {
    /// Who lives still. With nobody the thread is no longer wanted.
    fn living(&mut self) -> Vec<(Arc<Pulse>, Sink)> {
        let mut living = Vec::new();
        self.pulses.retain(|(pulse, sink)| {
            let pulse = pulse.upgrade().filter(|pulse| !pulse.stopped.load(Ordering::Relaxed));
            pulse.is_some_and(|pulse| {
                living.push((pulse, sink.clone()));
                true
            })
        });
        if living.is_empty() {
            self.thread = None;
        }
        living
    }
}

/// However the thread ends, the next worker gets another.
struct Beating;

impl Drop for Beating {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&HEART).thread = None;
        }
    }
}

impl Pulse {
    /// Begins to beat, until nobody holds the pulse.
    pub(super) fn start(labour: Arc<Labour>, sink: Sink) -> std::io::Result<Arc<Self>> {
        let pulse = Arc::new(Self { labour, ..Self::default() });
        let mut heart = lock(&HEART);
        if let Some(thread) = &heart.thread {
            thread.unpark();
        } else {
            let thread = std::thread::Builder::new().name("pulse".into()).spawn(run)?;
            heart.thread = Some(thread.thread().clone());
        }
        heart.pulses.push((Arc::downgrade(&pulse), sink));
        Ok(pulse)
    }

    /// Frames were made, which took so many microseconds of processor time.
    pub(super) fn worked(&self, frames: u32, busy: u64) {
        self.frames.fetch_add(frames, Ordering::Relaxed);
        self.busy.fetch_add(busy, Ordering::Relaxed);
    }

    /// A look at the players showed this.
    pub(super) fn saw(&self, seen: Seen) {
        *lock(&self.seen) = seen;
    }

    /// The renderer begins something, or waits for something to do.
    pub(super) fn turn(&self, begun: Option<Instant>) {
        *lock(&self.turn) = begun;
    }

    /// The worker is no more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// What there is to tell, of a time through which the pulse has beaten since a moment.
    fn take(&self, now: Instant, awake: Instant) -> Beat {
        let turn = lock(&self.turn).map_or(Duration::ZERO, |begun| now.saturating_duration_since(begun.max(awake)));
        let asked = self.beats.fetch_add(1, Ordering::Relaxed).is_multiple_of(ASKED);
        let mut seen = lock(&self.seen);
        Beat {
            frames: self.frames.swap(0, Ordering::Relaxed),
            busy: self.busy.swap(0, Ordering::Relaxed),
            decode: self.labour.take_decoded(),
            queued: if asked { self.labour.take_queued() } else { 0 },
            players: seen.players,
            dry: seen.dry,
            ahead: seen.ahead,
            // Who does not look any more excuses nobody any more.
            waits: std::mem::take(&mut seen.waits),
            turn: u32::try_from(turn.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

fn run() {
    let _beating = Beating;
    let (mut last, mut awake) = (Instant::now(), Instant::now());
    loop {
        let now = Instant::now();
        // Where all stood still, the renderers did not hang.
        if now.saturating_duration_since(last) > BEAT * 3 {
            awake = now;
        }
        last = now;
        let living = lock(&HEART).living();
        if living.is_empty() {
            return;
        }
        for (pulse, sink) in living {
            sink(Report::Beat(pulse.take(now, awake)));
        }
        // Who comes is heard at once.
        std::thread::park_timeout(BEAT);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn one_heart_beats_for_all_and_begins_anew() {
        const LONG: Duration = Duration::from_secs(20);
        let (told, heard) = mpsc::channel();
        let start = |name: u8| {
            let told = told.clone();
            let sink = move |_| {
                let _ = told.send((name, std::thread::current().id()));
            };
            Pulse::start(Arc::default(), Arc::new(sink)).unwrap()
        };
        let of = |wanted: u8| {
            let mut beats = std::iter::from_fn(|| heard.recv_timeout(LONG).ok());
            beats.find_map(|(name, thread)| (name == wanted).then_some(thread)).unwrap()
        };
        let (first, second) = (start(1), start(2));
        assert_eq!(of(1), of(2));
        // One that is stopped is silent, however long somebody holds it.
        first.stop();
        drop(second);
        let begun = Instant::now();
        while lock(&HEART).thread.is_some() && begun.elapsed() < LONG {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(lock(&HEART).thread.is_none());
        let _third = start(3);
        of(3);
    }

    #[test]
    fn what_stood_still_does_not_hang() {
        let pulse = Pulse::default();
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(pulse.take(at(5_000), at(0)).turn, 0);
        pulse.turn(Some(at(1_000)));
        pulse.worked(3, 70);
        pulse.worked(2, 30);
        let beat = pulse.take(at(5_000), at(0));
        assert_eq!((beat.turn, beat.frames, beat.busy), (4_000, 5, 100));
        // The pulse itself slept until a moment ago.
        let beat = pulse.take(at(5_000), at(4_900));
        assert_eq!((beat.turn, beat.frames, beat.busy), (100, 0, 0));
        pulse.turn(None);
        assert_eq!(pulse.take(at(6_000), at(0)).turn, 0);
        // What was seen of the players is told again, but whom a source keeps waiting is told once.
        pulse.saw(Seen { players: 3, dry: 1, ahead: Some(700), waits: vec![7] });
        let told = [pulse.take(at(6_100), at(0)), pulse.take(at(6_200), at(0))];
        assert_eq!(told.each_ref().map(|beat| (beat.players, beat.dry, beat.ahead)), [(3, 1, Some(700)); 2]);
        assert_eq!(told.map(|beat| beat.waits), [vec![7], Vec::new()]);
    }
}
