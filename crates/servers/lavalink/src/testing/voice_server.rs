//! A voice gateway and its UDP side, as Discord has them: TLS under a certificate authority of its own, both AEAD modes,
//! resumes, close codes on demand. Where it is told to, the members of a channel hear each other and agree on keys of their own.

mod group;
mod speak;
mod stamp;
mod udp;

use std::collections::{BTreeSet, HashMap};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use guildhall_rtp::Key;
use guildhall_rtp::discord::Mode;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use self::group::{Group, Letters, Say};
pub use self::speak::Member;

/// How datagrams are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    /// Asleep, until one comes. Over loopback whoever sends one also wakes the sleeper up.
    Sleeps,
    /// It looks each millisecond whether some came, and nobody wakes it up: as where who hears is another machine. When they came
    /// is what the kernel says, where it says it, and else when they were seen.
    Looks,
}

/// How the server behaves from the start.
#[derive(Clone, Debug)]
pub struct VoiceServerOptions {
    /// Modes it offers.
    pub modes: Vec<Mode>,
    /// Milliseconds between heartbeats.
    pub beat: u64,
    /// Whether packets are kept, or only counted.
    pub keep: bool,
    /// The channel of all who come, where they are to hear each other, encrypted from end to end.
    pub group: Option<u64>,
    /// How datagrams are waited for.
    pub ear: Ear,
}

impl Default for VoiceServerOptions {
    fn default() -> Self {
        Self { modes: Mode::ALL.to_vec(), beat: 13_750, keep: true, group: None, ear: Ear::Sleeps }
    }
}

/// One packet, opened.
#[derive(Clone, Debug)]
pub struct Packet {
    /// When it came.
    pub at: Instant,
    /// Its number.
    pub sequence: u16,
    /// Its time in samples.
    pub timestamp: u32,
    /// What it carries.
    pub opus: Arc<[u8]>,
}

/// What was heard of one session.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Who speaks.
    pub user_id: String,
    /// The guild in which.
    pub guild_id: String,
    /// Its stream.
    pub ssrc: u32,
    /// What was chosen.
    pub mode: Option<Mode>,
    /// Packets in the order they came; none where packets are only counted.
    pub packets: Vec<Packet>,
    /// How many came and could be opened.
    pub count: u64,
    /// How many could not.
    pub forged: u64,
    /// Numbers that were left out, and numbers that came late.
    pub gaps: u64,
    /// When the first came.
    pub first: Option<Instant>,
    /// When the last came.
    pub last: Option<Instant>,
    /// Longest time between two, in microseconds.
    pub longest: u64,
    /// Packets that hold a way open.
    pub alive: u64,
    /// Flags of the speaking messages, as they came.
    pub speaking: Vec<u64>,
}

/// What one WebSocket asked for first.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// 0 or 7.
    pub op: u64,
    /// What it said.
    pub d: Value,
}

struct Session {
    key: [u8; 32],
    sealed: Option<Key>,
    heard: Heard,
    line: Option<mpsc::UnboundedSender<Message>>,
    next: Option<u16>,
    /// Messages so far.
    count: u64,
    /// Of the gateway; only 8 counts its messages, and older clients break on the number.
    version: u64,
    /// Where its packets come from, and where those of others go.
    address: Option<SocketAddr>,
    /// Packets of others that were passed on.
    passed: u32,
}

impl Session {
    fn user(&self) -> u64 {
        self.heard.user_id.parse().unwrap_or_default()
    }

    fn text(&mut self, op: u8, d: Value) -> Message {
        let mut frame = json!({"op": op, "d": d});
        if self.version >= 8 {
            self.count += 1;
            frame["seq"] = self.count.into();
        }
        Message::text(frame.to_string())
    }

    fn bytes(&mut self, op: u8, payload: &[u8]) -> Message {
        self.count += 1;
        let number = u16::try_from(self.count).unwrap().to_be_bytes();
        Message::binary([&number[..], &[op], payload].concat())
    }
}

#[derive(Default)]
struct State {
    /// By stream.
    sessions: HashMap<u32, Session>,
    /// Streams by the session's id.
    streams: HashMap<String, u32>,
    seen: Vec<Seen>,
    refuse: Option<u16>,
    group: Option<Group>,
}

impl State {
    /// Sends what the group has to say.
    fn post(&mut self, letters: Letters) {
        for (user, say) in letters {
            let Some(session) = self.sessions.values_mut().find(|one| one.line.is_some() && one.user() == user) else {
                continue;
            };
            let message = match say {
                Say::Text(op, d) => session.text(op, d),
                Say::Bytes(op, payload) => session.bytes(op, &payload),
            };
            session.line.as_ref().map(|line| line.send(message));
        }
    }

    /// Lets the group do something for a session, where there is one.
    fn group(&mut self, ssrc: Option<u32>, work: impl FnOnce(&mut Group, u64) -> Letters) {
        let user = ssrc.and_then(|ssrc| self.sessions.get(&ssrc)).map(Session::user);
        if let (Some(group), Some(user)) = (&mut self.group, user) {
            let letters = work(group, user);
            self.post(letters);
        }
    }

    fn tell_group(&mut self, work: impl FnOnce(&mut Group) -> Letters) {
        if let Some(group) = &mut self.group {
            let letters = work(group);
            self.post(letters);
        }
    }

    /// Who speaks, as others are told.
    fn speaker(&self, ssrc: u32) -> Option<(u64, Value)> {
        let heard = &self.sessions.get(&ssrc)?.heard;
        let speaking = heard.speaking.last()?;
        let d = json!({"speaking": speaking, "delay": 0, "ssrc": ssrc, "user_id": heard.user_id});
        Some((heard.user_id.parse().ok()?, d))
    }
}

struct Inner {
    options: VoiceServerOptions,
    state: Mutex<State>,
    next: AtomicU32,
    udp: SocketAddr,
    mouth: UdpSocket,
}

/// A voice server on ports of its own.
#[derive(Clone)]
pub struct VoiceServer {
    inner: Arc<Inner>,
    address: SocketAddr,
    authority: CertificateDer<'static>,
    pem: String,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VoiceServer {
    /// Starts a server.
    pub async fn start(options: VoiceServerOptions) -> Self {
        let (authority, pem, acceptor) = certificates();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp::make_room(&udp);
        let state = State { group: options.group.map(Group::new), ..State::default() };
        let udp = Arc::new(udp);
        let (mouth, reads) = (udp.clone(), udp.clone());
        let inner = Arc::new(Inner {
            options,
            state: Mutex::new(state),
            next: AtomicU32::new(1000),
            udp: udp.local_addr().unwrap(),
            mouth: udp.try_clone().unwrap(),
        });
        let (letters, post) = crossbeam_channel::unbounded();
        let (ear, reader) = (Arc::downgrade(&inner), Arc::downgrade(&inner));
        std::thread::Builder::new().name("voice-hear".into()).spawn(move || udp::hear(&ear, &reads, &letters)).unwrap();
        std::thread::Builder::new().name("voice-read".into()).spawn(move || udp::read(&reader, &mouth, &post)).unwrap();
        let server = inner.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (inner, acceptor) = (server.clone(), acceptor.clone());
                tokio::spawn(async move {
                    let mut mine = None;
                    let _ = serve(&inner, acceptor, stream, &mut mine).await;
                    let mut state = inner.lock();
                    if state.group.is_some() {
                        state.group(mine, Group::leave);
                        // Whoever comes back does so with a session of its own.
                        mine.and_then(|ssrc| state.sessions.remove(&ssrc));
                    }
                });
            }
        });
        Self { inner, address, authority, pem }
    }

    /// Where it is, as a voice server update says it.
    pub fn endpoint(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// The certificate to trust.
    pub fn authority(&self) -> CertificateDer<'static> {
        self.authority.clone()
    }

    /// The certificate to trust, as other languages want it.
    pub fn authority_pem(&self) -> &str {
        &self.pem
    }

    /// How many packets came so far, of all sessions.
    pub fn count(&self) -> u64 {
        self.inner.lock().sessions.values().map(|session| session.heard.count).sum()
    }

    /// What was heard so far, the oldest session first.
    pub fn heard(&self) -> Vec<Heard> {
        let mut all: Vec<Heard> = self.inner.lock().sessions.values().map(|session| session.heard.clone()).collect();
        all.sort_by_key(|heard| heard.ssrc);
        all
    }

    /// Datagrams that the system threw away before they could be heard: nobody but a busy machine is to blame for those.
    /// Only Linux tells.
    pub fn dropped(&self) -> u64 {
        let Ok(table) = std::fs::read_to_string("/proc/self/net/udp") else { return 0 };
        let port = format!(":{:04X}", self.inner.udp.port());
        let mine =
            table.lines().find(|line| line.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&port)));
        mine.and_then(|line| line.split_whitespace().last()).unwrap().parse().unwrap()
    }

    /// What WebSockets asked for first, so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner.lock().seen.clone()
    }

    /// Closes all WebSockets with a code.
    pub fn close_all(&self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "as told".into() };
        for session in self.inner.lock().sessions.values_mut() {
            if let Some(line) = session.line.take() {
                let _ = line.send(Message::Close(Some(frame.clone())));
            }
        }
    }

    /// Cuts all WebSockets without a word.
    pub fn cut_all(&self) {
        self.inner.lock().sessions.values_mut().for_each(|session| session.line = None);
    }

    /// Forgets all sessions, so that none can be resumed.
    pub fn forget_all(&self) {
        self.inner.lock().streams.clear();
    }

    /// Answers the next identifies with a close code, or no longer.
    pub fn refuse(&self, code: Option<u16>) {
        self.inner.lock().refuse = code;
    }

    /// The epoch of the channel's group, and who is in it, once all have come to its keys.
    pub fn group(&self) -> Option<(u64, BTreeSet<u64>)> {
        let state = self.inner.lock();
        state.group.as_ref().filter(|group| group.settled()).map(Group::state)
    }

    /// Who could not take which transition of the group.
    pub fn refused(&self) -> Vec<(u64, u16)> {
        self.inner.lock().group.as_ref().map_or_else(Vec::new, Group::refused)
    }

    /// Sends a member what it cannot take: a commit (29) or a welcome (30).
    pub fn send_nonsense(&self, user: u64, op: u8) {
        self.inner.lock().tell_group(|group| group.nonsense(user, op));
    }

    /// Has everybody go to another version of the group's encryption; 0 is none.
    pub fn change_version(&self, version: u16) {
        self.inner.lock().tell_group(|group| group.change(version));
    }

    /// Waits until something is so, at most ten seconds; gives whether it became so.
    pub async fn until(&self, mut so: impl FnMut(&[Heard]) -> bool) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if so(&self.heard()) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

/// An authority, and a server's certificate under it.
fn certificates() -> (CertificateDer<'static>, String, TlsAcceptor) {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    parameters.is_ca = IsCa::ExplicitNoCa;
    // One of the authority's own name would pass for the authority with OpenSSL.
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
    let leaf = parameters.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (issuer.der().clone(), issuer.pem(), TlsAcceptor::from(Arc::new(config)))
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::result_large_err, reason = "the callback of a handshake has this form")]
async fn serve(inner: &Inner, acceptor: TlsAcceptor, stream: TcpStream, mine: &mut Option<u32>) -> Result<(), Failed> {
    stream.set_nodelay(true)?;
    let mut version = 4;
    let read = |request: &Request, response: Response| {
        let query = request.uri().query().unwrap_or_default();
        version = query.split('&').find_map(|pair| pair.strip_prefix("v=")?.parse().ok()).unwrap_or(4);
        Ok(response)
    };
    let mut socket = tokio_tungstenite::accept_hdr_async(acceptor.accept(stream).await?, read).await?;
    let frame = |op: u8, d: Value, session: Option<u32>| match inner.lock().sessions.get_mut(&session.unwrap_or(0)) {
        Some(session) => session.text(op, d),
        None => Message::text(json!({"op": op, "d": d}).to_string()),
    };
    let hello = json!({"v": version, "heartbeat_interval": inner.options.beat});
    socket.send(frame(8, hello, None)).await?;
    let (line, mut orders) = mpsc::unbounded_channel();
    // Kept only until a session has it.
    let mut line = Some(line);
    loop {
        let message = tokio::select! {
            message = socket.next() => message.ok_or("gone")??,
            order = orders.recv(), if mine.is_some() => match order {
                Some(order) => {
                    socket.send(order).await?;
                    continue;
                }
                // Nobody holds the other end: the line is cut.
                None => return Ok(()),
            },
        };
        if let Message::Binary(bytes) = &message
            && let Some((op, payload)) = bytes.split_first()
        {
            inner.lock().group(*mine, |group, user| match op {
                26 => group.package(user, payload),
                28 => group.commit(user, payload),
                _ => Letters::new(),
            });
        }
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text)?;
        let (op, d) = (message["op"].as_u64().unwrap_or(99), message["d"].clone());
        if matches!(op, 0 | 7) {
            inner.lock().seen.push(Seen { op, d: d.clone() });
        }
        let id = d["session_id"].as_str().unwrap_or_default().to_owned();
        match op {
            0 => {
                let refused = inner.lock().refuse;
                let refused = refused.or((d["token"] == "wrong").then_some(4004));
                if let Some(code) = refused {
                    socket.send(Message::Close(Some(CloseFrame { code: code.into(), reason: "no".into() }))).await?;
                    return Ok(());
                }
                let ssrc = inner.next.fetch_add(1, Ordering::Relaxed);
                let user_id = d["user_id"].as_str().unwrap_or_default().to_owned();
                let guild_id = d["server_id"].as_str().unwrap_or_default().to_owned();
                let heard = Heard { user_id, guild_id, ssrc, ..Heard::default() };
                let session = Session {
                    key: rand::random(),
                    sealed: None,
                    heard,
                    line: line.take(),
                    next: None,
                    count: 0,
                    version,
                    address: None,
                    passed: 0,
                };
                {
                    let mut state = inner.lock();
                    state.sessions.insert(ssrc, session);
                    state.streams.insert(id, ssrc);
                }
                *mine = Some(ssrc);
                let modes: Vec<&str> = inner.options.modes.iter().map(|mode| mode.name()).collect();
                let ready = json!({"ssrc": ssrc, "ip": inner.udp.ip(), "port": inner.udp.port(), "modes": modes,
                    "experiments": [], "streams": []});
                socket.send(frame(2, ready, *mine)).await?;
            }
            1 => {
                let Some(mode) = d["data"]["mode"].as_str().and_then(Mode::from_name) else { return Ok(()) };
                let Some(ssrc) = *mine else { return Ok(()) };
                let key = {
                    let mut state = inner.lock();
                    let session = state.sessions.get_mut(&ssrc).ok_or("gone")?;
                    (session.heard.mode, session.sealed) = (Some(mode), Some(mode.key(&session.key)?));
                    session.key
                };
                let dave = u8::from(inner.options.group.is_some());
                let described = json!({"mode": mode.name(), "secret_key": key.to_vec(), "audio_codec": "opus",
                    "video_codec": "H264", "media_session_id": "one", "dave_protocol_version": dave});
                socket.send(frame(4, described, *mine)).await?;
                let mut state = inner.lock();
                state.group(*mine, Group::join);
                let speakers: Vec<Value> =
                    state.sessions.keys().filter_map(|ssrc| state.speaker(*ssrc)).map(|one| one.1).collect();
                state.group(*mine, |_, user| speakers.into_iter().map(|d| (user, Say::Text(5, d))).collect());
            }
            3 => {
                socket.send(frame(6, d, *mine)).await?;
            }
            5 => {
                let mut state = inner.lock();
                if let Some(session) = mine.and_then(|ssrc| state.sessions.get_mut(&ssrc)) {
                    session.heard.speaking.push(d["speaking"].as_u64().unwrap_or_default());
                }
                if let Some((speaker, d)) = mine.and_then(|ssrc| state.speaker(ssrc)) {
                    state.tell_group(|group| group.to_others(speaker, 5, &d));
                }
            }
            23 | 31 => {
                let transition = d["transition_id"].as_u64().and_then(|id| u16::try_from(id).ok()).ok_or("no id")?;
                inner.lock().group(*mine, |group, user| match op {
                    23 => group.ready(user, transition),
                    _ => group.invalid(user, transition),
                });
            }
            7 => {
                let ssrc = inner.lock().streams.get(&id).copied();
                let Some(ssrc) = ssrc else {
                    socket.send(Message::Close(Some(CloseFrame { code: 4006.into(), reason: "who".into() }))).await?;
                    return Ok(());
                };
                if let Some(session) = inner.lock().sessions.get_mut(&ssrc) {
                    session.line = line.take();
                }
                *mine = Some(ssrc);
                socket.send(frame(9, Value::Null, *mine)).await?;
            }
            _ => {}
        }
    }
}
