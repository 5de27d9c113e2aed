//! A worker in a process of its own: started, spoken with, and ended from here.

use std::io::{BufReader, Read as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;

use super::WorkerId;
use super::line::Line;
use super::remote::{ADDRESS, TOKEN};
use crate::engine::{Order, Sink};
use crate::lock;
use crate::node::Node;

/// How long a worker may take until it says something.
pub(super) const HELLO: Duration = Duration::from_secs(5);

/// A worker's process.
pub(super) struct Child {
    process: Mutex<std::process::Child>,
    line: Line,
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
        let line = Line::start(id, sink, node.grid.alarm.clone(), move || {
            let stream = accept(&listener, &token)?;
            Ok((BufReader::with_capacity(64 * 1024, stream.try_clone()?), stream.try_clone()?, stream))
        })?;
        Ok(Self { process: Mutex::new(process), line })
    }

    pub(super) fn tell(&self, order: Order) -> bool {
        !self.is_gone() && self.line.tell(order)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.line.is_gone() || matches!(lock(&self.process).try_wait(), Ok(Some(_)) | Err(_))
    }

    pub(super) fn pid(&self) -> u32 {
        lock(&self.process).id()
    }

    /// Ends it, and leaves nothing behind.
    pub(super) fn end(&self) {
        self.line.tell(Order::Quit);
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
