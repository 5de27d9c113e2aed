//! Where in an MP3 of a bit rate that varies each part of its time is: the table in its first frame, and what was read while
//! the file was opened, because nobody else gives that frame away.

use std::sync::{Arc, Mutex};

use crate::lock;

/// Bytes that are kept of what was read last: blocks are smaller, and the first frame is in the last or the one before.
const KEPT: usize = 128 * 1024;
/// Parts of the time that a table knows.
const PARTS: usize = 100;

/// What was read last, until somebody looks at it.
#[derive(Clone)]
pub(super) struct Tape(Arc<Mutex<Option<Recorded>>>);

#[derive(Default)]
struct Recorded {
    bytes: Vec<u8>,
    /// Where in the file the first of them is.
    from: u64,
}

impl Tape {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Some(Recorded::default()))))
    }

    /// These bytes were read.
    pub(super) fn add(&self, bytes: &[u8]) {
        if let Some(recorded) = &mut *lock(&self.0) {
            recorded.bytes.extend_from_slice(bytes);
            if recorded.bytes.len() > KEPT * 2 {
                let old = recorded.bytes.len() - KEPT;
                recorded.bytes.drain(..old);
                recorded.from += old as u64;
            }
        }
    }

    /// What is read next is at this place.
    pub(super) fn wind(&self, to: u64) {
        if let Some(recorded) = &mut *lock(&self.0) {
            *recorded = Recorded { bytes: Vec::new(), from: to };
        }
    }

    /// The table that was among what was read; from now on nothing is kept.
    pub(super) fn table(&self, length: Option<u64>) -> Option<Table> {
        let recorded = lock(&self.0).take()?;
        let mut names = recorded.bytes.windows(4).enumerate().filter(|(_, word)| *word == b"Xing");
        names.find_map(|(at, _)| Table::read(&recorded.bytes, at, recorded.from, length))
    }
}

/// Which part of the file is at which part of its time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    /// Of the first frame and what follows, in 256ths, at the begin of each hundredth of the time and at the end of the last.
    parts: Vec<f64>,
    /// How much of the file it speaks of.
    whole: f64,
}

impl Table {
    /// The table of a first frame, where its name is at a place of what was read.
    fn read(bytes: &[u8], name: usize, from: u64, length: Option<u64>) -> Option<Self> {
        let frame = [36, 21, 13].into_iter().find_map(|before| {
            let frame = name.checked_sub(before)?;
            let &[sync, kind, _, mode] = bytes.get(frame..)?.first_chunk::<4>()?;
            let side = match (kind >> 3 & 3 == 3, mode >> 6 == 3) {
                (true, false) => 32,
                (true, true) | (false, false) => 17,
                (false, true) => 9,
            };
            let layer = sync == 0xFF && kind >> 5 == 7 && kind >> 1 & 3 == 1;
            (layer && side + 4 == before).then_some(frame)
        })?;
        let mut rest = bytes.get(name + 4..)?;
        let flags = word(&mut rest)?;
        if flags & 1 != 0 {
            word(&mut rest)?;
        }
        let size = if flags & 2 != 0 { Some(word(&mut rest)?) } else { None };
        let entries = rest.first_chunk::<PARTS>().filter(|_| flags & 4 != 0)?;
        // Some programs leave it empty.
        if !entries.is_sorted() || entries.last() == entries.first() {
            return None;
        }
        let parts = entries.iter().map(|part| f64::from(*part)).chain([256.0]).collect();
        let there = length.and_then(|length| length.checked_sub(from + frame as u64));
        let there = there.and_then(|there| u32::try_from(there).ok());
        let whole = size.zip(there).map_or(1.0, |(size, there)| f64::from(size.max(1)) / f64::from(there.max(1)));
        Some(Self { parts, whole: whole.min(1.0) })
    }

    /// How much of the file is before so much of its time.
    pub(super) fn place(&self, time: f64) -> f64 {
        let at = time.clamp(0.0, 1.0) * 100.0;
        let part = self.parts.windows(2).zip(0_u8..).find_map(|(part, number)| {
            let within = at - f64::from(number);
            let &[begin, end] = part.first_chunk::<2>()?;
            (within < 1.0).then_some(begin + (end - begin) * within)
        });
        part.unwrap_or(256.0) / 256.0 * self.whole
    }

    /// How much of its time is before so much of the file.
    pub(super) fn time(&self, place: f64) -> f64 {
        let at = place.max(0.0) / self.whole * 256.0;
        let time = self.parts.windows(2).zip(0_u8..).find_map(|(part, number)| {
            let &[begin, end] = part.first_chunk::<2>()?;
            (at < end).then(|| f64::from(number) + ((at - begin) / (end - begin)).max(0.0))
        });
        time.unwrap_or(100.0) / 100.0
    }
}

fn word(bytes: &mut &[u8]) -> Option<u32> {
    let (first, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*first))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    /// A first frame: what its header says, and a table in which the first half of the time has a quarter of the bytes.
    fn frame(header: [u8; 4], side: usize, entries: impl Iterator<Item = u8>) -> Vec<u8> {
        let mut bytes = header.to_vec();
        bytes.resize(4 + side, 0);
        bytes.extend(b"Xing\0\0\0\x07\0\0\x10\0\0\x01\0\0");
        bytes.extend(entries);
        bytes.resize(1_000, 0);
        bytes
    }

    fn entries() -> impl Iterator<Item = u8> {
        (0..100_u16).map(|at| u8::try_from(if at < 50 { at * 64 / 50 } else { 64 + (at - 50) * 192 / 50 }).unwrap())
    }

    fn table(bytes: &[u8], length: Option<u64>) -> Option<Table> {
        let tape = Tape::new();
        tape.wind(0);
        // As blocks come.
        bytes.chunks(77).for_each(|chunk| tape.add(chunk));
        let table = tape.table(length);
        assert!(tape.table(length).is_none(), "it is not kept");
        table
    }

    #[test]
    fn half_of_the_time_is_not_half_of_the_bytes() {
        for (header, side) in [
            ([0xFF, 0xFB, 0x90, 0x00], 32),
            ([0xFF, 0xFB, 0x90, 0xC0], 17),
            ([0xFF, 0xF3, 0x90, 0x00], 17),
            ([0xFF, 0xF3, 0x90, 0xC0], 9),
        ] {
            // Behind tags that are longer than what is kept, with the same word in them.
            let mut file = b"ID3 Xing ".repeat(100_000);
            let tags = file.len() as u64;
            file.extend(frame(header, side, entries()));
            let whole = table(&file, Some(tags + 0x1_0000)).unwrap();
            for (time, place) in [(0.0, 0.0), (0.25, 0.125), (0.5, 0.25), (0.75, 0.625), (1.0, 1.0)] {
                assert!((whole.place(time) - place).abs() < 0.01, "{time}: {}", whole.place(time));
                assert!((whole.time(place) - time).abs() < 0.02, "{place}: {}", whole.time(place));
            }
            let half = table(&frame(header, side, entries()), Some(0x2_0000)).unwrap();
            assert!((half.place(1.0) - 0.5).abs() < 0.01, "the other half is of another file");
        }
    }

    #[test]
    fn what_is_no_table_is_none() {
        let header = [0xFF, 0xFB, 0x90, 0x00];
        assert!(table(&frame(header, 32, std::iter::repeat_n(0, 100)), None).is_none());
        assert!(table(&frame(header, 32, entries().map(|entry| 255 - entry)), None).is_none());
        assert!(table(&frame(header, 17, entries()), None).is_none());
        assert!(table(&frame([0; 4], 32, entries()), None).is_none());
        assert!(table(frame(header, 32, entries()).split_at(100).0, None).is_none());
        assert!(table(&b"Xing".repeat(50), None).is_none());
    }
}
