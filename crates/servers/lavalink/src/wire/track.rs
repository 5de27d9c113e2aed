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

    /// The identifier as logs may have it: of an address without what may be a password or a token.
    pub(crate) fn public_identifier(&self) -> String {
        let identifier = self.identifier.trim();
        match url::Url::parse(identifier) {
            Ok(mut url) if url.has_host() => {
                let _ = url.set_username("");
                let _ = url.set_password(None);
                url.set_query(None);
                url.set_fragment(None);
                url.into()
            }
            // Others have no such parts, or nobody can tell where they are.
            Err(_) if identifier.contains("//") => "an address that cannot be read".to_owned(),
            _ => identifier.to_owned(),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_have_no_secrets_of_addresses() {
        for (identifier, public) in [
            ("https://name:secret@radio.test:8000/live?token=secret#secret", "https://radio.test:8000/live"),
            (" HTTP://name@radio.test", "http://radio.test/"),
            ("http://name:secret@[radio", "an address that cannot be read"),
            ("tone:440:10", "tone:440:10"),
            ("music/album/a song.flac", "music/album/a song.flac"),
            ("dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ] {
            let info = TrackInfo {
                identifier: identifier.to_owned(),
                is_seekable: false,
                author: String::new(),
                length: 0,
                is_stream: false,
                position: 0,
                title: String::new(),
                uri: None,
                artwork_url: None,
                isrc: None,
                source_name: String::new(),
            };
            assert_eq!(info.public_identifier(), public);
        }
    }
}
