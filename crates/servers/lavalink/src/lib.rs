//! An audio node that speaks Lavalink v4: REST and WebSocket towards bots, voice towards Discord or a hall.
//!
//! `source` finds and opens what is played, `voice` carries it to a channel, `player` is what lies between: it keeps the time
//! and asks a worker of the `grid` for frames, which the `engine` makes. What others say in the channel goes the other way: `voice` reads it
//! where `receive` has somebody who wants to hear it.

mod engine;
mod fetch;
mod grid;
mod load;
mod loudness;
mod node;
mod pace;
mod player;
mod queue;
mod receive;
mod seal;
mod server;
mod session;
pub mod source;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
pub mod track;
pub mod voice;
pub mod wire;

pub use grid::{ADDRESS, Door, Join, TOKEN, WorkerKey, join, work};
pub use guildhall_audio::loudness::Target;
pub use node::{Node, Settings, StartError};
pub use seal::artwork_key;
pub use server::router;
pub use store::MIGRATIONS;

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a panic left behind is still the best that there is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// Milliseconds of Unix time.
#[expect(
    clippy::disallowed_methods,
    reason = "clients are told when something was true; this is the node's only clock"
)]
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A name that nobody guesses: 16 letters and digits, as Lavalink's sessions have.
fn random_name() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 16];
    // Without randomness nothing may be guessed: the program cannot go on.
    if getrandom::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte & 31))).map(|letter| char::from(*letter)).collect()
}
