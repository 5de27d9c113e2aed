//! Runs a program that is not trusted: without this process's environment, in a process group of its own, and no longer, with
//! no more memory, nor with more to say, than it may. No shell reads its arguments.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

/// Where the program, and what it needs itself, is looked for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What is kept of what it complains about: the end.
const MOST_COMPLAINT: usize = 2_048;

/// Why a program gave nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    /// It does not even start.
    #[error("failed to start {program}: {cause}")]
    Start { program: String, cause: std::io::Error },
    /// It said more than is read.
    #[error("the program wrote more than {0} bytes")]
    Large(usize),
    /// It did not come to an end.
    #[error("the program took longer than {0:?}")]
    Timeout(Duration),
    /// It said that it failed.
    #[error("the program ended with {status}: {complaint}")]
    Failed { status: std::process::ExitStatus, complaint: String },
    /// Nobody knows how it ended.
    #[error("lost the program: {0}")]
    Lost(#[from] std::io::Error),
}

/// How far a program may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) time: Duration,
    pub(super) output: usize,
    /// Bytes of each of its processes.
    pub(super) memory: u64,
}

/// Largest file that it may write, in bytes: some unpack themselves before they begin.
#[cfg(target_os = "linux")]
const MOST_FILE: u64 = 256 * 1024 * 1024;

/// Bounds a process, and those that it will start. What counts is what it can write to: engines of JavaScript reserve address
/// space that they never use.
#[cfg(target_os = "linux")]
fn bound(pid: Pid, limits: Limits) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
    // It is killed in time; this is for what leaves its group.
    let seconds = limits.time.as_secs().saturating_add(1).saturating_mul(4);
    for (resource, most) in
        [(Resource::Data, limits.memory), (Resource::Cpu, seconds), (Resource::Fsize, MOST_FILE), (Resource::Core, 0)]
    {
        let most = Some(getrlimit(resource).maximum.map_or(most, |ours| ours.min(most)));
        prlimit(Some(pid), resource, Rlimit { current: most, maximum: most })?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn bound(_pid: Pid, _limits: Limits) -> std::io::Result<()> {
    Ok(())
}

/// Where limits can be set from outside, the program begins when they are: until then a shell stands in its place and waits for
/// a line. It knows nothing but this; program and arguments are handed through as they are.
#[cfg(target_os = "linux")]
const GATE: &str = "read -r _ && exec \"$@\" </dev/null";

#[cfg(target_os = "linux")]
fn command(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GATE, "sh"]).arg(program).stdin(Stdio::piped());
    command
}

#[cfg(not(target_os = "linux"))]
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// What a shell ends with that cannot start what it is to start.
const NOT_STARTED: [i32; 2] = [126, 127];

/// All processes that a program started. They end with this.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// What a program writes to its standard output, where it ends well. Dropping the future ends the program.
pub(super) async fn run(program: &Path, arguments: &[String], limits: Limits) -> Result<Vec<u8>, RunError> {
    let start = |cause| RunError::Start { program: program.display().to_string(), cause };
    let mut child = command(program)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("LANG", "C.UTF-8")
        .env("HOME", "/nonexistent")
        .current_dir("/")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(start)?;
    let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let group = Group(id);
    if let Some(id) = id {
        bound(id, limits)?;
    }
    if let Some(mut gate) = child.stdin.take() {
        gate.write_all(b"\n").await?;
    }
    let (out, complaints) = (child.stdout.take(), child.stderr.take());
    let whole = async {
        let (out, complaint) =
            tokio::try_join!(read(out, limits.output), async { Ok::<_, RunError>(tail(complaints).await) })?;
        let status = child.wait().await?;
        match status.code() {
            Some(0) => Ok(out),
            Some(code) if NOT_STARTED.contains(&code) => Err(start(std::io::Error::other(complaint))),
            _ => Err(RunError::Failed { status, complaint }),
        }
    };
    let result = timeout(limits.time, whole).await.unwrap_or(Err(RunError::Timeout(limits.time)));
    drop(group);
    // It is dead, or about to be.
    let _ = timeout(Duration::from_secs(1), child.wait()).await;
    result
}

async fn read(from: Option<impl AsyncRead + Unpin>, most: usize) -> Result<Vec<u8>, RunError> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        from.take(bound).read_to_end(&mut bytes).await?;
    }
    if bytes.len() > most { Err(RunError::Large(most)) } else { Ok(bytes) }
}

/// The end of what is written, however much that is.
async fn tail(from: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut from) = from else { return String::new() };
    let (mut kept, mut piece) = (Vec::new(), [0; 1_024]);
    while let Ok(count) = from.read(&mut piece).await {
        if count == 0 {
            break;
        }
        kept.extend_from_slice(piece.get(..count).unwrap_or_default());
        let excess = kept.len().saturating_sub(MOST_COMPLAINT);
        kept.drain(..excess);
    }
    let text = String::from_utf8_lossy(&kept);
    // The last line says why.
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    last.trim().chars().filter(|c| !c.is_control()).take(300).collect()
}
