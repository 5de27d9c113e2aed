//! A store for a test, and how files get into and out of it.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use guildhall_blob::{Blob, Config, Error, Served, Stored};
use tempfile::TempDir;

pub(crate) const CHANNEL: u64 = 1_000_000_000_000_000_001;
pub(crate) const FILE: u64 = 1_000_000_000_000_000_002;
pub(crate) const LIMIT: u64 = 32 * 1024 * 1024;

/// A store in a folder of its own.
pub(crate) struct Town {
    pub(crate) blob: Blob,
    folder: TempDir,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let blob = Blob::open(Config { max_attachment_bytes: LIMIT, ..Config::folder(folder.path(), [7; 32]) });
        Self { blob: blob.await.unwrap(), folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Every file that there is, finished or not.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        walk(self.path(), &mut found);
        found
    }

    pub(crate) async fn put(&self, name: &str, bytes: impl Into<Bytes>) -> Result<Stored, Error> {
        put(&self.blob, name, bytes).await
    }

    pub(crate) async fn get(&self, name: &str) -> Result<Served, Error> {
        self.blob.attachment(CHANNEL, FILE, name, None, None).await
    }
}

/// Uploads a file in pieces.
pub(crate) async fn put(blob: &Blob, name: &str, bytes: impl Into<Bytes>) -> Result<Stored, Error> {
    blob.put_attachment(CHANNEL, FILE, name, None, pieces(bytes.into()), LIMIT).await
}

/// Bytes as a body of a request brings them.
pub(crate) fn pieces(bytes: Bytes) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Unpin {
    stream::iter(
        (0..bytes.len())
            .step_by(1000)
            .map(move |at| Ok(bytes.slice(at..bytes.len().min(at + 1000))))
            .collect::<Vec<_>>(),
    )
}

/// The whole body, which must be as long as its headers say.
pub(crate) async fn body(served: Served) -> Vec<u8> {
    let length = served.length;
    let chunks: Vec<Bytes> = served.body.try_collect().await.unwrap();
    let bytes = chunks.concat();
    assert_eq!(bytes.len() as u64, length);
    bytes
}
