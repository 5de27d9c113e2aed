//! The other side: a process that is nothing but a worker.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use crossbeam_channel::unbounded;

use super::process::{MOST_LINE, write};
use crate::engine::{Engine, Order};
use crate::source::Sources;

/// Where the node is, in a worker's environment.
pub const ADDRESS: &str = "GUILDHALL_WORKER_ADDRESS";
/// What the node is greeted with, in a worker's environment.
pub const TOKEN: &str = "GUILDHALL_WORKER_TOKEN";

/// Works for the node that started this process, until it hangs up. The node says where it is and what to greet it with by
/// [`ADDRESS`] and [`TOKEN`] in the environment.
pub fn work(
    address: &str,
    token: &str,
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(token.as_bytes())?;
    let (reports, queue) = unbounded();
    let writer = stream.try_clone()?;
    std::thread::Builder::new().name("reports".into()).spawn(move || {
        let _ = write(&writer, &queue);
    })?;
    let sink = Arc::new(move |report| {
        let _ = reports.send(report);
    });
    let engine = Engine::start("0", sources, runtime, sink)?;
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut reader).take(MOST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let order: Order = serde_json::from_slice(&line)?;
        let quit = matches!(order, Order::Quit);
        if !engine.tell(order) || quit {
            return Ok(());
        }
    }
}
