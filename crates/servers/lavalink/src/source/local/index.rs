//! The library's index: what its files say of themselves.

use std::collections::HashMap;

use guildhall_db::{Db, Records, Result, Run, record, values};

record! {
    /// A file.
    #[derive(Clone, Debug)]
    pub(super) struct Entry {
        pub(super) path: String,
        pub(super) size: i64,
        pub(super) modified: i64,
        pub(super) title: String,
        pub(super) artist: Option<String>,
        pub(super) album: Option<String>,
        pub(super) isrc: Option<String>,
        pub(super) length: Option<i64>,
        pub(super) words: String,
        pub(super) artwork: i64,
    }
}

record! {
    /// Which state of a file is known.
    pub(super) struct Known {
        pub(super) path: String,
        pub(super) size: i64,
        pub(super) modified: i64,
    }
}

/// All files that are known, with their sizes and times.
pub(super) async fn known(db: &Db) -> Result<HashMap<String, (i64, i64)>> {
    let mut run = db;
    let rows: Vec<Known> =
        run.all("SELECT path, size, modified FROM lavalink_library ORDER BY path", values![]).await?;
    Ok(rows.into_iter().map(|row| (row.path, (row.size, row.modified))).collect())
}

/// Writes what changed.
pub(super) async fn write(db: &Db, changed: Vec<Entry>, gone: Vec<String>) -> Result<()> {
    if changed.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for path in gone {
        tx.execute("DELETE FROM lavalink_library WHERE path = $1", values![path]).await?;
    }
    for row in changed {
        tx.execute(
            "INSERT INTO lavalink_library (path, size, modified, title, artist, album, isrc, length, words, artwork)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (path) DO UPDATE SET size = excluded.size, modified = excluded.modified, title = excluded.title,
             artist = excluded.artist, album = excluded.album, isrc = excluded.isrc, length = excluded.length,
             words = excluded.words, artwork = excluded.artwork",
            values![
                row.path, row.size, row.modified, row.title, row.artist, row.album, row.isrc, row.length, row.words, row.artwork
            ],
        )
        .await?;
    }
    tx.commit().await
}

/// Files that have all words, at most six of them.
pub(super) async fn search(db: &Db, text: &str, most: i64) -> Result<Vec<Entry>> {
    let words = words(text);
    let mut patterns = words.split_whitespace().map(|word| format!("%{word}%"));
    let Some(first) = patterns.next() else { return Ok(Vec::new()) };
    let mut next = || patterns.next().unwrap_or_else(|| "%".to_owned());
    let mut run = db;
    run.all(
        "SELECT path, size, modified, title, artist, album, isrc, length, words, artwork FROM lavalink_library
         WHERE words LIKE $1 AND words LIKE $2 AND words LIKE $3 AND words LIKE $4 AND words LIKE $5 AND words LIKE $6
         ORDER BY path LIMIT $7",
        values![first, next(), next(), next(), next(), next(), most],
    )
    .await
}

/// Files with the number of a recording.
pub(super) async fn by_number(db: &Db, isrc: &str, most: i64) -> Result<Vec<Entry>> {
    let mut run = db;
    run.all(
        "SELECT path, size, modified, title, artist, album, isrc, length, words, artwork FROM lavalink_library
         WHERE isrc = $1 ORDER BY path LIMIT $2",
        values![isrc.to_ascii_uppercase(), most],
    )
    .await
}

/// Letters and digits in lower case; everything else parts words.
pub(super) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    for letter in text.chars().flat_map(char::to_lowercase).take(600) {
        let letter = if letter.is_alphanumeric() { letter } else { ' ' };
        if letter != ' ' || !words.ends_with(' ') {
            words.push(letter);
        }
    }
    words
}
