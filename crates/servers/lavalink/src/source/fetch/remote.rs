//! A file or a radio behind HTTP, read like a file: it seeks with Range, and takes up a broken answer where it broke off.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{self, HeaderMap};
use tokio::sync::watch;
use url::Url;

use super::window::Want;
use super::{Answer, Ask, Fetch, FetchError, Filler, Reader, window};
use crate::source::icy::Icy;

/// Tries in a row to take up an answer that broke off.
const MOST_TRIES: u32 = 3;
/// Seconds for which a server that wants them is left alone: listeners do not wait much longer.
const MOST_PAUSE: u64 = 5;
/// Addresses of one file, one after the other: each is asked for only when the one before gave some of its bytes.
const MOST_RENEWALS: u32 = 8;
/// The same for addresses to which its first one leads: they may be good for a minute each.
const MOST_RETURNS: u32 = 200;

/// Says where a file is now, and what is to be said there.
#[async_trait]
pub(in super::super) trait Renew: Send + Sync {
    /// Asks; nothing where nobody knows.
    async fn renew(&self) -> Option<(Url, HeaderMap)>;
}

/// What the first answer told.
#[derive(Clone, Debug, Default)]
pub struct RemoteInfo {
    /// Where it is, after redirects.
    pub url: String,
    /// The media type, without parameters, in lower case.
    pub content_type: String,
    /// Its length in bytes; nothing for radio.
    pub length: Option<u64>,
    /// Whether any place of it can be asked for.
    pub seekable: bool,
    /// The name of a radio station.
    pub station: Option<String>,
    /// The genre of a radio station.
    pub genre: Option<String>,
}

/// A remote file, opened.
pub struct Remote {
    /// What is known of it.
    pub info: RemoteInfo,
    /// Its bytes.
    pub reader: Reader,
    /// What a radio says it plays.
    pub title: watch::Receiver<Option<String>>,
}

impl RemoteInfo {
    fn new(answer: &Answer) -> Self {
        let text = |name: &str| {
            let value = answer.headers.get(name)?;
            let text: String = String::from_utf8_lossy(value.as_bytes()).trim().chars().take(200).collect();
            Some(text).filter(|text| !text.is_empty())
        };
        let content_type = answer.header(header::CONTENT_TYPE).unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let whole = answer.header(header::CONTENT_RANGE).and_then(|range| number(range.rsplit_once('/')?.1));
        let plain = answer.header(header::CONTENT_LENGTH).and_then(number).filter(|_| answer.status == 200);
        let length = whole.or(plain);
        let ranges = answer.header(header::ACCEPT_RANGES).is_some_and(|unit| unit.trim() == "bytes");
        Self {
            url: answer.url.to_string(),
            content_type,
            length,
            seekable: length.is_some() && (answer.status == 206 || ranges),
            station: text("icy-name"),
            genre: text("icy-genre"),
        }
    }
}

impl Remote {
    /// Asks for a file.
    pub async fn open(fetch: &Fetch, url: Url) -> Result<Self, FetchError> {
        let mut ask = Ask::get(url);
        (ask.from, ask.icy) = (Some(0), true);
        let answer = fetch.ask(ask.clone()).await?;
        Ok(Self::of(fetch, ask, answer))
    }

    /// Reads on from an answer that was already had.
    pub(in super::super) fn of(fetch: &Fetch, mut ask: Ask, answer: Answer) -> Self {
        let info = RemoteInfo::new(&answer);
        let settings = fetch.settings();
        let (filler, reader) = window(0, info.length, info.seekable, settings.idle, settings.slowest);
        let (title, titles) = watch::channel(None);
        let first = ask.clone();
        settle(&mut ask, &answer);
        let feeder = Feeder {
            fetch: fetch.clone(),
            ask,
            first,
            standing: Standing::Good,
            filler,
            icy: Icy::of(&answer),
            offset: 0,
            length: info.length,
            seekable: info.seekable,
            mark: Mark::of(&answer),
            renewals: 0,
            returns: 0,
            title,
        };
        tokio::spawn(feeder.run(answer));
        Self { info, reader, title: titles }
    }
}

/// What has been done for an address that is good no longer, since it was good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nothing: it gave bytes.
    Good,
    /// The first address was asked where it leads to now.
    Returned,
    /// Somebody was asked for another.
    Renewed,
}

/// By what a file is known again, where the server says it.
#[derive(Debug, Default)]
struct Mark {
    tag: Option<String>,
    modified: Option<String>,
}

impl Mark {
    fn of(answer: &Answer) -> Self {
        let text = |name| answer.header(name).map(str::to_owned);
        Self { tag: text(header::ETAG), modified: text(header::LAST_MODIFIED) }
    }

    /// What a server compares by itself.
    fn strong(&self) -> Option<&str> {
        self.tag.as_deref().filter(|tag| !tag.starts_with("W/"))
    }

    /// Whether nothing speaks against both being of the same file.
    fn agrees(&self, other: &Self) -> bool {
        match (&self.tag, &other.tag, &self.modified, &other.modified) {
            (Some(one), Some(other), ..) | (None, None, Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}

struct Feeder {
    fetch: Fetch,
    ask: Ask,
    /// What was asked at first, and may have led elsewhere since.
    first: Ask,
    standing: Standing,
    filler: Filler,
    icy: Option<Icy>,
    /// Where the next byte stands.
    offset: u64,
    length: Option<u64>,
    seekable: bool,
    mark: Mark,
    /// How many addresses it had beside the first, and how often the first was asked where it leads to.
    renewals: u32,
    returns: u32,
    title: watch::Sender<Option<String>>,
}

impl Feeder {
    async fn run(mut self, answer: Answer) {
        let mut answer = Some(answer);
        let mut tries = 0;
        loop {
            match self.filler.want().await {
                Want::Closed => return,
                Want::Seek(to) => (self.offset, answer, tries) = (to, None, 0),
                Want::More => {}
            }
            let fresh = answer.is_none();
            let step = async {
                if fresh {
                    answer = Box::pin(self.again()).await?;
                }
                match &mut answer {
                    Some(answer) => answer.body.chunk().await,
                    None => Ok(None),
                }
            };
            let step = tokio::select! {
                step = step => step,
                () = self.filler.interrupted() => continue,
            };
            if let Some(answer) = answer.as_ref().filter(|_| fresh) {
                settle(&mut self.ask, answer);
                if self.icy.is_some() {
                    self.icy = Icy::of(answer);
                }
            }
            match step {
                Ok(Some(bytes)) => {
                    (tries, self.standing) = (0, Standing::Good);
                    self.push(bytes);
                }
                // A radio that says goodbye has only lost its listener.
                Ok(None) if self.length.is_none() && self.icy.is_some() && tries < MOST_TRIES => {
                    (answer, tries) = (None, tries + 1);
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Ok(None) => self.filler.end(Ok(())),
                Err(error) if error.is_refusal() && self.returnable() => {
                    answer = None;
                    self.ask = self.first.clone();
                    self.returns += 1;
                    self.standing = Standing::Returned;
                }
                Err(error) if error.is_refusal() && self.renewable() => {
                    answer = None;
                    let found = tokio::select! {
                        found = Box::pin(self.renew()) => found,
                        () = self.filler.interrupted() => continue,
                    };
                    match found {
                        Some((url, headers)) => self.moved(url, headers),
                        None => self.filler.end(Err(error)),
                    }
                }
                Err(error) => {
                    answer = None;
                    tries += 1;
                    if tries > MOST_TRIES || !error.is_passing() || !(self.seekable || self.icy.is_some()) {
                        self.filler.end(Err(error));
                    } else {
                        let pause = match error {
                            FetchError::Later(_, seconds) => Duration::from_secs(seconds.clamp(1, MOST_PAUSE)),
                            _ => Duration::from_millis(200 << tries),
                        };
                        tokio::select! {
                            () = tokio::time::sleep(pause) => {}
                            () = self.filler.interrupted() => {}
                        }
                    }
                }
            }
        }
    }

    /// Whether the first address may lead elsewhere now, and what is there can be taken up.
    fn returnable(&self) -> bool {
        let led = self.ask.url != self.first.url && (self.seekable || self.icy.is_some());
        led && self.standing == Standing::Good && self.returns < MOST_RETURNS
    }

    /// Whether somebody knows where else the file may be, and it can be read from its middle there.
    fn renewable(&self) -> bool {
        let known = self.seekable && self.fetch.renew.is_some();
        known && self.standing != Standing::Renewed && self.renewals < MOST_RENEWALS
    }

    async fn renew(&self) -> Option<(Url, HeaderMap)> {
        self.fetch.renew.as_ref()?.renew().await
    }

    /// From now on it is asked for there. Whatever the first address said of it, but for its length, was about that address.
    fn moved(&mut self, url: Url, headers: HeaderMap) {
        self.fetch = self.fetch.with_headers(headers);
        self.ask.url = url;
        self.ask.headers.clear();
        self.first = self.ask.clone();
        self.mark = Mark::default();
        self.renewals += 1;
        self.standing = Standing::Renewed;
    }

    fn push(&mut self, bytes: Bytes) {
        self.offset += bytes.len() as u64;
        match &mut self.icy {
            None => self.filler.push(bytes),
            Some(icy) => {
                let title = &self.title;
                let filler = &self.filler;
                icy.split(
                    bytes,
                    |sound| filler.push(sound),
                    |text| {
                        title.send_replace(Some(text));
                    },
                );
            }
        }
    }

    /// Asks again, from where the next byte stands. Nothing stands at the end.
    async fn again(&self) -> Result<Option<Answer>, FetchError> {
        if self.length.is_some_and(|length| self.offset >= length) {
            return Ok(None);
        }
        let mut ask = self.ask.clone();
        if self.seekable {
            ask.from = Some(self.offset);
            if let Some(tag) = self.mark.strong().and_then(|tag| tag.parse().ok()) {
                ask.headers.push((header::IF_RANGE, tag));
            }
        }
        let answer = self.fetch.ask(ask).await?;
        let length = RemoteInfo::new(&answer).length;
        // Where the first address leads to now may be another file: it has to say how long it is, and by what it is known.
        let unsure = length.is_none() || !self.mark.agrees(&Mark::of(&answer));
        let other = self.length.is_some() && length.is_some() && length != self.length
            || self.standing == Standing::Returned && unsure;
        if self.seekable && (other || self.offset > 0 && answer.status != 206) {
            return Err(FetchError::Content("the file changed while it was read".to_owned()));
        }
        Ok(Some(answer))
    }
}

/// From now on it is asked for where it was found: a redirect is not asked again at each seek, and headers were for the first
/// host only.
fn settle(ask: &mut Ask, answer: &Answer) {
    if answer.url.origin() != ask.url.origin() {
        ask.headers.clear();
    }
    ask.url = answer.url.clone();
}
