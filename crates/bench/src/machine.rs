//! The machine that figures are of.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::traffic::Times;

/// Cores and memory in one line.
pub(crate) fn describe() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split(':').nth(1).unwrap_or("?").trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let kilobytes: u64 = memory.split(' ').next().unwrap_or_default().parse().unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease");
    // What a distribution adds to the version says nothing of speed.
    let kernel = kernel.split('-').next().unwrap_or_default();
    format!("{cores} cores, {} GiB RAM, Linux {}", (kilobytes + (1 << 19)) >> 20, kernel.trim())
}

/// Load of the last minute: figures of a busy machine are the machine's.
pub(crate) fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
}

/// Ticks of all cores since the machine started, and those of them that the host gave to other machines.
fn ticks() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
    (ticks.iter().sum(), ticks.get(7).copied().unwrap_or_default())
}

/// Watches what the host of a virtual machine takes away.
pub(crate) struct Stolen((u64, u64));

impl Stolen {
    pub(crate) fn watch() -> Self {
        Self(ticks())
    }

    /// The part of all cores' time since then.
    pub(crate) fn percent(&self) -> f64 {
        let (all, stolen) = ticks();
        100.0 * (stolen - (self.0).1) as f64 / (all - (self.0).0).max(1) as f64
    }
}

/// Watches by how much a thread that wants to sleep for a millisecond wakes late: nothing on this machine is quicker.
pub(crate) struct Late {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Vec<f64>>,
}

impl Late {
    pub(crate) fn watch() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ends = over.clone();
        let thread = std::thread::spawn(move || {
            let mut times = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                let before = Instant::now();
                std::thread::sleep(Duration::from_millis(1));
                times.push(before.elapsed().as_secs_f64() * 1000.0 - 1.0);
            }
            times
        });
        Self { over, thread }
    }

    pub(crate) fn times(self) -> Times {
        self.over.store(true, Ordering::Relaxed);
        Times::new(self.thread.join().unwrap_or_default())
    }
}

/// How long 4 kB of a file take to the disk, one write after the other.
pub(crate) fn syncs(folder: &Path, time: Duration) -> Result<Times> {
    const SIZE: u64 = 4 << 20;
    let mut file = tempfile::tempfile_in(folder)?;
    // A log is written over and over: only its content changes.
    file.write_all(&vec![0; usize::try_from(SIZE)?])?;
    file.sync_all()?;
    let start = Instant::now();
    let (mut times, mut place) = (Vec::new(), 0);
    while start.elapsed() < time {
        file.seek(SeekFrom::Start(place))?;
        let before = Instant::now();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.push(before.elapsed().as_secs_f64() * 1000.0);
        place = (place + 4096) % SIZE;
    }
    Ok(Times::new(times))
}

/// Raises the limit of open files so that so many connections fit; servers started later inherit it.
pub(crate) fn allow_connections(count: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = count + 200;
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    if limit.maximum.is_some_and(|most| most < wanted) {
        bail!("this takes {wanted} open files: raise the limit (ulimit -n)");
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum })
        .context("failed to raise the limit of open files")
}
