//! The queue that a node keeps for clients that ask for it. A player has one from the first request that changes it on.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use guildhall_wire::patch::Patch;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::{Json, Refusal, Result, parse};
use super::players::{self, guild, player};
use super::sessions::session;
use super::tracks::wrong_blob;
use crate::node::Node;
use crate::player::Player;
use crate::queue::{Loop, MOST, Queue};
use crate::wire::Track;

type Place = Path<(String, String)>;

/// A queue as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    #[serde(rename = "loop")]
    mode: Loop,
    autoplay: Option<String>,
    current: Option<Track>,
    tracks: Vec<Track>,
    history: Vec<Track>,
}

/// A track to be added.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    encoded: String,
    #[serde(default)]
    user_data: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Update {
    #[serde(rename = "loop")]
    mode: Patch<Loop>,
    autoplay: Patch<String>,
    shuffle: Patch<bool>,
}

fn own(node: &Arc<Node>, (id, guild_id): (String, String)) -> Result<Arc<Player>> {
    players::own(node, &session(node, &id)?, guild(&guild_id)?)
}

/// The player and what its queue says to something.
fn with<T>(player: &Player, work: impl FnOnce(&mut Queue) -> T) -> T {
    player.with(|state| {
        state.unsaved = true;
        work(state.queue.get_or_insert_default())
    })
}

fn view(player: &Player) -> View {
    player.with(|state| {
        let queue = state.queue.clone().unwrap_or_default();
        View {
            mode: queue.mode,
            autoplay: queue.autoplay,
            current: state.track.clone(),
            tracks: queue.tracks.into(),
            history: queue.history.into(),
        }
    })
}

/// Refuses what would begin a track where nothing plays, and there is no processor time for that.
fn admit(node: &Node, player: &Player, begins: bool, first: Option<&Track>) -> Result<()> {
    let Some(track) = first.filter(|_| begins) else { return Ok(()) };
    players::admit(node, player.with(|state| state.tier()), &track.info.source_name)
}

/// As [`admit`], for what is in the queue already.
fn admit_own(node: &Node, player: &Player, which: impl FnOnce(&Queue) -> Option<&Track>) -> Result<()> {
    let (idle, first) = player.with(|state| (state.is_idle(), state.queue.as_ref().and_then(which).cloned()));
    admit(node, player, idle, first.as_ref())
}

fn read(body: &Bytes) -> Result<Vec<Track>> {
    let wanted: Vec<Wanted> = parse(body)?;
    if wanted.len() > MOST {
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too many tracks"));
    }
    let read = |wanted: Wanted| {
        Track::decode(&wanted.encoded).map(|track| Track { user_data: wanted.user_data, ..track }).map_err(wrong_blob)
    };
    wanted.into_iter().map(read).collect()
}

pub(super) async fn show(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<Json<View>> {
    Ok(Json(view(&*player(&node, &id, &guild_id)?)))
}

pub(super) async fn update(State(node): State<Arc<Node>>, Path(place): Place, body: Bytes) -> Result<Json<View>> {
    let update: Update = parse(&body)?;
    let player = own(&node, place)?;
    if let Patch::Value(autoplay) = &update.autoplay
        && autoplay.len() > 1_024
    {
        return Err(Refusal::bad("autoplay is too long"));
    }
    with(&player, |queue| {
        if let Patch::Value(mode) = update.mode {
            queue.mode = mode;
        }
        match update.autoplay {
            Patch::Value(autoplay) => queue.autoplay = Some(autoplay),
            Patch::Null => queue.autoplay = None,
            Patch::Absent => {}
        }
        if matches!(update.shuffle, Patch::Value(true)) {
            queue.shuffle(|| {
                let mut bytes = [0; 8];
                let _ = getrandom::fill(&mut bytes);
                u64::from_le_bytes(bytes)
            });
        }
    });
    player.plan();
    Ok(Json(view(&player)))
}

pub(super) async fn drop_queue(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<StatusCode> {
    let player = player(&node, &id, &guild_id)?;
    player.with(|state| {
        state.queue = None;
        state.unsaved = true;
    });
    player.follow(None);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn add(State(node): State<Arc<Node>>, Path(place): Place, body: Bytes) -> Result<Json<View>> {
    let tracks = read(&body)?;
    let player = own(&node, place)?;
    admit(&node, &player, player.with(|state| state.track.is_none()), tracks.first())?;
    let fits = with(&player, |queue| {
        let fits = queue.tracks.len() + tracks.len() <= MOST;
        if fits {
            queue.tracks.extend(tracks);
        }
        fits
    });
    if !fits {
        return Err(Refusal::bad("the queue is full"));
    }
    player.settle();
    Ok(Json(view(&player)))
}

pub(super) async fn replace(State(node): State<Arc<Node>>, Path(place): Place, body: Bytes) -> Result<Json<View>> {
    let tracks = read(&body)?;
    let player = own(&node, place)?;
    admit(&node, &player, player.with(|state| state.track.is_none()), tracks.first())?;
    with(&player, |queue| queue.tracks = tracks.into());
    player.settle();
    Ok(Json(view(&player)))
}

pub(super) async fn clear(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<StatusCode> {
    let player = player(&node, &id, &guild_id)?;
    with(&player, |queue| queue.tracks.clear());
    player.plan();
    Ok(StatusCode::NO_CONTENT)
}

fn index(text: &str) -> Result<usize> {
    text.parse().map_err(|_| Refusal::bad("the index is not a number"))
}

pub(super) async fn one(
    State(node): State<Arc<Node>>,
    Path((id, guild_id, at)): Path<(String, String, String)>,
) -> Result<Json<Track>> {
    let at = index(&at)?;
    let player = player(&node, &id, &guild_id)?;
    let track = player.with(|state| state.queue.as_ref().and_then(|queue| queue.tracks.get(at).cloned()));
    track.map(Json).ok_or_else(|| Refusal::not_found("no such track in the queue"))
}

pub(super) async fn remove(
    State(node): State<Arc<Node>>,
    Path((id, guild_id, at)): Path<(String, String, String)>,
) -> Result<StatusCode> {
    let at = index(&at)?;
    let player = player(&node, &id, &guild_id)?;
    let removed = with(&player, |queue| queue.tracks.remove(at));
    player.plan();
    removed.map(|_| StatusCode::NO_CONTENT).ok_or_else(|| Refusal::not_found("no such track in the queue"))
}

pub(super) async fn history(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<Json<Vec<Track>>> {
    Ok(Json(view(&*player(&node, &id, &guild_id)?).history))
}

pub(super) async fn forget(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<StatusCode> {
    with(&*player(&node, &id, &guild_id)?, |queue| queue.history.clear());
    Ok(StatusCode::NO_CONTENT)
}

/// The next track, now. A track that is repeated is left by this.
pub(super) async fn next(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<Json<Track>> {
    let player = player(&node, &id, &guild_id)?;
    admit_own(&node, &player, |queue| queue.tracks.front())?;
    player.skip().map(Json).ok_or_else(|| Refusal::not_found("the queue is empty"))
}

pub(super) async fn previous(State(node): State<Arc<Node>>, Path((id, guild_id)): Place) -> Result<Json<Track>> {
    let player = player(&node, &id, &guild_id)?;
    admit_own(&node, &player, |queue| queue.history.front())?;
    player.back().map(Json).ok_or_else(|| Refusal::not_found("nothing was before"))
}
