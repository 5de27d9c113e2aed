//! The machine that figures are of.

use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
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
