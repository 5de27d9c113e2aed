//! What the API answers, as far as it is read.

use serde::Deserialize;

use crate::source::text::{address, name};
use crate::track::Extended;
use crate::wire::{Playlist, PlaylistInfo, Track, TrackInfo};

/// Milliseconds of a preview.
const PREVIEW_LENGTH: i64 = 30_000;
/// Longest track that is believed: a day.
const MOST_LENGTH: i64 = 86_400_000;

/// The key to everything else.
#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) expires_in: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    #[serde(default = "Vec::new")]
    pub(super) items: Vec<Option<T>>,
    #[serde(default)]
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Many {
    #[serde(default)]
    pub(super) tracks: Vec<Option<Song>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Artists {
    #[serde(default)]
    pub(super) artists: Vec<Option<Artist>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Found {
    pub(super) tracks: Option<Page<Song>>,
    pub(super) albums: Option<Page<Album>>,
    pub(super) artists: Option<Page<Artist>>,
    pub(super) playlists: Option<Page<List>>,
}

/// An entry of a playlist; what is not there any more is null.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub(super) track: Option<Song>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Song {
    pub(super) id: Option<String>,
    name: Option<String>,
    pub(super) artists: Option<Vec<Artist>>,
    pub(super) album: Option<Album>,
    duration_ms: Option<i64>,
    external_ids: Option<Ids>,
    external_urls: Option<Urls>,
    preview_url: Option<String>,
    is_local: Option<bool>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Artist {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    external_urls: Option<Urls>,
    pub(super) images: Option<Vec<Picture>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Album {
    pub(super) name: Option<String>,
    pub(super) artists: Option<Vec<Artist>>,
    external_urls: Option<Urls>,
    images: Option<Vec<Picture>>,
    total_tracks: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct List {
    name: Option<String>,
    owner: Option<Owner>,
    external_urls: Option<Urls>,
    images: Option<Vec<Picture>>,
    tracks: Option<Total>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Total {
    total: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Owner {
    display_name: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Ids {
    isrc: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Urls {
    spotify: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Picture {
    url: Option<String>,
}

fn page(urls: Option<&Urls>) -> Option<String> {
    urls?.spotify.as_deref().and_then(address)
}

fn picture(images: Option<&Vec<Picture>>) -> Option<String> {
    images?.first()?.url.as_deref().and_then(address)
}

impl Song {
    /// As a track, or as its preview; nothing for episodes, local files and what has no name.
    pub(super) fn track(self, preview: bool) -> Option<Track> {
        if self.is_local == Some(true) || self.kind.as_deref().is_some_and(|kind| kind != "track") {
            return None;
        }
        let artist = self.artists.as_ref().and_then(|artists| artists.first());
        let album = self.album.as_ref();
        let info = TrackInfo {
            identifier: name(self.id.as_deref()?)?,
            is_seekable: true,
            author: artist
                .and_then(|artist| name(artist.name.as_deref()?))
                .unwrap_or_else(|| "Unknown artist".to_owned()),
            length: if preview { PREVIEW_LENGTH } else { self.duration_ms?.clamp(0, MOST_LENGTH) },
            is_stream: false,
            position: 0,
            title: name(self.name.as_deref()?)?,
            uri: page(self.external_urls.as_ref()),
            artwork_url: picture(album.and_then(|album| album.images.as_ref())),
            isrc: self.external_ids.as_ref().and_then(|ids| name(ids.isrc.as_deref()?)),
            source_name: super::NAME.to_owned(),
        };
        let extended = Extended {
            album_name: album.and_then(|album| name(album.name.as_deref()?)),
            album_url: page(album.and_then(|album| album.external_urls.as_ref())),
            artist_url: page(artist.and_then(|artist| artist.external_urls.as_ref())),
            artist_artwork_url: picture(artist.and_then(|artist| artist.images.as_ref())),
            preview_url: self.preview(),
            is_preview: preview,
        };
        Some(Track::extended(info, &extended))
    }

    /// Where its preview is.
    pub(super) fn preview(&self) -> Option<String> {
        self.preview_url.as_deref().and_then(address)
    }

    /// The artist that stands first.
    pub(super) fn first_artist(&mut self) -> Option<&mut Artist> {
        self.artists.as_mut()?.first_mut()
    }
}

/// A list of tracks in the shape of LavaSrc.
struct About {
    kind: &'static str,
    name: Option<String>,
    url: Option<String>,
    artwork: Option<String>,
    author: Option<String>,
    total: Option<u32>,
}

impl About {
    fn with(self, tracks: Vec<Track>) -> Playlist {
        let plugin_info = serde_json::Map::from_iter([
            ("type".to_owned(), self.kind.into()),
            ("url".to_owned(), self.url.into()),
            ("artworkUrl".to_owned(), self.artwork.into()),
            ("author".to_owned(), self.author.into()),
            ("totalTracks".to_owned(), self.total.into()),
        ]);
        let name = self.name.unwrap_or_else(|| "Unknown".to_owned());
        Playlist { info: PlaylistInfo { name, selected_track: -1 }, plugin_info, tracks }
    }
}

impl Album {
    pub(super) fn playlist(&self, tracks: Vec<Track>) -> Playlist {
        let artist = self.artists.as_ref().and_then(|artists| artists.first());
        About {
            kind: "album",
            name: self.name.as_deref().and_then(name),
            url: page(self.external_urls.as_ref()),
            artwork: picture(self.images.as_ref()),
            author: artist.and_then(|artist| name(artist.name.as_deref()?)),
            total: self.total_tracks,
        }
        .with(tracks)
    }
}

impl Artist {
    pub(super) fn playlist(&self, tracks: Vec<Track>) -> Playlist {
        let author = self.name.as_deref().and_then(name);
        About {
            kind: "artist",
            name: author.as_ref().map(|name| format!("{name}'s Top Tracks")),
            url: page(self.external_urls.as_ref()),
            artwork: picture(self.images.as_ref()),
            author,
            total: (!tracks.is_empty()).then(|| u32::try_from(tracks.len()).unwrap_or(u32::MAX)),
        }
        .with(tracks)
    }
}

impl List {
    pub(super) fn playlist(&self, tracks: Vec<Track>) -> Playlist {
        About {
            kind: "playlist",
            name: self.name.as_deref().and_then(name),
            url: page(self.external_urls.as_ref()),
            artwork: picture(self.images.as_ref()),
            author: self.owner.as_ref().and_then(|owner| name(owner.display_name.as_deref()?)),
            total: self.tracks.as_ref().and_then(|tracks| tracks.total),
        }
        .with(tracks)
    }
}

/// Tracks that the API recommends.
pub(super) fn recommended(tracks: Vec<Track>) -> Playlist {
    let name = Some("Spotify Recommendations:".to_owned());
    About { kind: "recommendations", name, url: None, artwork: None, author: None, total: None }.with(tracks)
}
