//! A worker in a process of its own: started, spoken with, and ended from here.

use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use subtle::ConstantTimeEq as _;

use super::WorkerId;
use super::remote::{ADDRESS, TOKEN};
use crate::engine::{Order, Report, Sink};
use crate::lock;
use crate::node::Node;

/// How long a process may take until it says hello.
const HELLO: Duration = Duration::from_secs(5);
/// Longest line that is read from a worker.
pub(super) const MOST_LINE: u64 = 1 << 20;

/// A worker's process.
pub(super) struct Child {
    process: Mutex<std::process::Child>,
    orders: Sender<Order>,
    gone: Arc<AtomicBool>,
}

impl Child {
    /// Starts a process and begins to speak with it.
    pub(super) fn start(node: &Arc<Node>, id: WorkerId, sink: Sink) -> std::io::Result<Self> {
        let (program, arguments) = node
            .settings
            .worker_command
            .split_first()
            .ok_or_else(|| std::io::Error::other("no command for workers is known"))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let token = crate::random_name();
        let process = Command::new(program)
            .args(arguments)
            .env(ADDRESS, listener.local_addr()?.to_string())
            .env(TOKEN, &token)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let (orders, queue) = unbounded();
        let gone = Arc::new(AtomicBool::new(false));
        let ended = gone.clone();
        std::thread::Builder::new().name(format!("worker-{id}")).spawn(move || {
            let spoken = accept(&listener, &token).and_then(|stream| speak(stream, queue, &sink));
            if let Err(error) = spoken {
                tracing::warn!(worker = id, %error, "lost a worker");
            }
            ended.store(true, Ordering::Release);
        })?;
        Ok(Self { process: Mutex::new(process), orders, gone })
    }

    pub(super) fn tell(&self, order: Order) -> bool {
        !self.is_gone() && self.orders.send(order).is_ok()
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire) || matches!(lock(&self.process).try_wait(), Ok(Some(_)) | Err(_))
    }

    pub(super) fn pid(&self) -> u32 {
        lock(&self.process).id()
    }

    /// Ends it, and leaves nothing behind.
    pub(super) fn end(&self) {
        let _ = self.orders.send(Order::Quit);
        let mut process = lock(&self.process);
        let _ = process.kill();
        let _ = process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits for the process to call; nobody else knows the token.
fn accept(listener: &TcpListener, token: &str) -> std::io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    let deadline = Instant::now() + HELLO;
    while Instant::now() < deadline {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_read_timeout(Some(HELLO))?;
                let mut said = vec![0; token.len()];
                if stream.read_exact(&mut said).is_ok() && bool::from(said.ct_eq(token.as_bytes())) {
                    stream.set_read_timeout(None)?;
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::TimedOut.into())
}

fn speak(stream: TcpStream, orders: Receiver<Order>, sink: &Sink) -> std::io::Result<()> {
    let writer = stream.try_clone()?;
    std::thread::Builder::new().name("worker-orders".into()).spawn(move || {
        let _ = write(&writer, &orders);
        let _ = writer.shutdown(std::net::Shutdown::Both);
    })?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut reader).take(MOST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let report: Report = serde_json::from_slice(&line)?;
        sink(report);
    }
}

/// Writes values as lines for as long as they come.
pub(super) fn write<T: serde::Serialize>(stream: &TcpStream, values: &Receiver<T>) -> std::io::Result<()> {
    let mut writer = BufWriter::with_capacity(64 * 1024, stream);
    while let Ok(value) = values.recv() {
        let mut value = Some(value);
        while let Some(next) = value {
            serde_json::to_writer(&mut writer, &next)?;
            writer.write_all(b"\n")?;
            value = values.try_recv().ok();
        }
        writer.flush()?;
    }
    Ok(())
}
