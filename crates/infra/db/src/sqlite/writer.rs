//! The writer's thread: groups of units, one commit for each group. While one group is brought to the disk, the units of
//! the next one run.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::core::Core;
use super::inline::{self, Whole};
use super::syncer::{self, Group, Syncing};
use super::{Ack, Job, Publish, Statement};
use crate::{Error, Result};

/// How many units share one commit at most.
const GROUP: usize = 256;
/// How long units may join a group.
const GROUP_TIME: Duration = Duration::from_millis(20);
/// How long a unit may keep the writer without a statement.
const IDLE: Duration = Duration::from_secs(5);
/// How long the writer looks for the next statement before it sleeps.
const SPIN: Duration = Duration::from_micros(40);
/// With so many frames, at 4,120 bytes each, the write-ahead log is to be folded: before it outgrows the room that it is given.
const LONG: i64 = 10_000;
/// How often the log is looked at, in units.
const LOOK: usize = 100;
/// How often the writer tries to fold the rest of it: somebody who reads in it may be in the way.
const TRIES: usize = 10;
/// A group that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_millis(5);

/// What the writer does after a group.
enum Next {
    Group,
    Close(Ack),
    /// The disk failed: whoever comes later hears that the database is closed.
    Failed,
}

/// Owns the connection that writes.
pub(super) struct Writer {
    core: Arc<Mutex<Core>>,
    /// The file of the write-ahead log.
    log: PathBuf,
    /// What is on its way to the disk.
    syncing: Syncing,
    folding: Folding,
}

/// The writer's part in folding the write-ahead log.
pub(super) struct Folding {
    /// Whom it is said to that the log has grown, and at how many frames.
    grown: Sender<()>,
    ask_at: i64,
    /// Units since it was looked at.
    units: usize,
    /// Says that next to nothing is left to fold; the tries that this gives.
    rest: Receiver<()>,
    tries: usize,
}

impl Folding {
    pub(super) fn new(grown: Sender<()>, rest: Receiver<()>) -> Self {
        Self { grown, ask_at: LONG, units: 0, rest, tries: 0 }
    }

    /// After a group of so many units.
    fn tend(&mut self, core: &mut Core, units: usize) -> Result<()> {
        if self.rest.try_recv().is_ok() {
            self.tries = TRIES;
        }
        if self.tries > 0 {
            self.tries -= 1;
            if core.fold_rest()? {
                self.tries = 0;
                self.ask_at = LONG;
                return Ok(());
            }
        }
        self.units += units;
        if self.units < LOOK {
            return Ok(());
        }
        self.units = 0;
        let frames = core.log()?.frames;
        if frames < LONG {
            self.ask_at = LONG;
        }
        if frames >= self.ask_at && self.grown.try_send(()).is_ok() {
            self.ask_at = frames + LONG / 2;
        }
        Ok(())
    }
}

impl Writer {
    pub(super) fn new(connection: Connection, log: PathBuf, syncing: Syncing, folding: Folding) -> Self {
        let core = Arc::new(Mutex::new(Core::new(connection)));
        Self { core, log, syncing, folding }
    }

    /// The connection. Only units that run whole share it, on this thread: nobody else holds it.
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let next = match job {
                Job::Close(ack) => Next::Close(ack),
                Job::Room(bytes, ack) => {
                    let _ = ack.send(self.make_room(bytes));
                    Next::Group
                }
                first => self.group(jobs, first),
            };
            match next {
                Next::Group => {}
                Next::Close(ack) => {
                    self.syncing.end();
                    let _ = ack.send(self.core().fold());
                    return;
                }
                Next::Failed => return,
            }
        }
    }

    /// Runs units until nobody waits and the disk is free, or the group is full; then commits once for all.
    fn group(&mut self, jobs: &Receiver<Job>, first: Job) -> Next {
        if let Err(error) = self.core().step("BEGIN IMMEDIATE") {
            tracing::warn!(%error, "failed to begin a transaction");
            // Dropping the job tells the unit that the database is busy.
            return Next::Group;
        }
        let began = Instant::now();
        let mut group = Group::new();
        let mut next = Some(first);
        let mut then = Next::Group;
        while let Some(job) = next.take() {
            let commit = match job {
                Job::Unit { statements, ready } => self.unit(&statements, ready),
                Job::Whole(whole) => self.whole(whole),
                Job::Room(_, ack) => {
                    // There is never a good moment for it under load.
                    let _ = ack.send(Ok(()));
                    None
                }
                Job::Close(ack) => {
                    then = Next::Close(ack);
                    break;
                }
            };
            if self.core().is_idle() {
                // The disk failed within the unit, and took those before it along.
                syncer::refuse(
                    group.into_iter().chain(commit).collect(),
                    &Error::Engine("the transaction was lost".into()),
                );
                return then;
            }
            group.extend(commit);
            if group.len() < GROUP && began.elapsed() < GROUP_TIME {
                next = jobs.try_recv().ok().or_else(|| self.syncing.meanwhile(jobs));
            }
        }
        if group.is_empty() {
            self.rollback();
            return then;
        }
        let units = group.len();
        let ran = began.elapsed();
        if !self.syncing.wait() {
            self.rollback();
            syncer::refuse(group, &Error::Closed);
            return Next::Failed;
        }
        if let Err(error) = self.core().step("COMMIT") {
            self.rollback();
            syncer::refuse(group, &error);
            return then;
        }
        let whole = began.elapsed();
        if let Some(group) = self.syncing.hand_over(group) {
            syncer::refuse(group, &Error::Closed);
            return Next::Failed;
        }
        if whole > SLOW {
            tracing::debug!(units, ?ran, ?whole, "a group of units took long");
        }
        let tended = self.folding.tend(&mut self.core.lock().unwrap_or_else(PoisonError::into_inner), units);
        if let Err(error) = tended {
            tracing::debug!(%error, "failed to see to the write-ahead log");
        }
        then
    }

    /// Writes zeros behind the log's end, which SQLite reads as no log at all. Meanwhile nobody else may write to it.
    fn make_room(&self, bytes: u64) -> Result<()> {
        let core = self.core();
        core.step("BEGIN IMMEDIATE")?;
        let made = || -> io::Result<()> {
            let mut log = OpenOptions::new().write(true).open(&self.log)?;
            let size = log.seek(SeekFrom::End(0))?;
            if size < bytes {
                io::copy(&mut io::repeat(0).take(bytes - size), &mut log)?;
                log.sync_all()?;
            }
            Ok(())
        };
        let made = made();
        core.step("ROLLBACK")?;
        made.map_err(|error| Error::Engine(format!("failed to make room in the log: {error}")))
    }

    /// Runs a whole unit as a savepoint. Gives its commit; nothing when it was rolled back.
    fn whole(&self, whole: Whole) -> Option<(Publish, Ack)> {
        self.core().step("SAVEPOINT unit").ok()?;
        let Some((publish, ack)) = inline::run(&self.core, whole, IDLE) else {
            self.undo();
            return None;
        };
        self.release(publish, ack)
    }

    /// Runs one unit as a savepoint. Gives its commit; nothing when it was rolled back.
    fn unit(&self, statements: &Receiver<Statement>, ready: oneshot::Sender<()>) -> Option<(Publish, Ack)> {
        let mut core = self.core();
        core.step("SAVEPOINT unit").ok()?;
        if ready.send(()).is_err() {
            drop(core);
            self.undo();
            return None;
        }
        loop {
            match wait(statements) {
                Some(Statement::Query(sql, values, answer)) => {
                    let _ = answer.send(core.query(&sql, &values));
                }
                Some(Statement::Execute(sql, values, answer)) => {
                    let _ = answer.send(core.execute(&sql, &values));
                }
                Some(Statement::Batch(sql, answer)) => {
                    let _ = answer.send(core.batch(&sql));
                }
                Some(Statement::Commit(publish, ack)) => {
                    drop(core);
                    return self.release(publish, ack);
                }
                None => {
                    drop(core);
                    self.undo();
                    return None;
                }
            }
        }
    }

    fn release(&self, publish: Publish, ack: Ack) -> Option<(Publish, Ack)> {
        let released: Result<()> = self.core().step("RELEASE unit");
        match released {
            Ok(()) => Some((publish, ack)),
            Err(error) => {
                self.undo();
                let _ = ack.send(Err(error));
                None
            }
        }
    }

    fn undo(&self) {
        if let Err(error) = self.core().batch("ROLLBACK TO unit; RELEASE unit") {
            tracing::error!(%error, "failed to roll a unit of work back");
        }
    }

    fn rollback(&self) {
        if let Err(error) = self.core().batch("ROLLBACK") {
            tracing::error!(%error, "failed to roll a transaction back");
        }
    }
}

/// The next statement of a unit; nothing when it was dropped or has been idle for too long.
fn wait(statements: &Receiver<Statement>) -> Option<Statement> {
    let began = Instant::now();
    loop {
        match statements.try_recv() {
            Ok(statement) => return Some(statement),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) if began.elapsed() < SPIN => std::hint::spin_loop(),
            Err(TryRecvError::Empty) => break,
        }
    }
    match statements.recv_timeout(IDLE) {
        Ok(statement) => Some(statement),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            tracing::warn!("a unit of work was idle for too long and was rolled back");
            None
        }
    }
}
