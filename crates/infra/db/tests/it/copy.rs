//! Copies of a SQLite database: beside running work, and of a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guildhall_db::testing::Scratch;
use guildhall_db::{Config, Db, Engine, Records, Run, copy_file, values};
use tempfile::TempDir;

use crate::{TABLES, insert, names, thing};

/// What is in a folder, by name.
fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_copy_has_everything() {
    let scratch = Scratch::new(Engine::Sqlite);
    let db = scratch.open().await;
    db.migrate(TABLES).await.unwrap();
    insert(&mut &db, &thing(1, "one")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    db.backup(&path).await.unwrap();
    assert_eq!(entries(folder.path()), ["copy.db"], "one file");
    let copy = Db::open(&Config::sqlite(&path)).await.unwrap();
    assert_eq!(names(&copy).await, ["one"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_ends_while_others_write() {
    let folder = TempDir::new().unwrap();
    let config = Config::sqlite(&folder.path().join("things.db"));
    let db = Db::open(&config).await.unwrap();
    db.migrate(TABLES).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for number in 0..4_000 {
        let mut thing = thing(number, &number.to_string());
        thing.data = Some(vec![7; 8_000]);
        insert(&mut tx, &thing).await.unwrap();
    }
    tx.commit().await.unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (db, ended) = (db.clone(), ended.clone());
        async move {
            let mut flips = 0_u64;
            while !ended.load(Ordering::Relaxed) {
                (&mut &db).execute("UPDATE things SET flag = 1 - flag", values![]).await.unwrap();
                flips += 1;
            }
            flips
        }
    });
    // As another program, which hears nothing of what the first one writes.
    let other = Db::open(&config).await.unwrap();
    let to = folder.path().join("copy.db");
    let copied = tokio::time::timeout(Duration::from_mins(1), other.backup(&to)).await;
    ended.store(true, Ordering::Relaxed);
    // It ended in time, and well.
    copied.unwrap().unwrap();
    assert!(writing.await.unwrap() > 0);
    let copy = Db::open(&Config::sqlite(&to)).await.unwrap();
    let sql = "SELECT COUNT(*) * 10 + COUNT(DISTINCT flag) FROM things";
    let counted: Option<i64> = (&mut &copy).scalar(sql, values![]).await.unwrap();
    assert_eq!(counted, Some(40_001), "all of them, at one moment");
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing() {
    let scratch = Scratch::new(Engine::Sqlite);
    let db = scratch.open().await;
    db.migrate(TABLES).await.unwrap();
    let folder = TempDir::new().unwrap();
    // Nothing can be put in the place of a folder that is not empty.
    let taken = folder.path().join("taken");
    std::fs::create_dir_all(taken.join("within")).unwrap();
    db.backup(&taken).await.unwrap_err();
    assert_eq!(entries(folder.path()), ["taken"]);
    db.backup(&folder.path().join("nowhere").join("copy.db")).await.unwrap_err();
    // Of the last one that was cut off.
    std::fs::write(folder.path().join("copy.db.part"), "half").unwrap();
    db.backup(&folder.path().join("copy.db")).await.unwrap();
    assert_eq!(entries(folder.path()), ["copy.db", "taken"]);
}

/// A file with two migrations and a thing, as the engine leaves it: in the mode of a write-ahead log.
async fn file(folder: &Path) -> PathBuf {
    let path = folder.join("a #1 100%?.db");
    let db = Db::open(&Config::sqlite(&path)).await.unwrap();
    db.migrate(TABLES).await.unwrap();
    insert(&mut &db, &thing(1, "one")).await.unwrap();
    db.close().await.unwrap();
    drop(db);
    // Its threads let go of the file one after the other.
    for _ in 0..500 {
        if entries(folder).len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    path
}

#[tokio::test]
async fn a_file_is_copied_without_a_trace_and_only_when_it_is_sound() {
    let (folder, target) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = file(folder.path()).await;
    let before = (std::fs::read(&path).unwrap(), entries(folder.path()));
    let to = target.path().join("copy.db");
    assert_eq!(copy_file(&path, &to).await.unwrap(), [1]);
    assert_eq!((std::fs::read(&path).unwrap(), entries(folder.path())), before);
    let copy = Db::open(&Config::sqlite(&to)).await.unwrap();
    assert_eq!(names(&copy).await, ["one"]);

    let target = TempDir::new().unwrap();
    let to = target.path().join("copy.db");
    let (whole, other) = (before.0, folder.path().join("other.db"));
    for (bytes, versions) in [
        (whole.get(..whole.len() / 2).unwrap().to_vec(), None),
        (vec![7; 10_000], None),
        (Vec::new(), Some(Vec::new())),
    ] {
        std::fs::write(&other, &bytes).unwrap();
        assert_eq!(copy_file(&other, &to).await.ok(), versions);
        assert_eq!(entries(target.path()), Vec::<String>::new());
    }
}
