//! What is spoken with another host: sealed, between two that know the same key. The Noise protocol, by `snow`.

use std::io::{self, BufReader, Error, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use snow::{Builder, HandshakeState, StatelessTransportState};

/// Both prove that they know the key; what was said stays secret when the key becomes known later.
const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";
/// Both greet with a key of the moment, and a seal over nothing.
const GREETING: usize = 32 + SEAL;
const SEAL: usize = 16;
/// Longest message, as it is sealed.
const MOST: usize = 65_535;

/// What workers on other hosts and their node know, and nobody else.
#[derive(Clone)]
pub struct WorkerKey([u8; 32]);

impl WorkerKey {
    /// Characters that a secret has at least: who listens may try as many as they like.
    pub const LEAST: usize = 32;

    /// The key of a secret, which is to be as long as that.
    pub fn new(secret: &str) -> Option<Self> {
        if secret.chars().count() < Self::LEAST {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(b"guildhall workers");
        Some(Self(mac.finalize().into_bytes().into()))
    }
}

impl std::fmt::Debug for WorkerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// A connection that has to say what it has to say until some moment.
struct Timed {
    stream: TcpStream,
    until: Option<Instant>,
}

impl Read for Timed {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if let Some(until) = self.until {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
        }
        self.stream.read(room).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
            _ => error,
        })
    }
}

/// Reads what the other sealed.
pub(super) struct Opener {
    stream: BufReader<Timed>,
    state: Arc<StatelessTransportState>,
    number: u64,
    sealed: Vec<u8>,
    open: Vec<u8>,
    /// Bytes of it that were read.
    read: usize,
}

/// Seals what is written.
pub(super) struct Sealer {
    stream: TcpStream,
    state: Arc<StatelessTransportState>,
    number: u64,
    sealed: Vec<u8>,
}

/// Greets the other, who has to know the key, until a moment; until then it has to be heard as well.
pub(super) fn greet(stream: &TcpStream, key: &WorkerKey, dials: bool, until: Instant) -> io::Result<(Opener, Sealer)> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    let mut timed = BufReader::with_capacity(64 * 1024, Timed { stream: stream.try_clone()?, until: Some(until) });
    let builder = Builder::new(PATTERN.parse().map_err(broken)?).psk(0, &key.0).map_err(broken)?;
    let builder = builder.prologue(b"guildhall workers").map_err(broken)?;
    let mut state = if dials { builder.build_initiator() } else { builder.build_responder() }.map_err(broken)?;
    if dials {
        write_greeting(stream, &mut state)?;
        read_greeting(&mut timed, &mut state)?;
    } else {
        read_greeting(&mut timed, &mut state)?;
        write_greeting(stream, &mut state)?;
    }
    let state = Arc::new(state.into_stateless_transport_mode().map_err(broken)?);
    let sealer = Sealer { stream: stream.try_clone()?, state: state.clone(), number: 0, sealed: Vec::new() };
    Ok((Opener { stream: timed, state, number: 0, sealed: Vec::new(), open: Vec::new(), read: 0 }, sealer))
}

fn write_greeting(mut stream: &TcpStream, state: &mut HandshakeState) -> io::Result<()> {
    let mut said = [0; GREETING];
    state.write_message(&[], &mut said).map_err(broken)?;
    stream.write_all(&said)
}

fn read_greeting(stream: &mut impl Read, state: &mut HandshakeState) -> io::Result<()> {
    let mut said = [0; GREETING];
    stream.read_exact(&mut said)?;
    let wrong = |_| Error::new(ErrorKind::PermissionDenied, "it does not know the key");
    state.read_message(&said, &mut []).map_err(wrong)?;
    Ok(())
}

fn broken(error: snow::Error) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}

impl Opener {
    /// Whoever was heard may be silent for as long as this from now on, or for ever.
    pub(super) fn relax(&mut self, patience: Option<Duration>) -> io::Result<()> {
        let timed = self.stream.get_mut();
        timed.until = None;
        timed.stream.set_read_timeout(patience)
    }

    /// Opens the next message; false when there is none.
    fn open_next(&mut self) -> io::Result<bool> {
        let mut length = [0; 2];
        // Between two messages one may hang up.
        if self.stream.read(length.get_mut(..1).unwrap_or_default())? == 0 {
            return Ok(false);
        }
        self.stream.read_exact(length.get_mut(1..).unwrap_or_default())?;
        let length = usize::from(u16::from_be_bytes(length));
        let open = length.checked_sub(SEAL).ok_or(ErrorKind::InvalidData)?;
        self.sealed.resize(length, 0);
        self.stream.read_exact(&mut self.sealed)?;
        self.open.resize(open, 0);
        self.state.read_message(self.number, &self.sealed, &mut self.open).map_err(broken)?;
        self.number += 1;
        self.read = 0;
        Ok(true)
    }
}

impl Read for Opener {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.read >= self.open.len() {
            if !self.open_next()? {
                return Ok(0);
            }
        }
        let left = self.open.get(self.read..).unwrap_or_default();
        let count = left.len().min(room.len());
        room.iter_mut().zip(left).for_each(|(room, byte)| *room = *byte);
        self.read += count;
        Ok(count)
    }
}

impl Write for Sealer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(MOST - SEAL);
        let length = u16::try_from(count + SEAL).map_err(Error::other)?;
        self.sealed.clear();
        self.sealed.extend(length.to_be_bytes());
        self.sealed.resize(2 + count + SEAL, 0);
        let room = self.sealed.get_mut(2..).unwrap_or_default();
        self.state.write_message(self.number, bytes.get(..count).unwrap_or_default(), room).map_err(broken)?;
        self.number += 1;
        self.stream.write_all(&self.sealed)?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, there)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    fn met(one: &str, other: &str) -> (io::Result<(Opener, Sealer)>, io::Result<(Opener, Sealer)>) {
        let (here, there) = pair();
        let (one, other) = (WorkerKey::new(one).unwrap(), WorkerKey::new(other).unwrap());
        let dials = std::thread::spawn(move || greet(&there, &other, true, soon()));
        let met = greet(&here, &one, false, soon());
        drop(here);
        (met, dials.join().unwrap())
    }

    #[test]
    fn a_short_secret_is_none_and_none_is_printed() {
        assert!(WorkerKey::new(&SECRET[1..]).is_none());
        assert_eq!(format!("{:?}", WorkerKey::new(SECRET).unwrap()), "[secret]");
    }

    #[test]
    fn who_knows_the_key_is_understood_and_nobody_else() {
        let (one, other) = met(SECRET, SECRET);
        let ((mut opener, mut sealer), (mut there, mut says)) = (one.unwrap(), other.unwrap());
        let long: Vec<u8> = (0..200_000_u32).map(|at| at.to_le_bytes()[0]).collect();
        let said = long.clone();
        let talks = std::thread::spawn(move || {
            says.write_all(&said).unwrap();
            sealer.write_all(b"and back").unwrap();
        });
        let mut heard = vec![0; long.len()];
        opener.read_exact(&mut heard).unwrap();
        assert!(heard == long);
        let mut heard = [0; 8];
        there.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"and back");
        talks.join().unwrap();
        drop(there);
        assert_eq!(opener.read(&mut heard).unwrap(), 0);
        let (one, other) = met(SECRET, "another secret that is long enough");
        assert_eq!(one.err().unwrap().kind(), ErrorKind::PermissionDenied);
        assert!(other.is_err());
    }

    #[test]
    fn what_was_changed_on_its_way_is_not_read() {
        let (one, other) = met(SECRET, SECRET);
        let ((mut opener, _sealer), (_, mut says)) = (one.unwrap(), other.unwrap());
        says.write_all(b"once").unwrap();
        // The same again is out of turn.
        says.stream.write_all(&says.sealed).unwrap();
        let mut heard = [0; 4];
        opener.read_exact(&mut heard).unwrap();
        assert_eq!(opener.read(&mut heard).unwrap_err().kind(), ErrorKind::InvalidData);
        says.stream.write_all(&[0, 3, 1, 2, 3]).unwrap();
        assert_eq!(opener.read(&mut heard).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn who_says_nothing_is_not_waited_for() {
        let (here, there) = pair();
        let key = WorkerKey::new(SECRET).unwrap();
        // A byte now and then is not enough.
        let drips = std::thread::spawn(move || {
            while (&there).write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let begun = Instant::now();
        let met = greet(&here, &key, false, begun + Duration::from_millis(200));
        assert_eq!(met.err().unwrap().kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() < Duration::from_secs(5));
        drop(here);
        drips.join().unwrap();
    }
}
