//! The route table: method, path, what it takes to be let in, handler.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, RawPathParams, Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use guildhall_wire::{Code, Permissions};
use http::HeaderValue;
use serde::Serialize;
use tracing::Instrument;

use super::access;
use super::app::App;
use super::error::{Error, Result};
use super::figures::Figure;
use super::form;

/// Largest JSON body.
const BODY_BYTES: usize = 1024 * 1024;
/// Largest JSON body with images in it: two of the largest, as base64.
const IMAGE_BODY_BYTES: usize = 2 * guildhall_blob::MAX_DATA_URL_BYTES / 3 * 4 + BODY_BYTES;

/// What it takes to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: no account is even looked for. Secrets in the path are checked by the handler.
    Nobody,
    /// Nothing, but who is logged in is known.
    Anybody,
    /// An account.
    Account,
    /// A person's account.
    Person,
    /// A bot's account.
    Bot,
    /// Staff of the instance.
    Staff,
    /// A member of the `{guild_id}`, or somebody who sees the `{channel_id}`.
    Member,
    /// The same with these permissions there.
    Can(Permissions),
}

impl From<Permissions> for Need {
    fn from(permissions: Permissions) -> Self {
        Self::Can(permissions)
    }
}

impl Serialize for Need {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{self:?}").to_lowercase())
    }
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the API's root, with `{parameters}`.
    pub path: &'static str,
    /// Discord's `operationId`: the handler's name.
    pub operation: &'static str,
    /// What it takes.
    pub need: Need,
    /// Requests in a window, by account and major parameter.
    pub limit: Limit,
    /// Bearer tokens that reach it: with one of these scopes, or with any for `*`. None by themselves.
    #[serde(skip)]
    pub scopes: &'static [&'static str],
    /// Whether files may come with it.
    #[serde(skip)]
    pub files: bool,
    /// Whether images may stand in it, as `data:` addresses.
    #[serde(skip)]
    pub images: bool,
}

impl Route {
    /// Method and path, as the configuration names it.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Limit {
    /// Requests.
    pub requests: u32,
    /// Seconds.
    pub seconds: u32,
    /// Whether a 429 or the headers show it: interaction callbacks show none.
    pub shown: bool,
    /// Whether all channels or guilds that a path names count together: of what ends them, each would be asked for once.
    pub together: bool,
}

impl Limit {
    const USUAL: Self = Self { requests: 50, seconds: 10, shown: true, together: false };
}

/// What a handler gives: axum boxes it.
type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler whose type is forgotten.
type Erased = Arc<dyn Fn(Request, App) -> Answer + Send + Sync>;

/// All that axum builds around a handler, it builds once for all of them: they differ behind a pointer only.
fn erased(filter: MethodFilter, handler: Erased) -> MethodRouter<App> {
    on(filter, move |State(app): State<App>, request: Request| handler(request, app))
}

/// A noun's routes.
#[derive(Default)]
pub struct Routes {
    lines: Vec<(Route, MethodRouter<App>)>,
}

impl Routes {
    /// No routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// `GET`.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H, need: impl Into<Need>) -> Self {
        self.add("GET", MethodFilter::GET, path, handler, need.into())
    }

    /// `POST`.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H, need: impl Into<Need>) -> Self {
        self.add("POST", MethodFilter::POST, path, handler, need.into())
    }

    /// `PUT`.
    #[must_use]
    pub fn put<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H, need: impl Into<Need>) -> Self {
        self.add("PUT", MethodFilter::PUT, path, handler, need.into())
    }

    /// `PATCH`.
    #[must_use]
    pub fn patch<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H, need: impl Into<Need>) -> Self {
        self.add("PATCH", MethodFilter::PATCH, path, handler, need.into())
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H, need: impl Into<Need>) -> Self {
        self.add("DELETE", MethodFilter::DELETE, path, handler, need.into())
    }

    /// Another limit than the usual one for the line before.
    #[must_use]
    pub fn limit(mut self, requests: u32, seconds: u32) -> Self {
        if let Some((route, _)) = self.lines.last_mut() {
            route.limit = Limit { requests, seconds, shown: true, together: false };
        }
        self
    }

    /// The same, for all that the path may name together.
    #[must_use]
    pub fn limit_together(mut self, requests: u32, seconds: u32) -> Self {
        if let Some((route, _)) = self.lines.last_mut() {
            route.limit = Limit { requests, seconds, shown: true, together: true };
        }
        self
    }

    /// Bearer tokens with one of these scopes reach the line before; `*` is any.
    #[must_use]
    pub fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        if let Some((route, _)) = self.lines.last_mut() {
            route.scopes = scopes;
        }
        self
    }

    /// No rate-limit headers on the line before.
    #[must_use]
    pub fn hidden_limit(mut self) -> Self {
        if let Some((route, _)) = self.lines.last_mut() {
            route.limit.shown = false;
        }
        self
    }

    /// Files beside the body of the line before: a larger body is read, piece by piece.
    #[must_use]
    pub fn files(mut self) -> Self {
        if let Some((route, _)) = self.lines.last_mut() {
            route.files = true;
        }
        self
    }

    /// Images in the body of the line before: a larger body is read.
    #[must_use]
    pub fn images(mut self) -> Self {
        if let Some((route, _)) = self.lines.last_mut() {
            route.images = true;
        }
        self
    }

    /// All lines of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.lines.extend(other.lines);
        self
    }

    /// The table without its handlers.
    pub fn table(&self) -> Vec<Route> {
        self.lines.iter().map(|(route, _)| route.clone()).collect()
    }

    fn add<H: Handler<T, App>, T: 'static>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
        need: Need,
    ) -> Self {
        let name = std::any::type_name::<H>();
        let operation = name.rsplit("::").next().unwrap_or(name);
        let route =
            Route { method, path, operation, need, limit: Limit::USUAL, scopes: &[], files: false, images: false };
        self.lines
            .push((route, erased(filter, Arc::new(move |request, app| Box::pin(handler.clone().call(request, app))))));
        self
    }

    /// The router: each line behind its own guard.
    pub fn router(self, app: &App) -> Router<App> {
        let mut router = Router::new();
        for (mut route, handler) in self.lines {
            if let Some((requests, seconds)) = app.config().limits.get(&route.line()) {
                (route.limit.requests, route.limit.seconds) = (*requests, *seconds);
            }
            let path = route.path;
            let most = match () {
                () if route.files => form::most_bytes(app.config().attachment_bytes),
                () if route.images => IMAGE_BODY_BYTES,
                () => BODY_BYTES,
            };
            let handler = handler.layer(DefaultBodyLimit::max(most));
            let guard = Guard { app: app.clone(), figure: app.figure(route.operation), route: Arc::new(route) };
            let handler = handler.route_layer(from_fn_with_state(guard, admit));
            if path.contains('@') {
                // Some libraries escape it, and paths are matched as they come.
                router = router.route(&path.replace('@', "%40"), handler.clone());
            }
            router = router.route(path, handler);
        }
        router.method_not_allowed_fallback(|| async { Error::Code(Code::MethodNotAllowed) })
    }
}

#[derive(Clone)]
struct Guard {
    app: App,
    route: Arc<Route>,
    figure: Arc<Figure>,
}

/// Counts a request and gives it a number, under which everything that it logs is found. Paths are logged as the table has
/// them: what stands in them may be secret.
async fn admit(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (began, figure, route) = (Instant::now(), guard.figure.clone(), guard.route.clone());
    let number = guard.app.random::<8>().iter().fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let span = tracing::info_span!("request", id = %number, operation = route.operation);
    let mut response = let_in(guard, request, next).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    figure.count(status, took);
    span.in_scope(|| tracing::debug!(method = route.method, path = route.path, status, ?took, "answered"));
    if let Ok(number) = HeaderValue::try_from(number) {
        response.headers_mut().insert("x-request-id", number);
    }
    response
}

/// Rate limit, then authorisation, then the handler.
async fn let_in(guard: Guard, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(params) = RawPathParams::from_request_parts(&mut parts, &()).await else {
        return Error::Code(Code::NotFound).into_response();
    };
    let params: Vec<(&str, &str)> = params.iter().collect();
    let taken = match guard.app.rates().take(&guard.app, &guard.route, &params, &parts) {
        Ok(taken) => taken,
        Err(error) => return error.into_response(),
    };
    let result = access::authorise(&guard.app, &guard.route, &params, &mut parts).await;
    guard.app.rates().settle(&guard.app, &taken, !matches!(result, Err(Error::Code(Code::Unauthorized))));
    let mut response = match result {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    };
    if let Some(headers) = taken.headers {
        headers.write(response.headers_mut());
    }
    response
}
