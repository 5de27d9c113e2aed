//! Link previews: what a message links to is looked at after it was sent, and a card of it is added. The sides of pictures that
//! bots show are found out on the same way. Nothing waits for it, and nothing is lost with it but a preview.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join, join_all};
use guildhall_rules::{link, page, permissions};
use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_wire::component::each_media_mut;
use guildhall_wire::embed::{Embed, EmbedMedia, limits};
use guildhall_wire::message::flags;
use http::{HeaderValue, header};
use quick_cache::sync::Cache;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc};
use url::Url;

use crate::App;
use crate::external::is_own;
use crate::kernel::access::channel_by_secret;
use crate::kernel::fetch::Ask;
use crate::prelude::*;

/// Until a page has said what it is.
const TIME: Duration = Duration::from_secs(5);
/// Bytes of a page that are read: what it says of itself stands at its beginning.
const BYTES: usize = 512 * 1024;
/// Messages that wait to be looked at; what comes when there are more has no preview.
const QUEUE: usize = 1024;
/// Messages that are looked at at once.
const AT_ONCE: usize = 16;
/// Pages that are read at once.
const TURNS: usize = 8;
/// Pages that are remembered.
const REMEMBERED: usize = 2048;
/// How long a page is believed, in microseconds.
const FRESH_MICROS: i64 = 30 * 60 * 1_000_000;
/// How long a page that could not be had is left alone, in microseconds.
const AGAIN_MICROS: i64 = 5 * 60 * 1_000_000;
/// Pictures of a message whose sides are found out.
const PICTURES: usize = 20;

/// A message that is to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Its channel.
    pub channel: Id<ChannelMarker>,
    /// The message.
    pub message: Id<MessageMarker>,
}

/// Where messages wait to be looked at; nowhere, where nobody looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue(Option<mpsc::Sender<Look>>);

impl Queue {
    /// Lets a message be looked at.
    pub(crate) fn push(&self, look: Look) {
        if self.0.as_ref().is_some_and(|queue| queue.try_send(look).is_err()) {
            tracing::debug!(message = %look.message, "so many messages wait that one has no preview");
        }
    }
}

/// Pages that are known, and messages that wait.
#[derive(Debug)]
pub(crate) struct Unfurls {
    queue: Queue,
    waiting: Mutex<Option<mpsc::Receiver<Look>>>,
    pages: Cache<String, Arc<Known>>,
    turns: Semaphore,
}

/// What is remembered of an address.
#[derive(Debug)]
struct Known {
    card: Option<Embed>,
    until: i64,
}

impl Unfurls {
    /// Of a server that makes previews, or none.
    pub(crate) fn new(wanted: bool) -> Self {
        let (sender, receiver) = if wanted { Some(mpsc::channel(QUEUE)).unzip() } else { (None, None) };
        Self {
            queue: Queue(sender),
            waiting: Mutex::new(receiver),
            pages: Cache::new(REMEMBERED),
            turns: Semaphore::new(TURNS),
        }
    }

    /// Where messages wait.
    pub(crate) fn queue(&self) -> Queue {
        self.queue.clone()
    }
}

/// Whether a card was made here.
fn is_preview(embed: &Embed) -> bool {
    ["link", "article", "image", "video"].contains(&embed.kind.as_str())
}

/// The links of a message that may have a preview.
fn links(row: &MessageRow) -> Vec<&str> {
    let hidden = row.flags & flags::SUPPRESS_EMBEDS != 0;
    if hidden || row.kind().is_system() { Vec::new() } else { link::links(&row.content) }
}

/// The links of a message that have none yet.
fn missing(row: &MessageRow) -> Vec<&str> {
    let known =
        |link: &str| row.extras.0.embeds.iter().any(|embed| is_preview(embed) && embed.url.as_deref() == Some(link));
    links(row).into_iter().filter(|link| !known(link)).collect()
}

/// Cards and components with pictures of which the sides are not known.
fn unmeasured(app: &App, row: &MessageRow) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |url: &str| {
        let elsewhere = url.starts_with("http://") || url.starts_with("https://");
        if elsewhere && !is_own(app, url) && found.len() < PICTURES && !found.iter().any(|known| known == url) {
            found.push(url.to_owned());
        }
    };
    for embed in &row.extras.0.embeds {
        for media in [&embed.image, &embed.thumbnail].into_iter().flatten() {
            if media.width.is_none() {
                note(&media.url);
            }
        }
    }
    each_media_mut(&mut row.extras.0.components.clone(), |url, media| {
        if media.get("width").is_none_or(Value::is_null) {
            note(url);
        }
    });
    found
}

/// Lets a message be looked at after the commit, if there is something to be seen and its author may show it. A message for
/// one person alone is gone too soon for that.
pub(crate) fn note(app: &App, work: &mut Work, channel: &Channel, row: &MessageRow) {
    let may = app.config().link_previews
        && row.visible_to.is_none()
        && channel.permissions.contains(Permissions::EMBED_LINKS);
    if may && (!missing(row).is_empty() || !unmeasured(app, row).is_empty()) {
        work.look_at(Look { channel: channel.id, message: row.id });
    }
}

/// Takes the previews out of a message; [`settle`] decides which of them stay when it was changed.
pub(crate) fn take_previews(row: &mut MessageRow) -> Vec<Embed> {
    row.extras.0.embeds.extract_if(.., |embed| is_preview(embed)).collect()
}

/// Leaves those previews whose links the message still has, and none where they are hidden.
pub(crate) fn settle(row: &mut MessageRow, previews: Vec<Embed>) {
    let links: Vec<String> = links(row).into_iter().map(str::to_owned).collect();
    let mut all: Vec<(usize, Embed)> = previews
        .into_iter()
        .filter_map(|embed| Some((links.iter().position(|link| embed.url.as_ref() == Some(link))?, embed)))
        .collect();
    all.sort_by_key(|(place, _)| *place);
    all.dedup_by_key(|(place, _)| *place);
    let room = limits::COUNT.saturating_sub(row.extras.0.embeds.len());
    row.extras.0.embeds.extend(all.into_iter().map(|(_, embed)| embed).take(room));
}

/// Looks at what messages show and link to, for as long as the program runs; not at all, where no previews are wanted.
pub async fn unfurl(app: App) {
    let waiting = app.unfurls().waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut waiting) = waiting else { return };
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(look) = waiting.recv().await {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let app = app.clone();
        // A task of its own: even a panic is no more than a missing preview.
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = look_at(&app, look).await {
                tracing::warn!(%error, message = %look.message, "failed to preview what a message links to");
            }
        });
    }
}

async fn look_at(app: &App, look: Look) -> Result<()> {
    let Some(row) = store::message::get(&mut app.db(), look.channel, look.message).await? else { return Ok(()) };
    let (links, pictures) = (missing(&row), unmeasured(app, &row));
    let cards = join_all(links.iter().map(|link| card(app, link)));
    let sizes = join_all(pictures.iter().map(|url| crate::external::size(app, url)));
    let (cards, sizes) = join(cards, sizes).await;
    let cards: Vec<Embed> = cards.into_iter().flatten().collect();
    let sizes: Vec<(String, (u32, u32))> =
        pictures.into_iter().zip(sizes).filter_map(|(url, size)| Some((url, size?))).collect();
    if cards.is_empty() && sizes.is_empty() {
        return Ok(());
    }
    let channel = channel_by_secret(app, look.channel, permissions::private()).await?;
    let mut work = app.begin().await?.at(channel.id);
    // It may have been changed or removed meanwhile.
    let Some(mut row) = store::message::get(&mut work, look.channel, look.message).await? else { return Ok(()) };
    let before = row.extras.clone();
    measure(&mut row, &sizes);
    let mut previews = take_previews(&mut row);
    previews.extend(cards);
    settle(&mut row, previews);
    if row.extras != before {
        crate::message::retell(app, &mut work, &channel, row).await?;
        work.commit().await?;
    }
    Ok(())
}

/// Writes the sides of pictures into a message.
fn measure(row: &mut MessageRow, sizes: &[(String, (u32, u32))]) {
    let size = |url: &str| sizes.iter().find(|(known, _)| known == url).map(|(_, size)| *size);
    for embed in &mut row.extras.0.embeds {
        for media in [&mut embed.image, &mut embed.thumbnail].into_iter().flatten() {
            if let Some((width, height)) = size(&media.url) {
                (media.width, media.height) = (Some(width), Some(height));
            }
        }
    }
    each_media_mut(&mut row.extras.0.components, |url, media| {
        if let Some((width, height)) = size(url) {
            media.insert("width".into(), width.into());
            media.insert("height".into(), height.into());
        }
    });
}

/// The card of an address, if it has one: whoever links to the same gets the same for a while.
async fn card(app: &App, link: &str) -> Option<Embed> {
    let (unfurls, now) = (app.unfurls(), app.clock().micros());
    unfurls.pages.remove_if(link, |known| known.until <= now);
    let look = async {
        let found = Box::pin(look_up(app, link)).await;
        let lasts = if found.is_ok() { FRESH_MICROS } else { AGAIN_MICROS };
        let card = found.unwrap_or_else(|problem| {
            tracing::debug!("failed to {problem} for a preview");
            None
        });
        Ok::<_, Infallible>(Arc::new(Known { card, until: now.saturating_add(lasts) }))
    };
    let Ok(known) = unfurls.pages.get_or_insert_async(link, look).await;
    known.card.clone()
}

/// Asks an address what it is. Having no card is an answer too.
async fn look_up(app: &App, link: &str) -> Result<Option<Embed>, String> {
    let Ok(url) = link.parse::<Url>() else { return Ok(None) };
    // Whoever may see what is here sees it here.
    if is_own(app, url.as_str()) {
        return Ok(None);
    }
    let turn = app.unfurls().turns.acquire().await.map_err(|error| error.to_string())?;
    let mut ask = Ask::get(url.clone(), TIME, BYTES);
    ask.headers.insert(header::ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,image/*;q=0.9"));
    let name = format!("Mozilla/5.0 (compatible; Guildhall/{}; +{})", app.config().version, app.config().public_url);
    if let Ok(name) = HeaderValue::try_from(name) {
        ask.headers.insert(header::USER_AGENT, name);
    }
    let opened = app.fetch().begin(ask).await.map_err(|failure| failure.to_string())?;
    if !opened.status().is_success() {
        return Err(format!("get more than {}", opened.status().as_u16()));
    }
    let text = |name| opened.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let packed = !["", "identity"].contains(&text(header::CONTENT_ENCODING));
    if kind.starts_with("image/") {
        drop((opened, turn));
        let thumbnail = picture(app, url.as_str()).await;
        return Ok(thumbnail.map(|thumbnail| Embed {
            kind: "image".into(),
            url: Some(link.to_owned()),
            thumbnail: Some(thumbnail),
            ..Embed::default()
        }));
    }
    // Nothing packed was asked for, and a little of it may be endless.
    if packed || !["text/html", "application/xhtml+xml"].contains(&kind.as_str()) {
        return Ok(None);
    }
    let base = opened.url().clone();
    let html = opened.beginning().await.map_err(|failure| failure.to_string())?;
    drop(turn);
    let page = tokio::task::spawn_blocking(move || page::read(&html)).await.map_err(|error| error.to_string())?;
    let thumbnail = match page.image.as_deref().and_then(|image| base.join(image).ok()) {
        Some(image) if image.as_str().len() <= limits::URL => picture(app, image.as_str()).await,
        _ => None,
    };
    let film = page.video.as_ref().and_then(|(video, width, height)| {
        let url = base.join(video).ok().filter(|url| ["http", "https"].contains(&url.scheme()))?;
        Some(EmbedMedia { url: url.into(), proxy_url: None, width: *width, height: *height })
    });
    Ok(page.card(link, thumbnail, film))
}

/// A picture of elsewhere with its sides; none, if it is no picture.
async fn picture(app: &App, url: &str) -> Option<EmbedMedia> {
    let (width, height) = crate::external::size(app, url).await?;
    Some(EmbedMedia { url: url.to_owned(), proxy_url: None, width: Some(width), height: Some(height) })
}
