//! How the program is told to stop: once, and it finishes what it is at; twice, and it ends at once.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// When another signal is a second thought. Those who tell a whole group, as `timeout` and terminals do, tell its members twice.
const AGAIN: Duration = Duration::from_millis(500);

/// What tells whether the program is to stop. Signals are heard from when it is made.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// From here on a signal no longer ends the program, but is told to all who wait for it.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let mut signals = Signals::new()?;
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            signals.next().await;
            let _ = tell.send(true);
            let first = Instant::now();
            loop {
                signals.next().await;
                if first.elapsed() >= AGAIN {
                    break;
                }
            }
            eprintln!("guildhall: told twice to stop: it ends at once");
            // What was acknowledged is on disk. Nothing else may keep who asks twice.
            std::process::exit(1);
        });
        Ok(Self(told))
    }

    /// Told by a test.
    #[cfg(test)]
    pub(crate) fn by_hand() -> (watch::Sender<bool>, Self) {
        let (tell, told) = watch::channel(false);
        (tell, Self(told))
    }

    /// Whether it was told.
    pub(crate) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Does what may be left undone: gives nothing when it is told before that is done.
    pub(crate) async fn unless_told<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = Box::pin(work) => Some(done),
            () = self.clone().told() => None,
        }
    }

    /// Ends when it is told.
    pub(crate) async fn told(mut self) {
        if self.0.wait_for(|told| *told).await.is_err() {
            // Whoever listened to signals is gone, and with that the program.
            std::future::pending::<()>().await;
        }
    }

    /// Ends so much later.
    pub(crate) async fn told_for(self, time: Duration) {
        self.told().await;
        tokio::time::sleep(time).await;
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// That of a terminal which is closed.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = (!outlives_terminal()).then(|| signal(SignalKind::hangup())).transpose()?;
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())?, hangup })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether it was started to go on when its terminal is closed (`nohup`), or nobody can say. To listen would undo that.
#[cfg(unix)]
fn outlives_terminal() -> bool {
    const HANGUP: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask & HANGUP != 0)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
