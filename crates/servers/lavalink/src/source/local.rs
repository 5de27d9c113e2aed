//! The local library: files in folders of this machine, found by what their tags say.

mod index;
mod scan;

use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use guildhall_db::Db;
use tokio::task::spawn_blocking;

use super::artwork::{self, Artwork, Picture};
use super::lyrics;
use super::media::Media;
use super::{SourceError, Stream};
use crate::wire::{LoadResult, Lyrics, Playlist, PlaylistInfo, Track, TrackInfo};
use index::Entry;

/// Under this name its tracks go.
pub(super) const NAME: &str = "local";
/// What goes before a path.
const PATH: &str = "local:";
/// What goes before words to be searched for.
const SEARCH: &str = "lcsearch:";
/// Tracks that a search gives.
const FOUND: i64 = 20;
/// Tracks of a folder that become a playlist.
const MOST_TRACKS: usize = 500;

/// Where the library is.
#[derive(Clone, Debug)]
pub struct LocalSettings {
    /// Folders. Their last names tell them apart.
    pub folders: Vec<PathBuf>,
    /// How often they are looked through.
    pub rescan: Duration,
    /// Whether they are looked through at all, or somebody else does that.
    pub watch: bool,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self { folders: Vec::new(), rescan: Duration::from_mins(5), watch: true }
    }
}

/// The source `local`.
pub(super) struct Local {
    folders: Arc<[Folder]>,
    /// Without a database there is no search.
    db: Option<Db>,
    artwork: Option<Artwork>,
}

/// One folder, by its name and where it really is.
#[derive(Clone, Debug)]
struct Folder {
    name: String,
    root: PathBuf,
}

impl Local {
    /// The folders that are there.
    pub(super) fn new(settings: &LocalSettings, db: Option<Db>, artwork: Option<Artwork>) -> Self {
        let mut folders: Vec<Folder> = Vec::new();
        for path in &settings.folders {
            let Ok(root) = path.canonicalize() else {
                tracing::warn!(folder = %path.display(), "a folder of the library is not there");
                continue;
            };
            let name = root.file_name().map_or_else(|| "files".to_owned(), |name| name.to_string_lossy().into_owned());
            let same = folders.iter().filter(|folder| folder.name == name).count();
            let name = if same == 0 { name } else { format!("{name}-{same}") };
            folders.push(Folder { name, root });
        }
        Self { folders: folders.into(), db, artwork }
    }

    /// Looks through the folders now, and again and again.
    pub(super) fn watch(&self, every: Duration) {
        let (folders, db) = (self.folders.clone(), self.db.clone());
        if let Some(db) = db {
            tokio::spawn(async move {
                let mut ticks = tokio::time::interval(every.max(Duration::from_secs(1)));
                ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
                loop {
                    ticks.tick().await;
                    if let Err(cause) = scan::scan(&folders, &db).await {
                        tracing::warn!(%cause, "failed to look through the library");
                    }
                }
            });
        }
    }

    /// Looks through the folders once; gives how many files they hold.
    pub(super) async fn refresh(&self) -> guildhall_db::Result<usize> {
        match &self.db {
            Some(db) => scan::scan(&self.folders, db).await,
            None => Ok(0),
        }
    }

    /// Whether an identifier is for this source.
    pub(super) fn wants(identifier: &str) -> bool {
        identifier.starts_with(PATH) || identifier.starts_with(SEARCH)
    }

    /// What an identifier leads to.
    pub(super) async fn load(&self, identifier: &str) -> LoadResult {
        if let Some(words) = identifier.strip_prefix(SEARCH) {
            let tracks = self.search(words, FOUND).await;
            return if tracks.is_empty() { LoadResult::Empty } else { LoadResult::Search(tracks) };
        }
        let path = identifier.strip_prefix(PATH).unwrap_or(identifier).to_owned();
        if let Some(isrc) = quoted(&path) {
            let tracks = self.by_number(isrc).await;
            return if tracks.is_empty() { LoadResult::Empty } else { LoadResult::Search(tracks) };
        }
        match self.find(&path) {
            Some(real) if real.is_dir() => self.folder(&path, real).await,
            Some(real) => match self.read(path, real).await {
                Ok(track) => LoadResult::Track(Box::new(track)),
                Err(error) => LoadResult::Error(error.into()),
            },
            None => LoadResult::Empty,
        }
    }

    /// Tracks that have all words.
    pub(super) async fn search(&self, words: &str, most: i64) -> Vec<Track> {
        if let Some(isrc) = quoted(words) {
            return self.by_number(isrc).await;
        }
        let Some(db) = &self.db else { return Vec::new() };
        self.found(index::search(db, words, most).await)
    }

    /// Tracks with the number of a recording.
    async fn by_number(&self, isrc: &str) -> Vec<Track> {
        let Some(db) = &self.db else { return Vec::new() };
        self.found(index::by_number(db, isrc, FOUND).await)
    }

    /// Opens a file.
    pub(super) async fn open(&self, path: &str, position: u64) -> Result<Box<dyn Stream>, SourceError> {
        let real = self.find(path).filter(|real| real.is_file()).ok_or_else(gone)?;
        let file = spawn_blocking(move || File::open(real)).await.map_err(|_| gone())?.map_err(|_| gone())?;
        Ok(Box::new(Media::file(file, position).await?))
    }

    /// The words of a file: beside it, or in its tags.
    pub(super) async fn lyrics(&self, path: &str) -> Option<Lyrics> {
        let real = self.find(path)?;
        let beside = self.find(&format!("{}.lrc", path.rsplit_once('.').map_or(path, |(stem, _)| stem)));
        spawn_blocking(move || lyrics::of_file(NAME, &real, beside.as_deref())).await.ok()?
    }

    /// Where a path of the library really is. Nothing leads out of the folders: neither dots nor links.
    fn find(&self, path: &str) -> Option<PathBuf> {
        let path = Path::new(path);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let mut parts = path.components();
        let name = parts.next()?.as_os_str().to_str()?;
        let folder = self.folders.iter().find(|folder| folder.name == name)?;
        let real = folder.root.join(parts.as_path()).canonicalize().ok()?;
        real.starts_with(&folder.root).then_some(real)
    }

    fn found(&self, entries: guildhall_db::Result<Vec<Entry>>) -> Vec<Track> {
        let entries = entries.unwrap_or_else(|cause| {
            tracing::warn!(%cause, "failed to search the library");
            Vec::new()
        });
        entries.into_iter().map(|entry| self.track(entry)).collect()
    }

    fn track(&self, entry: Entry) -> Track {
        let pictured = self.artwork.as_ref().filter(|_| entry.artwork > 0);
        let artwork_url = pictured.and_then(|artwork| artwork.address(NAME, &entry.path));
        track(entry, artwork_url)
    }

    /// The picture of a file.
    pub(super) async fn picture(&self, path: &str) -> Option<Picture> {
        let real = self.find(path).filter(|real| real.is_file())?;
        spawn_blocking(move || artwork::of(&real, true)).await.ok()?
    }

    /// A file that may not be in the index yet.
    async fn read(&self, path: String, real: PathBuf) -> Result<Track, SourceError> {
        if !real.is_file() {
            return Err(gone());
        }
        let (entry, real) = spawn_blocking(move || (scan::entry(&path, &real), real)).await.map_err(|_| gone())?;
        let mut entry = entry.ok_or_else(gone)?;
        let file = spawn_blocking(move || File::open(real)).await.map_err(|_| gone())?.map_err(|_| gone())?;
        let media = Media::file(file, 0).await?;
        let details = media.details();
        entry.length = details.length.and_then(|length| i64::try_from(length).ok()).or(entry.length);
        let track = self.track(entry);
        Ok(Track { plugin_info: track.plugin_info, ..Track::new(track.info, Some(details.kind.name())) })
    }

    async fn folder(&self, path: &str, real: PathBuf) -> LoadResult {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        let path = path.trim_end_matches('/').to_owned();
        let files = spawn_blocking(move || scan::files_of(&real)).await.unwrap_or_default();
        let mut tracks = Vec::new();
        for file in files.into_iter().take(MOST_TRACKS) {
            let path = format!("{path}/{file}");
            if let Some(real) = self.find(&path)
                && let Ok(track) = self.read(path, real).await
            {
                tracks.push(track);
            }
        }
        if tracks.is_empty() {
            return LoadResult::Empty;
        }
        LoadResult::Playlist(Box::new(Playlist {
            info: PlaylistInfo { name, selected_track: -1 },
            plugin_info: serde_json::Map::new(),
            tracks,
        }))
    }
}

/// The number of a recording between quotation marks, as providers of mirrors ask for it.
fn quoted(text: &str) -> Option<&str> {
    let isrc = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    ((8..=16).contains(&isrc.len()) && isrc.chars().all(|c| c.is_ascii_alphanumeric())).then_some(isrc)
}

fn gone() -> SourceError {
    SourceError::common("The file is not there any more.", "no such file in the library")
}

fn track(entry: Entry, artwork_url: Option<String>) -> Track {
    let kind = entry.path.rsplit_once('.').map_or("file", |(_, end)| match end.to_ascii_lowercase().as_str() {
        "mp3" => "mp3",
        "flac" => "flac",
        "ogg" | "oga" | "opus" => "ogg",
        "wav" => "wav",
        "aif" | "aiff" => "aiff",
        "aac" => "adts",
        "m4a" | "mp4" | "m4b" | "alac" => "mp4",
        "mka" | "mkv" | "webm" => "matroska/webm",
        _ => "file",
    });
    let info = TrackInfo {
        is_seekable: true,
        author: entry.artist.unwrap_or_else(|| "Unknown artist".to_owned()),
        length: entry.length.unwrap_or(TrackInfo::ENDLESS),
        is_stream: false,
        position: 0,
        title: entry.title,
        uri: Some(format!("{PATH}{}", entry.path)),
        identifier: entry.path,
        artwork_url,
        isrc: entry.isrc,
        source_name: NAME.to_owned(),
    };
    let mut track = Track::new(info, Some(kind));
    if let Some(album) = entry.album {
        track.plugin_info.insert("albumName".to_owned(), album.into());
    }
    track
}
