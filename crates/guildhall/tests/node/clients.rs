//! Unmodified client libraries: they connect, load, play, seek, pause, filter, and bear the death of the node.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, Command};

use crate::lavalink_rs;
use crate::process::{PASSWORD, PATIENCE, Stage, decode, level, repository};

/// A library that is told what to do, a line a step, and says what it showed.
pub(crate) struct Script {
    _child: Option<Child>,
    input: Box<dyn AsyncWrite + Unpin>,
    output: Lines<BufReader<Box<dyn AsyncRead + Unpin>>>,
    pub(crate) events: Vec<String>,
}

impl Script {
    fn start(stage: &Stage, program: &str, arguments: &[&str], folder: &str, library: &str) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(repository(folder))
            .env("LIBRARY", library)
            .env("NODE_PORT", stage.address.port().to_string())
            .env("VOICE_ENDPOINT", stage.voice.endpoint())
            .env("PASSWORD", PASSWORD);
        Self::of(command)
    }

    /// A program of the tests' own folders, which runs from now on.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("failed to start {command:?} ({error}): run `cargo xtask setup`"));
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self::over(Some(child), input, output)
    }

    fn over(
        child: Option<Child>,
        input: impl AsyncWrite + Unpin + 'static,
        output: impl AsyncRead + Unpin + 'static,
    ) -> Self {
        let output: Box<dyn AsyncRead + Unpin> = Box::new(output);
        Self { _child: child, input: Box::new(input), output: BufReader::new(output).lines(), events: Vec::new() }
    }

    /// What the library showed in the next step.
    async fn saw(&mut self, step: &str) -> Value {
        loop {
            let line = tokio::time::timeout(Duration::from_mins(1), self.output.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("no `{step}` in time")).unwrap();
            let line = line.unwrap_or_else(|| panic!("ended before `{step}`"));
            // Libraries print things of their own.
            let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
            assert_eq!(line["step"], step, "{line:#}");
            assert!(line["error"].is_null(), "{step}: {}", line["error"].as_str().unwrap_or_default());
            let events = line["events"].as_array().unwrap();
            self.events.extend(events.iter().map(|event| event.as_str().unwrap().to_owned()));
            return line["saw"].clone();
        }
    }

    pub(crate) async fn does(&mut self, order: &str) -> Value {
        self.input.write_all(format!("{order}\n").as_bytes()).await.unwrap();
        self.saw(order.split(' ').next().unwrap()).await
    }
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The same for every library.
async fn perform(mut stage: Stage, mut script: Script, resumes: bool) {
    script.saw("connect").await;
    assert_eq!(script.does(&format!("load {}", stage.file)).await, "track");
    script.does("play").await;
    until("it is heard", || stage.packets() > 100).await;
    let heard = stage.last();
    assert_eq!((heard.forged, heard.gaps), (0, 0));
    let samples = decode(&heard.packets);
    assert!(level(&samples[9_600..], 1000.0) > 0.35 && level(&samples[9_600..], 600.0) < 0.05);
    script.does("seek 60000").await;
    until("it has gone there", || stage.packets() > 180).await;
    let players = stage.status().await["players"].clone();
    let position = players[0]["position"].as_u64().unwrap();
    assert!((60_000..70_000).contains(&position), "{position}");
    script.does("pause").await;
    until("it is paused", || stage.last().last.is_some_and(|last| last.elapsed() > Duration::from_millis(300))).await;
    assert_eq!(stage.status().await["players"][0]["paused"], true);
    script.does("resume").await;
    script.does("filter").await;
    let before = stage.packets();
    until("it goes on", || stage.packets() > before + 50).await;
    let samples = decode(&stage.last().packets);
    assert!(level(&samples[samples.len() - 14_400..], 1000.0) > 0.3);
    if resumes {
        let before = script.does("position").await.as_f64().unwrap();
        // Twice: the first may have been on its way when the position was asked for.
        for _ in 0..2 {
            let known = stage.records().await;
            let deadline = Instant::now() + PATIENCE;
            loop {
                let records = stage.records().await;
                if !records.is_empty() && records != known {
                    break;
                }
                assert!(Instant::now() < deadline, "nothing is written down");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        stage.restart().await;
        script.does("back").await;
        let count = stage.packets();
        until("it is heard again", || stage.packets() > count + 50).await;
        let players = stage.status().await["players"].clone();
        let position = players[0]["position"].as_f64().unwrap();
        assert!(position >= before && position < before + 30_000.0, "{before} {position}");
        assert!(level(&decode(&stage.last().packets)[9_600..], 1000.0) > 0.3);
    }
    script.does("destroy").await;
    let errors: Vec<_> = script
        .events
        .iter()
        .filter(|event| event.to_lowercase().contains("error") || event.contains("xception"))
        .collect();
    assert!(resumes || errors.is_empty(), "{errors:?}");
}

async fn node_js(library: &str, resumes: bool) {
    let stage = Stage::new("").await;
    let script = Script::start(&stage, "node", &["lavalink.mjs"], "tests/clients/node", library);
    perform(stage, script, resumes).await;
}

#[tokio::test]
async fn lavalink_client() {
    node_js("lavalink-client", true).await;
}

#[tokio::test]
async fn shoukaku() {
    node_js("shoukaku", true).await;
}

#[tokio::test]
async fn riffy() {
    node_js("riffy", false).await;
}

#[tokio::test]
async fn moonlink() {
    node_js("moonlink.js", false).await;
}

#[tokio::test]
async fn poru() {
    node_js("poru", false).await;
}

async fn python(library: &str) {
    let stage = Stage::new("").await;
    let python = repository("target/python/bin/python");
    let script =
        Script::start(&stage, &python.to_string_lossy(), &["lavalink_node.py"], "tests/clients/python", library);
    perform(stage, script, true).await;
}

#[tokio::test]
async fn lavalink_py() {
    python("lavalink").await;
}

#[tokio::test]
async fn wavelink() {
    python("wavelink").await;
}

#[tokio::test]
async fn lavalink_rs() {
    let stage = Stage::new("").await;
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    tokio::spawn(lavalink_rs::perform(theirs, stage.address, stage.voice.endpoint()));
    let (output, input) = tokio::io::split(ours);
    perform(stage, Script::over(None, input, output), true).await;
}
