//! From an HTTP request to a socket.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use guildhall_session::{Compression, Opening};
use hyper::upgrade::OnUpgrade;

use crate::Gateway;
use crate::actor::Actor;
use crate::backend::Backend;
use crate::crowd::origin;
use crate::socket::Socket;
use crate::websocket::accept;

/// Longest host that is believed, in bytes.
const HOST_LIMIT: usize = 255;

/// Whether a request asks for a WebSocket.
pub fn is_upgrade(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::GET && has(headers, &UPGRADE, "websocket")
}

/// Answers a request for a WebSocket; any other with 426.
pub(crate) async fn upgrade<B: Backend>(State(gateway): State<Gateway<B>>, mut request: Request) -> Response {
    let headers = request.headers();
    if !is_upgrade(request.method(), headers) || !has(headers, &CONNECTION, "upgrade") {
        return (StatusCode::UPGRADE_REQUIRED, [(UPGRADE, "websocket"), (CONNECTION, "upgrade")]).into_response();
    }
    if !has(headers, &SEC_WEBSOCKET_VERSION, "13") {
        return (StatusCode::UPGRADE_REQUIRED, [(SEC_WEBSOCKET_VERSION, "13")]).into_response();
    }
    let Some(key) = headers.get(SEC_WEBSOCKET_KEY).map(|key| accept(key.as_bytes())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let metrics = &gateway.shared.metrics;
    if gateway.shared.is_closing()
        || metrics.anonymous.load(Ordering::Relaxed) >= gateway.shared.settings.anonymous_sockets
    {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let place = match origin(&request, gateway.shared.settings.trust_proxy) {
        Some(from) => match gateway.shared.crowd.enter(from, gateway.shared.settings.anonymous_per_address) {
            Some(place) => Some(place),
            None => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
        None => None,
    };
    let address = address(request.headers());
    let opening = Opening::read(request.uri().query().unwrap_or_default());
    let Some(upgraded) = request.extensions_mut().remove::<OnUpgrade>() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    tokio::spawn(async move {
        // A client that went away before the answer is nothing to speak of.
        let Ok(upgraded) = upgraded.await else { return };
        let shared = gateway.shared;
        let metrics = shared.metrics.clone();
        match opening {
            Ok(opening) => {
                let socket = Socket::new(upgraded, opening.compression, metrics);
                Actor::new(shared, opening, address, socket, place).run().await;
            }
            Err(code) => Socket::new(upgraded, Compression::None, metrics).close_with(code).await,
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(key) = HeaderValue::try_from(key) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    }
    response
}

/// Whether a header's list has a word, without regard to case.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(word))
}

/// The address that the client came by.
fn address(headers: &HeaderMap) -> Box<str> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| {
        host.len() <= HOST_LIMIT && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    });
    let scheme = headers.get("x-forwarded-proto").filter(|scheme| *scheme == "https").map_or("ws", |_| "wss");
    format!("{scheme}://{}", host.unwrap_or("localhost")).into()
}
