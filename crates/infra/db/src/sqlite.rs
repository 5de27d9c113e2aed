//! SQLite: one writer on its own thread, several readers, and group commit.
//!
//! Units of work that queue together run as savepoints of one outer transaction. Each is acknowledged after the outer
//! commit has reached the disk, so that one fsync makes many of them durable; what they publish runs in between, in the order
//! of their commits. Meanwhile the next group's units run already.
//!
//! A unit comes in one of two ways. It may hand its statements over one by one ([`Unit`]), and each costs two changes of
//! thread. Or it comes whole, as a future that runs on the writer's thread ([`inline`]), and its statements cost none.

pub(crate) mod copy;
mod core;
mod folder;
pub(crate) mod inline;
mod syncer;
mod writer;

use std::path::{Path, PathBuf};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use self::core::{Core, PATIENCE, STATEMENTS};
use self::inline::Whole;
use self::syncer::Syncing;
use self::writer::{Folding, Writer};
use crate::{Error, Result, Row, Value, fold};

/// Pages that the write-ahead log may have before a commit folds it into the file, whoever waits for that: where the folder
/// cannot, because somebody reads for long.
const MOST_PAGES: u32 = 40_000;

type Publish = Box<dyn FnOnce() + Send>;
type Ack = oneshot::Sender<Result<()>>;

/// A SQLite database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Sender<Job>,
    readers: Sender<Read>,
    /// For what may take long.
    aside: Sender<Read>,
}

/// What the writer does.
enum Job {
    Unit {
        statements: Receiver<Statement>,
        ready: oneshot::Sender<()>,
    },
    Whole(Whole),
    /// Make the log at least so large.
    Room(u64, Ack),
    Close(Ack),
}

/// One step of a unit.
enum Statement {
    Query(String, Vec<Value>, oneshot::Sender<Result<Vec<Row>>>),
    Execute(String, Vec<Value>, oneshot::Sender<Result<u64>>),
    Batch(String, Ack),
    Commit(Publish, Ack),
}

struct Read {
    sql: String,
    values: Vec<Value>,
    answer: oneshot::Sender<Result<Vec<Row>>>,
}

/// A transaction's way to the writer. Dropping it is a rollback.
#[derive(Debug)]
pub(crate) struct Unit {
    statements: Sender<Statement>,
}

impl Sqlite {
    pub(crate) async fn open(path: PathBuf, readers: usize) -> Result<Self> {
        let (writer, jobs) = unbounded();
        let (reads, queue) = unbounded::<Read>();
        let at = path.clone();
        let (opened, open) = oneshot::channel();
        let (grown, folds) = bounded(1);
        let (rest, rests) = bounded(1);
        let syncing = Syncing::start(syncer::of_log(log_of(&path)))?;
        spawn("db-writer", move || match connect(&at, false) {
            Ok(connection) => {
                hurry();
                let _ = opened.send(Ok(()));
                Writer::new(connection, log_of(&at), syncing, Folding::new(grown, rests)).run(&jobs);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        })?;
        open.await.map_err(|_| Error::Closed)??;
        let at = path.clone();
        spawn("db-folder", move || folder::run(&at, &folds, &rest))?;
        for number in 0..readers.max(1) {
            let (at, queue) = (path.clone(), queue.clone());
            spawn(&format!("db-reader-{number}"), move || serve_reads(&at, &queue))?;
        }
        let (aside, queue) = unbounded::<Read>();
        let at = path.clone();
        spawn("db-aside", move || serve_reads(&at, &queue))?;
        Ok(Self { path, writer, readers: reads, aside })
    }

    pub(crate) async fn begin(&self) -> Result<Unit> {
        let (statements, receiver) = unbounded();
        let (ready, turn) = oneshot::channel();
        self.writer.send(Job::Unit { statements: receiver, ready }).map_err(|_| Error::Closed)?;
        turn.await.map_err(|_| Error::Busy)?;
        Ok(Unit { statements })
    }

    /// Lets a unit run whole, on the writer's thread.
    pub(crate) fn run(&self, whole: Whole) -> Result<()> {
        self.writer.send(Job::Whole(whole)).map_err(|_| Error::Closed)
    }

    pub(crate) async fn read(&self, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
        read(&self.readers, sql, values).await
    }

    /// Reads where only what is read here as well has to wait for it.
    pub(crate) async fn read_aside(&self, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
        read(&self.aside, sql, values).await
    }

    pub(crate) async fn backup(&self, to: PathBuf) -> Result<()> {
        let from = self.path.clone();
        let (done, copied) = oneshot::channel();
        spawn("db-backup", move || {
            let _ = done.send(copy::beside_work(&from, &to));
        })?;
        copied.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn make_room(&self, bytes: u64) -> Result<()> {
        let (ack, made) = oneshot::channel();
        self.writer.send(Job::Room(bytes, ack)).map_err(|_| Error::Closed)?;
        made.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn close(&self) -> Result<()> {
        let (ack, closed) = oneshot::channel();
        self.writer.send(Job::Close(ack)).map_err(|_| Error::Closed)?;
        closed.await.map_err(|_| Error::Closed)?
    }
}

impl Unit {
    async fn send<T>(&self, make: impl FnOnce(oneshot::Sender<Result<T>>) -> Statement) -> Result<T> {
        let (answer, result) = oneshot::channel();
        self.statements.send(make(answer)).map_err(|_| Error::Busy)?;
        result.await.map_err(|_| Error::Busy)?
    }

    pub(crate) async fn query(&self, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
        self.send(|answer| Statement::Query(sql, values, answer)).await
    }

    pub(crate) async fn execute(&self, sql: String, values: Vec<Value>) -> Result<u64> {
        self.send(|answer| Statement::Execute(sql, values, answer)).await
    }

    pub(crate) async fn batch(&self, sql: String) -> Result<()> {
        self.send(|answer| Statement::Batch(sql, answer)).await
    }

    pub(crate) async fn commit(self, publish: Publish) -> Result<()> {
        self.send(|answer| Statement::Commit(publish, answer)).await
    }
}

/// Where SQLite keeps the write-ahead log of a database.
fn log_of(path: &Path) -> PathBuf {
    copy::beside(path, "-wal")
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map(|_| ()).map_err(|error| Error::Engine(format!("failed to start a thread: {error}")))
}

/// All writes wait for the one thread that calls this: where that is allowed, it comes before the others.
fn hurry() {
    // There priorities are of threads.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(-10) {
        tracing::debug!(%error, "writing is no more urgent than anything else");
    }
}

fn connect(path: &Path, read_only: bool) -> Result<Connection> {
    let connection = if read_only {
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
    } else {
        Connection::open(path)?
    };
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan that hangs on the values would be made anew for each of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // SQLite's own LOWER knows the letters of ASCII only.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection
        .create_scalar_function("fold", 1, flags, |call| Ok(call.get::<Option<String>>(0)?.map(|text| fold(&text))))?;
    if !read_only {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // The syncer waits for the disk in our stead.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.pragma_update(None, "wal_autocheckpoint", MOST_PAGES)?;
    }
    connection.pragma_update(None, "cache_size", "-8192")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

async fn read(readers: &Sender<Read>, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
    let (answer, rows) = oneshot::channel();
    readers.send(Read { sql, values, answer }).map_err(|_| Error::Closed)?;
    rows.await.map_err(|_| Error::Closed)?
}

fn serve_reads(path: &Path, queue: &Receiver<Read>) {
    let mut core: Option<Core> = None;
    while let Ok(read) = queue.recv() {
        if read.answer.is_closed() {
            // Who asked has gone.
            continue;
        }
        let result = match &mut core {
            Some(core) => core.query(&read.sql, &read.values),
            None => connect(path, true).and_then(|open| core.insert(Core::new(open)).query(&read.sql, &read.values)),
        };
        // Nobody waits for it any more when this fails.
        let _ = read.answer.send(result);
    }
}
