//! Samples in, samples out: resampling, filters, loudness, crossfade, limiter, time stretch, Opus.
//!
//! No I/O, no clock, no randomness. Sound is interleaved stereo of 32-bit floats at 48 kHz, and moves in blocks of 20 ms.
//!
//! ```text
//! Source ─ gain of its track ─┐
//! Source ─ gain of its track ─┴ crossfade ─ timescale ─ filters ─┐
//! Source ─ speech, effects ─ ducks what is above ────────────────┴ volume ─ limiter ─ Opus
//! ```
//!
//! A [`Deck`] is one player's sound: it holds [`Source`]s and is asked for 20 ms at a time. Where nothing changes the
//! samples and the source has Opus already, the packets go through untouched.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "samples and their counts go between integers and floats all the time"
)]

mod deck;
mod error;
mod fade;
pub mod filter;
mod layer;
mod limiter;
pub mod loudness;
mod mixer;
pub mod opus;
mod polyphase;
mod resample;
mod sinc;
mod source;
mod stretch;
#[cfg(test)]
mod testing;

pub use deck::{Deck, Settings, Sound, Step};
pub use error::{Error, Result};
pub use filter::{FilterError, Filters};
pub use layer::Duck;
pub use limiter::Limiter;
pub use mixer::Join;
pub use resample::Resampler;
pub use source::{Packets, Pulled, Queue, Source, tame};

/// Frames a second.
pub const RATE: u32 = 48_000;
/// Samples a frame.
pub const CHANNELS: usize = 2;
/// Frames of 20 ms.
pub const BLOCK: usize = 960;
/// Samples of 20 ms.
pub const SAMPLES: usize = BLOCK * CHANNELS;

/// A factor of so many decibels.
pub fn factor(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

/// Decibels of a factor.
pub fn decibels(factor: f32) -> f32 {
    20.0 * factor.log10()
}
