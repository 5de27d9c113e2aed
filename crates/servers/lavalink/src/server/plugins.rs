//! Routes of well-known plugins, in their shapes: LavaSearch, LavaLyrics, LavaSrc.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Json, Refusal, Result, parse};
use super::players::player;
use super::tracks::{find, parameter, wrong_blob};
use crate::node::Node;
use crate::wire::{LoadResult, Track, TrackInfo};

/// Longest query.
const MOST_QUERY: usize = 1_024;

/// `GET /v4/loadsearch`: tracks and playlists of what a search finds, or 204.
pub(super) async fn search(State(node): State<Arc<Node>>, RawQuery(query): RawQuery) -> Result<Response> {
    let words = parameter(query.as_deref(), "query").ok_or_else(|| Refusal::bad("query is missing"))?;
    if words.len() > MOST_QUERY {
        return Err(Refusal::bad("query is too long"));
    }
    let types = parameter(query.as_deref(), "types").unwrap_or_default();
    let wants = |kind: &str| types.is_empty() || types.split(',').any(|wanted| wanted.trim() == kind);
    let (tracks, playlists) = match find(&node, &words).await {
        LoadResult::Track(track) => (vec![*track], Vec::new()),
        LoadResult::Search(tracks) => (tracks, Vec::new()),
        LoadResult::Playlist(playlist) => (playlist.tracks.clone(), vec![*playlist]),
        LoadResult::Empty => return Ok(StatusCode::NO_CONTENT.into_response()),
        LoadResult::Error(error) => {
            let message = error.message.unwrap_or_default();
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, message).because(error.cause));
        }
    };
    let found = json!({
        "tracks": if wants("track") { tracks } else { Vec::new() },
        "albums": [],
        "artists": [],
        "playlists": if wants("playlist") { playlists } else { Vec::new() },
        "texts": [],
        "plugin": {},
    });
    Ok(Json(found).into_response())
}

async fn lyrics(node: &Node, track: &TrackInfo) -> Response {
    match node.sources.lyrics(track).await {
        Some(lyrics) => Json(lyrics).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

pub(super) async fn lyrics_of_track(State(node): State<Arc<Node>>, RawQuery(query): RawQuery) -> Result<Response> {
    let encoded = parameter(query.as_deref(), "track").ok_or_else(|| Refusal::bad("track is missing"))?;
    let track = Track::decode(&encoded).map_err(wrong_blob)?;
    Ok(lyrics(&node, &track.info).await)
}

pub(super) async fn lyrics_of_player(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<Response> {
    let player = player(&node, &id, &guild_id)?;
    let track = player.with(|state| state.track.clone());
    let track = track.ok_or_else(|| Refusal::not_found("nothing plays"))?;
    Ok(lyrics(&node, &track.info).await)
}

/// `PATCH /v4/lavasrc/config`: credentials for sources that can be changed while they run.
pub(super) async fn configure_sources(State(node): State<Arc<Node>>, body: Bytes) -> Result<StatusCode> {
    let settings: Value = parse(&body)?;
    node.sources.configure(&settings).await.map_err(Refusal::bad)?;
    Ok(StatusCode::NO_CONTENT)
}
