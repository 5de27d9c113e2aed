#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Cursor;

use proptest::prelude::*;

use super::super::probe;
use super::*;

/// A frame of 44.1 kHz whose body is its number, and whose sound begins before it.
fn frame(number: u16, rate: u32, padding: bool, before: u16) -> Vec<u8> {
    let word = 0xFFFB_0000 | rate << 12 | u32::from(padding) << 9;
    let length = Header::of(word).unwrap().length;
    let mut bytes = word.to_be_bytes().to_vec();
    bytes.extend((before << 7).to_be_bytes());
    bytes.resize(36, 0);
    while bytes.len() < length {
        bytes.extend(number.to_be_bytes().map(|byte| byte & 0x7F));
    }
    bytes.truncate(length);
    bytes
}

fn plain(count: u16) -> Vec<u8> {
    (0..count).flat_map(|number| frame(number, 9 + u32::from(number % 3), number % 2 == 0, number % 400)).collect()
}

/// The same bytes in the hands of who opens files, and cut here.
fn both(bytes: &[u8]) -> Option<(Box<dyn FormatReader>, Frames)> {
    let whole = probe::probe(Box::new(Cursor::new(bytes.to_vec()))).ok()?;
    let source = Tap::new(Box::new(Cursor::new(bytes.to_vec())));
    let frames = Frames::of(probe::probe(Box::new(source.clone())).unwrap(), &source).unwrap();
    Some((whole, frames))
}

type Told = (i64, u64, u64, u64, Vec<u8>);

fn packets(format: &mut dyn FormatReader) -> Vec<Told> {
    let next = || {
        let packet = format.next_packet().unwrap()?;
        let trims = (packet.trim_start.get(), packet.trim_end.get());
        Some((packet.pts.get(), packet.dur.get(), trims.0, trims.1, packet.data.to_vec()))
    };
    std::iter::from_fn(next).collect()
}

fn note(name: [u8; 4]) -> Vec<u8> {
    let mut bytes = frame(0, 9, false, 0);
    bytes[4..].fill(0);
    bytes[36..40].copy_from_slice(&name);
    if name == *b"VBRI" {
        bytes[41] = 1;
    } else {
        bytes[40..52].copy_from_slice(&[0, 0, 0, 3, 0, 0, 0, 200, 0, 1, 0, 0]);
    }
    bytes
}

#[test]
fn frames_are_those_of_who_opens_files() {
    let tag = b"ID3\x04\0\0\0\0\x10\0".iter().copied().chain([0; 0x800]).collect::<Vec<u8>>();
    let cut = plain(40).split_at(9_000).0.to_vec();
    let cases = [
        plain(200),
        [tag.clone(), plain(50)].concat(),
        [note(*b"Info"), plain(200)].concat(),
        [tag.clone(), note(*b"Xing"), plain(50), note(*b"Xing"), plain(50), note(*b"VBRI"), plain(5)].concat(),
        [note(*b"VBRI"), plain(60)].concat(),
        // A cut, tags and other bytes between, and an end within a frame.
        [cut.clone(), plain(40), tag, plain(40), vec![0x55; 70_000], plain(40), b"TAG".to_vec(), vec![0; 125]].concat(),
        [plain(30), cut].concat(),
    ];
    for (at, case) in cases.iter().enumerate() {
        let (mut whole, mut frames) = both(case).unwrap();
        let (expected, found) = (packets(whole.as_mut()), packets(&mut frames));
        assert!(expected.len() >= 45, "{at}: {}", expected.len());
        assert!(found == expected, "{at}: {} and not {}", found.len(), expected.len());
        assert!(frames.bytes.capacity() <= READ * 2, "{at}: {}", frames.bytes.capacity());
    }
}

#[test]
fn winding_comes_to_the_same_frame() {
    for case in
        [plain(3_000), [note(*b"Xing"), plain(200)].concat(), [plain(700), vec![0x55; 90_000], plain(700)].concat()]
    {
        let (mut whole, mut frames) = both(&case).unwrap();
        let length = i64::try_from(whole.tracks()[0].num_frames.unwrap()).unwrap();
        for part in (0..=50).rev().chain([3, 47, 0]) {
            let to = || SeekTo::Timestamp { ts: Timestamp::new(length * part / 50), track_id: 0 };
            let expected = whole.seek(SeekMode::Coarse, to()).map(|reached| reached.actual_ts).ok();
            let found = frames.seek(SeekMode::Coarse, to()).map(|reached| reached.actual_ts).ok();
            let next = |format: &mut dyn FormatReader| {
                format.next_packet().unwrap().map(|packet| (packet.pts.get(), packet.data.to_vec()))
            };
            let (expected, found) = ((expected, next(whole.as_mut())), (found, next(&mut frames)));
            // The begin is where it is, and not where it is guessed to be.
            if part == 50 {
                // Behind the last frame is nothing, and wherever they are is no place.
                assert_eq!(found.0, expected.0);
            } else if part == 0 {
                assert_eq!(found.0.map(Timestamp::get), Some(0));
                assert!(found.1.unwrap().1 == frame(0, 9, true, 0));
            } else {
                assert!(found == expected, "{part} of 50: {:?} and not {:?}", found.0, expected.0);
            }
        }
    }
}

#[test]
fn what_cannot_be_wound_says_so() {
    let (_, mut frames) = both(&plain(100)).unwrap();
    let to = |ts| SeekTo::Timestamp { ts: Timestamp::new(ts), track_id: 0 };
    for ts in [-1, i64::MAX] {
        let error = frames.seek(SeekMode::Coarse, to(ts)).err().unwrap();
        assert!(matches!(error, Error::SeekError(SeekErrorKind::OutOfRange)));
    }
    frames.tracks[0].num_frames = None;
    let error = frames.seek(SeekMode::Coarse, to(0)).err().unwrap();
    assert!(matches!(error, Error::SeekError(SeekErrorKind::Unseekable)));
}

proptest! {
    #[test]
    fn whatever_lies_between_frames_they_are_the_same(
        pieces in proptest::collection::vec((0_u16..30, 1_u32..15, any::<bool>(), 0_u16..512, 0_usize..600, 0_u8..0xE0, any::<bool>()), 4..40),
        end in 0_usize..2_000,
    ) {
        let mut bytes = plain(6);
        for (count, rate, padding, before, junk, with, cut) in pieces {
            let at = bytes.len();
            (0..count % 5).for_each(|number| bytes.extend(frame(number, rate, padding, before)));
            if cut {
                bytes.truncate(bytes.len().saturating_sub(junk).max(at));
            }
            bytes.extend(std::iter::repeat_n(with, junk));
        }
        bytes.truncate(bytes.len().saturating_sub(end));
        if let Some((mut whole, mut frames)) = both(&bytes) {
            let (found, expected) = (packets(&mut frames), packets(whole.as_mut()));
            prop_assert!(found == expected, "{} and not {}", found.len(), expected.len());
        }
    }

    #[test]
    fn no_bytes_upset_it(bytes in proptest::collection::vec(prop_oneof![Just(0xFF), Just(0xFB), Just(0x90), any::<u8>()], 0..3_000), part in 0_i64..100) {
        let file = [plain(5), bytes, plain(5)].concat();
        if let Some((_, mut frames)) = both(&file) {
            packets(&mut frames);
            let length = i64::try_from(frames.tracks[0].num_frames.unwrap_or_default()).unwrap();
            let to = SeekTo::Timestamp { ts: Timestamp::new(length * part / 100), track_id: 0 };
            if frames.seek(SeekMode::Coarse, to).is_ok() {
                packets(&mut frames);
            }
        }
    }
}
