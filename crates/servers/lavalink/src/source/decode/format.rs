//! Who takes a file apart: a reader of the library, or ours, which gives packets as parts of the page that they came in.

use std::io::ErrorKind;

use bytes::Bytes;
use symphonia::core::errors::{Error, Result};
use symphonia::core::formats::FormatReader;
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;

use super::ogg::OggOpus;

/// What is said to who does not wait.
pub(super) fn not_now() -> Error {
    Error::IoError(ErrorKind::WouldBlock.into())
}

pub(super) enum Format {
    Library(Box<dyn FormatReader>),
    Ogg(Box<OggOpus>),
}

impl Format {
    pub(super) fn reader(&self) -> &dyn FormatReader {
        match self {
            Self::Library(reader) => reader.as_ref(),
            Self::Ogg(reader) => reader.as_ref(),
        }
    }

    pub(super) fn reader_mut(&mut self) -> &mut dyn FormatReader {
        match self {
            Self::Library(reader) => reader.as_mut(),
            Self::Ogg(reader) => reader.as_mut(),
        }
    }

    /// The next packet. Where it is a part of something, it has no bytes of its own. Where nobody waits, and it is not there or would
    /// have to be decoded, that is an error of its own.
    pub(super) fn next(&mut self, waits: bool) -> Result<Option<(Packet, Bytes)>> {
        match self {
            Self::Library(_) if !waits => Err(not_now()),
            Self::Library(reader) => Ok(reader.next_packet()?.map(|packet| (packet, Bytes::new()))),
            Self::Ogg(reader) => reader.next_part(waits),
        }
    }

    pub(super) fn into_inner(self) -> MediaSourceStream<'static> {
        match self {
            Self::Library(reader) => reader.into_inner(),
            Self::Ogg(reader) => reader.into_inner(),
        }
    }
}
