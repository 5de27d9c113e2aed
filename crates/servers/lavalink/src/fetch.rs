//! Memory that is needed soon is asked for early, and comes while something else is done.

use std::slice::from_ref;

use prefetch_index::prefetch_index;

/// So many players ahead of who is ticked. Each pointer on the way takes one: it has to be there before it can be followed.
pub(crate) const FETCHED: usize = 4;

/// What a line of the processor's memory holds.
const LINE: usize = 64;

/// Asks for the beginning of something.
pub(crate) fn fetch<T>(what: &T) {
    prefetch_index(from_ref(what), 0);
}

/// Asks for all of a packet.
pub(crate) fn fetch_bytes(bytes: &[u8]) {
    (0..bytes.len()).step_by(LINE).for_each(|at| prefetch_index(bytes, at));
}
