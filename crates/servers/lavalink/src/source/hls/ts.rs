//! Sound out of an MPEG transport stream: packets of 188 bytes, of which some carry a table of what the others carry. Beside the
//! sound, tags may say what is heard.

use super::id3;

/// Length of a packet.
const PACKET: usize = 188;
const SYNC: u8 = 0x47;
/// Longest tag.
const MOST_TAG: usize = 64 * 1024;

/// Takes the first stream of MP3 or AAC frames out of a transport stream.
#[derive(Default)]
pub(super) struct TransportStream {
    /// Bytes of a packet that is not there in whole.
    rest: Vec<u8>,
    tables: Option<u16>,
    sound: Option<u16>,
    /// Whether bytes of the sound can be handed on: the start of a PES packet was seen.
    begun: bool,
    /// Which packets carry tags, the tag that is not there in whole, and what the last one said.
    tags: Option<u16>,
    tag: Vec<u8>,
    title: Option<String>,
}

impl TransportStream {
    /// Whether a file that begins like this is a transport stream.
    pub(super) fn is(begin: &[u8]) -> bool {
        begin.first() == Some(&SYNC) && begin.get(PACKET).is_none_or(|next| *next == SYNC)
    }

    /// Adds bytes; sound is appended to `out`.
    pub(super) fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        if !self.rest.is_empty() {
            let missing = PACKET.saturating_sub(self.rest.len()).min(bytes.len());
            let (now, later) = bytes.split_at(missing);
            self.rest.extend_from_slice(now);
            bytes = later;
            if self.rest.len() < PACKET {
                return;
            }
            let packet = std::mem::take(&mut self.rest);
            self.packet(&packet, out);
        }
        while let Some(at) = bytes.iter().position(|byte| *byte == SYNC) {
            bytes = bytes.get(at..).unwrap_or_default();
            let Some((packet, rest)) = bytes.split_at_checked(PACKET) else { break };
            self.packet(packet, out);
            bytes = rest;
        }
        if bytes.first() == Some(&SYNC) {
            self.rest.extend_from_slice(bytes);
        }
    }

    /// A new piece begins: what is left of the last one does not go on.
    pub(super) fn cut(&mut self) {
        self.rest.clear();
        self.tag.clear();
        self.begun = false;
    }

    /// What a tag said is heard, since it was last asked for.
    pub(super) fn title(&mut self) -> Option<String> {
        self.title.take()
    }

    fn packet(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let (head, body) = packet.split_first_chunk::<4>()?;
        let [_, second, third, fourth] = *head;
        let starts = second & 0x40 != 0;
        let id = u16::from(second & 0x1f) << 8 | u16::from(third);
        let body = match fourth >> 4 & 3 {
            1 => body,
            3 => {
                let (length, rest) = body.split_first()?;
                rest.get(usize::from(*length)..)?
            }
            _ => return None,
        };
        if id == 0 && starts {
            self.tables = program(section(body)?);
        } else if Some(id) == self.tables && starts {
            let section = section(body)?;
            self.sound = self.sound.or_else(|| stream(section, &[0x03, 0x04, 0x0f]));
            self.tags = stream(section, &[0x15]);
        } else if Some(id) == self.sound {
            let payload = if starts {
                self.begun = true;
                payload(body)?
            } else {
                body
            };
            if self.begun {
                out.extend_from_slice(payload);
            }
        } else if Some(id) == self.tags {
            self.tag(if starts { payload(body)? } else { body }, starts);
        }
        Some(())
    }

    /// Adds a part of a tag, and reads it once it is there in whole.
    fn tag(&mut self, part: &[u8], starts: bool) {
        if starts {
            self.tag.clear();
        }
        if self.tag.is_empty() && !starts || self.tag.len() + part.len() > MOST_TAG {
            self.tag.clear();
            return;
        }
        self.tag.extend_from_slice(part);
        if let Some(length) = id3::length(&self.tag)
            && let Some(tag) = self.tag.get(..length)
        {
            self.title = id3::title(tag).or(self.title.take());
            self.tag.clear();
        }
    }
}

/// What a PES packet that begins here carries.
fn payload(body: &[u8]) -> Option<&[u8]> {
    let length = body.get(8).filter(|_| body.starts_with(&[0, 0, 1]))?;
    body.get(9 + usize::from(*length)..)
}

/// A table within its packet, without its checksum.
fn section(body: &[u8]) -> Option<&[u8]> {
    let (skip, body) = body.split_first()?;
    let section = body.get(usize::from(*skip)..)?;
    let length = usize::from(section.get(1)? & 0x0f) << 8 | usize::from(*section.get(2)?);
    section.get(..(3 + length).checked_sub(4)?).or(Some(section))
}

/// Where the table of the first programme is.
fn program(section: &[u8]) -> Option<u16> {
    let entries = section.get(8..)?;
    entries.chunks_exact(4).find_map(|entry| match *entry {
        [number, low, high, id] if (number, low) != (0, 0) => Some(u16::from(high & 0x1f) << 8 | u16::from(id)),
        _ => None,
    })
}

/// Where the first stream of one of these kinds is: 3, 4 and 15 are MP3 and AAC frames, 21 are tags.
fn stream(section: &[u8], kinds: &[u8]) -> Option<u16> {
    let about = usize::from(section.get(10)? & 0x0f) << 8 | usize::from(*section.get(11)?);
    let mut streams = section.get(12 + about..)?;
    while let Some((&[kind, high, low, more, length], rest)) = streams.split_first_chunk::<5>() {
        if kinds.contains(&kind) {
            return Some(u16::from(high & 0x1f) << 8 | u16::from(low));
        }
        streams = rest.get(usize::from(more & 0x0f) << 8 | usize::from(length)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::id3::tests::{frame, tag};
    use super::*;

    fn packet(id: u16, starts: bool, body: &[u8]) -> Vec<u8> {
        let [high, low] = id.to_be_bytes();
        let mut packet = vec![SYNC, high | if starts { 0x40 } else { 0 }, low, 0x30];
        let fill = PACKET - 5 - body.len();
        packet.push(u8::try_from(fill).unwrap_or_default());
        packet.extend(std::iter::repeat_n(0xff, fill));
        packet.extend_from_slice(body);
        packet
    }

    fn stream() -> Vec<u8> {
        let programs = [0, 0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe1, 0x00, 0, 0, 0, 0];
        let streams = [
            0, 2, 0xb0, 28, 0, 1, 0xc1, 0, 0, 0xe1, 0x02, 0xf0, 0, 0x1b, 0xe1, 1, 0xf0, 0, 0x0f, 0xe1, 2, 0xf0, 0,
            0x15, 0xe1, 3, 0xf0, 0, 0, 0, 0, 0,
        ];
        let tag = tag(4, 0, &[frame("TIT2", 0, b"\x03One"), vec![0; 200]].concat());
        let (first, second) = tag.split_at(100);
        let told = [&[0, 0, 1, 0xbd, 0, 0, 0x80, 0x80, 5, 1, 2, 3, 4, 5], first].concat();
        let begin = [0, 0, 1, 0xc0, 0, 0, 0x80, 0x80, 5, 1, 2, 3, 4, 5, b'a', b'b'];
        [
            packet(0, true, &programs),
            packet(0x100, true, &streams),
            packet(0x102, false, b"lost"),
            packet(0x103, false, b"lost"),
            packet(0x102, true, &begin),
            packet(0x101, true, b"picture"),
            packet(0x103, true, &told),
            packet(0x103, false, second),
            packet(0x102, false, b"cd"),
        ]
        .concat()
    }

    #[test]
    fn sound_is_found_however_the_bytes_are_cut() {
        let stream = stream();
        assert!(TransportStream::is(&stream));
        for size in [1, 7, 187, 188, 189, 1000] {
            let (mut ts, mut out) = (TransportStream::default(), Vec::new());
            stream.chunks(size).for_each(|bytes| ts.push(bytes, &mut out));
            assert_eq!(out, b"abcd", "in pieces of {size}");
            assert_eq!((ts.title().as_deref(), ts.title()), (Some("One"), None));
        }
    }

    proptest! {
        #[test]
        fn damage_does_no_harm(at in 0..1692_usize, with: u8, junk in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut stream = stream();
            if let Some(byte) = stream.get_mut(at) {
                *byte = with;
            }
            stream.splice(at.min(1500)..at.min(1500), junk);
            let (mut ts, mut out) = (TransportStream::default(), Vec::new());
            ts.push(&stream, &mut out);
            prop_assert!(out.len() <= stream.len());
        }
    }
}
