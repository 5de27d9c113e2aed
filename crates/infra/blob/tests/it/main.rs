//! The file store from outside, over a folder and over a bucket.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that panics has failed")]
#![expect(clippy::cast_possible_truncation, reason = "sizes in tests are small")]

mod attachment;
mod bucket;
mod external;
mod fixture;
mod hostile;
mod image;
mod media;
mod served;
mod support;
