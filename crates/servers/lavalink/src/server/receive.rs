//! What is said in a channel, for whoever plays in it: `/v4/websocket/voice/{guild}`, as NodeLink has it.
//!
//! The route, its headers and its frames are those of NodeLink 3 (`src/server/wsRouter.ts`, `src/voice/voiceRelay.ts`, `src/voice/voiceFrames.ts`
//! in PerformanC/NodeLink): a client that hears there hears here. NodeLink has one format for all, by its settings; here each receiver names
//! its own (`?format=`). NodeLink lets everybody in who knows the password; here it must be the bot whose player is in the guild.
//! `/connection/data` with the header `Guild-Id` is where NodeLink 2 had it, with whole recordings in JSON.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use tokio::time::timeout;

use super::answer::{Refusal, Result};
use super::players::guild;
use crate::node::Node;
use crate::player::Player;
use crate::receive::{Form, Format, Frame, Receiver, Teller, Told};

/// How often a client is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// For a client that takes nothing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Clients send nothing that is longer.
const MOST_MESSAGE: usize = 64 * 1024;

type Upgrade = std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// What a client may ask for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    form: Option<Form>,
    format: Option<Format>,
}

pub(super) async fn voice(
    State(node): State<Arc<Node>>,
    Path(guild): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    open(&node, &guild, query.as_deref(), Form::NodeLink, &headers, upgrade).unwrap_or_else(Refusal::into_response)
}

pub(super) async fn older(
    State(node): State<Arc<Node>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    let guild = text(&headers, "guild-id").unwrap_or_default().to_owned();
    open(&node, &guild, query.as_deref(), Form::Json, &headers, upgrade).unwrap_or_else(Refusal::into_response)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn open(
    node: &Arc<Node>,
    guild_id: &str,
    query: Option<&str>,
    usual: Form,
    headers: &HeaderMap,
    upgrade: Upgrade,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|_| Refusal::bad("can \"upgrade\" only to \"websocket\""))?;
    let user_id = text(headers, "user-id").and_then(|id| id.parse::<u64>().ok()).filter(|id| *id > 0);
    let user_id = user_id.ok_or_else(|| Refusal::bad("User-Id is missing or not a number"))?;
    let guild_id = guild(guild_id)?;
    let wanted: Wanted = serde_urlencoded::from_str(query.unwrap_or_default())
        .map_err(|error| Refusal::bad(format!("the query cannot be read: {error}")))?;
    let player = find(node, user_id, guild_id, text(headers, "session-id"));
    let player = player.ok_or_else(|| Refusal::not_found("player not found"))?;
    let receiver = Receiver::of(&player)
        .ok_or_else(|| Refusal::new(StatusCode::TOO_MANY_REQUESTS, "the player has too many receivers"))?;
    let all = text(headers, "guildhall-events").is_some_and(|events| events.eq_ignore_ascii_case("all"));
    let teller = Teller::new(guild_id, wanted.form.unwrap_or(usual), wanted.format.unwrap_or_default(), all);
    tracing::info!(guild = guild_id, "a receiver connects");
    Ok(upgrade.max_message_size(MOST_MESSAGE).on_upgrade(move |socket| serve(receiver, teller, socket)))
}

/// The player of a bot in a guild. Of several sessions, the one that is named, or else one that is connected.
fn find(node: &Node, user_id: u64, guild_id: u64, session: Option<&str>) -> Option<Arc<Player>> {
    let mut sessions = node.sessions();
    sessions.retain(|one| one.user_id == user_id);
    if sessions.iter().any(|one| Some(one.id.as_str()) == session) {
        sessions.retain(|one| Some(one.id.as_str()) == session);
    }
    let players = sessions.iter().filter_map(|session| session.player(guild_id));
    players.max_by_key(|player| player.show().state.connected)
}

async fn serve(receiver: Receiver, mut teller: Teller, mut socket: WebSocket) {
    let mut ping = tokio::time::interval(PING);
    ping.tick().await;
    let (mut answered, mut frames) = (true, Vec::new());
    loop {
        tokio::select! {
            told = receiver.next() => {
                let closed = if let Told::Closed(code, reason) = &told { Some((*code, *reason)) } else { None };
                teller.tell(told, &mut frames);
                for frame in frames.drain(..) {
                    let Some(message) = message(frame).await else { continue };
                    if !matches!(timeout(PATIENCE, socket.send(message)).await, Ok(Ok(()))) {
                        return;
                    }
                }
                if let Some((code, reason)) = closed {
                    let frame = CloseFrame { code, reason: reason.into() };
                    let _ = timeout(PATIENCE, socket.send(Message::Close(Some(frame)))).await;
                    return;
                }
            }
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => return,
                // Nothing is said to a node over the socket.
                Some(Ok(_)) => answered = true,
            },
            _ = ping.tick() => {
                if !answered || !matches!(timeout(PATIENCE, socket.send(Message::Ping(Vec::new().into()))).await, Ok(Ok(()))) {
                    return;
                }
                answered = false;
            }
        }
    }
}

/// A frame as it is sent. Recordings take a while to be written, which is nothing for a thread that others wait for.
async fn message(frame: Frame) -> Option<Message> {
    match frame {
        Frame::Text(text) => Some(Message::Text(text.into())),
        Frame::Bytes(bytes) => Some(Message::Binary(bytes.into())),
        Frame::Recording(recording) => {
            let written = tokio::task::spawn_blocking(move || recording.write()).await;
            written.ok().map(|text| Message::Text(text.into()))
        }
    }
}
