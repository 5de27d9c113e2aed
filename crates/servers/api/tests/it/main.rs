//! The API as its clients see it: status, rows and events, on both engines.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod admin;
mod attachment;
mod auth;
mod channel;
mod guild;
mod invite;
mod member;
mod message;
mod mfa;
mod relationship;
mod role;
mod strangers;
mod thread;
