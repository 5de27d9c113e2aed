//! The store, opened.

use std::hash::RandomState;
use std::sync::Arc;

use bytes::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::attachment::Known;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::format::{Format, Target};
use crate::render::Renderer;
use crate::store::Store;
use crate::{data_url, sign};

/// Parts of the cache, each with its own lock. What is larger than one is not kept, so they are few.
const SHARDS: usize = 4;
/// Attachments of which type and size are remembered.
const KNOWN: usize = 4096;

type Rendered = Cache<(String, Target), Arc<(Format, Bytes)>, Weight, RandomState>;

/// Attachments, avatars and emoji. Cheap to clone.
#[derive(Clone)]
pub struct Blob {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<Store>,
    renderer: Renderer,
    cache: Rendered,
    known: Cache<String, Known>,
    secret: [u8; 32],
    max_attachment_bytes: u64,
}

impl Blob {
    /// Opens the folder, which is made when missing, or the bucket, which is not asked yet: see [`ping`](Self::ping).
    pub async fn open(config: Config) -> Result<Self> {
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(1024)
            .weight_capacity(config.cache_bytes)
            .build()
            .map_err(|error| Error::Storage(error.to_string()))?;
        let shared = Shared {
            store: Arc::new(Store::open(config.location).await?),
            renderer: Renderer::default(),
            cache: Cache::with_options(options, Weight, RandomState::default(), DefaultLifecycle::default()),
            known: Cache::new(KNOWN),
            secret: config.secret,
            max_attachment_bytes: config.max_attachment_bytes,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Whether the folder can be written, or the bucket be read.
    pub async fn ping(&self) -> Result<()> {
        self.store().ping().await
    }

    /// Reads `data:image/png;base64,…`: the declared type, which nothing relies on, and the bytes.
    pub fn parse_data_url(url: &str) -> Result<(String, Bytes)> {
        data_url::parse(url)
    }

    /// Adds to a path what lets whoever has the address read it: `?ex=…&is=…&hm=…`. Good for at least a day, and the same
    /// for an hour, so that caches work.
    pub fn sign(&self, path: &str, now_secs: u64) -> String {
        sign::sign(&self.shared.secret, path, now_secs)
    }

    /// Whether a path's query was made by [`sign`](Self::sign) and has not expired.
    pub fn verify(&self, path: &str, query: &str, now_secs: u64) -> bool {
        sign::verify(&self.shared.secret, path, query, now_secs)
    }

    /// Whether a path's query was made by [`sign`](Self::sign), expired or not.
    pub fn is_genuine(&self, path: &str, query: &str) -> bool {
        sign::genuine(&self.shared.secret, path, query).is_some()
    }

    /// Hides an id in an address that must not tell it, together with a name that nobody guesses; twice shows it again.
    pub fn mask(&self, name: &str, id: u64) -> u64 {
        sign::mask(&self.shared.secret, name, id)
    }

    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.shared.store
    }

    pub(crate) fn renderer(&self) -> &Renderer {
        &self.shared.renderer
    }

    pub(crate) fn cache(&self) -> &Rendered {
        &self.shared.cache
    }

    pub(crate) fn known_files(&self) -> &Cache<String, Known> {
        &self.shared.known
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.shared.secret
    }

    pub(crate) fn max_attachment_bytes(&self) -> u64 {
        self.shared.max_attachment_bytes
    }

    /// Drops what was made of a file.
    pub(crate) fn forget(&self, key: &str) {
        self.cache().retain(|(made_of, _), _| made_of != key);
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("store", &self.shared.store).finish_non_exhaustive()
    }
}

/// Weighs what is cached by its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Weight;

impl Weighter<(String, Target), Arc<(Format, Bytes)>> for Weight {
    fn weight(&self, (key, _): &(String, Target), made: &Arc<(Format, Bytes)>) -> u64 {
        // Names, pointers and counters cost something too.
        (key.len() + made.1.len()) as u64 + 256
    }
}
