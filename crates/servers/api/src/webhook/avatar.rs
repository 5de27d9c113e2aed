//! The picture that a webhook names for one message. It is fetched and kept like one of its own, as clients know pictures by
//! their hash only; one that cannot be had is passed over, and the webhook's own is shown.

use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use guildhall_store::webhook::WebhookRow;
use guildhall_store::webhook_avatar::{self, WebhookAvatarRow};
use sha2::{Digest, Sha256};
use url::Url;

use crate::kernel::fetch::Ask;
use crate::prelude::*;

/// Longest address.
const LENGTH: usize = 2048;
/// How long a message waits for its picture.
const TIME: Duration = Duration::from_secs(4);
/// How long a picture is shown before it is looked at again.
const FRESH_MICROS: i64 = 24 * 3_600_000_000;
/// How long an address where there was none is left alone.
const AGAIN_MICROS: i64 = 10 * 60_000_000;

/// The hash of the picture at an address; none where there is no picture.
pub(super) async fn at(cx: &Cx, webhook: &WebhookRow, text: &str) -> Result<Option<String>> {
    let malformed = |code, message| Err(Error::form("avatar_url", code, message));
    if text.chars().count() > LENGTH {
        return malformed("BASE_TYPE_MAX_LENGTH", "Must be 2048 or fewer in length.");
    }
    let Ok(url) = text.parse::<Url>() else {
        return malformed("URL_TYPE_INVALID_URL", "Not a well formed URL.");
    };
    if !["http", "https"].contains(&url.scheme()) {
        return malformed("URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').");
    }
    let address = Sha256::digest(url.as_str().as_bytes()).to_vec();
    let known = webhook_avatar::get(&mut cx.db(), webhook.id, &address).await?;
    let lasts = |row: &WebhookAvatarRow| if row.avatar.is_some() { FRESH_MICROS } else { AGAIN_MICROS };
    if let Some(row) = known.as_ref().filter(|row| row.fetched_at > cx.now() - lasts(row)) {
        return Ok(row.avatar.clone());
    }
    let picture = fetch(cx, url).await;
    let content = picture.as_ref().map(|bytes| Sha256::digest(bytes).to_vec());
    let same = known.filter(|row| row.content.is_some() && row.content == content).and_then(|row| row.avatar);
    let avatar = match (same, picture) {
        (Some(same), _) => Some(same),
        (None, Some(bytes)) => keep(cx, webhook, bytes).await,
        (None, None) => None,
    };
    let row = WebhookAvatarRow {
        webhook_id: webhook.id,
        address,
        content: content.filter(|_| avatar.is_some()),
        avatar: avatar.clone(),
        fetched_at: cx.now(),
    };
    let mut work = cx.begin().await?;
    webhook_avatar::set(&mut work, &row).await?;
    work.commit().await?;
    Ok(avatar)
}

async fn keep(cx: &Cx, webhook: &WebhookRow, bytes: Bytes) -> Option<String> {
    let kept = cx.app.blob().put_image(ImageKind::WebhookAvatar, webhook.id.get(), bytes).await;
    kept.inspect_err(|error| tracing::debug!(%error, webhook = %webhook.id, "failed to keep a picture of a webhook"))
        .ok()
}

async fn fetch(cx: &Cx, url: Url) -> Option<Bytes> {
    let most = ImageKind::WebhookAvatar.max_bytes();
    if let Some(path) = url.as_str().strip_prefix(&format!("{}/cdn/", cx.app.config().public_url)) {
        return own(cx, path.split('?').next().unwrap_or_default()).await;
    }
    let ask = Ask::get(url, TIME, usize::try_from(most).unwrap_or(usize::MAX));
    match cx.app.fetch().ask(ask).await {
        Ok(fetched) if fetched.status.is_success() => Some(fetched.body),
        Ok(fetched) => {
            tracing::debug!(status = fetched.status.as_u16(), "failed to fetch a picture of a webhook");
            None
        }
        Err(error) => {
            tracing::debug!("failed to {error} for a picture of a webhook");
            None
        }
    }
}

/// A picture of ours, e.g. of the person whom a bot lets speak: this server may lie where nothing is fetched from.
async fn own(cx: &Cx, path: &str) -> Option<Bytes> {
    let mut parts = path.split('/');
    let kinds: &[ImageKind] = match parts.next()? {
        "avatars" => &[ImageKind::Avatar, ImageKind::WebhookAvatar],
        "icons" => &[ImageKind::GuildIcon],
        "app-icons" => &[ImageKind::AppIcon],
        _ => return None,
    };
    let owner = parts.next()?.parse().ok()?;
    let (hash, _) = parts.next()?.rsplit_once('.')?;
    for kind in kinds {
        if let Ok(served) = cx.app.blob().image(*kind, owner, hash, None, None, true).await {
            let pieces: Vec<Bytes> = served.body.try_collect().await.ok()?;
            return Some(pieces.concat().into());
        }
    }
    None
}
