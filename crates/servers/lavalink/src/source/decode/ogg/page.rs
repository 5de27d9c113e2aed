//! Pages of an Ogg file (RFC 3533), one after another, with no more memory than one of them takes.

use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use symphonia::core::errors::{Error, Result};

use super::super::tap::Tap;

/// Longest page.
pub(super) const MOST_PAGE: u64 = 27 + 255 + 255 * 255;
const HEAD: usize = 27;
/// Longest page that packets are parts of: a second of the best that music is sent in.
const MOST_SHARED: usize = 32 * 1024;
/// Bytes that are asked for at once at least.
const READ: usize = 4096;

/// What stands at the beginning of a page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    flags: u8,
    /// The time of its end.
    pub(super) granule: i64,
    pub(super) serial: u32,
    pub(super) number: u32,
    segments: u8,
    sum: u32,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (_, rest) = bytes.split_first_chunk::<4>()?;
        let (&[version, flags], rest) = rest.split_first_chunk::<2>()?;
        let (granule, rest) = rest.split_first_chunk::<8>()?;
        let (serial, rest) = rest.split_first_chunk::<4>()?;
        let (number, rest) = rest.split_first_chunk::<4>()?;
        let (sum, rest) = rest.split_first_chunk::<4>()?;
        let head = Self {
            flags,
            granule: i64::from_le_bytes(*granule),
            serial: u32::from_le_bytes(*serial),
            number: u32::from_le_bytes(*number),
            segments: *rest.first()?,
            sum: u32::from_le_bytes(*sum),
        };
        (version == 0 && flags < 8).then_some(head)
    }

    /// Its first packet began before it.
    pub(super) const fn continues(&self) -> bool {
        self.flags & 1 != 0
    }

    pub(super) const fn is_first(&self) -> bool {
        self.flags & 2 != 0
    }

    pub(super) const fn is_last(&self) -> bool {
        self.flags & 4 != 0
    }
}

/// Reads pages.
pub(super) struct Pages {
    pub(super) source: Tap,
    /// Bytes that were read, where those of them begin that are still to be used, and where the first stands in the file.
    buffer: Vec<u8>,
    begin: usize,
    place: u64,
    pub(super) head: Head,
    /// The page, where its packets begin in it, and where it stands in the file.
    page: Bytes,
    body: usize,
    at: u64,
    /// How long the page before was: this one will not be much longer.
    usual: usize,
    /// Lengths of the packets that end in the page.
    lengths: Vec<u16>,
}

impl Pages {
    /// Reads on behind some bytes that were read already, and stand there in the file.
    pub(super) fn new(source: Tap, place: u64, buffer: Vec<u8>) -> Self {
        let (head, page, lengths) = (Head::default(), Bytes::new(), Vec::new());
        Self { source, buffer, begin: 0, place, head, page, body: 0, at: place, usual: 0, lengths }
    }

    /// Goes elsewhere.
    pub(super) fn go(&mut self, place: u64) -> Result<()> {
        self.place = self.source.seek(SeekFrom::Start(place))?;
        self.buffer.clear();
        self.begin = 0;
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        self.page = Bytes::new();
        self.body = 0;
        self.lengths.clear();
    }

    /// Where the page begins in the file.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// Gives the page and all that came behind it back to the source.
    pub(super) fn leave(&mut self) {
        let rest = self.buffer.get(self.begin..).unwrap_or_default();
        self.source.put_back([&self.page, rest].concat());
        self.buffer = Vec::new();
        self.begin = 0;
        self.forget();
    }

    /// Reads on wherever the source is by now.
    pub(super) fn resume(&mut self) -> Result<()> {
        self.place = self.source.stream_position()?;
        Ok(())
    }

    /// The next page that is whole. What is none, or damaged, is passed over.
    pub(super) fn next(&mut self) -> Result<()> {
        self.forget();
        loop {
            self.fill(HEAD)?;
            let rest = self.buffer.get(self.begin..).unwrap_or_default();
            let found = memchr::memmem::find(rest, b"OggS");
            if found != Some(0) {
                // The first letters of it may be there.
                self.skip(found.unwrap_or(rest.len().saturating_sub(3)));
                continue;
            }
            let Some(head) = Head::read(rest) else {
                self.skip(4);
                continue;
            };
            let body = HEAD + usize::from(head.segments);
            self.fill(body)?;
            let lengths = self.buffer.get(self.begin + HEAD..self.begin + body).unwrap_or_default();
            let length = body + lengths.iter().map(|length| usize::from(*length)).sum::<usize>();
            self.fill(length)?;
            if self.sum(length) != Some(head.sum) {
                self.skip(4);
                continue;
            }
            let lengths = self.buffer.get(self.begin + HEAD..self.begin + body).unwrap_or_default();
            let mut packet = 0;
            for length in lengths {
                packet += u16::from(*length);
                if *length < 255 {
                    self.lengths.push(std::mem::take(&mut packet));
                }
            }
            self.head = head;
            (self.page, self.body) = (self.take(length), body);
            return Ok(());
        }
    }

    /// Takes a page out of what was read. Where that is all of it, it goes as it is.
    fn take(&mut self, length: usize) -> Bytes {
        self.at = self.place + u64::try_from(self.begin).unwrap_or_default();
        self.usual = length;
        let (begin, end) = (self.begin, self.begin + length);
        if end < self.buffer.len() || self.buffer.capacity() / 2 > length {
            self.begin = end;
            return Bytes::copy_from_slice(self.buffer.get(begin..end).unwrap_or_default());
        }
        self.begin = 0;
        self.place += u64::try_from(end).unwrap_or_default();
        Bytes::from(std::mem::take(&mut self.buffer)).slice(begin..)
    }

    fn skip(&mut self, bytes: usize) {
        self.begin += bytes;
    }

    /// The page's checksum, which is made with zeros in its own place. It is that of `cksum`, which inverts it at the end.
    fn sum(&self, length: usize) -> Option<u32> {
        let page = self.buffer.get(self.begin..self.begin + length)?;
        let mut sum = Digest::new(CrcAlgorithm::Crc32Cksum);
        sum.update(page.get(..22)?);
        sum.update(&[0; 4]);
        sum.update(page.get(26..)?);
        u32::try_from(sum.finalize()).ok().map(|sum| !sum)
    }

    /// Has so many bytes at hand from where the page begins.
    fn fill(&mut self, bytes: usize) -> Result<()> {
        while self.buffer.len() - self.begin.min(self.buffer.len()) < bytes {
            if self.begin > 0 {
                let gone = self.begin.min(self.buffer.len());
                self.buffer.drain(..gone);
                self.place += u64::try_from(gone).unwrap_or_default();
                self.begin = 0;
            }
            let have = self.buffer.len();
            let room = bytes.max(have + READ);
            // What somebody else had read ahead took much more room than a page does.
            if self.buffer.capacity() / 2 > room.max(self.usual) {
                self.buffer.shrink_to(room);
            }
            self.buffer.reserve_exact(room.max(self.usual) - have);
            self.buffer.resize(room, 0);
            let read = self.source.read(self.buffer.get_mut(have..).unwrap_or_default());
            self.buffer.truncate(have + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(Error::IoError(ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Bytes that it holds room for.
    #[cfg(test)]
    pub(super) const fn room(&self) -> usize {
        self.buffer.capacity() + self.page.len()
    }

    /// How many packets end in the page.
    pub(super) fn count(&self) -> usize {
        self.lengths.len()
    }

    /// A packet that ends in the page, by its number and where it begins; where the next one does.
    pub(super) fn packet(&self, number: usize, from: usize) -> Option<(&[u8], usize)> {
        let to = from + usize::from(*self.lengths.get(number)?);
        Some((self.page.get(self.body + from..self.body + to)?, to))
    }

    /// A packet as a part of the page, which is held for as long as any of its parts: so what is small beside its share of it, or in a
    /// long page, is copied.
    pub(super) fn share(&self, packet: &[u8]) -> Bytes {
        if self.page.len() <= MOST_SHARED && packet.len() * self.count() >= self.page.len() / 2 {
            self.page.slice_ref(packet)
        } else {
            Bytes::copy_from_slice(packet)
        }
    }

    /// All packets that end in the page.
    pub(super) fn packets(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        (0..self.count()).map_while(move |number| {
            let (packet, next) = self.packet(number, from)?;
            from = next;
            Some(packet)
        })
    }

    /// The beginning of a packet that goes on in the next page.
    pub(super) fn rest(&self) -> &[u8] {
        let whole: usize = self.lengths.iter().map(|length| usize::from(*length)).sum();
        self.page.get(self.body + whole..).unwrap_or_default()
    }
}
