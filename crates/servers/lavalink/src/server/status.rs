//! The status page, and what it shows.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::answer::{Json, Refusal, Result};
use crate::node::Node;
use crate::player::BOUNDS;

const PAGE: &str = include_str!("status.html");
/// Players that are shown.
const MOST: usize = 500;

/// The page holds no data: it asks for the password and then for the data.
pub(super) async fn page() -> Response {
    let mut response = Html(PAGE).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [("content-security-policy", policy), ("referrer-policy", "no-referrer")] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

pub(super) async fn status(State(node): State<Arc<Node>>) -> Json<Value> {
    let mut players = node.players();
    // Each stays where it is on the page.
    players.sort_by_key(|player| player.key);
    let players: Vec<_> = players
        .iter()
        .take(MOST)
        .map(|player| {
            let shown = player.show();
            let (counts, worker) = player.with(|state| (state.counts, state.worker()));
            let sending = player.with(|state| state.sending);
            let (peaks, passes) = player.with(|state| (state.levels.peaks(), state.levels.passes()));
            json!({
                "guildId": shown.guild_id,
                "title": shown.track.as_ref().map(|track| &track.info.title),
                "author": shown.track.as_ref().map(|track| &track.info.author),
                "length": shown.track.as_ref().filter(|track| !track.info.is_stream).map(|track| track.info.length),
                "position": shown.state.position,
                "paused": shown.paused,
                "connected": shown.state.connected,
                "ping": shown.state.ping,
                "volume": shown.volume,
                "worker": worker,
                // dBFS, each tenth of a second; what passes through as it came has none.
                "peaks": peaks,
                "passesThrough": passes,
                "sent": counts.sent,
                "nulled": counts.nulled,
                "underruns": sending.underruns,
                // Frames by how late they were, in the places of `delayBounds` and one behind them.
                "delays": sending.delays,
            })
        })
        .collect();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "stats": node.stats(None),
        "sessions": node.sessions().iter().map(|session| json!({
            "client": session.client,
            "userId": session.user_id.to_string(),
            "connected": session.is_open(),
            "players": session.players().len(),
        })).collect::<Vec<_>>(),
        "workers": node.grid.view(),
        "short": node.grid.is_short(0),
        // Milliseconds.
        "delayBounds": BOUNDS.map(|micros| f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1_000.0),
        "players": players,
    }))
}

/// Lets a worker go, for an update: its players go on elsewhere first.
pub(super) async fn drain(State(node): State<Arc<Node>>, Path(id): Path<String>) -> Result<StatusCode> {
    let id = id.parse().map_err(|_| Refusal::bad("the worker is not a number"))?;
    if node.grid.retired(&node, id).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::not_found("worker not found"))
    }
}
