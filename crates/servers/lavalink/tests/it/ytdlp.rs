//! A program that knows how to get at the sound of sites: one that keeps its contract, and those that do not.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, SourceSettings, Sources, YtdlpSettings};
use guildhall_lavalink::wire::{LoadResult, Severity, Track};
use serde_json::json;
use tempfile::TempDir;

use crate::fixture::{Page, Pages, SECONDS, bytes, kind, purity};
use crate::http::{hear, load_track};

/// A program of these lines, in which `$HERE` is its folder and `$LAST` its last argument.
fn program(folder: &TempDir, lines: &str) -> PathBuf {
    let path = folder.path().join("program");
    let here = folder.path().display();
    let text = format!("#!/bin/sh\nHERE='{here}'\nfor LAST; do :; done\necho \"$@\" >> \"$HERE/asked\"\n{lines}\n");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn sources(path: PathBuf, change: impl FnOnce(&mut YtdlpSettings)) -> Catalog {
    let fetch = FetchSettings { allowed_networks: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() };
    let mut settings = YtdlpSettings {
        path,
        hosts: vec!["site.test".to_owned(), "youtube.com".to_owned()],
        searches: vec!["ytsearch".to_owned(), "ytmsearch".to_owned()],
        playlist_limit: 3,
        time: Duration::from_secs(10),
        ..YtdlpSettings::default()
    };
    change(&mut settings);
    Catalog::new(SourceSettings { fetch, ytdlp: Some(settings), ..SourceSettings::default() }, None).unwrap()
}

fn asked(folder: &TempDir) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join("asked")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Whether a process is there and not only its shadow.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

async fn gone(file: &Path) {
    let began = Instant::now();
    loop {
        let pid = std::fs::read_to_string(file).unwrap_or_default();
        if !pid.trim().is_empty() && !lives(&pid) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "process `{}` lives on", pid.trim());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn refused(sources: &Catalog, identifier: &str) -> (Severity, String) {
    match sources.load(identifier).await {
        LoadResult::Error(error) => (error.severity, error.cause),
        other => panic!("{identifier} gives {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tracks_lists_and_searches_are_found_and_played() {
    let (folder, pages) = (tempfile::tempdir().unwrap(), Pages::start().await);
    let sound = pages.put("/sound", Page::File(kind("tone.mp3"), bytes("tone.mp3")));
    let video = json!({
        "_type": "video", "id": "one", "title": "A Tone\u{7}", "uploader": "The Testers", "duration": 6.02, "extractor_key": "Site",
        "webpage_url": "https://site.test/watch?v=one", "thumbnail": "https://site.test/one.webp", "album": "Tones",
        "channel_url": "https://site.test/testers", "formats": [{ "nothing": [1, 2, { "deep": null }] }],
    });
    let entry = |number: u32| {
        json!({ "_type": "url", "ie_key": "Youtube", "id": format!("number{number:05}"), "title": format!("Nr. {number}"),
            "url": format!("https://www.youtube.com/watch?v=number{number:05}"), "duration": number, "channel": "Numbers",
            "live_status": if number == 2 { "is_live" } else { "not_live" }, "thumbnails": [{ "url": "javascript:x" }] })
    };
    let entries = [1, 2, 3, 4, 5].map(entry);
    let list = json!({ "_type": "playlist", "title": "All", "webpage_url": "https://site.test/list", "entries": [null, &entries] });
    // Lists in lists are laid open.
    let list = json!({ "_type": "playlist", "title": "All", "uploader": "Numbers", "webpage_url": "https://site.test/list",
        "entries": [null, list["entries"][1][0], { "_type": "playlist", "entries": &entries[1..] }] });
    let search = json!({ "_type": "playlist", "entries": entries });
    let play = json!({ "_type": "video", "id": "one", "requested_formats": [
        { "url": "http://127.0.0.1:1/picture", "acodec": "none" },
        { "url": sound, "acodec": "mp3", "http_headers": { "User-Agent": "A Browser", "Cookie": "secret", "Range": "bytes=7-", "Bad\n": "x", "X-Null": null } },
    ] });
    for (name, value) in [("video", &video), ("list", &list), ("search", &search), ("play", &play)] {
        std::fs::write(folder.path().join(name), value.to_string()).unwrap();
    }
    let path = program(
        &folder,
        "env > $HERE/env\ncase \"$LAST $*\" in\nytsearch*|*music.youtube*) cat $HERE/search;;\n*/list*) cat $HERE/list;;\n*-f\\ *) cat $HERE/play;;\n*/nothing*) echo '{\"_type\":\"playlist\",\"entries\":[]}';;\n*) cat $HERE/video;;\nesac",
    );
    let sources = sources(path, |_| {});
    assert_eq!(sources.names(), ["ytdlp", "youtube"]);

    let track = load_track(&sources, "https://www.site.test/watch?v=one").await;
    assert_eq!(
        (track.info.title.as_str(), track.info.author.as_str(), track.info.length),
        ("A Tone", "The Testers", 6020)
    );
    assert_eq!((track.info.source_name.as_str(), track.info.identifier.as_str()), ("ytdlp", "one"));
    assert_eq!(track.info.artwork_url.as_deref(), Some("https://site.test/one.webp"));
    assert_eq!(track.plugin_info["albumName"], "Tones");
    // What is known of it travels in the blob.
    assert_eq!(Track::decode(&track.encoded).unwrap(), track);

    let (heard, ..) = hear(sources.open(&track.info, 2000).await.unwrap(), f64::MAX).await;
    assert!((heard.seconds() - (SECONDS - 2.0)).abs() < 0.15 && purity(&heard.left, heard.rate) > 0.99);
    let head = pages.heads().first().unwrap().clone();
    assert!(head.contains("user-agent: a browser\r\n") && head.contains("range: bytes=0-"), "{head}");
    assert!(!head.contains("guildhall/") && !head.contains("secret") && !head.contains("x-null"), "{head}");

    let LoadResult::Playlist(list) = sources.load("https://site.test/list").await else { panic!("no list") };
    let titles: Vec<_> = list.tracks.iter().map(|track| track.info.title.as_str()).collect();
    assert_eq!((list.info.name.as_str(), titles), ("All", vec!["Nr. 1", "Nr. 2", "Nr. 3"]));
    assert_eq!(
        (list.plugin_info["type"].as_str(), list.plugin_info["author"].as_str()),
        (Some("playlist"), Some("Numbers"))
    );
    assert!(list.tracks[1].info.is_stream && !list.tracks[1].info.is_seekable);
    assert_eq!((list.tracks[0].info.source_name.as_str(), &list.tracks[0].info.artwork_url), ("youtube", &None));

    for search in ["ytsearch: --exec=x \n", "ytmsearch:a&b"] {
        let LoadResult::Search(found) = sources.load(search).await else { panic!("nothing for {search}") };
        assert_eq!(found.len(), 5);
    }
    assert_eq!(sources.load("https://site.test/nothing").await, LoadResult::Empty);
    // A search that is not switched on, a site that is not listed, and names that only look like it.
    for other in
        ["scsearch:x", "https://othersite.test/", "https://site.test.evil.test/", "ytsearch:", "http://127.0.0.1/"]
    {
        assert_eq!(sources.load(other).await, LoadResult::Empty, "{other}");
    }
    let asked = asked(&folder);
    assert!(
        asked[0].ends_with("--flat-playlist --playlist-items 1:3 -- https://www.site.test/watch?v=one"),
        "{asked:?}"
    );
    assert!(asked[3].ends_with(" -- ytsearch10:--exec=x"), "{asked:?}");
    assert!(asked[4].ends_with(" -- https://music.youtube.com/search?q=a%26b#songs"), "{asked:?}");
    assert_eq!(asked.len(), 6, "{asked:?}");
    let env = std::fs::read_to_string(folder.path().join("env")).unwrap();
    assert!(
        env.lines().all(|line| ["PATH=", "LANG=", "HOME=", "PWD=", "_=", "SHLVL=", "OLDPWD="]
            .iter()
            .any(|known| line.starts_with(known))),
        "{env}"
    );

    // What a client says of a track is not believed: its page has to be on one of the sites.
    let mut forged = track.info.clone();
    forged.uri = Some("https://elsewhere.test/".to_owned());
    assert_eq!(sources.open(&forged, 0).await.err().unwrap().severity, Severity::Common);
    forged.uri = None;
    assert!(sources.open(&forged, 0).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_an_end_is_ended_with_all_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(&folder, "sleep 1000 & echo $! > $HERE/child\necho $$ > $HERE/parent\nwait");
    let sources = sources(path, |settings| {
        settings.time = Duration::from_millis(700);
        settings.processes = 1;
    });
    let began = Instant::now();
    let (severity, cause) = refused(&sources, "https://site.test/hangs").await;
    assert!(severity == Severity::Suspicious && cause.contains("took longer"), "{cause}");
    assert!(began.elapsed() < Duration::from_secs(5));
    gone(&folder.path().join("child")).await;
    gone(&folder.path().join("parent")).await;

    // Also when whoever asked does not wait for it.
    let _ = std::fs::remove_file(folder.path().join("child"));
    let _ = tokio::time::timeout(Duration::from_millis(300), sources.load("https://site.test/hangs")).await;
    gone(&folder.path().join("child")).await;
    // And nobody is kept out by it.
    assert!(refused(&sources, "https://site.test/hangs").await.1.contains("took longer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_breaks_its_contract_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let deep = format!("{}{}", "{\"entries\":[".repeat(1_000), "]}".repeat(1_000));
    std::fs::write(folder.path().join("deep"), deep).unwrap();
    let fails = "case \"$LAST\" in\n*endless*) echo $$ > $HERE/endless; yes;;\n*loud*) yes >&2 & yes;;\n*garbage*) echo '{\"title\":';;\n*wrong*) echo '{\"title\":7}';;\n*deep*) cat $HERE/deep;;\n*bytes*) head -c 1000 /dev/urandom;;\n*fails*) echo noise >&2; echo 'ERROR: the video is gone' >&2; exit 3;;\n*null*) echo null;;\n*bare*) echo '{}';;\nesac";
    let sources = sources(program(&folder, fails), |settings| settings.output = 500_000);
    for (name, severity, part) in [
        ("endless", Severity::Suspicious, "more than 500000 bytes"),
        ("loud", Severity::Suspicious, "more than 500000 bytes"),
        ("garbage", Severity::Suspicious, "EOF"),
        ("wrong", Severity::Suspicious, "invalid type"),
        ("deep", Severity::Suspicious, "recursion"),
        ("bytes", Severity::Suspicious, ""),
        ("null", Severity::Suspicious, "invalid type"),
        ("silent", Severity::Suspicious, "EOF"),
        ("fails", Severity::Common, "exit status: 3: ERROR: the video is gone"),
    ] {
        let (said, cause) = refused(&sources, &format!("https://site.test/{name}")).await;
        assert!(said == severity && cause.contains(part), "{name}: {said:?} {cause}");
    }
    gone(&folder.path().join("endless")).await;
    assert_eq!(sources.load("https://site.test/bare").await, LoadResult::Empty);
    assert_eq!(sources.load("ytsearch:bare").await, LoadResult::Empty);
    let nowhere = self::sources(folder.path().join("not-there"), |_| {});
    assert_eq!(refused(&nowhere, "https://site.test/x").await.0, Severity::Fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_sound_is_said_to_be_is_guarded() {
    let folder = tempfile::tempdir().unwrap();
    let path = program(&folder, "cat $HERE/answer");
    let answer = |url: &str| {
        let item = json!({ "id": "x", "webpage_url": "https://site.test/x", "url": url });
        std::fs::write(folder.path().join("answer"), item.to_string()).unwrap();
    };
    let settings = YtdlpSettings { path, hosts: vec!["site.test".to_owned()], ..YtdlpSettings::default() };
    let settings = SourceSettings { ytdlp: Some(settings), ..SourceSettings::default() };
    let sources = Catalog::new(settings, None).unwrap();
    answer("https://site.test/x");
    let track = load_track(&sources, "https://site.test/x").await;
    for (url, part) in [
        ("http://127.0.0.1/x", "public"),
        ("http://[::1]/x", "public"),
        ("file:///etc/passwd", "no address"),
        ("", "no address"),
    ] {
        answer(url);
        let error = sources.open(&track.info, 0).await.err().unwrap();
        assert!(error.cause.contains(part), "{url}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_expires_on_the_way_is_asked_for_again() {
    let (folder, pages) = (tempfile::tempdir().unwrap(), Pages::start().await);
    let file = bytes("tone.mp3");
    let first = pages.put("/first", Page::Expiring(kind("tone.mp3"), file.clone(), 60_000));
    let second = pages.put("/second", Page::Expiring(kind("tone.mp3"), file.clone(), 40_000));
    let third = pages.put("/third", Page::File(kind("tone.mp3"), file.clone()));
    for (number, url) in [first, second, third].iter().enumerate() {
        let play = json!({ "id": "x", "webpage_url": "https://site.test/x", "duration": 6.0, "url": url,
            "http_headers": { "X-Number": number.to_string() } });
        std::fs::write(folder.path().join(format!("play{}", number + 1)), play.to_string()).unwrap();
    }
    let path = program(
        &folder,
        "case \"$*\" in\n*-f\\ *) echo >> $HERE/plays; cat $HERE/play$(wc -l < $HERE/plays);;\n*) cat $HERE/play1;;\nesac",
    );
    let sources = sources(path, |_| {});
    let track = load_track(&sources, "https://site.test/x").await;
    let (heard, _, end) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
    end.unwrap();
    assert!((heard.seconds() - SECONDS).abs() < 0.1, "{}", heard.seconds());
    assert!(purity(&heard.left, heard.rate) > 0.99);
    let asked = pages.requests();
    // Each goes on at the byte where the one before broke off.
    for (path, from) in
        [("/first", 0), ("/first", 60_000), ("/second", 60_000), ("/second", 100_000), ("/third", 100_000)]
    {
        let line = format!("get {path} http/1.1 {from}");
        assert!(asked.contains(&line), "{line} is not among {asked:?}");
    }
    assert!(pages.heads().last().unwrap().contains("x-number: 2\r\n"));

    // An address that is good for nothing at all is the end, and so is another file.
    let other = pages.put("/other", Page::File(kind("tone.mp3"), file[..100_000].to_vec()));
    for (url, part) in [(format!("http://{}/gone", pages.address), "status 404"), (other, "the file changed")] {
        std::fs::write(folder.path().join("plays"), "").unwrap();
        pages.put("/first", Page::Expiring(kind("tone.mp3"), file.clone(), 60_000));
        let play = json!({ "id": "x", "webpage_url": "https://site.test/x", "url": url });
        std::fs::write(folder.path().join("play2"), play.to_string()).unwrap();
        let (heard, _, end) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
        let error = end.unwrap_err();
        assert!(error.cause.contains(part) && heard.seconds() > 1.0, "{error}");
        assert_eq!(std::fs::read_to_string(folder.path().join("plays")).unwrap().len(), 2);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_has_only_so_much_memory() {
    let folder = tempfile::tempdir().unwrap();
    // A shell that wants to know two hundred million letters by heart, and a child of it.
    let greedy = "case \"$LAST\" in\n*child*) sh -c 'all=$(yes | head -c 200000000); echo {}';;\n*) all=$(yes | head -c 200000000); echo {};;\nesac";
    let path = program(&folder, greedy);
    for (memory, enough) in [(64 << 20, false), (4 << 30, true)] {
        let sources = sources(path.clone(), |settings| {
            settings.memory = memory;
            settings.time = Duration::from_secs(30);
        });
        for page in ["https://site.test/child", "https://site.test/x"] {
            let result = sources.load(page).await;
            let refused = matches!(&result, LoadResult::Error(error) if error.severity == Severity::Common);
            assert!(if enough { result == LoadResult::Empty } else { refused }, "{memory}: {result:?}");
        }
    }
}
