//! The API as its clients see it: status, rows and events, on both engines.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod admin;
mod application;
mod attachment;
mod auth;
mod automod;
mod channel;
mod command;
mod crosspost;
mod emoji;
mod endpoint;
mod forum;
mod gateway;
mod guild;
mod image;
mod integration;
mod interaction;
mod invite;
mod member;
mod message;
mod mfa;
mod mirror;
mod oauth2;
mod onboarding;
mod passkey;
mod poll;
mod private;
mod prune;
mod race;
mod rate;
mod relationship;
mod role;
mod role_connection;
mod schedule;
mod scheduled_event;
mod search;
mod settings;
mod strangers;
mod thread;
mod voice_state;
mod warning;
mod webhook;
mod welcome_screen;
mod widget;
