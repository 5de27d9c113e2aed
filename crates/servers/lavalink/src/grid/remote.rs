//! The other side: a process that is nothing but a worker.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::line::{Ends, MOST_LINE, hear_on, write_on};
use crate::engine::{Engine, Order, Report};
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
    let ends = (BufReader::with_capacity(64 * 1024, stream.try_clone()?), stream.try_clone()?, stream);
    serve("0", ends, unbounded(), sources, runtime)
}

/// Makes frames for a node, until it hangs up. What is said beside that goes the same way.
pub(super) fn serve(
    name: &str,
    (mut reader, writer, stream): Ends<impl BufRead, impl Write + Send + 'static>,
    (reports, queue): (Sender<Report>, Receiver<Report>),
    sources: Arc<dyn Sources>,
    runtime: tokio::runtime::Handle,
) -> std::io::Result<()> {
    write_on(writer, queue, stream)?;
    let sink = Arc::new(move |report| {
        let _ = reports.send(report);
    });
    let engine = Engine::start(name, sources, runtime, sink)?;
    let mut line = Vec::new();
    while let Some(order) = hear_on(&mut reader, &mut line, MOST_LINE)? {
        let quit = matches!(order, Order::Quit);
        if !engine.tell(order) || quit {
            break;
        }
    }
    Ok(())
}
