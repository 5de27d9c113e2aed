//! Routes of well-known plugins, in their shapes: LavaSearch, LavaSrc.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::Value;

use super::answer::{Json, Refusal, Result, parse};
use super::tracks::{PATIENCE, find, parameter};
use crate::node::Node;
use crate::wire::{Exception, LoadResult, Playlist, SearchResult};

/// Longest query.
const MOST_QUERY: usize = 1_024;

/// `GET /v4/loadsearch`: tracks and playlists of what a search finds, or 204.
pub(super) async fn search(State(node): State<Arc<Node>>, RawQuery(query): RawQuery) -> Result<Response> {
    let words = parameter(query.as_deref(), "query").ok_or_else(|| Refusal::bad("query is missing"))?;
    if words.len() > MOST_QUERY {
        return Err(Refusal::bad("query is too long"));
    }
    let types = parameter(query.as_deref(), "types").unwrap_or_default();
    let kinds: Vec<String> =
        types.split(',').map(str::trim).filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    let wants = |kind: &str| kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind);
    let patience = tokio::time::timeout(PATIENCE, node.sources.search(&words, &kinds));
    let found = match patience.await {
        Ok(Some(found)) => found.map_err(|error| failed(error.into()))?,
        Ok(None) => match find(&node, &words).await {
            LoadResult::Track(track) => SearchResult { tracks: vec![*track], ..SearchResult::default() },
            LoadResult::Search(tracks) => SearchResult { tracks, ..SearchResult::default() },
            LoadResult::Playlist(playlist) => {
                SearchResult { tracks: playlist.tracks.clone(), playlists: vec![*playlist], ..SearchResult::default() }
            }
            LoadResult::Empty => SearchResult::default(),
            LoadResult::Error(error) => return Err(failed(error)),
        },
        Err(_) => return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the source takes too long")),
    };
    let keep = |kind: &str, lists: Vec<Playlist>| if wants(kind) { lists } else { Vec::new() };
    let found = SearchResult {
        tracks: if wants("track") { found.tracks } else { Vec::new() },
        albums: keep("album", found.albums),
        artists: keep("artist", found.artists),
        playlists: keep("playlist", found.playlists),
        ..found
    };
    if found == SearchResult::default() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Json(found).into_response())
}

fn failed(error: Exception) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.message.unwrap_or_default()).because(error.cause)
}

/// `PATCH /v4/lavasrc/config`: credentials for sources that can be changed while they run.
pub(super) async fn configure_sources(State(node): State<Arc<Node>>, body: Bytes) -> Result<StatusCode> {
    let settings: Value = parse(&body)?;
    node.sources.configure(&settings).await.map_err(Refusal::bad)?;
    Ok(StatusCode::NO_CONTENT)
}
