//! Finds tracks that are only known by name in sources that play: by the number of the recording, then by title and artist.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use super::catalog::Playable;
use super::{SourceError, Stream};
use crate::lock;
use crate::wire::{LoadResult, TrackInfo};

/// How long looking may take in all.
const PATIENCE: Duration = Duration::from_secs(40);
/// What was found is remembered for so many tracks.
const MOST_KNOWN: usize = 2_000;
/// Of one provider, so many are tried.
const MOST_TRIED: usize = 3;
/// Recordings of the same length differ by no more, in milliseconds, or one part in [`PART`].
const SLACK: u64 = 5_000;
const PART: u64 = 20;

/// Where it is looked, in order.
pub(super) struct Mirror {
    providers: Vec<String>,
    known: Mutex<HashMap<String, TrackInfo>>,
}

impl Mirror {
    pub(super) fn new(providers: Vec<String>) -> Self {
        Self { providers, known: Mutex::default() }
    }

    /// Opens the same recording elsewhere.
    pub(super) async fn open(
        &self,
        sources: &Playable,
        track: &TrackInfo,
        position: u64,
    ) -> Result<Box<dyn Stream>, SourceError> {
        let slow = |_| SourceError::suspicious("Looking for the track takes too long.", "timed out");
        tokio::time::timeout(PATIENCE, self.look(sources, track, position)).await.map_err(slow)?
    }

    async fn look(&self, sources: &Playable, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        // What a client says of a track is its own: another who says something else does not get what this one found.
        let name = format!("{} {:?} {} {} {}", track.identifier, track.isrc, track.length, track.author, track.title);
        let known = lock(&self.known).get(&name).cloned();
        if let Some(known) = known {
            match sources.open(&known, position).await {
                Ok(stream) => return Ok(stream),
                Err(_) => lock(&self.known).remove(&name),
            };
        }
        let mut failed = None;
        for provider in &self.providers {
            let Some(identifier) = fill(provider, track) else { continue };
            let found = match sources.load(&identifier).await {
                LoadResult::Track(found) => vec![*found],
                LoadResult::Search(found) => found,
                LoadResult::Playlist(found) => found.tracks,
                LoadResult::Empty => continue,
                LoadResult::Error(error) => {
                    tracing::debug!(cause = error.cause, "a provider of tracks failed");
                    continue;
                }
            };
            let by_number = provider.contains("%ISRC%");
            for found in choose(track, found.into_iter().map(|found| found.info).collect(), by_number) {
                match sources.open(&found, position).await {
                    Ok(stream) => {
                        let mut known = lock(&self.known);
                        if known.len() >= MOST_KNOWN {
                            known.clear();
                        }
                        known.insert(name, found);
                        return Ok(stream);
                    }
                    Err(error) => failed = Some(error),
                }
            }
        }
        Err(failed.unwrap_or_else(|| SourceError::common("No source has this track.", "no provider found it")))
    }
}

/// What a provider is asked; nothing where the track lacks what it asks for.
fn fill(provider: &str, track: &TrackInfo) -> Option<String> {
    let isrc: String = track.isrc.iter().flat_map(|isrc| isrc.chars()).filter(char::is_ascii_alphanumeric).collect();
    if provider.contains("%ISRC%") && isrc.is_empty() {
        return None;
    }
    let plain = |text: &str| text.chars().filter(|c| !c.is_control() && *c != '"').collect::<String>();
    let (title, author) = (plain(&track.title), plain(&track.author));
    let filled = provider.replace("%ISRC%", &isrc).replace("%QUERY%", &format!("{title} {author}"));
    Some(filled.replace("%TITLE%", &title).replace("%AUTHOR%", &author))
}

/// Those that may be the same recording, the likeliest first.
fn choose(wanted: &TrackInfo, found: Vec<TrackInfo>, by_number: bool) -> Vec<TrackInfo> {
    let same = |found: &TrackInfo| match (&wanted.isrc, &found.isrc) {
        (Some(wanted), Some(found)) => wanted.eq_ignore_ascii_case(found),
        _ => false,
    };
    let mut ranked: Vec<(bool, u64, TrackInfo)> = found
        .into_iter()
        .filter(|found| !found.is_stream && found.source_name != wanted.source_name)
        .filter_map(|found| {
            let same = same(&found);
            let apart = apart(wanted, &found);
            (same || apart.is_some() && (by_number || alike(names(wanted), names(&found))))
                .then(|| (!same, apart.unwrap_or(u64::MAX), found))
        })
        .collect();
    ranked.sort_by_key(|(other, apart, _)| (*other, *apart));
    ranked.into_iter().take(MOST_TRIED).map(|(.., found)| found).collect()
}

/// Milliseconds between their lengths, where that is few enough.
fn apart(wanted: &TrackInfo, found: &TrackInfo) -> Option<u64> {
    let slack = (wanted.length.unsigned_abs() / PART).max(SLACK);
    // Who does not know how long it is may be right.
    let known = |track: &TrackInfo| (1..TrackInfo::ENDLESS).contains(&track.length);
    if !known(wanted) || !known(found) {
        return Some(slack);
    }
    Some(wanted.length.abs_diff(found.length)).filter(|apart| *apart <= slack)
}

fn names(track: &TrackInfo) -> (&str, &str) {
    (&track.title, &track.author)
}

/// Whether title and artist are somehow those that are wanted.
pub(super) fn alike(wanted: (&str, &str), found: (&str, &str)) -> bool {
    let letters =
        |text: &str| text.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect::<String>();
    let all = letters(&format!("{}{}", found.0, found.1));
    let has = |text: &str| {
        let words: Vec<String> = text.split_whitespace().map(letters).filter(|word| !word.is_empty()).collect();
        let hits = words.iter().filter(|word| all.contains(word.as_str())).count();
        hits * 2 >= words.len()
    };
    // What stands behind is about the recording, and everybody writes it differently.
    let title = wanted.0.split(['(', '[']).next().unwrap_or_default();
    let title = title.split(" - ").next().filter(|title| !title.trim().is_empty()).unwrap_or(wanted.0);
    has(title) && (found.1 == "Unknown artist" || has(wanted.1))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn track(title: &str, author: &str, length: i64, isrc: Option<&str>) -> TrackInfo {
        TrackInfo {
            identifier: title.to_owned(),
            is_seekable: true,
            author: author.to_owned(),
            length,
            is_stream: false,
            position: 0,
            title: title.to_owned(),
            uri: None,
            artwork_url: None,
            isrc: isrc.map(str::to_owned),
            source_name: "local".to_owned(),
        }
    }

    fn wanted() -> TrackInfo {
        let title = "Never \"Gonna\" Give You Up - Remaster";
        TrackInfo { source_name: "spotify".to_owned(), ..track(title, "Rick Astley", 213_000, Some("GB-ARL-9300135")) }
    }

    #[test]
    fn a_provider_is_asked_only_what_can_be_said() {
        let track = wanted();
        assert_eq!(fill("local:\"%ISRC%\"", &track).unwrap(), "local:\"GBARL9300135\"");
        assert_eq!(
            fill("ytsearch:%QUERY%", &track).unwrap(),
            "ytsearch:Never Gonna Give You Up - Remaster Rick Astley"
        );
        let none = TrackInfo { isrc: None, ..track };
        assert_eq!(fill("local:\"%ISRC%\"", &none), None);
        assert_eq!(fill("x:%AUTHOR%/%TITLE%", &none).unwrap(), "x:Rick Astley/Never Gonna Give You Up - Remaster");
    }

    #[test]
    fn the_likeliest_recording_is_chosen() {
        let found = vec![
            track("Never Gonna Give You Up (1 hour)", "RickAstleyVEVO", 3_600_000, None),
            track("Rick Astley - Never gonna give you up", "Somebody", 215_500, None),
            track("Never Gonna Give You Up", "RickAstleyVEVO", 212_000, None),
            track("Another song", "Rick Astley", 213_000, None),
            track("Never Gonna Give You Up", "A Choir", 213_000, None),
            track("Whatever it is called", "", 100, Some("gb-arl-9300135")),
            TrackInfo { is_stream: true, ..track("Never Gonna Give You Up", "Rick Astley", 213_000, None) },
            TrackInfo { source_name: "spotify".to_owned(), ..wanted() },
        ];
        let chosen = |by_number| {
            let chosen = choose(&wanted(), found.clone(), by_number);
            chosen.into_iter().map(|track| track.title).collect::<Vec<_>>()
        };
        let named = ["Whatever it is called", "Never Gonna Give You Up", "Rick Astley - Never gonna give you up"];
        assert_eq!(chosen(false), named);
        assert_eq!(chosen(true), ["Whatever it is called", "Another song", "Never Gonna Give You Up"]);
        assert!(
            choose(&wanted(), vec![track("Never Gonna Give You Up", "Rick Astley", 200_000, None)], false).is_empty()
        );
    }
}
