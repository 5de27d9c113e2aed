//! The real `yt-dlp`, with its generic extractor: pages of a server of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Catalog, SourceSettings, Sources, YtdlpSettings};
use guildhall_lavalink::wire::{LoadResult, Severity, TrackInfo};

use crate::fixture::{Page, Pages, SECONDS, bytes, kind, purity, tone};
use crate::http::{hear, load_track};

fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/python/bin/yt-dlp");
    path.canonicalize().unwrap_or_else(|error| panic!("no yt-dlp ({error}): run `cargo xtask setup`"))
}

/// Asked about this machine; whether its pages may be fetched is another thing.
fn sources(networks: &[&str], time: Duration) -> Catalog {
    let allowed_networks = networks.iter().map(|network| network.parse().unwrap()).collect();
    let fetch = FetchSettings { allowed_networks, ..FetchSettings::default() };
    let settings =
        YtdlpSettings { path: program(), hosts: vec!["127.0.0.1".to_owned()], time, ..YtdlpSettings::default() };
    Catalog::new(SourceSettings { fetch, ytdlp: Some(settings), ..SourceSettings::default() }, None).unwrap()
}

fn ours() -> Catalog {
    sources(&["127.0.0.0/8"], Duration::from_mins(1))
}

fn page(title: &str, body: &str) -> Page {
    let text = format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{title}</title></head><body>{body}</body></html>"
    );
    Page::File("text/html; charset=utf-8", text.into_bytes())
}

/// From a place to its end; gives how long that was.
async fn play(sources: &Catalog, track: &TrackInfo, from: u64) -> f64 {
    let stream = sources.open(track, from).await.unwrap_or_else(|error| panic!("{}: {error}", track.title));
    let (heard, _, end) = hear(stream, f64::MAX).await;
    end.unwrap();
    assert!(purity(&heard.left, heard.rate) > 0.99, "{}: {}", track.title, purity(&heard.left, heard.rate));
    heard.seconds()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_one_and_of_several_are_found_and_played() {
    let (pages, sources) = (Pages::start().await, ours());
    for name in ["tone.mp3", "tone.flac", "tone.m4a"] {
        pages.put(&format!("/{name}"), Page::File(kind(name), bytes(name)));
    }
    let title = "Ein Ton – ñandú 音 🎵";
    let url = pages.put("/one.html", page(title, "<audio src=\"tone.mp3\"></audio>"));
    let track = load_track(&sources, &url).await;
    assert!(track.info.title.starts_with(title), "{}", track.info.title);
    assert_eq!((track.info.source_name.as_str(), track.info.uri.as_ref()), ("ytdlp", Some(&url)));
    assert!(!track.info.is_stream && track.info.is_seekable);
    assert!((play(&sources, &track.info, 0).await - SECONDS).abs() < 0.15);
    assert!((play(&sources, &track.info, 4_000).await - (SECONDS - 4.0)).abs() < 0.15);
    // It was fetched as the program had said, and by the node.
    let heads = pages.heads();
    let head = heads.iter().rfind(|head| head.starts_with("get /tone.mp3")).unwrap();
    assert!(head.contains("user-agent: mozilla/") && head.contains(&format!("referer: {url}")), "{head}");

    let all = "<audio src=\"tone.mp3\"></audio><audio src=\"tone.flac\"></audio><video src=\"tone.m4a\"></video>";
    let url = pages.put("/many.html", page("Viele Töne", all));
    let LoadResult::Playlist(list) = sources.load(&url).await else { panic!("no list") };
    assert_eq!((list.info.name.as_str(), list.tracks.len()), ("Viele Töne", 3));
    // All are on one page: each is known by its own id.
    for (track, path) in list.tracks.iter().zip(["/tone.mp3", "/tone.flac", "/tone.m4a"]) {
        let before = pages.requests().len();
        assert!((play(&sources, &track.info, 3_000).await - (SECONDS - 3.0)).abs() < 0.2, "{path}");
        let asked = pages.requests().split_off(before);
        assert!(asked.iter().any(|line| line.contains(path)), "{path}: {asked:?}");
    }
    let mut gone = list.tracks[0].info.clone();
    gone.identifier = "many-9".to_owned();
    let error = sources.open(&gone, 0).await.err().unwrap();
    assert!(error.severity == Severity::Common && error.cause.contains("no address"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_hls_is_played() {
    let (folder, pages, sources) = (tempfile::tempdir().unwrap(), Pages::start().await, ours());
    let made = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-i"])
        .arg(tone("tone.m4a"))
        .args(["-c:a", "copy", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"])
        .arg(folder.path().join("list.m3u8"))
        .status();
    assert!(made.expect("ffmpeg is installed: cargo xtask setup").success());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let kind = if name.ends_with("m3u8") { "application/vnd.apple.mpegurl" } else { "video/mp2t" };
        pages.put(&format!("/{name}"), Page::File(kind, std::fs::read(file.path()).unwrap()));
    }
    let url = pages.put("/live.html", page("Stücke", "<video><source src=\"list.m3u8\"></video>"));
    let track = load_track(&sources, &url).await;
    assert!(track.info.title.starts_with("Stücke"), "{}", track.info.title);
    assert!((play(&sources, &track.info, 0).await - SECONDS).abs() < 0.3);
    assert!((play(&sources, &track.info, 4_000).await - (SECONDS - 4.0)).abs() < 0.3);
    // The list itself is an address too, whose length is known.
    let track = load_track(&sources, &format!("http://{}/list.m3u8", pages.address)).await;
    assert_eq!((track.info.length / 1_000, track.info.is_stream), (6, false));
    assert!((play(&sources, &track.info, 2_000).await - (SECONDS - 2.0)).abs() < 0.3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_complains_about_is_an_error() {
    let (pages, sources) = (Pages::start().await, ours());
    let empty = pages.put("/empty.html", page("Nothing", "<p>no sound</p>"));
    let refused = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let refused = pages.put("/refused.html", Page::Raw(refused.to_vec()));
    for (url, part) in
        [(format!("http://{}/none.html", pages.address), "404"), (refused, "403"), (empty, "Unsupported URL")]
    {
        match sources.load(&url).await {
            LoadResult::Error(error) => {
                assert_eq!(error.severity, Severity::Common, "{url}");
                assert!(error.cause.contains("ERROR: ") && error.cause.contains(part), "{url}: {}", error.cause);
            }
            other => panic!("{url} gives {other:?}"),
        }
    }
}

/// Processes that were started with something among their arguments.
#[cfg(target_os = "linux")]
fn started_with(what: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(what)).count()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_is_ended() {
    let (pages, sources) = (Pages::start().await, sources(&["127.0.0.0/8"], Duration::from_secs(15)));
    let url = pages.put("/silent.html", Page::Silent);
    let watch = async {
        // It has got as far as the page, and waits for it.
        while pages.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        started_with(&url)
    };
    let (result, running) = tokio::join!(sources.load(&url), watch);
    assert!(running > 0);
    let LoadResult::Error(error) = result else { panic!("{result:?}") };
    assert!(error.severity == Severity::Suspicious && error.cause.contains("took longer"), "{}", error.cause);
    let ended = std::time::Instant::now();
    while started_with(&url) > 0 {
        assert!(ended.elapsed() < Duration::from_secs(10), "it lives on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_finds_on_this_machine_is_not_fetched() {
    let pages = Pages::start().await;
    pages.put("/tone.mp3", Page::File(kind("tone.mp3"), bytes("tone.mp3")));
    let url = pages.put("/one.html", page("Inside", "<audio src=\"tone.mp3\"></audio>"));
    // Where the host is not among the sites, it is not even asked about it.
    let settings = YtdlpSettings { path: program(), ..YtdlpSettings::default() };
    let usual = Catalog::new(SourceSettings { ytdlp: Some(settings), ..SourceSettings::default() }, None).unwrap();
    assert_eq!(usual.load(&url).await, LoadResult::Empty);
    assert!(pages.requests().is_empty());
    let guarded = sources(&[], Duration::from_mins(1));
    let track = load_track(&guarded, &url).await;
    let error = guarded.open(&track.info, 0).await.err().unwrap();
    assert!(error.cause.contains("public"), "{error}");
    let fetched = pages.heads().into_iter().filter(|head| head.starts_with("get /tone.mp3")).count();
    assert_eq!(fetched, 0);
}
