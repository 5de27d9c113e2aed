//! The program, a voice server, and a client by hand.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use axum::body::Bytes;
use axum::response::IntoResponse as _;
use guildhall_audio::opus::{Decoder, LONGEST};
use guildhall_db::{Config, Db, Records as _, record, values};
use guildhall_lavalink::testing::{Heard, Packet, VoiceServer, VoiceServerOptions};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::sweep::wave;

pub(crate) const PASSWORD: &str = "youshallnotpass";
/// For one answer of the program, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

record! {
    struct Record {
        record: Vec<u8>,
    }
}

/// A node as a process of its own, and where its sound goes.
pub(crate) struct Stage {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// Where workers of other hosts join it.
    pub(crate) door: Option<SocketAddr>,
    pub(crate) voice: VoiceServer,
    /// A file of 120 seconds of 1000 Hz, on a server of the tests.
    pub(crate) file: String,
    folder: TempDir,
}

/// A server of one file, which knows ranges.
pub(crate) async fn serve(wave: Bytes) -> String {
    let answer = move |headers: HeaderMap| async move {
        let range = headers.get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
        let (from, to) = range.and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
        let from: usize = from.parse().unwrap();
        let to = to.parse::<usize>().map_or(wave.len(), |to| wave.len().min(to + 1));
        let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let about = format!("bytes {from}-{}/{}", to - 1, wave.len());
        let headers =
            [("content-type", "audio/wav".to_owned()), ("accept-ranges", "bytes".to_owned()), ("content-range", about)];
        (status, headers, wave.slice(from..to)).into_response()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().route("/tone.wav", axum::routing::get(answer));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}/tone.wav")
}

fn tone() -> Bytes {
    wave((0..120 * 48_000).map(|at| (f64::from(at % 48) / 48.0 * std::f64::consts::TAU).sin()))
}

impl Stage {
    pub(crate) async fn new(settings: &str) -> Self {
        Self::with(settings, VoiceServerOptions::default()).await
    }

    pub(crate) async fn with(settings: &str, voice: VoiceServerOptions) -> Self {
        let voice = VoiceServer::start(voice).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), voice.authority_pem()).unwrap();
        std::fs::write(
            folder.path().join("node.toml"),
            format!("tones = true\nlog = \"warn\"\nallowed_networks = [\"127.0.0.0/8\"]\n{settings}"),
        )
        .unwrap();
        let (child, address, door) = start(folder.path(), "127.0.0.1:0").await;
        Self { child, address, door, voice, file: serve(tone()).await, folder }
    }

    /// The certificate of its voice server, as a file.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Kills it and starts it again where it was.
    pub(crate) async fn restart(&mut self) {
        self.child.kill().await.unwrap();
        let (child, _, door) = start(self.folder.path(), &self.address.to_string()).await;
        (self.child, self.door) = (child, door);
    }

    /// A worker that joins it as from another host: a process with settings of its own.
    pub(crate) fn worker(&self, key: &str) -> Child {
        let settings = self.folder.path().join("worker.toml");
        std::fs::write(&settings, "workers = 1\ntones = true\nlog = \"warn\"\nallowed_networks = [\"127.0.0.0/8\"]\n")
            .unwrap();
        Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(["node", "worker", "--join", &self.door.unwrap().to_string(), "--config"])
            .arg(settings)
            .env("GUILDHALL_NODE_WORKER_KEY", key)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts")
    }

    pub(crate) async fn request(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = reqwest::Client::new()
            .request(method.parse().unwrap(), format!("http://{}{path}", self.address))
            .header("authorization", PASSWORD)
            .timeout(PATIENCE);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    pub(crate) async fn status(&self) -> Value {
        self.request("GET", "/v4/guildhall/status", None).await.1
    }

    /// What is on its disk of each player: a sealed record, another each time it is written.
    pub(crate) async fn records(&self) -> Vec<Vec<u8>> {
        let db = Db::open(&Config::sqlite(&self.folder.path().join("data").join("node.db"))).await.unwrap();
        let mut run = &db;
        let rows: Vec<Record> =
            run.all("SELECT record FROM lavalink_player ORDER BY guild_id", values![]).await.unwrap();
        db.close().await.unwrap();
        rows.into_iter().map(|row| row.record).collect()
    }

    /// A voice server as clients give it to a node.
    pub(crate) fn voice_state(&self) -> Value {
        json!({ "token": "voice-token", "endpoint": self.voice.endpoint(), "sessionId": "voice-session" })
    }

    /// Everything heard so far, of all connections.
    pub(crate) fn packets(&self) -> usize {
        self.voice.heard().iter().map(|heard| heard.packets.len()).sum()
    }

    pub(crate) fn last(&self) -> Heard {
        self.voice.heard().into_iter().max_by_key(|heard| heard.last).unwrap()
    }
}

async fn start(folder: &Path, listen: &str) -> (Child, SocketAddr, Option<SocketAddr>) {
    // A session of its own, so that it can be served before what else this machine does.
    let program = env!("CARGO_BIN_EXE_guildhall");
    let words: &[&str] = if cfg!(target_os = "linux") { &["setsid", program] } else { &[program] };
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .args(["node", "--json", "--listen", listen, "--password", PASSWORD, "--config"])
        .arg(folder.join("node.toml"))
        .arg("--data")
        .arg(folder.join("data"))
        .env("SSL_CERT_FILE", folder.join("authority.pem"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("it says something in time");
    let line = line.unwrap().expect("it says where it listens before it ends");
    // Where that is allowed: what is measured is the program, and not the builds beside it.
    let _ = std::fs::write(format!("/proc/{}/autogroup", child.id().unwrap()), "-15");
    let said: Value = serde_json::from_str(&line).expect("one line of JSON");
    let door = said["workers"].as_str().map(|door| door.parse().unwrap());
    let address = said["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
    (child, address, door)
}

/// A place in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The left side of packets.
pub(crate) fn decode(packets: &[Packet]) -> Vec<f32> {
    let mut decoder = Decoder::new().unwrap();
    let mut block = vec![0.0; LONGEST * 2];
    let mut samples = Vec::new();
    for packet in packets {
        let count = decoder.decode(&packet.opus, &mut block).unwrap();
        samples.extend(block[..count * 2].iter().step_by(2));
    }
    samples
}

/// How much of a frequency there is: 1 for a sine of full scale (Goertzel), in pieces of 100 ms, the loudest piece.
pub(crate) fn level(samples: &[f32], frequency: f64) -> f64 {
    let of = |piece: &[f32]| {
        let factor = 2.0 * (frequency / 48_000.0 * std::f64::consts::TAU).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for sample in piece {
            (one, two) = (f64::from(*sample) + factor * one - two, one);
        }
        let power = one * one + two * two - factor * one * two;
        power.max(0.0).sqrt() * 2.0 / f64::from(u32::try_from(piece.len()).unwrap())
    };
    samples.chunks_exact(4_800).map(of).fold(0.0, f64::max)
}
