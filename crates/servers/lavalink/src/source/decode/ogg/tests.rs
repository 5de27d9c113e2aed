#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use symphonia::core::io::MediaSource;

use super::super::probe;
use super::*;

/// Pages of a stream that is written here.
struct Writer {
    out: Vec<u8>,
    serial: u32,
    number: u32,
}

impl Writer {
    fn new(serial: u32, skip: u16, tags: usize) -> Self {
        let mut writer = Self { out: Vec::new(), serial, number: 0 };
        let head = [&b"OpusHead\x01\x02"[..], &skip.to_le_bytes(), &48_000_u32.to_le_bytes(), &[0; 3]].concat();
        writer.page(2, 0, &[&head], &[]);
        let vendor = vec![b'v'; tags];
        let length = u32::try_from(tags).unwrap().to_le_bytes();
        let tags = [&b"OpusTags"[..], &length, &vendor, &[0; 4]].concat();
        let (mut rest, mut kind) = (&tags[..], 0);
        while rest.len() >= 255 * 255 {
            writer.page(kind, -1, &[], &rest[..255 * 255]);
            (rest, kind) = (&rest[255 * 255..], 1);
        }
        writer.page(kind, 0, &[rest], &[]);
        writer
    }

    /// A page with packets that end in it, and the beginning of one that does not.
    fn page(&mut self, kind: u8, granule: i64, packets: &[&[u8]], rest: &[u8]) {
        let mut lengths = Vec::new();
        for packet in packets {
            lengths.extend(vec![255; packet.len() / 255]);
            lengths.push(u8::try_from(packet.len() % 255).unwrap());
        }
        assert_eq!(rest.len() % 255, 0);
        lengths.extend(vec![255; rest.len() / 255]);
        let head = |sum: u32| {
            let numbers = [self.serial.to_le_bytes(), self.number.to_le_bytes(), sum.to_le_bytes()].concat();
            let count = u8::try_from(lengths.len()).unwrap();
            [&b"OggS\0"[..], &[kind], &granule.to_le_bytes(), &numbers, &[count]].concat()
        };
        let body = [&lengths[..], &packets.concat(), rest].concat();
        let mut sum = symphonia::core::checksum::Crc32::new(0);
        symphonia::core::io::Monitor::process_buf_bytes(&mut sum, &[head(0), body.clone()].concat());
        self.out.extend(head(sum.crc()));
        self.out.extend(body);
        self.number += 1;
    }

    /// So many packets of 20 ms, some in each page, of different lengths; the last page is marked and ends early.
    fn sound(mut self, packets: usize, each: usize, size: usize) -> Self {
        let made: Vec<Vec<u8>> = (0..packets)
            .map(|number| {
                let mut packet = vec![u8::try_from(number % 251).unwrap(); size + number * 7 % 300];
                packet[0] = 0xfc;
                packet
            })
            .collect();
        let mut granule = 0;
        for (number, part) in made.chunks(each).enumerate() {
            granule += i64::try_from(part.len()).unwrap() * 960;
            let last = (number + 1) * each >= packets;
            let part: Vec<&[u8]> = part.iter().map(Vec::as_slice).collect();
            self.page(if last { 4 } else { 0 }, if last { granule - 1_000 } else { granule }, &part, &[]);
        }
        self
    }
}

/// A file that can be wound, or not, and gives little at once.
struct Source(Cursor<Vec<u8>>, bool);

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(3_001);
        self.0.read(&mut into[..most])
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        self.1
    }

    fn byte_len(&self) -> Option<u64> {
        self.1.then(|| u64::try_from(self.0.get_ref().len()).unwrap())
    }
}

/// Opens a file with the library's reader, and with the one that reads on.
fn both(bytes: &[u8], seekable: bool) -> [Box<dyn FormatReader>; 2] {
    let source = || Box::new(Source(Cursor::new(bytes.to_vec()), seekable));
    let tap = Tap::new(source());
    tap.keep();
    let opened = probe::probe(Box::new(tap.clone())).unwrap();
    let own = OggOpus::of(&*opened, &tap, tap.kept()).unwrap();
    [probe::probe(source()).unwrap(), Box::new(own)]
}

/// What a reader gives until its end.
fn all(reader: &mut dyn FormatReader) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) => {
                let (begin, length, trim) = (packet.pts, packet.dur, packet.trim_end);
                let data = &packet.data;
                found.push(format!("{begin:?} {length:?} {trim:?} {} {:?}", data.len(), data.last()));
            }
            Err(Error::ResetRequired) => {
                let track = &reader.tracks()[0];
                found.push(format!("again {} {:?}", track.id, track.num_frames));
            }
            Ok(None) | Err(Error::IoError(_)) => return found,
            Err(error) => found.push(error.to_string()),
        }
    }
}

fn check(name: &str, bytes: &[u8]) {
    for seekable in [true, false] {
        let [mut theirs, mut own] = both(bytes, seekable);
        let expected = all(&mut *theirs);
        assert!(expected.len() > 1, "{name}");
        assert_eq!(all(&mut *own), expected, "{name}, seekable: {seekable}");
    }
}

#[test]
fn what_is_read_on_is_what_the_library_reads() {
    let file = |packets, each, size| Writer::new(7, 312, 20).sound(packets, each, size).out;
    check("seconds", &file(500, 50, 200));
    check("a page each", &file(100, 1, 100));
    check("one page", &file(20, 50, 100));
    check("longest pages", &file(300, 45, 1_100));
    check("long tags", &Writer::new(7, 312, 150_000).sound(200, 50, 200).out);
    // Packets that go on in the next page, one of them over three.
    let mut writer = Writer::new(7, 0, 20);
    let long = [&[0xfc][..], &[9; 1_200]].concat();
    let first = [0xfc; 300];
    writer.page(0, 960, &[&first], &long[..510]);
    writer.page(1, 960 * 3, &[&long[510..], &first], &long[..255]);
    writer.page(1, -1, &[], &long[255..765]);
    writer.page(1, 960 * 4, &[&long[765..]], &[]);
    writer.page(4, 960 * 5, &[&first], &[]);
    check("over pages", &writer.out);
    // The middle of it is missing.
    let mut broken = Writer::new(7, 0, 20);
    broken.page(0, 960, &[&first], &long[..510]);
    broken.number += 2;
    broken.page(1, 960 * 6, &[&long[510..], &first], &long[..255]);
    broken.page(0, 960 * 7, &[&first], &[]);
    broken.page(1, 960 * 8, &[&first, &first], &[]);
    broken.page(4, 960 * 9, &[&first], &[]);
    check("a gap", &broken.out);
}

/// A file of which only so much is there, unless somebody waits.
struct Slow {
    file: Source,
    waits: Arc<AtomicBool>,
    there: Arc<AtomicUsize>,
}

impl Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let there = self.there.load(Ordering::Relaxed);
        if self.waits.load(Ordering::Relaxed) {
            return self.file.read(into);
        }
        if there == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let most = into.len().min(there);
        let read = self.file.read(&mut into[..most])?;
        self.there.fetch_sub(read, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Slow {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        assert!(self.waits.load(Ordering::Relaxed), "nobody goes elsewhere without waiting");
        self.file.seek(to)
    }
}

impl MediaSource for Slow {
    fn is_seekable(&self) -> bool {
        self.file.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.file.byte_len()
    }
}

#[test]
fn who_does_not_wait_gets_the_same() {
    let one = Writer::new(7, 312, 20).sound(300, 50, 200).out;
    let two = Writer::new(8, 312, 20_000).sound(200, 50, 300).out;
    let mut none = Writer { out: Vec::new(), serial: 9, number: 0 };
    none.page(2, 0, &[b"something"], &[]);
    none.page(4, 0, &[b"else"], &[]);
    let mut holed = one.clone();
    holed.drain(20_000..20_700);
    let files = [one.clone(), holed, [one.clone(), two.clone(), one.clone()].concat(), [two, none.out].concat()];
    for (number, bytes) in files.iter().enumerate() {
        for (seekable, amount) in [(true, 100), (false, 100), (true, 90_000), (false, 90_000)] {
            let (waits, there) = (Arc::new(AtomicBool::new(true)), Arc::default());
            let file = Source(Cursor::new(bytes.clone()), seekable);
            let tap = Tap::new(Box::new(Slow { file, waits: waits.clone(), there: Arc::clone(&there) }));
            tap.keep();
            let opened = probe::probe(Box::new(tap.clone())).unwrap();
            let mut own = OggOpus::of(&*opened, &tap, tap.kept()).unwrap();
            let (mut found, mut turns, mut late) = (Vec::new(), 0, 0);
            let found = loop {
                turns += 1;
                assert!(turns < 100_000, "it does not come to its end");
                // Two of three times nobody waits, for as much as came meanwhile.
                let wait = turns % 3 == 0;
                waits.store(wait, Ordering::Relaxed);
                if turns % 3 == 1 {
                    there.fetch_add(amount, Ordering::Relaxed);
                }
                match own.next_part(wait) {
                    Ok(Some((packet, part))) => {
                        let data = if part.is_empty() { packet.data.to_vec() } else { part.to_vec() };
                        let (begin, length, trim) = (packet.pts, packet.dur, packet.trim_end);
                        found.push(format!("{begin:?} {length:?} {trim:?} {} {:?}", data.len(), data.last()));
                    }
                    Err(Error::IoError(error)) if error.kind() == ErrorKind::WouldBlock => {
                        assert!(!wait, "somebody waited");
                        late += 1;
                    }
                    Err(Error::ResetRequired) => {
                        let track = &own.tracks()[0];
                        found.push(format!("again {} {:?}", track.id, track.num_frames));
                    }
                    Ok(None) | Err(Error::IoError(_)) => break found,
                    Err(error) => found.push(error.to_string()),
                }
            };
            let [mut theirs, _] = both(bytes, seekable);
            assert_eq!(found, all(&mut *theirs), "{number}, seekable: {seekable}, {amount} bytes at a time");
            assert!(late > 0 || amount > 100, "{number}, seekable: {seekable}, {amount} bytes at a time");
        }
    }
}

#[test]
fn no_more_is_held_than_a_page_takes() {
    // Whoever opened it has read far ahead.
    let bytes = Writer::new(7, 312, 20).sound(2_000, 50, 200).out;
    let tap = Tap::new(Box::new(Cursor::new(bytes)));
    tap.keep();
    let opened = probe::probe(Box::new(tap.clone())).unwrap();
    let mut own = OggOpus::of(&*opened, &tap, Some((0, vec![0; 250_000]))).unwrap();
    drop(opened);
    let room = own.pages.room();
    own.pages.go(0).unwrap();
    while own.pages.at() < 300_000 {
        own.next_packet().unwrap().unwrap();
    }
    assert!(room == 250_000 && own.pages.room() < 48 * 1024, "{room}, then {}", own.pages.room());
}

#[test]
fn packets_are_parts_of_their_page_unless_they_are_a_small_part_of_it() {
    let open = |bytes: Vec<u8>| {
        let tap = Tap::new(Box::new(Cursor::new(bytes)));
        tap.keep();
        let opened = probe::probe(Box::new(tap.clone())).unwrap();
        OggOpus::of(&*opened, &tap, tap.kept()).unwrap()
    };
    // Who is alone in its room does not share it.
    let parts = |mut own: OggOpus| {
        let cuts = std::iter::from_fn(|| own.next_part(true).unwrap());
        cuts.map(|(packet, part)| (packet.data.len(), part.len(), !part.is_unique())).collect::<Vec<_>>()
    };
    let shared = parts(open(Writer::new(7, 312, 20).sound(100, 25, 200).out));
    assert!(shared.len() == 100 && shared.iter().all(|(own, _, shared)| *own == 0 && *shared), "{shared:?}");
    // One that would hold a thousand times its bytes, and one that is half of its page.
    let mut file = Writer::new(7, 312, 20).sound(50, 25, 200);
    let (small, large) = (&[0xfc; 3][..], &[0xfc; 6_000][..]);
    file.page(0, 53 * 960, &[small, large, large], &[]);
    assert_eq!(parts(open(file.out)).split_off(50), [(0, 3, false), (0, 6_000, true), (0, 6_000, true)]);
    // A page that is long holds nobody.
    let long = parts(open(Writer::new(7, 312, 20).sound(100, 100, 200).out));
    assert!(long.len() == 100 && long.iter().all(|(.., shared)| !shared));
}

#[test]
fn damage_and_other_streams_are_passed_over() {
    let file = Writer::new(7, 312, 20).sound(500, 25, 200).out;
    for (from, length) in [(20_000, 1), (30_000, 700), (60_000, 20_000)] {
        let mut damaged = file.clone();
        damaged[from..from + length].iter_mut().for_each(|byte| *byte ^= 0x55);
        check("damage", &damaged);
        let mut cut = file.clone();
        cut.drain(from..from + length);
        check("a hole", &cut);
        let mut more = file.clone();
        more.splice(from..from, b"OggS\0\0OggOggSjunk".iter().copied());
        check("junk", &more);
    }
    check("cut off", &file[..70_000]);
}

#[test]
fn a_stream_behind_a_stream_begins_anew() {
    let one = Writer::new(7, 312, 20).sound(300, 50, 200).out;
    let two = Writer::new(8, 312, 20_000).sound(200, 50, 300).out;
    check("chained", &[one.clone(), two.clone(), one.clone()].concat());
    check("with junk between", &[&one[..], &b"junk"[..], &two].concat());
    let mut none = Writer { out: Vec::new(), serial: 9, number: 0 };
    none.page(2, 0, &[b"something"], &[]);
    none.page(4, 0, &[b"else"], &[]);
    check("unknown behind it", &[one, none.out].concat());
}

#[test]
fn every_place_is_found_that_the_library_finds() {
    let one = Writer::new(7, 312, 20).sound(3_000, 50, 200).out;
    let small = Writer::new(7, 312, 20).sound(700, 3, 100).out;
    let chained = [one.clone(), Writer::new(8, 312, 20).sound(900, 50, 300).out].concat();
    for (name, bytes) in [("seconds", &one), ("small pages", &small), ("chained", &chained)] {
        let [mut theirs, mut own] = both(bytes, true);
        for place in
            [0, 1, 959, 960, 48_000, 47_999, 500_000, 100_000, 671_000, 671_001, 2_000_000, 2_878_999, 9_000_000]
        {
            let to = || SeekTo::Timestamp { ts: Timestamp::new(place), track_id: 7 };
            let found = |reader: &mut dyn FormatReader| match reader.seek(SeekMode::Accurate, to()) {
                Ok(reached) => {
                    let packet = reader.next_packet().unwrap().unwrap();
                    format!("{:?} {:?} {:?} {:?}", reached.actual_ts, packet.pts, packet.dur, packet.data.last())
                }
                Err(error) => error.to_string(),
            };
            assert_eq!(found(&mut *own), found(&mut *theirs), "{name}, {place}");
        }
    }
}
