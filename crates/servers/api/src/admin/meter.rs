//! What the process uses of the machine.

use std::sync::{Mutex, PoisonError};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Remembers the last reading: the load of a processor is a difference.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    last: Mutex<Option<Last>>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    micros: i64,
    cpu_millis: u64,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    pub memory_bytes: u64,
    /// Of one processor, since the last reading; since the start of the process at the first.
    pub cpu_percent: f64,
}

impl Meter {
    /// Reads the process; zeros where the system does not tell.
    pub(crate) fn read(&self, now_micros: i64) -> Reading {
        let pid = Pid::from_u32(std::process::id());
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
        let Some(process) = system.process(pid) else { return Reading::default() };
        let cpu_millis = process.accumulated_cpu_time();
        let ran = i64::try_from(process.run_time()).unwrap_or(i64::MAX / 1_000_000) * 1_000_000;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let since = last.replace(Last { micros: now_micros, cpu_millis });
        let since = since.unwrap_or(Last { micros: now_micros - ran, cpu_millis: 0 });
        let passed = (now_micros - since.micros).max(1_000);
        let used = cpu_millis.saturating_sub(since.cpu_millis);
        #[expect(clippy::cast_precision_loss, reason = "a percentage with one digit")]
        let percent = (used as f64 * 1000.0 / passed as f64 * 1000.0).round() / 10.0;
        Reading { memory_bytes: process.memory(), cpu_percent: percent }
    }
}
