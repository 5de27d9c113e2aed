//! Loading and decoding of tracks.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use http::StatusCode;

use super::answer::{Json, Refusal, Result, parse};
use crate::node::Node;
use crate::track::BlobError;
use crate::wire::{Exception, LoadResult, Severity, Track};

/// Longest identifier.
const MOST_IDENTIFIER: usize = 8 * 1024;
/// Blobs in one request.
const MOST_BLOBS: usize = 5_000;
/// How long a source may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The value of a query's parameter.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query?).ok()?;
    pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Whether a parameter says yes, in any of the ways that Spring understands: Python's clients say `True`.
pub(super) fn said_yes(query: Option<&str>, name: &str) -> bool {
    parameter(query, name)
        .is_some_and(|said| ["true", "on", "yes", "1"].iter().any(|yes| said.trim().eq_ignore_ascii_case(yes)))
}

/// Asks the sources, but not for ever.
pub(super) async fn find(node: &Node, identifier: &str) -> LoadResult {
    match tokio::time::timeout(PATIENCE, node.sources.load(identifier)).await {
        Ok(result) => result,
        Err(_) => LoadResult::Error(Exception {
            message: Some("the source takes too long".into()),
            severity: Severity::Suspicious,
            cause: "timed out".into(),
            cause_stack_trace: "timed out".into(),
        }),
    }
}

pub(super) async fn load(State(node): State<Arc<Node>>, RawQuery(query): RawQuery) -> Result<Json<LoadResult>> {
    let identifier = parameter(query.as_deref(), "identifier").ok_or_else(|| Refusal::bad("identifier is missing"))?;
    if identifier.len() > MOST_IDENTIFIER {
        return Err(Refusal::bad("identifier is too long"));
    }
    if identifier.trim().is_empty() {
        return Ok(Json(LoadResult::Empty));
    }
    Ok(Json(find(&node, &identifier).await))
}

pub(super) async fn decode(RawQuery(query): RawQuery) -> Result<Json<Track>> {
    let query = query.as_deref();
    let encoded = parameter(query, "encodedTrack").or_else(|| parameter(query, "track"));
    let encoded = encoded.ok_or_else(|| Refusal::bad("no track to decode provided"))?;
    Track::decode(&encoded).map(Json).map_err(wrong_blob)
}

pub(super) async fn decode_many(body: Bytes) -> Result<Json<Vec<Track>>> {
    let blobs: Vec<String> = parse(&body)?;
    if blobs.is_empty() {
        return Err(Refusal::bad("no tracks to decode provided"));
    }
    if blobs.len() > MOST_BLOBS {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too many tracks"));
    }
    blobs.iter().map(|blob| Track::decode(blob).map_err(wrong_blob)).collect::<Result<_>>().map(Json)
}

pub(super) fn wrong_blob(error: BlobError) -> Refusal {
    Refusal::bad("the track cannot be decoded").because(error.to_string())
}
