//! A worker on another host than its node, from there: it dials, works, and dials again.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io::{self, BufReader, Error, ErrorKind};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use rand::Rng as _;

use super::hello::{self, Answer, Hello, VERSION};
use super::line::{hear, say};
use super::remote::serve;
use super::sealed::{WorkerKey, greet};
use crate::engine::Report;
use crate::lock;
use crate::source::Sources;

/// How long the node may take to answer, to a call and to a hello.
const ANSWER: Duration = Duration::from_secs(5);
/// A node that says nothing for so long is gone: it says something each second.
const SILENCE: Duration = Duration::from_secs(5);
/// Pauses between two calls that lead to nothing: they become longer.
const FIRST: Duration = Duration::from_millis(250);
const LAST: Duration = Duration::from_secs(10);
/// Who worked for so long begins with short pauses again.
const WELL: Duration = Duration::from_secs(10);
/// How long the node may take to let workers go that want to: its players open their tracks elsewhere first.
const LEAVE: Duration = Duration::from_secs(20);

/// Which node to work for.
#[derive(Clone, Debug)]
pub struct Join {
    /// Its host and port.
    pub node: String,
    /// What it knows too.
    pub key: WorkerKey,
    /// How many workers to be.
    pub workers: usize,
}

struct Joined {
    join: Join,
    name: String,
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
    /// Closed when it is to end.
    held: Receiver<Infallible>,
    leaving: AtomicBool,
    /// Where workers that work say what they have to say.
    reports: Mutex<HashMap<usize, Sender<Report>>>,
}

/// Works for a node on another host until something happens; dials again whenever it goes away. Within a tokio runtime.
pub async fn join(join: Join, sources: Arc<dyn Sources>, stop: impl Future<Output = ()>) -> io::Result<()> {
    let (hold, held) = bounded(0);
    let joined = Arc::new(Joined {
        name: crate::random_name(),
        sources,
        runtime: tokio::runtime::Handle::current(),
        held,
        leaving: AtomicBool::new(false),
        reports: Mutex::default(),
        join,
    });
    let start = |number: usize| {
        let joined = joined.clone();
        std::thread::Builder::new().name(format!("join-{number}")).spawn(move || joined.run(number))
    };
    let threads = (0..joined.join.workers.max(1)).map(start).collect::<io::Result<Vec<_>>>()?;
    stop.await;
    // The node gives the players to others, and hangs up; until then they go on here.
    joined.leaving.store(true, Ordering::SeqCst);
    drop(hold);
    lock(&joined.reports).values().for_each(|reports| _ = reports.send(Report::Leave));
    let deadline = Instant::now() + LEAVE;
    while Instant::now() < deadline && !threads.iter().all(std::thread::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

impl Joined {
    fn run(&self, number: usize) {
        let mut pause = FIRST;
        let mut told = String::new();
        while !self.leaving.load(Ordering::SeqCst) {
            let begun = Instant::now();
            let node = self.join.node.as_str();
            match self.once(number) {
                Ok(()) if self.leaving.load(Ordering::SeqCst) => return,
                Ok(()) => tracing::info!(node, "the node has hung up"),
                Err(error) => {
                    let text = error.to_string();
                    // The same again and again is said once.
                    if text == told {
                        tracing::debug!(node, %error, "failed to work for the node");
                    } else {
                        tracing::warn!(node, %error, "failed to work for the node; trying again");
                        told = text;
                    }
                }
            }
            if begun.elapsed() > WELL {
                pause = FIRST;
                told.clear();
            }
            // Those who lost the same node do not come back all at once.
            let share = rand::rng().random_range(0.75..1.25);
            if self.held.recv_timeout(pause.mul_f64(share)) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            pause = (pause * 2).min(LAST);
        }
    }

    /// Dials and works, until one of both hangs up.
    fn once(&self, number: usize) -> io::Result<()> {
        let stream = self.dial()?;
        let until = Instant::now() + ANSWER;
        let (opener, mut sealer) = greet(&stream, &self.join.key, true, until).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => {
                Error::new(error.kind(), "the node hung up at the greeting: its key is another, or it is no node")
            }
            ErrorKind::PermissionDenied => Error::new(error.kind(), "the node does not know the key"),
            _ => error,
        })?;
        let hello = Hello {
            version: VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            host: self.name.clone(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            sources: self.sources.elsewhere(),
        };
        say(&mut sealer, &hello)?;
        let mut reader = BufReader::new(opener);
        match hear(&mut reader, &mut Vec::new(), hello::MOST)? {
            None => return Err(Error::other("the node hung up before it answered")),
            Some(Answer::Refused { reason }) => return Err(Error::other(format!("the node refuses: {reason:.200}"))),
            Some(Answer::Welcome { worker }) => tracing::info!(node = self.join.node, worker, "works for the node"),
        }
        reader.get_mut().relax(Some(SILENCE))?;
        let (reports, queue) = unbounded();
        lock(&self.reports).insert(number, reports.clone());
        if self.leaving.load(Ordering::SeqCst) {
            let _ = reports.send(Report::Leave);
        }
        let ends = (reader, sealer, stream.try_clone()?);
        let worked = serve(&number.to_string(), ends, (reports, queue), self.sources.clone(), self.runtime.clone());
        lock(&self.reports).remove(&number);
        let _ = stream.shutdown(Shutdown::Both);
        worked
    }

    fn dial(&self) -> io::Result<TcpStream> {
        let mut failed = Error::new(ErrorKind::NotFound, "the node's name has no address");
        for address in self.join.node.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, ANSWER) {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}
