//! Answers: JSON, and what went wrong in Lavalink's words.

use axum::body::Bytes;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::now_ms;
use crate::wire::Problem;

/// Why a request is not fulfilled. Its body is written by [`dress`], which knows the path.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    code: Option<&'static str>,
    cause: Option<String>,
}

pub(super) type Result<T> = std::result::Result<T, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: None, cause: None }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// With a name for programs.
    pub(super) fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// JSON with exactly the type that clients expect.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

/// Reads a body.
pub(super) fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("the body cannot be read: {error}")))
}

/// What every answer has: the version of the protocol, and errors as objects.
pub(super) async fn dress(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let trace = super::tracks::said_yes(request.uri().query(), "trace");
    let mut response = next.run(request).await;
    let refusal = response.extensions_mut().remove::<Refusal>().or_else(|| {
        // Refused before a handler was reached: a body too large, a query that cannot be read.
        let status = response.status();
        let plain = response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
        (status.is_client_error() && plain).then(|| Refusal::new(status, "the request cannot be read"))
    });
    if let Some(refusal) = refusal {
        let reason = refusal.status.canonical_reason().unwrap_or_default();
        let body = Problem {
            timestamp: now_ms(),
            status: refusal.status.as_u16(),
            error: reason.to_owned(),
            trace: trace.then(|| match &refusal.cause {
                Some(cause) => format!("{reason}: {}\ncaused by: {cause}", refusal.message),
                None => format!("{reason}: {}", refusal.message),
            }),
            code: refusal.code,
            message: refusal.message,
            path,
        };
        response = (refusal.status, Json(body)).into_response();
    }
    let version = (HeaderName::from_static("lavalink-api-version"), HeaderValue::from_static("4"));
    response.headers_mut().insert(version.0, version.1);
    response
}

pub(super) async fn nothing(method: Method, uri: Uri) -> Refusal {
    Refusal::not_found(format!("no endpoint {method} {}", uri.path()))
}

pub(super) async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not supported by {}", uri.path()))
}
