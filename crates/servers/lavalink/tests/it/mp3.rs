//! MP3 as it is found: pieces one behind the other, headers that say too little, packets of all lengths.

use guildhall_lavalink::source::{Block, Read, Sources, Stream};

use crate::fixture::{Page, Pages, SECONDS, TONE, bytes, make};
use crate::http::{catalog, hear, load_track};

/// A kind of sound, as ffmpeg makes it for so many seconds: much of it, some of it, none.
fn noise(seconds: u32) -> String {
    format!("anoisesrc=duration={seconds}:sample_rate=44100:amplitude=0.7:seed=7")
}

fn sine(seconds: u32) -> String {
    format!("sine=frequency={TONE}:sample_rate=44100:duration={seconds},volume=4")
}

fn nothing(seconds: u32) -> String {
    format!("sine=sample_rate=44100:duration={seconds},volume=0")
}

/// Two sounds, one behind the other, as MP3 of a bit rate that varies.
fn mixed(name: &str, [first, second]: [String; 2], more: &[&str]) -> Vec<u8> {
    let begin = ["-f", "lavfi", "-i", &first, "-f", "lavfi", "-i", &second];
    let join = ["-filter_complex", "[0][1]concat=n=2:v=0:a=1", "-ac", "2", "-c:a", "libmp3lame", "-q:a", "4"];
    std::fs::read(make(name, &[&begin[..], &join, more].concat())).unwrap()
}

/// The tone, as MP3 of another kind.
fn other(name: &str, rate: &str, channels: &str) -> Vec<u8> {
    let input = format!("sine=frequency={TONE}:sample_rate=44100:duration={SECONDS},volume=4");
    let arguments = ["-f", "lavfi", "-i", &input, "-ar", rate, "-ac", channels, "-c:a", "libmp3lame", "-b:a", "128k"];
    std::fs::read(make(name, &arguments)).unwrap()
}

/// Seconds of sound that a stream gives to its end, and how much of them is silent.
async fn length(mut stream: Box<dyn Stream>) -> (f64, f64) {
    let counting = tokio::task::spawn_blocking(move || {
        let (mut block, mut seconds, mut silent) = (Block::default(), 0.0, 0.0);
        while let Read::Pcm = stream.read(&mut block).unwrap() {
            let length = block.samples.len() as f64 / f64::from(block.channels) / f64::from(block.rate);
            seconds += length;
            if block.samples.iter().all(|sample| sample.abs() < 0.001) {
                silent += length;
            }
        }
        (seconds, silent)
    });
    counting.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_heard_to_the_end_of_the_file_and_not_of_its_first_header() {
    let (pages, sources) = (Pages::start().await, catalog());
    let tone = bytes("tone.mp3");
    let (rate, channels) = (other("48000.mp3", "48000", "2"), other("mono.mp3", "44100", "1"));
    for (name, file, seconds) in [
        ("twice", [tone.clone(), tone.clone()].concat(), 2.0 * SECONDS),
        ("vbr", mixed("headless.mp3", [noise(2), sine(8)], &["-write_xing", "0"]), 10.0),
        ("rate", [tone.clone(), rate.clone(), tone.clone()].concat(), 3.0 * SECONDS),
        ("channels", [tone.clone(), channels].concat(), 2.0 * SECONDS),
    ] {
        let url = pages.put(&format!("/{name}.mp3"), Page::File("audio/mpeg", file.clone()));
        let track = load_track(&sources, &url).await;
        let (heard, silent) = length(sources.open(&track.info, 0).await.unwrap()).await;
        assert!((heard - seconds).abs() < 0.25, "{name}: {heard} of {seconds}");
        assert!(silent < 0.25, "{name}: {silent} silent");
        // And so it is where nobody knows how long it is.
        let url = pages.put(&format!("/{name}.live"), Page::Stream("audio/mpeg", file));
        let track = load_track(&sources, &url).await;
        let (heard, _) = length(sources.open(&track.info, 0).await.unwrap()).await;
        assert!((heard - seconds).abs() < 0.25, "{name}: {heard} of {seconds} live");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_rate_that_varies_is_wound_by_its_table() {
    let (pages, sources) = (Pages::start().await, catalog());
    for (name, sounds) in [("loud.mp3", [noise(30), sine(30)]), ("soft.mp3", [nothing(30), noise(30)])] {
        let url = pages.put(&format!("/{name}"), Page::File("audio/mpeg", mixed(name, sounds, &[])));
        let track = load_track(&sources, &url).await;
        assert!((59_000..61_000).contains(&track.info.length), "{name}: {}", track.info.length);
        let mut stream = sources.open(&track.info, 40_000).await.unwrap();
        for position in [40_000, 50_000, 10_000, 25_000, 0] {
            let reached = tokio::task::block_in_place(|| stream.seek(position)).unwrap();
            assert!(reached.abs_diff(position) < 1_500, "{name}: {reached} for {position}");
            let opened = sources.open(&track.info, position).await.unwrap();
            let begins = opened.position() as f64 / 1000.0;
            let (heard, _) = length(opened).await;
            assert!((begins + heard - 60.0).abs() < 1.0, "{name}: {heard} from {begins} on");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_last_frame_is_the_end() {
    let (pages, sources) = (Pages::start().await, catalog());
    // Its length is guessed by its beginning, and longer than it is.
    let file = mixed("guessed.mp3", [nothing(8), noise(4)], &["-write_xing", "0"]);
    let url = pages.put("/guessed.mp3", Page::File("audio/mpeg", file));
    let track = load_track(&sources, &url).await;
    let length = u64::try_from(track.info.length).unwrap();
    assert!(length > 13_000, "{length}");
    let mut stream = sources.open(&track.info, 0).await.unwrap();
    let asked = pages.requests().len();
    tokio::task::block_in_place(|| stream.seek(length - 1)).unwrap();
    let (heard, mut stream, end) = hear(stream, f64::MAX).await;
    end.unwrap();
    assert!(heard.seconds() < 0.5, "{}", heard.seconds());
    let again: Vec<_> = pages.requests().split_off(asked).into_iter().filter(|line| line.ends_with(" 0")).collect();
    assert!(again.is_empty(), "it is not read from the start: {again:?}");
    // From there it is wound back.
    tokio::task::block_in_place(|| stream.seek(1_000)).unwrap();
    let (heard, ..) = hear(stream, 1.0).await;
    assert!(heard.seconds() >= 1.0);
}
