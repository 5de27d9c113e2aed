//! An API that wants to be left alone for a while is left alone, and whoever asks meanwhile waits a little.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::lock;
use crate::source::fetch::FetchError;

/// How long somebody waits at most.
const MOST: Duration = Duration::from_secs(5);
/// For how long it is left alone at most, whatever it says, in seconds: some say days.
const MOST_QUIET: u64 = 600;

/// Until when the API is left alone.
#[derive(Default)]
pub(super) struct Patience {
    until: Mutex<Option<(Instant, u16)>>,
}

/// Somebody who asks, and when he gives up.
pub(super) struct Turn(Instant);

impl Turn {
    pub(super) fn new() -> Self {
        Self(Instant::now() + MOST)
    }
}

impl Patience {
    /// Waits until the API may be asked; gives up at once where that is later than the turn lasts.
    pub(super) async fn wait(&self, turn: &Turn) -> Result<(), FetchError> {
        loop {
            let Some((until, status)) = *lock(&self.until) else { return Ok(()) };
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else {
                return Ok(());
            };
            if until > turn.0 {
                return Err(FetchError::Later(status, left.as_secs() + 1));
            }
            sleep(left).await;
        }
    }

    /// Notes what an answer says of it; gives whether it does.
    pub(super) fn note(&self, error: &FetchError) -> bool {
        let FetchError::Later(status, seconds) = error else { return false };
        let until = Instant::now() + Duration::from_secs((*seconds).clamp(1, MOST_QUIET));
        let mut known = lock(&self.until);
        *known = Some((known.map_or(until, |(known, _)| known.max(until)), *status));
        true
    }
}
