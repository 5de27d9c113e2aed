//! Tracks as clients see them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is known about a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackInfo {
    /// The source's own name for it: an address, a path, an id.
    pub identifier: String,
    /// Whether its position can be changed.
    pub is_seekable: bool,
    /// Who made it.
    pub author: String,
    /// Milliseconds; [`TrackInfo::ENDLESS`] when it has no end.
    pub length: i64,
    /// Whether it has no end.
    pub is_stream: bool,
    /// Where it is to begin, in milliseconds.
    pub position: i64,
    /// What it is called.
    pub title: String,
    /// Where people find it.
    pub uri: Option<String>,
    /// A picture.
    pub artwork_url: Option<String>,
    /// The International Standard Recording Code.
    pub isrc: Option<String>,
    /// Which source plays it.
    pub source_name: String,
}

impl TrackInfo {
    /// The length of what has no end.
    pub const ENDLESS: i64 = i64::MAX;
}

/// A track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Track {
    /// The blob that clients keep and send back; see [`crate::track`].
    pub encoded: String,
    /// What is known about it.
    pub info: TrackInfo,
    /// What sources know beyond that: album, artist's page, preview.
    pub plugin_info: Map<String, Value>,
    /// What the client said about it.
    pub user_data: Map<String, Value>,
}

/// The words of a track, in the shape of LavaLyrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lyrics {
    /// The source that the track comes from.
    pub source_name: String,
    /// Who has the words.
    pub provider: String,
    /// All of them.
    pub text: Option<String>,
    /// Line by line, where it is known when each is sung.
    pub lines: Vec<Line>,
    /// Nothing more.
    pub plugin: Map<String, Value>,
}

/// A line that is sung.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// When, in milliseconds.
    pub timestamp: i64,
    /// For how long.
    pub duration: Option<i64>,
    /// What.
    pub line: String,
    /// Nothing more.
    pub plugin: Map<String, Value>,
}
