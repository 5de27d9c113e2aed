//! The two kinds of lists: of variants, and of pieces.

use std::sync::Arc;

use url::Url;

use super::lock::{Lock, Said};
use crate::source::SourceError;
use crate::source::fetch::{FetchError, MOST_URL};
use crate::source::text::name;

/// Most pieces that are read of a list: a day of pieces of four seconds.
const MOST_PIECES: usize = 21_600;
/// Most bytes of all their addresses: a short line in a list may stand for a long one.
const MOST_ADDRESSES: usize = 8 * 1024 * 1024;
/// Bits a second of a variant that is sound alone; more are pictures.
const MOST_SOUND: u64 = 400_000;

/// Variants of the same sound.
#[derive(Debug, Default)]
pub(super) struct Master {
    /// Bits a second, whether it is sound alone, and where.
    variants: Vec<(u64, bool, Url)>,
    /// Sound alone, beside pictures; the default one first.
    sounds: Vec<Url>,
}

impl Master {
    pub(super) fn parse(base: &Url, text: &str) -> Self {
        let mut master = Self::default();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if let Some(about) = line.strip_prefix("#EXT-X-MEDIA:") {
                let address = attribute(about, "URI").and_then(|address| base.join(address).ok());
                if let Some(address) = address.filter(|_| attribute(about, "TYPE") == Some("AUDIO")) {
                    let at = if attribute(about, "DEFAULT") == Some("YES") { 0 } else { master.sounds.len() };
                    master.sounds.insert(at, address);
                }
            } else if let Some(about) = line.strip_prefix("#EXT-X-STREAM-INF:") {
                let Some(address) = lines.find(|line| !line.is_empty() && !line.starts_with('#')) else { break };
                let bandwidth = attribute(about, "BANDWIDTH").and_then(|bits| bits.parse().ok()).unwrap_or_default();
                let codecs = attribute(about, "CODECS").unwrap_or_default();
                let pictures = ["avc", "hvc", "hev", "vp0", "av0", "dvh"].iter().any(|codec| codecs.contains(codec));
                let sound = !codecs.is_empty() && !pictures && attribute(about, "RESOLUTION").is_none();
                if let Ok(address) = base.join(address) {
                    master.variants.push((bandwidth, sound, address));
                }
            }
            if master.variants.len() + master.sounds.len() > 200 {
                break;
            }
        }
        master
    }

    /// The best of what is sound alone, or else the smallest film.
    pub(super) fn choice(mut self) -> Option<Url> {
        let best =
            self.variants.iter().filter(|(bits, sound, _)| *sound && *bits <= MOST_SOUND).max_by_key(|one| one.0);
        if let Some((_, _, url)) = best {
            return Some(url.clone());
        }
        if !self.variants.is_empty() && !self.sounds.is_empty() {
            return Some(self.sounds.swap_remove(0));
        }
        self.variants.into_iter().min_by_key(|one| one.0).map(|(_, _, url)| url)
    }
}

/// What stands before pieces: where, which of its bytes, and how it is locked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Before {
    pub(super) url: Url,
    /// The first byte and how many.
    pub(super) range: Option<(u64, u64)>,
    pub(super) lock: Option<Lock>,
}

/// One for many pieces.
pub(super) type Head = Arc<Before>;

/// A piece: where, and which of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) url: Url,
    /// The first byte and how many.
    pub(super) range: Option<(u64, u64)>,
    /// Milliseconds.
    pub(super) length: u64,
    /// What must be read before it.
    pub(super) head: Option<Head>,
    /// How it is locked, if it is.
    pub(super) lock: Option<Lock>,
    /// What a radio plays in it.
    pub(super) title: Option<String>,
}

/// A list of pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    /// The number of the first piece.
    pub(super) first: u64,
    pub(super) pieces: Vec<Piece>,
    /// Milliseconds that no piece is longer than.
    pub(super) target: u64,
    pub(super) ended: bool,
}

impl Pieces {
    pub(super) fn parse(base: &Url, text: &str) -> Result<Self, SourceError> {
        let mut list = Self { target: 6000, ..Self::default() };
        let (mut length, mut range, mut head, mut next, mut said) = (0, None, None, 0, None);
        let mut addresses = 0;
        let mut keys = Said::default();
        for line in text.lines().map(str::trim) {
            if let Some(about) = line.strip_prefix("#EXTINF:") {
                let (seconds, text) = about.split_once(',').unwrap_or((about, ""));
                (length, said) = (milliseconds(seconds).unwrap_or_default(), title(text));
            } else if let Some(seconds) = line.strip_prefix("#EXT-X-TARGETDURATION:") {
                list.target = milliseconds(seconds).unwrap_or(6000).clamp(500, 60_000);
            } else if let Some(number) = line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:") {
                list.first = number.trim().parse().unwrap_or_default();
            } else if let Some(bytes) = line.strip_prefix("#EXT-X-BYTERANGE:") {
                range = byte_range(bytes, next);
            } else if let Some(about) = line.strip_prefix("#EXT-X-MAP:") {
                let url = attribute(about, "URI").map(|address| joined(base, address)).transpose()?;
                let bytes = attribute(about, "BYTERANGE").and_then(|bytes| byte_range(bytes, 0));
                let lock = keys.head();
                head = match url {
                    Some(url) => Some(Arc::new(Before { url, range: bytes, lock: lock? })),
                    None => None,
                };
            } else if let Some(about) = line.strip_prefix("#EXT-X-KEY:") {
                addresses += keys.read(base, about)?;
            } else if line.starts_with("#EXT-X-ENDLIST") {
                list.ended = true;
            } else if !line.is_empty() && !line.starts_with('#') {
                let url = joined(base, line)?;
                addresses += url.as_str().len();
                next = range.map_or(0, |(from, count): (u64, u64)| from.saturating_add(count));
                let lock = keys.piece(list.first + list.pieces.len() as u64)?;
                let (range, title) = (range.take(), said.take());
                list.pieces.push(Piece { url, range, length, head: head.clone(), lock, title });
                if list.pieces.len() == MOST_PIECES || addresses > MOST_ADDRESSES {
                    break;
                }
            }
        }
        if list.pieces.is_empty() && list.ended {
            return Err(SourceError::common("The stream is empty.", "its list has no pieces"));
        }
        Ok(list)
    }

    /// The piece of a number, where it is there.
    pub(super) fn get(&self, number: u64) -> Option<&Piece> {
        self.pieces.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Whether it may be the same list, read later: a finished one stays as it is, a live one goes on.
    pub(super) fn continues(&self, before: &Self) -> bool {
        let lengths = |list: &Self| list.pieces.iter().map(|piece| piece.length).collect::<Vec<_>>();
        let same = |now: &Self| now.ended && now.first == before.first && lengths(now) == lengths(before);
        if before.ended { same(self) } else { self.first >= before.first }
    }

    /// Milliseconds of all pieces.
    pub(super) fn length(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.length).sum()
    }

    /// The piece that has a position, and where that piece begins.
    pub(super) fn at(&self, position: u64) -> (usize, u64) {
        let mut begin = 0;
        for (at, piece) in self.pieces.iter().enumerate() {
            if position < begin + piece.length {
                return (at, begin);
            }
            begin += piece.length;
        }
        (self.pieces.len(), begin)
    }
}

/// An address in a list, if it is one and no longer than any that is asked for.
pub(super) fn joined(base: &Url, address: &str) -> Result<Url, FetchError> {
    let url = base.join(address).ok().filter(|url| url.as_str().len() <= MOST_URL);
    url.ok_or_else(|| FetchError::Address(address.chars().take(100).collect()))
}

/// `n@o` or `n`, which goes on where the piece before has ended.
fn byte_range(text: &str, next: u64) -> Option<(u64, u64)> {
    let (count, from) = match text.trim().split_once('@') {
        Some((count, from)) => (count, from.trim().parse().ok()?),
        None => (text.trim(), next),
    };
    count.trim().parse().ok().filter(|count| *count > 0).map(|count| (from, count))
}

/// A value in a list of `NAME=value` and `NAME="value"`.
pub(super) fn attribute<'a>(mut text: &'a str, name: &str) -> Option<&'a str> {
    loop {
        let (key, rest) = text.split_once('=')?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(rest) => {
                let (value, rest) = rest.split_once('"')?;
                (value, rest.trim_start_matches(','))
            }
            None => rest.split_once(',').unwrap_or((rest, "")),
        };
        if key.trim() == name {
            return Some(value);
        }
        text = rest;
    }
}

/// What stands behind the length of a piece: plain text, or `title="…",artist="…"`.
fn title(text: &str) -> Option<String> {
    let part = |key| attribute(text, key).and_then(name);
    match (part("title"), part("artist")) {
        (Some(title), Some(artist)) => name(&format!("{artist} - {title}")),
        (Some(title), None) => Some(title),
        (None, _) if text.contains("=\"") => None,
        (None, _) => name(text),
    }
}

fn milliseconds(seconds: &str) -> Option<u64> {
    let length = std::time::Duration::try_from_secs_f64(seconds.trim().parse().ok()?).ok()?;
    u64::try_from(length.as_millis()).ok().filter(|length| *length < 24 * 3600 * 1000)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sound_alone_is_chosen() {
        let base = Url::parse("http://h.test/a/master.m3u8").unwrap();
        let both = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=1x1,CODECS=\"avc1.4d,mp4a.40.2\"\nfilm.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS=\"mp4a.40.2\"\nlow.m3u8\n\
             #EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS=\"mp4a.40.2\"\nhigh.m3u8\n";
        assert_eq!(Master::parse(&base, both).choice().unwrap().path(), "/a/high.m3u8");
        let apart = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"x, y\",URI=\"other.m3u8\"\n\
             #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",DEFAULT=YES,URI=\"sound.m3u8\"\n\
             #EXT-X-STREAM-INF:BANDWIDTH=900000,AUDIO=\"a\"\nfilm.m3u8\n";
        assert_eq!(Master::parse(&base, apart).choice().unwrap().path(), "/a/sound.m3u8");
        let films = "#EXT-X-STREAM-INF:BANDWIDTH=9\nbig.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=3\nsmall.m3u8\n";
        assert_eq!(Master::parse(&base, films).choice().unwrap().path(), "/a/small.m3u8");
        assert_eq!(Master::parse(&base, "#EXTM3U\n#EXTINF:3,\na.ts\n").choice(), None);
    }

    #[test]
    fn addresses_take_only_so_much_room() {
        let base = Url::parse(&format!("http://h.test/{}/list.m3u8", "x".repeat(4_000))).unwrap();
        let many = format!("#EXTM3U\n{}", "#EXTINF:4,\na\n".repeat(MOST_PIECES));
        let list = Pieces::parse(&base, &many).unwrap();
        assert!((2_000..2_200).contains(&list.pieces.len()), "{}", list.pieces.len());
        let base = Url::parse("http://h.test/list.m3u8").unwrap();
        assert_eq!(Pieces::parse(&base, &many).unwrap().pieces.len(), MOST_PIECES);
        let long = "x".repeat(MOST_URL);
        assert!(Pieces::parse(&base, &format!("#EXTM3U\n#EXT-X-MAP:URI=\"{long}\"\n#EXTINF:4,\na\n")).is_err());
        assert!(Pieces::parse(&base, &format!("#EXTM3U\n#EXTINF:4,\n{long}\n")).is_err());
    }

    #[test]
    fn pieces_are_read() {
        let base = Url::parse("http://h.test/a/list.m3u8").unwrap();
        let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI=\"head.mp4\",BYTERANGE=\"9@0\"\n\
             #EXTINF:4.0,\n#EXT-X-BYTERANGE:100@20\na.mp4\n#EXTINF:3.5,\n#EXT-X-BYTERANGE:50\na.mp4\n#EXT-X-ENDLIST\n";
        let list = Pieces::parse(&base, text).unwrap();
        assert_eq!((list.first, list.target, list.ended, list.length()), (7, 4000, true, 7500));
        assert_eq!((list.pieces[0].range, list.pieces[1].range), (Some((20, 100)), Some((120, 50))));
        assert_eq!(list.pieces[1].head.as_ref().unwrap().range, Some((0, 9)));
        let head = |piece: &Piece| piece.head.clone().unwrap();
        assert!(Arc::ptr_eq(&head(&list.pieces[0]), &head(&list.pieces[1])), "one head for all");
        assert_eq!((list.at(0), list.at(4100), list.at(9000)), ((0, 0), (1, 4000), (2, 7500)));
        let radio = "#EXT-X-TARGETDURATION:4\n#EXTINF:4,title=\"A, B\",artist=\"C\"\na.ts\n#EXTINF:4, Pl\u{7}ain\nb.ts\n\
             #EXTINF:4,\nc.ts\n#EXTINF:4\nd.ts\n#EXTINF:4,url=\"x\"\ne.ts\n";
        let titles = Pieces::parse(&base, radio).unwrap().pieces.into_iter().map(|piece| piece.title);
        let titles: Vec<_> = titles.map(Option::unwrap_or_default).collect();
        assert_eq!(titles, ["C - A, B", "Plain", "", "", ""]);
        let locked = "#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:4,\na.ts\n\
             #EXTINF:4,\nb.ts\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:4,\nc.ts\n";
        let locks: Vec<_> = Pieces::parse(&base, locked).unwrap().pieces.into_iter().map(|piece| piece.lock).collect();
        assert!(locks[0].is_some() && locks[1].is_some() && locks[0] != locks[1] && locks[2].is_none());
        let samples = locked.replace("AES-128", "SAMPLE-AES");
        assert_eq!(Pieces::parse(&base, &samples).unwrap_err().message, "The stream is encrypted.");
        assert!(Pieces::parse(&base, "#EXT-X-TARGETDURATION:4\n#EXT-X-ENDLIST\n").is_err());
    }

    /// Lines as these lists have them, with anything where something else should be.
    fn lines() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            ".{0,60}",
            "#EXTINF:-?[0-9]{0,40}(\\.[0-9]{0,40})?,.{0,12}",
            "#EXT-X-(TARGETDURATION|MEDIA-SEQUENCE|VERSION):-?[0-9]{0,40}",
            "#EXT-X-BYTERANGE:-?[0-9]{0,24}@?-?[0-9]{0,24}",
            "#EXT-X-MAP:URI=\".{0,20}\",BYTERANGE=\"[0-9]{0,24}@[0-9]{0,24}\"",
            "#EXT-X-KEY:METHOD=(NONE|AES-128|SAMPLE-AES|.{0,5}),URI=\".{0,20}\"",
            "#EXT-X-STREAM-INF:BANDWIDTH=[0-9]{0,24},CODECS=\".{0,12}\",AUDIO=.{0,6}",
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\".{0,6}\",URI=\".{0,20}\"",
            "#EXT-X-(ENDLIST|DISCONTINUITY|.{0,12})",
            "(https?|file)://.{0,30}",
        ];
        proptest::collection::vec(line, 0..60).prop_map(|lines| format!("#EXTM3U\n{}", lines.join("\n")))
    }

    proptest! {
        #[test]
        fn whatever_a_list_says_it_is_read_within_bounds(text in lines(), often in 1_usize..100, position: u64) {
            let base = Url::parse("http://h.test/a/list.m3u8").unwrap();
            let text = format!("{text}\n").repeat(often);
            let _ = Master::parse(&base, &text).choice();
            if let Ok(list) = Pieces::parse(&base, &text) {
                prop_assert!(list.pieces.len() <= MOST_PIECES);
                let _ = list.length();
                let (at, before) = list.at(position);
                prop_assert!(at <= list.pieces.len() && before <= position.max(list.length()));
                prop_assert!(list.continues(&list) || list.pieces.is_empty());
                let _ = list.get(position);
            }
        }
    }
}
