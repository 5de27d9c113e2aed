//! Compression of what is sent: none, one zlib stream, or one zstd frame for each socket; zlib by the payload.

use std::cell::RefCell;
use std::io;

use guildhall_session::Compression;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Status};
use zstd::stream::raw::{CParameter, Encoder as ZstdEncoder, InBuffer, Operation, OutBuffer};

/// Chosen by measurement: see `docs/adr/0003-gateway.md`.
const ZLIB_LEVEL: i32 = 1;
/// Base-two logarithm of the window: 8 kB.
const ZLIB_WINDOW: i32 = 13;
/// Of 1 to 9: what is gathered before it is written takes 56 kB; with the usual 8 it would be twice that.
const ZLIB_MEMORY: i32 = 7;
const ZSTD_LEVEL: i32 = 1;
/// 64 kB; with the tables below a context stays under 300 kB.
const ZSTD_WINDOW: u32 = 16;
const ZSTD_HASH: u32 = 14;
/// Space that is made at once for compressed bytes.
const STEP: usize = 4096;

/// How a zlib stream with that window begins.
const ZLIB_HEAD: &[u8] = &[0x58, 0x09];
/// How a zstd frame with that window begins, without a checksum and without saying how long it will be.
const ZSTD_HEAD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0, 0x30];
/// Most bytes of a block that is not compressed, in both.
const BLOCK: usize = 0xffff;

/// What a socket's payloads go through. What compresses is large and made when there is something worth it: a socket that has
/// not said who it is gets what it is told in blocks that are not compressed.
pub(crate) struct Compressor {
    begun: bool,
    kind: Kind,
}

enum Kind {
    None,
    Zlib(Option<Box<Deflate>>),
    Zstd(Option<Box<ZstdEncoder<'static>>>),
}

impl Compressor {
    pub(crate) const fn new(compression: Compression) -> Self {
        let kind = match compression {
            Compression::None => Kind::None,
            Compression::Zlib => Kind::Zlib(None),
            Compression::Zstd => Kind::Zstd(None),
        };
        Self { begun: false, kind }
    }

    pub(crate) const fn is_none(&self) -> bool {
        matches!(self.kind, Kind::None)
    }

    /// Appends a payload that is small: as it is, as long as there is nothing that compresses.
    pub(crate) fn store(&mut self, part: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        match self.kind {
            Kind::Zlib(None) => {
                self.begin(ZLIB_HEAD, out);
                for block in part.chunks(BLOCK) {
                    let length = u16::try_from(block.len()).map_err(io::Error::other)?;
                    out.push(0);
                    out.extend_from_slice(&length.to_le_bytes());
                    out.extend_from_slice(&(!length).to_le_bytes());
                    out.extend_from_slice(block);
                }
                // Clients look for this at a payload's end.
                out.extend_from_slice(&[0, 0, 0, 0xff, 0xff]);
                Ok(())
            }
            Kind::Zstd(None) => {
                self.begin(ZSTD_HEAD, out);
                for block in part.chunks(BLOCK) {
                    let head = u32::try_from(block.len()).map_err(io::Error::other)? << 3;
                    out.extend(head.to_le_bytes().iter().take(3));
                    out.extend_from_slice(block);
                }
                Ok(())
            }
            _ => self.compress(&[part], out),
        }
    }

    /// Appends the payload's compressed form, so that a client can read it at once.
    pub(crate) fn compress(&mut self, parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.kind {
            Kind::None => {
                for part in parts {
                    out.extend_from_slice(part);
                }
                Ok(())
            }
            Kind::Zlib(context) => {
                if !std::mem::replace(&mut self.begun, true) {
                    out.extend_from_slice(ZLIB_HEAD);
                }
                let context = context.get_or_insert_with(|| Box::new(zlib()));
                for part in parts {
                    deflate(context, part, DeflateFlush::NoFlush, out)?;
                }
                deflate(context, &[], DeflateFlush::SyncFlush, out)
            }
            Kind::Zstd(Some(context)) => zstd_payload(context, parts, out),
            Kind::Zstd(slot) => {
                let context = slot.insert(Box::new(zstd()?));
                let at = out.len();
                zstd_payload(context, parts, out)?;
                // It begins a frame, and that has begun already.
                if std::mem::replace(&mut self.begun, true) {
                    let end = at + ZSTD_HEAD.len();
                    if out.get(at..end) != Some(ZSTD_HEAD) {
                        return Err(io::Error::other("a zstd frame begins in another way"));
                    }
                    out.drain(at..end);
                }
                Ok(())
            }
        }
    }

    fn begin(&mut self, head: &[u8], out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.extend_from_slice(head);
        }
    }
}

/// Without the head of a stream, which is written here.
fn zlib() -> Deflate {
    Deflate::new_with_config(DeflateConfig {
        level: ZLIB_LEVEL,
        window_bits: -ZLIB_WINDOW,
        mem_level: ZLIB_MEMORY,
        ..DeflateConfig::default()
    })
}

fn zstd() -> io::Result<ZstdEncoder<'static>> {
    let mut encoder = ZstdEncoder::new(ZSTD_LEVEL)?;
    for parameter in [
        CParameter::WindowLog(ZSTD_WINDOW),
        CParameter::HashLog(ZSTD_HASH),
        CParameter::ContentSizeFlag(false),
        CParameter::ChecksumFlag(false),
    ] {
        encoder.set_parameter(parameter)?;
    }
    Ok(encoder)
}

fn zstd_payload(context: &mut ZstdEncoder<'_>, parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
    for part in parts {
        zstd_part(context, part, out)?;
    }
    zstd_flush(context, out)
}

thread_local! {
    /// A context is large: made anew for each payload it would leave holes all over the heap.
    static PAYLOAD: RefCell<Deflate> = RefCell::new(Deflate::new(ZLIB_LEVEL, true, 15));
}

/// One payload as a zlib stream of its own.
pub(crate) fn zlib_payload(parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
    PAYLOAD.with_borrow_mut(|context| {
        context.reset();
        for part in parts {
            deflate(context, part, DeflateFlush::NoFlush, out)?;
        }
        deflate(context, &[], DeflateFlush::Finish, out)
    })
}

fn deflate(context: &mut Deflate, mut input: &[u8], flush: DeflateFlush, out: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let (start, read, written) = (out.len(), context.total_in(), context.total_out());
        out.resize(start + STEP, 0);
        let space = out.get_mut(start..).unwrap_or_default();
        let status = context.compress(input, space, flush).map_err(|error| io::Error::other(error.as_str()))?;
        let taken = usize::try_from(context.total_in() - read).map_err(io::Error::other)?;
        let made = usize::try_from(context.total_out() - written).map_err(io::Error::other)?;
        out.truncate(start + made);
        input = input.get(taken..).unwrap_or_default();
        // Space left over means that nothing is waiting inside.
        let spare = made < STEP;
        match status {
            Status::StreamEnd => return Ok(()),
            _ if input.is_empty() && spare && flush != DeflateFlush::Finish => return Ok(()),
            Status::BufError if spare => return Err(io::Error::other("deflate makes no progress")),
            _ => {}
        }
    }
}

fn zstd_part(context: &mut ZstdEncoder<'_>, part: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let mut input = InBuffer::around(part);
    while input.pos() < part.len() {
        out.reserve(STEP);
        let at = out.len();
        context.run(&mut input, &mut OutBuffer::around_pos(out, at))?;
    }
    Ok(())
}

fn zstd_flush(context: &mut ZstdEncoder<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    loop {
        out.reserve(STEP);
        let at = out.len();
        if context.flush(&mut OutBuffer::around_pos(out, at))? == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io::Read;

    use super::*;

    fn payloads() -> Vec<Vec<u8>> {
        let mut seed = 7_u32;
        let mut noise = move |size: usize| -> Vec<u8> {
            (0..size)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    seed.to_be_bytes()[0]
                })
                .collect()
        };
        vec![b"{}".to_vec(), vec![], noise(100_000), b"hello ".repeat(30_000), noise(4096), noise(1), b"tail".to_vec()]
    }

    /// What is only stored, as long as nothing compresses, before what is compressed, and behind it.
    fn stored() -> Vec<(bool, Vec<u8>)> {
        let all = |stored: bool| payloads().into_iter().map(move |payload| (stored, payload));
        all(true).chain(all(false)).chain(all(true)).collect()
    }

    #[test]
    fn nothing_large_is_made_for_what_is_stored() {
        for compression in [Compression::Zlib, Compression::Zstd] {
            let mut compressor = Compressor::new(compression);
            for _ in 0..100 {
                compressor.store(b"{}", &mut Vec::new()).unwrap();
            }
            assert!(matches!(compressor.kind, Kind::Zlib(None) | Kind::Zstd(None)));
            // The head of its own is the one that is written here.
            let (mut own, mut stored) = (Vec::new(), Vec::new());
            let mut fresh = Compressor::new(compression);
            fresh.compress(&[b"{}"], &mut own).unwrap();
            Compressor::new(compression).store(b"{}", &mut stored).unwrap();
            let head = if compression == Compression::Zlib { ZLIB_HEAD } else { ZSTD_HEAD };
            assert!(own.starts_with(head) && stored.starts_with(head));
        }
    }

    #[test]
    fn every_payload_can_be_read_at_once_from_one_zlib_stream() {
        let mut compressor = Compressor::new(Compression::Zlib);
        let mut inflate = flate2::Decompress::new(true);
        for (stored, payload) in stored() {
            let mut bytes = Vec::new();
            let (head, body) = payload.split_at(payload.len() / 3);
            if stored {
                compressor.store(&payload, &mut bytes).unwrap();
            } else {
                compressor.compress(&[head, body], &mut bytes).unwrap();
            }
            assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]));
            let mut plain = Vec::with_capacity(payload.len() + 64);
            inflate.decompress_vec(&bytes, &mut plain, flate2::FlushDecompress::Sync).unwrap();
            assert_eq!(plain, payload);
        }
    }

    #[test]
    fn every_payload_can_be_read_at_once_from_one_zstd_frame() {
        let mut compressor = Compressor::new(Compression::Zstd);
        let mut decoder = zstd::stream::raw::Decoder::new().unwrap();
        for (stored, payload) in stored() {
            let mut bytes = Vec::new();
            if stored {
                compressor.store(&payload, &mut bytes).unwrap();
            } else {
                compressor.compress(&[&payload], &mut bytes).unwrap();
            }
            let mut plain = vec![0; payload.len() + 1024];
            let mut input = InBuffer::around(&bytes);
            let mut output = OutBuffer::around(plain.as_mut_slice());
            while input.pos() < bytes.len() {
                decoder.run(&mut input, &mut output).unwrap();
            }
            assert_eq!(output.as_slice(), payload);
        }
    }

    #[test]
    fn a_payload_alone() {
        for payload in payloads() {
            let mut bytes = Vec::new();
            zlib_payload(&[&payload], &mut bytes).unwrap();
            let mut plain = Vec::new();
            flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
            assert_eq!(plain, payload);
        }
    }
}
