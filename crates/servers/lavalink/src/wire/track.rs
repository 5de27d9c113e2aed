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
