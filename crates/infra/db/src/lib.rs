//! The narrow waist to SQL: one value enum, [`record!`], [`Run`], [`Tx`] and migrations, over SQLite and PostgreSQL.
//!
//! The same SQL text runs on both engines: parameters are `$1 … $n`, times and flags are integers, JSON is text. What
//! differs (full-text search) asks [`Run::engine`].

mod error;
mod fold;
mod migrate;
mod postgres;
mod record;
mod run;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::{Error, Result};
pub use fold::fold;
pub use migrate::{Migration, Status};
pub use record::Record;
pub use run::{Aside, Records, Run, Tx};
pub use value::{Bits, FromValue, Json, Row, ToValue, Value};

/// Which engine runs the SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Inside the process.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the database is.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://user:password@host/database`, the latter with `?sslmode=` and `&sslrootcert=` as libpq has
    /// them.
    pub url: String,
    /// Reading threads of SQLite, or all connections to PostgreSQL, half of them for transactions.
    pub readers: usize,
}

impl Config {
    /// A SQLite file.
    pub fn sqlite(path: &Path) -> Self {
        Self { url: format!("sqlite:{}", path.display()), readers: 4 }
    }
}

/// A database. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Inner,
}

#[derive(Clone, Debug)]
enum Inner {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(postgres::Postgres),
}

impl Db {
    /// Opens a database; a SQLite file is made when it is not there.
    pub async fn open(config: &Config) -> Result<Self> {
        let inner = if let Some(path) = config.url.strip_prefix("sqlite:") {
            Inner::Sqlite(Arc::new(sqlite::Sqlite::open(PathBuf::from(path), config.readers).await?))
        } else if config.url.starts_with("postgres://") || config.url.starts_with("postgresql://") {
            Inner::Postgres(postgres::Postgres::open(&config.url, config.readers)?)
        } else {
            return Err(Error::Engine("the address must begin with sqlite: or postgres://".into()));
        };
        let db = Self { inner };
        // Only read: another program may be writing, and whoever opens it may want nothing but a copy.
        let mut run = &db;
        run.scalar::<i64>("SELECT 1", Vec::new()).await?;
        Ok(db)
    }

    /// Which engine runs the SQL.
    pub fn engine(&self) -> Engine {
        match &self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction. On SQLite it waits for its turn: there is one writer.
    pub async fn begin(&self) -> Result<Tx> {
        match &self.inner {
            Inner::Sqlite(sqlite) => Ok(Tx::sqlite(sqlite.begin().await?)),
            Inner::Postgres(postgres) => Ok(Tx::postgres(Box::pin(postgres.begin()).await?)),
        }
    }

    /// Runs a unit of work where its statements cost least: on SQLite on the writer's own thread, without a change of thread
    /// for each statement; on PostgreSQL right here. It commits by itself; otherwise it is rolled back.
    ///
    /// Everybody else who writes waits for it: it must wait for nothing but its transaction, and not for long. Once begun, it
    /// runs to its end even when nobody waits for the result any more.
    pub async fn unit<T, F, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
        W: FnOnce(Tx) -> F + Send + 'static,
    {
        match &self.inner {
            Inner::Sqlite(sqlite) => {
                let (answer, result) = tokio::sync::oneshot::channel();
                sqlite.run(sqlite::inline::Whole::new(move |inline| {
                    let work = work(Tx::inline(inline));
                    Box::pin(async move {
                        let _ = answer.send(work.await);
                    })
                }))?;
                result.await.map_err(|_| Error::Busy)
            }
            Inner::Postgres(postgres) => {
                let tx = Tx::postgres(Box::pin(postgres.begin()).await?);
                tokio::spawn(work(tx)).await.map_err(|_| Error::Busy)
            }
        }
    }

    /// For reads that may take long: on SQLite they wait for each other, and nothing else waits for them.
    pub fn aside(&self) -> Aside<'_> {
        Aside(self)
    }

    /// Asks the engine whether it answers, and whether it would write.
    pub async fn ping(&self) -> Result<()> {
        let mut run = self;
        run.scalar::<i64>("SELECT 1", Vec::new()).await?;
        let mut tx = self.begin().await?;
        tx.scalar::<i64>("SELECT 1", Vec::new()).await.map(|_| ())
    }

    /// Applies the migrations that are missing; gives their versions.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<Vec<u32>> {
        migrate::migrate(self, migrations).await
    }

    /// Compares the database with the migrations that the program knows.
    pub async fn status(&self, migrations: &[Migration]) -> Result<Status> {
        migrate::status(self, migrations).await
    }

    /// Gives SQLite's write-ahead log its size ahead of time: a commit that only overwrites waits less for the disk than one
    /// that makes the log longer.
    pub async fn make_room(&self, bytes: u64) -> Result<()> {
        match &self.inner {
            Inner::Sqlite(sqlite) => sqlite.make_room(bytes).await,
            Inner::Postgres(_) => Ok(()),
        }
    }

    /// Writes a consistent copy of a SQLite database beside running work: to the name only when it is whole. PostgreSQL has
    /// `pg_dump` for that.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        match &self.inner {
            Inner::Sqlite(sqlite) => sqlite.backup(to.to_path_buf()).await,
            Inner::Postgres(_) => Err(Error::Engine("back up PostgreSQL with pg_dump".into())),
        }
    }

    /// Ends all work and, on SQLite, folds the write-ahead log into the file.
    pub async fn close(&self) -> Result<()> {
        match &self.inner {
            Inner::Sqlite(sqlite) => sqlite.close().await,
            Inner::Postgres(postgres) => {
                postgres.close();
                Ok(())
            }
        }
    }
}

/// Copies the file of a SQLite database that nobody uses, which is only read, and looks whether the copy is sound. Gives the
/// versions of its migrations; where there are none, nothing is copied.
pub async fn copy_file(from: &Path, to: &Path) -> Result<Vec<u32>> {
    let (from, to) = (from.to_path_buf(), to.to_path_buf());
    let copied = tokio::task::spawn_blocking(move || sqlite::copy::of_file(&from, &to));
    copied.await.map_err(|error| Error::Engine(error.to_string()))?
}
