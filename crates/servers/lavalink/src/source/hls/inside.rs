//! What stands between the sound of a piece and is none: ID3 tags between frames of AAC or MP3, and `emsg` boxes, of which some
//! carry such tags. It is taken out, and what it says is heard is told.

use bytes::Bytes;

use super::id3;

/// Longest tag, and longest box that is read; a longer box is passed over.
const MOST: usize = 256 * 1024;
/// Bytes that tell a tag from what only looks like one: its head, and the name of its first frame.
const TELLING: usize = 14;
/// Boxes whose message is a tag.
const SCHEMES: [&[u8]; 2] = [b"https://aomedia.org/emsg/ID3", b"https://developer.apple.com/streaming/emsg-id3"];
/// Kinds of boxes that a piece begins with.
const KINDS: [&[u8; 4]; 8] = [b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"prft", b"free"];

/// What a piece is made of, and what of it is not there in whole.
#[derive(Default)]
pub(super) enum Inside {
    /// Nothing is known to stand between its sound.
    #[default]
    Plain,
    Frames(Frames),
    Boxes(Boxes),
}

impl Inside {
    /// By how a piece begins.
    pub(super) fn of(begin: &[u8]) -> Self {
        let kind = begin.get(4..8);
        match begin {
            [0xFF, second, ..] if second & 0xE0 == 0xE0 => Self::Frames(Frames::default()),
            _ if KINDS.iter().any(|known| kind == Some(known.as_slice())) => Self::Boxes(Boxes::default()),
            _ => Self::Plain,
        }
    }

    /// Adds bytes; gives the sound that is there by now.
    pub(super) fn push(&mut self, bytes: Bytes) -> Bytes {
        match self {
            Self::Plain => bytes,
            Self::Frames(frames) => frames.push(bytes),
            Self::Boxes(boxes) => boxes.push(bytes),
        }
    }

    /// No more bytes come: what was held back.
    pub(super) fn finish(&mut self) -> Bytes {
        match self {
            Self::Plain => Bytes::new(),
            Self::Frames(frames) => frames.finish(),
            Self::Boxes(boxes) => std::mem::take(&mut boxes.held).into(),
        }
    }

    /// What a tag said is heard, since it was last asked for.
    pub(super) fn title(&mut self) -> Option<String> {
        match self {
            Self::Plain => None,
            Self::Frames(frames) => frames.title.take(),
            Self::Boxes(boxes) => boxes.title.take(),
        }
    }
}

/// Frames of AAC or MP3.
#[derive(Default)]
pub(super) struct Frames {
    /// What may be a tag.
    held: Vec<u8>,
    title: Option<String>,
}

impl Frames {
    fn push(&mut self, bytes: Bytes) -> Bytes {
        if self.held.is_empty() && begin(&bytes).is_none() {
            return bytes;
        }
        self.held.extend_from_slice(&bytes);
        let mut out = Vec::with_capacity(self.held.len());
        let mut from = 0;
        while let Some(rest) = self.held.get(from..).filter(|rest| !rest.is_empty()) {
            let at = begin(rest).unwrap_or(rest.len());
            let (sound, rest) = rest.split_at(at);
            out.extend_from_slice(sound);
            from += at;
            match tag(rest) {
                _ if rest.len() < TELLING => break,
                Some(length) => {
                    let Some(tag) = rest.get(..length) else { break };
                    self.title = id3::title(tag).or(self.title.take());
                    from += length;
                }
                None => {
                    out.extend(rest.first());
                    from += 1;
                }
            }
        }
        self.held.drain(..from);
        out.into()
    }

    /// A tag that is cut off is no sound either.
    fn finish(&mut self) -> Bytes {
        let held = std::mem::take(&mut self.held);
        if tag(&held).is_some() { Bytes::new() } else { held.into() }
    }
}

/// Where a tag may begin; also at the end, where more bytes have to tell.
fn begin(bytes: &[u8]) -> Option<usize> {
    let near = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        b"ID3".starts_with(rest.get(..3).unwrap_or(rest))
    };
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'I').map(|(at, _)| at).find(near)
}

/// The length of the tag that stands here, if it is one: sound that looks like one by chance is not seen in a lifetime.
fn tag(bytes: &[u8]) -> Option<usize> {
    let [_, _, _, version, revision, flags, size @ ..] = *bytes.first_chunk::<10>()?;
    let frame = bytes.get(10..TELLING)?;
    let named = frame.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let plausible =
        matches!(version, 3 | 4) && revision == 0 && flags.trailing_zeros() >= 4 && size.iter().all(|byte| *byte < 128);
    id3::length(bytes).filter(|length| plausible && (named || frame == [0; 4] || flags & 0x40 != 0) && *length <= MOST)
}

/// Boxes of a fragmented MP4.
#[derive(Default)]
pub(super) struct Boxes {
    /// The head of a box, or a message, that is not there in whole.
    held: Vec<u8>,
    /// Bytes of the box that are yet to come, and whether they are left out.
    left: u64,
    skip: bool,
    title: Option<String>,
}

impl Boxes {
    fn push(&mut self, mut bytes: Bytes) -> Bytes {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            if self.left > 0 {
                let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                let now = bytes.split_to(count);
                self.left -= count as u64;
                if !self.skip {
                    // All of it is sound, most of the time.
                    if out.is_empty() && bytes.is_empty() {
                        return now;
                    }
                    out.extend_from_slice(&now);
                }
                continue;
            }
            let count = self.need().saturating_sub(self.held.len()).min(bytes.len());
            self.held.extend_from_slice(&bytes.split_to(count));
            if self.held.len() >= self.need() {
                self.take(&mut out);
            }
        }
        out.into()
    }

    /// Bytes that have to be there before something can be done with the box that begins here.
    fn need(&self) -> usize {
        let Some((size, head)) = self.size() else { return if self.held.len() < 8 { 8 } else { 16 } };
        let whole = usize::try_from(size).ok().filter(|size| self.is_message() && *size <= MOST);
        whole.unwrap_or(head).max(head)
    }

    fn is_message(&self) -> bool {
        self.held.get(4..8) == Some(b"emsg")
    }

    /// How long the box says it is, with its head, and how long that is; once it is there.
    fn size(&self) -> Option<(u64, usize)> {
        let small = u32::from_be_bytes(*self.held.get(..8)?.first_chunk()?);
        if small != 1 {
            return Some((u64::from(small), 8));
        }
        let large = self.held.get(8..16)?.first_chunk()?;
        Some((u64::from_be_bytes(*large), 16))
    }

    /// The box is there as far as it has to be.
    fn take(&mut self, out: &mut Vec<u8>) {
        let size = self.size().map_or(0, |(size, _)| size);
        let left = size.checked_sub(self.held.len() as u64);
        // What has no end, or less than a head, is not understood, and goes as it is.
        (self.left, self.skip) = (left.unwrap_or(u64::MAX), left.is_some() && self.is_message());
        let held = std::mem::take(&mut self.held);
        if self.skip {
            self.title = said(&held).or(self.title.take());
        } else {
            out.extend(held);
        }
    }
}

/// What the message of an `emsg` says is heard.
fn said(message: &[u8]) -> Option<String> {
    let version = *message.get(8)?;
    let text = |bytes: &[u8]| bytes.iter().position(|byte| *byte == 0);
    // The older form has its numbers behind its names, the newer before.
    let body = message.get(if version == 0 { 12 } else { 32 }..)?;
    let end = text(body)?;
    let (scheme, rest) = (body.get(..end)?, body.get(end + 1..)?);
    let rest = rest.get(text(rest)? + 1..)?;
    let tag = if version == 0 { rest.get(16..)? } else { rest };
    SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)).then(|| id3::title(tag))?
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::super::id3::tests::{frame, tag as tagged};
    use super::*;

    fn all(parts: &[&[u8]], size: usize) -> (Vec<u8>, Option<String>) {
        let bytes = parts.concat();
        let mut inside = Inside::of(&bytes);
        let chunks = bytes.chunks(size).map(Bytes::copy_from_slice);
        let mut out: Vec<u8> = chunks.flat_map(|chunk| inside.push(chunk)).collect();
        out.extend(inside.finish());
        (out, inside.title())
    }

    fn named(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [size.to_be_bytes().as_slice(), &kind, content].concat()
    }

    fn message(version: u8, scheme: &str, tag: &[u8]) -> Vec<u8> {
        let names = [scheme.as_bytes(), b"\0value\0"].concat();
        let head = [version, 0, 0, 0];
        match version {
            0 => named(*b"emsg", &[&head, names.as_slice(), &[7; 16], tag].concat()),
            _ => named(*b"emsg", &[&head, [7; 20].as_slice(), &names, tag].concat()),
        }
    }

    #[test]
    fn tags_between_frames_are_told_and_not_heard() {
        let tag = tagged(4, 0, &[frame("TPE1", 0, b"\x03Some"), frame("TIT2", 0, b"\x03One")].concat());
        let sound =
            [b"\xFF\xF1sound ID".as_slice(), &[0; 40], b"ID3 is no tag, nor ID3\x04\0\0\0\0\0\x05 lower"].concat();
        for size in [1, 3, 11, 1000] {
            let (out, title) = all(&[&sound, &tag, &sound, &tag, b"end I"], size);
            assert_eq!(out, [&sound, sound.as_slice(), b"end I"].concat(), "in parts of {size}");
            assert_eq!(title.as_deref(), Some("Some - One"));
            // One that is cut off is not heard either.
            assert_eq!(all(&[&sound, tag.get(..20).unwrap()], size).0, sound);
        }
        let (out, title) = all(&[b"RIFF", &sound, &tag], 7);
        assert!(out.len() == 4 + sound.len() + tag.len() && title.is_none(), "of what has no frames nothing is known");
    }

    #[test]
    fn messages_between_boxes_are_told_and_not_heard() {
        let tag = tagged(4, 0, &frame("TIT2", 0, b"\x03One"));
        let (head, sound) = (named(*b"styp", b"iso6"), named(*b"moof", &[1; 300]));
        let large = [&1_u32.to_be_bytes(), b"mdat".as_slice(), &24_u64.to_be_bytes(), &[2; 8]].concat();
        let endless = [&[0; 4], b"mdat".as_slice(), &message(0, "x", &tag)].concat();
        for size in [1, 7, 8, 9, 300, 1000] {
            for (version, scheme) in
                [(0, "https://aomedia.org/emsg/ID3"), (1, "https://developer.apple.com/streaming/emsg-id3")]
            {
                let message = message(version, scheme, &tag);
                let (out, title) = all(&[&head, &message, &sound, &message, &large, &endless], size);
                assert_eq!(out, [&head, &sound, &large, endless.as_slice()].concat(), "in parts of {size}");
                assert_eq!(title.as_deref(), Some("One"));
            }
            let other = message(1, "urn:mpeg:dash:event:2012", &tag);
            let long = named(*b"emsg", &vec![0; MOST]);
            assert_eq!(all(&[&other, &long, &sound], size), (sound.clone(), None));
            let wrong = [&[0, 0, 0, 5], b"emsg".as_slice(), &sound].concat();
            assert_eq!(all(&[&head, &wrong], size).0, [head.as_slice(), &wrong].concat());
        }
    }

    proptest! {
        #[test]
        fn anything_is_borne(begin in 0..3_usize, bytes in prop::collection::vec(any::<u8>(), 0..400), size in 1..50_usize) {
            let begin: &[u8] = [b"\xFF\xF1", b"\0\0\0\x08emsg".as_slice(), b"\0\0\0\x08free"].get(begin).unwrap();
            let (out, _) = all(&[begin, &bytes, b"ID3\x04\0\0\0\0\0\x03TIT2", &bytes], size);
            prop_assert!(out.len() <= begin.len() + 2 * bytes.len() + 14);
        }
    }
}
