//! The web client: embedded files, and its page for every address that is a place in it.

use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Files;

/// What the pages may load: only what the server itself gives.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
                      connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/// Said when the client was not built.
const MISSING: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Guildhall</title>\
<body style=\"font:16px system-ui;max-width:40em;margin:4em auto;padding:0 1em\"><h1>Guildhall is running</h1>\
<p>The API and the gateway are here, but this program was built without the web client. Install Node.js 20 or newer and build \
again: <code>cargo build --release</code>.</p>";

/// A file, or the client's page.
pub(crate) fn serve(request: &Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    let packed = takes_gzip(request).then(|| Files::get(&format!("{path}.gz"))).flatten();
    let (encoding, file) = match packed {
        Some(file) => (Some("gzip"), Some(file)),
        None => (None, Files::get(path)),
    };
    let mut response = match file {
        Some(file) if path != "index.html" => {
            let mime = mime_guess::from_path(path).first_or_octet_stream();
            let mut response = file.data.into_owned().into_response();
            let headers = response.headers_mut();
            if let Ok(value) = HeaderValue::from_str(mime.as_ref()) {
                headers.insert(header::CONTENT_TYPE, value);
            }
            // Names of built files carry a hash of what is in them.
            let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            if let Some(encoding) = encoding {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            response
        }
        // A part of a client of yesterday: its page asks for today's when it is told.
        _ if path.starts_with("assets/") => StatusCode::NOT_FOUND.into_response(),
        _ => page(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Whether files may be sent as the build packed them.
fn takes_gzip(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| {
        value.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            parts.next() == Some("gzip") && !parts.any(|quality| matches!(quality, "q=0" | "q=0.0"))
        })
    })
}

fn page() -> Response {
    let html = Files::get("index.html").map(|file| String::from_utf8_lossy(&file.data).into_owned());
    let mut response = Html(html.unwrap_or_else(|| MISSING.to_owned())).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
