//! Looks through the library's folders for what is new, changed or gone.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use guildhall_db::{Db, Result};
use lofty::config::ParseOptions;
use lofty::file::{AudioFile, TaggedFileExt};
use lofty::probe::Probe;
use lofty::tag::{Accessor, ItemKey};
use tokio::task::spawn_blocking;

use super::Folder;
use super::index::{self, Entry, words};
use crate::source::artwork;

/// How deep folders are followed.
const MOST_DEPTH: usize = 16;
/// Most files of a library.
const MOST_FILES: usize = 500_000;
/// Files that are read before what they say is written.
const BATCH: usize = 200;
const MOST_TEXT: usize = 256;

const ENDS: &[&str] = &[
    "mp3", "flac", "ogg", "oga", "opus", "wav", "aif", "aiff", "aac", "m4a", "m4b", "mp4", "alac", "mka", "mkv", "webm",
];

/// Brings the index up to date; gives how many files there are.
pub(super) async fn scan(folders: &[Folder], db: &Db) -> Result<usize> {
    let roots = folders.to_vec();
    let files = spawn_blocking(move || {
        let mut files = Vec::new();
        for folder in &roots {
            walk(&folder.root, &folder.name, 0, &mut files);
        }
        files
    })
    .await
    .unwrap_or_default();
    let known = index::known(db).await?;
    let count = files.len();
    let there: HashSet<&str> = files.iter().map(|(path, ..)| path.as_str()).collect();
    let gone = known.keys().filter(|path| !there.contains(path.as_str())).cloned().collect();
    let changed: Vec<(String, PathBuf)> = files
        .iter()
        .filter(|(path, _, stamp)| known.get(path) != Some(stamp))
        .map(|(path, real, _)| (path.clone(), real.clone()))
        .collect();
    index::write(db, Vec::new(), gone).await?;
    for batch in changed.chunks(BATCH) {
        let batch = batch.to_vec();
        let entries = spawn_blocking(move || batch.iter().filter_map(|(path, real)| entry(path, real)).collect());
        index::write(db, entries.await.unwrap_or_default(), Vec::new()).await?;
    }
    Ok(count)
}

type Found = (String, PathBuf, (i64, i64));

/// Links are not followed: they may lead out, or round.
fn walk(folder: &Path, name: &str, depth: usize, files: &mut Vec<Found>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (Ok(kind), Ok(file_name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
        let path = format!("{name}/{file_name}");
        if kind.is_dir() && depth < MOST_DEPTH && !file_name.starts_with('.') {
            walk(&entry.path(), &path, depth + 1, files);
        } else if kind.is_file() && is_sound(&file_name) && files.len() < MOST_FILES {
            let Ok(metadata) = entry.metadata() else { continue };
            files.push((path, entry.path(), stamp(&metadata)));
        }
    }
}

fn is_sound(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// The names of a folder's files, in order.
pub(super) fn files_of(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_sound(name))
        .collect();
    names.sort();
    names
}

fn stamp(metadata: &Metadata) -> (i64, i64) {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let whole = |number: u128| i64::try_from(number).unwrap_or(i64::MAX);
    (whole(metadata.len().into()), whole(modified.as_millis()))
}

/// What a file says of itself. One whose tags cannot be read still has a name.
pub(super) fn entry(path: &str, real: &Path) -> Option<Entry> {
    let (size, modified) = stamp(&real.metadata().ok()?);
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (artist, title) = match stem.split_once(" - ") {
        Some((artist, title)) => (short(artist), title),
        None => (None, stem),
    };
    let mut entry = Entry {
        path: path.to_owned(),
        size,
        modified,
        title: short(title).unwrap_or_else(|| name.to_owned()),
        artist,
        album: None,
        isrc: None,
        length: None,
        words: String::new(),
        artwork: 0,
    };
    let mut pictured = false;
    let options = ParseOptions::new();
    // A reader of tags must not take the whole library with it.
    let tagged = std::panic::catch_unwind(|| Probe::open(real).ok()?.options(options).read().ok());
    if let Some(tagged) = tagged.ok().flatten() {
        entry.length = i64::try_from(tagged.properties().duration().as_millis()).ok().filter(|length| *length > 0);
        for tag in tagged.tags() {
            pictured |= tag.picture_count() > 0;
            let text = |text: Option<std::borrow::Cow<'_, str>>| text.and_then(|text| short(&text));
            if let Some(title) = text(tag.title()) {
                entry.title = title;
            }
            entry.artist = text(tag.artist()).or(entry.artist);
            entry.album = text(tag.album()).or(entry.album);
            entry.isrc = tag.get_string(ItemKey::Isrc).and_then(number).or(entry.isrc);
        }
    }
    entry.artwork = i64::from(pictured || artwork::beside(real).is_some());
    let all = [Some(&entry.title), entry.artist.as_ref(), entry.album.as_ref(), Some(&stem.to_owned())];
    entry.words = words(&all.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" "));
    Some(entry)
}

/// The number of a recording, without the strokes that some write in it.
fn number(isrc: &str) -> Option<String> {
    let isrc: String = isrc.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    (!isrc.is_empty()).then(|| isrc.to_ascii_uppercase())
}

fn short(text: &str) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
    (!text.is_empty()).then_some(text)
}
