//! Connections, only to addresses that the guard allows: it looks at the address that is connected to, not at the name,
//! so a name that resolves differently the second time changes nothing.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::error::FetchError;
use super::guard::Guard;

/// Most addresses of one name that are tried.
const MOST_ADDRESSES: usize = 6;

/// Turns names into addresses.
pub trait Resolve: Send + Sync {
    /// All addresses of a name.
    fn resolve<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;
}

/// The resolver of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

#[derive(Clone)]
pub(super) struct Connector {
    pub(super) guard: Arc<Guard>,
    pub(super) resolver: Arc<dyn Resolve>,
    pub(super) timeout: Duration,
}

impl Connector {
    async fn connect(self, uri: Uri) -> Result<TokioIo<Plain>, FetchError> {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => tokio::time::timeout(self.timeout, self.resolver.resolve(host))
                .await
                .map_err(|_| FetchError::Timeout("the name"))?
                .map_err(|_| FetchError::Resolve(host.to_owned()))?,
        };
        let mut error = FetchError::Resolve(host.to_owned());
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            if !self.guard.allows(address) {
                error = FetchError::Private(address);
                continue;
            }
            match tokio::time::timeout(self.timeout, TcpStream::connect(SocketAddr::new(address, port))).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    return Ok(TokioIo::new(Plain { stream, seen: Seen::Nothing }));
                }
                Ok(Err(cause)) => error = FetchError::Connect(cause.to_string()),
                Err(_) => error = FetchError::Timeout("a connection"),
            }
        }
        Err(error)
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Plain>;
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, FetchError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), FetchError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// A TCP stream. Old radio servers answer with `ICY 200 OK`, which is HTTP/1.0 in all but name.
pub(super) struct Plain {
    stream: TcpStream,
    seen: Seen,
}

enum Seen {
    Nothing,
    /// The first bytes, so far too few to tell.
    Some(Vec<u8>),
    /// Bytes to hand on before the stream's own.
    Left(Vec<u8>),
    All,
}

impl AsyncRead for Plain {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match &mut this.seen {
                Seen::All => return Pin::new(&mut this.stream).poll_read(cx, into),
                Seen::Left(left) => {
                    let count = left.len().min(into.remaining());
                    into.put_slice(left.get(..count).unwrap_or_default());
                    left.drain(..count);
                    if left.is_empty() {
                        this.seen = Seen::All;
                    }
                    return Poll::Ready(Ok(()));
                }
                Seen::Nothing | Seen::Some(_) => {
                    let mut first = [0; 64];
                    let mut buffer = ReadBuf::new(&mut first);
                    std::task::ready!(Pin::new(&mut this.stream).poll_read(cx, &mut buffer))?;
                    let ended = buffer.filled().is_empty();
                    let mut bytes = match std::mem::replace(&mut this.seen, Seen::Nothing) {
                        Seen::Some(bytes) => bytes,
                        _ => Vec::new(),
                    };
                    bytes.extend_from_slice(buffer.filled());
                    this.seen = if let Some(rest) = bytes.strip_prefix(b"ICY ") {
                        Seen::Left([b"HTTP/1.0 ", rest].concat())
                    } else if !ended && b"ICY ".starts_with(&bytes) {
                        Seen::Some(bytes)
                    } else if bytes.is_empty() {
                        Seen::All
                    } else {
                        Seen::Left(bytes)
                    };
                    if ended && matches!(this.seen, Seen::All) {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl AsyncWrite for Plain {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Connection for Plain {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
