//! PostgreSQL: pooled connections, prepared statements, values bound as the server expects them.

mod tls;

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio::sync::Mutex;
use tokio_postgres::Column;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::{Error, Result, Row, Value};

/// How long a connection may take to be made, where the address says nothing of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long what was sent may stay without an answer of the other machine.
const SILENCE: Duration = Duration::from_secs(30);
/// Locks that keep the order of commits about the same thing.
const STRIPES: usize = 64;

/// A PostgreSQL database. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Postgres {
    reads: Pool,
    /// Transactions have connections of their own: one that reads beside itself would otherwise wait for connections that only
    /// those hold who wait for it.
    transactions: Pool,
    stripes: Arc<[Mutex<()>]>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postgres")
    }
}

impl Postgres {
    /// `connections` is how many there are in all; two at least.
    pub(crate) fn open(url: &str, connections: usize) -> Result<Self> {
        let wish = tls::Wish::read(url)?;
        // The address may hold a password: an error must not repeat it.
        let mut config: tokio_postgres::Config =
            wish.url.parse().map_err(|_| Error::Engine("the address of the database cannot be read".into()))?;
        config.ssl_mode(wish.mode);
        // A server that went without a word is not waited for as long as the system would.
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        let connector = wish.connector()?;
        let pool = |size: usize| {
            let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
            let manager = Manager::from_config(config.clone(), connector.clone(), settings);
            Pool::builder(manager).max_size(size).build().map_err(|error| Error::Engine(error.to_string()))
        };
        let reads = (connections / 2).max(1);
        let transactions = connections.saturating_sub(reads).max(1);
        let stripes = (0..STRIPES).map(|_| Mutex::new(())).collect();
        Ok(Self { reads: pool(reads)?, transactions: pool(transactions)?, stripes })
    }

    pub(crate) async fn query(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        query(&connection(&self.reads).await?, sql, &values).await
    }

    pub(crate) async fn begin(&self) -> Result<Transaction> {
        let connection = connection(&self.transactions).await?;
        connection.batch_execute("BEGIN").await?;
        Ok(Transaction { connection: Some(connection), stripes: self.stripes.clone() })
    }

    pub(crate) fn close(&self) {
        self.reads.close();
        self.transactions.close();
    }
}

async fn connection(pool: &Pool) -> Result<Object> {
    pool.get().await.map_err(|error| match error {
        deadpool_postgres::PoolError::Backend(cause) => Error::from(cause),
        deadpool_postgres::PoolError::Closed => Error::Closed,
        other => Error::Engine(other.to_string()),
    })
}

/// A transaction on a connection of its own.
pub(crate) struct Transaction {
    connection: Option<Object>,
    stripes: Arc<[Mutex<()>]>,
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transaction")
    }
}

impl Transaction {
    fn connection(&self) -> Result<&Object> {
        self.connection.as_ref().ok_or(Error::Closed)
    }

    pub(crate) async fn query(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        query(self.connection()?, sql, &values).await
    }

    pub(crate) async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64> {
        let connection = self.connection()?;
        let statement = prepare(connection, sql).await?;
        Ok(connection.execute_raw(&statement, values.iter()).await?)
    }

    pub(crate) async fn batch(&self, sql: &str) -> Result<()> {
        Ok(self.connection()?.batch_execute(sql).await?)
    }

    /// Waits until all earlier transactions that took this turn have ended.
    pub(crate) async fn wait_turn(&self, order: u64) -> Result<()> {
        self.execute("SELECT pg_advisory_xact_lock($1)", vec![Value::Int(order.cast_signed())]).await?;
        Ok(())
    }

    pub(crate) async fn commit(mut self, order: u64, publish: impl FnOnce() + Send) -> Result<()> {
        let stripes = self.stripes.clone();
        let stripe = usize::try_from(order % STRIPES as u64).unwrap_or(0);
        let lock = stripes.get(stripe).ok_or(Error::Closed)?;
        // Whoever waits for a row of ours gets it when the server has committed, and then waits here until we have published.
        let _held = lock.lock().await;
        self.connection()?.batch_execute("COMMIT").await?;
        self.connection = None;
        publish();
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if connection.batch_execute("ROLLBACK").await.is_err() {
                        // A broken connection does not go back to the pool.
                        drop(Object::take(connection));
                    }
                });
            }
            Err(_) => drop(Object::take(connection)),
        }
    }
}

/// Statements that a connection keeps prepared: searches and lists of ids have many forms.
const PREPARED: usize = 512;

async fn prepare(connection: &Object, sql: &str) -> Result<tokio_postgres::Statement> {
    if connection.statement_cache.size() >= PREPARED {
        connection.statement_cache.clear();
    }
    Ok(connection.prepare_cached(sql).await?)
}

async fn query(connection: &Object, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
    use futures_util::TryStreamExt;
    let statement = prepare(connection, sql).await?;
    let rows = connection.query_raw(&statement, values.iter()).await?;
    let rows: Vec<tokio_postgres::Row> = rows.try_collect().await?;
    rows.iter().map(read).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Row> {
    row.columns().iter().enumerate().map(|(index, column)| cell(row, index, column)).collect::<Result<_>>().map(Row)
}

fn cell(row: &tokio_postgres::Row, index: usize, column: &Column) -> Result<Value> {
    macro_rules! as_value {
        ($type:ty, $make:expr) => {
            row.try_get::<_, Option<$type>>(index)?.map_or(Value::Null, $make)
        };
    }
    Ok(match *column.type_() {
        Type::BOOL => as_value!(bool, |value| Value::Int(i64::from(value))),
        Type::INT2 => as_value!(i16, |value| Value::Int(i64::from(value))),
        Type::INT4 => as_value!(i32, |value| Value::Int(i64::from(value))),
        Type::INT8 => as_value!(i64, Value::Int),
        Type::FLOAT4 => as_value!(f32, |value| Value::Real(f64::from(value))),
        Type::FLOAT8 => as_value!(f64, Value::Real),
        Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR => as_value!(String, Value::Text),
        Type::BYTEA => as_value!(Vec<u8>, Value::Blob),
        ref other => {
            let problem = format!("type {other} is not one of ours");
            return Err(Error::Decode { column: index, problem });
        }
    })
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(int), &Type::INT2) => i16::try_from(*int)?.to_sql(ty, out),
            (Self::Int(int), &Type::INT4) => i32::try_from(*int)?.to_sql(ty, out),
            (Self::Int(int), &Type::BOOL) => (*int != 0).to_sql(ty, out),
            (Self::Int(int), &Type::INT8) => int.to_sql(ty, out),
            (Self::Real(real), &Type::FLOAT8) => real.to_sql(ty, out),
            (Self::Text(text), _) => text.to_sql(ty, out),
            (Self::Blob(bytes), _) => bytes.to_sql(ty, out),
            (value, ty) => Err(format!("cannot give {value:?} where {ty} is expected").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
