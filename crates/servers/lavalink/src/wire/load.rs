//! What `loadtracks` answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Exception, Track};

/// A list of tracks with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Playlist {
    /// Its name and which of its tracks was asked for.
    pub info: PlaylistInfo,
    /// What sources know beyond that.
    pub plugin_info: Map<String, Value>,
    /// Its tracks.
    pub tracks: Vec<Track>,
}

/// About a playlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaylistInfo {
    /// What it is called.
    pub name: String,
    /// The track that was asked for, or -1.
    pub selected_track: i32,
}

/// What a search finds, in the shape of LavaSearch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SearchResult {
    /// Tracks.
    pub tracks: Vec<Track>,
    /// Albums, without their tracks.
    pub albums: Vec<Playlist>,
    /// Artists, without their tracks.
    pub artists: Vec<Playlist>,
    /// Playlists, with or without their tracks.
    pub playlists: Vec<Playlist>,
    /// Nothing: no source completes words.
    pub texts: Vec<Value>,
    /// Nothing more.
    pub plugin: Map<String, Value>,
}

/// What an identifier leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadResult {
    /// One track.
    Track(Box<Track>),
    /// A playlist.
    Playlist(Box<Playlist>),
    /// What a search found.
    Search(Vec<Track>),
    /// Nothing.
    Empty,
    /// It could not be loaded.
    Error(Exception),
}

impl Serialize for LoadResult {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut result = serializer.serialize_struct("LoadResult", 2)?;
        match self {
            Self::Track(track) => {
                result.serialize_field("loadType", "track")?;
                result.serialize_field("data", track)?;
            }
            Self::Playlist(playlist) => {
                result.serialize_field("loadType", "playlist")?;
                result.serialize_field("data", playlist)?;
            }
            Self::Search(tracks) => {
                result.serialize_field("loadType", "search")?;
                result.serialize_field("data", tracks)?;
            }
            Self::Empty => {
                result.serialize_field("loadType", "empty")?;
                result.serialize_field("data", &Map::new())?;
            }
            Self::Error(exception) => {
                result.serialize_field("loadType", "error")?;
                result.serialize_field("data", exception)?;
            }
        }
        result.end()
    }
}
