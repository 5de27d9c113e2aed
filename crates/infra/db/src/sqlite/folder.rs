//! Folds the write-ahead log into the file beside the writer, so that no unit of work waits for it.
//!
//! SQLite begins a log anew only where all of it is folded, and syncs the file only then. While units keep coming neither
//! happens by itself. So the log is folded again and again, and what was folded is brought to the disk, until next to nothing is
//! left of either; that little the writer does itself between two groups.

use std::fs::{File, OpenOptions};
use std::mem;
use std::path::Path;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};

use super::connect;
use super::core::Core;
use crate::{Error, Result};

/// So many frames are a little: the writer folds them without anybody noticing.
const LITTLE: i64 = 150;
/// How often the log is folded at most: then units come as fast as they can be followed.
const ROUNDS: usize = 5;

/// Folds whenever the log has grown, and says when there is little left. Serves until the writer is gone.
pub(super) fn run(path: &Path, grown: &Receiver<()>, rest: &Sender<()>) {
    let mut folder: Option<Folder> = None;
    while grown.recv().is_ok() {
        let began = Instant::now();
        let folded = match &mut folder {
            Some(folder) => folder.fold(),
            None => Folder::open(path).and_then(|open| folder.insert(open).fold()),
        };
        match folded {
            Ok(near) => {
                tracing::trace!(took = ?began.elapsed(), near, "folded the write-ahead log");
                if near {
                    // The writer has not come to it yet where this fails.
                    let _ = rest.try_send(());
                }
            }
            Err(error) => tracing::debug!(%error, "failed to fold the write-ahead log: the writer will"),
        }
    }
    // Closing any descriptor of a file drops all locks that this process has on it, SQLite's among them.
    mem::forget(folder.map(|folder| folder.file));
}

struct Folder {
    core: Core,
    /// The database itself, for the disk's sake.
    file: File,
}

impl Folder {
    fn open(path: &Path) -> Result<Self> {
        // First, since a connection that fails closes nothing of ours.
        let core = Core::new(connect(path, false)?);
        let file = OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|error| Error::Engine(format!("failed to open the database's file: {error}")))?;
        Ok(Self { core, file })
    }

    /// Folds until little comes meanwhile. Whether the writer is to fold the rest.
    fn fold(&mut self) -> Result<bool> {
        let (mut before, mut kept) = (0, 0);
        for _ in 0..ROUNDS {
            let log = self.core.fold_beside()?;
            self.file.sync_data().map_err(|error| Error::Engine(format!("failed to sync the file: {error}")))?;
            // Somebody who reads for long keeps what came since from being folded, by the writer as well.
            kept = log.frames - log.folded;
            if log.frames - before <= LITTLE {
                break;
            }
            before = log.frames;
        }
        Ok(kept <= LITTLE)
    }
}
