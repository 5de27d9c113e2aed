//! Speech and effects over what plays, at the routes where NodeLink has them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use guildhall_wire::patch::Patch;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Json, Refusal, Result, parse};
use super::players::{admit, player, resolve};
use crate::node::Node;
use crate::player::NoLayer;
use crate::wire::TrackUpdate;

/// How loud it is where nobody says so.
const VOLUME: f64 = 0.8;

#[derive(Deserialize)]
struct Wanted {
    track: TrackUpdate,
    volume: Option<f64>,
}

#[derive(Deserialize)]
struct Volume {
    volume: f64,
}

fn volume(said: f64) -> Result<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "a volume needs no more")]
    let volume = said as f32;
    if (0.0..=1.0).contains(&volume) { Ok(volume) } else { Err(Refusal::bad("volume must be between 0 and 1")) }
}

fn number(id: &str) -> Result<u64> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Refusal {
    Refusal::not_found("mix not found")
}

pub(super) async fn list(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<Json<Value>> {
    Ok(Json(json!({ "mixes": player(&node, &id, &guild_id)?.layers() })))
}

pub(super) async fn add(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response> {
    let player = player(&node, &id, &guild_id)?;
    let wanted: Wanted = parse(&body)?;
    let volume = volume(wanted.volume.unwrap_or(VOLUME))?;
    let Patch::Value(track) = resolve(&node, wanted.track).await? else {
        return Err(Refusal::bad("track must say what is to be heard"));
    };
    // What is laid over a track is decoded too.
    if !player.with(|state| state.is_idle()) {
        admit(&node, player.with(|state| state.tier()), &track.info.source_name)?;
    }
    let layer = player.add_layer(track, volume).map_err(|why| match why {
        NoLayer::NothingPlays => Refusal::bad("nothing plays that something could be laid over"),
        NoLayer::TooMany => Refusal::bad("too much is heard at the same time"),
    })?;
    Ok((StatusCode::CREATED, Json(layer)).into_response())
}

pub(super) async fn update(
    State(node): State<Arc<Node>>,
    Path((id, guild_id, mix)): Path<(String, String, String)>,
    body: Bytes,
) -> Result<StatusCode> {
    let player = player(&node, &id, &guild_id)?;
    let volume = volume(parse::<Volume>(&body)?.volume)?;
    if player.set_layer_volume(number(&mix)?, volume) { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

pub(super) async fn remove(
    State(node): State<Arc<Node>>,
    Path((id, guild_id, mix)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let player = player(&node, &id, &guild_id)?;
    if player.remove_layer(number(&mix)?) { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}
