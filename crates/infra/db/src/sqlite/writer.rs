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
/// After so many units the write-ahead log is folded beside.
const FOLD_AFTER: usize = 3000;
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
    /// Units since the write-ahead log was last said to have grown, and whom that is said to.
    units: usize,
    grown: Sender<()>,
}

impl Writer {
    pub(super) fn new(connection: Connection, log: PathBuf, syncing: Syncing, grown: Sender<()>) -> Self {
        let core = Arc::new(Mutex::new(Core::new(connection)));
        Self { core, log, syncing, units: 0, grown }
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
                    self.syncing.wait();
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
        self.units += units;
        if self.units >= FOLD_AFTER && self.grown.try_send(()).is_ok() {
            self.units = 0;
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
