//! Servers and files that mean no good: a typed error, soon, and no more memory than any other file takes.

use std::time::{Duration, Instant};

use guildhall_lavalink::source::fetch::{Ask, Fetch, FetchError, FetchSettings, Resolve};
use guildhall_lavalink::source::{Catalog, SourceSettings, Sources};
use guildhall_lavalink::wire::{Exception, LoadResult};

use crate::fixture::{FORMATS, Page, Pages, bytes, kind, resident};
use crate::http::{catalog, hear, load_track};

async fn refusal(sources: &Catalog, url: &str) -> Exception {
    let began = Instant::now();
    let mut result = sources.load(url).await;
    // The head of a file may be fine.
    if let LoadResult::Track(track) = &result {
        let stream = sources.open(&track.info, 0).await.unwrap();
        let (_, _, end) = hear(stream, 60.0).await;
        result = LoadResult::Error(end.err().unwrap().into());
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{url} took {:?}", began.elapsed());
    match result {
        LoadResult::Error(error) => error,
        other => panic!("{url} gives {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_asked() {
    let pages = Pages::start().await;
    let secret = pages.put("/secret.mp3", Page::File("audio/mpeg", bytes("tone.mp3")));
    let closed = Catalog::new(SourceSettings { http: true, ..SourceSettings::default() }, None).unwrap();
    let port = pages.address.port();
    for url in [
        secret.clone(),
        format!("http://localhost:{port}/secret.mp3"),
        format!("http://[::ffff:127.0.0.1]:{port}/secret.mp3"),
        format!("http://2130706433:{port}/secret.mp3"),
        format!("http://0x7f.1:{port}/secret.mp3"),
        format!("http://0:{port}/secret.mp3"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://[fd00::1]/x".to_owned(),
    ] {
        let error = refusal(&closed, &url).await;
        assert_eq!(error.message.as_deref(), Some("That address may not be played from."), "{url}: {error:?}");
    }
    assert_eq!(pages.requests(), Vec::<String>::new());

    // By a redirect from an address that is allowed, in a list, or in a list of pieces.
    let sources = catalog();
    let inner = format!("http://10.0.0.1:{port}/secret.mp3");
    let moved = pages.put(
        "/moved",
        Page::Raw(
            format!("HTTP/1.1 302 Found\r\nlocation: {inner}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into(),
        ),
    );
    let list = pages.put("/list.m3u", Page::File("audio/x-mpegurl", inner.clone().into()));
    for url in [moved, list] {
        assert_eq!(
            refusal(&sources, &url).await.message.as_deref(),
            Some("That address may not be played from."),
            "{url}"
        );
    }
    for scheme in ["file:///etc/passwd", "ftp://example.org/x", "gopher://127.0.0.1/", "javascript:1"] {
        assert_eq!(sources.load(scheme).await, LoadResult::Empty, "{scheme}");
        let moved = pages.put(
            "/away",
            Page::Raw(
                format!("HTTP/1.1 302 Found\r\nlocation: {scheme}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .into(),
            ),
        );
        refusal(&sources, &moved).await;
    }
}

/// A name that leads somewhere else each time.
struct Rebinding;

impl Resolve for Rebinding {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<std::net::IpAddr>>> + Send + 'a>> {
        Box::pin(async move {
            match host {
                "rebind.test" => {
                    Ok(vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap(), "::ffff:10.0.0.1".parse().unwrap()])
                }
                "nowhere.test" => Ok(Vec::new()),
                _ => Err(std::io::Error::other("no such name")),
            }
        })
    }
}

#[tokio::test]
async fn names_are_judged_by_where_they_lead() {
    let fetch = Fetch::with_resolver(FetchSettings::default(), std::sync::Arc::new(Rebinding)).unwrap();
    for (url, private) in [
        ("http://rebind.test:1/", true),
        ("https://rebind.test/", true),
        ("http://nowhere.test/", false),
        ("http://other.test/", false),
    ] {
        let error = fetch.ask(Ask::get(url.parse().unwrap())).await.err().unwrap();
        match error {
            FetchError::Private(_) => assert!(private, "{url}"),
            FetchError::Resolve(_) => assert!(!private, "{url}"),
            other => panic!("{url}: {other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_answers_are_typed_errors() {
    let (pages, sources) = (Pages::start().await, catalog());
    let answer = |head: &str, body: &[u8]| {
        Page::Raw([format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n").as_bytes(), body].concat())
    };
    for (path, page, says) in [
        ("/round", answer("302 Found\r\nlocation: /round\r\ncontent-length: 0", b""), "something strange"),
        (
            "/bomb",
            answer("200 OK\r\ncontent-type: audio/mpeg\r\ncontent-encoding: gzip", &[0x1f, 0x8b, 8, 0]),
            "something strange",
        ),
        (
            "/huge",
            answer("200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 99999999999999", b""),
            "something strange",
        ),
        (
            "/page",
            answer("200 OK\r\ncontent-type: text/html\r\ncontent-length: 12", b"<html></html"),
            "Unknown file format.",
        ),
        (
            "/picture",
            answer("200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 8", b"\x89PNG\r\n\x1a\n"),
            "Unknown file format.",
        ),
        ("/empty", answer("200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 0", b""), "Unknown file format."),
        ("/error", answer("500 No\r\ncontent-length: 0", b""), "answered with an error"),
        ("/nonsense", Page::Raw(b"SSH-2.0-x\r\n\r\n".to_vec()), "Connecting"),
        ("/silent", Page::Silent, "too slowly"),
        (
            "/list.m3u",
            Page::Endless(
                b"HTTP/1.1 200 OK\r\ncontent-type: audio/x-mpegurl\r\n\r\n".to_vec(),
                b"http://a.test/\n".repeat(1000),
            ),
            "something strange",
        ),
    ] {
        let error = refusal(&sources, &pages.put(path, page)).await;
        assert!(error.message.as_deref().unwrap().contains(says), "{path}: {error:?}");
    }
    let gone = format!("http://{}/gone", pages.address);
    assert_eq!(refusal(&sources, &gone).await.message.as_deref(), Some("Nothing is found at that address."));
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_and_slow_streams_end_and_others_play_on() {
    let (pages, sources) = (Pages::start().await, catalog());
    let fine = pages.put("/fine.mp3", Page::File("audio/mpeg", bytes("tone.mp3")));
    let before = resident();
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: audio/webm\r\n\r\n".to_vec();
    // A box of MKV that says it is enormous, followed by as much as anyone wants.
    let mut webm = head.clone();
    webm.extend_from_slice(&bytes("opus.webm")[..2000]);
    webm.extend_from_slice(b"\xa3\x01\xff\xff\xff\xff\xff\xff\xfe");
    let mut ogg = head.clone();
    ogg.extend_from_slice(&bytes("vorbis.ogg")[..50]);
    let urls = [
        pages.put("/zero", Page::Endless(head.clone(), vec![0; 65536])),
        pages.put(
            "/noise",
            Page::Endless(
                head.clone(),
                (0..65536_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect(),
            ),
        ),
        pages.put("/webm", Page::Endless(webm, vec![7; 65536])),
        pages.put("/ogg", Page::Endless(ogg, vec![b'O'; 65536])),
        pages.put("/tag", Page::Endless([&head[..], b"ID3\x04\0\0\x7f\x7f\x7f\x7f"].concat(), vec![1; 65536])),
        pages.put(
            "/trickle",
            Page::Trickle([&head[..], &bytes("tone.mp3")[..300]].concat(), Duration::from_millis(300)),
        ),
        pages.put("/silence", Page::Trickle(head.clone(), Duration::from_mins(1))),
    ];
    let hostile = urls.iter().map(|url| refusal(&sources, url));
    let player = async {
        let track = load_track(&sources, &fine).await;
        let began = Instant::now();
        let (heard, _, end) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
        end.unwrap();
        assert!(heard.seconds() > 5.9);
        began.elapsed()
    };
    let (errors, took) = tokio::join!(futures_util::future::join_all(hostile), player);
    for (url, error) in urls.iter().zip(errors) {
        assert!(!error.cause.is_empty(), "{url}: {error:?}");
    }
    assert!(took < Duration::from_secs(5), "others wait {took:?}");
    let grown = resident().saturating_sub(before);
    assert!(grown < 200 << 20, "{} MB more", grown >> 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_of_every_format_do_no_harm() {
    let (pages, sources) = (Pages::start().await, catalog());
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for (name, _) in FORMATS {
        let whole = bytes(name);
        for round in 0..12 {
            let mut file = whole.clone();
            match round % 4 {
                // Damage in the head, damage everywhere, the end missing, a part missing.
                0 => (0..8).for_each(|_| file[random(600)] = random(256) as u8),
                1 => (0..200).for_each(|_| file[random(whole.len())] = random(256) as u8),
                2 => file.truncate(random(whole.len())),
                _ => {
                    let at = random(whole.len() / 2);
                    file.drain(at..at + random(whole.len() / 4));
                }
            }
            let url = pages.put("/damaged", Page::File(kind(name), file));
            match sources.load(&url).await {
                LoadResult::Track(track) => {
                    if let Ok(stream) = sources.open(&track.info, 0).await {
                        let (heard, mut stream, _) = hear(stream, 60.0).await;
                        assert!(heard.seconds() < 60.0, "{name}");
                        if stream.seekable() {
                            let _ = tokio::task::block_in_place(|| stream.seek(3000));
                            let _ = hear(stream, 1.0).await;
                        }
                    }
                }
                LoadResult::Error(error) => assert!(error.message.is_some(), "{name}"),
                LoadResult::Empty => {}
                other => panic!("{name} gives {other:?}"),
            }
        }
    }
    assert!(resident() < 600 << 20);
}
