//! What the program says of a video or a list, as `-J` writes it.

use std::collections::HashMap;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;

use crate::source::sponsor;
use crate::source::text::{address, name};
use crate::track::Extended;
use crate::wire::{Chapter, Playlist, PlaylistInfo, Track, TrackInfo};

/// Longest video that is believed, in seconds: a month.
const MOST_SECONDS: f64 = 2_678_400.0;
/// Chapters of a video.
const MOST_CHAPTERS: usize = 500;
/// Headers that are sent on.
const MOST_HEADERS: usize = 24;
/// Headers that say how bytes travel, or let somebody in, are not the program's business.
const OWN_HEADERS: [&str; 16] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "icy-metadata",
    "if-range",
    "keep-alive",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A video, or a list of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    #[serde(rename = "_type")]
    kind: Option<String>,
    id: Option<String>,
    title: Option<String>,
    track: Option<String>,
    artist: Option<String>,
    uploader: Option<String>,
    channel: Option<String>,
    album: Option<String>,
    isrc: Option<String>,
    duration: Option<f64>,
    is_live: Option<bool>,
    live_status: Option<String>,
    url: Option<String>,
    webpage_url: Option<String>,
    original_url: Option<String>,
    thumbnail: Option<String>,
    thumbnails: Option<Vec<Thumbnail>>,
    extractor: Option<String>,
    extractor_key: Option<String>,
    ie_key: Option<String>,
    channel_url: Option<String>,
    uploader_url: Option<String>,
    http_headers: Option<HashMap<String, Option<String>>>,
    requested_downloads: Option<Vec<Format>>,
    requested_formats: Option<Vec<Format>>,
    chapters: Option<Vec<Part>>,
    entries: Option<Vec<Option<Self>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Thumbnail {
    url: Option<String>,
}

/// Where bytes are.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    url: Option<String>,
    acodec: Option<String>,
    http_headers: Option<HashMap<String, Option<String>>>,
}

/// A chapter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part {
    start_time: Option<f64>,
    end_time: Option<f64>,
    title: Option<String>,
}

impl Item {
    /// Chapters, in order.
    pub(super) fn chapters(self) -> Vec<Chapter> {
        let chapter = |part: Part| {
            let (start, end) = (sponsor::milliseconds(part.start_time?)?, sponsor::milliseconds(part.end_time?)?);
            let name = part.title.as_deref().and_then(name)?;
            (start < end).then(|| Chapter { name, start, end, duration: end - start })
        };
        let parts = self.chapters.into_iter().flatten().take(MOST_CHAPTERS);
        let mut chapters: Vec<Chapter> = parts.filter_map(chapter).collect();
        chapters.sort_by_key(|chapter| chapter.start);
        chapters
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        self.entries.is_some() || matches!(self.kind.as_deref(), Some("playlist" | "multi_video"))
    }

    /// The tracks of a list; lists within it are laid open.
    pub(super) fn tracks(self, most: usize) -> Vec<Track> {
        let mut tracks = Vec::new();
        self.collect(most, &mut tracks);
        tracks
    }

    fn collect(self, most: usize, tracks: &mut Vec<Track>) {
        for item in self.entries.into_iter().flatten().flatten() {
            if tracks.len() >= most {
                return;
            }
            if item.entries.is_some() {
                item.collect(most, tracks);
            } else {
                tracks.extend(item.video());
            }
        }
    }

    /// A list as clients see it.
    pub(super) fn playlist(self, most: usize) -> Playlist {
        let title = self.title.as_deref().and_then(name).unwrap_or_else(|| "Playlist".to_owned());
        let url = self.webpage_url.as_deref().and_then(address);
        let artwork = self.artwork();
        let author = self.uploader.as_deref().or(self.channel.as_deref()).and_then(name);
        let tracks = self.tracks(most);
        let plugin_info = serde_json::Map::from_iter([
            ("type".to_owned(), "playlist".into()),
            ("url".to_owned(), url.into()),
            ("artworkUrl".to_owned(), artwork.into()),
            ("author".to_owned(), author.into()),
            ("totalTracks".to_owned(), tracks.len().into()),
        ]);
        Playlist { info: PlaylistInfo { name: title, selected_track: -1 }, plugin_info, tracks }
    }

    /// A video as a track, where it can be found again.
    pub(super) fn video(self) -> Option<Track> {
        let page = self.webpage_url.as_deref().or(self.original_url.as_deref()).or(self.url.as_deref());
        let uri = page.and_then(address)?;
        let site = self.ie_key.as_deref().or(self.extractor_key.as_deref()).or(self.extractor.as_deref());
        let site = site.unwrap_or_default().to_ascii_lowercase();
        let source = ["youtube", "soundcloud"].into_iter().find(|known| site.starts_with(known)).unwrap_or("ytdlp");
        let live = self.is_live == Some(true) || self.live_status.as_deref() == Some("is_live");
        let length = self.duration.filter(|seconds| !live && (0.0..MOST_SECONDS).contains(seconds)).map(milliseconds);
        let artwork_url = self.artwork();
        let author = [&self.artist, &self.uploader, &self.channel].into_iter().flatten().find_map(|text| name(text));
        let title = [&self.title, &self.track].into_iter().flatten().find_map(|text| name(text));
        let artist_url = [&self.channel_url, &self.uploader_url].into_iter().flatten().find_map(|url| address(url));
        let info = TrackInfo {
            identifier: self.id.as_deref().and_then(name).unwrap_or_else(|| uri.clone()),
            is_seekable: !live,
            author: author.unwrap_or_else(|| "Unknown artist".to_owned()),
            length: length.unwrap_or(TrackInfo::ENDLESS),
            is_stream: live,
            position: 0,
            title: title.unwrap_or_else(|| "Unknown title".to_owned()),
            uri: Some(uri),
            artwork_url,
            isrc: self.isrc.as_deref().and_then(name),
            source_name: source.to_owned(),
        };
        let album_name = self.album.as_deref().and_then(name);
        Some(Track::extended(info, &Extended { album_name, artist_url, ..Extended::default() }))
    }

    fn artwork(&self) -> Option<String> {
        let last = self.thumbnails.iter().flatten().rev().find_map(|thumbnail| thumbnail.url.as_deref());
        self.thumbnail.as_deref().or(last).and_then(address)
    }

    /// What is played of it: the video itself, or that one of a list which has the id.
    pub(super) fn one(self, id: &str) -> Option<Self> {
        let Some(entries) = self.entries else { return Some(self) };
        let mut all = entries.into_iter().flatten();
        all.find_map(|item| if item.entries.is_some() { item.one(id) } else { Some(item) }.filter(|item| item.has(id)))
    }

    fn has(&self, id: &str) -> bool {
        self.id.as_deref().and_then(name).is_some_and(|own| own == id)
    }

    /// Where its sound is, and what is to be said there.
    pub(super) fn sound(self) -> Option<(Url, HeaderMap)> {
        let heard = |format: &Format| format.url.is_some() && format.acodec.as_deref() != Some("none");
        let formats =
            self.requested_downloads.into_iter().flatten().chain(self.requested_formats.into_iter().flatten());
        let chosen = Format { url: self.url, acodec: None, http_headers: self.http_headers };
        let format = std::iter::once(chosen).chain(formats).find(heard)?;
        let url = Url::parse(&address(format.url.as_deref()?)?).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in format.http_headers.into_iter().flatten().take(MOST_HEADERS) {
            let name = HeaderName::try_from(name).ok().filter(is_free);
            let value = value.filter(|value| value.len() <= 1_024).and_then(|value| HeaderValue::try_from(value).ok());
            if let (Some(name), Some(value)) = (name, value) {
                headers.insert(name, value);
            }
        }
        Some((url, headers))
    }
}

fn is_free(name: &HeaderName) -> bool {
    !OWN_HEADERS.contains(&name.as_str()) && !name.as_str().starts_with("proxy-")
}

#[expect(clippy::cast_possible_truncation, reason = "a month of milliseconds fits")]
fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}
