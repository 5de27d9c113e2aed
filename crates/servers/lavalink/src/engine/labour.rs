//! What threads had of the processors, what they waited for them, and what they waited for others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crate::lock;

/// Processor time of the thread that asks, where the system tells it.
#[cfg(unix)]
pub(crate) fn spent() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

/// Processor time of the thread that asks, where the system tells it.
#[cfg(not(unix))]
pub(crate) fn spent() -> Option<Duration> {
    None
}

/// Less than that is not waited for anybody: asking the system whose fault it was takes longer than it is worth.
const LITTLE: Duration = Duration::from_millis(1);

/// A piece of work of one thread, from when it began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    begun: Instant,
    spent: Option<Duration>,
}

impl Piece {
    pub(crate) fn begin() -> Self {
        Self { begun: Instant::now(), spent: spent() }
    }

    /// Processor time that it took until now. Where the system does not tell it, all of the time.
    pub(crate) fn worked(&self) -> Duration {
        let worked = self.spent.zip(spent()).map(|(before, now)| now.saturating_sub(before));
        worked.unwrap_or_else(|| self.begun.elapsed())
    }

    /// As [`Piece::worked`], in microseconds; the next piece begins.
    pub(crate) fn lap(&mut self) -> u64 {
        let next = Self::begin();
        let worked = self.spent.zip(next.spent).map(|(before, now)| now.saturating_sub(before));
        let worked = worked.unwrap_or_else(|| next.begun.saturating_duration_since(self.begun));
        *self = next;
        micros(worked)
    }
}

/// Microseconds.
pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What a thread had of a processor, and for how long it could have run and did not.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    worked: Duration,
    queued: Duration,
}

/// A thread, as others see it.
pub(super) struct Seat {
    /// What the system counts of it; Linux alone does.
    #[cfg(target_os = "linux")]
    counts: Option<std::fs::File>,
    #[cfg(target_os = "linux")]
    stat: Option<std::fs::File>,
    /// When it was last asked for the time in which it waited for a processor, and what it was.
    told: Mutex<Duration>,
}

impl Seat {
    /// Of the thread that asks.
    fn own() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            counts: std::fs::File::open("/proc/thread-self/schedstat").ok(),
            #[cfg(target_os = "linux")]
            stat: std::fs::File::open("/proc/thread-self/stat").ok(),
            told: Mutex::default(),
        }
    }

    /// The beginning of what a file of the system says now.
    #[cfg(target_os = "linux")]
    fn read<'room>(file: Option<&std::fs::File>, room: &'room mut [u8]) -> Option<&'room str> {
        use std::os::unix::fs::FileExt as _;

        let read = file?.read_at(room, 0).ok()?;
        std::str::from_utf8(room.get(..read)?).ok()
    }

    #[cfg(target_os = "linux")]
    fn share(&self) -> Option<Share> {
        let mut room = [0; 64];
        let text = Self::read(self.counts.as_ref(), &mut room)?;
        let mut counts = text.split_ascii_whitespace().map(|count| count.parse().ok().map(Duration::from_nanos));
        Some(Share { worked: counts.next()??, queued: counts.next()?? })
    }

    /// Whether it has something to do, with a processor or without. That it waits for one is counted once it has one.
    #[cfg(target_os = "linux")]
    fn is_busy(&self) -> bool {
        let mut room = [0; 64];
        // Behind the name of the thread, which may have brackets in it.
        let stat = Self::read(self.stat.as_ref(), &mut room);
        stat.and_then(|stat| stat.rsplit_once(") ")).is_some_and(|(_, state)| state.starts_with('R'))
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "other systems do not tell")]
    fn is_busy(&self) -> bool {
        false
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "other systems do not count it")]
    fn share(&self) -> Option<Share> {
        None
    }

    /// For how long it has waited for a processor since that was last asked.
    fn queued(&self) -> Duration {
        let Some(now) = self.share() else { return Duration::ZERO };
        let before = std::mem::replace(&mut *lock(&self.told), now.queued);
        now.queued.saturating_sub(before)
    }
}

/// The work of a worker's threads, for its pulse to tell.
#[derive(Default)]
pub(super) struct Labour {
    /// Microseconds of processor time that decoding took.
    decoded: AtomicU64,
    seats: Mutex<Vec<Weak<Seat>>>,
}

impl Labour {
    /// The thread that asks works here from now on, for as long as the seat is held.
    pub(super) fn sit(&self) -> Arc<Seat> {
        let seat = Arc::new(Seat::own());
        lock(&self.seats).push(Arc::downgrade(&seat));
        seat
    }

    pub(super) fn decoded(&self, time: Duration) {
        self.decoded.fetch_add(micros(time), Ordering::Relaxed);
    }

    /// Microseconds of decoding since that was last asked.
    pub(super) fn take_decoded(&self) -> u64 {
        self.decoded.swap(0, Ordering::Relaxed)
    }

    /// Microseconds for which threads had something to do and no processor, since that was last asked.
    pub(super) fn take_queued(&self) -> u64 {
        let mut queued = Duration::ZERO;
        lock(&self.seats).retain(|seat| {
            seat.upgrade().is_some_and(|seat| {
                queued += seat.queued();
                true
            })
        });
        micros(queued)
    }
}

/// For how long a reader's work has waited for its source, rather than for a processor.
#[derive(Default)]
pub(super) struct Wait {
    /// In pieces of work that are over.
    waited: Duration,
    /// The piece that goes on: on which thread, since when, and what that thread had before.
    piece: Option<(Arc<Seat>, Instant, Share)>,
    /// Since when the track is being opened.
    opening: Option<Instant>,
    /// When it was last asked, and what the answer was in all.
    asked: Option<(Instant, Duration)>,
}

impl Wait {
    pub(super) fn begin(&mut self, seat: &Arc<Seat>) {
        self.piece = Some((seat.clone(), Instant::now(), seat.share().unwrap_or_default()));
    }

    /// On the thread that did the work, which knows better than others what it took.
    pub(super) fn end(&mut self, worked: Duration) {
        let Some((seat, begun, before)) = self.piece.take() else { return };
        let waited = begun.elapsed().saturating_sub(worked);
        if waited >= LITTLE {
            let queued = seat.share().unwrap_or_default().queued.saturating_sub(before.queued);
            self.waited += waited.saturating_sub(queued);
        }
    }

    pub(super) fn opening(&mut self, opens: bool) {
        self.waited += self.opened(Instant::now());
        self.opening = opens.then(Instant::now);
    }

    /// In the piece of work that goes on.
    fn read(&self, now: Instant) -> Duration {
        self.piece.as_ref().map_or(Duration::ZERO, |(seat, begun, before)| {
            let share = seat.share().unwrap_or_default();
            let busy = (share.worked + share.queued).saturating_sub(before.worked + before.queued);
            now.saturating_duration_since(*begun).saturating_sub(busy)
        })
    }

    fn opened(&self, now: Instant) -> Duration {
        self.opening.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    fn total(&self, now: Instant) -> Duration {
        self.waited + self.read(now) + self.opened(now)
    }

    /// Whether most of the time since that was last asked went by in waiting for the source.
    pub(super) fn is_long(&mut self, now: Instant) -> bool {
        let total = self.total(now);
        let before = self.asked.replace((now, total));
        before.is_some_and(|(at, before)| {
            let passed = now.saturating_duration_since(at);
            let most = !passed.is_zero() && total.saturating_sub(before) * 2 >= passed;
            most && !self.piece.as_ref().is_some_and(|(seat, ..)| seat.is_busy())
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Works until so much processor time is gone.
    fn work(time: Duration) {
        let piece = Piece::begin();
        while piece.worked() < time {
            std::hint::black_box((0..1_000_u64).sum::<u64>());
        }
    }

    #[test]
    fn who_sleeps_takes_no_processor() {
        let mut piece = Piece::begin();
        work(Duration::from_millis(30));
        assert!(piece.lap() >= 30_000);
        std::thread::sleep(Duration::from_millis(60));
        assert!(piece.worked() < Duration::from_millis(30), "{:?}", piece.worked());
    }

    /// Whether one who does something is found to wait for somebody else.
    #[cfg(target_os = "linux")]
    fn waits(during: impl Fn() + Send + 'static) -> bool {
        let (told, begun) = mpsc::channel();
        let (stop, stopped) = mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(Wait::default()));
        let there = wait.clone();
        let thread = std::thread::spawn(move || {
            let seat = Labour::default().sit();
            lock(&there).begin(&seat);
            told.send(()).unwrap();
            while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                during();
            }
        });
        begun.recv().unwrap();
        assert!(!lock(&wait).is_long(Instant::now()), "nothing is known yet");
        std::thread::sleep(Duration::from_millis(150));
        let found = lock(&wait).is_long(Instant::now());
        drop(stop);
        thread.join().unwrap();
        found
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_waits_for_others_is_told_from_who_works_or_has_no_processor() {
        assert!(waits(|| std::thread::sleep(Duration::from_secs(1))));
        // On a machine that is busy it waits for a processor meanwhile, which is not the source's fault either.
        assert!(!waits(|| work(Duration::from_millis(5))));
    }

    #[test]
    fn a_track_that_is_being_opened_is_waited_for() {
        let mut wait = Wait::default();
        wait.opening(true);
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        assert!(!wait.is_long(at(0)) && wait.is_long(at(100)));
        wait.opening(false);
        assert!(!wait.is_long(at(200)) && !wait.is_long(at(300)));
    }
}
