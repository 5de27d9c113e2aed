//! REST and WebSocket, as Lavalink v4 has them.

mod answer;
mod artwork;
mod info;
mod lyrics;
mod metrics;
mod mix;
mod players;
mod plugins;
mod queue;
mod receive;
mod sessions;
mod socket;
mod sponsorblock;
mod status;
mod tracks;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, delete, get, patch, post};
use http::{HeaderValue, StatusCode};
use subtle::ConstantTimeEq as _;

use crate::node::Node;
use answer::Refusal;
#[cfg(test)]
pub(crate) use metrics::figures;

/// Largest body that is read.
const MOST_BODY: usize = 2 << 20;

/// All routes of a node.
pub fn router(node: Arc<Node>) -> Router {
    let player = "/v4/sessions/{session}/players/{guild}";
    let at = |rest: &str| format!("{player}{rest}");
    let routes = Router::new()
        .route("/version", get(info::version))
        .route("/v4/info", get(info::info))
        .route("/v4/stats", get(info::stats))
        .route("/v4/websocket", any(socket::websocket))
        .route("/v4/websocket/voice/{guild}", any(receive::voice))
        .route("/connection/data", any(receive::older))
        .route("/v4/loadtracks", get(tracks::load))
        .route("/v4/decodetrack", get(tracks::decode))
        .route("/v4/decodetracks", post(tracks::decode_many))
        .route("/v4/sessions/{session}", patch(sessions::update))
        .route("/v4/sessions/{session}/players", get(players::list))
        .route(player, get(players::show).patch(players::update).delete(players::destroy))
        .route("/v4/routeplanner/status", get(info::no_route_planner))
        .route("/v4/routeplanner/free/address", post(info::no_route_planner))
        .route("/v4/routeplanner/free/all", post(info::no_route_planner))
        .route(&at("/queue"), get(queue::show).patch(queue::update).delete(queue::drop_queue))
        .route(&at("/queue/tracks"), post(queue::add).put(queue::replace).delete(queue::clear))
        .route(&at("/queue/tracks/{index}"), get(queue::one).delete(queue::remove))
        .route(&at("/queue/history"), get(queue::history).delete(queue::forget))
        .route(&at("/queue/next"), post(queue::next))
        .route(&at("/queue/previous"), post(queue::previous))
        .route(&at("/mix"), get(mix::list).post(mix::add))
        .route(&at("/mix/{mix}"), patch(mix::update).delete(mix::remove))
        .route(
            &at("/sponsorblock/categories"),
            get(sponsorblock::show).put(sponsorblock::replace).delete(sponsorblock::remove),
        )
        .route("/v4/loadsearch", get(plugins::search))
        .route("/v4/lyrics", get(lyrics::of_track))
        .route(&at("/track/lyrics"), get(lyrics::of_player))
        .route(&at("/lyrics/subscribe"), post(lyrics::subscribe).delete(lyrics::unsubscribe))
        .route("/v4/lavasrc/config", patch(plugins::configure_sources))
        .route("/v4/guildhall/uploads", get(uploads::list).post(uploads::create))
        .route("/v4/guildhall/uploads/{upload}", get(uploads::show).delete(uploads::delete))
        .route("/metrics", get(metrics::metrics))
        .route("/v4/guildhall/status", get(status::status))
        .route("/v4/guildhall/workers/{worker}", delete(status::drain))
        .fallback(answer::nothing)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(middleware::from_fn_with_state(node.clone(), authorize))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .with_state(node.clone());
    let open = Router::new()
        .route("/", get(status::page))
        .route("/artwork/{signature}/{*name}", get(artwork::show))
        .with_state(node);
    open.merge(routes).layer(middleware::from_fn(answer::dress))
}

/// Lets in whoever knows the password: 401 for who says nothing, 403 for who says something else.
async fn authorize(State(node): State<Arc<Node>>, request: Request, next: Next) -> Response {
    let said = request.headers().get("authorization").map(HeaderValue::as_bytes);
    let Some(said) = said else {
        return Refusal::new(StatusCode::UNAUTHORIZED, "authorization is missing").into_response();
    };
    // Prometheus cannot do without a scheme.
    let bare = said.strip_prefix(b"Bearer ").unwrap_or(said);
    if !same(said, &node.settings.password) && !same(bare, &node.settings.password) {
        tracing::warn!(path = request.uri().path(), "somebody said a wrong password");
        let path = request.uri().path();
        let socket = path.starts_with("/v4/websocket") || path == "/connection/data";
        let status = if socket { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
        return Refusal::new(status, "authorization is wrong").into_response();
    }
    next.run(request).await
}

/// Takes as long for a wrong password as for the right one.
fn same(said: &[u8], password: &str) -> bool {
    said.ct_eq(password.as_bytes()).into()
}
