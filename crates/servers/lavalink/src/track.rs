//! The blob a track travels in: base64 of what Lavaplayer writes, versions 1 to 3.
//!
//! A message is a big-endian length whose upper two bits are flags, then its body: version, title, author, length,
//! identifier, whether it is a stream, address, (from 3 on) artwork and ISRC, source, whatever the source adds, position.
//! Texts are Java's "modified UTF-8" behind a 16-bit length.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::source::{PREVIEW, SPOTIFY};
use crate::wire::{Track, TrackInfo};

const VERSIONED: u32 = 1;
/// What a blob may be long; Lavalink's own limit is that of a URL.
pub const MAX_BLOB: usize = 64 * 1024;

/// Why a blob is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Not base64, or too long.
    #[error("it is not base64")]
    Base64,
    /// It ends before it should.
    #[error("it ends too early")]
    Short,
    /// A version that nobody knows.
    #[error("version {0} is not known")]
    Version(u8),
    /// A text is not modified UTF-8.
    #[error("a text in it cannot be read")]
    Text,
}

/// A blob, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// 1 to 3.
    pub version: u8,
    /// What is known about the track.
    pub info: TrackInfo,
    /// What the source added: for `http` and `local` a text with the kind of file.
    pub details: Vec<u8>,
}

impl Track {
    /// A track of a source whose blob carries the kind of file (`http`, `local`), or nothing.
    pub fn new(info: TrackInfo, probe: Option<&str>) -> Self {
        let mut details = Vec::new();
        if let Some(probe) = probe {
            put_text(&mut details, probe);
        }
        let encoded = Blob { version: 3, info, details };
        Self { encoded: encoded.encode(), info: encoded.info, plugin_info: Map::new(), user_data: Map::new() }
    }

    /// The track in a blob. The blob itself is kept as it came.
    pub fn decode(encoded: &str) -> Result<Self, BlobError> {
        let blob = Blob::decode(encoded)?;
        let plugin_info = Extended::decode(&blob.details).map(|extended| extended.show()).unwrap_or_default();
        Ok(Self { encoded: encoded.to_owned(), info: blob.info, plugin_info, user_data: Map::new() })
    }

    /// What whoever plays it is told of it. Blobs have the same identifier for a track and for its preview, as in LavaSrc.
    pub(crate) fn to_play(&self) -> TrackInfo {
        let preview = self.info.source_name == SPOTIFY && self.plugin_info.get("isPreview") == Some(&Value::Bool(true));
        let identifier =
            if preview { format!("{PREVIEW}{}", self.info.identifier) } else { self.info.identifier.clone() };
        TrackInfo { identifier, ..self.info.clone() }
    }

    /// Whether it is of a kind of file that mostly is of Opus.
    pub(crate) fn may_be_opus(&self) -> bool {
        let probe = Blob::decode(&self.encoded).ok().and_then(|blob| blob.probe());
        matches!(probe.as_deref(), Some("ogg" | "matroska/webm"))
    }

    /// A track of a source whose blob carries what LavaSrc knows of tracks.
    pub fn extended(info: TrackInfo, extended: &Extended) -> Self {
        let encoded = Blob { version: 3, info, details: extended.encode() };
        Self { encoded: encoded.encode(), info: encoded.info, plugin_info: extended.show(), user_data: Map::new() }
    }
}

/// What LavaSrc adds to a track, in the blob and in `pluginInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// What it is part of.
    pub album_name: Option<String>,
    /// Where that is found.
    pub album_url: Option<String>,
    /// Where its artist is found.
    pub artist_url: Option<String>,
    /// A picture of the artist.
    pub artist_artwork_url: Option<String>,
    /// A short piece of it.
    pub preview_url: Option<String>,
    /// Whether it is itself no more than a short piece.
    pub is_preview: bool,
}

impl Extended {
    fn encode(&self) -> Vec<u8> {
        let mut details = Vec::new();
        let texts = [&self.album_name, &self.album_url, &self.artist_url, &self.artist_artwork_url, &self.preview_url];
        texts.into_iter().for_each(|text| put_optional_text(&mut details, text.as_deref()));
        details.push(u8::from(self.is_preview));
        details
    }

    /// Nothing where the bytes are something else.
    fn decode(details: &[u8]) -> Option<Self> {
        let mut reader = Reader(details);
        let mut text = || match reader.0.first()? {
            0 | 1 => reader.optional_text().ok(),
            _ => None,
        };
        let mut extended = Self {
            album_name: text()?,
            album_url: text()?,
            artist_url: text()?,
            artist_artwork_url: text()?,
            preview_url: text()?,
            is_preview: false,
        };
        extended.is_preview = match reader.0 {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        Some(extended)
    }

    fn show(&self) -> Map<String, Value> {
        let text = |name: &str, text: &Option<String>| (name.to_owned(), text.clone().into());
        Map::from_iter([
            text("albumName", &self.album_name),
            text("albumUrl", &self.album_url),
            text("artistUrl", &self.artist_url),
            text("artistArtworkUrl", &self.artist_artwork_url),
            text("previewUrl", &self.preview_url),
            ("isPreview".to_owned(), self.is_preview.into()),
        ])
    }
}

impl Blob {
    /// Reads a blob.
    pub fn decode(encoded: &str) -> Result<Self, BlobError> {
        if encoded.len() > MAX_BLOB {
            return Err(BlobError::Base64);
        }
        // Blobs that went through a URL without escapes have spaces where there was a plus.
        let encoded = encoded.trim().replace(' ', "+");
        let bytes = STANDARD.decode(encoded).map_err(|_| BlobError::Base64)?;
        let mut reader = Reader(&bytes);
        let head = u32::from_be_bytes(reader.array()?);
        let size = usize::try_from(head & 0x3FFF_FFFF).map_err(|_| BlobError::Short)?;
        let mut reader = Reader(reader.take(size)?);
        let version = if head >> 30 & VERSIONED == 0 { 1 } else { reader.byte()? };
        if !(1..=3).contains(&version) {
            return Err(BlobError::Version(version));
        }
        let title = reader.text()?;
        let author = reader.text()?;
        let length = i64::from_be_bytes(reader.array()?);
        let identifier = reader.text()?;
        let is_stream = reader.byte()? != 0;
        let uri = if version >= 2 { reader.optional_text()? } else { None };
        let artwork_url = if version >= 3 { reader.optional_text()? } else { None };
        let isrc = if version >= 3 { reader.optional_text()? } else { None };
        let source_name = reader.text()?;
        let details = reader.take(reader.0.len().checked_sub(8).ok_or(BlobError::Short)?)?.to_vec();
        let position = i64::from_be_bytes(reader.array()?);
        let is_seekable = !is_stream;
        let info = TrackInfo {
            identifier,
            is_seekable,
            author,
            length,
            is_stream,
            position,
            title,
            uri,
            artwork_url,
            isrc,
            source_name,
        };
        Ok(Self { version, info, details })
    }

    /// Writes a blob.
    pub fn encode(&self) -> String {
        let info = &self.info;
        let mut body = Vec::with_capacity(256);
        if self.version > 1 {
            body.push(self.version);
        }
        put_text(&mut body, &info.title);
        put_text(&mut body, &info.author);
        body.extend(info.length.to_be_bytes());
        put_text(&mut body, &info.identifier);
        body.push(u8::from(info.is_stream));
        if self.version >= 2 {
            put_optional_text(&mut body, info.uri.as_deref());
        }
        if self.version >= 3 {
            put_optional_text(&mut body, info.artwork_url.as_deref());
            put_optional_text(&mut body, info.isrc.as_deref());
        }
        put_text(&mut body, &info.source_name);
        body.extend(&self.details);
        body.extend(info.position.to_be_bytes());
        let flags = if self.version > 1 { VERSIONED << 30 } else { 0 };
        let mut message = (u32::try_from(body.len()).unwrap_or_default() | flags).to_be_bytes().to_vec();
        message.extend(body);
        STANDARD.encode(message)
    }

    /// The kind of file that a `http` or `local` source noted.
    pub fn probe(&self) -> Option<String> {
        Reader(&self.details).text().ok()
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], BlobError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(BlobError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BlobError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(BlobError::Short)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, BlobError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn text(&mut self) -> Result<String, BlobError> {
        let length = usize::from(u16::from_be_bytes(self.array()?));
        read_modified(self.take(length)?)
    }

    fn optional_text(&mut self) -> Result<Option<String>, BlobError> {
        if self.byte()? == 0 { Ok(None) } else { self.text().map(Some) }
    }
}

/// Java's modified UTF-8: a NUL takes two bytes, and what lies beyond the basic plane is a pair of surrogates of three each.
fn read_modified(bytes: &[u8]) -> Result<String, BlobError> {
    // Most texts are the same in both; some encoders write plain UTF-8 throughout.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let follow = |at: usize| tail.get(at).filter(|byte| **byte & 0xC0 == 0x80).map(|byte| u16::from(byte & 0x3F));
        let (unit, used) = match first {
            0..0x80 => (u16::from(first), 0),
            0xC0..0xE0 => ((u16::from(first & 0x1F) << 6) | follow(0).ok_or(BlobError::Text)?, 1),
            0xE0..0xF0 => {
                let (second, third) = follow(0).zip(follow(1)).ok_or(BlobError::Text)?;
                ((u16::from(first & 0x0F) << 12) | (second << 6) | third, 2)
            }
            _ => return Err(BlobError::Text),
        };
        units.push(unit);
        rest = tail.get(used..).ok_or(BlobError::Text)?;
    }
    Ok(String::from_utf16_lossy(&units))
}

fn put_optional_text(into: &mut Vec<u8>, text: Option<&str>) {
    into.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_text(into, text);
    }
}

fn put_text(into: &mut Vec<u8>, text: &str) {
    let mut bytes = Vec::with_capacity(text.len());
    let mut pair = [0; 2];
    for character in text.chars() {
        let before = bytes.len();
        for unit in character.encode_utf16(&mut pair) {
            let low = |shift: u32| u8::try_from(*unit >> shift & 0x3F).unwrap_or_default() | 0x80;
            match *unit {
                0x01..=0x7F => bytes.push(u8::try_from(*unit).unwrap_or_default()),
                0..=0x7FF => bytes.extend([u8::try_from(*unit >> 6).unwrap_or_default() | 0xC0, low(0)]),
                _ => bytes.extend([u8::try_from(*unit >> 12).unwrap_or_default() | 0xE0, low(6), low(0)]),
            }
        }
        // A text holds 65,535 bytes; what is longer is cut between characters.
        if bytes.len() > usize::from(u16::MAX) {
            bytes.truncate(before);
            break;
        }
    }
    into.extend(u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    into.extend(bytes);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From the documents and tests of Lavalink and of its clients.
    const VERSION_2: &str = "QAAAjQIAJVJpY2sgQXN0bGV5IC0gTmV2ZXIgR29ubmEgR2l2ZSBZb3UgVXAADlJpY2tBc3RsZXlWRVZPAAAAAAADPCAAC2RRdzR3OVdnWGNRAAEAK2h0dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9ZFF3NHc5V2dYY1EAB3lvdXR1YmUAAAAAAAAAAA==";
    const VERSION_3: &str = "QAAA2gMAN0NvenkgYW5pbWFsIGNyb3NzaW5nIG11c2ljIHRoYXQgY3VyZSBteSBoZWFkYWNoZXPtoLztvL8AC1RlbmRvIEZhcm1zAAAAAAA/26gACzhUYkx1Qk9DbFNnAAEAK2h0dHBzOi8vd3d3LnlvdXR1YmUuY29tL3dhdGNoP3Y9OFRiTHVCT0NsU2cBADpodHRwczovL2kueXRpbWcuY29tL3ZpX3dlYnAvOFRiTHVCT0NsU2cvbWF4cmVzZGVmYXVsdC53ZWJwAAAHeW91dHViZQAAAAAAAAAA";

    #[test]
    fn blobs_of_lavalink_are_read_and_written_to_the_byte() {
        let old = Blob::decode(VERSION_2).unwrap();
        assert_eq!(old.version, 2);
        assert_eq!(old.info.title, "Rick Astley - Never Gonna Give You Up");
        assert_eq!((old.info.length, old.info.identifier.as_str()), (212_000, "dQw4w9WgXcQ"));
        assert_eq!(old.info.uri.as_deref(), Some("https://www.youtube.com/watch?v=dQw4w9WgXcQ"));
        assert_eq!((old.info.source_name.as_str(), old.info.artwork_url.as_deref()), ("youtube", None));
        assert_eq!(old.encode(), VERSION_2);
        let new = Blob::decode(VERSION_3).unwrap();
        assert_eq!(new.version, 3);
        assert_eq!(new.info.title, "Cozy animal crossing music that cure my headaches\u{1F33F}");
        assert_eq!(new.info.artwork_url.as_deref(), Some("https://i.ytimg.com/vi_webp/8TbLuBOClSg/maxresdefault.webp"));
        assert_eq!(new.encode(), VERSION_3);
    }

    #[test]
    fn whoever_plays_a_preview_is_told_that_it_is_one() {
        let info = Blob::decode(VERSION_3).unwrap().info;
        let told = |source: &str, is_preview| {
            let info = TrackInfo { source_name: source.to_owned(), identifier: "id".to_owned(), ..info.clone() };
            let track = Track::extended(info, &Extended { is_preview, ..Extended::default() });
            let track = Track::decode(&track.encoded).unwrap();
            assert_eq!(track.info.identifier, "id");
            track.to_play().identifier
        };
        assert_eq!((told("spotify", true), told("spotify", false)), ("spprev:id".to_owned(), "id".to_owned()));
        assert_eq!(told("youtube", true), "id");
    }

    #[test]
    fn a_blob_without_a_version_is_the_first() {
        let blob = Blob { version: 1, ..Blob::decode(VERSION_2).unwrap() };
        let read = Blob::decode(&blob.encode()).unwrap();
        assert_eq!((read.version, read.info.uri), (1, None));
        assert_eq!(read.info.title, blob.info.title);
    }

    #[test]
    fn what_is_no_blob_is_refused() {
        for (text, error) in [
            ("", BlobError::Short),
            ("!", BlobError::Base64),
            ("QAAA", BlobError::Short),
            ("QAAAAQk=", BlobError::Version(9)),
            ("QAAAAgMA", BlobError::Short),
        ] {
            assert_eq!(Blob::decode(text), Err(error), "{text}");
        }
        assert_eq!(Blob::decode(&"A".repeat(MAX_BLOB + 1)), Err(BlobError::Base64));
    }

    proptest! {
        #[test]
        fn blobs_come_back(title in ".{0,40}", author in "[\\x00-\\x7F]{0,9}", length: i64, position: i64, stream: bool, uri in proptest::option::of(".{0,20}"), probe in "[a-z0-9]{0,8}") {
            let info = TrackInfo {
                identifier: title.clone(), is_seekable: !stream, author, length, is_stream: stream, position, title,
                uri: uri.clone(), artwork_url: uri, isrc: None, source_name: "http".to_owned(),
            };
            let track = Track::new(info.clone(), Some(&probe));
            let blob = Blob::decode(&track.encoded).unwrap();
            prop_assert_eq!(&blob.info, &info);
            prop_assert_eq!(blob.probe(), Some(probe));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Blob::decode(&STANDARD.encode(&bytes));
            let framed = [&[0x40, 0, 0, u8::try_from(bytes.len()).unwrap()], bytes.as_slice()].concat();
            if let Ok(blob) = Blob::decode(&STANDARD.encode(framed)) {
                let _ = blob.encode();
            }
        }
    }
}
