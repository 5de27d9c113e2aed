//! Decisions as pure functions.
