//! Listening: the socket is read while somebody wants to hear, by a task that is there for nothing else.

use std::io::ErrorKind;
use std::net::UdpSocket as Plain;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::link::{Shared, Tap};
use super::streams::{Room, Streams};
use crate::voice::{Listener, Spoken};

/// Voice is in datagrams that are far shorter; of longer ones nothing is authentic.
const MOST_DATAGRAM: usize = 2048;
/// Datagrams that are read at a time.
const MANY: usize = 64;
/// How often is looked whether somebody has stopped, while somebody speaks.
const TICK: Duration = Duration::from_millis(20);
/// In milliseconds: no more often than this, and no less often where packets never end.
const HALF_TICK: u64 = 10;
const LATE: u64 = 100;
/// Bytes that the system keeps for who does not listen, and for who does.
const DEAF: usize = 1;
const OPEN: usize = 256 * 1024;

/// Has the system drop what comes: it would keep 200 KiB otherwise that nobody reads. One datagram is always kept.
pub(super) fn deafen(socket: &Plain) {
    resize(socket, DEAF);
}

#[cfg(unix)]
fn resize(socket: &Plain, size: usize) {
    if let Err(error) = rustix::net::sockopt::set_socket_recv_buffer_size(socket, size) {
        tracing::debug!(%error, "failed to change the room of a socket");
    }
}

#[cfg(not(unix))]
fn resize(_: &Plain, _: usize) {}

/// Hears for whoever listens to a link, until nobody does.
pub(super) async fn run(shared: Arc<Shared>) {
    while let Some(listener) = shared.listener() {
        match shared.tap() {
            Some(Ok(tap)) => hear(&shared, &*listener, tap).await,
            Some(Err(error)) => {
                tracing::warn!(%error, "a voice socket cannot be read");
                shared.turned().await;
            }
            None => shared.turned().await,
        }
    }
}

/// One socket, until there is another or nobody listens.
async fn hear(shared: &Shared, listener: &dyn Listener, tap: Tap) {
    let Tap { socket, key, number } = tap;
    let mut datagram = vec![0; MOST_DATAGRAM];
    // What came while nobody listened is of then.
    for _ in 0..MANY {
        if socket.recv(&mut datagram).is_err() {
            break;
        }
    }
    resize(&socket, OPEN);
    let socket = match UdpSocket::from_std(socket) {
        Ok(socket) => socket,
        Err(error) => {
            tracing::warn!(%error, "a voice socket cannot be read");
            return shared.turned().await;
        }
    };
    let began = Instant::now();
    let now = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut streams, mut looked) = (Streams::default(), 0);
    let mut room = Channel { shared, listener };
    loop {
        let (stays, turned) = tokio::select! {
            ready = socket.readable() => (ready.is_ok(), false),
            _ = ticks.tick(), if streams.awake() => (true, false),
            () = shared.turned() => (shared.socket() == number && shared.listens(), true),
        };
        // Frames are opened with keys that are just being agreed on: nobody's thread is to wait for that.
        while shared.is_busy() {
            sleep(Duration::from_millis(2)).await;
        }
        let mut waits = true;
        for _ in 0..MANY {
            match socket.try_recv(&mut datagram) {
                Ok(length) => {
                    let datagram = datagram.get_mut(..length).unwrap_or_default();
                    streams.take(datagram, &key, now(), &mut room);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    waits = false;
                    break;
                }
                // The other side's port is closed for now: the system says so once for each packet that was sent.
                Err(_) => {}
            }
        }
        // Nobody has stopped whose packets are still to be read, unless there is no end of them.
        let late = now().saturating_sub(looked);
        if turned || late >= if waits { LATE } else { HALF_TICK } {
            looked = now();
            streams.tick(looked, &mut room);
        }
        listener.count(streams.counts());
        if !stays {
            break;
        }
    }
    streams.end(&mut room);
    if let Ok(socket) = socket.into_std() {
        resize(&socket, DEAF);
    }
}

/// The channel that is heard.
struct Channel<'a> {
    shared: &'a Shared,
    listener: &'a dyn Listener,
}

impl Room for Channel<'_> {
    fn user(&self, ssrc: u32) -> Option<u64> {
        self.shared.speakers(|speakers| speakers.user(ssrc))
    }

    fn open(&mut self, user: u64, frame: &[u8]) -> Option<Bytes> {
        match self.shared.dave(|dave| dave.open(user, frame)) {
            None => Some(Bytes::copy_from_slice(frame)),
            Some(opened) => opened.map(Bytes::from),
        }
    }

    fn hear(&mut self, spoken: Spoken) {
        self.listener.hear(spoken);
    }
}
