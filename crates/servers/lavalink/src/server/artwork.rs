//! Pictures of files. Whoever shows a player has no password: the address is signed instead.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::header;

use super::answer::Refusal;
use crate::node::Node;

pub(super) async fn show(State(node): State<Arc<Node>>, Path((signature, name)): Path<(String, String)>) -> Response {
    let Some(picture) = node.sources.artwork(&signature, &name).await else {
        return Refusal::not_found("artwork not found").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, picture.kind),
        (header::CACHE_CONTROL, "public, max-age=86400"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (headers, picture.bytes).into_response()
}
