//! The waist on both engines.

#![expect(clippy::unwrap_used, reason = "tests")]

mod copy;

use std::sync::{Arc, Mutex};

use guildhall_db::testing::Scratch;
use guildhall_db::{Config, Db, Engine, Error, Migration, Record, Records, Run, record, values};

const TABLES: &[Migration] = &[Migration {
    version: 1,
    name: "things",
    sql: "CREATE TABLE things (id SNOWFLAKE PRIMARY KEY, name TEXT NOT NULL UNIQUE, size DOUBLE PRECISION, data BYTES, flag BIGINT NOT NULL);\n\
          --: sqlite\nCREATE TABLE only_sqlite (id SNOWFLAKE PRIMARY KEY);\n--: end\n\
          --: postgres\nCREATE TABLE only_postgres (id SNOWFLAKE PRIMARY KEY);\n--: end\n",
}];

record! {
    /// A thing.
    #[derive(Clone, Debug, PartialEq)]
    struct Thing { id: i64, name: String, size: Option<f64>, data: Option<Vec<u8>>, flag: bool }
}

fn thing(id: i64, name: &str) -> Thing {
    Thing { id, name: name.into(), size: Some(1.5), data: Some(vec![0, 255, 7]), flag: true }
}

async fn insert(run: &mut dyn Run, thing: &Thing) -> Result<u64, Error> {
    run.execute(&format!("INSERT INTO things ({}) VALUES ({})", Thing::COLUMNS, Thing::PLACEHOLDERS), thing.values())
        .await
}

async fn names(db: &Db) -> Vec<String> {
    let mut run = db;
    run.column("SELECT name FROM things ORDER BY id", vec![]).await.unwrap()
}

/// Runs a case on a fresh database of each engine.
async fn check<F: Future<Output = ()>>(case: impl Fn(Db) -> F) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let scratch = Scratch::new(engine);
        let db = scratch.open().await;
        db.migrate(TABLES).await.unwrap();
        case(db).await;
    }
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    check(|db| async move {
        let (one, mut two) = (thing(1, "one"), thing(i64::MAX, "zwei ü '$1'"));
        two.size = None;
        two.data = None;
        two.flag = false;
        insert(&mut &db, &one).await.unwrap();
        insert(&mut &db, &two).await.unwrap();
        let all: Vec<Thing> =
            (&mut &db).all(&format!("SELECT {} FROM things ORDER BY id", Thing::COLUMNS), vec![]).await.unwrap();
        assert_eq!(all, [one, two]);
    })
    .await;
}

#[tokio::test]
async fn parameters_count_by_number_not_by_appearance() {
    check(|db| async move {
        insert(&mut &db, &thing(1, "one")).await.unwrap();
        let sql = "SELECT name FROM things WHERE name = $2 AND id = $1";
        let name: Option<String> = (&mut &db).scalar(sql, values![1_i64, "one"]).await.unwrap();
        assert_eq!(name.as_deref(), Some("one"));
    })
    .await;
}

#[tokio::test]
async fn a_taken_value_is_unique() {
    check(|db| async move {
        insert(&mut &db, &thing(1, "one")).await.unwrap();
        assert!(matches!(insert(&mut &db, &thing(2, "one")).await, Err(Error::Unique(_))));
        assert!(matches!(insert(&mut &db, &thing(1, "two")).await, Err(Error::Unique(_))));
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    check(|db| async move {
        let mut tx = db.begin().await.unwrap();
        insert(&mut tx, &thing(1, "one")).await.unwrap();
        drop(tx);
        insert(&mut &db, &thing(2, "two")).await.unwrap();
        assert_eq!(names(&db).await, ["two"]);
    })
    .await;
}

#[tokio::test]
async fn a_hundred_at_once_lose_nothing_and_publish_in_order() {
    check(|db| async move {
        insert(&mut &db, &Thing { size: Some(0.0), ..thing(1, "counter") }).await.unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (db, heard) = (db.clone(), heard.clone());
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    let lock = if tx.engine() == Engine::Postgres { " FOR UPDATE" } else { "" };
                    let sql = format!("SELECT size FROM things WHERE id = 1{lock}");
                    let size: f64 = tx.scalar(&sql, vec![]).await.unwrap().unwrap();
                    tx.execute("UPDATE things SET size = $1 WHERE id = 1", values![size + 1.0]).await.unwrap();
                    tx.commit_then(7, move || heard.lock().unwrap().push(size + 1.0)).await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let heard = heard.lock().unwrap().clone();
        assert_eq!(heard, (1..=100).map(f64::from).collect::<Vec<_>>(), "each hears after its commit, in order");
    })
    .await;
}

#[tokio::test]
async fn a_failed_member_does_not_spoil_its_group() {
    check(|db| async move {
        let tasks: Vec<_> = (1..=40_i64)
            .map(|id| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut tx = db.begin().await.unwrap();
                    insert(&mut tx, &thing(id, &format!("thing {}", id / 2))).await?;
                    tx.commit().await
                })
            })
            .collect();
        let mut kept = 0;
        for task in tasks {
            kept += usize::from(task.await.unwrap().is_ok());
        }
        assert_eq!(names(&db).await.len(), kept);
        assert_eq!(kept, 21, "one of each name");
    })
    .await;
}

#[tokio::test]
async fn a_unit_runs_whole_and_commits_by_itself() {
    check(|db| async move {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (1..=50_i64)
            .map(|id| {
                let (db, heard) = (db.clone(), heard.clone());
                tokio::spawn(async move {
                    db.unit(move |mut tx| async move {
                        insert(&mut tx, &thing(id, &format!("thing {}", id / 2))).await?;
                        tx.commit_then(7, move || heard.lock().unwrap().push(id)).await?;
                        Ok::<_, Error>(id)
                    })
                    .await
                    .unwrap()
                })
            })
            .collect();
        let mut kept = Vec::new();
        for task in tasks {
            kept.extend(task.await.unwrap());
        }
        let mut told = heard.lock().unwrap().clone();
        told.sort_unstable();
        assert_eq!(names(&db).await.len(), 26, "one of each name");
        assert_eq!(told, kept, "what was committed was told, and nothing else");
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_does_not_commit_leaves_nothing() {
    check(|db| async move {
        db.unit(|mut tx| async move { insert(&mut tx, &thing(1, "one")).await.unwrap() }).await.unwrap();
        // It may wait for something else, though others wait meanwhile.
        db.unit(|mut tx| async move {
            tokio::task::yield_now().await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            insert(&mut tx, &thing(2, "two")).await.unwrap();
            drop(tx);
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        })
        .await
        .unwrap();
        let mut tx = db.begin().await.unwrap();
        insert(&mut tx, &thing(3, "three")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(names(&db).await, ["three"]);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_panics_spoils_nobody() {
    let scratch = Scratch::new(Engine::Sqlite);
    let db = scratch.open().await;
    db.migrate(TABLES).await.unwrap();
    let failed = db
        .unit(|mut tx| async move {
            insert(&mut tx, &thing(1, "one")).await.unwrap();
            assert!(tx.engine() == Engine::Postgres, "on purpose");
        })
        .await;
    assert!(matches!(failed, Err(Error::Busy)));
    insert(&mut &db, &thing(2, "two")).await.unwrap();
    assert_eq!(names(&db).await, ["two"]);
}

#[tokio::test]
async fn migrations_run_once_and_are_not_edited() {
    check(|db| async move {
        assert_eq!(db.migrate(TABLES).await.unwrap(), Vec::<u32>::new());
        let edited =
            [Migration { sql: "CREATE TABLE other (id SNOWFLAKE PRIMARY KEY)", ..TABLES.first().copied().unwrap() }];
        assert!(matches!(db.migrate(&edited).await, Err(Error::Mismatch(_))));
        assert!(matches!(db.migrate(&[]).await, Err(Error::Mismatch(_))), "a newer database is refused");
        assert_eq!(db.status(&[]).await.unwrap().unknown, [1]);
    })
    .await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_with_room_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("things.db");
    let db = Db::open(&guildhall_db::Config::sqlite(&path)).await.unwrap();
    db.migrate(TABLES).await.unwrap();
    insert(&mut &db, &thing(1, "before")).await.unwrap();
    db.make_room(1 << 20).await.unwrap();
    let log = |path: &std::path::Path| std::path::PathBuf::from(format!("{}-wal", path.display()));
    assert_eq!(std::fs::metadata(log(&path)).unwrap().len(), 1 << 20);
    insert(&mut &db, &thing(2, "after")).await.unwrap();
    // What a power cut would leave.
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(log(&path), log(&copy)).unwrap();
    let copy = Db::open(&guildhall_db::Config::sqlite(&copy)).await.unwrap();
    assert_eq!(names(&copy).await, ["before", "after"]);
    copy.close().await.unwrap();
    assert_eq!(names(&copy).await, ["before", "after"]);
}

#[tokio::test]
async fn a_log_keeps_its_size_and_is_empty_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("things.db");
    let log = folder.path().join("things.db-wal");
    let db = Db::open(&guildhall_db::Config::sqlite(&path)).await.unwrap();
    db.migrate(TABLES).await.unwrap();
    db.make_room(1 << 20).await.unwrap();
    for id in 1..=50 {
        insert(&mut &db, &thing(id, &format!("{id}"))).await.unwrap();
    }
    // Somebody who reads has it open as well, as in a program that ends.
    assert_eq!(names(&db).await.len(), 50);
    let long = std::fs::read(&log).unwrap();
    db.close().await.unwrap();
    assert_eq!(std::fs::metadata(&log).unwrap().len(), 1 << 20);
    // All of it is in the file, and a copy of the file alone has it.
    let copy = folder.path().join("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    let copy = Db::open(&guildhall_db::Config::sqlite(&copy)).await.unwrap();
    assert_eq!(names(&copy).await.len(), 50);
    // The header is another one, so that nothing behind the first frame counts.
    let new = std::fs::read(&log).unwrap();
    assert_ne!(new.get(16..24), long.get(16..24), "the salts of the log");
    assert_eq!(new.get(8_192..), long.get(8_192..));
    let again = Db::open(&guildhall_db::Config::sqlite(&path)).await.unwrap();
    again.make_room(1 << 20).await.unwrap();
    assert_eq!(names(&again).await.len(), 50);
    insert(&mut &again, &thing(51, "one more")).await.unwrap();
    again.close().await.unwrap();
    assert_eq!(std::fs::metadata(&log).unwrap().len(), 1 << 20);
}

/// The log begins anew while everybody writes and reads, and before a commit has to see to it.
#[tokio::test]
async fn the_log_is_folded_beside_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("things.db");
    let db = Db::open(&guildhall_db::Config::sqlite(&path)).await.unwrap();
    db.migrate(TABLES).await.unwrap();
    let mut units = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let db = db.clone();
        units.spawn(async move {
            for number in 0..3000_i64 {
                let id = writer * 3000 + number;
                // Each in a place of its own, so that a unit writes several pages.
                let name = format!("{} {}", (id * 7919) % 24_000, "long ".repeat(200));
                db.unit(move |mut tx| async move {
                    insert(&mut tx, &thing(id, &name)).await?;
                    tx.commit().await
                })
                .await
                .unwrap()
                .unwrap();
                let seen: Option<i64> =
                    (&mut &db).scalar("SELECT flag FROM things WHERE id = $1", values![id]).await.unwrap();
                assert_eq!(seen, Some(1), "one's own writes are seen");
            }
        });
    }
    units.join_all().await;
    let log = std::fs::read(folder.path().join("things.db-wal")).unwrap();
    let begun = u32::from_be_bytes(log.get(12..16).unwrap().try_into().unwrap());
    assert!(begun >= 2, "the log began anew {begun} times");
    assert!(log.len() <= 80 << 20, "the log has {} bytes", log.len());
    assert_eq!(names(&db).await.len(), 24_000);
    let sound: Option<String> = (&mut &db).scalar("PRAGMA integrity_check", vec![]).await.unwrap();
    assert_eq!(sound.as_deref(), Some("ok"));
}

/// What one unit holds may need a runtime to go.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        tokio::spawn(async {});
    }
}

#[tokio::test]
async fn who_finds_the_database_taken_spoils_nobody() {
    let scratch = Scratch::new(Engine::Sqlite);
    let db = scratch.open().await;
    db.migrate(TABLES).await.unwrap();
    let other = scratch.open().await;
    let mut taken = other.begin().await.unwrap();
    let (done, mut over) = tokio::sync::oneshot::channel::<()>();
    let takes = tokio::spawn(async move {
        while over.try_recv().is_err() {
            insert(&mut taken, &thing(9, "nine")).await.unwrap();
            taken.execute("DELETE FROM things", vec![]).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    let guard = Guard;
    let failed = db
        .unit(move |tx| async move {
            let _guard = guard;
            tx.commit().await
        })
        .await;
    assert!(matches!(failed, Err(Error::Busy)));
    done.send(()).unwrap();
    takes.await.unwrap();
    insert(&mut &db, &thing(1, "one")).await.unwrap();
}

#[tokio::test]
async fn a_unit_goes_on_when_nobody_waits() {
    check(|db| async move {
        let (told, hears) = tokio::sync::oneshot::channel();
        let (begun, runs) = tokio::sync::oneshot::channel();
        let waits = tokio::spawn({
            let db = db.clone();
            async move {
                db.unit(move |mut tx| async move {
                    insert(&mut tx, &thing(1, "one")).await.unwrap();
                    begun.send(()).unwrap();
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    tx.commit_then(7, move || told.send(()).unwrap()).await.unwrap();
                })
                .await
            }
        });
        runs.await.unwrap();
        waits.abort();
        tokio::time::timeout(std::time::Duration::from_secs(20), hears).await.unwrap().unwrap();
        assert_eq!(names(&db).await, ["one"]);
    })
    .await;
}

/// A search that walks through everything keeps nobody from being looked up.
#[tokio::test]
async fn what_takes_long_is_read_aside() {
    check(|db| async move {
        insert(&mut &db, &thing(1, "one")).await.unwrap();
        let long =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT COUNT(*) FROM n";
        let mut searches = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let db = db.clone();
            searches.spawn(async move { db.aside().scalar::<i64>(long, vec![]).await.unwrap() });
        }
        assert_eq!(names(&db).await, ["one"]);
        if db.engine() == Engine::Sqlite {
            let over = std::iter::from_fn(|| searches.try_join_next()).count();
            assert!(over < 4, "who is looked up waited for {over} searches");
        }
        assert_eq!(searches.join_all().await.last(), Some(&Some(400_000)));
        assert_eq!(db.aside().execute("DELETE FROM things", vec![]).await.unwrap(), 1);
    })
    .await;
}

/// Versions before this one can lose what a log holds when two connections fold it.
#[tokio::test]
async fn sqlite_is_a_version_that_loses_nothing() {
    let scratch = Scratch::new(Engine::Sqlite);
    let db = scratch.open().await;
    let version: Option<String> = (&mut &db).scalar("SELECT sqlite_version()", vec![]).await.unwrap();
    let version: Vec<u32> = version.unwrap().split('.').map(|part| part.parse().unwrap()).collect();
    assert!(version >= vec![3, 51, 3], "{version:?}");
}

/// What a PostgreSQL server with TLS is: it says that it has it, and speaks on under it. Gives its port and its certificate.
async fn behind_tls(plain: u16) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Nothing but the wish for TLS is taken.
                let mut wish = [0; 8];
                socket.read_exact(&mut wish).await.ok()?;
                (wish == [0, 0, 0, 8, 4, 210, 22, 47]).then_some(())?;
                socket.write_all(b"S").await.ok()?;
                let mut hidden = acceptor.accept(socket).await.ok()?;
                let mut server = tokio::net::TcpStream::connect(("127.0.0.1", plain)).await.ok()?;
                tokio::io::copy_bidirectional(&mut hidden, &mut server).await.ok()
            });
        }
    });
    (port, made.cert.pem())
}

#[tokio::test]
async fn postgres_is_reached_by_tls() {
    let scratch = Scratch::new(Engine::Postgres);
    let (_, place) = scratch.config.url.rsplit_once(':').unwrap();
    let (port, name) = place.split_once('/').unwrap();
    let (hidden, certificate) = behind_tls(port.parse().unwrap()).await;
    let folder = tempfile::TempDir::new().unwrap();
    let roots = folder.path().join("ca.pem");
    std::fs::write(&roots, certificate).unwrap();
    let roots = roots.display();
    for (host, port, query, reached) in [
        ("localhost", hidden, format!("sslmode=verify-full&sslrootcert={roots}"), true),
        ("127.0.0.1", hidden, format!("sslmode=verify-full&sslrootcert={roots}"), false),
        ("127.0.0.1", hidden, format!("sslmode=verify-ca&sslrootcert={roots}"), true),
        ("127.0.0.1", hidden, format!("sslmode=require&sslrootcert={roots}"), true),
        ("127.0.0.1", hidden, "sslmode=require".to_owned(), true),
        ("127.0.0.1", hidden, String::new(), true),
        ("127.0.0.1", hidden, "sslmode=disable".to_owned(), false),
        ("localhost", hidden, "sslmode=verify-full".to_owned(), false),
        ("127.0.0.1", port.parse().unwrap(), "sslmode=require".to_owned(), false),
        ("127.0.0.1", port.parse().unwrap(), "sslmode=prefer".to_owned(), true),
    ] {
        let url = format!("postgres://postgres@{host}:{port}/{name}?{query}");
        let opened = Db::open(&Config { url, readers: 2 }).await;
        assert_eq!(opened.is_ok(), reached, "{host}:{port} {query}: {opened:?}");
        if let Ok(db) = opened {
            db.ping().await.unwrap();
            db.close().await.unwrap();
        }
    }
}

#[tokio::test]
async fn postgres_has_so_many_connections_and_no_more() {
    let scratch = Scratch::new(Engine::Postgres);
    let db = Db::open(&Config { readers: 4, ..scratch.config.clone() }).await.unwrap();
    let count =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'";
    let work = (0..40).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut tx = db.begin().await.unwrap();
            tx.scalar::<i64>("SELECT 1", vec![]).await.unwrap();
            // A read beside a transaction does not wait for connections that transactions hold.
            (&mut &db).scalar::<i64>(count, vec![]).await.unwrap().unwrap()
        })
    });
    for connections in futures_util::future::join_all(work).await {
        let connections = connections.unwrap();
        assert!((2..=4).contains(&connections), "{connections}");
    }
}
