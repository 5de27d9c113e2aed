//! ngIRCd: the reference for handing one message to many.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::process::{Server, free_address};
use crate::traffic::{Count, Crowd, Line, Speak};

/// Where Debian puts it.
const PROGRAM: &str = "/usr/sbin/ngircd";

/// It lets ten connections wait to be taken, and loses more: those would come again after seconds.
const AT_ONCE: usize = 8;

/// A running server.
pub(crate) struct Irc {
    pub(crate) server: Server,
    address: SocketAddr,
    _data: tempfile::TempDir,
}

/// Whether it is installed.
pub(crate) fn is_there() -> bool {
    Path::new(PROGRAM).exists()
}

impl Irc {
    /// Starts it without its limits, and without what it would ask of others.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let data = tempfile::tempdir_in(folder)?;
        let address = free_address()?;
        let settings = data.path().join("ngircd.conf");
        let text = format!(
            "[Global]\nName = bench.example.org\nInfo = bench\nMotdFile = /nonexistent\nMotdPhrase = bench\nListen = {}\nPorts = {}\n\
             [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 3600\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\nSyslogFacility = local1\n",
            address.ip(),
            address.port()
        );
        std::fs::write(&settings, text)?;
        let mut command = Command::new(PROGRAM);
        command.arg("-n").arg("-f").arg(&settings).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Server::start(&mut command)?;
        open(address).await?;
        Ok(Self { server, address, _data: data })
    }

    /// Speakers who need not be in the channel.
    pub(crate) async fn speakers(&self, count: usize) -> Result<Vec<Talker>> {
        let mut speakers = Vec::new();
        for number in 0..count {
            speakers.push(Talker(register(self.address, &format!("s{number}")).await?));
        }
        Ok(speakers)
    }

    /// So many people in the channel.
    pub(crate) async fn crowd(&self, count: usize) -> Result<Crowd> {
        let mut joining = JoinSet::new();
        let few = Arc::new(Semaphore::new(AT_ONCE));
        for number in 0..count {
            let (address, few) = (self.address, few.clone());
            joining.spawn(async move {
                let _turn = few.acquire().await?;
                let mut line = register(address, &format!("r{number}")).await?;
                line.send(b"JOIN #bench\r\n").await?;
                line.until(" 366 ").await?;
                line.until("\n").await?;
                anyhow::Ok(line)
            });
        }
        let mut crowd = Crowd::new();
        while let Some(line) = joining.join_next().await {
            crowd.add(line??, Lines);
        }
        Ok(crowd)
    }
}

/// Connects as soon as it listens.
async fn open(address: SocketAddr) -> Result<Line> {
    let began = Instant::now();
    loop {
        match Line::open(address).await {
            Ok(line) => return Ok(line),
            Err(error) if began.elapsed() > Duration::from_secs(10) => {
                return Err(error).context("ngircd does not listen");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}

async fn register(address: SocketAddr, name: &str) -> Result<Line> {
    let mut line = open(address).await?;
    line.send(format!("NICK {name}\r\nUSER {name} 0 * :{name}\r\n").as_bytes()).await?;
    line.until(" 001 ").await?;
    // The end of the message of the day is the last of the greeting.
    line.until(" 376 ").await?;
    line.until("\n").await?;
    Ok(line)
}

/// Once everybody is there, every line is a message.
struct Lines;

impl Count for Lines {
    fn count(&mut self, bytes: &[u8]) -> u64 {
        memchr::memchr_iter(b'\n', bytes).count() as u64
    }
}

/// Who sends to the channel. IRC acknowledges nothing.
pub(crate) struct Talker(Line);

impl Speak for Talker {
    async fn say(&mut self, text: &str) -> Result<()> {
        self.0.send(format!("PRIVMSG #bench :{text}\r\n").as_bytes()).await
    }
}
