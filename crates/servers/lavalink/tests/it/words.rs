//! Words of songs: in files of every format, and from an API in the shape of LRCLIB's.

use std::path::Path;

use guildhall_db::testing::Scratch;
use guildhall_lavalink::source::{Catalog, LocalSettings, SourceSettings, Sources, UploadSettings};
use guildhall_lavalink::wire::{Lyrics, TrackInfo};
use serde_json::{Value, json};

use crate::fixture::{Page, Pages, kind, make, tone};
use crate::http::{catalog, load_track, settings};

const TEXT: &str = "First line\nSecond l\u{ed}ne";

/// A tone whose tags have words.
fn sung(name: &str) -> Vec<u8> {
    if name.ends_with("mp3") {
        // In UTF-16, as most programs write it.
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let content = [b"\x01eng\xFF\xFE\0\0\xFF\xFE".as_slice(), &wide(TEXT)].concat();
        return tagged(&[("USLT", &content)]);
    }
    let path = tone(name);
    let words = format!("lyrics={TEXT}");
    // Tags of Ogg are those of its stream.
    let about = if name.ends_with("ogg") { "-metadata:s:a:0" } else { "-metadata" };
    let made = make(&format!("sung-{name}"), &["-i", path.to_str().unwrap(), "-c", "copy", about, &words]);
    std::fs::read(made).unwrap()
}

/// An MP3 with a tag of ID3 of the third version.
fn tagged(frames: &[(&str, &[u8])]) -> Vec<u8> {
    let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_be_bytes();
    let frame = |(id, content): &(&str, &[u8])| [id.as_bytes(), &size(content), &[0, 0], content].concat();
    let names: [(&str, &[u8]); 2] = [("TIT2", b"\0A Tone"), ("TPE1", b"\0The Testers")];
    let frames: Vec<u8> = names.iter().chain(frames).flat_map(frame).collect();
    let length = frames.len();
    let safe = [0, 0, (length >> 7) as u8 & 0x7f, length as u8 & 0x7f];
    let sound = std::fs::read(tone("tone.mp3")).unwrap();
    let skip = 10 + sound[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte));
    [b"ID3\x03\0\0".as_slice(), &safe, &frames, &sound[skip..]].concat()
}

/// Words with their times, and others without.
fn synchronised(kind: u8, format: u8, parts: &[(&str, u32)]) -> Vec<u8> {
    let mut body = [[0, b'e', b'n', b'g', format, kind].as_slice(), b"about\0"].concat();
    for (text, at) in parts {
        body.extend([text.as_bytes(), b"\0", &at.to_be_bytes()].concat());
    }
    tagged(&[("USLT", b"\0eng\0without times"), ("SYLT", &body)])
}

fn lines(lyrics: &Lyrics) -> Vec<(i64, Option<i64>, &str)> {
    lyrics.lines.iter().map(|line| (line.timestamp, line.duration, line.line.as_str())).collect()
}

async fn library(folder: &Path, scratch: &Scratch, lrclib: Option<String>) -> Catalog {
    let db = scratch.open().await;
    db.migrate(guildhall_lavalink::MIGRATIONS).await.unwrap();
    let settings = SourceSettings {
        local: Some(LocalSettings { folders: vec![folder.to_owned()], ..LocalSettings::default() }),
        uploads: Some(UploadSettings { folder: folder.join("uploads"), file: 4 << 20, quota: 16 << 20 }),
        lrclib: lrclib.map(|url| url.parse().unwrap()),
        ..settings()
    };
    Catalog::new(settings, Some(db)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_in_tags_of_every_format_are_found_wherever_the_file_is() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("music");
    std::fs::create_dir_all(&folder).unwrap();
    let scratch = Scratch::new(guildhall_db::Engine::Sqlite);
    let sources = library(&folder, &scratch, None).await;
    let pages = Pages::start().await;
    for name in ["uslt.mp3", "tone.flac", "tone.m4a", "vorbis.ogg", "opus.ogg"] {
        let bytes = sung(name);
        std::fs::write(folder.join(name), &bytes).unwrap();
        let mut incoming = sources.uploads().unwrap().begin(name, None).await.unwrap();
        incoming.write(&bytes.clone().into()).await.unwrap();
        let upload = incoming.finish().await.unwrap();
        let url = pages.put(&format!("/{name}"), Page::File(kind(name), bytes));
        for (source, identifier) in
            [("local", format!("local:music/{name}")), ("upload", format!("upload:{}", upload.id)), ("http", url)]
        {
            let track = load_track(&sources, &identifier).await;
            assert_eq!(track.info.source_name, source);
            let words = sources.lyrics(&track.info).await.unwrap_or_else(|| panic!("{name} of {source} has words"));
            assert_eq!(words.text.as_deref(), Some(TEXT), "{name} of {source}");
            assert_eq!((words.source_name.as_str(), words.provider.as_str()), (source, source));
            assert!(words.lines.is_empty());
        }
    }
    let url = pages.put("/silent.mp3", Page::File("audio/mpeg", std::fs::read(tone("tone.mp3")).unwrap()));
    let track = load_track(&sources, &url).await;
    assert_eq!(sources.lyrics(&track.info).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_with_their_times_come_first() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("music");
    std::fs::create_dir_all(&folder).unwrap();
    let scratch = Scratch::new(guildhall_db::Engine::Sqlite);
    let sources = library(&folder, &scratch, None).await;
    let of = async |bytes: Vec<u8>| {
        std::fs::write(folder.join("song.mp3"), bytes).unwrap();
        let track = load_track(&sources, "local:music/song.mp3").await;
        sources.lyrics(&track.info).await.unwrap()
    };
    let found = of(synchronised(1, 2, &[("One", 500), ("Two", 2_000)])).await;
    assert_eq!(lines(&found), [(500, Some(1_500), "One"), (2_000, None, "Two")]);
    assert_eq!(found.text.as_deref(), Some("One\nTwo"));
    let found = of(synchronised(1, 2, &[("Sy", 500), ("la", 700), ("\nBles", 900), (" too", 1_000)])).await;
    assert_eq!(lines(&found), [(500, Some(400), "Syla"), (900, None, "Bles too")]);
    // Chords, and times that are no times, are no words.
    for (kind, format) in [(5, 2), (1, 1)] {
        let found = of(synchronised(kind, format, &[("Am", 500), ("F", 2_000)])).await;
        assert_eq!((found.text.as_deref(), found.lines.len()), (Some("without times"), 0), "{kind} {format}");
    }
    // What stands beside the file comes before all of it.
    std::fs::write(folder.join("song.lrc"), "[00:03.00]Beside").unwrap();
    let found = of(synchronised(1, 2, &[("One", 500)])).await;
    assert_eq!(lines(&found), [(3_000, None, "Beside")]);
    // A tag that is cut off upsets nobody.
    std::fs::remove_file(folder.join("song.lrc")).unwrap();
    let whole = synchronised(1, 2, &[("One", 500), ("Two", 2_000)]);
    for end in (10..140).step_by(7) {
        std::fs::write(folder.join("cut.mp3"), &whole[..end]).unwrap();
        let info = TrackInfo { identifier: "music/cut.mp3".to_owned(), ..track("local", "Cut", "Nobody", 1) };
        let _ = sources.lyrics(&info).await;
    }
}

fn track(source: &str, title: &str, author: &str, seconds: i64) -> TrackInfo {
    TrackInfo {
        identifier: "x".to_owned(),
        is_seekable: true,
        author: author.to_owned(),
        length: seconds * 1_000,
        is_stream: false,
        position: 0,
        title: title.to_owned(),
        uri: None,
        artwork_url: None,
        isrc: None,
        source_name: source.to_owned(),
    }
}

fn json_page(body: &Value) -> Page {
    Page::File("application/json", body.to_string().into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_songs_without_any_are_asked_for() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("music");
    std::fs::create_dir_all(&folder).unwrap();
    let pages = Pages::start().await;
    let scratch = Scratch::new(guildhall_db::Engine::Sqlite);
    let sources = library(&folder, &scratch, Some(format!("http://{}/base", pages.address))).await;
    assert!(sources.plugins().contains(&"lavalyrics-plugin") && !catalog().plugins().contains(&"lavalyrics-plugin"));
    let asked = || pages.requests().iter().filter(|line| line.contains("/base/")).count();
    let found = json!({
        "id": 1, "trackName": "Two Words", "artistName": "Some & Body", "albumName": "x", "duration": 200.0, "instrumental": false,
        "plainLyrics": "La\nLi", "syncedLyrics": "[00:01.00] La\n[00:02.50] Li"
    });
    pages.put("/base/api/get?track_name=two+words&artist_name=some+%26+body&duration=200", json_page(&found));
    // Of any source, and once: then it is known.
    for source in ["spotify", "youtube", "ytdlp", "upload"] {
        let words = sources.lyrics(&track(source, "Two Words", "Some & Body", 200)).await.unwrap();
        assert_eq!(lines(&words), [(1_000, Some(1_500), "La"), (2_500, None, "Li")]);
        assert_eq!((words.source_name.as_str(), words.provider.as_str()), (source, "lrclib"));
        assert_eq!(words.text.as_deref(), Some("La\nLi"));
    }
    assert_eq!(asked(), 1);

    // What is not known by its name and length is looked for: the one of that length, with times if there is one.
    let one = |title: &str, artist: &str, length: f64, synced: Option<&str>, plain: Option<&str>| json!({ "trackName": title, "artistName": artist, "duration": length, "syncedLyrics": synced, "plainLyrics": plain });
    let list = json!([
        one("Another song", "Body", 100.0, Some("[00:01.00] wrong"), None),
        one("Three Words", "Body", 130.0, Some("[00:01.00] too long"), None),
        one("Three Words", "Body", 100.0, None, Some("no times")),
        one("Three Words (live)", "Body", 100.0, None, None),
        one("Three Words", "Body", 101.0, Some("[00:01.00] times"), Some("times")),
    ]);
    pages.put("/base/api/search?track_name=three+words&artist_name=body", json_page(&list));
    let words = sources.lyrics(&track("youtube", "Body - Three Words (Official Audio)", "channel", 100)).await.unwrap();
    assert_eq!(lines(&words), [(1_000, None, "times")]);
    // That there are none is remembered as well, and radio is not asked about at all.
    let before = asked();
    for _ in 0..3 {
        assert_eq!(sources.lyrics(&track("youtube", "Nothing", "Body", 100)).await, None);
    }
    assert_eq!(asked(), before + 2);
    let radio = TrackInfo { is_stream: true, ..track("http", "Body - Three Words", "Body", 100) };
    assert_eq!(sources.lyrics(&radio).await, None);
    assert_eq!(asked(), before + 2);

    // What a file says of itself is not looked for.
    std::fs::write(folder.join("own.mp3"), sung("uslt.mp3")).unwrap();
    let own = load_track(&sources, "local:music/own.mp3").await;
    assert_eq!(sources.lyrics(&own.info).await.unwrap().provider, "local");
    assert_eq!(asked(), before + 2);
    // But that of a file without words is.
    pages.put("/base/api/get?track_name=a+tone&artist_name=the+testers&duration=6", json_page(&found));
    std::fs::copy(tone("tone.mp3"), folder.join("none.mp3")).unwrap();
    let none = load_track(&sources, "local:music/none.mp3").await;
    let words = sources.lyrics(&none.info).await.unwrap();
    assert_eq!((words.source_name.as_str(), words.provider.as_str()), ("local", "lrclib"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_of_words_that_misbehaves_costs_nothing_but_the_words() {
    let root = tempfile::tempdir().unwrap();
    let pages = Pages::start().await;
    let scratch = Scratch::new(guildhall_db::Engine::Sqlite);
    let sources = library(root.path(), &scratch, Some(format!("http://{}/", pages.address))).await;
    let path = |title: &str| format!("/api/get?track_name={title}&artist_name=body&duration=100");
    let ask = async |title: &str| sources.lyrics(&track("youtube", title, "Body", 100)).await;
    pages.put(&path("broken"), Page::File("application/json", b"{\"trackName\": [".to_vec()));
    pages.put(&path("large"), Page::Endless(b"HTTP/1.1 200 OK\r\n\r\n[".to_vec(), vec![b' '; 65_536]));
    pages.put(&path("private"), Page::Moved("http://10.1.2.3/".to_owned()));
    for title in ["broken", "large", "private"] {
        assert_eq!(ask(title).await, None, "{title}");
    }
    // What failed is asked again.
    pages.put(&path("broken"), json_page(&json!({ "plainLyrics": "well" })));
    assert_eq!(ask("broken").await.unwrap().text.as_deref(), Some("well"));
    // Long words are cut.
    pages.put(&path("long"), json_page(&json!({ "plainLyrics": "l".repeat(1 << 20) })));
    assert_eq!(ask("long").await.unwrap().text.unwrap().len(), 100_000);
    // Who wants to be left alone is.
    let later = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n";
    pages.put(&path("later"), Page::Raw(later.to_vec()));
    let began = std::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(ask("later").await, None);
    }
    assert!(began.elapsed().as_secs() < 5);
    assert_eq!(pages.requests().iter().filter(|line| line.contains("later")).count(), 1);
}
