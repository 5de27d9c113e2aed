//! Unmodified client libraries: they connect, load, play, seek, pause, filter, and bear the death of the node.

use std::process::Stdio;
use std::time::{Duration, Instant};

use guildhall_lavalink::testing::{Heard, Packet};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, Command};

use crate::cut::Way;
use crate::late::Late;
use crate::lavalink_rs;
use crate::process::{PASSWORD, PATIENCE, Stage, repository, serve};
use crate::sweep::{self, places};

/// A library that is told what to do, a line a step, and says what it showed.
pub(crate) struct Script {
    _child: Option<Child>,
    input: Box<dyn AsyncWrite + Unpin>,
    output: Lines<BufReader<Box<dyn AsyncRead + Unpin>>>,
    pub(crate) events: Vec<String>,
}

impl Script {
    pub(crate) fn start(
        stage: &Stage,
        way: &Way,
        program: &str,
        arguments: &[&str],
        folder: &str,
        library: &str,
    ) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(repository(folder))
            .env("LIBRARY", library)
            .env("NODE_PORT", way.address.port().to_string())
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
    pub(crate) async fn saw(&mut self, step: &str) -> Value {
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

/// The last packets of what is heard.
fn tail(packets: &[Packet], count: usize) -> &[Packet] {
    &packets[packets.len().saturating_sub(count)..]
}

/// What is heard of who joined last, if anybody did beside so many.
fn newest(stage: &Stage, joined: usize) -> Option<Heard> {
    let mut heard = stage.voice.heard();
    heard.pop().filter(|_| heard.len() >= joined)
}

/// Asserts that the track is heard in packets without a break: none is late, none is silent, and each goes on where the one before
/// ended. A busy machine may be late.
fn assert_whole(packets: &[Packet], pitch: f64, late: Duration) {
    for pair in packets.windows(2) {
        let apart = pair[1].at.duration_since(pair[0].at);
        assert!(
            apart <= Duration::from_millis(100) + late,
            "{apart:?} without a packet, and the machine was late by {late:?}"
        );
    }
    let places = places(packets, pitch);
    let even = |pair: &[(Instant, Option<f64>)]| {
        pair[0].1.zip(pair[1].1).is_some_and(|(one, two)| (two - one - 0.1).abs() < 0.04)
    };
    let torn = places.windows(2).filter(|pair| !even(pair)).count();
    // One frame that is missing is in two looks, and a machine that is late by less than 240 ms misses none.
    assert!(torn <= 2 * usize::try_from(late.as_millis() / 240).unwrap(), "{torn} breaks in {places:?}");
}

/// Waits until the track is heard at some place, or a little behind it.
async fn until_at(stage: &Stage, place: f64, pitch: f64) {
    until(&format!("{place} s are heard"), || {
        let heard = stage.last();
        let places = places(tail(&heard.packets, 20), pitch);
        places.iter().filter_map(|(_, place)| *place).any(|heard| (place - 0.1..place + 5.0).contains(&heard))
    })
    .await;
}

/// What a library does when its line broke.
#[derive(Clone, Copy, PartialEq)]
enum Back {
    /// It names its session, which goes on.
    Resumes,
    /// It names its session, but makes its players anew there, where it believes them to be.
    Moves,
    /// It comes back by itself, to a session of its own, and begins anew when it is told to.
    Begins,
}

/// The same for every library.
async fn perform(mut stage: Stage, way: Way, mut script: Script, back: Back) {
    let late = Late::watch();
    let file = serve(sweep::track()).await;
    script.saw("connect").await;
    assert_eq!(script.does(&format!("load {file}")).await, "track");
    script.does("play").await;
    until("it is heard", || stage.packets() > 150).await;
    let heard = stage.last();
    assert!(heard.forged == 0 && heard.gaps <= stage.voice.dropped(), "{} are lost", heard.gaps);
    assert_whole(&heard.packets, 1.0, late.most());
    script.does("seek 60000").await;
    until_at(&stage, 60.0, 1.0).await;
    script.does("pause").await;
    until("it is paused", || stage.last().last.is_some_and(|last| last.elapsed() > Duration::from_millis(300))).await;
    assert_eq!(stage.status().await["players"][0]["paused"], true);
    let paused = stage.status().await["players"][0]["position"].as_f64().unwrap() / 1_000.0;
    script.does("resume").await;
    script.does("filter").await;
    // It goes on there, an octave higher.
    until_at(&stage, paused, 2.0).await;
    let before = stage.packets();
    until("it goes on", || stage.packets() > before + 60).await;
    assert_whole(tail(&stage.last().packets, 50), 2.0, late.most());
    let bad = |event: &&String| event.to_lowercase().contains("error") || event.contains("xception");
    assert_eq!(script.events.iter().find(bad), None);

    // The line breaks, and the node lives on.
    let (joined, before) = (stage.voice.heard().len(), stage.packets());
    assert!(way.cut() > 0);
    script.does("back").await;
    if back == Back::Begins {
        script.does("again").await;
    }
    if back == Back::Resumes {
        until("it goes on", || stage.packets() > before + 100).await;
        assert_eq!(stage.voice.heard().len(), joined, "nobody joined again");
        assert_whole(tail(&stage.last().packets, stage.packets() - before + 50), 2.0, late.most());
    } else {
        until("it is heard again", || newest(&stage, joined).is_some_and(|new| new.packets.len() > 150)).await;
        let pitch = if back == Back::Moves { 2.0 } else { 1.0 };
        assert_whole(tail(&newest(&stage, joined).unwrap().packets, 50), pitch, late.most());
    }

    // The node dies, and is started again.
    script.does("position").await;
    if back != Back::Begins {
        // Twice: the first may have been on its way before.
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
    }
    let (joined, pitch) = (stage.voice.heard().len(), if back == Back::Begins { 1.0 } else { 2.0 });
    stage.restart().await;
    let ended = stage.last();
    script.does("back").await;
    if back == Back::Begins {
        script.does("again").await;
    }
    until("it is heard again", || newest(&stage, joined).is_some_and(|new| new.packets.len() > 100)).await;
    let again = newest(&stage, joined).unwrap();
    let find =
        |packets: &[Packet]| places(packets, pitch).into_iter().filter_map(|(_, place)| place).collect::<Vec<_>>();
    // Of players that are made anew filters come last.
    let again = find(if back == Back::Moves { tail(&again.packets, 50) } else { &again.packets })[0];
    if back == Back::Begins {
        assert!(again < 1.0, "{again}");
    } else {
        let ended = *find(tail(&ended.packets, 50)).last().unwrap();
        let (ahead, late) = (again - ended, late.most().as_secs_f64());
        // Where it stands is written each second: what was heard since then is heard again. A library's own clock goes on while there
        // is no node.
        let fits = if back == Back::Resumes { -1.5 - late..0.4 } else { -5.0 - late..5.0 + late };
        assert!(fits.contains(&ahead), "from {ended} s to {again} s, and the machine was late by {late} s");
    }
    script.does("destroy").await;
    // Connections fail while there is no node; tracks do not.
    let bad = |event: &&String| ["xception", "stuck", "trackError"].iter().any(|bad| event.contains(bad));
    assert_eq!(script.events.iter().find(bad), None);
}

async fn node_js(library: &str, back: Back) {
    let stage = Stage::new("").await;
    let way = Way::to(stage.address).await;
    let script = Script::start(&stage, &way, "node", &["lavalink.mjs"], "tests/clients/node", library);
    perform(stage, way, script, back).await;
}

#[tokio::test]
async fn lavalink_client() {
    node_js("lavalink-client", Back::Resumes).await;
}

#[tokio::test]
async fn shoukaku() {
    node_js("shoukaku", Back::Resumes).await;
}

#[tokio::test]
async fn riffy() {
    node_js("riffy", Back::Resumes).await;
}

#[tokio::test]
async fn moonlink() {
    node_js("moonlink.js", Back::Begins).await;
}

#[tokio::test]
async fn poru() {
    node_js("poru", Back::Begins).await;
}

async fn python(library: &str, back: Back) {
    let stage = Stage::new("").await;
    let python = repository("target/python/bin/python");
    let way = Way::to(stage.address).await;
    let (program, folder) = (python.to_string_lossy(), "tests/clients/python");
    let script = Script::start(&stage, &way, &program, &["lavalink_node.py"], folder, library);
    perform(stage, way, script, back).await;
}

#[tokio::test]
async fn lavalink_py() {
    python("lavalink", Back::Moves).await;
}

#[tokio::test]
async fn wavelink() {
    python("wavelink", Back::Resumes).await;
}

#[tokio::test]
async fn lavalink_rs() {
    let stage = Stage::new("").await;
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let way = Way::to(stage.address).await;
    tokio::spawn(lavalink_rs::perform(theirs, way.address, stage.voice.endpoint()));
    let (output, input) = tokio::io::split(ours);
    perform(stage, way, Script::over(None, input, output), Back::Resumes).await;
}
