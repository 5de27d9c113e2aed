//! All sources of a node, and which of them an identifier is for.

use async_trait::async_trait;

use super::fetch::{Fetch, FetchError, FetchSettings};
use super::http::Http;
use super::{SourceError, Sources, Stream};
use crate::wire::{LoadResult, TrackInfo};

/// Longest identifier.
const MOST_IDENTIFIER: usize = 4096;

/// Which sources a node has.
#[derive(Clone, Debug, Default)]
pub struct SourceSettings {
    /// How far the guarded fetch goes.
    pub fetch: FetchSettings,
    /// Whether addresses are played.
    pub http: bool,
}

/// All sources of a node.
pub struct Catalog {
    http: Option<Http>,
}

impl Catalog {
    /// The sources that the settings switch on.
    pub fn new(settings: SourceSettings) -> Result<Self, FetchError> {
        let fetch = Fetch::new(settings.fetch)?;
        Ok(Self { http: settings.http.then(|| Http::new(fetch)) })
    }
}

#[async_trait]
impl Sources for Catalog {
    async fn load(&self, identifier: &str) -> LoadResult {
        if identifier.len() > MOST_IDENTIFIER {
            return LoadResult::Empty;
        }
        if let (Some(http), Some(url)) = (&self.http, Http::address(identifier)) {
            return http.load(&url).await;
        }
        LoadResult::Empty
    }

    async fn open(&self, track: &TrackInfo, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        match (track.source_name.as_str(), &self.http) {
            ("http", Some(http)) => http.open(&track.identifier, position).await,
            (name, _) => {
                Err(SourceError::common("The source of the track is switched off.", format!("no source `{name}`")))
            }
        }
    }

    fn names(&self) -> Vec<String> {
        [self.http.is_some().then_some("http")].into_iter().flatten().map(str::to_owned).collect()
    }
}
