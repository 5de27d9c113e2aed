//! Files that clients bring: `/v4/guildhall/uploads`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};

use super::answer::{Json, Refusal, Result};
use super::tracks::parameter;
use crate::node::Node;
use crate::source::{UploadError, Uploads};
use crate::wire::{self, Upload};

/// How long a client may be silent while its file comes.
const PATIENCE: Duration = Duration::from_secs(20);
/// Files of one page.
const PAGE: u32 = 100;
const MOST_PAGE: u32 = 1_000;

impl From<UploadError> for Refusal {
    fn from(error: UploadError) -> Self {
        let status = match &error {
            UploadError::Large(_) => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::Full => StatusCode::INSUFFICIENT_STORAGE,
            UploadError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            UploadError::Sound(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            UploadError::Io(_) | UploadError::Database(_) => {
                tracing::error!(%error, "failed to keep a file");
                return Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be kept")
                    .because(error.to_string());
            }
        };
        match error {
            UploadError::Sound(error) => Self::new(status, error.message).because(error.cause),
            error => Self::new(status, error.to_string()),
        }
    }
}

fn uploads(node: &Node) -> Result<&Uploads> {
    node.sources.uploads().ok_or_else(|| Refusal::not_found("uploads are switched off"))
}

pub(super) async fn create(
    State(node): State<Arc<Node>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response> {
    let uploads = uploads(&node)?;
    let name = parameter(query.as_deref(), "name").unwrap_or_default();
    let size = headers.get("content-length").and_then(|size| size.to_str().ok()?.parse().ok());
    let mut incoming = uploads.begin(&name, size).await?;
    let mut body = body.into_data_stream();
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next()).await;
        match next.map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the file does not come"))? {
            Some(Ok(bytes)) => incoming.write(&bytes).await?,
            Some(Err(error)) => return Err(Refusal::bad("the file broke off").because(error.to_string())),
            None => break,
        }
    }
    let upload = incoming.finish().await?;
    tracing::info!(upload = upload.id, size = upload.size, "a file came");
    Ok((StatusCode::CREATED, Json(upload)).into_response())
}

pub(super) async fn list(State(node): State<Arc<Node>>, RawQuery(query): RawQuery) -> Result<Json<wire::Uploads>> {
    let uploads = uploads(&node)?;
    let most = match parameter(query.as_deref(), "limit") {
        None => PAGE,
        Some(limit) => limit
            .parse()
            .ok()
            .filter(|limit| (1..=MOST_PAGE).contains(limit))
            .ok_or_else(|| Refusal::bad("limit must be between 1 and 1000"))?,
    };
    // Nothing lies between a name and the same name with a space behind it.
    let from = parameter(query.as_deref(), "after").map(|after| format!("{after} ")).unwrap_or_default();
    let list = uploads.list(&from, most).await?;
    let (used, quota) = uploads.room();
    Ok(Json(wire::Uploads { uploads: list, used, quota }))
}

pub(super) async fn show(State(node): State<Arc<Node>>, Path(id): Path<String>) -> Result<Json<Upload>> {
    uploads(&node)?.get(&id).await?.map(Json).ok_or_else(|| Refusal::not_found("upload not found"))
}

pub(super) async fn delete(State(node): State<Arc<Node>>, Path(id): Path<String>) -> Result<StatusCode> {
    let there = uploads(&node)?.delete(&id).await?;
    if there { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::not_found("upload not found")) }
}
