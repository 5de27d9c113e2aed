//! Files that clients bring: kept in a folder of the node, within a quota, and played as `upload:ID`.

mod row;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use guildhall_db::Db;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;

use super::artwork::{self, Artwork, Picture};
use super::decode::Details;
use super::media::Media;
use super::{SourceError, Stream};
use super::{lyrics, text};
use crate::wire::{LoadResult, Lyrics, Track, TrackInfo, Upload};
use row::Row;

/// What goes before the name of a file.
const PREFIX: &str = "upload:";
/// Under this name its tracks go.
pub(super) const NAME: &str = "upload";
/// Files that may come at the same time.
const MOST_COMING: usize = 8;
/// Files in all.
const MOST_FILES: i64 = 100_000;

/// Where files are kept, and how much of them.
#[derive(Clone, Debug)]
pub struct UploadSettings {
    /// The folder. It is made when the first file comes.
    pub folder: PathBuf,
    /// Longest file, in bytes.
    pub file: u64,
    /// All files together, in bytes.
    pub quota: u64,
}

/// The source `upload`.
pub struct Uploads {
    settings: UploadSettings,
    /// Only who keeps the list takes files; others play them.
    db: Option<Db>,
    /// Bytes of all files, those that are coming too.
    used: AtomicU64,
    artwork: Option<Artwork>,
    ready: OnceCell<()>,
    coming: Semaphore,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Longer than allowed.
    #[error("the file is larger than {0} bytes")]
    Large(u64),
    /// All files together would be more than allowed.
    #[error("there is no room for more files")]
    Full,
    /// Others bring files already.
    #[error("too many files come at the same time")]
    Busy,
    /// Nothing that can be heard.
    #[error(transparent)]
    Sound(SourceError),
    /// The disk.
    #[error("the file cannot be kept: {0}")]
    Io(#[from] std::io::Error),
    /// The list.
    #[error("the list of files: {0}")]
    Database(#[from] guildhall_db::Error),
}

/// A file that is coming. Dropped before its end, it was never there.
pub struct Incoming<'a> {
    uploads: &'a Uploads,
    id: String,
    name: String,
    part: PathBuf,
    file: File,
    size: u64,
    kept: bool,
    _turn: SemaphorePermit<'a>,
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.part);
            self.uploads.used.fetch_sub(self.size, Ordering::AcqRel);
        }
    }
}

impl Uploads {
    pub(super) fn new(settings: UploadSettings, db: Option<Db>, artwork: Option<Artwork>) -> Self {
        let coming = Semaphore::new(MOST_COMING);
        Self { settings, db, used: AtomicU64::new(0), artwork, ready: OnceCell::new(), coming }
    }

    /// The list, once what is on the disk has been looked through.
    async fn list_of(&self) -> Result<&Db, UploadError> {
        let none = || UploadError::Io(std::io::Error::other("this process keeps no list of files"));
        let db = self.db.as_ref().ok_or_else(none)?;
        self.ready.get_or_try_init(|| self.look(db)).await?;
        Ok(db)
    }

    /// Counts what is there, and removes what was left of files that never came to their end.
    async fn look(&self, db: &Db) -> Result<(), UploadError> {
        let known = row::sizes(db).await?;
        let sum: u64 = known.iter().map(|row| u64::try_from(row.size).unwrap_or_default()).sum();
        let folder = self.settings.folder.clone();
        let strays = spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            for entry in std::fs::read_dir(&folder)?.flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let stem = name.strip_suffix(".part").unwrap_or(&name);
                if is_id(stem) && !known.iter().any(|row| row.id == name) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
            Ok::<_, std::io::Error>(())
        });
        strays.await.map_err(|_| std::io::Error::other("nobody looked"))??;
        // Last: a look that failed is followed by another.
        self.used.fetch_add(sum, Ordering::AcqRel);
        Ok(())
    }

    /// Bytes of all files, and how many there may be.
    pub fn room(&self) -> (u64, u64) {
        (self.used.load(Ordering::Acquire), self.settings.quota)
    }

    /// Takes a file, whose bytes follow.
    pub async fn begin(&self, name: &str, size: Option<u64>) -> Result<Incoming<'_>, UploadError> {
        let db = self.list_of().await?;
        if size.is_some_and(|size| size > self.settings.file) {
            return Err(UploadError::Large(self.settings.file));
        }
        let turn = self.coming.try_acquire().map_err(|_| UploadError::Busy)?;
        if row::count(db).await? >= MOST_FILES {
            return Err(UploadError::Full);
        }
        let id = crate::random_name();
        let part = self.settings.folder.join(format!("{id}.part"));
        let file = File::create_new(&part).await?;
        let name = text::name(name).unwrap_or_else(|| "Unknown title".to_owned());
        Ok(Incoming { uploads: self, id, name, part, file, size: 0, kept: false, _turn: turn })
    }

    fn reserve(&self, bytes: u64) -> Result<(), UploadError> {
        let fits = |used: u64| used.checked_add(bytes).filter(|used| *used <= self.settings.quota);
        let reserved = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits);
        reserved.map(drop).map_err(|_| UploadError::Full)
    }

    /// Files from a name on, at most so many.
    pub async fn list(&self, from: &str, most: u32) -> Result<Vec<Upload>, UploadError> {
        let db = self.list_of().await?;
        Ok(row::list(db, from, i64::from(most)).await?.into_iter().map(|row| self.upload(row)).collect())
    }

    /// One file.
    pub async fn get(&self, id: &str) -> Result<Option<Upload>, UploadError> {
        Ok(self.list(id, 1).await?.into_iter().find(|upload| upload.id == id))
    }

    /// Removes a file; whether it was there. Who plays it hears it to its end.
    pub async fn delete(&self, id: &str) -> Result<bool, UploadError> {
        let Some(known) = self.get(id).await? else { return Ok(false) };
        let db = self.list_of().await?;
        if !row::delete(db, id).await? {
            return Ok(false);
        }
        self.used.fetch_sub(known.size, Ordering::AcqRel);
        if let Some(path) = self.path(id) {
            tokio::fs::remove_file(path).await?;
        }
        Ok(true)
    }

    fn upload(&self, row: Row) -> Upload {
        let pictured = self.artwork.as_ref().filter(|_| row.artwork > 0);
        let artwork_url = pictured.and_then(|artwork| artwork.address(NAME, &row.id));
        upload(row, artwork_url)
    }

    /// The picture in a file.
    pub(super) async fn picture(&self, id: &str) -> Option<Picture> {
        let path = self.path(id)?;
        spawn_blocking(move || artwork::of(&path, false)).await.ok()?
    }

    /// The words in a file's tags.
    pub(super) async fn lyrics(&self, id: &str) -> Option<Lyrics> {
        let path = self.path(id)?;
        spawn_blocking(move || lyrics::of_file(NAME, &path, None)).await.ok()?
    }

    /// Where a file is, if that is the name of one.
    pub(super) fn path(&self, id: &str) -> Option<PathBuf> {
        is_id(id).then(|| self.settings.folder.join(id))
    }

    /// Whether an identifier is for this source.
    pub(super) fn wants(identifier: &str) -> bool {
        identifier.starts_with(PREFIX)
    }

    /// What an identifier leads to.
    pub(super) async fn load(&self, identifier: &str) -> LoadResult {
        match self.get(identifier.strip_prefix(PREFIX).unwrap_or(identifier)).await {
            Ok(Some(upload)) => LoadResult::Track(Box::new(upload.track)),
            Ok(None) => LoadResult::Empty,
            Err(error) => LoadResult::Error(SourceError::fault("The list of files cannot be read.", error).into()),
        }
    }

    /// Opens a file.
    pub(super) async fn open(&self, id: &str, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let gone = || SourceError::common("The file is not there any more.", "no such upload");
        let path = self.path(id).ok_or_else(gone)?;
        let file = spawn_blocking(move || std::fs::File::open(path)).await.map_err(|_| gone())?.map_err(|_| gone())?;
        Ok(Box::new(Media::file(file, position).await?))
    }
}

impl Incoming<'_> {
    /// More of it.
    pub async fn write(&mut self, bytes: &Bytes) -> Result<(), UploadError> {
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.size.saturating_add(count) > self.uploads.settings.file {
            return Err(UploadError::Large(self.uploads.settings.file));
        }
        self.uploads.reserve(count)?;
        self.size += count;
        Ok(self.file.write_all(bytes).await?)
    }

    /// That was all: it is kept, if it can be heard.
    pub async fn finish(mut self) -> Result<Upload, UploadError> {
        let db = self.uploads.list_of().await?;
        self.file.flush().await?;
        self.file.sync_data().await?;
        let file = File::open(&self.part).await?.into_std().await;
        let media = Media::file(file, 0).await.map_err(|error| UploadError::Sound(error.into()))?;
        let part = self.part.clone();
        let pictured = spawn_blocking(move || artwork::of(&part, false).is_some()).await.unwrap_or_default();
        let row = self.row(media.details(), pictured);
        drop(media);
        let to = self.uploads.settings.folder.join(&self.id);
        tokio::fs::rename(&self.part, &to).await?;
        if let Err(error) = row::insert(db, row.clone()).await {
            let _ = tokio::fs::remove_file(&to).await;
            return Err(error.into());
        }
        self.kept = true;
        Ok(self.uploads.upload(row))
    }

    fn row(&self, details: &Details, pictured: bool) -> Row {
        let stem = self.name.rsplit_once('.').map_or(self.name.as_str(), |(stem, _)| stem);
        let (artist, title) = match stem.split_once(" - ") {
            Some((artist, title)) => (text::name(artist), title),
            None => (None, stem),
        };
        let tags = details.tags.clone();
        Row {
            id: self.id.clone(),
            name: self.name.clone(),
            size: i64::try_from(self.size).unwrap_or(i64::MAX),
            title: tags.title.or_else(|| text::name(title)).unwrap_or_else(|| self.name.clone()),
            artist: tags.artist.or(artist),
            album: tags.album,
            isrc: tags.isrc,
            length: details.length.and_then(|length| i64::try_from(length).ok()),
            kind: details.kind.name().to_owned(),
            created_at: crate::now_ms().cast_signed(),
            artwork: i64::from(pictured),
        }
    }
}

/// Names are made here: 16 letters and digits.
fn is_id(id: &str) -> bool {
    id.len() == 16 && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn upload(row: Row, artwork_url: Option<String>) -> Upload {
    let info = TrackInfo {
        is_seekable: row.length.is_some(),
        author: row.artist.unwrap_or_else(|| "Unknown artist".to_owned()),
        length: row.length.unwrap_or(TrackInfo::ENDLESS),
        is_stream: false,
        position: 0,
        title: row.title,
        uri: Some(format!("{PREFIX}{}", row.id)),
        identifier: row.id.clone(),
        artwork_url,
        isrc: row.isrc,
        source_name: NAME.to_owned(),
    };
    let mut track = Track::new(info, Some(&row.kind));
    if let Some(album) = row.album {
        track.plugin_info.insert("albumName".to_owned(), album.into());
    }
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Upload { id: row.id, name: row.name, size: number(row.size), created_at: number(row.created_at), track }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use guildhall_db::Config;

    use super::*;

    #[tokio::test]
    async fn what_is_there_is_counted_once() {
        let home = tempfile::tempdir().unwrap();
        let db = Db::open(&Config::sqlite(&home.path().join("node.db"))).await.unwrap();
        db.migrate(crate::store::MIGRATIONS).await.unwrap();
        let row = Row {
            id: "0123456789abcdef".to_owned(),
            name: "a".to_owned(),
            size: 400,
            title: "a".to_owned(),
            artist: None,
            album: None,
            isrc: None,
            length: None,
            kind: "wav".to_owned(),
            created_at: 0,
            artwork: 0,
        };
        row::insert(&db, row).await.unwrap();
        let folder = home.path().join("uploads");
        let settings = UploadSettings { folder: folder.clone(), file: 1_000, quota: 1_000 };
        let uploads = Uploads::new(settings, Some(db), None);
        // A file stands where the folder is to be, for now.
        std::fs::write(&folder, "").unwrap();
        for _ in 0..3 {
            assert!(uploads.begin("b", None).await.is_err());
        }
        std::fs::remove_file(&folder).unwrap();
        drop(uploads.begin("b", None).await.unwrap());
        assert_eq!(uploads.room(), (400, 1_000));
    }
}
