//! Parts of videos that listeners would rather skip, from an API in the shape of SponsorBlock's. It is asked for all videos
//! whose hashed names begin alike, so that it does not learn which of them plays.

use std::fmt::Write as _;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::fetch::{Ask, Fetch, FetchError};
use crate::wire::{Segment, TrackInfo};

/// Letters of the hashed name that are told.
const PREFIX: usize = 4;
/// Segments of one video.
const MOST_SEGMENTS: usize = 200;

/// Knows segments.
pub(super) struct SponsorBlock {
    fetch: Fetch,
    url: Url,
}

#[derive(Deserialize)]
struct Video {
    #[serde(rename = "videoID")]
    id: String,
    #[serde(default)]
    segments: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    category: String,
    segment: [f64; 2],
}

impl SponsorBlock {
    pub(super) fn new(url: Url, fetch: Fetch) -> Self {
        Self { fetch, url }
    }

    /// The segments of a video, in order.
    pub(super) async fn segments(&self, track: &TrackInfo, categories: &[String]) -> Result<Vec<Segment>, FetchError> {
        if track.source_name != "youtube" || track.is_stream || categories.is_empty() {
            return Ok(Vec::new());
        }
        let mut url = self.url.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().extend(["api", "skipSegments", &prefix(&track.identifier)]);
        }
        let names = serde_json::to_string(categories).unwrap_or_default();
        url.query_pairs_mut().append_pair("categories", &names).append_pair("actionTypes", "[\"skip\"]");
        let bytes = match self.fetch.document(Ask::get(url)).await {
            Ok((_, bytes)) => bytes,
            // Nobody marked anything.
            Err(FetchError::Status(404)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let videos: Vec<Video> =
            serde_json::from_slice(&bytes).map_err(|error| FetchError::Content(error.to_string()))?;
        let found = videos.into_iter().filter(|video| video.id == track.identifier).flat_map(|video| video.segments);
        let mut segments: Vec<Segment> = found
            .filter(|found| categories.contains(&found.category))
            .filter_map(|found| {
                let [start, end] = found.segment.map(milliseconds);
                let (start, end) = (start?, end?);
                (start < end).then_some(Segment { category: found.category, start, end })
            })
            .take(MOST_SEGMENTS)
            .collect();
        segments.sort_by_key(|segment| (segment.start, segment.end));
        Ok(segments)
    }
}

/// Of the name of a video, hashed.
fn prefix(id: &str) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(id).iter().take(PREFIX / 2) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Seconds as milliseconds, where that makes sense.
pub(super) fn milliseconds(seconds: f64) -> Option<u64> {
    let duration = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(duration.as_millis()).ok().filter(|length| *length < 31 * 86_400_000)
}
