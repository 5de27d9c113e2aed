//! The node from outside: REST, WebSocket, and what is heard.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod artwork;
mod clients;
mod closed;
mod events;
mod figures;
mod grid;
mod hear;
mod hosts;
mod loudness;
mod player;
mod protocol;
mod queue;
mod radio;
mod receive;
mod resume;
mod routes;
mod sponsor;
mod sweep;
mod town;
mod upload;
