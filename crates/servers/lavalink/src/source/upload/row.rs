//! What is known of each file that was brought.

use guildhall_db::{Db, Records, Result, Run, record, values};

record! {
    /// A file.
    #[derive(Clone, Debug)]
    pub(super) struct Row {
        pub(super) id: String,
        pub(super) name: String,
        pub(super) size: i64,
        pub(super) title: String,
        pub(super) artist: Option<String>,
        pub(super) album: Option<String>,
        pub(super) isrc: Option<String>,
        pub(super) length: Option<i64>,
        pub(super) kind: String,
        pub(super) created_at: i64,
        pub(super) artwork: i64,
    }
}

record! {
    /// How much of it there is.
    pub(super) struct Size {
        pub(super) id: String,
        pub(super) size: i64,
    }
}

pub(super) async fn sizes(db: &Db) -> Result<Vec<Size>> {
    let mut run = db;
    run.all("SELECT id, size FROM lavalink_upload ORDER BY id", values![]).await
}

record! {
    /// How many there are.
    struct Count {
        count: i64,
    }
}

pub(super) async fn count(db: &Db) -> Result<i64> {
    let mut run = db;
    let rows: Vec<Count> = run.all("SELECT COUNT(*) AS count FROM lavalink_upload", values![]).await?;
    Ok(rows.first().map_or(0, |row| row.count))
}

pub(super) async fn insert(db: &Db, row: Row) -> Result<()> {
    let mut run = db;
    run.execute(
        "INSERT INTO lavalink_upload (id, name, size, title, artist, album, isrc, length, kind, created_at, artwork)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            row.id,
            row.name,
            row.size,
            row.title,
            row.artist,
            row.album,
            row.isrc,
            row.length,
            row.kind,
            row.created_at,
            row.artwork
        ],
    )
    .await?;
    Ok(())
}

/// The file of a name, and those that follow.
pub(super) async fn list(db: &Db, from: &str, most: i64) -> Result<Vec<Row>> {
    let mut run = db;
    run.all(
        "SELECT id, name, size, title, artist, album, isrc, length, kind, created_at, artwork FROM lavalink_upload
         WHERE id >= $1 ORDER BY id LIMIT $2",
        values![from, most],
    )
    .await
}

/// Forgets a file; whether it was there.
pub(super) async fn delete(db: &Db, id: &str) -> Result<bool> {
    let mut run = db;
    Ok(run.execute("DELETE FROM lavalink_upload WHERE id = $1", values![id]).await? > 0)
}
