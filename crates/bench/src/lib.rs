//! Measures the server as its users meet it: the program as a process of its own, its clients over loopback, and beside
//! each figure the same measure of a named reference, taken in the same run by the same generator.
//!
//! A generator knows nothing of protocols: [`traffic`] has connections, crowds that count and senders that keep time. What
//! a protocol is like stands in [`hall`] (REST and gateway), [`irc`] and [`muc`].

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod hall;
mod irc;
mod large;
mod machine;
mod measure;
mod micro;
mod muc;
pub mod node;
mod process;
mod report;
pub mod sound;
mod traffic;

use std::path::PathBuf;

use clap::Parser;

pub use measure::run;
pub use report::Report;

/// What is measured and how long it may take.
#[derive(Clone, Debug, Parser)]
#[command(about = "Measure the server beside named references")]
pub struct Options {
    /// The server's program: a release build.
    #[arg(long)]
    pub server: PathBuf,
    /// Where data is written: on the disk that is to be measured.
    #[arg(long)]
    pub folder: PathBuf,
    /// Only see that everything runs: few clients, short times.
    #[arg(long)]
    pub quick: bool,
    /// Take the best of so many.
    #[arg(long, default_value_t = 3)]
    pub runs: u32,
    /// Only rows with this text in their name.
    #[arg(long)]
    pub only: Option<String>,
    /// Leave the references out.
    #[arg(long)]
    pub alone: bool,
    /// Print a table for a document.
    #[arg(long)]
    pub markdown: bool,
}
