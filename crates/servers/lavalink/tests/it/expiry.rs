//! Addresses that are good no longer in the middle of what they lead to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use guildhall_lavalink::source::Sources;
use guildhall_lavalink::wire::TrackInfo;

use crate::fixture::{Page, Pages, SECONDS, TONE, bytes, kind, make, purity};
use crate::http::{Heard, catalog, hear};

fn info(url: &str) -> TrackInfo {
    TrackInfo {
        identifier: url.to_owned(),
        is_seekable: true,
        author: String::new(),
        length: 6_000,
        is_stream: false,
        position: 0,
        title: String::new(),
        uri: None,
        artwork_url: None,
        isrc: None,
        source_name: "http".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_expires_on_the_way_is_followed_again() {
    let (pages, sources) = (Pages::start().await, catalog());
    let file = bytes("tone.flac");
    let third = file.len() / 3;
    pages.put("/one", Page::Expiring(kind("tone.flac"), file.clone(), third));
    pages.put("/two", Page::Expiring(kind("tone.flac"), file.clone(), third));
    pages.put("/three", Page::File(kind("tone.flac"), file.clone()));
    let moved = ["/one", "/two", "/three"].map(|to| Page::Moved(to.to_owned()));
    let url = pages.put("/song", Page::Turns(moved.to_vec()));
    let stream = sources.open(&info(&url), 0).await.unwrap();
    let (heard, mut stream, end) = hear(stream, f64::MAX).await;
    end.unwrap();
    assert_eq!(heard.left.len(), (SECONDS * 44_100.0) as usize);
    assert!(purity(&heard.left, heard.rate) > 0.99);
    let asked = pages.requests();
    let wanted = [("/song", 0), ("/one", 0), ("/one", third), ("/song", third), ("/two", third), ("/two", 2 * third)];
    for (at, (path, from)) in wanted.into_iter().enumerate() {
        assert_eq!(asked[at], format!("get {path} http/1.1 {from}"), "{asked:?}");
    }
    // What is wound asks where it was found last.
    let reached = tokio::task::block_in_place(|| stream.seek(1_000)).unwrap();
    let (heard, ..) = hear(stream, f64::MAX).await;
    assert!((heard.seconds() + reached as f64 / 1000.0 - SECONDS).abs() < 0.01, "{}", heard.seconds());
    assert_eq!(pages.requests().iter().filter(|line| line.starts_with("get /song")).count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_behind_the_same_address_is_not_gone_on_with() {
    let (pages, sources) = (Pages::start().await, catalog());
    let file = bytes("tone.wav");
    let mut other = file.clone();
    other[200_000..300_000].fill(0);
    let longer = [file.clone(), vec![0; 1_000]].concat();
    for (name, then) in [
        ("other", Page::File(kind("tone.wav"), other)),
        ("longer", Page::File(kind("tone.wav"), longer)),
        ("endless", Page::Stream(kind("tone.wav"), file.clone())),
        ("gone", Page::Raw(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec())),
    ] {
        pages.put("/one", Page::Expiring(kind("tone.wav"), file.clone(), 150_000));
        pages.put("/two", then);
        let moved = ["/one", "/two"].map(|to| Page::Moved(to.to_owned()));
        let url = pages.put(&format!("/{name}"), Page::Turns(moved.to_vec()));
        let (heard, _, end) = hear(sources.open(&info(&url), 0).await.unwrap(), f64::MAX).await;
        let error = end.unwrap_err();
        assert_eq!(error.message, "The connection to the file is lost.", "{name}");
        assert!(error.cause.contains(if name == "gone" { "410" } else { "changed" }), "{name}: {}", error.cause);
        assert!(heard.seconds() < 1.0, "{name}: {}", heard.seconds());
    }
    // One that was there from the start is asked for twice and not for ever.
    let gone = pages.put("/forbidden", Page::Moved("/two".to_owned()));
    assert!(sources.open(&info(&gone), 0).await.err().unwrap().cause.contains("410"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_radio_whose_address_expires_is_found_again() {
    let (pages, sources) = (Pages::start().await, catalog());
    let sound = bytes("tone.mp3");
    let head = b"HTTP/1.0 200 OK\r\nicy-metaint: 1000000\r\ncontent-type: audio/mpeg\r\n\r\n".as_slice();
    let gone = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec();
    let (first, second) = sound.split_at(sound.len() / 2);
    pages.put("/one", Page::Turns(vec![Page::Raw([head, first].concat()), Page::Raw(gone)]));
    pages.put("/two", Page::Raw([head, second].concat()));
    let moved = ["/one", "/two"].map(|to| Page::Moved(to.to_owned()));
    let url = pages.put("/radio", Page::Turns(moved.to_vec()));
    let (heard, _, end) = hear(sources.open(&info(&url), 0).await.unwrap(), 5.5).await;
    end.unwrap();
    assert!(heard.seconds() >= 5.5);
    let asked: Vec<_> = pages.requests().iter().take(5).map(|line| line[4..8].to_owned()).collect();
    assert_eq!(asked, ["/rad", "/one", "/one", "/rad", "/two"]);
}

/// How the list of a stream is come by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Led {
    /// It stands where it always stood.
    Straight,
    /// An address leads to it, which is good for as long as its pieces are.
    Redirected,
    /// A list of variants says it, with an address that is good for as long.
    Chosen,
}

/// A stream whose addresses are good for some pieces.
struct Stall {
    files: HashMap<String, Bytes>,
    names: Vec<String>,
    head: Option<String>,
    /// So many pieces are given until other addresses are good; where one breaks off, they are at once.
    most: usize,
    breaks: Option<usize>,
    /// How many pieces are in the list at first, which then grows; all, where it is finished.
    live: Option<usize>,
    /// Nobody ever gets another address, or another list.
    stubborn: bool,
    shrinks: bool,
    state: Mutex<Stand>,
}

/// What has happened so far.
#[derive(Default)]
struct Stand {
    token: u32,
    given: usize,
    lists: usize,
    broken: bool,
    asked: Vec<String>,
}

impl Stall {
    fn new(extra: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Frames of AAC that were made once, so that each kind of piece has the same sound.
        let input =
            format!("sine=frequency={TONE}:sample_rate=48000:duration=6,volume=4,aformat=channel_layouts=stereo");
        let tone = make("expiry.m4a", &["-f", "lavfi", "-i", &input, "-c:a", "aac", "-b:a", "96k"]);
        let status = std::process::Command::new("ffmpeg")
            .args(["-loglevel", "error", "-nostdin", "-y", "-i"])
            .arg(tone)
            .args(["-c:a", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"])
            .args(extra)
            .arg(folder.path().join("list.m3u8"))
            .status()
            .unwrap();
        assert!(status.success());
        let list = std::fs::read_to_string(folder.path().join("list.m3u8")).unwrap();
        let names: Vec<_> = list.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
        assert!((5..=7).contains(&names.len()), "{list}");
        let mut files = HashMap::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.insert(name, Bytes::from(std::fs::read(path).unwrap()));
        }
        let head = files.keys().find(|name| name.starts_with("init")).cloned();
        let state = Mutex::default();
        Self { files, names, head, most: usize::MAX, breaks: None, live: None, stubborn: false, shrinks: false, state }
    }

    /// The same stream, whose addresses are good for so long.
    fn with(&self, most: usize, breaks: Option<usize>, live: Option<usize>) -> Self {
        let (files, names, head) = (self.files.clone(), self.names.clone(), self.head.clone());
        Self { files, names, head, most, breaks, live, stubborn: false, shrinks: false, state: Mutex::default() }
    }

    fn list(&self, folder: &str) -> String {
        let mut state = self.state.lock().unwrap();
        state.lists += 1;
        let (reads, all) = (state.lists, self.names.len());
        let count = self.live.map_or(all, |first| (first + reads - 1).min(all));
        let count = if self.shrinks && reads > 1 { count - 1 } else { count };
        let mut text = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n".to_owned();
        if let Some(head) = &self.head {
            text.push_str(&format!("#EXT-X-MAP:URI=\"{folder}{head}\"\n"));
        }
        self.names[..count].iter().for_each(|name| text.push_str(&format!("#EXTINF:1.0,\n{folder}{name}\n")));
        text + if count == all || self.live.is_none() { "#EXT-X-ENDLIST\n" } else { "" }
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Response {
        let now = {
            let mut state = self.state.lock().unwrap();
            state.asked.push(path.to_owned());
            state.token
        };
        let list = |text: String| ([(header::CONTENT_TYPE, "application/vnd.apple.mpegurl")], text).into_response();
        match path {
            "list.m3u8" => return list(self.list(&format!("{}/", if self.stubborn { 0 } else { now }))),
            "first.m3u8" => return Redirect::temporary(&format!("/{now}/list.m3u8")).into_response(),
            "master.m3u8" => {
                let about = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=96000,CODECS=\"mp4a.40.2\"\n";
                return list(format!("{about}{now}/list.m3u8\n"));
            }
            _ => {}
        }
        let Some((_, name)) = path.split_once('/').filter(|(token, _)| *token == now.to_string()) else {
            return StatusCode::FORBIDDEN.into_response();
        };
        if name == "list.m3u8" {
            return list(self.list(""));
        }
        let file = self.files[name].clone();
        let from = headers.get(header::RANGE).map_or(0, |range| {
            range.to_str().unwrap().strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap()
        });
        let mut state = self.state.lock().unwrap();
        let counts = self.names.iter().any(|piece| piece == name);
        state.given += usize::from(counts);
        let breaks = self.breaks.is_some_and(|at| self.names[at] == name) && !state.broken;
        state.broken |= breaks;
        if breaks || counts && state.given.is_multiple_of(self.most) {
            state.token += 1;
        }
        let range = format!("bytes {from}-{}/{}", file.len() - 1, file.len());
        let status = if from > 0 { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let rest = file.slice(from..);
        let body = if breaks {
            let half = rest.slice(..rest.len() / 2);
            let broken = async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Err(std::io::Error::other("on purpose"))
            };
            Body::from_stream(stream::once(async { Ok(half) }).chain(stream::once(broken)))
        } else {
            Body::from(rest)
        };
        let mut response = (status, body).into_response();
        if from > 0 {
            response.headers_mut().insert(header::CONTENT_RANGE, range.parse().unwrap());
        }
        response
    }
}

/// Plays a stream to its end: what was heard, how that ended, and what was asked.
async fn play(stall: Stall, led: Led) -> (Heard, Result<(), String>, Vec<String>) {
    let stall = Arc::new(stall);
    let answer = async |State(stall): State<Arc<Stall>>, Path(path): Path<String>, headers: HeaderMap| {
        stall.answer(&path, &headers)
    };
    let router = axum::Router::new().route("/{*path}", get(answer)).with_state(stall.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let name = match led {
        Led::Straight => "list.m3u8",
        Led::Redirected => "first.m3u8",
        Led::Chosen => "master.m3u8",
    };
    let opened = catalog().open(&info(&format!("http://{address}/{name}")), 0).await;
    let stream = opened.unwrap_or_else(|error| panic!("{error}: {:?}", stall.state.lock().unwrap().asked));
    let (heard, _, end) = hear(stream, 60.0).await;
    server.abort();
    let asked = stall.state.lock().unwrap().asked.clone();
    (heard, end.map_err(|error| format!("{error}")), asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_whose_addresses_expire_are_found_again_without_a_gap() {
    for extra in [&[][..], &["-hls_segment_type", "fmp4"][..]] {
        let plain = Stall::new(extra);
        let (whole, end, asked) = play(plain.with(usize::MAX, None, None), Led::Straight).await;
        end.unwrap();
        assert_eq!(asked.iter().filter(|path| path.ends_with("m3u8")).count(), 1, "{asked:?}");
        assert!((whole.seconds() - 6.0).abs() < 0.1 && purity(&whole.left, whole.rate) > 0.99, "{}", whole.seconds());
        let expiries = [(2, None), (1, None), (usize::MAX, Some(2)), (3, Some(3))];
        let cases = [Led::Straight, Led::Redirected, Led::Chosen].into_iter().flat_map(|led| {
            expiries.into_iter().flat_map(move |expiry| [None, Some(4)].map(|live| (led, expiry, live)))
        });
        let played = cases.map(async |(led, (most, breaks), live)| {
            let (heard, end, asked) = play(plain.with(most, breaks, live), led).await;
            let about = format!("{extra:?} {led:?} {most} {breaks:?} {live:?}: {asked:?}");
            assert_eq!(end, Ok(()), "{about}");
            // Not a sample is missing, and none is heard twice. A live stream begins at its second piece.
            if live.is_none() {
                assert!(whole.left == heard.left, "{about}");
            } else {
                let late = (whole.left.len() - heard.left.len()) as f64 / 48_000.0;
                assert!((late - 1.0).abs() < 0.1, "{late} {about}");
                assert!(purity(&heard.left, heard.rate) > 0.99, "{about}");
            }
        });
        futures_util::future::join_all(played).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_that_are_found_nowhere_end_a_stream_soon() {
    // The list goes on to say what is good no longer; or it is another list by now.
    for (stubborn, shrinks) in [(true, false), (false, true)] {
        let stall = Stall { most: 2, stubborn, shrinks, ..Stall::new(&[]) };
        let (heard, end, asked) = play(stall, Led::Straight).await;
        assert!(end.unwrap_err().contains("403"), "{asked:?}");
        assert!((heard.seconds() - 2.0).abs() < 0.2, "{}", heard.seconds());
        assert!(asked.len() < 10, "{asked:?}");
    }
}
