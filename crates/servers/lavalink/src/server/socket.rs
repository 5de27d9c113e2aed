//! The WebSocket: a session's way to its client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::mpsc;

use super::answer::Refusal;
use crate::node::Node;
use crate::session::{Detached, Session};
use crate::wire::Events;

/// How often a client is asked whether it is still there.
const PING: Duration = Duration::from_secs(20);
/// Clients send nothing that is longer.
const MOST_MESSAGE: usize = 64 * 1024;

static SOCKETS: AtomicU64 = AtomicU64::new(1);

pub(super) async fn websocket(
    State(node): State<Arc<Node>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Refusal::bad("can \"upgrade\" only to \"websocket\"").into_response();
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let user_id = text("user-id").and_then(|id| id.trim().parse::<u64>().ok()).filter(|id| *id > 0);
    let Some(user_id) = user_id else {
        return Refusal::bad("User-Id is missing or not a number").into_response();
    };
    let client: String = text("client-name").unwrap_or("unknown").chars().take(128).collect();
    let all = |events: &str| if events.trim().eq_ignore_ascii_case("all") { Events::All } else { Events::Standard };
    let events = text("guildhall-events").map(all);
    // A session is resumed by the bot whose it is, also when its old socket has not noticed yet that it is dead.
    let old = text("session-id")
        .and_then(|id| node.session(id))
        .filter(|session| session.user_id == user_id && (session.settings().resuming));
    let resumed = old.is_some();
    let session = old.unwrap_or_else(|| node.open_session(user_id, client.clone()));
    tracing::info!(session = session.id, client, resumed, "a client connects");
    let mut response =
        upgrade.max_message_size(MOST_MESSAGE).on_upgrade(move |socket| serve(node, session, socket, events, resumed));
    let value = HeaderValue::from_static(if resumed { "true" } else { "false" });
    response.headers_mut().insert(HeaderName::from_static("session-resumed"), value);
    response
}

async fn serve(node: Arc<Node>, session: Arc<Session>, mut socket: WebSocket, events: Option<Events>, resumed: bool) {
    let number = SOCKETS.fetch_add(1, Ordering::Relaxed);
    let (out, mut outbox) = mpsc::channel(session.room());
    session.attach(number, events, resumed, out);
    let stats = node.stats(Some(&session));
    session.emit(&crate::wire::Message::Stats(stats));
    let mut ping = tokio::time::interval(PING);
    ping.tick().await;
    let mut answered = true;
    loop {
        tokio::select! {
            message = outbox.recv() => {
                let Some(message) = message else {
                    let frame = CloseFrame { code: 1000, reason: "another socket took the session".into() };
                    let _ = socket.send(Message::Close(Some(frame))).await;
                    break;
                };
                if socket.send(Message::Text(message.as_ref().into())).await.is_err() {
                    break;
                }
            }
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => break,
                // Nothing is said to a node over the socket.
                Some(Ok(_)) => answered = true,
            },
            _ = ping.tick() => {
                if !answered || socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    break;
                }
                answered = false;
            }
        }
    }
    match session.detach(number) {
        Detached::Over => {
            tracing::info!(session = session.id, "a client left");
            node.end_session(&session.id);
        }
        Detached::Waits => tracing::info!(session = session.id, "a client is gone and may come back"),
        Detached::Replaced => {}
    }
}
