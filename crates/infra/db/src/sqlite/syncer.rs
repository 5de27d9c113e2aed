//! Brings the write-ahead log to the disk beside the writer, and acknowledges what has got there.
//!
//! SQLite appends a group to the log without waiting for the disk (`synchronous = NORMAL`). Here the log is synced, and only
//! then the group's units are published and acknowledged, in the order of their commits.

use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender, bounded, select};

use super::{Ack, Job, Publish, hurry, spawn};
use crate::{Error, Result};

/// What one commit holds: what each unit publishes, and whom to tell.
pub(super) type Group = Vec<(Publish, Ack)>;

/// Groups that may be durable and untold: who tells them is only behind for a moment.
const UNTOLD: usize = 8;

/// The writer's end: at most one group is on its way to the disk.
pub(super) struct Syncing {
    /// Nothing once the disk failed, or nothing more will come.
    groups: Option<Sender<Group>>,
    done: Receiver<()>,
    busy: bool,
    /// Ends when everybody was told.
    told: Receiver<()>,
}

impl Syncing {
    /// Starts a thread that makes groups durable by `sync`, and one that tells their units so. They end with the writer, or when
    /// a sync fails: what the disk holds is not known then, so nothing more may be written.
    pub(super) fn start(sync: impl FnMut() -> io::Result<()> + Send + 'static) -> Result<Self> {
        let (groups, queue) = bounded::<Group>(1);
        let (ready, done) = bounded(1);
        let (durable, news) = bounded::<Group>(UNTOLD);
        let (telling, told) = bounded(0);
        spawn("db-syncer", move || run(sync, &queue, &ready, &durable))?;
        spawn("db-teller", move || {
            hurry();
            news.iter().for_each(acknowledge);
            drop::<Sender<()>>(telling);
        })?;
        Ok(Self { groups: Some(groups), done, busy: false, told })
    }

    /// Hands a group over, once the one before it has arrived. Gives it back when the disk failed.
    pub(super) fn hand_over(&mut self, group: Group) -> Option<Group> {
        if !self.wait() {
            return Some(group);
        }
        self.busy = true;
        match &self.groups {
            Some(groups) => groups.send(group).err().map(|failed| failed.0),
            None => Some(group),
        }
    }

    /// Waits until nothing is on its way. Whether all of it has arrived.
    pub(super) fn wait(&mut self) -> bool {
        if std::mem::take(&mut self.busy) && self.done.recv().is_err() {
            self.groups = None;
        }
        self.groups.is_some()
    }

    /// The next job, as long as the disk is busy anyway; nothing once a group may be handed over at once.
    pub(super) fn meanwhile(&mut self, jobs: &Receiver<Job>) -> Option<Job> {
        if !self.busy {
            return None;
        }
        select! {
            recv(jobs) -> job => job.ok(),
            recv(self.done) -> arrived => {
                self.busy = false;
                if arrived.is_err() {
                    self.groups = None;
                }
                None
            }
        }
    }

    /// Waits until everything has arrived and everybody was told. Nothing more can be handed over.
    pub(super) fn end(&mut self) {
        self.wait();
        self.groups = None;
        let _ = self.told.recv();
    }
}

/// Syncs a log. It is opened at the first time: SQLite makes it with the first commit, and keeps it while it has connections.
pub(super) fn of_log(path: PathBuf) -> impl FnMut() -> io::Result<()> + Send {
    let mut log: Option<File> = None;
    move || {
        let file = match log.take() {
            Some(file) => file,
            None => OpenOptions::new().write(true).open(&path)?,
        };
        log.insert(file).sync_data()
    }
}

fn run(mut sync: impl FnMut() -> io::Result<()>, queue: &Receiver<Group>, ready: &Sender<()>, durable: &Sender<Group>) {
    hurry();
    while let Ok(group) = queue.recv() {
        if let Err(error) = sync() {
            tracing::error!(%error, "failed to bring the log to the disk: nothing more is written");
            refuse(group, &Error::Engine(format!("failed to sync the log: {error}")));
            return;
        }
        // The writer may hand over the next group while these are told.
        let _ = ready.send(());
        let _ = durable.send(group);
    }
}

fn acknowledge(group: Group) {
    for (publish, ack) in group {
        if catch_unwind(AssertUnwindSafe(publish)).is_err() {
            tracing::error!("failed to publish after a commit: it panicked");
        }
        let _ = ack.send(Ok(()));
    }
}

/// Tells everyone of a group that it failed.
pub(super) fn refuse(group: Group, error: &Error) {
    for (_, ack) in group {
        let _ = ack.send(Err(error.clone()));
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crossbeam_channel::bounded;
    use tokio::sync::oneshot;

    use super::{Group, Syncing};
    use crate::{Error, Result};

    /// A group of one unit, what it will have published, and its acknowledgement.
    fn group() -> (Group, Arc<AtomicUsize>, oneshot::Receiver<Result<()>>) {
        let published = Arc::new(AtomicUsize::new(0));
        let count = published.clone();
        let (ack, told) = oneshot::channel();
        let publish = Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        (vec![(publish as super::Publish, ack)], published, told)
    }

    #[test]
    fn tells_nobody_before_the_disk_has_it() {
        let (arrive, disk) = bounded::<()>(0);
        let mut syncing = Syncing::start(move || disk.recv().map_err(io::Error::other)).expect("a thread");
        let (first, published, mut told) = group();
        assert!(syncing.hand_over(first).is_none());
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(told.try_recv().is_err());
        assert_eq!(published.load(Ordering::SeqCst), 0);
        arrive.send(()).expect("a sync");
        assert!(matches!(told.blocking_recv(), Ok(Ok(()))));
        assert_eq!(published.load(Ordering::SeqCst), 1);
        syncing.end();
    }

    #[test]
    fn writes_nothing_more_once_the_disk_failed() {
        let mut syncing = Syncing::start(|| Err(io::Error::other("no such luck"))).expect("a thread");
        let (first, published, told) = group();
        assert!(syncing.hand_over(first).is_none());
        assert!(matches!(told.blocking_recv(), Ok(Err(Error::Engine(_)))));
        assert_eq!(published.load(Ordering::SeqCst), 0);
        let (second, ..) = group();
        assert_eq!(syncing.hand_over(second).map(|back| back.len()), Some(1));
    }
}
