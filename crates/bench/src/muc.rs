//! Prosody with an archived MUC: the reference for chat that is stored.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::{Server, free_address};
use crate::traffic::{Line, Speak};

/// Where Debian puts it.
const PROGRAM: &str = "/usr/bin/prosody";

/// A running server.
pub(crate) struct Muc {
    pub(crate) server: Server,
    /// Just before its process was made.
    pub(crate) started: Instant,
    address: SocketAddr,
    _data: tempfile::TempDir,
}

/// Whether it is installed.
pub(crate) fn is_there() -> bool {
    Path::new(PROGRAM).exists()
}

impl Muc {
    /// Starts it with anonymous logins and an archive of every room, in its own file format.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let data = tempfile::tempdir_in(folder)?;
        let address = free_address()?;
        let settings = data.path().join("prosody.cfg.lua");
        let path = data.path().display();
        let text = format!(
            "run_as_root = true\npidfile = \"{path}/prosody.pid\"\ndata_path = \"{path}/data\"\nlog = {{ error = \"{path}/log\" }}\n\
             interfaces = {{ \"{}\" }}\nc2s_ports = {{ {} }}\nc2s_direct_tls_ports = {{}}\nmodules_enabled = {{ \"saslauth\" }}\n\
             modules_disabled = {{ \"s2s\", \"tls\" }}\nc2s_require_encryption = false\nauthentication = \"anonymous\"\nstorage = \"internal\"\n\
             VirtualHost \"localhost\"\n\
             Component \"muc.localhost\" \"muc\"\n  modules_enabled = {{ \"muc_mam\" }}\n  muc_log_all_rooms = true\n  muc_room_locking = false\n",
            address.ip(),
            address.port()
        );
        std::fs::write(&settings, text)?;
        std::fs::create_dir(data.path().join("data"))?;
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(&settings).arg("-F").stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let server = Server::start(&mut command)?;
        greet(address).await?;
        Ok(Self { server, started, address, _data: data })
    }

    /// Speakers, each alone in a room: nobody else's messages come between a message and its echo.
    pub(crate) async fn speakers(&self, count: usize) -> Result<Vec<Occupant>> {
        let mut speakers = Vec::new();
        for number in 0..count {
            speakers.push(Occupant::enter(self.address, number).await?);
        }
        Ok(speakers)
    }
}

/// Opens a stream as soon as it listens.
async fn greet(address: SocketAddr) -> Result<Line> {
    let began = Instant::now();
    let mut line = loop {
        match Line::open(address).await {
            Ok(line) => break line,
            Err(error) if began.elapsed() > Duration::from_secs(20) => {
                return Err(error).context("prosody does not listen");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    };
    open_stream(&mut line).await?;
    Ok(line)
}

async fn open_stream(line: &mut Line) -> Result<()> {
    line.send(
        b"<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' \
          xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>",
    )
    .await?;
    line.until("</stream:features>").await.map(|_| ())
}

/// Who sends to a room: acknowledged by the message that comes back, archived by then.
pub(crate) struct Occupant {
    line: Line,
    room: String,
    sent: u64,
}

impl Occupant {
    async fn enter(address: SocketAddr, number: usize) -> Result<Self> {
        let mut line = greet(address).await?;
        line.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>").await?;
        line.until("<success").await?;
        line.until(">").await?;
        open_stream(&mut line).await?;
        line.send(b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await?;
        line.until("</iq>").await?;
        let room = format!("room{number}@muc.localhost");
        line.send(
            format!("<presence to='{room}/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>").as_bytes(),
        )
        .await?;
        line.until("<subject").await?;
        line.until("</message>").await?;
        Ok(Self { line, room, sent: 0 })
    }
}

impl Speak for Occupant {
    async fn say(&mut self, text: &str) -> Result<()> {
        self.sent += 1;
        let stanza =
            format!("<message type='groupchat' to='{}' id='m{}'><body>{text}</body></message>", self.room, self.sent);
        self.line.send(stanza.as_bytes()).await?;
        self.line.until("</message>").await.map(|_| ())
    }
}
