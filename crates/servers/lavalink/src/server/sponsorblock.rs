//! What is skipped, at the routes of the plugin for SponsorBlock.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use http::StatusCode;

use super::answer::{Json, Refusal, Result};
use super::players::{guild, own, player};
use super::sessions::session;
use crate::node::Node;

/// Categories that one player skips.
const MOST: usize = 32;
/// Longest name of a category.
const MOST_NAME: usize = 40;

fn known(node: &Node) -> Result<()> {
    if node.sources.plugins().contains(&"sponsorblock-plugin") {
        Ok(())
    } else {
        Err(Refusal::not_found("sponsorblock is switched off"))
    }
}

pub(super) async fn show(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<Json<Vec<String>>> {
    known(&node)?;
    let categories = player(&node, &id, &guild_id)?.categories();
    categories.map(Json).ok_or_else(|| Refusal::not_found("the player skips nothing"))
}

pub(super) async fn replace(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode> {
    known(&node)?;
    let session = session(&node, &id)?;
    let guild_id = guild(&guild_id)?;
    let wrong = |error: serde_json::Error| Refusal::bad(format!("the body is no list of categories: {error}"));
    let mut categories: Vec<String> = serde_json::from_slice(&body).map_err(wrong)?;
    categories.sort();
    categories.dedup();
    let plain = |name: &String| {
        (1..=MOST_NAME).contains(&name.len()) && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    if categories.len() > MOST || !categories.iter().all(plain) {
        return Err(Refusal::bad("categories are at most 32 names such as `sponsor` and `music_offtopic`"));
    }
    let player = own(&node, &session, guild_id)?;
    player.set_categories(Some(categories));
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove(
    State(node): State<Arc<Node>>,
    Path((id, guild_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    known(&node)?;
    if let Some(player) = session(&node, &id)?.player(guild(&guild_id)?) {
        player.set_categories(None);
    }
    Ok(StatusCode::NO_CONTENT)
}
