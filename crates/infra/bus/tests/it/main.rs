//! The directory, seen from outside.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod audience;
mod flood;
mod member;
mod peer;
mod permissions;
