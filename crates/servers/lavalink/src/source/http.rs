//! Addresses of files and radio stations.

use url::Url;

use super::decode::DecodeError;
use super::fetch::{Answer, Ask, Fetch, FetchError, Remote, RemoteInfo};
use super::hls::Hls;
use super::lyrics;
use super::media::Media;
use super::playlist::{Entry, List, m3u, pls};
use super::{SourceError, Stream};
use crate::wire::{LoadResult, Lyrics, Playlist, PlaylistInfo, Track, TrackInfo};

/// Lists that lead to lists, at most.
const MOST_LISTS: u8 = 3;
/// Bytes of a list that are read at once, where the others of the runtime wait.
const SHORT_LIST: usize = 64 * 1024;

/// The source `http`.
pub(super) struct Http {
    fetch: Fetch,
}

impl From<FetchError> for SourceError {
    fn from(error: FetchError) -> Self {
        match &error {
            FetchError::Address(_) => Self::common("That is no address that can be played.", &error),
            FetchError::Private(_) => Self::common("That address may not be played from.", &error),
            FetchError::Resolve(_) | FetchError::Connect(_) => {
                Self::suspicious("Connecting to the address failed.", &error)
            }
            FetchError::Status(404 | 410) => Self::common("Nothing is found at that address.", &error),
            FetchError::Status(_) | FetchError::Later(..) => {
                Self::suspicious("The address answered with an error.", &error)
            }
            FetchError::Timeout(_) | FetchError::Slow => Self::suspicious("The address answers too slowly.", &error),
            FetchError::Redirects
            | FetchError::Large(_)
            | FetchError::Encoding(_)
            | FetchError::Broken(_)
            | FetchError::Content(_) => Self::suspicious("The address answered with something strange.", &error),
        }
    }
}

/// What an address leads to.
enum Found {
    File(Box<Remote>),
    Pieces(Box<Hls>),
    Entries(Url, Vec<Entry>),
}

impl Http {
    pub(super) fn new(fetch: Fetch) -> Self {
        Self { fetch }
    }

    /// Whether an identifier is for this source.
    pub(super) fn address(identifier: &str) -> Option<Url> {
        let url = Url::parse(identifier.trim()).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    }

    /// What an address leads to.
    pub(super) async fn load(&self, url: &Url) -> LoadResult {
        match self.try_load(url).await {
            Ok(result) => result,
            Err(error) => LoadResult::Error(error.into()),
        }
    }

    async fn try_load(&self, url: &Url) -> Result<LoadResult, SourceError> {
        Ok(match self.find(url.clone()).await? {
            Found::Entries(_, entries) if entries.is_empty() => LoadResult::Empty,
            Found::Entries(from, entries) => LoadResult::Playlist(Box::new(listing(&from, entries))),
            Found::File(remote) => {
                let about = remote.info.clone();
                let media = Media::remote(remote.reader, 0).await?;
                LoadResult::Track(Box::new(track(url, &about, &media)))
            }
            Found::Pieces(hls) => {
                let length = hls.length();
                let info = TrackInfo {
                    identifier: url.to_string(),
                    is_seekable: length.is_some(),
                    author: "Unknown artist".to_owned(),
                    length: length.and_then(|length| i64::try_from(length).ok()).unwrap_or(TrackInfo::ENDLESS),
                    is_stream: length.is_none(),
                    position: 0,
                    title: named(url).unwrap_or_else(|| "Unknown title".to_owned()),
                    uri: Some(url.to_string()),
                    artwork_url: None,
                    isrc: None,
                    source_name: "http".to_owned(),
                };
                LoadResult::Track(Box::new(Track::new(info, Some("hls"))))
            }
        })
    }

    /// Opens what an address leads to; of a list, its first entry.
    pub(super) async fn open(&self, identifier: &str, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let mut url =
            Self::address(identifier).ok_or_else(|| FetchError::Address(identifier.chars().take(100).collect()))?;
        for _ in 0..=MOST_LISTS {
            match self.find(url).await? {
                Found::File(remote) => {
                    let media = Media::remote(remote.reader, position).await?;
                    return Ok(Box::new(media.with_titles(remote.title)));
                }
                Found::Pieces(hls) => return Ok(Box::new(hls.play(position).await?)),
                Found::Entries(_, entries) => {
                    let first = entries.into_iter().next();
                    url = first.ok_or_else(|| SourceError::common("The list is empty.", "it has no entries"))?.url;
                }
            }
        }
        Err(SourceError::common("The list leads only to lists.", "too many lists"))
    }

    /// The words in the tags of a file, which is asked for its beginning once more. Radio and pieces have none.
    pub(super) async fn lyrics(&self, identifier: &str) -> Option<Lyrics> {
        let Found::File(remote) = self.find(Self::address(identifier)?).await.ok()? else { return None };
        remote.info.length?;
        let words = Media::words(remote.reader).await?;
        Some(lyrics::of_text("http", "http", &words))
    }

    /// Asks an address, and follows lists of one entry.
    async fn find(&self, mut url: Url) -> Result<Found, SourceError> {
        for _ in 0..=MOST_LISTS {
            let mut ask = Ask::get(url.clone());
            (ask.from, ask.icy) = (Some(0), true);
            let answer = self.fetch.ask(ask.clone()).await?;
            if !is_list(&answer) {
                return Ok(Found::File(Box::new(Remote::of(&self.fetch, ask, answer))));
            }
            let from = answer.url.clone();
            let bytes = self.fetch.rest(answer).await?;
            let entries = match list(&from, bytes).await? {
                Listed::Pieces(text) => {
                    return Ok(Found::Pieces(Box::new(Hls::open(&self.fetch, &url, &from, &text).await?)));
                }
                Listed::Entries(entries) => entries,
            };
            match <[Entry; 1]>::try_from(entries) {
                Ok([only]) => url = only.url,
                Err(entries) => return Ok(Found::Entries(from, entries)),
            }
        }
        Err(SourceError::common("The list leads only to lists.", "too many lists"))
    }
}

/// What a list says.
enum Listed {
    /// Pieces of one stream, by this text.
    Pieces(String),
    Entries(Vec<Entry>),
}

/// Reads a list: elsewhere, where that may take a while.
async fn list(from: &Url, bytes: Vec<u8>) -> Result<Listed, SourceError> {
    if bytes.len() <= SHORT_LIST {
        return read(from, &bytes);
    }
    let from = from.clone();
    let reading = tokio::task::spawn_blocking(move || read(&from, &bytes));
    reading.await.map_err(|cause| SourceError::fault("The list cannot be read.", cause))?
}

fn read(from: &Url, bytes: &[u8]) -> Result<Listed, SourceError> {
    let text = String::from_utf8_lossy(bytes);
    match List::of(&text) {
        Some(List::Hls) => Ok(Listed::Pieces(text.into_owned())),
        Some(List::M3u) => Ok(Listed::Entries(m3u(from, &text))),
        Some(List::Pls) => Ok(Listed::Entries(pls(from, &text))),
        None => Err(DecodeError::Unknown.into()),
    }
}

fn is_list(answer: &Answer) -> bool {
    let content_type = answer.header(http::header::CONTENT_TYPE).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // A radio that calls itself a list is still a radio.
    List::expected(&content_type, &answer.url) && answer.header("icy-metaint").is_none()
}

fn track(url: &Url, about: &RemoteInfo, media: &Media) -> Track {
    let details = media.details();
    let length = about.length.and(details.length).and_then(|length| i64::try_from(length).ok());
    let tags = details.tags.clone();
    let info = TrackInfo {
        identifier: url.to_string(),
        is_seekable: about.seekable && length.is_some(),
        author: tags.artist.or_else(|| about.genre.clone()).unwrap_or_else(|| "Unknown artist".to_owned()),
        length: length.unwrap_or(TrackInfo::ENDLESS),
        is_stream: about.length.is_none(),
        position: 0,
        title: tags.title.or_else(|| about.station.clone()).unwrap_or_else(|| "Unknown title".to_owned()),
        uri: Some(url.to_string()),
        artwork_url: None,
        isrc: tags.isrc,
        source_name: "http".to_owned(),
    };
    Track::new(info, Some(details.kind.name()))
}

fn listing(from: &Url, entries: Vec<Entry>) -> Playlist {
    let track = |entry: Entry| {
        let length = entry.length.and_then(|length| i64::try_from(length).ok());
        let info = TrackInfo {
            identifier: entry.url.to_string(),
            is_seekable: length.is_some(),
            author: "Unknown artist".to_owned(),
            length: length.unwrap_or(TrackInfo::ENDLESS),
            is_stream: length.is_none(),
            position: 0,
            title: entry.title.or_else(|| named(&entry.url)).unwrap_or_else(|| "Unknown title".to_owned()),
            uri: Some(entry.url.to_string()),
            artwork_url: None,
            isrc: None,
            source_name: "http".to_owned(),
        };
        Track::new(info, Some("file"))
    };
    let name = named(from).unwrap_or_else(|| "Playlist".to_owned());
    Playlist {
        info: PlaylistInfo { name, selected_track: -1 },
        plugin_info: serde_json::Map::new(),
        tracks: entries.into_iter().map(track).collect(),
    }
}

/// The last part of an address, readable.
fn named(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back().filter(|last| !last.is_empty())?;
    let text = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    Some(text.chars().filter(|c| !c.is_control()).take(200).collect())
}
