//! Folds the write-ahead log into the file beside the writer, so that no unit of work waits for it.
//!
//! Once everything is folded, the writer begins the log anew. Under a load that never lets that happen the log grows until
//! the writer folds what is left, which is little by then.

use std::path::Path;
use std::time::Instant;

use crossbeam_channel::Receiver;

use super::connect;
use super::core::Core;

/// Serves until the writer is gone.
pub(super) fn run(path: &Path, grown: &Receiver<()>) {
    let mut core: Option<Core> = None;
    while grown.recv().is_ok() {
        let began = Instant::now();
        let folded = match &mut core {
            Some(core) => core.fold_beside(),
            None => connect(path, false).and_then(|open| core.insert(Core::new(open)).fold_beside()),
        };
        match folded {
            Ok(()) => tracing::trace!(took = ?began.elapsed(), "folded the write-ahead log"),
            Err(error) => tracing::debug!(%error, "failed to fold the write-ahead log: the writer will"),
        }
    }
}
