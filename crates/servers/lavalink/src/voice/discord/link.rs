//! The end of a connection that a player holds: it sends frames, on whatever thread the player runs.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guildhall_rtp::discord::Stream;
use guildhall_rtp::{Key, discord};
use tokio::sync::mpsc;

use super::dave::Dave;
use crate::voice::Link;

/// No round trip is known yet.
const UNKNOWN: u32 = u32::MAX;

/// What a link asks of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Tell that frames come, or that they stop.
    Speaking(bool),
    Close,
}

/// What link and session share.
pub(super) struct Shared {
    sound: Mutex<Sound>,
    ping: AtomicU32,
    connected: AtomicBool,
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Default)]
struct Sound {
    wire: Option<Wire>,
    speaking: bool,
    /// Frames of silence that are still to be sent.
    silences: usize,
}

/// Where sealed packets go.
pub(super) struct Wire {
    pub(super) socket: UdpSocket,
    pub(super) stream: Stream,
    pub(super) key: Key,
    /// Room for a packet, used again and again.
    pub(super) packet: Vec<u8>,
    /// Where the channel is encrypted from end to end.
    pub(super) dave: Option<Dave>,
    /// Room for an encrypted frame.
    pub(super) room: Vec<u8>,
}

impl Wire {
    /// Sends what fits into the socket's buffer now, and drops what does not.
    fn send(&mut self, frame: &[u8]) {
        let frame = match &mut self.dave {
            Some(dave) => dave.seal(frame, &mut self.room),
            None => frame,
        };
        if frame.is_empty() {
            return;
        }
        match self.stream.seal(&mut self.packet, frame, &self.key) {
            Ok(()) => {
                let _ = self.socket.send(&self.packet);
            }
            Err(cause) => tracing::debug!(%cause, "failed to seal a voice packet"),
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Sound> {
        self.sound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Frames go this way from now on. Whoever spoke before says so again.
    pub(super) fn open(&self, wire: Wire) {
        let mut sound = self.lock();
        (sound.wire, sound.speaking, sound.silences) = (Some(wire), false, 0);
        drop(sound);
        self.connected.store(true, Ordering::Relaxed);
    }

    /// The socket stands, but nobody has agreed to anything yet: a resumed session goes on where it was.
    pub(super) fn resumed(&self) {
        let mut sound = self.lock();
        sound.speaking = false;
        self.connected.store(sound.wire.is_some(), Ordering::Relaxed);
    }

    /// Frames are dropped for now.
    pub(super) fn pause(&self) {
        self.connected.store(false, Ordering::Relaxed);
    }

    /// Frames go nowhere any more.
    pub(super) fn shut(&self) {
        self.connected.store(false, Ordering::Relaxed);
        self.lock().wire = None;
    }

    pub(super) fn set_ping(&self, milliseconds: u32) {
        self.ping.store(milliseconds, Ordering::Relaxed);
    }

    /// Lets the channel's encryption work, where there is one.
    pub(super) fn dave<T>(&self, work: impl FnOnce(&mut Dave) -> T) -> Option<T> {
        self.lock().wire.as_mut()?.dave.as_mut().map(work)
    }

    pub(super) fn ssrc(&self) -> Option<u32> {
        self.lock().wire.as_ref().map(|wire| wire.stream.ssrc)
    }

    /// One of the frames of silence that end a talk; gives whether there are more.
    pub(super) fn one_silence(&self) -> bool {
        let mut sound = self.lock();
        if sound.silences == 0 {
            return false;
        }
        sound.silences -= 1;
        if let Some(wire) = &mut sound.wire {
            wire.send(&discord::SILENCE);
        }
        sound.silences > 0
    }

    /// Keeps the way through routers open.
    pub(super) fn keep_alive(&self, count: u64) {
        if let Some(wire) = &self.lock().wire {
            let _ = wire.socket.send(&count.to_le_bytes());
        }
    }
}

/// The handle of a connection.
pub(super) struct DiscordLink {
    shared: Arc<Shared>,
}

impl DiscordLink {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, receiver) = mpsc::unbounded_channel();
        let shared = Shared {
            sound: Mutex::default(),
            ping: AtomicU32::new(UNKNOWN),
            connected: AtomicBool::new(false),
            orders,
        };
        (Self { shared: Arc::new(shared) }, receiver)
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }
}

impl Link for DiscordLink {
    fn send(&self, frame: &[u8]) {
        if !self.connected() {
            return;
        }
        let mut sound = self.shared.lock();
        sound.silences = 0;
        if !sound.speaking {
            sound.speaking = true;
            let _ = self.shared.orders.send(Order::Speaking(true));
        }
        if let Some(wire) = &mut sound.wire {
            wire.send(frame);
        }
    }

    fn silence(&self) {
        let mut sound = self.shared.lock();
        if sound.speaking {
            sound.speaking = false;
            sound.silences = discord::SILENCES;
            let _ = self.shared.orders.send(Order::Speaking(false));
        }
    }

    fn ping(&self) -> Option<u32> {
        Some(self.shared.ping.load(Ordering::Relaxed)).filter(|ping| *ping != UNKNOWN)
    }

    fn connected(&self) -> bool {
        self.shared.connected.load(Ordering::Relaxed)
    }

    fn close(&self) {
        self.shared.connected.store(false, Ordering::Relaxed);
        let _ = self.shared.orders.send(Order::Close);
    }
}

impl Drop for DiscordLink {
    fn drop(&mut self) {
        self.close();
    }
}
