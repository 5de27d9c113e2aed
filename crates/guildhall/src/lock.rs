//! One program works on a data folder: the one that has its lock. It goes with the process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// The lock of a server, and of whoever changes its database.
pub(crate) const HALL: &str = "lock";
/// The lock of an audio node: it may have the folder together with a server.
pub(crate) const NODE: &str = "node.lock";

/// How long to wait for a server that is ending, or for another command.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock, until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
}

/// Takes the lock of a folder, which is made where there is none.
pub(crate) async fn hold(data: &Path, name: &str) -> anyhow::Result<Held> {
    let began = Instant::now();
    loop {
        if let Some(held) = try_hold(data, name)? {
            return Ok(held);
        }
        if began.elapsed() >= PATIENCE {
            bail!("a server runs on {}, or another command changes it: stop it first", data.display());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes the lock of a folder, unless somebody has it.
pub(crate) fn try_hold(data: &Path, name: &str) -> anyhow::Result<Option<Held>> {
    let path = data.join("run").join(name);
    let open = || {
        std::fs::create_dir_all(data.join("run"))?;
        OpenOptions::new().create(true).truncate(false).write(true).open(&path)
    };
    let file = open().with_context(|| format!("failed to open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
            tracing::warn!("no lock can be had on {}: see to it that one server runs on it", path.display());
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("failed to lock {}", path.display()));
        }
    }
    Ok(Some(Held { _file: file }))
}

/// Whether somebody has the lock of a folder. Nothing is made.
pub(crate) fn is_held(data: &Path, name: &str) -> bool {
    let Ok(file) = File::open(data.join("run").join(name)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_has_it_until_they_let_go() {
        let folder = tempfile::TempDir::new().unwrap();
        let data = folder.path().join("data");
        assert!(!is_held(&data, HALL) && !data.exists());
        let first = hold(&data, HALL).await.unwrap();
        assert!(is_held(&data, HALL) && try_hold(&data, HALL).unwrap().is_none());
        assert!(hold(&data, HALL).await.unwrap_err().to_string().contains("a server runs on"));
        let node = hold(&data, NODE).await.unwrap();
        drop(first);
        assert!(!is_held(&data, HALL) && is_held(&data, NODE));
        drop(node);
        // Who only looked has let go of it.
        assert!(try_hold(&data, HALL).unwrap().is_some());
    }
}
