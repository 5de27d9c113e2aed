//! All sources of a node, and which of them an identifier is for.

use async_trait::async_trait;
use guildhall_db::Db;
use tokio::sync::Semaphore;
use url::Url;

use super::artwork::{Artwork, ArtworkSettings, Picture};
use super::fetch::{Fetch, FetchError, FetchSettings};
use super::http::Http;
use super::local::{self, Local, LocalSettings};
use super::lrclib::Lrclib;
use super::mirror::Mirror;
use super::sponsor::SponsorBlock;
use super::spotify::{self, Spotify, SpotifySettings};
use super::upload::{self, UploadSettings, Uploads};
use super::ytdlp::{Ytdlp, YtdlpSettings};
use super::{SourceError, Sources, Stream};
use crate::wire::{Chapter, LoadResult, Lyrics, SearchResult, Segment, TrackInfo};

/// Longest identifier.
const MOST_IDENTIFIER: usize = 4096;

/// Sources of LavaSrc whose settings change while it runs.
const LAVASRC: [&str; 9] =
    ["spotify", "applemusic", "deezer", "yandexmusic", "vkmusic", "tidal", "qobuz", "jiosaavn", "ytdlp"];

/// Pictures that are looked for at the same time.
const MOST_LOOKING: usize = 4;

/// Which sources a node has.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    /// How far the guarded fetch goes.
    pub fetch: FetchSettings,
    /// Whether addresses are played.
    pub http: bool,
    /// The library on this machine.
    pub local: Option<LocalSettings>,
    /// Files that clients bring.
    pub uploads: Option<UploadSettings>,
    /// A program that knows how to get at the sound of sites.
    pub ytdlp: Option<YtdlpSettings>,
    /// Metadata of tracks that are played from elsewhere.
    pub spotify: Option<SpotifySettings>,
    /// Where such tracks are looked for, in order: identifiers in which `%ISRC%`, `%QUERY%`, `%TITLE%` and `%AUTHOR%` stand for
    /// the track's.
    pub providers: Vec<String>,
    /// Who knows which parts of videos listeners would rather skip: an API in the shape of SponsorBlock's.
    pub sponsorblock: Option<Url>,
    /// Who knows words of songs of any source: an API in the shape of LRCLIB's.
    pub lrclib: Option<Url>,
    /// Where pictures of files are found by others.
    pub artwork: Option<ArtworkSettings>,
}

/// All sources of a node.
pub struct Catalog {
    playable: Playable,
    spotify: Option<Spotify>,
    mirror: Mirror,
    sponsorblock: Option<SponsorBlock>,
    lrclib: Option<Lrclib>,
    artwork: Option<Artwork>,
    /// Pictures that are looked for at the same time.
    looking: Semaphore,
}

/// The sources that have sound themselves.
pub(super) struct Playable {
    http: Option<Http>,
    local: Option<Local>,
    ytdlp: Option<Ytdlp>,
    uploads: Option<Uploads>,
}

impl Catalog {
    /// The sources that the settings switch on. The library is searched only where it has a database, whose migrations have
    /// run; where it has one, this is called within a tokio runtime.
    pub fn new(settings: SourceSettings, db: Option<Db>) -> Result<Self, FetchError> {
        let fetch = Fetch::new(settings.fetch)?;
        let artwork = settings.artwork.map(Artwork::new);
        let uploads = settings.uploads.map(|settings| Uploads::new(settings, db.clone(), artwork.clone()));
        let local = settings.local.map(|settings| {
            let local = Local::new(&settings, db, artwork.clone());
            if settings.watch {
                local.watch(settings.rescan);
            }
            local
        });
        let ytdlp = settings.ytdlp.map(|settings| Ytdlp::new(settings, fetch.clone()));
        let spotify = settings.spotify.map(|settings| Spotify::new(settings, fetch.clone()));
        let sponsorblock = settings.sponsorblock.map(|url| SponsorBlock::new(url, fetch.clone()));
        let lrclib = settings.lrclib.map(|url| Lrclib::new(url, fetch.clone()));
        let playable = Playable { http: settings.http.then(|| Http::new(fetch)), local, ytdlp, uploads };
        Ok(Self {
            playable,
            spotify,
            mirror: Mirror::new(settings.providers),
            sponsorblock,
            lrclib,
            artwork,
            looking: Semaphore::new(MOST_LOOKING),
        })
    }

    /// Looks through the library now; gives how many files it holds.
    pub async fn refresh(&self) -> guildhall_db::Result<usize> {
        match &self.playable.local {
            Some(local) => local.refresh().await,
            None => Ok(0),
        }
    }
}

impl Playable {
    pub(super) async fn load(&self, identifier: &str) -> LoadResult {
        if identifier.len() > MOST_IDENTIFIER {
            return LoadResult::Empty;
        }
        if let Some(local) = self.local.as_ref().filter(|_| Local::wants(identifier)) {
            return local.load(identifier).await;
        }
        if let Some(uploads) = self.uploads.as_ref().filter(|_| Uploads::wants(identifier)) {
            return uploads.load(identifier).await;
        }
        if let Some(ytdlp) = self.ytdlp.as_ref().filter(|ytdlp| ytdlp.wants(identifier)) {
            return ytdlp.load(identifier).await;
        }
        if let (Some(http), Some(url)) = (&self.http, Http::address(identifier)) {
            return http.load(&url).await;
        }
        LoadResult::Empty
    }

    pub(super) async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if let Some(ytdlp) = self.ytdlp.as_ref().filter(|_| Ytdlp::has(&track.source_name)) {
            return ytdlp.open(track, position).await;
        }
        if let Some(uploads) = self.uploads.as_ref().filter(|_| track.source_name == upload::NAME) {
            return uploads.open(&track.identifier, position).await;
        }
        match (track.source_name.as_str(), &self.http, &self.local) {
            ("http", Some(http), _) => http.open(&track.identifier, position).await,
            ("local", _, Some(local)) => local.open(&track.identifier, position).await,
            (name, ..) => {
                let cause = format!("no source `{name}`");
                Err(SourceError::common("The source of the track is switched off.", cause))
            }
        }
    }
}

#[async_trait]
impl Sources for Catalog {
    async fn load(&self, identifier: &str) -> LoadResult {
        match self.spotify.as_ref().filter(|spotify| spotify.wants(identifier)) {
            Some(spotify) => spotify.load(identifier).await,
            None => self.playable.load(identifier).await,
        }
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        if let Some(spotify) = self.spotify.as_ref().filter(|_| track.source_name == spotify::NAME) {
            if track.identifier.starts_with(spotify::PREVIEW) {
                return spotify.open_preview(&track.identifier, position).await;
            }
            return self.mirror.open(&self.playable, track, position).await;
        }
        self.playable.open(track, position).await
    }

    fn names(&self) -> Vec<String> {
        let playable = &self.playable;
        let names = [
            playable.http.is_some().then_some("http"),
            playable.local.is_some().then_some("local"),
            self.spotify.is_some().then_some(spotify::NAME),
            playable.uploads.is_some().then_some(upload::NAME),
        ];
        let ytdlp = playable.ytdlp.iter().flat_map(Ytdlp::names);
        names.into_iter().flatten().chain(ytdlp).map(str::to_owned).collect()
    }

    fn elsewhere(&self) -> Vec<String> {
        // Files are here; and what is only known by name may be found among them.
        let searched = self.playable.local.is_some();
        let here = |name: &str| name == local::NAME || name == upload::NAME || searched && name == spotify::NAME;
        self.names().into_iter().filter(|name| !here(name)).collect()
    }

    async fn lyrics(&self, track: &TrackInfo) -> Option<Lyrics> {
        // What stands in the file, or beside it, is what somebody wanted there.
        let own = match (track.source_name.as_str(), &self.playable) {
            (local::NAME, Playable { local: Some(local), .. }) => local.lyrics(&track.identifier).await,
            (upload::NAME, Playable { uploads: Some(uploads), .. }) => uploads.lyrics(&track.identifier).await,
            ("http", Playable { http: Some(http), .. }) if !track.is_stream => http.lyrics(&track.identifier).await,
            _ => None,
        };
        match (own, &self.lrclib) {
            (None, Some(lrclib)) => lrclib.lyrics(track).await,
            (own, _) => own,
        }
    }

    async fn search(&self, query: &str, kinds: &[String]) -> Option<Result<SearchResult, SourceError>> {
        self.spotify.as_ref()?.search(query, kinds).await
    }

    async fn segments(&self, track: &TrackInfo, categories: &[String]) -> Vec<Segment> {
        let Some(sponsorblock) = &self.sponsorblock else { return Vec::new() };
        sponsorblock.segments(track, categories).await.unwrap_or_else(|cause| {
            tracing::warn!(%cause, "failed to ask which parts are to be skipped");
            Vec::new()
        })
    }

    async fn chapters(&self, track: &TrackInfo) -> Vec<Chapter> {
        match self.playable.ytdlp.as_ref().filter(|_| Ytdlp::has(&track.source_name)) {
            Some(ytdlp) => ytdlp.chapters(track).await,
            None => Vec::new(),
        }
    }

    async fn artwork(&self, signature: &str, name: &str) -> Option<Picture> {
        let _known = self.artwork.as_ref().filter(|artwork| artwork.knows(signature, name))?;
        let _turn = self.looking.acquire().await.ok()?;
        match (name.split_once('/')?, &self.playable) {
            ((local::NAME, path), Playable { local: Some(local), .. }) => local.picture(path).await,
            ((upload::NAME, id), Playable { uploads: Some(uploads), .. }) => uploads.picture(id).await,
            _ => None,
        }
    }

    fn plugins(&self) -> Vec<&'static str> {
        let sings = self.lrclib.is_some() || self.playable.local.is_some() || self.playable.uploads.is_some();
        let names = [
            self.spotify.is_some().then_some("lavasrc-plugin"),
            self.sponsorblock.is_some().then_some("sponsorblock-plugin"),
            sings.then_some("lavalyrics-plugin"),
        ];
        names.into_iter().flatten().collect()
    }

    fn uploads(&self) -> Option<&Uploads> {
        self.playable.uploads.as_ref()
    }

    async fn configure(&self, settings: &serde_json::Value) -> Result<(), String> {
        let settings = settings.as_object().ok_or("settings are an object")?;
        for (name, settings) in settings {
            match (name.as_str(), &self.spotify) {
                ("spotify", Some(spotify)) if !settings.is_null() => spotify.configure(settings)?,
                // Bots send all that LavaSrc knows, whether it is switched on or not.
                (name, _) if settings.is_null() || LAVASRC.iter().any(|known| name.eq_ignore_ascii_case(known)) => {}
                (name, _) => return Err(format!("no source `{name:.40}` that is switched on has such settings")),
            }
        }
        Ok(())
    }
}
