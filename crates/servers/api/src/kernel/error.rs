//! Errors and what clients are told of them. Every cause is logged here and nowhere else.

use axum::Json;
use axum::response::{IntoResponse, Response};
use guildhall_wire::{Code, FormErrors, Timestamp};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::rate::Headers;

/// What a handler gives.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was refused or failed.
#[derive(Debug)]
pub enum Error {
    /// A numbered error of Discord's list.
    Code(Code),
    /// A numbered error with a sentence of its own.
    Message(Code, String),
    /// A form that is not in order (50035).
    Form(Box<FormErrors>),
    /// Too many requests.
    RateLimited(RateLimited),
    /// Slow mode: this long until the next message, in seconds.
    SlowMode(f64),
    /// The account is suspended, until then or for good.
    Suspended(Option<Timestamp>),
    /// A second factor or captcha is needed first: the body that says so.
    Body(Code, Value),
    /// Something of ours failed.
    Internal(String),
}

/// What a 429 says.
#[derive(Clone, Copy, Debug)]
pub struct RateLimited {
    /// Seconds until it is worth trying.
    pub retry_after: f64,
    /// The limit over all routes.
    pub global: bool,
    /// `user`, `shared` or `global`.
    pub scope: &'static str,
    /// The bucket that is empty, where the route tells of it.
    pub bucket: Option<Headers>,
}

impl Error {
    /// A complaint about one field, at a dotted path.
    pub fn form(path: &str, code: &str, message: impl Into<String>) -> Self {
        FormErrors::one(path, code, message).into()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) | Self::Body(code, _) => f.write_str(code.message()),
            Self::Message(_, message) | Self::Internal(message) => f.write_str(message),
            Self::Form(errors) => match serde_json::to_string(errors) {
                Ok(text) => write!(f, "{}: {text}", Code::InvalidForm.message()),
                Err(_) => f.write_str(Code::InvalidForm.message()),
            },
            Self::RateLimited(_) => f.write_str(Code::RateLimited.message()),
            Self::SlowMode(_) => f.write_str(Code::SlowMode.message()),
            Self::Suspended(_) => f.write_str(Code::Suspended.message()),
        }
    }
}

impl std::error::Error for Error {}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl From<FormErrors> for Error {
    fn from(errors: FormErrors) -> Self {
        Self::Form(Box::new(errors))
    }
}

impl From<RateLimited> for Error {
    fn from(limited: RateLimited) -> Self {
        Self::RateLimited(limited)
    }
}

impl From<guildhall_db::Error> for Error {
    fn from(error: guildhall_db::Error) -> Self {
        match error {
            guildhall_db::Error::Busy => Self::Code(Code::Unavailable),
            error => Self::Internal(format!("failed to use the database: {error}")),
        }
    }
}

impl From<guildhall_blob::Error> for Error {
    fn from(error: guildhall_blob::Error) -> Self {
        use guildhall_blob::Error as Blob;
        match error {
            Blob::NotFound => Self::Code(Code::NotFound),
            Blob::TooLarge => Self::Code(Code::FileTooLarge),
            Blob::Unsupported => Self::Code(Code::UnsupportedMediaType),
            Blob::TooManyPixels => Self::Code(Code::InvalidImage),
            Blob::Empty | Blob::NotAnImage | Blob::ForbiddenType | Blob::TypeMismatch => {
                Self::Message(Code::InvalidFile, format!("{}: {error}", Code::InvalidFile.message()))
            }
            Blob::Busy => Self::Code(Code::Unavailable),
            Blob::Interrupted(_) => Self::Code(Code::BadRequest),
            // A route that takes ranges answers 416 with the size before it comes to this.
            Blob::RangeNotSatisfiable { .. } => Self::Code(Code::BadRequest),
            Blob::Storage(cause) => Self::Internal(format!("failed to use the file store: {cause}")),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = |code: Code| json!({ "code": code.number(), "message": code.message() });
        let (code, body) = match self {
            Self::Code(code) => (code, body(code)),
            Self::Message(code, message) => (code, json!({ "code": code.number(), "message": message })),
            Self::Form(errors) => {
                let code = Code::InvalidForm;
                (code, json!({ "code": code.number(), "message": code.message(), "errors": errors }))
            }
            Self::RateLimited(limited) => return too_many(limited),
            Self::SlowMode(retry_after) => {
                let code = Code::SlowMode;
                let body = json!({ "code": code.number(), "message": code.message(), "retry_after": retry_after, "global": false });
                return limited(body, retry_after, "user", false);
            }
            Self::Suspended(until) => {
                let code = Code::Suspended;
                (code, json!({ "code": code.number(), "message": code.message(), "suspended_until": until }))
            }
            Self::Body(code, body) => (code, body),
            Self::Internal(cause) => {
                tracing::error!(cause, "failed to answer");
                (Code::Internal, body(Code::Internal))
            }
        };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            // Whatever it is that is full has room again soon.
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn too_many(limit: RateLimited) -> Response {
    let body = json!({
        "message": Code::RateLimited.message(),
        "code": Code::RateLimited.number(),
        "retry_after": limit.retry_after,
        "global": limit.global,
    });
    let mut response = limited(body, limit.retry_after, limit.scope, limit.global);
    if let Some(bucket) = limit.bucket {
        bucket.write(response.headers_mut());
    }
    response
}

/// 429 as stock libraries read it: whole seconds in the header, fractions in the body, and a `Via`, without which
/// some take it for a ban by a proxy.
fn limited(body: Value, retry_after: f64, scope: &'static str, global: bool) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
    let headers = response.headers_mut();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded seconds")]
    let seconds = retry_after.ceil().clamp(1.0, 86_400.0) as u64;
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    headers.insert(header::VIA, HeaderValue::from_static("1.1 guildhall"));
    headers.insert("x-ratelimit-scope", HeaderValue::from_static(scope));
    if global {
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
    }
    response
}
