//! Discord's v10 protocol as Rust values: entities as they are sent, bodies as they are read, events, error codes.
//!
//! Everything here is data: no I/O, no clock, no randomness. Entities write `null` where Discord writes `null`; bodies are
//! read loosely, because real clients are loose (ids as numbers, floats for integers, nulls for absent fields).
//! Leaves whose round trip is clean (ids, timestamps) are borrowed from `twilight-model`.

pub mod admin;
pub mod application;
pub mod attachment;
pub mod audit_log;
pub mod automod;
pub mod ban;
pub mod channel;
pub mod command;
pub mod component;
pub mod discovery;
pub mod embed;
pub mod emoji;
pub mod entitlement;
pub mod error;
pub mod event;
mod form;
pub mod forum;
pub mod gateway;
pub mod gateway_info;
pub mod guild;
pub mod id;
pub mod integration;
pub mod interaction;
pub mod invite;
pub mod join_request;
pub mod linked_role;
pub mod loose;
pub mod member;
pub mod message;
pub mod multipart;
pub mod oauth2;
pub mod onboarding;
pub mod patch;
pub mod permissions;
pub mod poll;
pub mod presence;
pub mod reaction;
pub mod read_state;
pub mod relationship;
pub mod role;
pub mod role_connection;
pub mod scheduled_event;
pub mod search;
pub mod settings;
pub mod soundboard;
pub mod stage;
pub mod sticker;
pub mod template;
pub mod thread;
pub mod user;
pub mod voice;
pub mod warning;
pub mod webhook;
pub mod welcome_screen;
pub mod widget;

pub use error::{Code, FormErrors};
pub use event::Event;
pub use id::Id;
pub use patch::Patch;
pub use permissions::Permissions;
pub use twilight_model::util::Timestamp;
