//! Words of songs of any source, from an API in the shape of LRCLIB's. It is told title, artist and length of what is asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use url::Url;

use super::fetch::{Ask, Fetch, FetchError};
use super::mirror::alike;
use super::patience::{Patience, Turn};
use super::{lyrics, text};
use crate::lock;
use crate::wire::{Lyrics, TrackInfo};

/// Under this name it is told who has the words.
const NAME: &str = "lrclib";
/// Songs that are remembered, and for how long: who has no words today may have some tomorrow.
const MOST_KNOWN: usize = 256;
const KNOWN: Duration = Duration::from_hours(6);
/// Bytes of all words that are remembered.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Questions at the same time.
const MOST_ASKING: usize = 4;
/// How long an answer may take in all.
const WAIT: Duration = Duration::from_secs(15);
/// Seconds by which recordings of the same length differ at most, as the API has it itself.
const SLACK: f64 = 2.0;
/// Of a search, so many are looked at.
const MOST_FOUND: usize = 50;

/// Knows words.
pub(super) struct Lrclib {
    fetch: Fetch,
    url: Url,
    patience: Patience,
    known: Mutex<VecDeque<Known>>,
    asking: Semaphore,
}

/// What is known of a song.
struct Known {
    song: Song,
    at: Instant,
    words: Words,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Words {
    Are(Arc<str>),
    /// Nobody has any.
    None,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Song {
    title: String,
    artist: String,
    /// Seconds, where that is known.
    length: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    #[serde(default)]
    track_name: String,
    #[serde(default)]
    artist_name: String,
    duration: Option<f64>,
    synced_lyrics: Option<String>,
    plain_lyrics: Option<String>,
}

impl Found {
    /// The words, those with times first; nothing of what is only played.
    fn words(self) -> Option<String> {
        let some = |text: &String| !text.trim().is_empty();
        self.synced_lyrics.filter(some).or_else(|| self.plain_lyrics.filter(some))
    }

    /// Seconds by which it is longer or shorter than a song, where it may be the same.
    fn apart(&self, song: &Song) -> Option<f64> {
        let wanted = (song.title.as_str(), song.artist.as_str());
        alike(wanted, (&self.track_name, &self.artist_name)).then_some(())?;
        let (Some(length), Some(duration)) = (song.length, self.duration) else { return Some(SLACK) };
        // Whoever rounds is wrong by a second.
        let length = f64::from(u32::try_from(length).unwrap_or(u32::MAX));
        Some((duration - length).abs()).filter(|apart| *apart <= SLACK + 1.0)
    }
}

impl Song {
    /// What a track is called where that is known: titles of videos name the artist too, and what they are.
    fn of(track: &TrackInfo) -> Option<Self> {
        if track.is_stream {
            return None;
        }
        let known = |text: &str, none: &str| text::name(text).filter(|text| text != none);
        let title = known(&track.title, "Unknown title")?;
        let author = known(&track.author, "Unknown artist");
        let author =
            author.map(|author| author.trim_end_matches(" - Topic").trim_end_matches("VEVO").trim().to_owned());
        let (artist, title) = match (title.split_once(" - "), author) {
            (Some((artist, rest)), author) if author.is_none() || track.source_name == "youtube" => {
                (artist.to_owned(), rest.to_owned())
            }
            (_, author) => (author?, title),
        };
        let about = ["official", "video", "audio", "lyric", "visuali", "hd", "hq", "4k", "remaster"];
        let mut title = title.trim().to_owned();
        while let Some(at) = title.rfind(['(', '[']).filter(|at| *at > 0 && title.ends_with([')', ']'])) {
            let inside = title.get(at..).unwrap_or_default().to_lowercase();
            if !about.iter().any(|word| inside.contains(word)) {
                break;
            }
            title = title.get(..at).unwrap_or_default().trim().to_owned();
        }
        let length = u64::try_from(track.length).ok().filter(|length| (1_000..86_400_000).contains(length));
        let artist = artist.trim().to_owned();
        (!title.is_empty() && !artist.is_empty()).then_some(Self {
            title,
            artist,
            length: length.map(|ms| (ms + 500) / 1_000),
        })
    }
}

impl Lrclib {
    pub(super) fn new(url: Url, fetch: Fetch) -> Self {
        let asking = Semaphore::new(MOST_ASKING);
        Self { fetch, url, patience: Patience::default(), known: Mutex::default(), asking }
    }

    /// The words of a track, with times where somebody wrote them down.
    pub(super) async fn lyrics(&self, track: &TrackInfo) -> Option<Lyrics> {
        let song = Song::of(track)?;
        let words = match self.remembered(&song) {
            Some(known) => known,
            None => self.ask(song).await?,
        };
        match words {
            Words::Are(words) => Some(lyrics::of_text(&track.source_name, NAME, &words)),
            Words::None => None,
        }
    }

    fn remembered(&self, song: &Song) -> Option<Words> {
        let known = lock(&self.known);
        known.iter().find(|known| known.song == *song && known.at.elapsed() < KNOWN).map(|known| known.words.clone())
    }

    /// Nothing where it cannot be said.
    async fn ask(&self, song: Song) -> Option<Words> {
        let asking = async {
            let _turn = self.asking.acquire().await.ok()?;
            // Who waited behind somebody who asked the same is answered.
            if let Some(known) = self.remembered(&song) {
                return Some(known);
            }
            let words = match self.look(&song).await {
                Ok(words) => words.map_or(Words::None, |words| Words::Are(words.into())),
                Err(cause) => {
                    tracing::warn!(%cause, "failed to ask for words");
                    return None;
                }
            };
            self.remember(Known { song, at: Instant::now(), words: words.clone() });
            Some(words)
        };
        tokio::time::timeout(WAIT, asking).await.ok().flatten()
    }

    fn remember(&self, new: Known) {
        let mut known = lock(&self.known);
        known.retain(|known| known.song != new.song);
        known.push_back(new);
        let size = |known: &Known| match &known.words {
            Words::Are(words) => words.len(),
            Words::None => 0,
        };
        let mut bytes: usize = known.iter().map(size).sum();
        while known.len() > MOST_KNOWN || bytes > MOST_BYTES {
            bytes -= known.pop_front().as_ref().map_or(0, size);
        }
    }

    /// Asks by name and length, and where nothing is known by these, looks at what is called alike.
    async fn look(&self, song: &Song) -> Result<Option<String>, FetchError> {
        let length = song.length.map(|length| length.to_string());
        let mut query = vec![("track_name", song.title.as_str()), ("artist_name", &song.artist)];
        let names = query.clone();
        query.extend(length.as_deref().map(|length| ("duration", length)));
        if let Some(words) = self.get::<Found>("get", &query).await?.and_then(Found::words) {
            return Ok(Some(words));
        }
        let found: Vec<Found> = self.get("search", &names).await?.unwrap_or_default();
        let mut found: Vec<(bool, f64, Found)> = found
            .into_iter()
            .take(MOST_FOUND)
            .filter_map(|found| Some((found.synced_lyrics.is_none(), found.apart(song)?, found)))
            .collect();
        found.sort_by(|(plain, apart, _), (other, further, _)| {
            (plain, apart).partial_cmp(&(other, further)).unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(found.into_iter().find_map(|(.., found)| found.words()))
    }

    /// Nothing where the API knows none.
    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<Option<T>, FetchError> {
        let mut url = self.url.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(["api", path]);
        }
        url.query_pairs_mut().extend_pairs(query);
        let turn = Turn::new();
        loop {
            self.patience.wait(&turn).await?;
            match self.fetch.document(Ask::get(url.clone())).await {
                // An older one wants the album as well, which nobody knows here.
                Err(FetchError::Status(400 | 404)) => return Ok(None),
                Err(error) if self.patience.note(&error) => {}
                Err(error) => return Err(error),
                Ok((_, bytes)) => {
                    let read = serde_json::from_slice(&bytes);
                    return read.map(Some).map_err(|error| FetchError::Content(error.to_string()));
                }
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn track(source: &str, title: &str, author: &str) -> TrackInfo {
        TrackInfo {
            identifier: "x".to_owned(),
            is_seekable: true,
            author: author.to_owned(),
            length: 199_600,
            is_stream: false,
            position: 0,
            title: title.to_owned(),
            uri: None,
            artwork_url: None,
            isrc: None,
            source_name: source.to_owned(),
        }
    }

    #[test]
    fn songs_are_named_as_they_are_called() {
        for (source, title, author, wanted) in [
            ("local", "Two Words", "Somebody", Some(("Two Words", "Somebody"))),
            ("local", "Two - Words", "Somebody", Some(("Two - Words", "Somebody"))),
            ("youtube", "Two Words", "Somebody - Topic", Some(("Two Words", "Somebody"))),
            ("youtube", "Somebody - Two Words (Official Video) [HD]", "SomebodyVEVO", Some(("Two Words", "Somebody"))),
            ("youtube", "Somebody - Two (and a Half)", "channel", Some(("Two (and a Half)", "Somebody"))),
            ("http", "Somebody - Two Words", "Unknown artist", Some(("Two Words", "Somebody"))),
            ("http", "Two Words", "Unknown artist", None),
            ("http", "Unknown title", "Somebody", None),
            ("local", "(Official)", "Somebody", Some(("(Official)", "Somebody"))),
        ] {
            let song = Song::of(&track(source, title, author));
            let named = song.as_ref().map(|song| (song.title.as_str(), song.artist.as_str()));
            assert_eq!(named, wanted, "{title}");
            assert!(song.is_none_or(|song| song.length == Some(200)));
        }
        let radio = TrackInfo { is_stream: true, length: TrackInfo::ENDLESS, ..track("http", "A - B", "") };
        assert_eq!(Song::of(&radio), None);
    }

    #[test]
    fn what_is_remembered_takes_only_so_much_room() {
        let lrclib = Lrclib::new(
            Url::parse("http://h.test").unwrap(),
            Fetch::new(super::super::fetch::FetchSettings::default()).unwrap(),
        );
        let song = |number: usize| Song { title: number.to_string(), artist: String::new(), length: None };
        let learn = |number: usize, size: usize| {
            let words = if size > 0 { Words::Are("x".repeat(size).into()) } else { Words::None };
            lrclib.remember(Known { song: song(number), at: Instant::now(), words });
        };
        (0..MOST_KNOWN + 10).for_each(|number| learn(number, 0));
        assert_eq!(lock(&lrclib.known).len(), MOST_KNOWN);
        assert!(lrclib.remembered(&song(9)).is_none() && lrclib.remembered(&song(10)) == Some(Words::None));
        (0..10).for_each(|number| learn(number, 1 << 20));
        assert!(lrclib.remembered(&song(5)).is_none() && lrclib.remembered(&song(9)).is_some());
        learn(9, 3);
        assert_eq!(lrclib.remembered(&song(9)), Some(Words::Are("xxx".into())));
    }
}
