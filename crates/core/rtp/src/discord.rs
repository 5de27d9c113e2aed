//! What is Discord's own: the names of its modes, the discovery of one's address, an outgoing stream.

use std::net::IpAddr;

use crate::{Error, Header, Key, Nonce, Result, seal};

/// Payload type of Opus.
pub const OPUS: u8 = 120;

/// Samples a channel of 20 ms at 48 kHz: a packet's share of the timestamp.
pub const SAMPLES: u32 = 960;

/// A packet of Opus that is 20 ms of silence.
pub const SILENCE: [u8; 3] = [0xF8, 0xFF, 0xFE];

/// How many of them end a talk, so that nobody's decoder makes up what is missing.
pub const SILENCES: usize = 5;

/// How packets are sealed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mode {
    /// Fast where the processor knows AES.
    Aes256Gcm,
    /// The one that every client has.
    XChaCha20Poly1305,
}

impl Mode {
    /// All modes, the best first.
    pub const ALL: [Self; 2] = [Self::Aes256Gcm, Self::XChaCha20Poly1305];

    /// As the voice gateway writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "aead_aes256_gcm_rtpsize",
            Self::XChaCha20Poly1305 => "aead_xchacha20_poly1305_rtpsize",
        }
    }

    /// The mode of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// The best of those that the other side offers.
    pub fn choose<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        offered.into_iter().filter_map(Self::from_name).min_by_key(|mode| Self::ALL.iter().position(|one| one == mode))
    }

    /// A key of this mode, as op 4 brings it.
    pub fn key(self, secret: &[u8]) -> Result<Key> {
        let secret = secret.try_into().map_err(|_| Error::KeyLength)?;
        Ok(match self {
            Self::Aes256Gcm => Key::aes256(secret)?,
            Self::XChaCha20Poly1305 => Key::xchacha20(secret),
        })
    }
}

/// Length of both packets of the discovery.
pub const DISCOVERY: usize = 74;

const REQUEST: u16 = 1;
const RESPONSE: u16 = 2;
/// What follows type and length.
const LENGTH: u16 = 70;
const ADDRESS: usize = 64;

/// One side's question or the other's answer: from which address did this come?
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Discovery {
    /// The question.
    Request {
        /// Who asks.
        ssrc: u32,
    },
    /// The answer.
    Response {
        /// Who has asked.
        ssrc: u32,
        /// The address that was seen.
        address: IpAddr,
        /// The port that was seen.
        port: u16,
    },
}

impl Discovery {
    /// The packet's bytes.
    pub fn bytes(&self) -> [u8; DISCOVERY] {
        let (kind, ssrc, text, port) = match self {
            Self::Request { ssrc } => (REQUEST, *ssrc, String::new(), 0),
            Self::Response { ssrc, address, port } => (RESPONSE, *ssrc, address.to_string(), *port),
        };
        let mut out = [0; DISCOVERY];
        let bytes = [&kind.to_be_bytes()[..], &LENGTH.to_be_bytes(), &ssrc.to_be_bytes(), text.as_bytes()].concat();
        for (out, byte) in out.iter_mut().zip(bytes) {
            *out = byte;
        }
        if let Some(tail) = out.last_chunk_mut::<2>() {
            *tail = port.to_be_bytes();
        }
        out
    }

    /// Reads a packet.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let bytes: &[u8; DISCOVERY] = bytes.try_into().map_err(|_| Error::Discovery)?;
        let &[k0, k1, l0, l1, s0, s1, s2, s3, ref rest @ ..] = bytes;
        if u16::from_be_bytes([l0, l1]) != LENGTH {
            return Err(Error::Discovery);
        }
        let ssrc = u32::from_be_bytes([s0, s1, s2, s3]);
        match u16::from_be_bytes([k0, k1]) {
            REQUEST => Ok(Self::Request { ssrc }),
            RESPONSE => {
                let (text, port) = rest.split_at_checked(ADDRESS).ok_or(Error::Discovery)?;
                let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
                let text = std::str::from_utf8(text).map_err(|_| Error::Discovery)?;
                let address = text.parse().map_err(|_| Error::Discovery)?;
                let port = u16::from_be_bytes(port.try_into().map_err(|_| Error::Discovery)?);
                Ok(Self::Response { ssrc, address, port })
            }
            _ => Err(Error::Discovery),
        }
    }
}

/// An outgoing stream: the counters that go on from packet to packet. They can be carried to another worker, which goes on
/// where this one has stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stream {
    /// Which stream.
    pub ssrc: u32,
    /// The next packet's number.
    pub sequence: u16,
    /// The next packet's time in samples.
    pub timestamp: u32,
    /// The next packet's counter; a key is good for 2³² packets, two and a half years of sound.
    pub counter: Option<u32>,
}

impl Stream {
    /// A stream from the given numbers on; they should be random where nobody is to guess them.
    pub const fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, timestamp, counter: Some(0) }
    }

    /// Seals the next 20 ms of Opus into `out`, in place of what was there.
    pub fn seal(&mut self, out: &mut Vec<u8>, opus: &[u8], key: &Key) -> Result<()> {
        let counter = self.counter.ok_or(Error::Exhausted)?;
        let header = Header {
            marker: false,
            payload_type: OPUS,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        seal(out, header, opus, key, Nonce::Counter(counter))?;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(SAMPLES);
        self.counter = counter.checked_add(1);
        Ok(())
    }

    /// Lets time pass without a packet: `frames` of 20 ms.
    pub const fn pause(&mut self, frames: u32) {
        self.timestamp = self.timestamp.wrapping_add(frames.wrapping_mul(SAMPLES));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::open;

    #[test]
    fn modes_have_their_names() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_name(mode.name()), Some(mode));
            assert_eq!(mode.key(&[0; 31]).unwrap_err(), Error::KeyLength);
        }
        assert_eq!(Mode::choose(["xsalsa20_poly1305"]), None);
        let both = ["aead_xchacha20_poly1305_rtpsize", "aead_aes256_gcm_rtpsize"];
        assert_eq!(Mode::choose(both), Some(Mode::Aes256Gcm));
        assert_eq!(Mode::choose(both.into_iter().take(1)), Some(Mode::XChaCha20Poly1305));
    }

    #[test]
    fn the_address_is_asked_for_and_answered() {
        let request = Discovery::Request { ssrc: 0x0102_0304 };
        let bytes = request.bytes();
        assert_eq!(bytes[..9], [0, 1, 0, 70, 1, 2, 3, 4, 0]);
        assert_eq!(Discovery::parse(&bytes).unwrap(), request);
        let response = Discovery::Response { ssrc: 5, address: "203.0.113.9".parse().unwrap(), port: 50_000 };
        let mut bytes = response.bytes();
        assert_eq!(&bytes[8..20], b"203.0.113.9\0");
        assert_eq!(bytes[72..], [0xC3, 0x50]);
        assert_eq!(Discovery::parse(&bytes).unwrap(), response);
        bytes[8] = b'x';
        assert_eq!(Discovery::parse(&bytes), Err(Error::Discovery));
        assert_eq!(Discovery::parse(&bytes[..70]), Err(Error::Discovery));
    }

    #[test]
    fn a_stream_counts() {
        let key = Mode::Aes256Gcm.key(&[1; 32]).unwrap();
        let mut stream = Stream::new(9, u16::MAX, u32::MAX - 959);
        let mut out = Vec::new();
        stream.seal(&mut out, &SILENCE, &key).unwrap();
        stream.seal(&mut out, &SILENCE, &key).unwrap();
        let opened = open(&mut out, &key, Nonce::Counter(0)).unwrap();
        assert_eq!((opened.packet.header.sequence, opened.packet.header.timestamp, opened.counter), (0, 0, 1));
        stream.counter = Some(u32::MAX);
        stream.seal(&mut out, &SILENCE, &key).unwrap();
        assert_eq!(stream.seal(&mut out, &SILENCE, &key), Err(Error::Exhausted));
    }
}
