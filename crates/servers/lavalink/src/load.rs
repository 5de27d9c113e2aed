//! How busy the machine and the node are.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

use crate::node::Node;
use crate::session::Session;
use crate::wire::{Cpu, FrameStats, Memory, Stats};

/// The last look at the machine: one costs more than an answer should.
#[derive(Default)]
pub(crate) struct Load {
    system: Option<System>,
    at: Option<Instant>,
    memory: Memory,
    cpu: Cpu,
}

const FRESH: Duration = Duration::from_secs(2);

impl Load {
    /// Looks at the machine, this process, and those of its workers.
    fn look(&mut self, workers: impl Iterator<Item = u32>) -> (Memory, Cpu) {
        if self.at.is_some_and(|at| at.elapsed() < FRESH) {
            return (self.memory, self.cpu);
        }
        self.at = Some(Instant::now());
        let system = self.system.get_or_insert_with(|| {
            System::new_with_specifics(
                RefreshKind::nothing()
                    .with_cpu(CpuRefreshKind::nothing().with_cpu_usage())
                    .with_memory(MemoryRefreshKind::nothing().with_ram()),
            )
        });
        system.refresh_cpu_usage();
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let (used, own) = processes(system, workers.chain([std::process::id()]));
        let cores = system.cpus().len().max(1);
        let count = f64::from(u32::try_from(cores).unwrap_or(1));
        self.memory =
            Memory { free: system.available_memory(), used, allocated: used, reservable: system.total_memory() };
        self.cpu = Cpu {
            cores,
            system_load: (f64::from(system.global_cpu_usage()) / 100.0).clamp(0.0, 1.0),
            lavalink_load: (own / 100.0 / count).clamp(0.0, 1.0),
        };
        (self.memory, self.cpu)
    }
}

/// Bytes and percent of a core that processes take.
fn processes(system: &mut System, ids: impl Iterator<Item = u32>) -> (u64, f64) {
    let ids: Vec<Pid> = ids.map(Pid::from_u32).collect();
    let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
    // With those that were looked at before: who is gone is only forgotten, and its file closed, when it is asked for once more.
    // Each once: who is asked for twice may be taken for gone.
    let known: BTreeSet<Pid> = system.processes().keys().chain(&ids).copied().collect();
    let known: Vec<Pid> = known.into_iter().collect();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&known), true, kind);
    let processes = ids.iter().filter_map(|id| system.process(*id));
    processes
        .fold((0, 0.0), |(memory, load), process| (memory + process.memory(), load + f64::from(process.cpu_usage())))
}

impl Node {
    /// How it is doing; for a session, with the frames of its players.
    pub(crate) fn stats(&self, session: Option<&Session>) -> Stats {
        let players = self.players();
        let playing = players.iter().filter(|player| player.is_playing()).count();
        let workers = self.grid.view().into_iter().filter_map(|worker| worker.pid);
        let (memory, cpu) = crate::lock(&self.load).look(workers);
        Stats {
            frame_stats: session.and_then(|session| self.frame_stats(session)),
            players: players.len(),
            playing_players: playing,
            uptime: u64::try_from(self.started.elapsed().as_millis()).unwrap_or_default(),
            memory,
            cpu,
        }
    }

    fn frame_stats(&self, session: &Session) -> Option<FrameStats> {
        let (mut count, mut sent, mut nulled) = (0_i64, 0_i64, 0_i64);
        for player in session.players() {
            let counts = self.since_minute(&player);
            // Only who played for the whole minute can be compared with what is expected of it.
            if counts.due >= 2_900 {
                count += 1;
                sent += i64::try_from(counts.sent).unwrap_or_default();
                nulled += i64::try_from(counts.nulled).unwrap_or_default();
            }
        }
        if count == 0 {
            return None;
        }
        let deficit = count * 3_000 - (sent + nulled);
        Some(FrameStats { sent: sent / count, nulled: nulled / count, deficit: deficit / count })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn processes_of_workers_count_too() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut system = System::new();
        let (own, both) = (std::process::id(), [std::process::id(), child.id()]);
        let alone = processes(&mut system, [child.id()].into_iter()).0;
        let together = processes(&mut system, both.into_iter()).0;
        let memory = processes(&mut system, [own].into_iter()).0;
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(system.processes().len(), 2);
        assert!(processes(&mut system, [own].into_iter()).0 > 0);
        assert_eq!(system.processes().len(), 1, "who is gone is forgotten, and the file of it closed");
        assert!(alone > 0 && memory > 0 && together > alone.max(memory / 2), "{alone} and {memory} are {together}");
        let mut load = Load::default();
        assert!(load.look(std::iter::empty()).0.used > 0);
    }
}
