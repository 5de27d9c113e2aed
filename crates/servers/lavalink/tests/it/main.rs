//! Tests of the audio node from outside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    unreachable_pub,
    reason = "tests"
)]

mod corrupt;
mod expiry;
mod fixture;
mod hls;
mod hostile;
mod http;
mod local;
mod mp3;
mod spotify;
mod voice;
mod words;
mod ytdlp;
mod ytdlp_real;
