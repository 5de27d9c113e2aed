//! `guildhall db restore`: puts a copy in the place of the database, and keeps what was there.
//!
//! The database is never opened: it may be damaged, which is why somebody restores. The copy is only read. Until it is whole
//! and on the disk nothing is moved, and nothing that was kept is ever written over.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::config::Config;
use crate::lock;

/// What belongs to a database besides its file. What is in the log is not in the file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Puts a copy in the place of the database; gives where what was there is kept.
pub(super) async fn restore(config: &Config, from: &Path) -> anyhow::Result<Option<PathBuf>> {
    let Some(target) = super::file(config) else { bail!("restore PostgreSQL with pg_restore") };
    let _held = lock::hold(&config.data, lock::HALL).await?;
    if !from.is_file() {
        bail!("{} is not there", from.display());
    }
    if let (Ok(from), Ok(target)) = (from.canonicalize(), target.canonicalize())
        && from == target
    {
        bail!("{} is the database itself: restore needs a copy", from.display());
    }
    let copy = restoring(&target);
    let versions = guildhall_db::copy_file(from, &copy).await;
    if versions.with_context(|| format!("failed to read {}", from.display()))?.is_empty() {
        bail!("{} is not a copy of a Guildhall database", from.display());
    }
    put(&copy, &target, &now())
}

/// Where the copy is until it is in its place.
pub(super) fn restoring(target: &Path) -> PathBuf {
    beside(target, ".restoring")
}

/// The time as it is part of a name.
fn now() -> String {
    let micros = guildhall_api::Clock::default().micros();
    let text = guildhall_store::timestamp(micros).iso_8601().to_string();
    text.chars().take(19).filter(|character| !"-:".contains(*character)).collect()
}

/// Keeps what is there and puts the copy in its place. Where the second fails, the first is undone.
fn put(copy: &Path, target: &Path, now: &str) -> anyhow::Result<Option<PathBuf>> {
    let kept = free(target, now);
    let mut moved = Vec::new();
    let mut swap = || -> std::io::Result<()> {
        for end in ["", BESIDE[0], BESIDE[1]] {
            let (from, to) = (beside(target, end), beside(&kept, end));
            match fs::rename(&from, &to) {
                Ok(()) => moved.push((from, to)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        fs::rename(copy, target)?;
        #[cfg(unix)]
        if let Some(folder) = target.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    match swap() {
        Ok(()) => Ok((!moved.is_empty()).then_some(kept)),
        Err(error) => {
            for (from, to) in moved.iter().rev() {
                let _ = fs::rename(to, from);
            }
            Err(error).with_context(|| format!("failed to put {} in the place of {}", copy.display(), target.display()))
        }
    }
}

/// A name that nothing has.
fn free(target: &Path, now: &str) -> PathBuf {
    let first = beside(target, &format!(".before-restore-{now}"));
    let others = (2_u32..).map(|number| beside(&first, &format!("-{number}")));
    let taken = |path: &PathBuf| ["", BESIDE[0], BESIDE[1]].iter().any(|end| beside(path, end).exists());
    std::iter::once(first.clone()).chain(others).find(|path| !taken(path)).unwrap_or(first)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_kept_under_a_name_of_its_own() {
        let folder = tempfile::TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        let text = |name: &str| fs::read_to_string(at(name)).unwrap_or_default();
        let put = |content: &str| {
            fs::write(at("db.restoring"), content).unwrap();
            let kept = put(&at("db.restoring"), &at("db"), "now").unwrap();
            kept.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        };
        assert_eq!(put("one"), None);
        fs::write(at("db-wal"), "log of one").unwrap();
        assert_eq!(put("two").as_deref(), Some("db.before-restore-now"));
        assert_eq!(put("three").as_deref(), Some("db.before-restore-now-2"));
        assert_eq!(
            ["db", "db-wal", "db.before-restore-now", "db.before-restore-now-wal", "db.before-restore-now-2"].map(text),
            ["three", "", "one", "log of one", "two"]
        );
        // No copy, nothing moved.
        super::put(&at("db.restoring"), &at("db"), "now").unwrap_err();
        assert_eq!((text("db").as_str(), at("db.before-restore-now-3").exists()), ("three", false));
        assert_eq!(now().len(), 15, "{}", now());
    }
}
