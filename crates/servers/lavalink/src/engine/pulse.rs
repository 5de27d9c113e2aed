//! A worker's pulse: it is told by a thread that does nothing else, so that neither work nor waiting keeps it from being told.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::labour::Labour;
use super::{Beat, Key, Report, Sink};
use crate::lock;

/// How often a worker says that it lives: a third of what is waited for.
pub(super) const BEAT: Duration = Duration::from_millis(100);

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

impl Pulse {
    /// Starts the thread. It ends with the last who holds the pulse.
    pub(super) fn start(name: &str, labour: Arc<Labour>, sink: Sink) -> std::io::Result<Arc<Self>> {
        let pulse = Arc::new(Self { labour, ..Self::default() });
        let weak = Arc::downgrade(&pulse);
        std::thread::Builder::new().name(format!("pulse-{name}")).spawn(move || run(&weak, &sink))?;
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
        let mut seen = lock(&self.seen);
        Beat {
            frames: self.frames.swap(0, Ordering::Relaxed),
            busy: self.busy.swap(0, Ordering::Relaxed),
            decode: self.labour.take_decoded(),
            queued: self.labour.take_queued(),
            players: seen.players,
            dry: seen.dry,
            ahead: seen.ahead,
            // Who does not look any more excuses nobody any more.
            waits: std::mem::take(&mut seen.waits),
            turn: u32::try_from(turn.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

fn run(pulse: &Weak<Pulse>, sink: &Sink) {
    let (mut last, mut awake) = (Instant::now(), Instant::now());
    loop {
        let now = Instant::now();
        // Where all stood still, the renderer did not hang.
        if now.saturating_duration_since(last) > BEAT * 3 {
            awake = now;
        }
        last = now;
        let Some(pulse) = pulse.upgrade().filter(|pulse| !pulse.stopped.load(Ordering::Relaxed)) else { return };
        sink(Report::Beat(pulse.take(now, awake)));
        drop(pulse);
        std::thread::sleep(BEAT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
