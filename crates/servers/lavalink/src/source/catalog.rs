//! All sources of a node, and which of them an identifier is for.

use async_trait::async_trait;
use guildhall_db::Db;

use super::fetch::{Fetch, FetchError, FetchSettings};
use super::http::Http;
use super::local::{Local, LocalSettings};
use super::{SourceError, Sources, Stream};
use crate::wire::{LoadResult, Lyrics, TrackInfo};

/// Longest identifier.
const MOST_IDENTIFIER: usize = 4096;

/// Which sources a node has.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    /// How far the guarded fetch goes.
    pub fetch: FetchSettings,
    /// Whether addresses are played.
    pub http: bool,
    /// The library on this machine.
    pub local: Option<LocalSettings>,
}

/// All sources of a node.
pub struct Catalog {
    http: Option<Http>,
    local: Option<Local>,
}

impl Catalog {
    /// The sources that the settings switch on. The library is searched only where it has a database, whose migrations have
    /// run; where it has one, this is called within a tokio runtime.
    pub fn new(settings: SourceSettings, db: Option<Db>) -> Result<Self, FetchError> {
        let fetch = Fetch::new(settings.fetch)?;
        let local = settings.local.map(|settings| {
            let local = Local::new(&settings, db);
            local.watch(settings.rescan);
            local
        });
        Ok(Self { http: settings.http.then(|| Http::new(fetch)), local })
    }

    /// Looks through the library now; gives how many files it holds.
    pub async fn refresh(&self) -> guildhall_db::Result<usize> {
        match &self.local {
            Some(local) => local.refresh().await,
            None => Ok(0),
        }
    }
}

#[async_trait]
impl Sources for Catalog {
    async fn load(&self, identifier: &str) -> LoadResult {
        if identifier.len() > MOST_IDENTIFIER {
            return LoadResult::Empty;
        }
        if let Some(local) = self.local.as_ref().filter(|_| Local::wants(identifier)) {
            return local.load(identifier).await;
        }
        if let (Some(http), Some(url)) = (&self.http, Http::address(identifier)) {
            return http.load(&url).await;
        }
        LoadResult::Empty
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        match (track.source_name.as_str(), &self.http, &self.local) {
            ("http", Some(http), _) => http.open(&track.identifier, position).await,
            ("local", _, Some(local)) => local.open(&track.identifier, position).await,
            (name, ..) => {
                let cause = format!("no source `{name}`");
                Err(SourceError::common("The source of the track is switched off.", cause))
            }
        }
    }

    fn names(&self) -> Vec<String> {
        let names = [self.http.is_some().then_some("http"), self.local.is_some().then_some("local")];
        names.into_iter().flatten().map(str::to_owned).collect()
    }

    async fn lyrics(&self, track: &TrackInfo) -> Option<Lyrics> {
        match (track.source_name.as_str(), &self.local) {
            ("local", Some(local)) => local.lyrics(&track.identifier).await,
            _ => None,
        }
    }
}
