//! The API as its clients see it: status, rows and events, on both engines.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod admin;
mod attachment;
mod auth;
mod channel;
mod emoji;
mod guild;
mod image;
mod interaction;
mod invite;
mod member;
mod message;
mod mfa;
mod relationship;
mod role;
mod search;
mod settings;
mod strangers;
mod thread;
mod webhook;
mod widget;
