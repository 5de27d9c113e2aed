//! The program itself, from outside: stock clients and people talk to it as they would to any server.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod bot;
mod command;
mod crash;
mod data;
mod dice;
mod health;
mod hostile;
mod nodes;
mod process;
mod schemathesis;
mod settings;
mod stage;
mod stock;
mod stop;
mod twilight;
mod whole;
