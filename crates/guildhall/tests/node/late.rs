//! What a busy machine is to blame for: how late it lets somebody work who has little to do, but to do it in time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TURN: Duration = Duration::from_millis(20);

/// The lateness of the machine since a moment.
pub(crate) struct Late {
    /// The shortest and the longest time that a piece of work took, from when it was due.
    work: Arc<Mutex<(Duration, Duration)>>,
}

impl Late {
    /// Begins to watch: a little work each 20 ms, like who makes sound.
    pub(crate) fn watch() -> Self {
        let work = Arc::new(Mutex::new((Duration::MAX, Duration::ZERO)));
        let notes = Arc::downgrade(&work);
        std::thread::spawn(move || {
            let mut due = Instant::now();
            while let Some(notes) = notes.upgrade() {
                std::hint::black_box((0..20_000_u64).fold(0, |sum, one| std::hint::black_box(sum ^ one)));
                let took = due.elapsed();
                let mut notes = notes.lock().unwrap();
                *notes = (notes.0.min(took), notes.1.max(took));
                drop(notes);
                due = Instant::now() + TURN;
                std::thread::sleep(TURN);
            }
        });
        Self { work }
    }

    /// How late the latest was.
    pub(crate) fn most(&self) -> Duration {
        let (least, most) = *self.work.lock().unwrap();
        most.saturating_sub(least)
    }
}
