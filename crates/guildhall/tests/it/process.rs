//! `guildhall serve` as a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use guildhall_harness::{Client, PASSWORD};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running server.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What the setup link carries, while nobody owns the server.
    pub(crate) setup_token: Option<String>,
    /// The whole link.
    pub(crate) setup_url: Option<String>,
}

impl Process {
    /// Starts it over a folder of data, with these settings, and waits until it says where it listens.
    pub(crate) async fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::start_at(data, "127.0.0.1:0", settings).await
    }

    /// The same, with its log in a file.
    pub(crate) async fn start_logged(data: &Path, settings: &[(&str, &str)], log: &Path) -> Self {
        let log = std::fs::File::create(log).unwrap();
        Self::begin(data, "127.0.0.1:0", settings, log.into()).await
    }

    /// The same at an address.
    pub(crate) async fn start_at(data: &Path, listen: &str, settings: &[(&str, &str)]) -> Self {
        Self::begin(data, listen, settings, Stdio::inherit()).await
    }

    async fn begin(data: &Path, listen: &str, settings: &[(&str, &str)], log: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(["serve", "--listen", listen, "--json", "--data"])
            .arg(data)
            // No test asks anybody elsewhere, unless it says so.
            .env("GUILDHALL_LINK_PREVIEWS", "false")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("it says where it listens before it ends");
        let said: Value = serde_json::from_str(&line).expect("one line of JSON");
        let address = said["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        let setup_url = said["setup_url"].as_str().map(str::to_owned);
        let setup_token = setup_url.as_deref().map(|url| url.split_once('#').unwrap().1.to_owned());
        Self { child, address, setup_token, setup_url }
    }

    /// Tells it to stop, as service managers do.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().expect("it runs")).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Whether it has not ended yet.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The code that it ends with.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let ended = tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await;
        ended.expect("it ends in time").unwrap().code()
    }

    /// Ends it at once, without a word: SIGKILL.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Bytes of memory that it has now.
    pub(crate) fn memory(&self) -> u64 {
        self.known_to_the_kernel("VmRSS:")
    }

    /// Most bytes of memory that it had since [`Process::forget_peak`].
    pub(crate) fn peak(&self) -> u64 {
        self.known_to_the_kernel("VmHWM:")
    }

    /// Begins to look for the peak anew.
    pub(crate) fn forget_peak(&self) {
        std::fs::write(self.about("clear_refs"), "5").unwrap();
    }

    fn known_to_the_kernel(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(self.about("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    fn about(&self, what: &str) -> String {
        format!("/proc/{}/{what}", self.child.id().expect("it runs"))
    }

    /// Follows the setup link: who owns the server, and its first guild.
    pub(crate) async fn set_up(&self, name: &str) -> (Client, String) {
        let setup = serde_json::json!({
            "setup_token": self.setup_token,
            "username": name,
            "email": format!("{name}@example.org"),
            "password": PASSWORD,
            "guild_name": "Town",
        });
        let made = self.client().own("POST", "/setup", setup).await.ok(201);
        let said = |key: &str| made[key].as_str().unwrap();
        (self.client().with(said("token"), said("user_id")), said("guild_id").to_owned())
    }

    /// A client without an account.
    pub(crate) fn client(&self) -> Client {
        Client::at(self.address)
    }
}

/// A place in the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
