//! A worker's pulse: it is told by a thread that does nothing else, so that neither work nor waiting keeps it from being told.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::{Beat, Report, Sink};
use crate::lock;

/// How often a worker says that it lives: a third of what is waited for.
pub(super) const BEAT: Duration = Duration::from_millis(100);

/// What the renderer leaves for the pulse to tell.
#[derive(Default)]
pub(super) struct Pulse {
    frames: AtomicU32,
    busy: AtomicU64,
    players: AtomicU32,
    dry: AtomicU32,
    /// Since when the renderer has been at what it is at.
    turn: Mutex<Option<Instant>>,
    stopped: AtomicBool,
}

impl Pulse {
    /// Starts the thread. It ends with the last who holds the pulse.
    pub(super) fn start(name: &str, sink: Sink) -> std::io::Result<Arc<Self>> {
        let pulse = Arc::new(Self::default());
        let weak = Arc::downgrade(&pulse);
        std::thread::Builder::new().name(format!("pulse-{name}")).spawn(move || run(&weak, &sink))?;
        Ok(pulse)
    }

    /// Frames were made, which took so many microseconds.
    pub(super) fn worked(&self, frames: u32, busy: u64) {
        self.frames.fetch_add(frames, Ordering::Relaxed);
        self.busy.fetch_add(busy, Ordering::Relaxed);
    }

    /// So many players are there, and so many of them have no sound.
    pub(super) fn counted(&self, players: usize, dry: usize) {
        self.players.store(u32::try_from(players).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.dry.store(u32::try_from(dry).unwrap_or(u32::MAX), Ordering::Relaxed);
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
        Beat {
            frames: self.frames.swap(0, Ordering::Relaxed),
            busy: self.busy.swap(0, Ordering::Relaxed),
            players: self.players.load(Ordering::Relaxed),
            dry: self.dry.load(Ordering::Relaxed),
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
    }
}
