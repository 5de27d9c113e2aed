//! `guildhall db`: migrations, backups, versions.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use guildhall_db::{Db, Engine};
use guildhall_store::MIGRATIONS;
use serde_json::json;

use crate::config::Config;

/// What `guildhall db` does.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Bring the database up to this program.
    #[command(after_help = "Example: guildhall db migrate --data ./data")]
    Migrate,
    /// Say which migrations are applied and which are missing. Exit code 3: the database does not fit the program.
    #[command(after_help = "Example: guildhall db status --json")]
    Status,
    /// Say the newest migration of the program and of the database.
    #[command(after_help = "Example: guildhall db version --json")]
    Version,
    /// Write a consistent copy while the server runs (SQLite).
    #[command(after_help = "Example: guildhall db backup --data ./data backup.db")]
    Backup {
        /// File to write; it must not exist.
        to: PathBuf,
    },
    /// Put a copy back while the server is stopped (SQLite). What was there is kept beside it.
    #[command(after_help = "Example: guildhall db restore --data ./data backup.db")]
    Restore {
        /// File written by `backup`.
        from: PathBuf,
    },
}

/// A database that does not fit the program.
#[derive(Debug)]
pub(crate) struct Unfit(String);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// What does not fit, in words.
pub(crate) fn fits(status: &guildhall_db::Status) -> Result<(), Unfit> {
    if let Some(newest) = status.unknown.last() {
        let text =
            format!("the database is newer than this program (it has migration {newest}): install the newer program");
        return Err(Unfit(text));
    }
    if !status.applied.is_empty() && !status.pending.is_empty() {
        let text = "the database is older than this program: back it up, then run `guildhall db migrate`";
        return Err(Unfit(text.into()));
    }
    Ok(())
}

/// Opens the database of a configuration, making the data folder.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).with_context(|| format!("failed to make {}", config.data.display()))?;
    Db::open(&config.database()).await.context("failed to open the database")
}

/// Opens it for work: an empty one gets its tables, an old one is refused until it is migrated.
pub(crate) async fn ready(config: &Config) -> anyhow::Result<Db> {
    let db = open(config).await?;
    let status = db.status(MIGRATIONS).await?;
    fits(&status)?;
    if status.applied.is_empty() {
        db.migrate(MIGRATIONS).await.context("failed to make the tables")?;
    }
    Ok(db)
}

/// Runs a `guildhall db` command.
pub(crate) async fn act(action: Action, config: &Config, json: bool) -> anyhow::Result<()> {
    let say = |value: serde_json::Value, text: String| if json { println!("{value}") } else { println!("{text}") };
    match action {
        Action::Migrate => {
            crate::control::require_stopped(config).await?;
            let db = open(config).await?;
            let status = db.status(MIGRATIONS).await?;
            if !status.unknown.is_empty() {
                fits(&status)?;
            }
            let done = db.migrate(MIGRATIONS).await?;
            let text = if done.is_empty() { "Nothing to do.".into() } else { format!("Applied {done:?}.") };
            say(json!({ "applied": done }), text);
        }
        Action::Status | Action::Version => {
            let verdict = matches!(action, Action::Status);
            let status = open(config).await?.status(MIGRATIONS).await?;
            let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
            let has = status.applied.iter().chain(&status.unknown).max().copied().unwrap_or(0);
            let text =
                format!("program {newest}, database {has}; missing {:?}, unknown {:?}", status.pending, status.unknown);
            let value = json!({
                "program": newest,
                "database": has,
                "applied": status.applied,
                "pending": status.pending,
                "unknown": status.unknown,
            });
            say(value, text);
            if verdict {
                fits(&status)?;
            }
        }
        Action::Backup { to } => {
            if to.exists() {
                bail!("{} exists already", to.display());
            }
            open(config).await?.backup(&to).await?;
            say(json!({ "backup": to }), format!("Wrote {}.", to.display()));
        }
        Action::Restore { from } => {
            let kept = restore(config, &from).await?;
            let text = format!("Restored {}. What was there is {}.", from.display(), kept.display());
            say(json!({ "restored": from, "kept": kept }), text);
        }
    }
    Ok(())
}

/// Puts a copy in the place of the database; gives where what was there is kept.
async fn restore(config: &Config, from: &std::path::Path) -> anyhow::Result<PathBuf> {
    crate::control::require_stopped(config).await?;
    if !from.is_file() {
        bail!("{} is not there", from.display());
    }
    let copy = Db::open(&guildhall_db::Config::sqlite(from)).await.context("failed to open the copy")?;
    if copy.status(MIGRATIONS).await?.applied.is_empty() {
        bail!("{} is not a copy of a Guildhall database", from.display());
    }
    let current = open(config).await?;
    if current.engine() == Engine::Postgres {
        bail!("restore PostgreSQL with pg_restore");
    }
    current.close().await?;
    let target = config.data.join("guildhall.db");
    let kept = config.data.join("guildhall.db.before-restore");
    std::fs::rename(&target, &kept).with_context(|| format!("failed to keep {}", target.display()))?;
    for suffix in ["-wal", "-shm"] {
        // Folded into the file by closing it.
        let _ = std::fs::remove_file(config.data.join(format!("guildhall.db{suffix}")));
    }
    copy.backup(&target).await?;
    Ok(kept)
}
