//! Files of messages: `/attachments`. They are sent with their messages.

use std::collections::HashMap;

use guildhall_blob::{attachment_of, attachment_path};
use guildhall_store as store;
use serde::{Deserialize, Serialize};

use crate::kernel::access::resolve_channel;
use crate::kernel::form::Uploads;
use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    Routes::new().post("/attachments/refresh-urls", refresh_urls, Need::Account).limit(30, 60)
}

/// Refuses files for which who sends them has no room left.
pub(crate) async fn require_room(cx: &Cx, uploads: &Uploads) -> Result<()> {
    let (most, new) = (cx.app.config().user_bytes, uploads.bytes());
    if most == 0 || new == 0 {
        return Ok(());
    }
    let used = store::message::stored_bytes(&mut cx.db(), cx.user()?).await?;
    if used.saturating_add(new) <= most {
        return Ok(());
    }
    let message = format!(
        "Your files take up {used} of {most} bytes: there is no room for {new} more. Delete messages with files to make room"
    );
    Err(Error::Message(Code::RequestTooLarge, message))
}

/// Most addresses in one request.
const MOST: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ended {
    attachment_urls: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Refreshed {
    refreshed_urls: Vec<Pair>,
}

#[derive(Debug, Serialize)]
struct Pair {
    original: String,
    refreshed: String,
}

/// Gives addresses of files another day. Only those that were good once: the signature proves that the file was shown to
/// somebody, and the channel must still be read by who asks. All others are left out.
async fn refresh_urls(cx: Cx, Json(body): Json<Ended>) -> Result<Json<Refreshed>> {
    let mut errors = FormErrors::new();
    errors.count("attachment_urls", body.attachment_urls.len(), 1, MOST);
    errors.finish()?;
    let mut readable = HashMap::new();
    let mut refreshed_urls = Vec::with_capacity(body.attachment_urls.len());
    for original in body.attachment_urls {
        let Some((channel, path)) = signed(&cx.app, &original) else { continue };
        let may = if let Some(may) = readable.get(&channel) {
            *may
        } else {
            let may = may_read(&cx, channel).await?;
            readable.insert(channel, may);
            may
        };
        if may {
            let refreshed = crate::message::signed(&cx.app, &path);
            refreshed_urls.push(Pair { original, refreshed });
        }
    }
    Ok(Json(Refreshed { refreshed_urls }))
}

/// The channel and the path of a file, when the address is one that this instance gave away.
fn signed(app: &crate::App, url: &str) -> Option<(u64, String)> {
    let (address, query) = url.split_once('?')?;
    let (_, path) = address.split_once("/cdn/")?;
    let (channel, id, name) = attachment_of(&format!("/{path}"))?;
    let path = attachment_path(channel, id, &name);
    app.blob().is_genuine(&path, query).then_some((channel, path))
}

/// Whether who asks reads what was written in a channel.
async fn may_read(cx: &Cx, channel: u64) -> Result<bool> {
    let Some(channel) = Id::<ChannelMarker>::new_checked(channel) else { return Ok(false) };
    match resolve_channel(&cx.app, cx.user()?, channel).await {
        Ok(channel) => Ok(crate::message::is_readable(&channel)),
        Err(Error::Code(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
