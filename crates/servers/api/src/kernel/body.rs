//! Bodies and queries: read loosely, refused with the path of what is wrong.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use guildhall_wire::loose::without_nul;
use guildhall_wire::{Code, FormErrors};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Error;

/// A JSON body, read or written. No body reads as `{}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<T>(pub T);

/// The query string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub T);

/// 204.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoContent;

/// 201 with a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Created<T>(pub T);

/// Reads JSON; what does not fit is told by its path.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let bytes = without_nul(bytes);
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        if error.inner().is_data() {
            Error::from(FormErrors::stopped(error.path(), error.inner()))
        } else {
            Error::Code(Code::InvalidJson)
        }
    })?;
    reader.end().map_err(|_| Error::Code(Code::InvalidJson))?;
    Ok(value)
}

/// Reads a form or a query, without NUL as JSON is.
pub(crate) fn urlencoded<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_urlencoded::de::Error> {
    if !bytes.windows(3).any(|part| part == b"%00") {
        return serde_urlencoded::from_bytes(bytes);
    }
    serde_urlencoded::from_str(&String::from_utf8_lossy(bytes).replace("%00", ""))
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            let too_large = error.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE;
            Error::Code(if too_large { Code::RequestTooLarge } else { Code::BadRequest })
        })?;
        read(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            // Stock libraries compare the whole header.
            Ok(body) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => Error::Internal(format!("failed to serialise an answer: {error}")).into_response(),
        }
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut http::request::Parts, _: &S) -> Result<Self, Error> {
        let query = parts.uri.query().unwrap_or_default();
        urlencoded(query.as_bytes())
            .map(Self)
            .map_err(|error| FormErrors::one("query", "BASE_TYPE_INVALID", error.to_string()).into())
    }
}
