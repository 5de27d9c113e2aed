//! Workers on other hosts, from here: the door at which they knock, and each that was let in.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufReader, ErrorKind};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::hello::{self, Answer, Hello};
use super::line::{Line, hear, say};
use super::sealed::{Opener, Sealer, WorkerKey, greet};
use super::{Grid, Place, Worker, sink};
use crate::engine::Order;
use crate::lock;
use crate::node::Node;

/// How long somebody may take until it is known who it is.
const HELLO: Duration = Duration::from_secs(5);
/// Strangers at the door at the same time, and those of one address.
const MOST_STRANGERS: usize = 64;
const MOST_OF_ONE: usize = 16;
/// Most workers on other hosts.
const MOST_HOSTS: usize = 256;
/// How often it is said that somebody was turned away.
const COMPLAIN: Duration = Duration::from_secs(10);

/// Where workers of other hosts knock, and what they have to know.
#[derive(Clone, Debug)]
pub struct Door {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What they have to know.
    pub key: WorkerKey,
}

/// A worker on another host.
pub(super) struct Host {
    line: Line,
    stream: TcpStream,
    pub(super) address: SocketAddr,
    /// The process that it belongs to, and the processors that it has there.
    pub(super) name: String,
    pub(super) cores: usize,
    /// How long it is looked at before others give it players.
    pub(super) steady: Duration,
    sources: HashSet<String>,
}

impl Host {
    pub(super) fn tell(&self, order: Order) -> bool {
        self.line.tell(order)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.line.is_gone()
    }

    pub(super) fn has(&self, source: &str) -> bool {
        self.sources.contains(source)
    }

    /// Hangs up. It may knock again, and is another worker then.
    pub(super) fn end(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// Strangers at the door, by their addresses.
#[derive(Default)]
struct Strangers(Mutex<HashMap<IpAddr, usize>>);

/// One of them, for as long as it stands there.
struct Stranger(Arc<Strangers>, IpAddr);

impl Strangers {
    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Stranger> {
        let mut known = lock(&self.0);
        let of_one = known.get(&address).copied().unwrap_or_default();
        if of_one >= MOST_OF_ONE || known.values().sum::<usize>() >= MOST_STRANGERS {
            return None;
        }
        known.insert(address, of_one + 1);
        Some(Stranger(self.clone(), address))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut known = lock(&self.0.0);
        if let Some(count) = known.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                known.remove(&self.1);
            }
        }
    }
}

/// Opens the door. Gives where it is, and what closes it.
pub(crate) fn open(node: &Arc<Node>, door: &Door) -> io::Result<(SocketAddr, tokio::task::AbortHandle)> {
    let listener = TcpListener::bind(door.listen)?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let task = node.runtime.spawn(keep(listener, Arc::downgrade(node), door.key.clone()));
    Ok((address, task.abort_handle()))
}

/// Lets strangers come in, each on a thread of its own for as long as it is one.
async fn keep(listener: tokio::net::TcpListener, node: Weak<Node>, key: WorkerKey) {
    let strangers = Arc::new(Strangers::default());
    let complained: Arc<Mutex<Option<Instant>>> = Arc::default();
    loop {
        let Ok((stream, address)) = listener.accept().await else {
            // The system has no room for more.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Some(stranger) = strangers.enter(address.ip()) else { continue };
        let (node, key, complained) = (node.clone(), key.clone(), complained.clone());
        let met = move || {
            let _stranger = stranger;
            let met = stream.into_std().and_then(|stream| {
                stream.set_nonblocking(false)?;
                meet(stream, address, &key, &node)
            });
            if let Err(error) = met {
                complain(&complained, address, &error);
            }
        };
        let _ = std::thread::Builder::new().name("stranger".into()).spawn(met);
    }
}

/// Says that somebody was turned away, but not as often as somebody likes to be.
fn complain(complained: &Mutex<Option<Instant>>, address: SocketAddr, error: &io::Error) {
    let mut last = lock(complained);
    if last.is_some_and(|last| last.elapsed() < COMPLAIN) {
        tracing::debug!(%address, %error, "turned a worker away");
        return;
    }
    *last = Some(Instant::now());
    tracing::warn!(%address, %error, "turned a worker away");
}

/// Finds out who it is, and lets it work.
fn meet(stream: TcpStream, address: SocketAddr, key: &WorkerKey, node: &Weak<Node>) -> io::Result<()> {
    let (opener, mut sealer) = greet(&stream, key, false, Instant::now() + HELLO)?;
    let mut reader = BufReader::new(opener);
    let mut line = Vec::new();
    let hello: Hello = hear(&mut reader, &mut line, hello::MOST)?.ok_or(ErrorKind::UnexpectedEof)?;
    let Some(node) = node.upgrade() else { return Ok(()) };
    let wrong = hello.wrong().or_else(|| {
        let full = node.grid.hosts() >= MOST_HOSTS;
        full.then(|| format!("this node has {MOST_HOSTS} workers of other hosts already"))
    });
    if let Some(reason) = wrong {
        say(&mut sealer, &Answer::Refused { reason: reason.clone() })?;
        return Err(io::Error::other(reason));
    }
    reader.get_mut().relax(None)?;
    node.grid.join(&node, stream, address, hello, (reader, sealer))
}

impl Grid {
    /// Opens the door for workers of other hosts.
    pub(crate) fn open(&self, node: &Arc<Node>, door: &Door) -> io::Result<SocketAddr> {
        let (address, closes) = open(node, door)?;
        *lock(&self.door) = Some((address, closes));
        Ok(address)
    }

    /// Where workers of other hosts knock, if they may.
    pub(crate) fn door(&self) -> Option<SocketAddr> {
        lock(&self.door).as_ref().map(|(address, _)| *address)
    }

    /// Workers on other hosts.
    fn hosts(&self) -> usize {
        lock(&self.workers).iter().filter(|worker| worker.is_abroad()).count()
    }

    /// Takes a worker in that is known now.
    fn join(
        &self,
        node: &Arc<Node>,
        stream: TcpStream,
        address: SocketAddr,
        hello: Hello,
        (reader, mut sealer): (BufReader<Opener>, Sealer),
    ) -> io::Result<()> {
        let id = self.next_id();
        say(&mut sealer, &Answer::Welcome { worker: id })?;
        let ends = (reader, sealer, stream.try_clone()?);
        let line = Line::start(id, sink(id, Arc::downgrade(node)), self.alarm.clone(), move || Ok(ends))?;
        // What is not played here is played nowhere.
        let own: HashSet<String> = node.sources.elsewhere().into_iter().collect();
        let sources = hello.sources.into_iter().filter(|source| own.contains(source)).collect();
        let cores = hello.cores.clamp(1, 1_024);
        tracing::info!(worker = id, %address, cores, ?sources, "a worker of another host has joined");
        let steady = lock(&self.doubts).steady(&hello.host);
        let host = Host { line, stream, address, name: hello.host, cores, steady, sources };
        lock(&self.workers).push(Arc::new(Worker::new(id, Place::Host(Box::new(host)))));
        Ok(())
    }
}
