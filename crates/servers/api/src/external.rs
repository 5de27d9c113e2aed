//! Pictures that lie elsewhere and are shown in messages: browsers load them from here, under an address that only this server
//! makes, so that nobody elsewhere learns who reads what. Where they come from is asked when somebody looks.

use std::time::Duration;

use bytes::Bytes;
use guildhall_blob::{Error as Refused, MAX_EXTERNAL_BYTES, Preview, Served};
use guildhall_wire::component::each_media_mut;
use guildhall_wire::embed::Embed;
use http::{HeaderValue, header};
use quick_cache::sync::Cache;
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use crate::App;
use crate::kernel::fetch::Ask;

/// Until the last byte of a picture.
const TIME: Duration = Duration::from_secs(10);
/// Pictures that are fetched at once.
const TURNS: usize = 16;
/// Pictures that may wait for that.
const PLACES: usize = 512;
/// How long a picture is believed, in seconds.
const FRESH_SECS: u64 = 24 * 3600;
/// How long an address where there was none is left alone, in microseconds.
const AGAIN_MICROS: i64 = 5 * 60 * 1_000_000;
/// Addresses of which it is remembered that there was nothing.
const REMEMBERED: usize = 4096;

/// What is known of pictures that lie elsewhere.
#[derive(Debug)]
pub(crate) struct Elsewhere {
    turns: Semaphore,
    places: Semaphore,
    /// Until when an address is left alone.
    failed: Cache<String, i64>,
}

impl Default for Elsewhere {
    fn default() -> Self {
        Self { turns: Semaphore::new(TURNS), places: Semaphore::new(PLACES), failed: Cache::new(REMEMBERED) }
    }
}

/// Where browsers load a picture from. What this server gives itself stays as it is.
fn proxied(app: &App, url: &str) -> Option<String> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return None;
    }
    if is_own(app, url) {
        return Some(url.to_owned());
    }
    Some(format!("{}/cdn{}", app.config().public_url, app.blob().external_path(url)))
}

/// Whether an address is one of this server's.
pub(crate) fn is_own(app: &App, url: &str) -> bool {
    let after = url.strip_prefix(&app.config().public_url);
    after.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

/// Says of every picture in cards and components where it is loaded from. Rows do not keep it: it changes with the key and
/// with the name of the server. Pictures of the message's own files have their addresses already.
pub(crate) fn show(app: &App, embeds: &mut [Embed], components: &mut [Value]) {
    for embed in embeds {
        for media in [&mut embed.image, &mut embed.thumbnail].into_iter().flatten() {
            if media.proxy_url.is_none() {
                media.proxy_url = proxied(app, &media.url);
            }
        }
        let footer = embed.footer.as_mut().map(|footer| (&footer.icon_url, &mut footer.proxy_icon_url));
        let author = embed.author.as_mut().map(|author| (&author.icon_url, &mut author.proxy_icon_url));
        for (icon, proxy) in [footer, author].into_iter().flatten() {
            if let (Some(icon), None) = (icon, &proxy) {
                *proxy = proxied(app, icon);
            }
        }
    }
    each_media_mut(components, |url, media| {
        if let Some(proxy) = proxied(app, url) {
            media.insert("proxy_url".into(), proxy.into());
        }
    });
}

/// A picture of elsewhere, or a smaller one of it.
pub(crate) async fn picture(app: &App, address: &str, preview: Preview<'_>) -> Result<Served, Refused> {
    app.blob().external(address, version(app, address), preview, fetch(app, address)).await
}

/// Its width and height, once it is known that it is one.
pub(crate) async fn size(app: &App, address: &str) -> Option<(u32, u32)> {
    app.blob().external_size(address, version(app, address), fetch(app, address)).await.ok()
}

/// Grows once a day, for each address at another time.
fn version(app: &App, address: &str) -> i64 {
    let offset = address.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % FRESH_SECS);
    ((app.clock().millis() / 1000 + offset) / FRESH_SECS).cast_signed()
}

async fn fetch(app: &App, address: &str) -> Result<Bytes, Refused> {
    let elsewhere = app.elsewhere();
    if elsewhere.failed.get(address).is_some_and(|until| app.clock().micros() < until) {
        return Err(Refused::NotFound);
    }
    let _place = elsewhere.places.try_acquire().map_err(|_| Refused::Busy)?;
    let _turn = elsewhere.turns.acquire().await.map_err(|_| Refused::Busy)?;
    let fetched = ask(app, address).await;
    if fetched.is_none() {
        elsewhere.failed.insert(address.to_owned(), app.clock().micros().saturating_add(AGAIN_MICROS));
    }
    fetched.ok_or(Refused::NotFound)
}

async fn ask(app: &App, address: &str) -> Option<Bytes> {
    let url: Url = address.parse().ok()?;
    // Nobody may let this server ask itself.
    if is_own(app, url.as_str()) {
        return None;
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut ask = Ask::get(url, TIME, usize::try_from(MAX_EXTERNAL_BYTES).unwrap_or(usize::MAX));
    ask.headers
        .insert(header::ACCEPT, HeaderValue::from_static("image/webp,image/png,image/jpeg,image/gif,image/*;q=0.5"));
    match app.fetch().ask(ask).await {
        Ok(fetched) if fetched.status.is_success() => Some(fetched.body),
        Ok(fetched) => {
            tracing::debug!(status = fetched.status.as_u16(), host, "failed to fetch a picture");
            None
        }
        Err(error) => {
            tracing::debug!(host, "failed to {error} for a picture");
            None
        }
    }
}
