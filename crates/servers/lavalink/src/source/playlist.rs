//! Lists of addresses as radio stations give them: M3U and PLS.

use std::collections::BTreeMap;

use url::Url;

/// Most entries that are read.
const MOST_ENTRIES: usize = 1000;

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) url: Url,
    pub(super) title: Option<String>,
    /// Milliseconds; nothing when it is not known or has no end.
    pub(super) length: Option<u64>,
}

/// What kind of list a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    M3u,
    Pls,
    /// Pieces of one stream, or several streams of the same sound.
    Hls,
}

impl List {
    /// Whether an answer of this type or name is to be read as a text.
    pub(super) fn expected(content_type: &str, url: &Url) -> bool {
        let end = url.path().rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
        matches!(
            content_type,
            "audio/mpegurl"
                | "audio/x-mpegurl"
                | "application/mpegurl"
                | "application/x-mpegurl"
                | "application/vnd.apple.mpegurl"
                | "audio/x-scpls"
                | "audio/scpls"
                | "application/pls+xml"
                | "text/plain"
        ) || matches!(end.as_str(), "m3u" | "m3u8" | "pls")
    }

    /// The kind of a text.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let first = text.lines().next()?.trim();
        if first.eq_ignore_ascii_case("[playlist]") {
            return Some(Self::Pls);
        }
        if text.lines().any(|line| line.starts_with("#EXT-X-TARGETDURATION") || line.starts_with("#EXT-X-STREAM-INF")) {
            return Some(Self::Hls);
        }
        let address = text.lines().find(|line| !line.starts_with('#') && !line.trim().is_empty())?.trim();
        (first.starts_with("#EXTM3U") || Url::parse(address).is_ok_and(|url| url.has_host())).then_some(Self::M3u)
    }
}

/// The entries of an M3U list.
pub(super) fn m3u(base: &Url, text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let (mut title, mut length) = (None, None);
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(about) = line.strip_prefix("#EXTINF:") {
            let (number, name) = about.split_once(',').unwrap_or((about, ""));
            length = milliseconds(number.split_whitespace().next().unwrap_or_default());
            title = short(name);
        } else if !line.is_empty() && !line.starts_with('#') {
            if let Ok(url) = base.join(line) {
                entries.push(Entry { url, title: title.take(), length: length.take() });
            }
            if entries.len() == MOST_ENTRIES {
                break;
            }
        }
    }
    entries
}

/// The entries of a PLS list, whose lines are in any order. Of lines that say the same, the first counts.
pub(super) fn pls(base: &Url, text: &str) -> Vec<Entry> {
    let mut said: BTreeMap<usize, Said<'_>> = BTreeMap::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim();
        let digits = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
        let (key, number) = name.split_at(digits);
        let Some(number) = number.parse().ok().filter(|number| (1..=MOST_ENTRIES).contains(number)) else { continue };
        let entry = said.entry(number).or_default();
        let field = match key.to_ascii_lowercase().as_str() {
            "file" => &mut entry.file,
            "title" => &mut entry.title,
            "length" => &mut entry.length,
            _ => continue,
        };
        field.get_or_insert(value.trim());
    }
    let mut entries = Vec::new();
    for number in 1..=MOST_ENTRIES {
        let Some(Said { file: Some(address), title, length }) = said.remove(&number) else { break };
        let Ok(url) = base.join(address) else { continue };
        entries.push(Entry { url, title: title.and_then(short), length: length.and_then(milliseconds) });
    }
    entries
}

/// What a PLS list says of one number.
#[derive(Default)]
struct Said<'a> {
    file: Option<&'a str>,
    title: Option<&'a str>,
    length: Option<&'a str>,
}

fn milliseconds(seconds: &str) -> Option<u64> {
    let length = std::time::Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    u64::try_from(length.as_millis()).ok().filter(|length| *length > 0)
}

fn short(text: &str) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(200).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_are_told_apart_and_read() {
        let base = Url::parse("http://radio.test/lists/all.m3u").unwrap();
        let text =
            "#EXTM3U\r\n#EXTINF:123.5 x=\"y\",One - Two\r\na.mp3\r\n\r\n#EXTINF:-1,Live\r\nhttp://b.test/live\r\n";
        assert_eq!(List::of(text), Some(List::M3u));
        let entries = m3u(&base, text);
        assert_eq!(entries[0].url.as_str(), "http://radio.test/lists/a.mp3");
        assert_eq!((entries[0].title.as_deref(), entries[0].length), (Some("One - Two"), Some(123_500)));
        assert_eq!((entries[1].title.as_deref(), entries[1].length), (Some("Live"), None));
        assert_eq!(entries.len(), 2);

        let text = "[playlist]\nNumberOfEntries=2\nFile1=http://a.test/\nTitle1=A\nLength1=-1\nfile2=b.ogg\n";
        assert_eq!(List::of(text), Some(List::Pls));
        let entries = pls(&base, text);
        assert_eq!((entries.len(), entries[0].title.as_deref(), entries[0].length), (2, Some("A"), None));
        assert_eq!(entries[1].url.as_str(), "http://radio.test/lists/b.ogg");

        for (text, list) in [
            ("\u{feff}#EXTM3U\n#EXT-X-TARGETDURATION:6\n", Some(List::Hls)),
            ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n", Some(List::Hls)),
            ("http://a.test/b.mp3\n", Some(List::M3u)),
            ("<html>\n", None),
            ("", None),
        ] {
            assert_eq!(List::of(text), list, "{text:?}");
        }
        assert_eq!(m3u(&base, &"x.mp3\n".repeat(5000)).len(), 1000);
    }

    #[test]
    fn a_list_is_read_in_one_go_however_long_and_unordered() {
        let base = Url::parse("http://radio.test/").unwrap();
        let mut text = "x=\n".repeat(1 << 20);
        for number in (1..=2_000).rev() {
            text.push_str(&format!(" Title{number} = {number}\nFILE{number}={number}.mp3\nfile{number}=other.mp3\n"));
        }
        let begun = std::time::Instant::now();
        let entries = pls(&base, &text);
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
        assert_eq!((entries.len(), entries[999].title.as_deref()), (1_000, Some("1000")));
        assert_eq!(entries[41].url.as_str(), "http://radio.test/42.mp3");
        // It ends where a number is missing.
        assert_eq!(pls(&base, "[playlist]\nFile1=a\nFile3=c\nFile0=z\nFile=y\n").len(), 1);
    }

    /// Lines as lists have them, with anything where something else should be.
    fn lines() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            ".{0,60}",
            "#EXTINF:.{0,12},.{0,12}",
            "#EXTINF:-?[0-9]{0,40}(\\.[0-9]{0,40})?,.{0,12}",
            "(File|Title|Length|file)[0-9]{0,24}=.{0,30}",
            "(https?|ftp|file)://.{0,30}",
            Just("#EXTM3U".to_owned()),
            Just("[playlist]".to_owned()),
        ];
        (proptest::collection::vec(line, 0..40), "\r?\n").prop_map(|(lines, end)| lines.join(&end))
    }

    proptest! {
        #[test]
        fn whatever_a_list_says_it_is_read_within_bounds(text in lines(), often in 1_usize..400) {
            let base = Url::parse("http://radio.test/lists/all.m3u").unwrap();
            let _ = List::of(&text);
            let text = format!("{text}\n").repeat(often);
            for entries in [m3u(&base, &text), pls(&base, &text)] {
                prop_assert!(entries.len() <= MOST_ENTRIES);
            }
        }
    }
}
