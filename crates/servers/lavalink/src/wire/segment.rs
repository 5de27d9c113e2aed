//! Parts of a track: what listeners would rather skip, and chapters. In the shape of the plugin for SponsorBlock.

use serde::{Deserialize, Serialize};

/// A part that is skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// What it is: `sponsor`, `intro` and the like.
    pub category: String,
    /// Where it begins, in milliseconds.
    pub start: u64,
    /// Where it ends, in milliseconds.
    pub end: u64,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// What it is called.
    pub name: String,
    /// Where it begins, in milliseconds.
    pub start: u64,
    /// Where it ends, in milliseconds.
    pub end: u64,
    /// How long it is, in milliseconds.
    pub duration: u64,
}
