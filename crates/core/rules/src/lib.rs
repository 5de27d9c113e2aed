//! Decisions as pure functions: no I/O, no clock, no randomness.

pub mod notification;
pub mod permissions;
pub mod staff;
pub mod thread;
