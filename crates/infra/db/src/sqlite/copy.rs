//! Copies of whole files. A copy has its name only once it is whole and on the disk.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::{Error, Result};

/// How long to wait for somebody who keeps the database to themselves for a moment.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Copies a database that others read and write meanwhile.
pub(crate) fn beside_work(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    write(&source, to, false)
}

/// Copies a database that nobody uses, without writing to it or beside it, and looks whether all of the copy can be read.
/// Gives the versions of its migrations.
pub(crate) fn of_file(from: &Path, to: &Path) -> Result<Vec<u32>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    // What is in a log beside it is only read by who may write one.
    let log = fs::metadata(super::log_of(from)).is_ok_and(|log| log.len() > 0);
    let source = if log {
        Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?
    } else {
        Connection::open_with_flags(unchanging(from)?, flags)?
    };
    let is_there: i64 =
        source.query_row("SELECT COUNT(*) FROM sqlite_master WHERE name = 'migrations'", [], |row| row.get(0))?;
    if is_there == 0 {
        return Ok(Vec::new());
    }
    let versions = source
        .prepare("SELECT version FROM migrations ORDER BY version")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<u32>>>()?;
    write(&source, to, true)?;
    Ok(versions)
}

/// The address of a file that does not change while it is read.
fn unchanging(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| Error::Engine(format!("{} is no UTF-8", path.display())))?;
    Ok(format!("file:{}?immutable=1", text.replace('%', "%25").replace('?', "%3f").replace('#', "%23")))
}

fn write(source: &Connection, to: &Path, check: bool) -> Result<()> {
    let part = beside(to, ".part");
    let remove = || ["", "-journal", "-wal", "-shm"].iter().for_each(|end| drop(fs::remove_file(beside(&part, end))));
    remove();
    let written = fill(source, &part, check).and_then(|()| keep(&part, to));
    if written.is_err() {
        remove();
    }
    written
}

/// The name of a file with something behind it.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// All pages in one step: what others write meanwhile is not in it, and does not make it begin anew.
fn fill(source: &Connection, part: &Path, check: bool) -> Result<()> {
    source.busy_timeout(PATIENCE)?;
    let mut target = Connection::open(part)?;
    // Until it has its name nobody needs it: one wait for the disk at its end is enough.
    target.pragma_update(None, "synchronous", "OFF")?;
    target.pragma_update(None, "journal_mode", "OFF")?;
    {
        let backup = Backup::new(source, &mut target)?;
        let mut waited = Duration::ZERO;
        loop {
            match backup.step(-1)? {
                StepResult::Done => break,
                _ if waited >= PATIENCE => return Err(Error::Busy),
                _ => {
                    std::thread::sleep(PAUSE);
                    waited += PAUSE;
                }
            }
        }
    }
    if check {
        let says: String = target.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if says != "ok" {
            return Err(Error::Engine(format!("the file is damaged: {says}")));
        }
    }
    // One file, which can be read where nothing can be written.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error.into())
}

/// Brings it to the disk and gives it its name.
fn keep(part: &Path, to: &Path) -> Result<()> {
    let kept = || -> io::Result<()> {
        File::open(part)?.sync_all()?;
        fs::rename(part, to)?;
        // Where a folder is a file, its names are brought to the disk too.
        #[cfg(unix)]
        File::open(to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
            .sync_all()?;
        Ok(())
    };
    kept().map_err(|error| Error::Engine(format!("failed to write {}: {error}", to.display())))
}
