//! SQLite: one writer on its own thread, several readers, and group commit.
//!
//! Units of work that queue together run as savepoints of one outer transaction. Each is acknowledged after the outer
//! commit, so that one fsync makes many of them durable; what they publish runs in between, in the order of their commits.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, unbounded};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};
use tokio::sync::oneshot;

use crate::{Error, Result, Row, Value};

/// How many units share one commit at most.
const GROUP: usize = 256;
/// How long units may join a group.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// How long a unit may keep the writer without a statement.
const IDLE: Duration = Duration::from_secs(5);
/// How long the writer looks for the next statement before it sleeps.
const SPIN: Duration = Duration::from_micros(40);
/// Prepared statements kept for each connection.
const STATEMENTS: usize = 256;

type Publish = Box<dyn FnOnce() + Send>;
type Ack = oneshot::Sender<Result<()>>;

/// A SQLite database.
#[derive(Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    writer: Sender<Job>,
    readers: Sender<Read>,
}

/// What the writer does.
enum Job {
    Unit { statements: Receiver<Statement>, ready: oneshot::Sender<()> },
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
        spawn("db-writer", move || match connect(&at, false) {
            Ok(connection) => {
                let _ = opened.send(Ok(()));
                Writer { texts: Texts::default(), connection }.run(&jobs);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        })?;
        open.await.map_err(|_| Error::Closed)??;
        for number in 0..readers.max(1) {
            let (at, queue) = (path.clone(), queue.clone());
            spawn(&format!("db-reader-{number}"), move || serve_reads(&at, &queue))?;
        }
        Ok(Self { path, writer, readers: reads })
    }

    pub(crate) async fn begin(&self) -> Result<Unit> {
        let (statements, receiver) = unbounded();
        let (ready, turn) = oneshot::channel();
        self.writer.send(Job::Unit { statements: receiver, ready }).map_err(|_| Error::Closed)?;
        turn.await.map_err(|_| Error::Busy)?;
        Ok(Unit { statements })
    }

    pub(crate) async fn read(&self, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
        let (answer, rows) = oneshot::channel();
        self.readers.send(Read { sql, values, answer }).map_err(|_| Error::Closed)?;
        rows.await.map_err(|_| Error::Closed)?
    }

    pub(crate) async fn backup(&self, to: PathBuf) -> Result<()> {
        let from = self.path.clone();
        let (done, copied) = oneshot::channel();
        spawn("db-backup", move || {
            let copy = || -> Result<()> {
                let source = Connection::open_with_flags(&from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                let mut target = Connection::open(&to)?;
                let backup = rusqlite::backup::Backup::new(&source, &mut target)?;
                backup.run_to_completion(512, Duration::from_millis(1), None)?;
                Ok(())
            };
            let _ = done.send(copy());
        })?;
        copied.await.map_err(|_| Error::Closed)?
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

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map(|_| ()).map_err(|error| Error::Engine(format!("failed to start a thread: {error}")))
}

fn connect(path: &Path, read_only: bool) -> Result<Connection> {
    let connection = if read_only {
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
    } else {
        Connection::open(path)?
    };
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if !read_only {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.pragma_update(None, "wal_autocheckpoint", "4000")?;
    }
    connection.pragma_update(None, "cache_size", "-8192")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

fn serve_reads(path: &Path, queue: &Receiver<Read>) {
    let mut texts = Texts::default();
    let mut connection: Option<Connection> = None;
    while let Ok(read) = queue.recv() {
        let result = match &connection {
            Some(open) => query(open, &mut texts, &read.sql, &read.values),
            None => connect(path, true).and_then(|open| {
                let rows = query(&open, &mut texts, &read.sql, &read.values);
                connection = Some(open);
                rows
            }),
        };
        // Nobody waits for it any more when this fails.
        let _ = read.answer.send(result);
    }
}

struct Writer {
    connection: Connection,
    texts: Texts,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let closing = match job {
                Job::Unit { statements, ready } => self.group(jobs, statements, ready),
                Job::Close(ack) => Some(ack),
            };
            if let Some(ack) = closing {
                let result = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
                let _ = ack.send(result.map_err(Error::from));
                return;
            }
        }
    }

    /// Runs units until nobody waits or the group is full, then commits once for all. Gives the request to close, if one came.
    fn group(
        &mut self,
        jobs: &Receiver<Job>,
        statements: Receiver<Statement>,
        ready: oneshot::Sender<()>,
    ) -> Option<Ack> {
        if let Err(error) = self.connection.execute_batch("BEGIN IMMEDIATE") {
            tracing::warn!(%error, "failed to begin a transaction");
            // Dropping `ready` tells the unit that the database is busy.
            return None;
        }
        let began = Instant::now();
        let mut pending: Vec<(Publish, Ack)> = Vec::new();
        let mut next = Some((statements, ready));
        let mut closing = None;
        while let Some((statements, ready)) = next.take() {
            if let Some(commit) = self.unit(&statements, ready) {
                pending.push(commit);
            }
            if pending.len() < GROUP && began.elapsed() < GROUP_TIME {
                match jobs.try_recv() {
                    Ok(Job::Unit { statements, ready }) => next = Some((statements, ready)),
                    Ok(Job::Close(ack)) => closing = Some(ack),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
                }
            }
        }
        if pending.is_empty() {
            self.rollback();
            return closing;
        }
        match self.connection.execute_batch("COMMIT") {
            Ok(()) => {
                for (publish, ack) in pending {
                    if catch_unwind(AssertUnwindSafe(publish)).is_err() {
                        tracing::error!("failed to publish after a commit: it panicked");
                    }
                    let _ = ack.send(Ok(()));
                }
            }
            Err(error) => {
                let error = Error::from(error);
                self.rollback();
                for (_, ack) in pending {
                    let _ = ack.send(Err(error.clone()));
                }
            }
        }
        closing
    }

    /// Runs one unit as a savepoint. Gives its commit; nothing when it was rolled back.
    fn unit(&mut self, statements: &Receiver<Statement>, ready: oneshot::Sender<()>) -> Option<(Publish, Ack)> {
        if self.connection.execute_batch("SAVEPOINT unit").is_err() {
            return None;
        }
        if ready.send(()).is_err() {
            self.undo();
            return None;
        }
        loop {
            match wait(statements) {
                Some(Statement::Query(sql, values, answer)) => {
                    let _ = answer.send(query(&self.connection, &mut self.texts, &sql, &values));
                }
                Some(Statement::Execute(sql, values, answer)) => {
                    let _ = answer.send(execute(&self.connection, &mut self.texts, &sql, &values));
                }
                Some(Statement::Batch(sql, answer)) => {
                    let _ = answer.send(self.connection.execute_batch(&sql).map_err(Error::from));
                }
                Some(Statement::Commit(publish, ack)) => {
                    return match self.connection.execute_batch("RELEASE unit") {
                        Ok(()) => Some((publish, ack)),
                        Err(error) => {
                            self.undo();
                            let _ = ack.send(Err(error.into()));
                            None
                        }
                    };
                }
                None => {
                    self.undo();
                    return None;
                }
            }
        }
    }

    fn undo(&self) {
        if let Err(error) = self.connection.execute_batch("ROLLBACK TO unit; RELEASE unit") {
            tracing::error!(%error, "failed to roll a unit of work back");
        }
    }

    fn rollback(&self) {
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::error!(%error, "failed to roll a transaction back");
        }
    }
}

/// The next statement of a unit; nothing when it was dropped or has been idle for too long.
fn wait(statements: &Receiver<Statement>) -> Option<Statement> {
    let began = Instant::now();
    loop {
        match statements.try_recv() {
            Ok(statement) => return Some(statement),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if began.elapsed() < SPIN => std::hint::spin_loop(),
            Err(TryRecvError::Empty) => break,
        }
    }
    match statements.recv_timeout(IDLE) {
        Ok(statement) => Some(statement),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            tracing::warn!("a unit of work was idle for too long and was rolled back");
            None
        }
    }
}

/// Statements with SQLite's `?n` for our `$n`: SQLite numbers `$2` by first appearance, only `?2` means the second.
#[derive(Debug, Default)]
struct Texts(HashMap<String, String>);

impl Texts {
    fn get(&mut self, sql: &str) -> &str {
        if self.0.len() > 4 * STATEMENTS && !self.0.contains_key(sql) {
            self.0.clear();
        }
        // Two look-ups, so that a text which is known is not copied.
        if !self.0.contains_key(sql) {
            self.0.insert(sql.to_owned(), numbered(sql));
        }
        self.0.get(sql).map_or("", String::as_str)
    }
}

/// Replaces `$` before a digit by `?`, outside of quotes.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quote: Option<char> = None;
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) => {
                if open == character {
                    quote = None;
                }
                text.push(character);
            }
            (None, '\'' | '"') => {
                quote = Some(character);
                text.push(character);
            }
            (None, '$') if characters.peek().is_some_and(char::is_ascii_digit) => text.push('?'),
            (None, _) => text.push(character),
        }
    }
    text
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn query(connection: &Connection, texts: &mut Texts, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(texts.get(sql))?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(values))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(int) => Value::Int(int),
                ValueRef::Real(real) => Value::Real(real),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            });
        }
        all.push(Row(values));
    }
    Ok(all)
}

fn execute(connection: &Connection, texts: &mut Texts, sql: &str, values: &[Value]) -> Result<u64> {
    let mut statement = connection.prepare_cached(texts.get(sql))?;
    Ok(statement.execute(params_from_iter(values))? as u64)
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn numbers_parameters() {
        for (sql, want) in [
            ("SELECT $2, $1", "SELECT ?2, ?1"),
            ("SELECT '$1', $1", "SELECT '$1', ?1"),
            ("SELECT \"a$1\" || $12", "SELECT \"a$1\" || ?12"),
            ("SELECT '$', 'it''s $1'", "SELECT '$', 'it''s $1'"),
        ] {
            assert_eq!(numbered(sql), want);
        }
    }
}
