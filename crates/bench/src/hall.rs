//! Guildhall: REST and the gateway, as clients see them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::process::{Server, copy};
use crate::traffic::{Count, Crowd, Line, Speak};

/// A guild with people in it, as a folder that every measurement begins with a copy of.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
    /// The text channel.
    pub(crate) channel: String,
    /// The people's tokens.
    pub(crate) people: Vec<String>,
}

/// A running server.
pub(crate) struct Hall {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    /// Just before its process was made.
    pub(crate) started: Instant,
    prepared: Prepared,
    _data: tempfile::TempDir,
}

pub(crate) fn start(program: &Path, data: &Path) -> Result<(Server, SocketAddr, Option<String>)> {
    let mut command = Command::new(program);
    command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(data);
    command
        .env("GUILDHALL_RATE_LIMITS", "false")
        .env("GUILDHALL_LINK_PREVIEWS", "false")
        .env("GUILDHALL_LOG", "warn")
        .stdout(Stdio::piped());
    let mut server = Server::start(&mut command)?;
    let output = server.child().stdout.take().context("the server has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let said: Value = serde_json::from_str(&line).with_context(|| format!("the server said {line:?}"))?;
    let url = field(&said, "url").as_str().context("the server does not say where it is")?;
    let address = url.trim_start_matches("http://").parse()?;
    let setup = field(&said, "setup_url").as_str().and_then(|url| url.rsplit('#').next()).map(str::to_owned);
    Ok((server, address, setup))
}

impl Prepared {
    /// Sets a server up with a guild and so many members, through its API.
    pub(crate) async fn new(program: &Path, folder: &Path, people: usize) -> Result<Self> {
        let folder = folder.join("prepared");
        let (server, address, setup) = start(program, &folder)?;
        let mut rest = Rest::open(address, None).await?;
        let password = "correct horse battery";
        let body = json!({
            "setup_token": setup.context("the server was set up before")?, "username": "owner", "email": "owner@example.org",
            "password": password, "guild_name": "Bench",
        });
        let made = rest.own("POST", "/setup", &body).await?;
        let owner = text(field(&made, "token"))?;
        let guild = text(field(&made, "guild_id"))?;
        rest.token = Some(owner);
        let channels = rest.ask("GET", &format!("/guilds/{guild}/channels"), &Value::Null).await?;
        let channel = channels.as_array().into_iter().flatten().find(|channel| field(channel, "type") == 0);
        let channel = text(field(channel.context("the guild has no channel")?, "id"))?;
        let invite = json!({ "max_age": 0, "max_uses": 0 });
        let invite = rest.ask("POST", &format!("/channels/{channel}/invites"), &invite).await?;
        let code = text(field(&invite, "code"))?;
        let mut registering = JoinSet::new();
        let lines = 8;
        for line in 0..lines {
            let code = code.clone();
            registering.spawn(async move {
                let mut rest = Rest::open(address, None).await?;
                let mut tokens = Vec::new();
                for number in (line..people).step_by(lines) {
                    let body = json!({
                        "username": format!("person_{number}"), "email": format!("p{number}@example.org"),
                        "password": password, "invite": code,
                    });
                    let made = rest.ask("POST", "/auth/register", &body).await?;
                    tokens.push(text(field(&made, "token"))?);
                }
                anyhow::Ok(tokens)
            });
        }
        let mut people = Vec::new();
        while let Some(tokens) = registering.join_next().await {
            people.extend(tokens??);
        }
        // Registering with an invite may or may not join already: joining twice changes nothing.
        let mut rest = Rest::open(address, None).await?;
        for token in &people {
            rest.token = Some(token.clone());
            rest.ask("POST", &format!("/invites/{code}"), &json!({})).await?;
        }
        server.stop()?;
        Ok(Self { program: program.to_owned(), folder, channel, people })
    }

    /// Starts a server over a copy of the folder.
    pub(crate) fn start(&self) -> Result<Hall> {
        let data = tempfile::tempdir_in(self.folder.parent().unwrap_or(&self.folder))?;
        copy(&self.folder, data.path())?;
        // What the copy left in memory is not to be written while the server is measured.
        Command::new("sync").status()?;
        let started = Instant::now();
        let (server, address, _) = start(&self.program, data.path())?;
        let prepared = self.clone();
        Ok(Hall { server, address, started, prepared, _data: data })
    }
}

impl Hall {
    /// Speakers in the channel, each with a connection of its own.
    pub(crate) async fn speakers(&self, count: usize) -> Result<Vec<Rest>> {
        let mut speakers = Vec::new();
        for token in self.prepared.people.iter().cycle().take(count) {
            let mut rest = Rest::open(self.address, Some(token.clone())).await?;
            rest.path = format!("/api/v10/channels/{}/messages", self.prepared.channel);
            speakers.push(rest);
        }
        Ok(speakers)
    }

    /// So many people's sessions, identified and READY; those beyond the people are second sessions.
    pub(crate) async fn crowd(&self, count: usize, compress: bool) -> Result<Crowd> {
        let mut joining = JoinSet::new();
        for token in self.prepared.people.iter().cycle().take(count).cloned() {
            joining.spawn(identify(self.address, token, compress));
        }
        let mut crowd = Crowd::new();
        while let Some(line) = joining.join_next().await {
            crowd.add(line??, Frames { named: (!compress).then_some("MESSAGE_CREATE"), ..Frames::default() });
        }
        Ok(crowd)
    }

    /// The web client's first page.
    pub(crate) async fn visit(&self) -> Result<()> {
        let mut rest = Rest::open(self.address, None).await?;
        rest.raw("GET", "/", "text/html", "").await.map(|_| ())
    }
}

/// Waits until the server answers its first question.
pub(crate) async fn first_answer(address: SocketAddr) -> Result<()> {
    Rest::open(address, None).await?.ask("GET", "/gateway", &Value::Null).await.map(|_| ())
}

pub(crate) fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

pub(crate) fn text(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("expected a text, got {value}"))
}

/// Connects, identifies, and waits for READY.
async fn identify(address: SocketAddr, token: String, compress: bool) -> Result<Line> {
    greet(address, &token, compress).await.map(|(line, _)| line)
}

/// How long it takes from identifying until READY and one guild are there.
pub(crate) async fn until_guild(address: SocketAddr, token: &str) -> Result<Duration> {
    let (mut line, since) = greet(address, token, false).await?;
    loop {
        let frame = frame(&mut line).await?;
        if memchr::memmem::find(frame.get(..frame.len().min(64)).unwrap_or_default(), b"GUILD_CREATE").is_some() {
            return Ok(since.elapsed());
        }
    }
}

/// Connects, identifies, and waits for READY; says when it identified.
async fn greet(address: SocketAddr, token: &str, compress: bool) -> Result<(Line, Instant)> {
    let mut line = Line::open(address).await?;
    let compression = if compress { "&compress=zlib-stream" } else { "" };
    let request = format!(
        "GET /?v=10&encoding=json{compression} HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    line.send(request.as_bytes()).await?;
    let head = line.until("\r\n\r\n").await?;
    if !head.starts_with(b"HTTP/1.1 101") {
        bail!("the gateway said {}", String::from_utf8_lossy(&head));
    }
    frame(&mut line).await?;
    let identify = json!({ "op": 2, "d": {
        "token": token, "properties": { "os": "linux", "browser": "bench", "device": "bench" },
    }});
    let since = Instant::now();
    line.send(&masked(&identify.to_string())?).await?;
    let ready = frame(&mut line).await?;
    let head = ready.get(..ready.len().min(64)).unwrap_or_default();
    if !compress && memchr::memmem::find(head, b"READY").is_none() {
        bail!("instead of READY came {}", String::from_utf8_lossy(head));
    }
    Ok((line, since))
}

/// A heartbeat of a client that has seen everything so far: the number is larger than any.
pub(crate) fn heartbeat() -> Result<Vec<u8>> {
    masked(r#"{"op":1,"d":1000000000}"#)
}

/// A client's frame: masked with zeros.
fn masked(text: &str) -> Result<Vec<u8>> {
    let mut frame = vec![0x81];
    if let Some(length) = u8::try_from(text.len()).ok().filter(|length| *length < 126) {
        frame.push(0x80 | length);
    } else {
        frame.push(0xfe);
        frame.extend_from_slice(&u16::try_from(text.len())?.to_be_bytes());
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    Ok(frame)
}

/// Reads one frame's payload.
async fn frame(line: &mut Line) -> Result<Vec<u8>> {
    let head = line.exactly(2).await?;
    let length = match head.get(1) {
        Some(126) => line.exactly(2).await?,
        Some(127) => line.exactly(8).await?,
        Some(short) => vec![*short],
        None => Vec::new(),
    };
    if head.first().is_some_and(|byte| byte & 0x0f == 8) {
        bail!("the gateway closed the connection");
    }
    let length = length.iter().fold(0, |all, byte| (all << 8) | usize::from(*byte));
    line.exactly(length).await
}

/// Counts frames: those that have a name near their beginning, or all.
#[derive(Default)]
struct Frames {
    named: Option<&'static str>,
    head: Vec<u8>,
    /// The payload's beginning, when it may have the name.
    beginning: Vec<u8>,
    rest: usize,
}

/// Where in a payload its name stands.
const NAMED: usize = 64;

impl Count for Frames {
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut frames = 0;
        while let Some((first, after)) = bytes.split_first() {
            if self.rest == 0 {
                self.head.push(*first);
                bytes = after;
                self.rest = match self.head.as_slice() {
                    [_, short] if *short < 126 => usize::from(*short),
                    [_, 126, high, low] => usize::from(u16::from_be_bytes([*high, *low])),
                    [_, 127, length @ ..] if length.len() == 8 => {
                        length.iter().fold(0, |all, byte| (all << 8) | usize::from(*byte))
                    }
                    _ => continue,
                };
                self.head.clear();
                self.beginning.clear();
                continue;
            }
            let (now, later) = bytes.split_at(self.rest.min(bytes.len()));
            if self.named.is_some() && self.beginning.len() < NAMED {
                self.beginning.extend(now.iter().take(NAMED - self.beginning.len()));
            }
            self.rest -= now.len();
            bytes = later;
            let named = |name: &str| memchr::memmem::find(&self.beginning, name.as_bytes()).is_some();
            if self.rest == 0 && self.named.is_none_or(named) {
                frames += 1;
            }
        }
        frames
    }
}

/// REST over one connection that stays open.
pub(crate) struct Rest {
    line: Line,
    address: SocketAddr,
    pub(crate) token: Option<String>,
    path: String,
}

/// Of nonces.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Rest {
    pub(crate) async fn open(address: SocketAddr, token: Option<String>) -> Result<Self> {
        Ok(Self { line: Line::open(address).await?, address, token, path: String::new() })
    }

    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.raw(method, &format!("/api/v10{path}"), "application/json", &body).await?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    pub(crate) async fn own(&mut self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let path = format!("/api/guildhall/v1{path}");
        let answer = self.raw(method, &path, "application/json", &body.to_string()).await?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    async fn raw(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Result<Vec<u8>> {
        let token = self.token.as_ref().map_or_else(String::new, |token| format!("authorization: {token}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{token}content-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.line.send(request.as_bytes()).await?;
        let head = self.line.until("\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let answer = match length {
            Some(length) => self.line.exactly(length.trim().parse()?).await?,
            None if head.contains("transfer-encoding: chunked") => self.line.until("0\r\n\r\n").await?,
            None => Vec::new(),
        };
        if !head.starts_with("http/1.1 2") {
            bail!("{method} {path}: {head}{}", String::from_utf8_lossy(&answer));
        }
        Ok(answer)
    }
}

impl Speak for Rest {
    async fn say(&mut self, text: &str) -> Result<()> {
        let nonce = NEXT.fetch_add(1, Ordering::Relaxed);
        let body = format!(r#"{{"content":"{text}","nonce":"{nonce}","tts":false}}"#);
        let path = std::mem::take(&mut self.path);
        let said = self.raw("POST", &path, "application/json", &body).await;
        self.path = path;
        said.map(|_| ())
    }
}

/// How long a crowd that has just come may still hear of one another.
pub(crate) const SETTLE: Duration = Duration::from_millis(700);
