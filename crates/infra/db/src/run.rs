//! Running statements: on the database for reads, in a transaction for writes.

use std::future::Future;

use futures_util::future::BoxFuture;

use crate::{Db, Engine, Error, FromValue, Inner, Record, Result, Row, Value, postgres, sqlite};

/// What runs statements. Functions take it as `&mut dyn Run`: each is compiled once, whatever it runs on.
pub trait Run: Send {
    /// Runs a statement and gives its rows.
    fn query<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>>;

    /// Runs a statement and says how many rows it changed.
    fn execute<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<u64>>;

    /// Which engine runs it.
    fn engine(&self) -> Engine;
}

/// Rows as records or single values, on all that runs statements.
pub trait Records: Run {
    /// All rows as records.
    fn all<T: Record + Send>(&mut self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Vec<T>>> + Send {
        async { self.query(sql, values).await?.into_iter().map(T::from_row).collect() }
    }

    /// The first row as a record, if there is one.
    fn maybe<T: Record + Send>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async { self.query(sql, values).await?.into_iter().next().map(T::from_row).transpose() }
    }

    /// The first row as a record; [`Error::NotFound`] where there is none.
    fn one<T: Record + Send>(&mut self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<T>> + Send {
        async { self.maybe(sql, values).await?.ok_or(Error::NotFound) }
    }

    /// The first column of the first row, if there is one.
    fn scalar<T: FromValue + Send>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        async { self.query(sql, values).await?.first().map(|row| row.get(0)).transpose() }
    }

    /// The first column of all rows.
    fn column<T: FromValue + Send>(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        async { self.query(sql, values).await?.iter().map(|row| row.get(0)).collect() }
    }
}

impl<R: Run + ?Sized> Records for R {}

impl Run for &Db {
    fn query<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        match &self.inner {
            Inner::Sqlite(sqlite) => Box::pin(sqlite.read(sql.to_owned(), values)),
            Inner::Postgres(postgres) => Box::pin(postgres.query(sql, values)),
        }
    }

    fn execute<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<u64>> {
        let sql = sql.to_owned();
        let work = self.unit(move |mut tx| async move {
            let changed = tx.execute(&sql, values).await?;
            tx.commit().await?;
            Ok(changed)
        });
        Box::pin(async move { work.await? })
    }

    fn engine(&self) -> Engine {
        Db::engine(self)
    }
}

/// A way to the database for reads that may take long ([`Db::aside`]).
#[derive(Clone, Copy, Debug)]
pub struct Aside<'db>(pub(crate) &'db Db);

impl Run for Aside<'_> {
    fn query<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        match &self.0.inner {
            Inner::Sqlite(sqlite) => Box::pin(sqlite.read_aside(sql.to_owned(), values)),
            Inner::Postgres(postgres) => Box::pin(postgres.query(sql, values)),
        }
    }

    fn execute<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<u64>> {
        let mut db = self.0;
        Box::pin(async move { db.execute(sql, values).await })
    }

    fn engine(&self) -> Engine {
        self.0.engine()
    }
}

/// A transaction. Dropping it is a rollback.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
}

#[derive(Debug)]
enum TxInner {
    Sqlite(sqlite::Unit),
    Inline(sqlite::inline::Inline),
    Postgres(Box<postgres::Transaction>),
}

impl Tx {
    pub(crate) fn sqlite(unit: sqlite::Unit) -> Self {
        Self { inner: TxInner::Sqlite(unit) }
    }

    pub(crate) fn inline(inline: sqlite::inline::Inline) -> Self {
        Self { inner: TxInner::Inline(inline) }
    }

    pub(crate) fn postgres(transaction: postgres::Transaction) -> Self {
        Self { inner: TxInner::Postgres(Box::new(transaction)) }
    }

    /// Waits until all earlier transactions with this `order` have ended, so that what is read from here on is as they left it.
    /// SQLite has one writer: there it is always so.
    pub async fn wait_turn(&mut self, order: u64) -> Result<()> {
        match &mut self.inner {
            TxInner::Sqlite(_) | TxInner::Inline(_) => Ok(()),
            TxInner::Postgres(transaction) => Box::pin(transaction.wait_turn(order)).await,
        }
    }

    /// Makes it durable. When it returns, a crash does not lose it.
    pub async fn commit(self) -> Result<()> {
        self.commit_then(0, || {}).await
    }

    /// Makes it durable and then, before returning, runs `publish`: once, and in the order of the commits. On failure it does
    /// not run. `order` names what the transaction is about: only transactions with the same one need to keep the order.
    pub fn commit_then(
        self,
        order: u64,
        publish: impl FnOnce() + Send + 'static,
    ) -> impl Future<Output = Result<()>> + Send {
        self.finish(order, Box::new(publish))
    }

    async fn finish(self, order: u64, publish: Box<dyn FnOnce() + Send>) -> Result<()> {
        match self.inner {
            TxInner::Sqlite(unit) => unit.commit(publish).await,
            TxInner::Inline(unit) => unit.commit(publish).await,
            // Once the server was asked to, it commits: then what it published must not hang on who waits.
            TxInner::Postgres(transaction) => {
                tokio::spawn(transaction.commit(order, publish)).await.map_err(|_| Error::Busy)?
            }
        }
    }

    /// Whether it belongs to a unit that runs to its end by itself ([`Db::unit`] on SQLite).
    pub fn is_whole(&self) -> bool {
        matches!(self.inner, TxInner::Inline(_))
    }

    /// Runs several statements without parameters, as migrations have them.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.inner {
            TxInner::Sqlite(unit) => unit.batch(sql.to_owned()).await,
            TxInner::Inline(unit) => unit.batch(sql),
            TxInner::Postgres(transaction) => Box::pin(transaction.batch(sql)).await,
        }
    }
}

impl Run for Tx {
    fn query<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<Vec<Row>>> {
        match &mut self.inner {
            TxInner::Sqlite(unit) => Box::pin(unit.query(sql.to_owned(), values)),
            TxInner::Inline(unit) => Box::pin(async move { unit.query(sql, &values) }),
            TxInner::Postgres(transaction) => Box::pin(transaction.query(sql, values)),
        }
    }

    fn execute<'a>(&'a mut self, sql: &'a str, values: Vec<Value>) -> BoxFuture<'a, Result<u64>> {
        match &mut self.inner {
            TxInner::Sqlite(unit) => Box::pin(unit.execute(sql.to_owned(), values)),
            TxInner::Inline(unit) => Box::pin(async move { unit.execute(sql, &values) }),
            TxInner::Postgres(transaction) => Box::pin(transaction.execute(sql, values)),
        }
    }

    fn engine(&self) -> Engine {
        match &self.inner {
            TxInner::Sqlite(_) | TxInner::Inline(_) => Engine::Sqlite,
            TxInner::Postgres(_) => Engine::Postgres,
        }
    }
}
