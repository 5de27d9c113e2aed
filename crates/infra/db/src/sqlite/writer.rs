//! The writer's thread: groups of units, one commit for each group.

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::core::Core;
use super::inline::{self, Whole};
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
const FOLD_AFTER: usize = 300;
/// A group that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_millis(5);
/// How long a group waits at most for units that are likely to come.
const LINGER: Duration = Duration::from_millis(1);

/// Owns the connection that writes.
pub(super) struct Writer {
    core: Arc<Mutex<Core>>,
    /// The file of the write-ahead log.
    log: PathBuf,
    /// Sizes of the last two groups: as many are likely to come again.
    sizes: [usize; 2],
    /// How long the last commit took.
    commit: Duration,
    /// Units since the write-ahead log was last said to have grown, and whom that is said to.
    units: usize,
    grown: Sender<()>,
}

impl Writer {
    pub(super) fn new(connection: Connection, log: PathBuf, grown: Sender<()>) -> Self {
        let core = Arc::new(Mutex::new(Core::new(connection)));
        Self { core, log, sizes: [0; 2], commit: Duration::ZERO, units: 0, grown }
    }

    /// The connection. Only units that run whole share it, on this thread: nobody else holds it.
    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            let closing = match job {
                Job::Close(ack) => Some(ack),
                Job::Room(bytes, ack) => {
                    let _ = ack.send(self.make_room(bytes));
                    None
                }
                first => self.group(jobs, first),
            };
            if let Some(ack) = closing {
                let _ = ack.send(self.core().fold());
                return;
            }
        }
    }

    /// Runs units until nobody waits or the group is full, then commits once for all. Gives the request to close, if one came.
    fn group(&mut self, jobs: &Receiver<Job>, first: Job) -> Option<Ack> {
        if let Err(error) = self.core().step("BEGIN IMMEDIATE") {
            tracing::warn!(%error, "failed to begin a transaction");
            // Dropping the job tells the unit that the database is busy.
            return None;
        }
        let group_began = Instant::now();
        let mut pending: Vec<(Publish, Ack)> = Vec::new();
        let mut next = Some(first);
        let mut closing = None;
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
                    closing = Some(ack);
                    break;
                }
            };
            pending.extend(commit);
            if pending.len() < GROUP && group_began.elapsed() < GROUP_TIME {
                next = self.another(jobs, pending.len());
            }
        }
        if pending.is_empty() {
            self.rollback();
            return closing;
        }
        self.sizes = [pending.len(), self.sizes[0]];
        let began = Instant::now();
        let committed = self.core().step("COMMIT");
        self.commit = began.elapsed();
        let whole = group_began.elapsed();
        if whole > SLOW {
            tracing::debug!(units = pending.len(), ?whole, commit = ?self.commit, "a group of units took long");
        }
        match committed {
            Ok(()) => {
                self.units += pending.len();
                for (publish, ack) in pending {
                    if catch_unwind(AssertUnwindSafe(publish)).is_err() {
                        tracing::error!("failed to publish after a commit: it panicked");
                    }
                    let _ = ack.send(Ok(()));
                }
                if self.units >= FOLD_AFTER && self.grown.try_send(()).is_ok() {
                    self.units = 0;
                }
            }
            Err(error) => {
                self.rollback();
                for (_, ack) in pending {
                    let _ = ack.send(Err(error.clone()));
                }
            }
        }
        closing
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

    /// The next job for a group of that size. Where groups were larger lately, whoever was acknowledged with the last one is
    /// about to come again: a part of a commit's time is well spent on waiting for them.
    fn another(&self, jobs: &Receiver<Job>, size: usize) -> Option<Job> {
        match jobs.try_recv() {
            Ok(job) => Some(job),
            Err(TryRecvError::Empty) if size < self.sizes.into_iter().max().unwrap_or(0) => {
                jobs.recv_timeout((self.commit / 4).min(LINGER)).ok()
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
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
