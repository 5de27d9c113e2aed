//! One client's socket: messages in, frames out, both without a byte of buffer while idle.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use guildhall_session::Compression;
use guildhall_wire::gateway::CloseCode;
use guildhall_wire::gateway::server::{TAIL, overhead, write_head};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::compress::{Compressor, zlib_payload};
use crate::metrics::{Metrics, add};
use crate::websocket::{Decoder, Message, Opcode, Violation, write_close, write_frame, write_header};

/// Bytes that may wait before no more is put in.
pub(crate) const FULL: usize = 64 * 1024;
/// Largest message of a client: as much as people may send. It is refused at its head, so nobody fills more memory than this.
const MESSAGE_LIMIT: usize = 16 * 1024;
/// Capacity that an idle socket may keep.
const KEPT: usize = 512;
/// From this size on a payload is compressed by itself, where the client asked for that.
const WORTH_COMPRESSING: usize = 4096;
/// How long a client has to take its close frame.
const LINGER: Duration = Duration::from_secs(5);
/// How long a client that is being closed may be silent.
const SILENCE: Duration = Duration::from_secs(1);

thread_local! {
    /// Where the frame around a body is written before both are compressed.
    static HEAD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Where a payload is compressed to, because its length stands before it.
    static PAYLOAD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What a socket did.
#[derive(Debug)]
pub(crate) enum Io {
    /// Something arrived.
    Read,
    /// There is room again.
    Wrote,
    /// It is gone.
    Gone,
}

/// A socket after the handshake.
pub(crate) struct Socket {
    io: TokioIo<Upgraded>,
    decoder: Decoder,
    /// Frames of which `written` bytes are out.
    out: Vec<u8>,
    written: usize,
    flushed: bool,
    compressor: Compressor,
    /// Large payloads may be compressed by themselves.
    by_payload: bool,
    metrics: Arc<Metrics>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.metrics.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Socket {
    pub(crate) fn new(io: Upgraded, compression: Compression, metrics: Arc<Metrics>) -> Self {
        let compressor = Compressor::new(compression);
        metrics.sockets.fetch_add(1, Ordering::Relaxed);
        Self {
            io: TokioIo::new(io),
            decoder: Decoder::new(MESSAGE_LIMIT),
            out: Vec::new(),
            written: 0,
            flushed: true,
            compressor,
            by_payload: false,
            metrics,
        }
    }

    /// Whether large payloads may be compressed by themselves; nothing where everything is compressed.
    pub(crate) const fn compress_payloads(&mut self, yes: bool) {
        self.by_payload = yes && self.compressor.is_none();
    }

    /// Queues an event.
    pub(crate) fn event(&mut self, name: &str, sequence: u64, body: &[u8]) -> io::Result<()> {
        if self.compressor.is_none() && !(self.by_payload && body.len() >= WORTH_COMPRESSING) {
            let length = overhead(name, sequence) + body.len();
            self.out.reserve(length + 10);
            write_header(&mut self.out, Opcode::Text, length);
            write_head(&mut self.out, name, sequence);
            self.out.extend_from_slice(body);
            self.out.extend_from_slice(TAIL);
            return Ok(());
        }
        HEAD.with_borrow_mut(|head| {
            head.clear();
            write_head(head, name, sequence);
            self.compressed(&[head, body, TAIL])
        })
    }

    /// Queues a frame that is JSON already.
    pub(crate) fn text(&mut self, json: &str) -> io::Result<()> {
        if self.compressor.is_none() {
            write_frame(&mut self.out, Opcode::Text, json.as_bytes());
            return Ok(());
        }
        PAYLOAD.with_borrow_mut(|payload| {
            payload.clear();
            self.compressor.store(json.as_bytes(), payload)?;
            write_frame(&mut self.out, Opcode::Binary, payload);
            Ok(())
        })
    }

    fn compressed(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        PAYLOAD.with_borrow_mut(|payload| {
            payload.clear();
            if self.compressor.is_none() {
                zlib_payload(parts, payload)?;
            } else {
                self.compressor.compress(parts, payload)?;
            }
            write_frame(&mut self.out, Opcode::Binary, payload);
            payload.shrink_to(FULL);
            Ok(())
        })
    }

    /// Answers a ping, unless so much is waiting that the client is not reading anyway.
    pub(crate) fn pong(&mut self, payload: &[u8]) {
        if self.out.len() < FULL {
            write_frame(&mut self.out, Opcode::Pong, payload);
        }
    }

    /// Whether no more should be queued now.
    pub(crate) const fn is_full(&self) -> bool {
        self.out.len() >= FULL
    }

    /// Whether nothing is queued.
    pub(crate) const fn is_flushed(&self) -> bool {
        self.out.is_empty() && self.flushed
    }

    /// A message that has arrived.
    pub(crate) fn message(&mut self) -> Result<Option<Message>, Violation> {
        self.decoder.next()
    }

    /// Writes what is queued, reads what comes; returns when either has happened.
    pub(crate) async fn io(&mut self) -> Io {
        poll_fn(|cx| self.poll_io(cx)).await
    }

    fn poll_io(&mut self, cx: &mut Context<'_>) -> Poll<Io> {
        let wrote = match self.poll_write(cx) {
            Poll::Ready(Ok(wrote)) => wrote,
            Poll::Ready(Err(_)) => return Poll::Ready(Io::Gone),
            Poll::Pending => false,
        };
        // Who does not read is not read from either.
        if self.out.len() < 4 * FULL {
            match self.poll_read(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Io::Gone),
                Poll::Ready(Ok(_)) => return Poll::Ready(Io::Read),
                Poll::Pending => {}
            }
        }
        if wrote { Poll::Ready(Io::Wrote) } else { Poll::Pending }
    }

    /// Ready when nothing is left to write: true when there was something.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut io = Pin::new(&mut self.io);
        let mut wrote = false;
        while let Some(rest) = self.out.get(self.written..).filter(|rest| !rest.is_empty()) {
            let count = ready!(io.as_mut().poll_write(cx, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
            add(&self.metrics.bytes, count as u64);
            self.flushed = false;
            wrote = true;
        }
        self.written = 0;
        self.out.clear();
        if self.out.capacity() > KEPT {
            self.out = Vec::new();
        }
        if !self.flushed {
            ready!(io.as_mut().poll_flush(cx))?;
            self.flushed = true;
        }
        Poll::Ready(Ok(wrote))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::<u8>::uninit(); 4096];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
        self.decoder.feed(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    }

    /// Sends a close frame after everything that is queued, and waits a little for the client's answer.
    ///
    /// Closing at once would reset the connection under data that the client is still sending, and the code would be lost.
    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        write_close(&mut self.out, code, reason);
        let _ = tokio::time::timeout(LINGER, self.farewell()).await;
    }

    async fn farewell(&mut self) {
        loop {
            match self.decoder.next() {
                Ok(Some(Message::Close(_))) => return,
                Ok(Some(_)) => continue,
                Ok(None) => {}
                Err(_) => return self.drain().await,
            }
            if matches!(self.io().await, Io::Gone) {
                return;
            }
        }
    }

    /// Reads what cannot be understood until the client is silent, so that it gets to read the close frame.
    async fn drain(&mut self) {
        loop {
            self.decoder = Decoder::new(MESSAGE_LIMIT);
            match tokio::time::timeout(SILENCE, self.io()).await {
                Ok(Io::Gone) | Err(_) => return,
                Ok(Io::Read | Io::Wrote) => {}
            }
        }
    }

    /// Repeats the client's close frame and is done.
    pub(crate) async fn goodbye(mut self, code: Option<u16>) {
        write_close(&mut self.out, code.unwrap_or(1000), "");
        let _ = tokio::time::timeout(SILENCE, poll_fn(|cx| self.poll_write(cx))).await;
    }

    /// Like [`Socket::close`], with one of the gateway's codes.
    pub(crate) async fn close_with(self, code: CloseCode) {
        self.close(code.number(), code.reason()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_socket_is_small() {
        assert!(size_of::<Socket>() < 256, "{}", size_of::<Socket>());
    }
}
