//! Names to bytes, durably: a folder, or a bucket.
//!
//! Reading, listing and deleting go through `object_store` for both. Writing to a folder does not: its `LocalFileSystem`
//! does not wait for the disk, so a file is synced, renamed into place, and its folders are synced too.

use std::fs::File;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    ClientOptions, GetOptions, GetRange, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
    RetryConfig,
};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::oneshot;
use tokio_util::io::ReaderStream;

use crate::config::Location;
use crate::error::{Error, Result};
use crate::served::Body;

/// Folder, inside of the one for files, for what is not finished.
const INCOMING: &str = ".incoming";
/// What a file in [`INCOMING`] begins with.
const UNFINISHED: &str = "upload-";
/// A file in [`INCOMING`] that was not touched for so long is left over from a crash.
const ABANDONED: Duration = Duration::from_hours(24);
/// Bytes of one part of a multipart upload, and of memory for it.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Longest transfer of one file out of a bucket: its reader may be slow.
const TRANSFER: Duration = Duration::from_mins(10);
/// A bucket that fails for so long has failed.
const RETRIES: Duration = Duration::from_secs(30);
/// A bucket that is silent for so long is not ready.
const PING: Duration = Duration::from_secs(5);
/// Bytes read from a local file at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The files.
#[derive(Debug)]
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    /// Root of a local store.
    folder: Option<PathBuf>,
    incoming: PathBuf,
    prefix: Path,
    folders: Arc<Folders>,
}

impl Store {
    pub(crate) async fn open(location: Location) -> Result<Self> {
        match location {
            Location::Folder(root) => {
                tokio::task::spawn_blocking(move || Self::open_folder(&root)).await.map_err(gone)?
            }
            Location::S3(s3) => {
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(s3.bucket)
                    .with_region(if s3.region.is_empty() { "us-east-1".into() } else { s3.region })
                    .with_access_key_id(s3.key)
                    .with_secret_access_key(s3.secret)
                    .with_client_options(ClientOptions::new().with_allow_http(s3.allow_http).with_timeout(TRANSFER))
                    .with_retry(RetryConfig { max_retries: 3, retry_timeout: RETRIES, ..RetryConfig::default() });
                if !s3.endpoint.is_empty() {
                    builder = builder.with_endpoint(s3.endpoint);
                }
                let incoming = s3.scratch.unwrap_or_else(std::env::temp_dir);
                let folder = incoming.clone();
                tokio::task::spawn_blocking(move || open_incoming(&folder)).await.map_err(gone)??;
                let objects = Arc::new(builder.build()?);
                Ok(Self { objects, folder: None, incoming, prefix: Path::from(s3.prefix), folders: Arc::default() })
            }
        }
    }

    fn open_folder(root: &FilePath) -> Result<Self> {
        open_incoming(&root.join(INCOMING))?;
        let root = root.canonicalize()?;
        let incoming = root.join(INCOMING);
        let objects = Arc::new(LocalFileSystem::new_with_prefix(&root)?);
        Ok(Self { objects, folder: Some(root), incoming, prefix: Path::default(), folders: Arc::default() })
    }

    /// Whether files could be written and read now.
    pub(crate) async fn ping(&self) -> Result<()> {
        if self.folder.is_some() {
            return self.unfinished().await.map(drop);
        }
        match tokio::time::timeout(PING, self.objects.head(&self.path(".ping"))).await {
            Ok(Ok(_) | Err(object_store::Error::NotFound { .. })) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Error::Storage("the bucket does not answer".into())),
        }
    }

    /// A new file that goes away when dropped, in a place from where [`keep`](Self::keep) can take it.
    pub(crate) async fn unfinished(&self) -> Result<NamedTempFile> {
        let incoming = self.incoming.clone();
        let made =
            tokio::task::spawn_blocking(move || tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(incoming));
        // A folder that is gone is our trouble, not the caller's missing file.
        made.await.map_err(gone)?.map_err(|error| Error::Storage(error.to_string()))
    }

    /// Gives a finished file its name. When this returns the file survives a crash; when it fails, or is dropped before it
    /// returns, there is no such file.
    pub(crate) async fn keep(self: &Arc<Self>, file: File, from: TempPath, key: &str) -> Result<()> {
        let (store, key) = (Arc::clone(self), key.to_owned());
        let (answer, answered) = oneshot::channel();
        // A task of its own: a caller that goes away must not leave half of a multipart upload behind.
        tokio::spawn(async move {
            let kept = store.keep_here(file, from, &key).await;
            let (taken, is_taken) = oneshot::channel();
            let failed = kept.is_err();
            // Whether it was sent says little: only who takes the answer knows that there is a file.
            drop(answer.send((kept, taken)));
            if !failed
                && is_taken.await.is_err()
                && let Err(error) = store.delete(&key).await
            {
                tracing::warn!(key, %error, "failed to remove a file whose sender went away");
            }
        });
        let (kept, taken): (_, oneshot::Sender<()>) = answered.await.map_err(gone)?;
        let _ = taken.send(());
        kept
    }

    async fn keep_here(&self, file: File, from: TempPath, key: &str) -> Result<()> {
        let Some(root) = &self.folder else {
            return self.upload(file, key).await;
        };
        let (root, target) = (root.clone(), root.join(key));
        let folders = Arc::clone(&self.folders);
        let kept = tokio::task::spawn_blocking(move || {
            file.sync_all()?;
            let folder = target.parent().unwrap_or(&root);
            // Deleting a channel removes its folder, perhaps between these two: once more is enough.
            folders.make(&root, folder)?;
            if let Err(again) = from.persist(&target) {
                folders.make(&root, folder)?;
                again.path.persist(&target)?;
            }
            sync_folder(folder).inspect_err(|_| drop(std::fs::remove_file(&target)))
        });
        kept.await.map_err(gone)?.map_err(|error| Error::Storage(error.to_string()))
    }

    async fn upload(&self, file: File, key: &str) -> Result<()> {
        let path = self.path(key);
        let mut reader = tokio::fs::File::from_std(file);
        reader.rewind().await?;
        let first = part(&mut reader).await?;
        if first.len() < PART_BYTES {
            self.objects.put(&path, first.into()).await?;
            return Ok(());
        }
        let mut upload = self.objects.put_multipart(&path).await?;
        let Err(error) = send_parts(upload.as_mut(), first, reader).await else { return Ok(()) };
        if let Err(error) = upload.abort().await {
            tracing::warn!(key, %error, "failed to abort an upload");
        }
        Err(error)
    }

    /// Keeps bytes under a name, with the promises of [`keep`](Self::keep).
    pub(crate) async fn put(self: &Arc<Self>, key: &str, bytes: Bytes) -> Result<()> {
        if self.folder.is_none() {
            self.objects.put(&self.path(key), PutPayload::from_bytes(bytes)).await?;
            return Ok(());
        }
        let (mut file, path) = self.unfinished().await?.into_parts();
        let written = tokio::task::spawn_blocking(move || std::io::Write::write_all(&mut file, &bytes).map(|()| file));
        let file = written.await.map_err(gone)??;
        self.keep(file, path, key).await
    }

    /// The first bytes of a file, and how many it has.
    pub(crate) async fn head(&self, key: &str, bytes: u64) -> Result<(Bytes, u64)> {
        let options = GetOptions { range: Some(GetRange::Bounded(0..bytes)), ..GetOptions::default() };
        let result = self.objects.get_opts(&self.path(key), options).await?;
        let size = result.meta.size;
        Ok((result.bytes().await?, size))
    }

    /// A whole file, if it is no larger than this.
    pub(crate) async fn read(&self, key: &str, limit: u64) -> Result<Bytes> {
        let result = self.objects.get(&self.path(key)).await?;
        if result.meta.size > limit {
            return Err(Error::TooLarge);
        }
        Ok(result.bytes().await?)
    }

    /// Some of a file, as it comes.
    pub(crate) async fn stream(&self, key: &str, range: Range<u64>) -> Result<Body> {
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let result = self.objects.get_opts(&self.path(key), options).await?;
        let range = result.range.clone();
        match result.payload {
            // `object_store` would read it in far smaller pieces.
            GetResultPayload::File(file, _) => {
                let mut file = tokio::fs::File::from_std(file);
                file.seek(std::io::SeekFrom::Start(range.start)).await?;
                let reader = file.take(range.end.saturating_sub(range.start));
                Ok(ReaderStream::with_capacity(reader, CHUNK_BYTES).map_err(Error::from).boxed())
            }
            GetResultPayload::Stream(stream) => Ok(stream.map_err(Error::from).boxed()),
        }
    }

    /// Gives a file a second name, under which it outlives the first. When this returns the copy survives a crash.
    pub(crate) async fn copy(&self, from: &str, to: &str) -> Result<()> {
        let Some(root) = &self.folder else {
            self.objects.copy(&self.path(from), &self.path(to)).await?;
            return Ok(());
        };
        let (root, from, to) = (root.clone(), root.join(from), root.join(to));
        let folders = Arc::clone(&self.folders);
        let copied = tokio::task::spawn_blocking(move || {
            let folder = to.parent().unwrap_or(&root);
            folders.make(&root, folder)?;
            // Files are never written to again: a link is a copy. Not every file system has links.
            if std::fs::hard_link(&from, &to).is_err() {
                std::fs::copy(&from, &to)?;
                File::open(&to)?.sync_all()?;
            }
            sync_folder(folder)
        });
        copied.await.map_err(gone)?.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::NotFound,
            _ => Error::Storage(error.to_string()),
        })
    }

    /// Removes a file; one that is not there is removed already.
    pub(crate) async fn delete(&self, key: &str) -> Result<()> {
        match self.objects.delete(&self.path(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes every file under a name, and says how many there were.
    pub(crate) async fn delete_all(&self, under: &str) -> Result<u64> {
        let path = self.path(under);
        let found = self.objects.list(Some(&path)).map_ok(|meta| meta.location).boxed();
        let mut deleted = self.objects.delete_stream(found);
        let mut count = 0;
        while let Some(result) = deleted.next().await {
            match result {
                Ok(_) => count += 1,
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(root) = &self.folder {
            // Fails when a new file has just come, which is right.
            drop(tokio::fs::remove_dir(root.join(under)).await);
        }
        Ok(count)
    }

    fn path(&self, key: &str) -> Path {
        // Keys are made of digits, letters, `/`, `-` and `_`: nothing is escaped.
        if self.prefix.as_ref().is_empty() { Path::from(key) } else { Path::from(format!("{}/{key}", self.prefix)) }
    }
}

/// Makes folders that survive a crash. One at a time: a folder that is there must be synced already.
#[derive(Debug, Default)]
struct Folders(Mutex<()>);

impl Folders {
    fn make(&self, root: &FilePath, folder: &FilePath) -> std::io::Result<()> {
        // The lock guards no data that a panic could leave half changed.
        let _one = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self::descend(root, folder)
    }

    fn descend(root: &FilePath, folder: &FilePath) -> std::io::Result<()> {
        if folder == root || folder.is_dir() {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(root);
        Self::descend(root, parent)?;
        match std::fs::create_dir(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
            _ => sync_folder(parent),
        }
    }
}

/// Waits until the names in a folder are on the disk.
fn sync_folder(folder: &FilePath) -> std::io::Result<()> {
    // Other systems cannot open a folder, and order the writes themselves.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The next part of a file; an empty one at its end.
async fn part(reader: &mut tokio::fs::File) -> Result<Bytes> {
    let mut part = Vec::new();
    reader.take(PART_BYTES as u64).read_to_end(&mut part).await?;
    Ok(part.into())
}

/// Sends a file in parts, two of them at once, and has them put together.
async fn send_parts(upload: &mut dyn MultipartUpload, first: Bytes, mut reader: tokio::fs::File) -> Result<()> {
    let mut sending = FuturesUnordered::new();
    let mut next = first;
    while !next.is_empty() {
        sending.push(upload.put_part(next.into()));
        if sending.len() == 2 {
            sending.next().await.transpose()?;
        }
        next = part(&mut reader).await?;
    }
    while sending.next().await.transpose()?.is_some() {}
    upload.complete().await?;
    Ok(())
}

/// Makes the folder for what is not finished, and removes what a crash left in it.
fn open_incoming(incoming: &FilePath) -> Result<()> {
    std::fs::create_dir_all(incoming)?;
    for entry in std::fs::read_dir(incoming)?.flatten() {
        let old = entry.metadata().and_then(|data| data.modified()).is_ok_and(|modified| {
            // A clock that went back says nothing about age.
            modified.elapsed().is_ok_and(|age| age > ABANDONED)
        });
        if old && entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn gone(error: impl std::error::Error) -> Error {
    Error::Storage(format!("a task was lost: {error}"))
}
