//! A bot that does what it is told and tells what its library showed it, one line of JSON a step.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::process::repository;
use crate::stage::Stage;

/// How long a step may take: the machine may be busy, and libraries wait for rate limits.
const PATIENCE: Duration = Duration::from_mins(1);

/// A bot, wherever it runs.
pub(crate) struct Bot {
    lines: mpsc::UnboundedReceiver<Value>,
    _child: Option<Child>,
}

impl Bot {
    /// A bot of this process, that sends its lines here.
    pub(crate) fn new() -> (mpsc::UnboundedSender<Value>, Self) {
        let (sender, lines) = mpsc::unbounded_channel();
        (sender, Self { lines, _child: None })
    }

    /// A script under tests/clients, with everything that a bot's author would configure.
    pub(crate) fn script(stage: &Stage, program: &str, arguments: &[&str], folder: &str) -> Self {
        let address = stage.process.address;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(repository(folder))
            .env("API_URL", format!("http://{address}/api"))
            .env("CDN_URL", format!("http://{address}/cdn"))
            .env("GATEWAY_URL", format!("ws://{address}/"))
            .env("BOT_TOKEN", &stage.token)
            .env("GUILD_ID", &stage.guild)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("failed to start {program} ({error}): run `cargo xtask setup`"));
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = said.next_line().await {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, _child: Some(child) }
    }

    /// What the library showed it in that step, which is the next.
    pub(crate) async fn saw(&mut self, step: &str) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.lines.recv()).await;
        let mut line =
            line.unwrap_or_else(|_| panic!("no `{step}` in time")).unwrap_or_else(|| panic!("ended before `{step}`"));
        assert_eq!(line["step"], step, "{line:#}");
        assert!(line["error"].is_null(), "{step}: {}", line["error"].as_str().unwrap_or_default());
        line["saw"].take()
    }
}
