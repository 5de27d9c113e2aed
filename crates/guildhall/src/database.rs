//! `guildhall db`: migrations, backups, versions.

mod restore;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use guildhall_db::Db;
use guildhall_store::{MIGRATIONS, instance};
use serde_json::json;

use crate::config::Config;
use crate::{key, lock, say};

/// Under which name the database keeps where people reach the server.
const PUBLIC_URL: &str = "public_url";

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
    /// Go on with the key that is here, or a new one, where the one that the database was used with is lost.
    #[command(after_help = "Example: guildhall db accept-key --data ./data")]
    AcceptKey,
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

/// The same where `db status` has said already what does not fit.
#[derive(Debug)]
pub(crate) struct Told(Unfit);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Told {}

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

/// The file of the database; PostgreSQL has none.
fn file(config: &Config) -> Option<PathBuf> {
    config.database().url.strip_prefix("sqlite:").map(PathBuf::from)
}

/// Opens the database of a configuration, making the data folder.
pub(crate) async fn open(config: &Config) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).with_context(|| format!("failed to make {}", config.data.display()))?;
    // Cut off between its two last steps, by a power cut.
    if let Some(file) = file(config)
        && !file.exists()
        && restore::restoring(&file).exists()
    {
        bail!("a restore of {} did not come to its end: run it again", file.display());
    }
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

/// Opens a database that is there: none is made in a folder that was named by mistake.
async fn open_present(config: &Config) -> anyhow::Result<Db> {
    if let Some(file) = file(config).filter(|file| !file.is_file()) {
        bail!("there is no database {}: is --data right? The first start makes one", file.display());
    }
    open(config).await
}

/// Keeps where people reach the server, for what is done while it is stopped.
pub(crate) async fn keep_public_url(db: &Db, url: &str) -> anyhow::Result<()> {
    if public_url(db).await?.as_deref() == Some(url) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    instance::set(&mut tx, PUBLIC_URL, url).await?;
    Ok(tx.commit().await?)
}

/// Where people reached the server when it ran last.
pub(crate) async fn public_url(db: &Db) -> anyhow::Result<Option<String>> {
    Ok(instance::get(&mut &*db, PUBLIC_URL).await?)
}

/// Runs a `guildhall db` command.
pub(crate) async fn act(action: Action, config: &Config, json: bool) -> anyhow::Result<()> {
    let say = |value: serde_json::Value, text: String| if json { say::line(value) } else { say::line(text) };
    match action {
        Action::Migrate => {
            let _held = lock::hold(&config.data, lock::HALL).await?;
            let db = open(config).await?;
            let status = db.status(MIGRATIONS).await?;
            if !status.unknown.is_empty() {
                fits(&status)?;
            }
            let done = db.migrate(MIGRATIONS).await?;
            let text = if done.is_empty() { "Nothing to do.".into() } else { format!("Applied {done:?}.") };
            db.close().await?;
            say(json!({ "applied": done }), text)?;
        }
        Action::Status | Action::Version => {
            let verdict = matches!(action, Action::Status);
            let status = open_present(config).await?.status(MIGRATIONS).await?;
            let newest = MIGRATIONS.last().map_or(0, |migration| migration.version);
            let has = status.applied.iter().chain(&status.unknown).max().copied().unwrap_or(0);
            let text =
                format!("program {newest}, database {has}; missing {:?}, unknown {:?}", status.pending, status.unknown);
            let fit = fits(&status);
            let value = json!({
                "program": newest,
                "database": has,
                "applied": status.applied,
                "pending": status.pending,
                "unknown": status.unknown,
                "problem": fit.as_ref().err().map(ToString::to_string),
            });
            say(value, text)?;
            if verdict {
                fit.map_err(Told)?;
            }
        }
        Action::Backup { to } => {
            if to.exists() {
                bail!("{} exists already", to.display());
            }
            let db = open_present(config).await?;
            let status = db.status(MIGRATIONS).await?;
            if status.applied.is_empty() && status.unknown.is_empty() {
                bail!("the database is empty: there is nothing to back up");
            }
            db.backup(&to).await?;
            say(json!({ "backup": to }), format!("Wrote {}.", to.display()))?;
        }
        Action::Restore { from } => {
            let kept = restore::restore(config, &from).await?;
            let mut text = format!("Restored {}.", from.display());
            if let Some(kept) = &kept {
                text.push_str(&format!(" What was there is {}.", kept.display()));
            }
            say(json!({ "restored": from, "kept": kept }), text)?;
        }
        Action::AcceptKey => {
            let _held = lock::hold(&config.data, lock::HALL).await?;
            let db = open_present(config).await?;
            fits(&db.status(MIGRATIONS).await?)?;
            let accepted = key::accept(config, &db).await?;
            db.close().await?;
            let text = if accepted {
                "The database goes on with another key. What the one before sealed must be made anew."
            } else {
                "Nothing to do: it is the key that the database was used with."
            };
            say(json!({ "accepted": accepted }), text.into())?;
        }
    }
    Ok(())
}
