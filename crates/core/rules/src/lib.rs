//! Decisions as pure functions: no I/O, no clock, no randomness.

pub mod address;
pub mod automod;
pub mod hierarchy;
pub mod link;
pub mod linked_role;
pub mod mention;
pub mod notification;
pub mod page;
pub mod permissions;
pub mod recurrence;
pub mod slow_mode;
pub mod staff;
pub mod thread;
pub mod verification;
