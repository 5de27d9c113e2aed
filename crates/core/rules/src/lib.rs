//! Decisions as pure functions: no I/O, no clock, no randomness.

pub mod permissions;
pub mod staff;
