//! HLS whose pieces are locked, and what stands between their sound.

use aes::Aes128;
use aes::cipher::{Array, BlockModeEncrypt as _, KeyIvInit as _};
use guildhall_lavalink::source::{Catalog, Sources};
use guildhall_lavalink::wire::LoadResult;

use crate::fixture::{Page, Pages, SECONDS, purity, tone};
use crate::http::{Heard, catalog, hear, load_track};

const LIST: &str = "application/vnd.apple.mpegurl";

/// What ffmpeg makes of a tone: the names of its files and their bytes.
fn pieces(extra: &[&str]) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("ffmpeg")
        .current_dir(folder.path())
        .args(["-loglevel", "error", "-nostdin", "-y", "-i"])
        .arg(tone("tone.m4a"))
        .args(["-c:a", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod"])
        .args(extra)
        .arg("list.m3u8")
        .status()
        .unwrap();
    assert!(status.success());
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())).collect()
}

fn lock(key: u128, iv: u128, plain: &[u8]) -> Vec<u8> {
    let padding = 16 - plain.len() % 16;
    let mut bytes = [plain, &vec![u8::try_from(padding).unwrap(); padding]].concat();
    let mut cipher = cbc::Encryptor::<Aes128>::new(&key.to_be_bytes().into(), &iv.to_be_bytes().into());
    cipher.encrypt_blocks(Array::slice_as_chunks_mut(&mut bytes).0);
    bytes
}

/// A stream of pieces on a server: its list line by line, and its files.
struct Set {
    list: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
}

impl Set {
    fn new(extra: &[&str]) -> Self {
        let mut files = pieces(extra);
        let at = files.iter().position(|(name, _)| name == "list.m3u8").unwrap();
        let list = String::from_utf8(files.remove(at).1).unwrap();
        Self { list: list.lines().map(str::to_owned).collect(), files }
    }

    fn file(&mut self, name: &str) -> &mut Vec<u8> {
        &mut self.files.iter_mut().find(|(known, _)| known == name).unwrap().1
    }

    /// The names of its pieces, in order.
    fn names(&self) -> Vec<String> {
        self.list.iter().filter(|line| !line.starts_with('#')).cloned().collect()
    }

    /// Puts a line before that of a piece's length.
    fn say(&mut self, piece: usize, line: &str) {
        let lengths = self.list.iter().enumerate().filter(|(_, line)| line.starts_with("#EXTINF"));
        let at = lengths.map(|(at, _)| at).nth(piece).unwrap();
        self.list.insert(at, line.to_owned());
    }

    fn put(&self, pages: &Pages, under: &str) -> String {
        for (name, bytes) in &self.files {
            pages.put(&format!("/{under}/{name}"), Page::File("application/octet-stream", bytes.clone()));
        }
        pages.put(&format!("/{under}/list.m3u8"), Page::File(LIST, (self.list.join("\n") + "\n").into_bytes()))
    }
}

async fn all(sources: &Catalog, url: &str) -> (Heard, Option<String>) {
    let track = load_track(sources, url).await;
    let (heard, mut stream, end) = hear(sources.open(&track.info, 0).await.unwrap(), f64::MAX).await;
    end.unwrap();
    assert!(purity(&heard.left, heard.rate) > 0.99, "{url}");
    assert!((heard.seconds() - SECONDS).abs() < 0.2, "{url}: {}", heard.seconds());
    let title = stream.title();
    (heard, title)
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_pieces_sound_as_those_that_are_not() {
    let (pages, sources) = (Pages::start().await, catalog());
    pages.put("/key", Page::File("application/octet-stream", 7_u128.to_be_bytes().to_vec()));
    pages.put("/other", Page::File("application/octet-stream", 8_u128.to_be_bytes().to_vec()));
    for (kind, extra) in [("ts", &[][..]), ("fmp4", &["-hls_segment_type", "fmp4"][..])] {
        let mut set = Set::new(extra);
        let (plain, _) = all(&sources, &set.put(&pages, &format!("{kind}/plain"))).await;
        let names = set.names();
        assert!(names.len() >= 6, "{names:?}");
        // What stands before all pieces, the first two by an IV, two by their numbers with another key, the rest not at all.
        set.list.insert(1, "#EXT-X-KEY:METHOD=AES-128,URI=\"/key\",IV=0x0000000000000000000000000000002A".to_owned());
        set.say(2, "#EXT-X-KEY:METHOD=AES-128,URI=\"/other\"");
        set.say(4, "#EXT-X-KEY:METHOD=NONE");
        if kind == "fmp4" {
            let head = set.file("init.mp4");
            *head = lock(7, 42, head);
        }
        for (number, (key, iv)) in [(7, 42), (7, 42), (8, 2), (8, 3)].into_iter().enumerate() {
            let piece = set.file(&names[number]);
            *piece = lock(key, iv, piece);
        }
        let url = set.put(&pages, &format!("{kind}/locked"));
        let before = pages.requests().len();
        let (heard, _) = all(&sources, &url).await;
        assert!(heard.left == plain.left, "{kind}");
        let asked = |path: &str| pages.requests()[before..].iter().filter(|line| line.contains(path)).count();
        // `load` looks into the stream as well.
        assert!(asked("get /key ") <= 2 && asked("get /other ") == 1, "keys are asked for once");
        // The connection breaks in the middle of blocks, again and again, and where it is wound it goes on as well.
        for name in &names[1..4] {
            let bytes = set.file(name).clone();
            pages.put(&format!("/{kind}/locked/{name}"), Page::Fragile("application/octet-stream", bytes, 5_001));
        }
        let (broken, _) = all(&sources, &url).await;
        assert!(broken.left == plain.left, "{kind}");
        let track = load_track(&sources, &url).await;
        let stream = sources.open(&track.info, 3_500).await.unwrap();
        let (heard, ..) = hear(stream, f64::MAX).await;
        assert!((heard.seconds() - 2.5).abs() < 0.2, "{kind}: {}", heard.seconds());
        assert!(purity(&heard.left, heard.rate) > 0.99, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ffmpeg_locked_is_opened() {
    let (pages, sources) = (Pages::start().await, catalog());
    let (plain, _) = all(&sources, &Set::new(&[]).put(&pages, "plain")).await;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, b"sixteen letters!").unwrap();
    let about = folder.path().join("about");
    std::fs::write(&about, format!("keys/one\n{}\n", key.display())).unwrap();
    let set = Set::new(&["-hls_key_info_file", about.to_str().unwrap()]);
    assert!(set.list.iter().any(|line| line.starts_with("#EXT-X-KEY:METHOD=AES-128")), "{:?}", set.list);
    pages.put("/ffmpeg/keys/one", Page::File("application/octet-stream", b"sixteen letters!".to_vec()));
    let (heard, _) = all(&sources, &set.put(&pages, "ffmpeg")).await;
    assert!(heard.left == plain.left);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_as_guarded_as_anything_and_looked_for_again() {
    let (pages, sources) = (Pages::start().await, catalog());
    let locked = |uri: &str| {
        let mut set = Set::new(&[]);
        set.list.insert(1, format!("#EXT-X-KEY:METHOD=AES-128,URI=\"{uri}\",IV=0x2A"));
        for name in set.names() {
            let piece = set.file(&name);
            *piece = lock(7, 42, piece);
        }
        set
    };
    let fails = async |url: &str| match sources.load(url).await {
        LoadResult::Error(error) => error.cause,
        LoadResult::Track(track) => match sources.open(&track.info, 0).await {
            Ok(stream) => hear(stream, f64::MAX).await.2.unwrap_err().cause,
            Err(error) => error.cause,
        },
        other => panic!("{other:?}"),
    };
    pages.put("/short", Page::File("", vec![0; 15]));
    pages.put("/long", Page::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![0; 1_000]));
    pages.put("/wrong", Page::File("", vec![9; 16]));
    for (uri, why) in [
        ("/short", "16 bytes"),
        ("/long", "16 bytes"),
        ("/wrong", "its key is another"),
        ("/missing", "404"),
        ("http://10.1.2.3/key", "10.1.2.3"),
        ("file:///etc/passwd", "file"),
    ] {
        let cause = fails(&locked(uri).put(&pages, "bad")).await;
        assert!(cause.contains(why), "{uri}: {cause}");
    }
    let mut samples = locked("/key");
    samples.list[1] = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"/key\"".to_owned();
    let LoadResult::Error(error) = sources.load(&samples.put(&pages, "samples")).await else { panic!("it loads") };
    assert_eq!(error.message.as_deref(), Some("The stream is encrypted."));

    // The key's address is good no longer: the list says another.
    pages.put("/new", Page::File("", 7_u128.to_be_bytes().to_vec()));
    let (old, new) = (locked("/old"), locked("/new"));
    let url = old.put(&pages, "late");
    let text = |set: &Set| Page::File(LIST, (set.list.join("\n") + "\n").into_bytes());
    // Read once to look into it and once to play it; the third time it says more.
    pages.put("/late/list.m3u8", Page::Turns(vec![text(&old), text(&new)]));
    let (heard, _) = all(&sources, &url).await;
    assert!(heard.seconds() > 5.0);
}

/// A tag of the fourth version.
fn tag(title: &str) -> Vec<u8> {
    let frame = |id: &str, text: &[u8]| {
        let size = u32::try_from(text.len()).unwrap();
        assert!(size < 1 << 14);
        let size = [0, 0, (size >> 7) as u8 & 0x7f, size as u8 & 0x7f];
        [id.as_bytes(), &size, &[0, 0], text].concat()
    };
    // With something that looks like sound.
    let picture =
        [b"\0image/jpeg\0\x03\0".as_slice(), &[0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC, 0xFF].repeat(400)].concat();
    let body = [frame("TIT2", &[b"\x03", title.as_bytes()].concat()), frame("APIC", &picture)].concat();
    let size = u32::try_from(body.len()).unwrap();
    let size = [0, 0, (size >> 7) as u8 & 0x7f, size as u8 & 0x7f];
    [b"ID3\x04\0\0".as_slice(), &size, &body].concat()
}

/// Where frames of AAC begin.
fn frames(adts: &[u8]) -> Vec<usize> {
    let (mut at, mut found) = (0, Vec::new());
    while let Some([0xFF, _, _, high, middle, low, ..]) = adts.get(at..) {
        found.push(at);
        at += usize::from(high & 3) << 11 | usize::from(*middle) << 3 | usize::from(low >> 5);
    }
    assert_eq!(at, adts.len());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_in_the_middle_of_pieces_are_not_heard() {
    let (pages, sources) = (Pages::start().await, catalog());
    let sound = crate::fixture::bytes("tone.aac");
    let frames = frames(&sound);
    let cuts = [0, frames.len() / 3, frames.len() * 2 / 3, frames.len()];
    let cut = |from: usize, to: usize| sound[frames[from]..frames.get(to).copied().unwrap_or(sound.len())].to_vec();
    let list = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n0.aac\n#EXTINF:2.0,\n1.aac\n#EXTINF:2.0,\n2.aac\n#EXT-X-ENDLIST\n";
    let mut heard = Vec::new();
    for tagged in [false, true] {
        for number in 0..3 {
            let (from, to) = (cuts[number], cuts[number + 1]);
            let bytes = if tagged {
                [tag("First"), cut(from, from + 20), tag("Then"), cut(from + 20, to), tag("Last")].concat()
            } else {
                cut(from, to)
            };
            pages.put(&format!("/{tagged}/{number}.aac"), Page::File("audio/aac", bytes));
        }
        let url = pages.put(&format!("/{tagged}/list.m3u8"), Page::File(LIST, list.into()));
        heard.push(all(&sources, &url).await);
    }
    assert!(heard[0].0.left == heard[1].0.left);
    assert_eq!((heard[0].1.as_deref(), heard[1].1.as_deref()), (None, Some("Last")));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_fragments_are_not_heard() {
    let (pages, sources) = (Pages::start().await, catalog());
    let mut set = Set::new(&["-hls_segment_type", "fmp4"]);
    let (plain, title) = all(&sources, &set.put(&pages, "plain")).await;
    assert_eq!(title, None);
    let message = |scheme: &str, tag: &[u8]| {
        let body = [&[1, 0, 0, 0], [0; 20].as_slice(), scheme.as_bytes(), b"\0\0", tag].concat();
        [&u32::try_from(body.len() + 8).unwrap().to_be_bytes(), b"emsg".as_slice(), &body].concat()
    };
    for name in set.names() {
        let piece = set.file(&name);
        let (told, other) =
            (message("https://aomedia.org/emsg/ID3", &tag("Now")), message("urn:scte:scte35", &[0xFC; 5_000]));
        *piece = [&told, &other, piece.as_slice(), &other].concat();
    }
    let (heard, title) = all(&sources, &set.put(&pages, "told")).await;
    assert!(heard.left == plain.left);
    assert_eq!(title.as_deref(), Some("Now"));
}
