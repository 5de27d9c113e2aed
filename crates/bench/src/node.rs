//! An audio node as bots meet it: `guildhall node` as a process of its own, players over REST, and a voice server that opens and counts
//! what it hears. songbird plays the same beside it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::body::Bytes;
use axum::response::IntoResponse as _;
use futures_util::StreamExt as _;
use guildhall_lavalink::testing::{Ear, Heard, VoiceServer, VoiceServerOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::machine;
use crate::process::Server;
use crate::sound::music;

const PASSWORD: &str = "youshallnotpass";
/// Seconds of the files that are played.
const SECONDS: usize = 240;
/// Frames a second of a player.
const FRAMES: f64 = 50.0;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server's program: a release build.
    pub server: PathBuf,
    /// The program that plays with songbird's driver; nothing where the node is measured alone.
    pub songbird: Option<PathBuf>,
    /// Only crowds that play a file with this in its name, and no more.
    pub only: Option<String>,
    /// Only see that everything runs.
    pub quick: bool,
}

/// A row of the table.
struct Row {
    what: String,
    measured: String,
    target: &'static str,
    reached: bool,
    /// The same of songbird.
    beside: Option<String>,
}

impl Row {
    fn new(what: impl Into<String>, measured: f64, unit: &str, target: &'static str, reached: bool) -> Self {
        let row = Self { what: what.into(), measured: figure(measured, unit), target, reached, beside: None };
        // What comes later may fail.
        eprintln!("{}: {}", row.what, row.measured);
        row
    }

    fn beside(self, measured: Option<f64>, unit: &str) -> Self {
        Self { beside: measured.map(|measured| figure(measured, unit)), ..self }
    }
}

fn figure(measured: f64, unit: &str) -> String {
    let digits = if measured >= 100.0 { 0 } else { 2 };
    format!("{measured:.digits$} {unit}").trim().to_owned()
}

/// Files of a kind, made by ffmpeg from music that is made here.
fn encode(folder: &Path, name: &str, arguments: &[&str]) -> Result<()> {
    let piece = music(48_000 * 20);
    let bytes: Vec<u8> = piece.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "-"])
        .args(arguments)
        .arg(folder.join(name))
        .stdin(Stdio::piped())
        .spawn()
        .context("failed to start ffmpeg, which makes what is played")?;
    {
        let mut input = child.stdin.take().context("ffmpeg has no input")?;
        for _ in 0..SECONDS / 20 {
            input.write_all(&bytes)?;
        }
    }
    ensure!(child.wait()?.success(), "ffmpeg failed");
    Ok(())
}

/// Serves the files of a folder, with ranges.
async fn serve(folder: &Path, names: &[&str]) -> Result<String> {
    let mut router = axum::Router::new();
    for name in names {
        let bytes = Bytes::from(std::fs::read(folder.join(name))?);
        let kind = if name.ends_with("mp3") { "audio/mpeg" } else { "audio/ogg" };
        let answer = move |headers: http::HeaderMap| async move {
            let range = headers.get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
            let (from, to) = range.and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
            let from = from.parse().unwrap_or(0).min(bytes.len());
            let to = to.parse::<usize>().map_or(bytes.len(), |to| bytes.len().min(to.saturating_add(1))).max(from);
            let status = if range.is_some() { http::StatusCode::PARTIAL_CONTENT } else { http::StatusCode::OK };
            let about = format!("bytes {from}-{}/{}", to.saturating_sub(1), bytes.len());
            let headers =
                [("content-type", kind.to_owned()), ("accept-ranges", "bytes".to_owned()), ("content-range", about)];
            (status, headers, bytes.slice(from..to)).into_response()
        };
        router = router.route(&format!("/{name}"), axum::routing::get(answer));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

/// The node, where its sound goes, and a session on it.
struct Stage {
    server: Server,
    address: SocketAddr,
    voice: VoiceServer,
    session: String,
    _socket: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn new(plan: &Plan, library: &Path) -> Result<Self> {
        let voice = listener().await;
        let folder = tempfile::tempdir()?;
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, voice.authority_pem())?;
        let config = folder.path().join("node.toml");
        let library = library.display();
        std::fs::write(
            &config,
            format!("log = \"error\"\nallowed_networks = [\"127.0.0.0/8\"]\nlibrary = [\"{library}\"]\n"),
        )?;
        let mut command = Command::new(&plan.server);
        command.args(["node", "--json", "--listen", "127.0.0.1:0", "--password", PASSWORD, "--config"]);
        command.arg(&config).arg("--data").arg(folder.path().join("data"));
        command.env("SSL_CERT_FILE", &authority).stdout(Stdio::piped());
        let mut server = Server::start(&mut command)?;
        let mut line = String::new();
        BufReader::new(server.child().stdout.take().context("the node has no output")?).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).context("the node does not say where it listens")?;
        let url = said.get("url").and_then(Value::as_str).unwrap_or_default();
        let address: SocketAddr = url.trim_start_matches("http://").parse()?;
        let mut request = format!("ws://{address}/v4/websocket").into_client_request()?;
        for (name, value) in [("authorization", PASSWORD), ("user-id", "1"), ("client-name", "bench/1")] {
            request.headers_mut().insert(name, value.parse()?);
        }
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        let ready = socket.next().await.context("the node hung up")??;
        let ready: Value = serde_json::from_str(ready.to_text()?)?;
        let session = ready.get("sessionId").and_then(Value::as_str).context("no session")?.to_owned();
        let listening = tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
        Ok(Self { server, address, voice, session, _socket: listening, _folder: folder })
    }

    /// Changes a player.
    async fn patch(&self, guild: usize, body: &Value) -> Result<()> {
        let (path, body) = (format!("/v4/sessions/{}/players/{guild}", self.session), body.to_string());
        let mut stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "PATCH {path} HTTP/1.1\r\nhost: node\r\nauthorization: {PASSWORD}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "the node refuses: {answer}");
        Ok(())
    }

    fn voice_state(&self) -> Value {
        json!({ "token": "t", "endpoint": self.voice.endpoint(), "sessionId": "s" })
    }

    /// Has so many players play something, each on a connection of its own.
    async fn play(&self, count: usize, identifier: &str) -> Result<()> {
        for guild in 1..=count {
            let body = json!({ "voice": self.voice_state(), "track": { "identifier": identifier } });
            self.patch(guild, &body).await?;
        }
        all_play(&self.voice, count).await
    }
}

/// Waits until so many players are heard.
async fn all_play(voice: &VoiceServer, count: usize) -> Result<()> {
    let began = Instant::now();
    while voice.heard().iter().filter(|heard| heard.count > 25).count() < count {
        ensure!(began.elapsed() < Duration::from_mins(1), "not all players play");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Who listens is another machine: nobody who sends wakes it up.
async fn listener() -> VoiceServer {
    VoiceServer::start(VoiceServerOptions { ear: Ear::Looks, ..VoiceServerOptions::default() }).await
}

/// What a stretch of time was like.
struct Stretch {
    cores: f64,
    frames: f64,
    /// Microseconds of processor time for a frame.
    each: f64,
    resident: f64,
    missing: f64,
    /// Milliseconds by which 99 % of packets come no more than early or late.
    jitter: f64,
}

async fn watch(server: &Server, voice: &VoiceServer, players: usize, time: Duration) -> Result<Stretch> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (from, spent) = (Instant::now(), server.spent()?);
    tokio::time::sleep(time).await;
    let (to, spent) = (Instant::now(), server.spent()? - spent);
    let resident = server.resident()? as f64 / 1e6;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let heard = voice.heard();
    let (mut frames, mut missing, mut late) = (0.0, 0.0, Vec::new());
    for heard in &heard {
        let times: Vec<Instant> =
            heard.packets.iter().map(|packet| packet.at).filter(|at| *at >= from && *at < to).collect();
        frames += times.len() as f64;
        let Some((first, last)) = times.first().zip(times.last()) else { bail!("a player fell silent") };
        // How many would fit between the first and the last, and before and after them.
        let whole = (last.duration_since(*first).as_secs_f64() * FRAMES).round() + 1.0;
        let around = (first.duration_since(from) + to.duration_since(*last)).as_secs_f64() * FRAMES;
        missing += (whole - times.len() as f64).max(0.0) + (around - 1.5).max(0.0).floor();
        late.extend(times.windows(2).filter_map(|pair| {
            let [one, two] = pair else { return None };
            Some((two.duration_since(*one).as_secs_f64() * 1e3 - 20.0).abs())
        }));
    }
    ensure!(heard.len() == players, "players joined again");
    late.sort_by(f64::total_cmp);
    let jitter = late.get(late.len() * 99 / 100).copied().unwrap_or_default();
    let cores = spent / to.duration_since(from).as_secs_f64();
    Ok(Stretch { cores, frames, each: spent * 1e6 / frames, resident, missing, jitter })
}

/// Milliseconds from a change to the first packet, the middle of many.
async fn first_packet(stage: &Stage, identifier: &str, times: usize) -> Result<f64> {
    let mut found = Vec::new();
    for guild in 1..=times {
        stage.patch(guild, &json!({ "voice": stage.voice_state() })).await?;
        let began = Instant::now();
        let joined = |heard: &[Heard]| heard.len() == guild && heard.iter().all(|heard| heard.mode.is_some());
        while !joined(&stage.voice.heard()) {
            ensure!(began.elapsed() < Duration::from_secs(10), "a player does not join");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let asked = Instant::now();
        stage.patch(guild, &json!({ "track": { "identifier": identifier } })).await?;
        let first = loop {
            if let Some(first) = stage.voice.heard().last().and_then(|heard| heard.first) {
                break first;
            }
            ensure!(asked.elapsed() < Duration::from_secs(10), "a player does not begin");
            tokio::time::sleep(Duration::from_millis(2)).await;
        };
        found.push(first.duration_since(asked).as_secs_f64() * 1e3);
        stage.patch(guild, &json!({ "track": { "encoded": null } })).await?;
    }
    found.sort_by(f64::total_cmp);
    found.get(found.len() / 2).copied().context("nothing was measured")
}

/// Measures, and gives a table for a person or a document.
pub async fn run(plan: &Plan) -> Result<String> {
    let files = tempfile::tempdir()?;
    let folder = files.path().join("library");
    std::fs::create_dir(&folder)?;
    encode(&folder, "music.mp3", &["-b:a", "192k", "-ar", "44100"])?;
    encode(&folder, "music.opus", &["-c:a", "libopus", "-b:a", "128k"])?;
    let web = serve(&folder, &["music.mp3", "music.opus"]).await?;
    let (few, many) = if plan.quick { (3, 6) } else { (50, 200) };
    let time = Duration::from_secs(if plan.quick { 2 } else { 20 });
    let load = machine::load();
    let mut rows = Vec::new();

    if plan.only.is_none() {
        let stage = Stage::new(plan, &folder).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let idle = stage.server.resident()? as f64 / 1e6;
        rows.push(Row::new("idle, resident", idle, "MB", "≤ 15", idle <= 15.0));
        let first = first_packet(&stage, "local:library/music.mp3", few).await?;
        rows.push(Row::new("PATCH to first packet, p50, local source", first, "ms", "≤ 60", first <= 60.0));
        stage.server.stop()?;
    }

    let crowds = [(few, "music.mp3"), (few, "music.opus"), (many, "music.mp3")];
    let wanted = |name: &str| plan.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    for (players, name) in crowds.into_iter().filter(|(_, name)| wanted(name)) {
        let address = format!("{web}/{name}");
        let stage = Stage::new(plan, &folder).await?;
        stage.play(players, &address).await?;
        let found = watch(&stage.server, &stage.voice, players, time).await?;
        stage.server.stop()?;
        let beside = match &plan.songbird {
            Some(program) => Some(songbird(program, players, &address, time).await?),
            None => None,
        };
        rows.extend(crowd(players, name, players == many, &found, beside.as_ref()));
    }

    let mut table = format!("{}, load {load} before\n\n", machine::describe());
    table.push_str("| what | measured | to reach | | songbird 0.6.1 in the same run |\n|---|---|---|---|---|\n");
    for row in rows {
        let verdict = match (row.target, row.reached) {
            ("–", _) => "",
            (_, true) => "reached",
            (_, false) => "**missed**",
        };
        let beside = row.beside.unwrap_or_default();
        writeln!(table, "| {} | {} | {} | {verdict} | {beside} |", row.what, row.measured, row.target)?;
    }
    Ok(table)
}

/// songbird's driver as a process of its own: so many play an address to a voice server of their own.
async fn songbird(program: &Path, players: usize, address: &str, time: Duration) -> Result<Stretch> {
    let voice = listener().await;
    let folder = tempfile::tempdir()?;
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, voice.authority_pem())?;
    let mut command = Command::new(program);
    command.args([&voice.endpoint(), &players.to_string(), address]).env("SSL_CERT_FILE", &authority);
    let server = Server::listening(&mut command)?;
    all_play(&voice, players).await.context("songbird fails")?;
    let found = watch(&server, &voice, players, time).await?;
    server.stop()?;
    Ok(found)
}

/// What so many players of a file cost.
fn crowd(players: usize, name: &str, many: bool, found: &Stretch, beside: Option<&Stretch>) -> Vec<Row> {
    let about = if name == "music.mp3" { "MP3 of 192 kbit/s over HTTP" } else { "Ogg Opus over HTTP" };
    let title = |what: &str| format!("{players} players, {about}: {what}");
    let mut rows = Vec::new();
    let each = beside.map(|beside| beside.each);
    if name == "music.opus" {
        let row = Row::new(title("processor time for a frame"), found.each, "µs", "≤ 10", found.each <= 10.0);
        rows.push(row.beside(each, "µs"));
    } else {
        let target = if many { "–" } else { "≤ 0.40" };
        let row = Row::new(title("cores"), found.cores, "", target, many || found.cores <= 0.4);
        rows.push(row.beside(beside.map(|beside| beside.cores), ""));
        rows.push(Row::new(title("processor time for a frame"), found.each, "µs", "–", true).beside(each, "µs"));
    }
    if many {
        let row = Row::new(title("jitter of sending, p99"), found.jitter, "ms", "≤ 5", found.jitter <= 5.0);
        rows.push(row.beside(beside.map(|beside| beside.jitter), "ms"));
    }
    let target = if many { "–" } else { "≤ 40" };
    let row = Row::new(title("resident"), found.resident, "MB", target, many || found.resident <= 40.0);
    rows.push(row.beside(beside.map(|beside| beside.resident), "MB"));
    let missing = |found: &Stretch| format!("{} of {}", found.missing, found.frames + found.missing);
    rows.push(Row {
        what: title("missing frames"),
        measured: missing(found),
        target: "0",
        reached: found.missing < 0.5,
        beside: beside.map(missing),
    });
    rows
}
