//! RFC 6455 from the server's side, without I/O: frames in, messages out, and the other way round.
//!
//! Nothing is allocated while nothing is under way, which is what keeps thousands of idle sockets small; see
//! `docs/adr/0003-gateway.md`.

use sha1::{Digest, Sha1};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Opcode {
    Text = 1,
    Binary = 2,
    Close = 8,
    Pong = 10,
}

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// Text or binary: both are read as JSON.
    Data(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    /// A piece of a message that is not the last one.
    Piece,
    /// With the code, if there was one.
    Close(Option<u16>),
}

/// Why a client's bytes cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Not masked, reserved bits, unknown opcodes, broken fragments.
    Protocol,
    /// A message larger than is allowed.
    TooLarge,
}

/// Capacity that an idle decoder may keep.
const KEPT: usize = 256;

/// Turns bytes into messages.
#[derive(Debug)]
pub(crate) struct Decoder {
    limit: usize,
    /// Bytes of a frame that is not complete.
    buffer: Vec<u8>,
    /// A message whose last fragment has not come.
    fragments: Option<Vec<u8>>,
}

impl Decoder {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, buffer: Vec::new(), fragments: None }
    }

    /// Takes bytes as they come; [`Decoder::next`] has what they complete.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message that is complete, or the next piece of one.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, Violation> {
        let Some(header) = Header::read(&self.buffer)? else {
            return Ok(None);
        };
        let so_far = self.fragments.as_ref().map_or(0, Vec::len);
        if header.length > self.limit.saturating_sub(so_far) {
            return Err(Violation::TooLarge);
        }
        let end = header.size + header.length;
        let Some(masked) = self.buffer.get(header.size..end) else {
            return Ok(None);
        };
        let payload: Vec<u8> = masked.iter().zip(header.mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        self.buffer.drain(..end);
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        }
        self.take(&header, payload).map(Some)
    }

    fn take(&mut self, header: &Header, payload: Vec<u8>) -> Result<Message, Violation> {
        match (header.opcode, &mut self.fragments) {
            (0, Some(fragments)) => {
                fragments.extend_from_slice(&payload);
                let whole = if header.last { self.fragments.take() } else { None };
                Ok(whole.map_or(Message::Piece, Message::Data))
            }
            (1 | 2, None) if header.last => Ok(Message::Data(payload)),
            (1 | 2, None) => {
                self.fragments = Some(payload);
                Ok(Message::Piece)
            }
            (8, _) => match payload.as_slice() {
                [] => Ok(Message::Close(None)),
                [high, low, ..] => Ok(Message::Close(Some(u16::from_be_bytes([*high, *low])))),
                [_] => Err(Violation::Protocol),
            },
            (9, _) => Ok(Message::Ping(payload)),
            (10, _) => Ok(Message::Pong),
            _ => Err(Violation::Protocol),
        }
    }
}

/// The head of a frame.
struct Header {
    last: bool,
    opcode: u8,
    mask: [u8; 4],
    length: usize,
    /// Its own size.
    size: usize,
}

impl Header {
    /// `None` while bytes are missing. What is wrong is said as soon as it can be seen.
    fn read(bytes: &[u8]) -> Result<Option<Self>, Violation> {
        let &[first, second, ref rest @ ..] = bytes else {
            return Ok(None);
        };
        let (last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0f);
        let (masked, short) = (second & 0x80 != 0, second & 0x7f);
        let control = opcode >= 8;
        if reserved != 0 || !masked || (control && (!last || short > 125)) {
            return Err(Violation::Protocol);
        }
        let (length, size) = match short {
            126 => match rest.first_chunk() {
                Some(&bytes) => (u64::from(u16::from_be_bytes(bytes)), 4),
                None => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(&bytes) => (u64::from_be_bytes(bytes), 10),
                None => return Ok(None),
            },
            short => (u64::from(short), 2),
        };
        let length = usize::try_from(length).map_err(|_| Violation::TooLarge)?;
        // The mask may be missing still; a length that is too large is known by now.
        let mask = bytes.get(size..).and_then(<[u8]>::first_chunk).copied();
        let complete = Self { last, opcode, mask: mask.unwrap_or_default(), length, size: size + 4 };
        Ok((mask.is_some() || length > 1 << 20).then_some(complete))
    }
}

/// Appends the head of a frame that is whole and not masked.
pub(crate) fn write_header(out: &mut Vec<u8>, opcode: Opcode, length: usize) {
    out.push(0x80 | opcode as u8);
    if let Some(short) = u8::try_from(length).ok().filter(|short| *short < 126) {
        out.push(short);
    } else if let Ok(medium) = u16::try_from(length) {
        out.push(126);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(length as u64).to_be_bytes());
    }
}

/// Appends a whole frame.
pub(crate) fn write_frame(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    write_header(out, opcode, payload.len());
    out.extend_from_slice(payload);
}

/// Appends a close frame.
pub(crate) fn write_close(out: &mut Vec<u8>, code: u16, reason: &str) {
    // Control frames have at most 125 bytes.
    let reason = reason.as_bytes();
    let reason = reason.get(..123).unwrap_or(reason);
    write_header(out, Opcode::Close, reason.len() + 2);
    out.extend_from_slice(&code.to_be_bytes());
    out.extend_from_slice(reason);
}

/// `Sec-WebSocket-Accept` for a client's key.
pub(crate) fn accept(key: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(hash.finalize())
}

#[cfg(test)]
mod tests;
