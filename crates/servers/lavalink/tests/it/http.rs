//! The source `http`: files of every format, radio, lists, HLS.

use std::time::Duration;

use guildhall_lavalink::source::fetch::FetchSettings;
use guildhall_lavalink::source::{Block, Catalog, Read, SourceError, SourceSettings, Sources, Stream};
use guildhall_lavalink::wire::{LoadResult, Track, TrackInfo};

use crate::fixture::{FORMATS, Page, Pages, SECONDS, bytes, kind, make, purity};

/// Sources that may talk to this machine.
pub fn catalog() -> Catalog {
    Catalog::new(settings(), None).unwrap()
}

pub fn settings() -> SourceSettings {
    let fetch = FetchSettings {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        connect: Duration::from_secs(2),
        first_byte: Duration::from_secs(2),
        idle: Duration::from_secs(2),
        total: Duration::from_secs(5),
        ..FetchSettings::default()
    };
    SourceSettings { fetch, http: true, ..SourceSettings::default() }
}

pub async fn load_track(sources: &Catalog, identifier: &str) -> Track {
    match sources.load(identifier).await {
        LoadResult::Track(track) => *track,
        other => panic!("{identifier} gives {other:?}"),
    }
}

/// What came out of a stream.
#[derive(Default)]
pub struct Heard {
    pub rate: u32,
    pub left: Vec<f32>,
    pub packets: usize,
    /// Samples of each channel that the packets make.
    length: usize,
}

impl Heard {
    pub fn seconds(&self) -> f64 {
        if self.rate == 0 { self.length as f64 / 48_000.0 } else { self.left.len() as f64 / f64::from(self.rate) }
    }
}

/// Pulls a stream until its end, or until it has given so many seconds.
pub async fn hear(mut stream: Box<dyn Stream>, most: f64) -> (Heard, Box<dyn Stream>, Result<(), SourceError>) {
    tokio::task::spawn_blocking(move || {
        let (mut heard, mut block) = (Heard::default(), Block::default());
        while heard.seconds() < most {
            match stream.read(&mut block) {
                Ok(Read::Pcm) => {
                    heard.rate = block.rate;
                    assert!(!block.samples.is_empty() && block.samples.len() % usize::from(block.channels) == 0);
                    heard.left.extend(block.samples.iter().step_by(usize::from(block.channels)));
                }
                Ok(Read::Opus) => {
                    heard.packets += 1;
                    heard.length += guildhall_audio::opus::frames(&block.packet).unwrap();
                }
                Ok(Read::End) => break,
                Err(error) => return (heard, stream, Err(error)),
            }
        }
        (heard, stream, Ok(()))
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_is_found_out_played_and_wound() {
    let (pages, sources) = (Pages::start().await, catalog());
    for (name, _) in FORMATS {
        let url = pages.put(&format!("/{name}"), Page::File(kind(name), bytes(name)));
        let track = load_track(&sources, &url).await;
        assert_eq!((track.info.identifier.as_str(), track.info.source_name.as_str()), (url.as_str(), "http"), "{name}");
        assert!(!track.info.is_stream, "{name}");
        // Frames of AAC without a container have neither tags nor a length.
        if *name != "tone.aac" {
            assert_eq!(
                track.info.title,
                if ["wav", "aiff", "webm", "mka"].iter().any(|end| name.ends_with(end)) {
                    track.info.title.as_str()
                } else {
                    "A Tone"
                },
                "{name}"
            );
            let length = track.info.length as f64 / 1000.0;
            assert!((length - SECONDS).abs() < 0.1, "{name}: {length}");
            assert!(track.info.is_seekable, "{name}");
        }

        let stream = sources.open(&track.info, 0).await.unwrap();
        let (heard, mut stream, end) = hear(stream, f64::MAX).await;
        end.unwrap();
        assert!((heard.seconds() - SECONDS).abs() < 0.1, "{name}: {}", heard.seconds());
        if heard.rate > 0 {
            assert!(purity(&heard.left, heard.rate) > 0.99, "{name}: {}", purity(&heard.left, heard.rate));
        }
        assert_eq!(heard.packets > 0, matches!(*name, "opus.ogg" | "opus60.ogg" | "opus.webm"), "{name}");

        if track.info.is_seekable {
            let reached = tokio::task::block_in_place(|| stream.seek(4000)).unwrap();
            assert!((3000..=4020).contains(&reached), "{name}: {reached}");
            let (heard, _, end) = hear(stream, f64::MAX).await;
            assert!(end.is_ok(), "{name}: {end:?} after {} s", heard.seconds());
            let expected = SECONDS - reached as f64 / 1000.0;
            assert!((heard.seconds() - expected).abs() < 0.15, "{name}: {} of {expected}", heard.seconds());
            let stream = sources.open(&track.info, 5000).await.unwrap();
            assert!((4000..=5020).contains(&stream.position()), "{name}: {}", stream.position());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opus_whose_packets_change_their_length_stays_opus() {
    let (pages, sources) = (Pages::start().await, catalog());
    let file = [bytes("opus.ogg"), bytes("opus60.ogg"), bytes("opus.ogg")].concat();
    let url = pages.put("/changes.ogg", Page::Stream("audio/ogg", file));
    let track = load_track(&sources, &url).await;
    let (heard, _, end) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
    end.unwrap();
    assert_eq!(heard.rate, 0, "no samples are between the packets");
    assert!((heard.seconds() - 3.0 * SECONDS).abs() < 0.3, "{}", heard.seconds());
}

/// The sum over a page of Ogg.
fn sum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum, byte| {
        (0..8)
            .fold(sum ^ u32::from(*byte) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04C1_1DB7 } else { sum << 1 })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gain_in_the_head_of_an_opus_file_is_known() {
    let (pages, sources) = (Pages::start().await, catalog());
    let mut file = bytes("opus.ogg");
    // The first page is the head alone: 28 bytes of Ogg's, and 19.
    assert_eq!((&file[28..36], &file[47..51]), (&b"OpusHead"[..], &b"OggS"[..]));
    for (gain, decibels) in [(0_i16, 0.0), (-1_536, -6.0), (i16::MAX, 30.0)] {
        file[44..46].copy_from_slice(&gain.to_le_bytes());
        file[22..26].fill(0);
        let sum = sum(&file[..47]);
        file[22..26].copy_from_slice(&sum.to_le_bytes());
        let url = pages.put("/gain.ogg", Page::File("audio/ogg", file.clone()));
        let track = load_track(&sources, &url).await;
        let stream = sources.open(&track.info, 0).await.unwrap();
        assert!((stream.gain() - decibels).abs() < 0.01, "{gain}: {}", stream.gain());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mp3_has_no_gap_of_its_encoder() {
    let (pages, sources) = (Pages::start().await, catalog());
    for name in ["tone.mp3", "tone.m4a", "vorbis.ogg", "tone.flac", "tone.wav"] {
        let url = pages.put(&format!("/{name}"), Page::File(kind(name), bytes(name)));
        let track = load_track(&sources, &url).await;
        let (heard, ..) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
        let expected = (SECONDS * 44_100.0) as usize;
        // The edit list of MP4 is not followed: a frame of AAC before, and what fills up the last one.
        let slack = if name == "tone.m4a" { 2048 } else { 1 };
        assert!(heard.left.len().abs_diff(expected) <= slack, "{name}: {} of {expected}", heard.left.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_opens_a_file_and_one_more_winds_it() {
    let (pages, sources) = (Pages::start().await, catalog());
    let long = make("long.mp3", &["-f", "lavfi", "-i", "sine=frequency=997:duration=120", "-b:a", "192k"]);
    let url = pages.put("/long.mp3", Page::File("audio/mpeg", std::fs::read(long).unwrap()));
    let track = load_track(&sources, &url).await;
    assert_eq!(pages.requests().len(), 1, "{:?}", pages.requests());
    let mut stream = sources.open(&track.info, 0).await.unwrap();
    assert_eq!(pages.requests().len(), 2, "{:?}", pages.requests());
    let reached = tokio::task::block_in_place(|| stream.seek(90_000)).unwrap();
    assert!((89_000..91_000).contains(&reached), "{reached}");
    let (heard, ..) = hear(stream, 1.0).await;
    assert!(purity(&heard.left, heard.rate) > 0.95);
    assert_eq!(pages.requests().len(), 3, "{:?}", pages.requests());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_taken_up_where_it_broke() {
    let (pages, sources) = (Pages::start().await, catalog());
    let url = pages.put("/fragile.flac", Page::Fragile("audio/flac", bytes("tone.flac"), 60_000));
    let track = load_track(&sources, &url).await;
    let (heard, _, end) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
    end.unwrap();
    assert!((heard.seconds() - SECONDS).abs() < 0.01, "{}", heard.seconds());
    assert!(purity(&heard.left, heard.rate) > 0.99);
}

#[tokio::test(flavor = "multi_thread")]
async fn radio_plays_whatever_its_server_calls_http() {
    let (pages, sources) = (Pages::start().await, catalog());
    let sound = bytes("tone.mp3");
    // Three sixteens hold the title, filled up with NUL.
    let title = b"StreamTitle='Somebody - Something';";
    let mut fixed = sound[..4000].to_vec();
    fixed.push(0);
    fixed.extend_from_slice(&sound[4000..8000]);
    fixed.push(3);
    fixed.extend_from_slice(title);
    fixed.extend(std::iter::repeat_n(0, 48 - title.len()));
    for piece in sound[8000..].chunks(4000) {
        fixed.extend_from_slice(piece);
        if piece.len() == 4000 {
            fixed.push(0);
        }
    }
    let plain = pages.put("/plain", Page::Stream("audio/mpeg", sound.clone()));
    assert!(load_track(&sources, &plain).await.info.is_stream);
    for greeting in ["ICY 200 OK", "HTTP/1.0 200 OK"] {
        let head = format!(
            "{greeting}\r\nicy-name: Radio Test\r\nicy-genre: Tones\r\nicy-metaint: 4000\r\ncontent-type: audio/mpeg\r\n\r\n"
        );
        let url = pages.put("/radio", Page::Raw([head.as_bytes(), &fixed].concat()));
        let track = load_track(&sources, &url).await;
        assert_eq!(track.info.title, "A Tone");
        assert!(track.info.is_stream && !track.info.is_seekable);
        assert_eq!(track.info.length, TrackInfo::ENDLESS);
        let (heard, ..) = hear(sources.open(&track.info, 0).await.unwrap(), 5.0).await;
        assert!(heard.seconds() >= 5.0);
        assert!(purity(&heard.left, heard.rate) > 0.99, "titles are no sound");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_lead_to_what_they_list() {
    let (pages, sources) = (Pages::start().await, catalog());
    let url = pages.put("/tone.mp3", Page::File("audio/mpeg", bytes("tone.mp3")));
    let one =
        pages.put("/one.m3u", Page::File("audio/x-mpegurl", format!("#EXTM3U\n#EXTINF:-1,x\n{url}\n").into_bytes()));
    let track = load_track(&sources, &one).await;
    assert_eq!(track.info.title, "A Tone");
    let list = "[playlist]\nFile1=tone.mp3\nTitle1=First\nLength1=6\nFile2=other.mp3\nTitle2=Second\nLength2=-1\n";
    let two = pages.put("/two.pls", Page::File("audio/x-scpls", list.into()));
    let LoadResult::Playlist(list) = sources.load(&two).await else { panic!("no playlist") };
    assert_eq!((list.info.name.as_str(), list.info.selected_track), ("two.pls", -1));
    let titles: Vec<_> = list.tracks.iter().map(|track| (track.info.title.as_str(), track.info.is_stream)).collect();
    assert_eq!(titles, [("First", false), ("Second", true)]);
    let (heard, ..) = hear(sources.open(&list.tracks[0].info, 0).await.unwrap(), 1.0).await;
    assert!(heard.seconds() >= 1.0);
    let round = pages.put("/round.m3u", Page::File("audio/x-mpegurl", b"round.m3u\n".to_vec()));
    assert!(matches!(sources.load(&round).await, LoadResult::Error(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn hls_plays_finished_and_live() {
    let (pages, sources) = (Pages::start().await, catalog());
    for (kind, extra) in [("mpegts", &[][..]), ("fmp4", &["-hls_segment_type", "fmp4"][..])] {
        let folder = tempfile::tempdir().unwrap();
        let tone = crate::fixture::tone("tone.m4a");
        let status = std::process::Command::new("ffmpeg")
            .args(["-loglevel", "error", "-nostdin", "-y", "-i"])
            .arg(tone)
            .args(["-c:a", "copy", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"])
            .args(extra)
            .arg(folder.path().join("list.m3u8"))
            .status()
            .unwrap();
        assert!(status.success());
        let mut names: Vec<String> = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            pages
                .put(&format!("/{kind}/{name}"), Page::File("application/octet-stream", std::fs::read(&path).unwrap()));
            names.push(name);
        }
        let url = format!("http://{}/{kind}/list.m3u8", pages.address);
        let track = load_track(&sources, &url).await;
        assert!((track.info.length - 6000).abs() < 200 && track.info.is_seekable, "{kind}: {names:?}");
        let stream = sources.open(&track.info, 0).await.unwrap();
        let (heard, mut stream, end) = hear(stream, f64::MAX).await;
        end.unwrap();
        assert!((heard.seconds() - SECONDS).abs() < 0.2, "{kind}: {}", heard.seconds());
        assert!(purity(&heard.left, heard.rate) > 0.99, "{kind}");
        let reached = tokio::task::block_in_place(|| stream.seek(4500)).unwrap();
        assert!((4400..4700).contains(&reached), "{kind}: {reached}");
        let (heard, ..) = hear(stream, f64::MAX).await;
        assert!((heard.seconds() - 1.5).abs() < 0.2, "{kind}: {}", heard.seconds());
    }

    // Live: the list has no end, and one more piece with each look.
    let text = |first: usize, count: usize, end: &str| {
        let mut text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:{first}\n");
        (first..first + count).for_each(|at| text.push_str(&format!("#EXTINF:2.0,Piece {at}\nlist{at}.ts\n")));
        text + end
    };
    let url = pages.put("/mpegts/live.m3u8", Page::File("application/vnd.apple.mpegurl", text(0, 2, "").into_bytes()));
    let track = load_track(&sources, &url).await;
    assert!(track.info.is_stream && !track.info.is_seekable);
    let stream = sources.open(&track.info, 0).await.unwrap();
    let changing = pages.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(700)).await;
        changing.put(
            "/mpegts/live.m3u8",
            Page::File("application/vnd.apple.mpegurl", text(0, 3, "#EXT-X-ENDLIST\n").into_bytes()),
        );
    });
    let (heard, mut stream, end) = hear(stream, f64::MAX).await;
    end.unwrap();
    assert_eq!(stream.title().as_deref(), Some("Piece 2"));
    assert!((heard.seconds() - SECONDS).abs() < 0.2, "{}", heard.seconds());
}
