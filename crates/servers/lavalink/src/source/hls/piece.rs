//! A piece on its way: what kind it is, how much of it was handed on, and whether it is still the same file.

use bytes::Bytes;
use http::header;

use super::id3;
use super::inside::Inside;
use super::lock::Unlock;
use super::ts::TransportStream;
use crate::source::fetch::{Answer, FetchError};

/// Longest ID3 tag before a piece.
const MOST_TAG: usize = 256 * 1024;
/// Tags in a row before the sound of a piece.
const MOST_TAGS: usize = 8;
/// Bytes that tell what kind a piece is.
const NEED: usize = 189;

/// A piece of which some has been handed on.
pub(super) struct Part {
    /// Its number.
    pub(super) number: u64,
    /// Bytes of it that came.
    pub(super) given: u64,
    pub(super) mark: Option<Mark>,
    begin: Begin,
    unlock: Option<Unlock>,
}

impl Part {
    pub(super) fn new(number: u64, unlock: Option<Unlock>) -> Self {
        Self { number, given: 0, mark: None, begin: Begin::default(), unlock }
    }

    /// Whether it is a transport stream, which is known once there are bytes of its sound.
    pub(super) fn is_transport(&self) -> bool {
        self.begin.transport
    }

    /// Adds bytes as they came; gives those of sound that are there by now.
    pub(super) fn push(&mut self, chunk: Bytes) -> Result<Option<Bytes>, FetchError> {
        let chunk = match &mut self.unlock {
            Some(unlock) => unlock.push(&chunk).into(),
            None => chunk,
        };
        let known = self.begin.push(chunk)?;
        Ok(known.map(|chunk| self.begin.inside.push(chunk)))
    }

    /// No more bytes come: what was held back.
    pub(super) fn finish(&mut self) -> Result<[Bytes; 3], FetchError> {
        let last = match &mut self.unlock {
            Some(unlock) => unlock.finish()?.into(),
            None => Bytes::new(),
        };
        let last = self.begin.push(last)?.unwrap_or_default();
        let begin = self.begin.finish().unwrap_or_default();
        let inside = &mut self.begin.inside;
        Ok([inside.push(last), inside.push(begin), inside.finish()])
    }

    /// What its tags say is heard, since it was last asked for.
    pub(super) fn title(&mut self) -> Option<String> {
        self.begin.inside.title().or(self.begin.title.take())
    }
}

/// What an answer says of the file that it is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    length: Option<u64>,
    tag: Option<String>,
}

impl Mark {
    pub(super) fn of(answer: &Answer) -> Self {
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let whole = answer.header(header::CONTENT_RANGE).and_then(|range| number(range.rsplit_once('/')?.1));
        let plain = answer.header(header::CONTENT_LENGTH).and_then(number).filter(|_| answer.status == 200);
        Self { length: whole.or(plain), tag: answer.header(header::ETAG).map(str::to_owned) }
    }

    /// Whether nothing speaks against both being of the same file.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        fn same<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        same(self.length.as_ref(), other.length.as_ref()) && same(self.tag.as_ref(), other.tag.as_ref())
    }
}

/// The begin of a piece: what kind it is, and where its sound begins after tags.
#[derive(Default)]
pub(super) struct Begin {
    bytes: Vec<u8>,
    known: bool,
    tags: usize,
    pub(super) transport: bool,
    /// What of the bytes behind the tags is sound.
    inside: Inside,
    /// What the tags say is heard.
    title: Option<String>,
}

impl Begin {
    pub(super) fn push(&mut self, chunk: Bytes) -> Result<Option<Bytes>, FetchError> {
        if self.known {
            return Ok(Some(chunk));
        }
        self.bytes.extend_from_slice(&chunk);
        while let Some(length) = id3::length(&self.bytes).filter(|_| self.tags < MOST_TAGS) {
            if length > MOST_TAG {
                return Err(FetchError::Content("a piece begins with a very long tag".to_owned()));
            }
            if self.bytes.len() < length {
                return Ok(None);
            }
            self.take_tag(length);
        }
        Ok(if self.bytes.len() < NEED { None } else { self.finish() })
    }

    /// No more bytes come: what was held back.
    pub(super) fn finish(&mut self) -> Option<Bytes> {
        if self.known {
            return None;
        }
        self.known = true;
        if let Some(length) = id3::length(&self.bytes).filter(|_| self.tags < MOST_TAGS) {
            self.take_tag(length.min(self.bytes.len()));
        }
        self.transport = TransportStream::is(&self.bytes);
        if !self.transport {
            self.inside = Inside::of(&self.bytes);
        }
        Some(std::mem::take(&mut self.bytes).into())
    }

    fn take_tag(&mut self, length: usize) {
        let tag: Vec<u8> = self.bytes.drain(..length).collect();
        self.title = id3::title(&tag).or(self.title.take());
        self.tags += 1;
    }
}
