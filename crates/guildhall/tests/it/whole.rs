//! The law of whole bots: programs that others made, installed from PyPI as they are, do what their commands say.

mod red;
mod spellbot;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use guildhall_harness::{Client, Socket};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::process::repository;
use crate::stage::{Stage, text};

/// How long such a program may take to start: the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running program of a bot's.
struct Whole {
    child: Child,
    home: TempDir,
}

impl Whole {
    /// Starts a program out of a bot's environment, over a home of its own.
    fn start(stage: &Stage, program: &str, arguments: &[&str], settings: &[(&str, &str)], home: TempDir) -> Self {
        let child = Self::command(stage, program, &home).args(arguments).envs(settings.iter().copied()).spawn();
        let child =
            child.unwrap_or_else(|error| panic!("failed to start {program} ({error}): run `cargo xtask setup`"));
        Self { child, home }
    }

    fn command(stage: &Stage, program: &str, home: &TempDir) -> Command {
        let address = stage.process.address;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log(home)).unwrap();
        let mut command = Command::new(repository("target/bots").join(program));
        command
            .current_dir(home.path())
            .env("HOME", home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env("PYTHONPATH", std::path::absolute(repository("tests/clients/bots")).unwrap())
            .env("DISCORD_API", format!("http://{address}/api/v10"))
            .env("DISCORD_GATEWAY", format!("ws://{address}/"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true);
        command
    }
}

fn log(home: &TempDir) -> PathBuf {
    home.path().join("log.txt")
}

impl Drop for Whole {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let said = std::fs::read_to_string(log(&self.home)).unwrap_or_default();
            let last: Vec<_> = said.lines().rev().take(80).collect();
            eprintln!("ended: {:?}; it said:", self.child.try_wait());
            last.iter().rev().for_each(|line| eprintln!("  {line}"));
        }
    }
}

/// Somebody who talks to the bot in a channel, and hears what happens.
struct Talk<'a> {
    stage: &'a Stage,
    who: &'a Client,
    socket: Socket,
    channel: String,
}

impl<'a> Talk<'a> {
    async fn new(stage: &'a Stage, who: &'a Client, channel: &str) -> Self {
        Self { stage, who, socket: who.connect(0).await, channel: channel.to_owned() }
    }

    async fn says(&self, what: &str) -> Value {
        let path = format!("/channels/{}/messages", self.channel);
        self.who.post(&path, json!({ "content": what })).await.ok(200)
    }

    /// The bot's next message there.
    async fn hears(&mut self) -> Value {
        self.hears_in(&self.channel.clone()).await
    }

    async fn hears_in(&mut self, channel: &str) -> Value {
        loop {
            let message = self.socket.event("MESSAGE_CREATE").await;
            if message["author"]["id"] == self.stage.bot && message["channel_id"] == channel {
                return message;
            }
        }
    }

    /// What the bot says to that.
    async fn asks(&mut self, what: &str) -> String {
        self.says(what).await;
        text(&self.hears().await["content"]).to_owned()
    }

    /// The next event with that name of which this holds.
    async fn sees(&mut self, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.socket.event(name).await;
            if holds(&event) {
                return event;
            }
        }
    }
}

/// Asks until there is an answer: the bot has come.
async fn comes(talk: &mut Talk<'_>, question: &str, bot: &mut Whole) -> Value {
    let began = std::time::Instant::now();
    loop {
        talk.says(question).await;
        if let Ok(heard) = tokio::time::timeout(Duration::from_secs(2), talk.hears()).await {
            return heard;
        }
        assert_eq!(bot.child.try_wait().unwrap(), None, "it ended");
        assert!(began.elapsed() < PATIENCE, "it does not come");
    }
}
