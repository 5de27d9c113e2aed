//! The fixed header of RTP (RFC 3550), contributing sources and the header extension (RFC 8285).

use crate::{Error, Result};

/// Length of a header without contributing sources and extension.
pub const HEADER: usize = 12;

const VERSION: u8 = 2 << 6;
const PADDING: u8 = 1 << 5;
const EXTENSION: u8 = 1 << 4;
const MARKER: u8 = 1 << 7;

/// What a packet says of itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Header {
    /// First packet after a silence.
    pub marker: bool,
    /// What the payload is: seven bits; Discord's Opus is 120.
    pub payload_type: u8,
    /// Counts packets.
    pub sequence: u16,
    /// Counts samples.
    pub timestamp: u32,
    /// Which stream.
    pub ssrc: u32,
}

impl Header {
    /// The bytes of a header without contributing sources and extension.
    pub const fn bytes(self) -> [u8; HEADER] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [c0, c1, c2, c3] = self.ssrc.to_be_bytes();
        let marker = if self.marker { MARKER } else { 0 };
        [VERSION, marker | (self.payload_type & 0x7f), s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]
    }

    /// Writes the header behind what is there.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes());
    }
}

/// The parts of a packet as they lie in its bytes; nothing is decrypted here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packet {
    /// The fixed fields.
    pub header: Header,
    /// How many contributing sources follow them.
    pub sources: usize,
    /// The extension's profile and length of its body in bytes.
    pub extension: Option<(u16, usize)>,
    /// The last byte of the payload says how many bytes of it are padding.
    pub padding: bool,
}

impl Packet {
    /// Reads the header; an extension's body may still be ciphertext.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (fixed, rest) = bytes.split_first_chunk::<HEADER>().ok_or(Error::Short)?;
        let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        if first >> 6 != 2 {
            return Err(Error::Version);
        }
        let sources = usize::from(first & 0x0f);
        let rest = rest.get(sources * 4..).ok_or(Error::Short)?;
        let extension = if first & EXTENSION == 0 {
            None
        } else {
            let &[p0, p1, l0, l1] = rest.first_chunk::<4>().ok_or(Error::Short)?;
            let body = usize::from(u16::from_be_bytes([l0, l1])) * 4;
            if rest.len() < 4 + body {
                return Err(Error::Short);
            }
            Some((u16::from_be_bytes([p0, p1]), body))
        };
        Ok(Self {
            header: Header {
                marker: second & MARKER != 0,
                payload_type: second & 0x7f,
                sequence: u16::from_be_bytes([s0, s1]),
                timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
                ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            },
            sources,
            extension,
            padding: first & PADDING != 0,
        })
    }

    /// Length of what Discord authenticates and sends in the clear: the fixed fields, the contributing sources and the
    /// extension's first four bytes, without its body.
    pub const fn preamble(&self) -> usize {
        HEADER + 4 * self.sources + if self.extension.is_some() { 4 } else { 0 }
    }

    /// Length of everything before the payload.
    pub const fn length(&self) -> usize {
        match self.extension {
            Some((_, body)) => self.preamble() + body,
            None => self.preamble(),
        }
    }

    /// Whether bytes that came to a port shared with STUN, DTLS and RTCP are RTP (RFC 7983).
    pub fn is(bytes: &[u8]) -> bool {
        bytes.len() >= HEADER && matches!(bytes.first(), Some(128..=191)) && !matches!(bytes.get(1), Some(192..=223))
    }
}

/// The elements of a header extension, in their one-byte and two-byte forms (RFC 8285).
#[derive(Clone, Debug)]
pub struct Extensions<'a> {
    rest: &'a [u8],
    long: bool,
}

impl<'a> Extensions<'a> {
    /// Reads an extension's body; a profile that is not RFC 8285's has no elements.
    pub const fn new(profile: u16, body: &'a [u8]) -> Self {
        match profile {
            0xBEDE => Self { rest: body, long: false },
            0x1000..=0x100F => Self { rest: body, long: true },
            _ => Self { rest: &[], long: false },
        }
    }

    /// The element of a number.
    pub fn find(self, id: u8) -> Option<&'a [u8]> {
        let mut all = self;
        Iterator::find_map(&mut all, |(found, value)| (found == id).then_some(value))
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (&first, rest) = self.rest.split_first()?;
            if first == 0 {
                self.rest = rest;
                continue;
            }
            let (id, length, rest) = if self.long {
                let (&length, rest) = rest.split_first()?;
                (first, usize::from(length), rest)
            } else {
                (first >> 4, usize::from(first & 0x0f) + 1, rest)
            };
            // 15 ends the list in the short form.
            let cut = if !self.long && id == 15 { None } else { rest.split_at_checked(length) };
            let Some((value, rest)) = cut else {
                self.rest = &[];
                return None;
            };
            self.rest = rest;
            return Some((id, value));
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn extensions_are_listed() {
        let short = [0x10, 0xAA, 0x00, 0x21, 0xBB, 0xCC, 0xF0, 0x31];
        let all: Vec<_> = Extensions::new(0xBEDE, &short).collect();
        assert_eq!(all, [(1, &[0xAA][..]), (2, &[0xBB, 0xCC][..])]);
        let long = [0x01, 0x00, 0x05, 0x01, 0x7F];
        assert_eq!(Extensions::new(0x1000, &long).find(5), Some(&[0x7F][..]));
        assert_eq!(Extensions::new(0x1000, &long).find(1), Some(&[][..]));
        assert_eq!(Extensions::new(0x1234, &long).count(), 0);
        assert_eq!(Extensions::new(0xBEDE, &[0x1F, 0]).count(), 0);
    }

    #[test]
    fn packets_are_told_from_their_neighbours() {
        let packet = Header::default().bytes();
        assert!(Packet::is(&packet));
        let mut rtcp = packet;
        rtcp[1] = 200;
        assert!(!Packet::is(&rtcp));
        assert!(!Packet::is(&[22; 40]));
        assert!(!Packet::is(&packet[..11]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            let packet = Packet::parse(&header.bytes()).unwrap();
            prop_assert_eq!(packet, Packet { header, sources: 0, extension: None, padding: false });
            prop_assert_eq!(packet.length(), HEADER);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.length() <= bytes.len());
                if let Some((profile, body)) = packet.extension {
                    let start = packet.preamble();
                    Extensions::new(profile, &bytes[start..start + body]).count();
                }
            }
        }
    }
}
