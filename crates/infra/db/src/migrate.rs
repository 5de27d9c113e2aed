//! Migrations: applied in order, once, each in a transaction, and never edited afterwards.

use sha2::{Digest, Sha256};

use crate::{Db, Engine, Error, Records, Result, Run, values};

/// One step of a database's history.
///
/// Its text is portable DDL with three tokens: `SNOWFLAKE` (a 64-bit key), `BYTES` (a byte string), and lines between
/// `--: sqlite` or `--: postgres` and `--: end`, which are for that engine only.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its place, from 1.
    pub version: u32,
    /// What it is about.
    pub name: &'static str,
    /// Statements.
    pub sql: &'static str,
}

/// What a database has and lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Applied, and known to the program.
    pub applied: Vec<u32>,
    /// Known to the program and not applied.
    pub pending: Vec<u32>,
    /// Applied, and unknown to the program: the database is newer.
    pub unknown: Vec<u32>,
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL
)";

fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text for one engine.
fn text(sql: &str, engine: Engine) -> String {
    let mut only: Option<Engine> = None;
    let mut text = String::with_capacity(sql.len());
    for line in sql.lines() {
        match line.trim() {
            "--: sqlite" => only = Some(Engine::Sqlite),
            "--: postgres" => only = Some(Engine::Postgres),
            "--: end" => only = None,
            _ if only.is_none_or(|only| only == engine) => {
                let (key, bytes) = match engine {
                    Engine::Sqlite => ("INTEGER", "BLOB"),
                    Engine::Postgres => ("BIGINT", "BYTEA"),
                };
                text.push_str(&line.replace("SNOWFLAKE", key).replace("BYTES", bytes));
                text.push('\n');
            }
            _ => {}
        }
    }
    text
}

pub(crate) async fn status(db: &Db, migrations: &[Migration]) -> Result<Status> {
    let mut run = db;
    let exists = match db.engine() {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'migrations'",
        Engine::Postgres => {
            "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'"
        }
    };
    let mut status = Status::default();
    if run.scalar::<i64>(exists, vec![]).await? == Some(0) {
        status.pending = migrations.iter().map(|migration| migration.version).collect();
        return Ok(status);
    }
    let rows = run.query("SELECT version, checksum FROM migrations ORDER BY version", vec![]).await?;
    for row in &rows {
        let (version, sum): (u32, String) = (row.get(0)?, row.get(1)?);
        match migrations.iter().find(|migration| migration.version == version) {
            None => status.unknown.push(version),
            Some(known) if checksum(known.sql) != sum => {
                return Err(Error::Mismatch(format!("migration {version} ({}) is not what was applied", known.name)));
            }
            Some(_) => status.applied.push(version),
        }
    }
    status.pending = migrations
        .iter()
        .map(|migration| migration.version)
        .filter(|version| !status.applied.contains(version))
        .collect();
    Ok(status)
}

pub(crate) async fn migrate(db: &Db, migrations: &[Migration]) -> Result<Vec<u32>> {
    let status = status(db, migrations).await?;
    if let Some(newest) = status.unknown.last() {
        return Err(Error::Mismatch(format!("it has migration {newest}, which this program does not know")));
    }
    let mut tx = db.begin().await?;
    tx.batch(TABLE).await?;
    tx.commit().await?;
    for migration in migrations.iter().filter(|migration| status.pending.contains(&migration.version)) {
        let mut tx = db.begin().await?;
        tx.batch(&text(migration.sql, db.engine())).await?;
        tx.execute(
            "INSERT INTO migrations (version, name, checksum) VALUES ($1, $2, $3)",
            values![migration.version, migration.name, checksum(migration.sql)],
        )
        .await?;
        tx.commit().await?;
    }
    Ok(status.pending)
}
