//! Servers and files that mean no good: a typed error, soon, and no more memory than any other file takes.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use guildhall_db::{Config, Db};
use guildhall_lavalink::source::fetch::{Ask, Fetch, FetchError, FetchSettings, Resolve};
use guildhall_lavalink::source::{Catalog, SourceSettings, Sources};
use guildhall_lavalink::voice::Null;
use guildhall_lavalink::wire::{Exception, LoadResult};
use guildhall_lavalink::{Node, Settings, router};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::corrupt::{Dice, seed};
use crate::fixture::{FORMATS, Page, Pages, bytes, kind, resident};
use crate::http::{catalog, hear};

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

/// What has no end, comes too slowly, or is something else than it says.
fn endless(pages: &Pages) -> Vec<String> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: audio/webm\r\n\r\n".to_vec();
    // A box of MKV that says it is enormous, followed by as much as anyone wants.
    let mut webm = head.clone();
    webm.extend_from_slice(&bytes("opus.webm")[..2000]);
    webm.extend_from_slice(b"\xa3\x01\xff\xff\xff\xff\xff\xff\xfe");
    let mut ogg = head.clone();
    ogg.extend_from_slice(&bytes("vorbis.ogg")[..50]);
    let noise = (0..65536_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let trickle = [&head[..], &bytes("tone.mp3")[..300]].concat();
    vec![
        pages.put("/zero", Page::Endless(head.clone(), vec![0; 65536])),
        pages.put("/noise", Page::Endless(head.clone(), noise)),
        pages.put("/webm", Page::Endless(webm, vec![7; 65536])),
        pages.put("/ogg", Page::Endless(ogg, vec![b'O'; 65536])),
        pages.put("/tag", Page::Endless([&head[..], b"ID3\x04\0\0\x7f\x7f\x7f\x7f"].concat(), vec![1; 65536])),
        pages.put("/trickle", Page::Trickle(trickle, Duration::from_millis(300))),
        pages.put("/silence", Page::Trickle(head, Duration::from_mins(1))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_and_slow_streams_end() {
    let (pages, sources) = (Pages::start().await, catalog());
    let urls = endless(&pages);
    let before = resident();
    let errors = futures_util::future::join_all(urls.iter().map(|url| refusal(&sources, url))).await;
    for (url, error) in urls.iter().zip(errors) {
        assert!(!error.cause.is_empty(), "{url}: {error:?}");
    }
    let grown = resident().saturating_sub(before);
    println!("{} KiB more", grown >> 10);
    assert!(grown < 40 << 20, "{} MB more", grown >> 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_that_others_play_what_means_no_good() {
    const PLAYERS: usize = 5;
    let pages = Pages::start().await;
    let urls = endless(&pages);
    let long = std::fs::read(crate::fixture::make(
        "played.mp3",
        &[
            "-f",
            "lavfi",
            "-i",
            "sine=frequency=440:sample_rate=44100:duration=120",
            "-c:a",
            "libmp3lame",
            "-b:a",
            "192k",
        ],
    ));
    let fine = pages.put("/long.mp3", Page::File("audio/mpeg", long.unwrap()));
    let node = Running::start().await;
    for guild in 0..PLAYERS {
        assert_eq!(node.play(guild, &fine).await, 200);
    }
    let all = || node.voice.links().iter().map(|link| link.frames()).collect::<Vec<_>>();
    let began = Instant::now();
    while !(all().len() == PLAYERS && all().iter().all(|frames| frames.len() > 100)) {
        assert!(began.elapsed() < Duration::from_secs(30), "they do not play");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (before, begun) = (node.missed().await, Instant::now());
    let late = late();
    let memory = resident();
    // Others ask for all of that, again and again, each in a player of its own.
    for round in 0..3 {
        let hostile = urls.iter().enumerate().map(|(at, url)| node.play(100 + round * 10 + at, url));
        futures_util::future::join_all(hostile).await;
    }
    tokio::time::sleep(Duration::from_secs(15).saturating_sub(begun.elapsed())).await;
    let (missed, ended, late) = (node.missed().await - before, Instant::now(), late());
    let grown = resident().saturating_sub(memory);
    println!("{missed} frames missed, {} KiB more, late by {late:?}", grown >> 10);
    // Frames of 240 ms wait for each: who is held up by less than that misses none.
    let most = if late < Duration::from_millis(100) { 0 } else { late.as_millis() as u64 / 20 * PLAYERS as u64 };
    assert!(missed <= most, "{missed} frames are missed, and the machine was late by {late:?}");
    for frames in all().into_iter().take(PLAYERS) {
        let during = frames.iter().filter(|(at, _)| *at > begun && *at < ended).count() as f64;
        let due = (ended - begun).as_secs_f64() * 50.0;
        assert!(during >= due - 10.0 - late.as_secs_f64() * 50.0, "{during} of {due} frames");
    }
    assert!(grown < 40 << 20, "{} MB more", grown >> 20);
}

/// How late this machine lets a thread work that has little to do each 20 ms; gives the worst so far.
fn late() -> impl Fn() -> Duration {
    let most = std::sync::Arc::new(std::sync::Mutex::new(Duration::ZERO));
    let notes = std::sync::Arc::downgrade(&most);
    std::thread::spawn(move || {
        const TURN: Duration = Duration::from_millis(20);
        while let Some(notes) = notes.upgrade() {
            let slept = Instant::now();
            std::thread::sleep(TURN);
            let mut most = notes.lock().unwrap();
            *most = most.max(slept.elapsed().saturating_sub(TURN));
        }
    });
    move || *most.lock().unwrap()
}

/// A node, and a client of it.
struct Running {
    voice: std::sync::Arc<Null>,
    players: String,
    client: reqwest::Client,
    status: String,
    _socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    _folder: tempfile::TempDir,
}

impl Running {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Config::sqlite(&folder.path().join("node.db"))).await.unwrap();
        let key = folder.path().join("node.key");
        let settings = Settings { password: "secret".to_owned(), workers: 1, key, ..Settings::default() };
        let voice = std::sync::Arc::new(Null::default());
        let node = Node::start(settings, db, std::sync::Arc::new(catalog()), voice.clone()).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router(node)).await.unwrap() });
        let mut request = format!("ws://{address}/v4/websocket").into_client_request().unwrap();
        for (name, value) in [("authorization", "secret"), ("user-id", "1"), ("client-name", "test/1.0")] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (mut socket, _) = connect_async(request).await.unwrap();
        let ready = socket.next().await.unwrap().unwrap();
        let ready: serde_json::Value = serde_json::from_str(ready.to_text().unwrap()).unwrap();
        let session = ready["sessionId"].as_str().unwrap();
        Self {
            voice,
            players: format!("http://{address}/v4/sessions/{session}/players"),
            client: reqwest::Client::new(),
            status: format!("http://{address}/v4/guildhall/status"),
            _socket: socket,
            _folder: folder,
        }
    }

    /// Has somebody play something; how that was answered.
    async fn play(&self, guild: usize, identifier: &str) -> u16 {
        let voice = serde_json::json!({ "token": "t", "endpoint": "voice.example:443", "sessionId": "s" });
        let body = serde_json::json!({ "voice": voice, "track": { "identifier": identifier } });
        let request = self.client.patch(format!("{}/{}", self.players, guild + 1)).header("authorization", "secret");
        request.json(&body).send().await.unwrap().status().as_u16()
    }

    /// Frames that those who play what is fine have missed.
    async fn missed(&self) -> u64 {
        let status = self.client.get(&self.status).header("authorization", "secret").send().await.unwrap();
        let status: serde_json::Value = status.json().await.unwrap();
        let fine = |player: &&serde_json::Value| player["guildId"].as_str().unwrap().len() == 1;
        status["players"].as_array().unwrap().iter().filter(fine).map(|player| player["nulled"].as_u64().unwrap()).sum()
    }
}

/// Who panics while it opens a file says so in one line: a backtrace brings the names of all functions into memory, which are not what
/// is measured.
fn quietly() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some("tokio-rt-worker") {
            eprintln!("{panic}");
        } else {
            usual(panic);
        }
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_of_every_format_do_no_harm() {
    quietly();
    let (pages, sources) = (Pages::start().await, catalog());
    let seed = seed();
    let mut dice = Dice::new(seed);
    let mut random = move |below: usize| dice.below(below);
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
                        assert!(heard.seconds() < 60.0, "{name}, GUILDHALL_SEED={seed}");
                        if stream.seekable() {
                            let _ = tokio::task::block_in_place(|| stream.seek(3000));
                            let _ = hear(stream, 1.0).await;
                        }
                    }
                }
                LoadResult::Error(error) => assert!(error.message.is_some(), "{name}, GUILDHALL_SEED={seed}"),
                LoadResult::Empty => {}
                other => panic!("{name} gives {other:?}, GUILDHALL_SEED={seed}"),
            }
        }
    }
    println!("{} KiB", resident() >> 10);
    assert!(resident() < 128 << 20, "{} MB, GUILDHALL_SEED={seed}", resident() >> 20);
}
