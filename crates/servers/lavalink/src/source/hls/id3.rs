//! What an ID3 tag between the sound says is heard: its artist and its title. Versions 2.3 and 2.4.

use crate::source::text::name;

/// Most frames of a tag that are looked at.
const MOST_FRAMES: usize = 64;

/// Bytes of the tag that stands here, with its head; nothing where there is none.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let Some(&[b'I', b'D', b'3', version, _, flags, a, b, c, d]) = bytes.first_chunk::<10>() else { return None };
    // The fourth version repeats its head at the end, where it says so.
    let foot = if version >= 4 && flags & 0x10 != 0 { 10 } else { 0 };
    Some(10 + safe([a, b, c, d]) + foot)
}

/// `artist - title`, or the title alone.
pub(super) fn title(tag: &[u8]) -> Option<String> {
    let Some(&[b'I', b'D', b'3', version @ (3 | 4), _, flags, a, b, c, d]) = tag.first_chunk::<10>() else {
        return None;
    };
    let body = tag.get(10..)?;
    let body = body.get(..safe([a, b, c, d])).unwrap_or(body);
    // The third version hides what looks like sound in the tag as a whole, the fourth in each frame.
    let plain = if version == 3 && flags & 0x80 != 0 { shown(body) } else { body.to_vec() };
    let mut rest = plain.as_slice();
    if flags & 0x40 != 0 {
        let (size, _) = rest.split_first_chunk::<4>()?;
        let skip = if version == 4 { safe(*size) } else { plain_size(*size)?.checked_add(4)? };
        rest = rest.get(skip..)?;
    }
    let (mut artist, mut title) = (None, None);
    for _ in 0..MOST_FRAMES {
        let Some((head, after)) = rest.split_first_chunk::<10>() else { break };
        let (id, [size @ .., _, flags]) =
            (head.first_chunk::<4>(), head.last_chunk::<6>().copied().unwrap_or_default());
        let size = if version == 4 { Some(safe(size)) } else { plain_size(size) };
        // Behind the frames there are zeros.
        let Some((frame, after)) =
            size.filter(|_| head.first() != Some(&0)).and_then(|size| after.split_at_checked(size))
        else {
            break;
        };
        rest = after;
        let found = match id {
            Some(b"TIT2") => &mut title,
            Some(b"TPE1") => &mut artist,
            _ => continue,
        };
        *found = content(version, flags, frame).and_then(|text| name(&text)).or(found.take());
    }
    let title = title?;
    match artist {
        Some(artist) => name(&format!("{artist} - {title}")),
        None => Some(title),
    }
}

/// The text of a frame; nothing where it is compressed or locked.
fn content(version: u8, flags: u8, frame: &[u8]) -> Option<String> {
    let (hidden, skip) = match (version, flags) {
        (4, flags) if flags & 0x0C == 0 => {
            (flags & 0x02 != 0, usize::from(flags & 0x40 != 0) + if flags & 0x01 != 0 { 4 } else { 0 })
        }
        (3, flags) if flags & 0xC0 == 0 => (false, usize::from(flags & 0x20 != 0)),
        _ => return None,
    };
    let frame = frame.get(skip..)?;
    let frame = if hidden { shown(frame) } else { frame.to_vec() };
    let (encoding, text) = frame.split_first()?;
    let units = |big: bool, text: &[u8]| {
        let unit = |pair: &[u8; 2]| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
        let units: Vec<u16> = text.as_chunks::<2>().0.iter().map(unit).take_while(|unit| *unit != 0).collect();
        String::from_utf16_lossy(&units)
    };
    // Of several texts, the first.
    let first = || text.split(|byte| *byte == 0).next().unwrap_or_default();
    Some(match encoding {
        0 => first().iter().copied().map(char::from).collect(),
        1 => match text.split_first_chunk::<2>()? {
            ([0xFE, 0xFF], text) => units(true, text),
            ([0xFF, 0xFE], text) => units(false, text),
            _ => return None,
        },
        2 => units(true, text),
        3 => String::from_utf8_lossy(first()).into_owned(),
        _ => return None,
    })
}

/// A size of which each byte has seven bits.
fn safe(bytes: [u8; 4]) -> usize {
    bytes.iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f))
}

fn plain_size(bytes: [u8; 4]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

/// Without the zeros that hide what looks like sound.
fn shown(bytes: &[u8]) -> Vec<u8> {
    let mut last = 0;
    let mut keep = |byte: u8| {
        let kept = !(last == 0xFF && byte == 0);
        last = byte;
        kept
    };
    bytes.iter().copied().filter(|byte| keep(*byte)).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn frame(id: &str, flags: u8, content: &[u8]) -> Vec<u8> {
        let size = u8::try_from(content.len()).unwrap();
        assert!(size < 128);
        [id.as_bytes(), &[0, 0, 0, size, 0, flags], content].concat()
    }

    pub(crate) fn tag(version: u8, flags: u8, body: &[u8]) -> Vec<u8> {
        let size = u16::try_from(body.len()).unwrap();
        let (high, low) = (u8::try_from(size >> 7).unwrap(), u8::try_from(size & 0x7f).unwrap());
        [b"ID3".as_slice(), &[version, 0, flags, 0, 0, high, low], body].concat()
    }

    #[test]
    fn titles_are_read_in_every_way_of_writing() {
        let both = |title: &[u8], artist: &[u8]| [frame("TPE1", 0, artist), frame("TIT2", 0, title)].concat();
        let check = |version, flags, body: &[u8], wanted: Option<&str>| {
            let tag = tag(version, flags, body);
            assert_eq!(length(&tag), Some(tag.len()));
            assert_eq!(title(&tag).as_deref(), wanted, "{version} {flags:x} {body:x?}");
        };
        for version in [3, 4] {
            check(version, 0, &both(b"\x03A T\xc3\xb6ne\0More", b"\x00B\xf6h"), Some("Böh - A Töne"));
            check(version, 0, &both(b"\x01\xff\xfeA\0\xf6\0\0\0", b"\x02\0B\x20\xac"), Some("B€ - Aö"));
            check(version, 0, &frame("TIT2", 0, b"\x01\xfe\xff\0O\0n\0e"), Some("One"));
            check(version, 0, &[both(b"\x03 \x07", b"\x03x"), vec![0; 40]].concat(), None);
            check(version, 0, &frame("PRIV", 0, b"com.apple.streaming.transportStreamTimestamp\0\0\0"), None);
        }
        // A longer head, and what looked like sound.
        check(4, 0x40, &[vec![0, 0, 0, 6, 1, 0], frame("TIT2", 0, b"\x03x")].concat(), Some("x"));
        check(3, 0x40, &[vec![0, 0, 0, 6, 0, 0, 0, 0, 0, 0], frame("TIT2", 0, b"\x03x")].concat(), Some("x"));
        check(4, 0, &frame("TIT2", 0x02, b"\x01\xff\0\xfea\0"), Some("a"));
        check(3, 0x80, &frame("TIT2", 0, b"\x01\xff\xfea\0"), Some("a"));
        check(4, 0, &frame("TIT2", 0x41, b"\x07\0\0\0\x02\x03x"), Some("x"));
        check(4, 0, &frame("TIT2", 0x08, b"\x03x"), None);
        assert_eq!(length(b"ID3\x04\0\x10\0\0\x01\x02"), Some(10 + 130 + 10));
        assert_eq!((length(b"ID"), length(b"TAG0123456789")), (None, None));
    }

    proptest! {
        #[test]
        fn damage_does_no_harm(version in 3..5_u8, flags: u8, body in prop::collection::vec(any::<u8>(), 0..200), at in 0..60_usize) {
            let mut body = [frame("TIT2", flags, b"\x01\xff\xfea\0"), body].concat();
            let at = at.min(body.len());
            body.rotate_left(at);
            let _ = title(&tag(version, flags, &body));
            let _ = title(&body);
        }
    }
}
