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

/// What a socket's payloads go through.
pub(crate) enum Compressor {
    None,
    Zlib(Box<Deflate>),
    Zstd(Box<ZstdEncoder<'static>>),
}

impl Compressor {
    pub(crate) fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None,
            Compression::Zlib => Self::Zlib(Box::new(Deflate::new_with_config(DeflateConfig {
                level: ZLIB_LEVEL,
                window_bits: ZLIB_WINDOW,
                mem_level: ZLIB_MEMORY,
                ..DeflateConfig::default()
            }))),
            Compression::Zstd => {
                let mut encoder = ZstdEncoder::new(ZSTD_LEVEL)?;
                for parameter in [
                    CParameter::WindowLog(ZSTD_WINDOW),
                    CParameter::HashLog(ZSTD_HASH),
                    CParameter::ContentSizeFlag(false),
                    CParameter::ChecksumFlag(false),
                ] {
                    encoder.set_parameter(parameter)?;
                }
                Self::Zstd(Box::new(encoder))
            }
        })
    }

    pub(crate) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Appends the payload's compressed form, so that a client can read it at once.
    pub(crate) fn compress(&mut self, parts: &[&[u8]], out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => {
                for part in parts {
                    out.extend_from_slice(part);
                }
                Ok(())
            }
            Self::Zlib(context) => {
                for part in parts {
                    deflate(context, part, DeflateFlush::NoFlush, out)?;
                }
                deflate(context, &[], DeflateFlush::SyncFlush, out)
            }
            Self::Zstd(context) => {
                for part in parts {
                    zstd_part(context, part, out)?;
                }
                zstd_flush(context, out)
            }
        }
    }
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

    #[test]
    fn every_payload_can_be_read_at_once_from_one_zlib_stream() {
        let mut compressor = Compressor::new(Compression::Zlib).unwrap();
        let mut inflate = flate2::Decompress::new(true);
        for payload in payloads() {
            let mut bytes = Vec::new();
            let (head, body) = payload.split_at(payload.len() / 3);
            compressor.compress(&[head, body], &mut bytes).unwrap();
            assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]));
            let mut plain = Vec::with_capacity(payload.len() + 64);
            inflate.decompress_vec(&bytes, &mut plain, flate2::FlushDecompress::Sync).unwrap();
            assert_eq!(plain, payload);
        }
    }

    #[test]
    fn every_payload_can_be_read_at_once_from_one_zstd_frame() {
        let mut compressor = Compressor::new(Compression::Zstd).unwrap();
        let mut decoder = zstd::stream::raw::Decoder::new().unwrap();
        for payload in payloads() {
            let mut bytes = Vec::new();
            compressor.compress(&[&payload], &mut bytes).unwrap();
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
