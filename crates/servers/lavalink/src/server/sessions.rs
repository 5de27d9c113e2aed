//! Sessions: whether they wait for their client, and for how long.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use guildhall_wire::loose::Float;
use guildhall_wire::patch::Patch;

use super::answer::{Json, Refusal, Result, parse};
use super::players::whole;
use crate::node::Node;
use crate::session::Session;
use crate::wire::{SessionState, SessionUpdate};

/// Longest wait, in seconds: a day.
const MOST_TIMEOUT: u64 = 86_400;

pub(super) fn session(node: &Node, id: &str) -> Result<Arc<Session>> {
    node.session(id).ok_or_else(|| Refusal::not_found("session not found"))
}

pub(super) async fn update(
    State(node): State<Arc<Node>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<SessionState>> {
    let session = session(&node, &id)?;
    let update: SessionUpdate = parse(&body)?;
    let resuming = match update.resuming {
        Patch::Value(resuming) => Some(resuming),
        Patch::Null | Patch::Absent => None,
    };
    let timeout = match update.timeout {
        Patch::Value(Float(seconds)) => Some(whole(seconds, "timeout")?.min(MOST_TIMEOUT)),
        Patch::Null | Patch::Absent => None,
    };
    let events = match update.events {
        Patch::Value(events) => Some(events),
        Patch::Null | Patch::Absent => None,
    };
    Ok(Json(session.configure(resuming, timeout, events)))
}
