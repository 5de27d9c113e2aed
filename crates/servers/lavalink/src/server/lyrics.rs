//! Words of songs, at the routes of LavaLyrics.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::answer::{Json, Refusal, Result};
use super::players::{guild, own, player};
use super::sessions::session;
use super::tracks::{parameter, wrong_blob};
use crate::node::Node;
use crate::wire::{Track, TrackInfo};

async fn lyrics(node: &Node, track: &TrackInfo) -> Response {
    match node.sources.lyrics(track).await {
        Some(lyrics) => Json(lyrics).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

pub(super) async fn of_track(State(node): State<Arc<Node>>, RawQuery(query): RawQuery) -> Result<Response> {
    let query = query.as_deref();
    // The one is in the plugin's documentation, the other in its code.
    let encoded = parameter(query, "track").or_else(|| parameter(query, "encodedTrack"));
    let encoded = encoded.ok_or_else(|| Refusal::bad("track is missing"))?;
    let track = Track::decode(&encoded).map_err(wrong_blob)?;
    Ok(lyrics(&node, &track.info).await)
}

pub(super) async fn of_player(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<Response> {
    let player = player(&node, &id, &guild_id)?;
    let track = player.with(|state| state.track.clone());
    let track = track.ok_or_else(|| Refusal::not_found("nothing plays"))?;
    Ok(lyrics(&node, &track.info).await)
}

/// Tells the session of the words of this player's tracks, line by line.
pub(super) async fn subscribe(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    let session = session(&node, &id)?;
    own(&node, &session, guild(&guild_id)?)?.subscribe();
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn unsubscribe(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    if let Some(player) = session(&node, &id)?.player(guild(&guild_id)?) {
        player.unsubscribe();
    }
    Ok(StatusCode::NO_CONTENT)
}
