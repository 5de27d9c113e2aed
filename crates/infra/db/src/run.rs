//! Running statements: on the database for reads, in a transaction for writes.

use std::future::Future;

use crate::{Db, Engine, Error, FromValue, Inner, Record, Result, Row, Value, postgres, sqlite};

/// What runs statements.
pub trait Run: Send {
    /// Runs a statement and gives its rows.
    fn query(&mut self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Vec<Row>>> + Send;

    /// Runs a statement and says how many rows it changed.
    fn execute(&mut self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<u64>> + Send;

    /// Which engine runs it.
    fn engine(&self) -> Engine;

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

impl Run for &Db {
    async fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        match &self.inner {
            Inner::Sqlite(sqlite) => sqlite.read(sql.to_owned(), values).await,
            Inner::Postgres(postgres) => postgres.query(sql, values).await,
        }
    }

    async fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        let mut tx = self.begin().await?;
        let changed = tx.execute(sql, values).await?;
        tx.commit().await?;
        Ok(changed)
    }

    fn engine(&self) -> Engine {
        Db::engine(self)
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
            TxInner::Postgres(transaction) => transaction.wait_turn(order).await,
        }
    }

    /// Makes it durable. When it returns, a crash does not lose it.
    pub async fn commit(self) -> Result<()> {
        self.commit_then(0, || {}).await
    }

    /// Makes it durable and then, before returning, runs `publish`: once, and in the order of the commits. On failure it does
    /// not run. `order` names what the transaction is about: only transactions with the same one need to keep the order.
    pub async fn commit_then(self, order: u64, publish: impl FnOnce() + Send + 'static) -> Result<()> {
        match self.inner {
            TxInner::Sqlite(unit) => unit.commit(Box::new(publish)).await,
            TxInner::Inline(unit) => unit.commit(Box::new(publish)).await,
            TxInner::Postgres(transaction) => transaction.commit(order, publish).await,
        }
    }

    /// Runs several statements without parameters, as migrations have them.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<()> {
        match &mut self.inner {
            TxInner::Sqlite(unit) => unit.batch(sql.to_owned()).await,
            TxInner::Inline(unit) => unit.batch(sql),
            TxInner::Postgres(transaction) => transaction.batch(sql).await,
        }
    }
}

impl Run for Tx {
    async fn query(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        match &mut self.inner {
            TxInner::Sqlite(unit) => unit.query(sql.to_owned(), values).await,
            TxInner::Inline(unit) => unit.query(sql, &values),
            TxInner::Postgres(transaction) => transaction.query(sql, values).await,
        }
    }

    async fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        match &mut self.inner {
            TxInner::Sqlite(unit) => unit.execute(sql.to_owned(), values).await,
            TxInner::Inline(unit) => unit.execute(sql, &values),
            TxInner::Postgres(transaction) => transaction.execute(sql, values).await,
        }
    }

    fn engine(&self) -> Engine {
        match &self.inner {
            TxInner::Sqlite(_) | TxInner::Inline(_) => Engine::Sqlite,
            TxInner::Postgres(_) => Engine::Postgres,
        }
    }
}
