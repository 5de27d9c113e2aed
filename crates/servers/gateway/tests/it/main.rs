//! The gateway on a real socket, with a real bus and an invented backend.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod client;
mod compression;
mod events;
mod handshake;
mod hostile;
mod members;
mod resume;
mod rig;
mod shapes;
mod voice;
