//! What time it is, as whoever made the bus says.

use std::fmt;
use std::sync::OnceLock;

/// A clock that is given once.
#[derive(Default)]
pub(crate) struct Time(OnceLock<Box<dyn Fn() -> i64 + Send + Sync>>);

impl Time {
    /// Takes a clock; the first one stays.
    pub(crate) fn keep(&self, micros: impl Fn() -> i64 + Send + Sync + 'static) {
        drop(self.0.set(Box::new(micros)));
    }

    /// Microseconds since 1970; before all timeouts where nobody gave a clock.
    pub(crate) fn micros(&self) -> i64 {
        self.0.get().map_or(0, |micros| micros())
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Time").field(&self.micros()).finish()
    }
}
