//! Files under `/cdn`: attachments by signed address, images by their hash.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use guildhall_blob::{ByteRange, Error as Refused, ImageKind, Preview, Served, attachment_path};
use guildhall_wire::Code;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::kernel::app::App;
use crate::kernel::error::{Error, Result};

/// Files that everybody at one address gets in so many seconds: who opens a large guild asks for hundreds at once.
const LIMIT: (u32, u32) = (3000, 60);

pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/attachments/{channel}/{id}/{name}", get(attachment))
        .route("/emojis/{file}", get(emoji))
        .route("/stickers/{file}", get(sticker))
        .route("/soundboard-sounds/{file}", get(sound))
        .route("/external/{proof}/{word}", get(external))
        .route("/embed/avatars/{file}", get(default_avatar))
        .route("/widget-avatars/{masked}/{file}", get(widget_avatar))
        .route("/guilds/{guild}/users/{user}/{kind}/{file}", get(member_image))
        .route("/{kind}/{owner}/{file}", get(image))
        .route_layer(from_fn_with_state(app.clone(), limit))
}

async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match app.rates().take_from(&app, &parts, "cdn", LIMIT) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    size: Option<u32>,
    width: Option<u32>,
    height: Option<u32>,
    format: Option<String>,
    animated: Option<bool>,
}

fn wanted(query: Option<&str>) -> Result<Wanted> {
    serde_urlencoded::from_str(query.unwrap_or_default()).map_err(|_| Error::Code(Code::BadRequest))
}

/// A file of a message: whoever has its signed address may read it.
async fn attachment(
    State(app): State<App>,
    Path((channel, id, name)): Path<(u64, u64, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let text = query.as_deref().unwrap_or_default();
    if !app.blob().verify(&attachment_path(channel, id, &name), text, app.clock().millis() / 1000) {
        return Err(Code::NotFound.into());
    }
    let wanted = wanted(Some(text))?;
    let preview = Preview { width: wanted.width, height: wanted.height, format: wanted.format.as_deref() };
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok()).and_then(ByteRange::parse);
    answer(app.blob().attachment(channel, id, &name, range, Some(preview)).await, &headers)
}

/// A picture that lies elsewhere and is shown in a message: nothing else has an address here.
async fn external(
    State(app): State<App>,
    Path((proof, word)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let address = app.blob().external_address(&proof, &word).ok_or(Code::NotFound)?;
    let wanted = wanted(query.as_deref())?;
    let preview = Preview { width: wanted.width, height: wanted.height, format: wanted.format.as_deref() };
    let served = crate::external::picture(&app, &address, preview).await.map_err(|error| match error {
        Refused::NotAnImage | Refused::TooManyPixels | Refused::TooLarge => Refused::Unsupported,
        error => error,
    });
    answer(served, &headers)
}

async fn image(
    State(app): State<App>,
    Path((kind, owner, file)): Path<(String, u64, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let first = match kind.as_str() {
        "avatars" => ImageKind::Avatar,
        "banners" => ImageKind::Banner,
        "icons" => ImageKind::GuildIcon,
        "splashes" | "discovery-splashes" => ImageKind::GuildSplash,
        "role-icons" => ImageKind::RoleIcon,
        "app-icons" => ImageKind::AppIcon,
        "channel-icons" => ImageKind::GroupIcon,
        "guild-events" => ImageKind::EventCover,
        _ => return Err(Code::NotFound.into()),
    };
    let (hash, format) = parts(&file);
    // Users and webhooks share their addresses, and so do users and guilds.
    let second = match first {
        ImageKind::Avatar => Some(ImageKind::WebhookAvatar),
        ImageKind::Banner => Some(ImageKind::GuildBanner),
        _ => None,
    };
    match (show(&app, first, owner, hash, format, query.as_deref(), &headers).await, second) {
        (Err(Error::Code(Code::NotFound)), Some(second)) => {
            show(&app, second, owner, hash, format, query.as_deref(), &headers).await
        }
        (answer, _) => answer,
    }
}

/// A member's picture in one guild.
async fn member_image(
    State(app): State<App>,
    Path((_, user, kind, file)): Path<(u64, u64, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let kind = match kind.as_str() {
        "avatars" => ImageKind::MemberAvatar,
        "banners" => ImageKind::MemberBanner,
        _ => return Err(Code::NotFound.into()),
    };
    let (hash, format) = parts(&file);
    show(&app, kind, user, hash, format, query.as_deref(), &headers).await
}

/// The picture of somebody whose id the widget keeps to itself.
async fn widget_avatar(
    State(app): State<App>,
    Path((masked, file)): Path<(u64, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let (hash, format) = parts(&file);
    let user = app.blob().mask(hash, masked);
    show(&app, ImageKind::Avatar, user, hash, format, query.as_deref(), &headers).await
}

/// The picture of somebody who has none.
async fn default_avatar(Path(file): Path<String>) -> Result<Response> {
    let number = file.strip_suffix(".png").and_then(|number| number.parse().ok());
    let bytes = number.and_then(guildhall_blob::default_avatar).ok_or(Code::NotFound)?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, bytes).into_response())
}

/// Name and extension.
fn parts(file: &str) -> (&str, Option<&str>) {
    file.rsplit_once('.').map_or((file, None), |(name, format)| (name, Some(format)))
}

/// An emoji has one image, under its id alone.
async fn emoji(
    State(app): State<App>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let (id, format) = parts(&file);
    let id = id.parse().map_err(|_| Code::NotFound)?;
    let hash = guildhall_store::emoji::image(&mut app.db(), id).await?.ok_or(Code::NotFound)?;
    show(&app, ImageKind::Emoji, id.get(), &hash, format, query.as_deref(), &headers).await
}

/// A sticker: a picture, or what it is drawn from.
async fn sticker(
    State(app): State<App>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let (id, format) = parts(&file);
    let id: u64 = id.parse().map_err(|_| Code::NotFound)?;
    if format == Some("json") {
        return answer(app.blob().lottie(id).await, &headers);
    }
    show(&app, ImageKind::Sticker, id, "", format, query.as_deref(), &headers).await
}

/// A sound, everybody's or a guild's.
async fn sound(State(app): State<App>, Path(file): Path<String>, headers: HeaderMap) -> Result<Response> {
    let id: u64 = parts(&file).0.parse().map_err(|_| Code::NotFound)?;
    if let Some(bytes) = guildhall_blob::default_sound(id) {
        let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "public, max-age=86400")];
        return Ok((headers, bytes).into_response());
    }
    answer(app.blob().sound(id).await, &headers)
}

async fn show(
    app: &App,
    kind: ImageKind,
    owner: u64,
    hash: &str,
    format: Option<&str>,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response> {
    let wanted = wanted(query)?;
    let format = format.map(|format| if format == "jpeg" { "jpg" } else { format });
    answer(app.blob().image(kind, owner, hash, format, wanted.size, wanted.animated.unwrap_or(false)).await, headers)
}

fn answer(served: Result<Served, Refused>, headers: &HeaderMap) -> Result<Response> {
    let served = match served {
        Ok(served) => served,
        Err(Refused::RangeNotSatisfiable { total }) => {
            let range = format!("bytes */{total}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response());
        }
        Err(Refused::Unsupported) => return Err(Code::UnsupportedMediaType.into()),
        Err(error) => return Err(error.into()),
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    if known.is_some_and(|tag| served.is_current(tag)) {
        return Ok((StatusCode::NOT_MODIFIED, served.headers()).into_response());
    }
    Ok((served.status(), served.headers(), Body::from_stream(served.body)).into_response())
}
