//! Files of every format, made by ffmpeg (a Debian package) the first time a test wants one: a tone, so that what comes out
//! can be told apart from noise. And a server of them that misbehaves on demand.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Name, and what ffmpeg is told beside the tone.
pub const FORMATS: &[(&str, &[&str])] = &[
    ("tone.mp3", &["-c:a", "libmp3lame", "-b:a", "192k"]),
    ("tone.aac", &["-c:a", "aac", "-b:a", "128k"]),
    ("tone.m4a", &["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart"]),
    ("late.m4a", &["-c:a", "aac", "-b:a", "128k"]),
    ("alac.m4a", &["-c:a", "alac"]),
    ("tone.flac", &["-c:a", "flac"]),
    ("vorbis.ogg", &["-c:a", "libvorbis", "-q:a", "5"]),
    ("opus.ogg", &["-c:a", "libopus", "-b:a", "96k"]),
    ("opus60.ogg", &["-c:a", "libopus", "-b:a", "64k", "-frame_duration", "60"]),
    ("opus.webm", &["-c:a", "libopus", "-b:a", "96k"]),
    ("vorbis.mka", &["-c:a", "libvorbis", "-q:a", "5"]),
    ("tone.wav", &["-c:a", "pcm_s16le"]),
    ("tone24.wav", &["-c:a", "pcm_s24le"]),
    ("tone.aiff", &["-c:a", "pcm_s16be"]),
];

/// Hertz of the tone.
pub const TONE: f32 = 997.0;
/// Seconds of it.
pub const SECONDS: f64 = 6.0;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tones");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A file of a tone, by its name in [`FORMATS`].
pub fn tone(name: &str) -> PathBuf {
    let (_, arguments) = FORMATS.iter().find(|(known, _)| *known == name).unwrap();
    let rate = if name.starts_with("opus") { "48000" } else { "44100" };
    let input =
        format!("sine=frequency={TONE}:sample_rate={rate}:duration={SECONDS},volume=4,aformat=channel_layouts=stereo");
    make(
        name,
        &[&["-f", "lavfi", "-i", &input, "-metadata", "title=A Tone", "-metadata", "artist=The Testers"], *arguments]
            .concat(),
    )
}

/// A file that ffmpeg makes.
pub fn make(name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder().join(name);
    if !path.exists() {
        // Another test may make the same file.
        let scratch = folder().join(format!("{}-{name}", std::process::id()));
        let status = Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
            .args(arguments)
            .args(["-fflags", "+bitexact", "-flags", "+bitexact"])
            .arg(&scratch)
            .status()
            .expect("ffmpeg is installed: cargo xtask setup");
        assert!(status.success(), "ffmpeg makes {name}");
        std::fs::rename(&scratch, &path).unwrap();
    }
    path
}

/// Bytes of a tone.
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(tone(name)).unwrap()
}

/// What a path answers.
#[derive(Clone)]
pub enum Page {
    /// A file, with Range.
    File(&'static str, Vec<u8>),
    /// A file, without Range and without a length.
    Stream(&'static str, Vec<u8>),
    /// These bytes, whatever is asked, and then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, and then the same bytes for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, and then a byte now and then.
    Trickle(Vec<u8>, Duration),
    /// A file whose connection breaks after so many bytes of each answer.
    Fragile(&'static str, Vec<u8>, usize),
    /// A file whose first answer breaks after so many bytes, and whose address is good no longer from then on.
    Expiring(&'static str, Vec<u8>, usize),
    /// One after the other, and the last for ever.
    Turns(Vec<Page>),
    /// It is elsewhere.
    Moved(String),
    /// Nothing, for ever.
    Silent,
}

impl Page {
    /// What it answers now.
    fn turn(&mut self) -> Self {
        match self {
            Self::Turns(pages) if pages.len() > 1 => pages.remove(0),
            Self::Turns(pages) => pages[0].clone(),
            page => page.clone(),
        }
    }
}

/// A server of pages on a port of its own.
#[derive(Clone)]
pub struct Pages {
    pub address: SocketAddr,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    requests: Arc<Mutex<Vec<String>>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Pages {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            pages: Arc::default(),
            requests: Arc::default(),
            heads: Arc::default(),
        };
        let server = this.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let _ = server.serve(stream).await;
                });
            }
        });
        this
    }

    pub fn put(&self, path: &str, page: Page) -> String {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
        format!("http://{}{path}", self.address)
    }

    /// All requests so far: the first line and the range.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// All of what was said with each request, in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).await? == 0 {
                    return Ok(());
                }
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let range =
                head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
            self.heads.lock().unwrap().push(head.clone());
            let line = head.lines().next().unwrap_or_default();
            self.requests.lock().unwrap().push(format!("{line} {}", range.unwrap_or(0)));
            let page = self.pages.lock().unwrap().get_mut(&path).map(Page::turn);
            match page {
                None => stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await?,
                Some(Page::File(kind, bytes)) => {
                    stream.write_all(&part(kind, &bytes, range)).await?;
                    stream.write_all(bytes.get(range.unwrap_or(0)..).unwrap_or_default()).await?;
                }
                Some(Page::Fragile(kind, bytes, most)) => {
                    stream.write_all(&part(kind, &bytes, range)).await?;
                    let from = range.unwrap_or(0);
                    let end = (from + most).min(bytes.len());
                    stream.write_all(&bytes[from..end]).await?;
                    if end < bytes.len() {
                        return Ok(());
                    }
                }
                Some(Page::Expiring(kind, bytes, most)) => {
                    let refusal = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    self.put(&path, Page::Raw(refusal.to_vec()));
                    stream.write_all(&part(kind, &bytes, range)).await?;
                    let from = range.unwrap_or(0);
                    return stream.write_all(&bytes[from..(from + most).min(bytes.len())]).await;
                }
                Some(Page::Stream(kind, bytes)) => {
                    let head = format!("HTTP/1.0 200 OK\r\ncontent-type: {kind}\r\n\r\n");
                    stream.write_all(head.as_bytes()).await?;
                    return stream.write_all(&bytes).await;
                }
                Some(Page::Raw(bytes)) => return stream.write_all(&bytes).await,
                Some(Page::Endless(begin, more)) => {
                    stream.write_all(&begin).await?;
                    loop {
                        stream.write_all(&more).await?;
                    }
                }
                Some(Page::Trickle(begin, pause)) => {
                    stream.write_all(&begin).await?;
                    loop {
                        tokio::time::sleep(pause).await;
                        stream.write_all(b"\xff").await?;
                    }
                }
                Some(Page::Moved(to)) => {
                    let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
                    stream.write_all(head.as_bytes()).await?;
                }
                // Turns within turns are none.
                Some(Page::Turns(_)) => return Ok(()),
                Some(Page::Silent) => tokio::time::sleep(Duration::from_hours(1)).await,
            }
        }
    }
}

fn part(kind: &str, bytes: &[u8], range: Option<usize>) -> Vec<u8> {
    let whole = bytes.len();
    let tag = bytes.iter().fold(0_u32, |sum, byte| sum.rotate_left(1) ^ u32::from(*byte));
    match range {
        Some(from) if from < whole => format!(
            "HTTP/1.1 206 Partial Content\r\ncontent-type: {kind}\r\netag: \"{tag:x}\"\r\n\
             content-range: bytes {from}-{}/{whole}\r\ncontent-length: {}\r\n\r\n",
            whole - 1,
            whole - from
        ),
        Some(_) => "HTTP/1.1 416 Range Not Satisfiable\r\ncontent-length: 0\r\n\r\n".to_owned(),
        None => format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\naccept-ranges: bytes\r\ncontent-length: {whole}\r\n\r\n"
        ),
    }
    .into_bytes()
}

/// How much of a sound is the tone: 1 is all of it. Looks at one channel, in the middle.
pub fn purity(samples: &[f32], rate: u32) -> f32 {
    let window = samples.len().min(usize::try_from(rate).unwrap() / 2);
    let begin = (samples.len() - window) / 2;
    let samples = &samples[begin..begin + window];
    let turn = std::f32::consts::TAU * TONE / rate as f32;
    let (mut sine, mut cosine, mut power) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (at, sample) in samples.iter().enumerate() {
        let phase = f64::from(turn) * at as f64;
        sine += f64::from(*sample) * phase.sin();
        cosine += f64::from(*sample) * phase.cos();
        power += f64::from(*sample) * f64::from(*sample);
    }
    let tone = (sine * sine + cosine * cosine) * 2.0 / samples.len() as f64;
    (tone / power.max(1e-12)) as f32
}

/// A runtime's worth of memory, in bytes, that this process holds.
pub fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4096
}

/// Content types by file name.
pub fn kind(name: &str) -> &'static str {
    static KINDS: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        HashMap::from([
            ("mp3", "audio/mpeg"),
            ("aac", "audio/aac"),
            ("m4a", "audio/mp4"),
            ("flac", "audio/flac"),
            ("ogg", "audio/ogg"),
            ("webm", "audio/webm"),
            ("mka", "audio/x-matroska"),
            ("wav", "audio/wav"),
            ("aiff", "audio/aiff"),
        ])
    });
    kinds.get(name.rsplit('.').next().unwrap_or_default()).copied().unwrap_or("application/octet-stream")
}
