//! A program that knows how to get at the sound of sites, with the contract of `yt-dlp`: it is asked with `-J` and answers in
//! JSON. It only says where the sound is; that is fetched by the guarded fetch.

mod item;
mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;
use tokio::sync::Semaphore;
use url::Url;

use super::fetch::{Fetch, Renew};
use super::http::Http;
use super::{SourceError, Stream};
use crate::wire::{Chapter, LoadResult, TrackInfo};
use item::Item;
use run::{Limits, RunError, run};

/// Sources under whose names its tracks go.
const NAMES: [&str; 3] = ["ytdlp", "youtube", "soundcloud"];
/// Longest text that is searched for.
const MOST_WORDS: usize = 500;

/// What is run, and for what.
#[derive(Clone, Debug)]
pub struct YtdlpSettings {
    /// The program.
    pub path: PathBuf,
    /// Sites whose addresses it is asked about: these hosts and what lies below them.
    pub hosts: Vec<String>,
    /// Searches that it makes: `ytsearch`, `ytmsearch`, `scsearch`.
    pub searches: Vec<String>,
    /// Tracks that a search gives.
    pub search_limit: u32,
    /// Tracks of a list.
    pub playlist_limit: u32,
    /// Arguments with which it is asked what an address is.
    pub load_arguments: Vec<String>,
    /// Arguments with which it is asked where the sound is.
    pub play_arguments: Vec<String>,
    /// How long it may take.
    pub time: Duration,
    /// Bytes that it may write.
    pub output: usize,
    /// Bytes of memory that each of its processes may have.
    pub memory: u64,
    /// How many of it may run at the same time.
    pub processes: usize,
}

impl Default for YtdlpSettings {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let common = ["--ignore-config", "--no-cache-dir", "-q", "--no-warnings", "--skip-download", "-J"];
        // Opus goes through untouched; of AAC, only the plain kind is played.
        let format = ["-f", "bestaudio[acodec=opus]/bestaudio[acodec=mp4a.40.2]/bestaudio/best", "--no-playlist"];
        Self {
            path: PathBuf::from("yt-dlp"),
            hosts: texts(&["youtube.com", "youtu.be", "soundcloud.com"]),
            searches: texts(&["ytsearch", "ytmsearch"]),
            search_limit: 10,
            playlist_limit: 1_000,
            load_arguments: [&common[..], &["--flat-playlist"]].concat().into_iter().map(str::to_owned).collect(),
            play_arguments: [&common[..], &format].concat().into_iter().map(str::to_owned).collect(),
            time: Duration::from_secs(20),
            output: 8 * 1024 * 1024,
            memory: 1024 * 1024 * 1024,
            processes: 4,
        }
    }
}

/// The sources `youtube`, `soundcloud` and `ytdlp`, as far as they are switched on.
pub(super) struct Ytdlp {
    program: Arc<Program>,
    fetch: Fetch,
}

/// The program, and how many of it run.
struct Program {
    settings: YtdlpSettings,
    running: Semaphore,
}

/// A page whose sound may move while it is played: sites give addresses that are good for some hours.
struct Moving {
    program: Arc<Program>,
    page: String,
    id: String,
}

#[async_trait]
impl Renew for Moving {
    async fn renew(&self) -> Option<(Url, HeaderMap)> {
        match self.program.sound(self.page.clone(), &self.id).await {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::debug!(cause = error.cause, "failed to ask again where a track is");
                None
            }
        }
    }
}

impl From<RunError> for SourceError {
    fn from(error: RunError) -> Self {
        match &error {
            RunError::Start { .. } | RunError::Lost(_) => {
                Self::fault("The program for this site does not run.", &error)
            }
            RunError::Large(_) | RunError::Timeout(_) => {
                Self::suspicious("The program for this site does not come to an end.", &error)
            }
            RunError::Failed { .. } => Self::common("The site does not give this track.", &error),
        }
    }
}

impl Ytdlp {
    pub(super) fn new(settings: YtdlpSettings, fetch: Fetch) -> Self {
        let running = Semaphore::new(settings.processes.max(1));
        Self { program: Arc::new(Program { settings, running }), fetch }
    }

    /// Names of sources as clients look for them before they search.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let searched = |prefix: &str| self.program.settings.searches.iter().any(|search| search == prefix);
        let listed = |host: &str| self.program.settings.hosts.iter().any(|known| known == host);
        let youtube = searched("ytsearch") || searched("ytmsearch") || listed("youtube.com");
        let soundcloud = searched("scsearch") || listed("soundcloud.com");
        let names = [Some("ytdlp"), youtube.then_some("youtube"), soundcloud.then_some("soundcloud")];
        names.into_iter().flatten().collect()
    }

    /// Whether tracks of this source are played here.
    pub(super) fn has(source: &str) -> bool {
        NAMES.contains(&source)
    }

    /// Whether an identifier is for this source.
    pub(super) fn wants(&self, identifier: &str) -> bool {
        self.search(identifier).is_some() || self.address(identifier).is_some()
    }

    /// The kind of a search and its words.
    fn search<'a>(&self, identifier: &'a str) -> Option<(&'a str, &'a str)> {
        let (prefix, words) = identifier.split_once(':')?;
        let known = matches!(prefix, "ytsearch" | "ytmsearch" | "scsearch");
        (known && self.program.settings.searches.iter().any(|search| search == prefix)).then(|| (prefix, words.trim()))
    }

    /// An address of one of the sites.
    fn address(&self, identifier: &str) -> Option<Url> {
        let url = Http::address(identifier)?;
        let host = url.host_str()?.to_ascii_lowercase();
        let below = |known: &String| {
            host == *known || host.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        self.program.settings.hosts.iter().any(below).then_some(url)
    }

    /// What an identifier leads to.
    pub(super) async fn load(&self, identifier: &str) -> LoadResult {
        match self.try_load(identifier).await {
            Ok(result) => result,
            Err(error) => LoadResult::Error(error.into()),
        }
    }

    async fn try_load(&self, identifier: &str) -> Result<LoadResult, SourceError> {
        let search = self.search(identifier);
        let most =
            if search.is_some() { self.program.settings.search_limit } else { self.program.settings.playlist_limit };
        let wanted = match search {
            Some((_, words)) if words.is_empty() || words.len() > MOST_WORDS => return Ok(LoadResult::Empty),
            Some(("ytsearch", words)) => format!("ytsearch{most}:{words}"),
            Some(("scsearch", words)) => format!("scsearch{most}:{words}"),
            Some((_, words)) => {
                let words = percent_encoding::utf8_percent_encode(words, percent_encoding::NON_ALPHANUMERIC);
                format!("https://music.youtube.com/search?q={words}#songs")
            }
            None => self.address(identifier).ok_or_else(foreign)?.to_string(),
        };
        let mut arguments = self.program.settings.load_arguments.clone();
        arguments.extend(["--playlist-items".to_owned(), format!("1:{most}")]);
        let item = self.program.ask(arguments, wanted).await?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if search.is_some() {
            let tracks = item.tracks(most);
            return Ok(if tracks.is_empty() { LoadResult::Empty } else { LoadResult::Search(tracks) });
        }
        if item.is_list() {
            let playlist = item.playlist(most);
            let empty = playlist.tracks.is_empty();
            return Ok(if empty { LoadResult::Empty } else { LoadResult::Playlist(Box::new(playlist)) });
        }
        Ok(item.video().map_or(LoadResult::Empty, |track| LoadResult::Track(Box::new(track))))
    }

    /// Opens a track: asks where its sound is now, and fetches that.
    pub(super) async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let page = self.page(track)?;
        let (url, headers) = self.program.sound(page.clone(), &track.identifier).await?;
        let moving = Moving { program: self.program.clone(), page, id: track.identifier.clone() };
        let fetch = self.fetch.with_headers(headers).renewing(Arc::new(moving));
        Http::new(fetch).open(url.as_str(), position).await
    }

    /// The chapters of a track, where it has some.
    pub(super) async fn chapters(&self, track: &TrackInfo) -> Vec<Chapter> {
        let Ok(page) = self.page(track) else { return Vec::new() };
        let item = self.program.ask(self.program.settings.load_arguments.clone(), page).await;
        item.map(Item::chapters).unwrap_or_default()
    }

    /// The page of a track. A track comes from clients: its page is on one of the sites, or it is none.
    fn page(&self, track: &TrackInfo) -> Result<String, SourceError> {
        let found = track.uri.as_deref().and_then(|uri| self.address(uri)).or_else(|| {
            let id = &track.identifier;
            let plain = id.len() == 11 && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
            let page =
                (plain && track.source_name == "youtube").then(|| format!("https://www.youtube.com/watch?v={id}"));
            page.and_then(|page| self.address(&page))
        });
        found.map(String::from).ok_or_else(foreign)
    }
}

impl Program {
    /// Where the sound of a page is now, and what is to be said there. Some pages have several, and each an id of its own.
    async fn sound(&self, page: String, id: &str) -> Result<(Url, HeaderMap), SourceError> {
        let item = self.ask(self.settings.play_arguments.clone(), page).await?;
        let nowhere = || SourceError::common("The site gives no sound for this track.", "no address in the answer");
        item.one(id).and_then(Item::sound).ok_or_else(nowhere)
    }

    async fn ask(&self, mut arguments: Vec<String>, wanted: String) -> Result<Item, SourceError> {
        let busy = || SourceError::suspicious("Too much is asked of the program for this site.", "no process is free");
        let turn = tokio::time::timeout(self.settings.time, self.running.acquire()).await;
        let _turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        // Whatever it is, it is no option.
        arguments.extend(["--".to_owned(), wanted.chars().filter(|c| !c.is_control()).collect()]);
        let Self { settings, .. } = self;
        let limits = Limits { time: settings.time, output: settings.output, memory: settings.memory };
        let output = run(&self.settings.path, &arguments, limits).await?;
        let strange = |cause: serde_json::Error| {
            SourceError::suspicious("The program for this site answers with something strange.", cause)
        };
        serde_json::from_slice(&output).map_err(strange)
    }
}

fn foreign() -> SourceError {
    SourceError::common("The track is not on a site that may be asked.", "its host is not among the configured ones")
}
