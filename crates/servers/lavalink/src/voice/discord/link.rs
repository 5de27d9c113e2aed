//! The end of a connection that a player holds: it sends frames, on whatever thread the player runs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Instant;

use guildhall_rtp::discord::Stream;
use guildhall_rtp::{Key, discord};
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};

use super::dave::Dave;
use super::hear;
use super::streams::Speakers;
use crate::fetch::fetch;
use crate::lock;
use crate::voice::{Link, Listener};

/// No round trip is known yet.
const UNKNOWN: u32 = u32::MAX;
/// Frames that wait while keys are agreed on: a second of them.
const MOST_WAITING: usize = 50;

/// What a link asks of its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Tell that frames come, or that they stop.
    Speaking(bool),
    Close,
}

/// What link and session share. What each frame needs stands together, in front: when it comes, nothing of it is at hand.
#[repr(C)]
pub(super) struct Shared {
    connected: AtomicBool,
    /// Whether something is done with the channel's encryption just now.
    busy: AtomicBool,
    /// Whether it is not known yet how the first try to connect goes.
    coming: AtomicBool,
    ping: AtomicU32,
    /// Where the channel is encrypted from end to end. Agreeing on keys takes a while, and whoever keeps the time of the frames
    /// does not wait for that: it is locked before `sound`, or only tried.
    dave: Mutex<Option<Box<Dave>>>,
    sound: Mutex<Sound>,
    /// Packets that the system did not take, and frames that waited for keys for too long. Who asks for it takes nothing from who sends.
    lost: AtomicU64,
    orders: mpsc::UnboundedSender<Order>,
    ears: Mutex<Ears>,
    speakers: Mutex<Speakers>,
    /// Rises with each socket.
    sockets: AtomicU64,
    /// Something changed that whoever hears has to know: who listens, who speaks in which stream, or the socket.
    turned: Notify,
}

/// Who is to hear what is said.
#[derive(Default)]
struct Ears {
    listener: Option<Arc<dyn Listener>>,
    /// Whether somebody reads the socket for it.
    running: bool,
    /// Nobody listens any more.
    closed: bool,
}

/// What it takes to read a socket beside who writes to it.
pub(super) struct Tap {
    pub(super) socket: UdpSocket,
    pub(super) key: Arc<Key>,
    /// Which socket it is.
    pub(super) number: u64,
}

#[derive(Default)]
struct Sound {
    wire: Option<Wire>,
    speaking: bool,
    /// Frames of silence that are still to be sent.
    silences: usize,
    /// Frames that came while keys were agreed on. Keys cannot be had from the group alone, so they wait for it.
    waiting: VecDeque<Vec<u8>>,
}

impl Sound {
    /// Sends a frame, after what waits; how many were lost.
    fn send(&mut self, dave: &mut Option<Box<Dave>>, frame: Option<&[u8]>, now: Instant) -> u64 {
        let waiting = std::mem::take(&mut self.waiting);
        let Some(wire) = &mut self.wire else { return 0 };
        let frames = waiting.iter().map(Vec::as_slice).chain(frame);
        frames.map(|frame| u64::from(!wire.send(dave.as_deref_mut(), frame, now))).sum()
    }
}

thread_local! {
    /// Room for what whoever sends makes of a frame, which is small: one for all that a thread sends, since that is at hand.
    static ROOM: RefCell<Room> = RefCell::default();
}

#[derive(Default)]
struct Room {
    /// A frame that is encrypted from end to end.
    frame: Vec<u8>,
    packet: Vec<u8>,
}

/// Where sealed packets go.
pub(super) struct Wire {
    pub(super) socket: UdpSocket,
    pub(super) stream: Stream,
    pub(super) key: Arc<Key>,
    /// When the last packet went out.
    pub(super) last: Option<Instant>,
}

impl Wire {
    /// Sends what fits into the socket's buffer now, and drops what does not; false where it was dropped.
    fn send(&mut self, dave: Option<&mut Dave>, frame: &[u8], now: Instant) -> bool {
        ROOM.with_borrow_mut(|room| self.send_in(room, dave, frame, now))
    }

    fn send_in(&mut self, room: &mut Room, dave: Option<&mut Dave>, frame: &[u8], now: Instant) -> bool {
        let frame = match dave {
            Some(dave) => dave.seal(frame, &mut room.frame),
            None => frame,
        };
        if frame.is_empty() {
            // Its time passes for those who listen all the same.
            self.stream.pause(1);
            return true;
        }
        self.last = Some(now);
        match self.stream.seal(&mut room.packet, frame, &self.key) {
            Ok(()) => self.socket.send(&room.packet).is_ok(),
            Err(cause) => {
                tracing::debug!(%cause, "failed to seal a voice packet");
                false
            }
        }
    }
}

impl Wire {
    /// Somebody speaks again: the time that was silent has passed for those who listen too (RFC 3550, section 5.1).
    fn wake(&mut self, now: Instant) {
        let frames = self.last.map_or(0, |last| now.saturating_duration_since(last).as_millis() / 20);
        self.stream.pause(u32::try_from(frames.saturating_sub(1)).unwrap_or(u32::MAX));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Sound> {
        self.sound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn group(&self) -> MutexGuard<'_, Option<Box<Dave>>> {
        self.dave.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a frame, or keeps it while keys are agreed on.
    fn pass(&self, sound: &mut Sound, frame: &[u8], now: Instant) {
        let mut dave = match self.dave.try_lock() {
            Ok(dave) => dave,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                if sound.waiting.len() >= MOST_WAITING {
                    sound.waiting.pop_front();
                    self.lose(1);
                }
                return sound.waiting.push_back(frame.to_vec());
            }
        };
        self.lose(sound.send(&mut dave, Some(frame), now));
    }

    fn lose(&self, frames: u64) {
        if frames > 0 {
            self.lost.fetch_add(frames, Ordering::Relaxed);
        }
    }

    /// Frames go this way from now on. Whoever spoke before says so again.
    pub(super) fn open(&self, wire: Wire, group: Option<Dave>) {
        let mut dave = self.group();
        let mut sound = self.lock();
        *dave = group.map(Box::new);
        *sound = Sound { wire: Some(wire), ..Sound::default() };
        self.lost.store(0, Ordering::Relaxed);
        drop((dave, sound));
        self.connected.store(true, Ordering::Relaxed);
        self.coming.store(false, Ordering::Relaxed);
        self.turn();
    }

    /// The socket is another, or none.
    fn turn(&self) {
        self.sockets.fetch_add(1, Ordering::Relaxed);
        self.turned.notify_one();
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
        self.coming.store(false, Ordering::Relaxed);
    }

    /// Frames go nowhere any more.
    pub(super) fn shut(&self) {
        self.connected.store(false, Ordering::Relaxed);
        *self.group() = None;
        let mut sound = self.lock();
        sound.wire = None;
        sound.waiting.clear();
        drop(sound);
        self.turn();
    }

    pub(super) fn set_ping(&self, milliseconds: u32) {
        self.ping.store(milliseconds, Ordering::Relaxed);
    }

    /// Lets the channel's encryption work, where there is one.
    pub(super) fn dave<T>(&self, work: impl FnOnce(&mut Dave) -> T) -> Option<T> {
        let mut dave = self.group();
        self.busy.store(true, Ordering::Relaxed);
        let done = dave.as_deref_mut().map(work);
        self.busy.store(false, Ordering::Relaxed);
        // What came meanwhile goes before what comes now.
        let mut sound = self.lock();
        self.lose(sound.send(&mut dave, None, Instant::now()));
        drop(dave);
        done
    }

    /// Whether keys are agreed on just now, which takes a while.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Who speaks in which stream has become another.
    pub(super) fn speakers<T>(&self, work: impl FnOnce(&mut Speakers) -> T) -> T {
        work(&mut lock(&self.speakers))
    }

    /// Waits until something changes for who hears.
    pub(super) async fn turned(&self) {
        self.turned.notified().await;
    }

    pub(super) fn tell_ears(&self) {
        self.turned.notify_one();
    }

    pub(super) fn socket(&self) -> u64 {
        self.sockets.load(Ordering::Relaxed)
    }

    /// A second hold of the socket, where there is one.
    pub(super) fn tap(&self) -> Option<io::Result<Tap>> {
        let sound = self.lock();
        let wire = sound.wire.as_ref()?;
        let socket = wire.socket.try_clone();
        Some(socket.map(|socket| Tap { socket, key: wire.key.clone(), number: self.socket() }))
    }

    /// Who listens. Whoever asks and hears of nobody has to stop.
    pub(super) fn listener(&self) -> Option<Arc<dyn Listener>> {
        let mut ears = lock(&self.ears);
        ears.running = ears.listener.is_some();
        ears.listener.clone()
    }

    /// Whether somebody still listens.
    pub(super) fn listens(&self) -> bool {
        lock(&self.ears).listener.is_some()
    }

    fn listen(self: &Arc<Self>, listener: Option<Arc<dyn Listener>>) {
        let mut ears = lock(&self.ears);
        ears.listener = listener.filter(|_| !ears.closed);
        if ears.listener.is_some()
            && !ears.running
            && let Ok(runtime) = Handle::try_current()
        {
            ears.running = true;
            runtime.spawn(hear::run(self.clone()));
        }
        drop(ears);
        self.turned.notify_one();
    }

    fn deafen(&self) {
        {
            let mut ears = lock(&self.ears);
            (ears.listener, ears.closed) = (None, true);
        }
        self.turned.notify_one();
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
        self.pass(&mut sound, &discord::SILENCE, Instant::now());
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
            connected: AtomicBool::new(false),
            busy: AtomicBool::new(false),
            coming: AtomicBool::new(true),
            ping: AtomicU32::new(UNKNOWN),
            dave: Mutex::default(),
            sound: Mutex::default(),
            lost: AtomicU64::new(0),
            orders,
            ears: Mutex::default(),
            speakers: Mutex::default(),
            sockets: AtomicU64::new(0),
            turned: Notify::new(),
        };
        (Self { shared: Arc::new(shared) }, receiver)
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }
}

impl Link for DiscordLink {
    fn send(&self, frame: &[u8], now: Instant) {
        if !self.connected() {
            return;
        }
        let mut sound = self.shared.lock();
        sound.silences = 0;
        if !sound.speaking {
            sound.speaking = true;
            if let Some(wire) = &mut sound.wire {
                wire.wake(now);
            }
            let _ = self.shared.orders.send(Order::Speaking(true));
        }
        if sound.wire.is_some() {
            self.shared.pass(&mut sound, frame, now);
        }
    }

    fn fetch(&self, steps: usize) {
        match steps {
            3 => fetch(self),
            2 => {
                fetch(&self.shared.connected);
                fetch(&self.shared.lost);
            }
            _ => {
                if let Ok(sound) = self.shared.sound.try_lock()
                    && let Some(wire) = &sound.wire
                {
                    fetch(&*wire.key);
                }
            }
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

    fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    fn connected(&self) -> bool {
        self.shared.connected.load(Ordering::Relaxed)
    }

    fn coming(&self) -> bool {
        self.shared.coming.load(Ordering::Relaxed)
    }

    fn listen(&self, listener: Option<Arc<dyn Listener>>) {
        self.shared.listen(listener);
    }

    fn close(&self) {
        self.shared.deafen();
        self.shared.connected.store(false, Ordering::Relaxed);
        let _ = self.shared.orders.send(Order::Close);
    }
}

impl Drop for DiscordLink {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(all(test, feature = "dave"))]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::time::Duration;

    use guildhall_rtp::discord::Mode;

    use super::*;

    #[test]
    fn nobody_who_sends_waits_until_keys_are_agreed_on() {
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        there.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(there.local_addr().unwrap()).unwrap();
        let key = Arc::new(Mode::XChaCha20Poly1305.key(&[7; 32]).unwrap());
        let wire = Wire { socket, stream: Stream::new(1, 0, 0), key, last: None };
        let (link, _orders) = DiscordLink::new();
        let (shared, link) = (link.shared(), Arc::new(link));
        // A channel that has gone back to no encryption.
        let (mut dave, _) = Dave::new(1, 42, 43).unwrap();
        dave.text(21, &serde_json::json!({"transition_id": 0, "protocol_version": 0}));
        shared.open(wire, Some(dave));
        let clock = link.clone();
        let sent = shared.dave(|_| {
            let (told, done) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                (1..=60_u8).for_each(|number| clock.send(&[number; 50], Instant::now()));
                told.send(()).unwrap();
            });
            done.recv_timeout(Duration::from_secs(20)).is_ok()
        });
        assert_eq!(sent, Some(true));
        link.send(&[61; 50], Instant::now());
        // They go out in order: the last second of those that waited, and then the one that did not.
        let mut packet = [0; 200];
        for number in 0..51_u16 {
            there.recv(&mut packet).unwrap();
            assert_eq!(u16::from_be_bytes([packet[2], packet[3]]), number);
        }
    }
}
