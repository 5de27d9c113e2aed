//! `guildhall node` from outside: stock clients of Lavalink talk to the real program, and what they play is heard on a voice
//! server of the tests.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod clients;
mod cut;
mod dave;
mod kill;
mod late;
mod lavalink_rs;
mod process;
mod receive;
mod sweep;
