//! Connections: accepted, counted, and ended when they take longer than anybody honest would.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tower::Service as _;
use tower_http::timeout::TimeoutBody;

/// How long somebody new has to say what they want.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// How long a connection may wait between two requests: longer than proxies keep theirs.
const NEXT_HEAD: Duration = Duration::from_secs(75);
/// How long a body may stand still.
const BODY_PAUSE: Duration = Duration::from_secs(20);
/// Largest head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// Most connections at once, if the system lets us have so many.
const MOST: usize = 60_000;
/// Files that are left for everything else: the database, uploads.
const SPARE: usize = 256;
/// How long to wait when the system has no more files for us.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Takes the address. After a restart everybody comes back at once: who does not fit into the queue waits for a second.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of the process before this one may still linger. Elsewhere than on Unix it would let others take the address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(4096)
}

/// Where this machine reaches it: an address that stands for all of them leads nowhere.
pub(crate) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Serves until `stop` ends, and then what is under way.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(files().saturating_sub(SPARE).clamp(SPARE, MOST)));
    let (stopping, stopped) = watch::channel(false);
    let (alive, mut ended) = mpsc::channel::<Infallible>(1);
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = &mut stop => break,
        };
        let (router, stopped, alive) = (router.clone(), stopped.clone(), alive.clone());
        tokio::spawn(async move {
            connection(stream, peer, router, stopped).await;
            drop(alive);
        });
    }
    drop(listener);
    let _ = stopping.send(true);
    drop(alive);
    // Nothing is ever sent: it ends with the last connection.
    let _ = ended.recv().await;
}

/// The next connection for which there is room.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (Counted, SocketAddr) {
    loop {
        match (room.clone().acquire_owned().await, listener.accept().await) {
            (Ok(place), Ok((stream, peer))) => {
                // A frame must not wait for the next one.
                let _ = stream.set_nodelay(true);
                return (Counted { stream, _place: place }, peer);
            }
            (_, Err(error)) if is_theirs(&error) => {}
            (_, outcome) => {
                tracing::error!(?outcome, "failed to accept a connection");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

/// Whether a connection ended before it was taken.
fn is_theirs(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(stream: Counted, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    let spoken = Arc::new(AtomicBool::new(false));
    let service = {
        let spoken = spoken.clone();
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            spoken.store(true, Ordering::Relaxed);
            let mut request = request.map(|body| {
                if body.is_end_stream() { Body::empty() } else { Body::new(TimeoutBody::new(BODY_PAUSE, body)) }
            });
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().call(request)
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut first = pin!(tokio::time::sleep(FIRST_HEAD));
    let (mut waiting, mut serving) = (true, true);
    loop {
        tokio::select! {
            // However it ended, there is nobody left to tell.
            _ = connection.as_mut() => return,
            () = &mut first, if waiting => {
                waiting = false;
                if !spoken.load(Ordering::Relaxed) {
                    return;
                }
            }
            _ = stopped.changed(), if serving => {
                serving = false;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// A stream that has its place until it ends, also after it became a WebSocket.
struct Counted {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// How many files may be open: as many as the system lets us have.
fn files() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        let most = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
        most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
    }
    #[cfg(not(unix))]
    usize::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everywhere_is_reached_here() {
        for (address, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("[fd00::1]:80", "[fd00::1]:80"),
        ] {
            assert_eq!(address.parse().map(reachable).map(|address| address.to_string()), Ok(reached.to_owned()));
        }
    }
}
