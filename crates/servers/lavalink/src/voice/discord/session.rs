//! One session on a voice server: it identifies, agrees on a key, beats, and resumes when the line is cut.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use guildhall_rtp::discord::{Mode, Stream};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::time::{self, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::beats;
use super::dave::{self, Dave, Reply};
use super::dial::{self, Socket};
use super::frames::{
    Heartbeat, Hello, Identify, Incoming, Outgoing, ProtocolData, Ready, Resume, SelectProtocol, SessionDescription,
    Speaking, op,
};
use super::link::{Order, Shared, Wire};
use super::streams::Speakers;
use crate::voice::{Ear, VoiceEvent, VoiceServer};

/// Tries in a row to get a line back.
const MOST_TRIES: u32 = 6;
/// How often a session that the server has forgotten is made anew.
const MOST_ANEW: u32 = 3;
/// A line that has stood for so long is well: what was tried before it counts no longer.
const WELL: Duration = Duration::from_mins(1);
/// For the next step of an agreement.
const STEP: Duration = Duration::from_secs(15);
/// How often the way through routers is kept open.
const KEEP_ALIVE: Duration = Duration::from_secs(5);
/// Most members of a channel that are kept in mind.
const MOST_MEMBERS: usize = 10_000;

/// How a line ended.
enum End {
    /// The link was let go.
    Left,
    /// Cut, or to be taken up again: the session may still be there.
    Cut(String),
    /// The server does not know the session any more; a new one may do.
    Forgotten { code: u16, reason: String },
    /// Only a new server and token help.
    Over { code: u16, reason: String },
}

struct Session {
    server: VoiceServer,
    ear: Ear,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedReceiver<Order>,
    /// The last message that came.
    seen: i64,
    /// Whether a session stands that can be resumed.
    stands: bool,
    /// Since when this line has been good for sound.
    through: Option<Instant>,
    /// Who else is in the channel.
    members: BTreeSet<u64>,
}

/// Keeps a session until it is over or nobody holds its link any more.
pub(super) async fn run(
    tls: Arc<ClientConfig>,
    server: VoiceServer,
    ear: Ear,
    shared: Arc<Shared>,
    orders: mpsc::UnboundedReceiver<Order>,
) {
    let mut session =
        Session { server, ear, shared, orders, seen: -1, stands: false, through: None, members: BTreeSet::new() };
    let (mut tries, mut anew) = (0, 0);
    loop {
        session.through = None;
        let resumes = session.stands;
        let dialed = tokio::select! {
            biased;
            () = left(&mut session.orders) => break,
            dialed = Box::pin(dial::websocket(&tls, &session.server.endpoint)) => dialed,
        };
        let end = match dialed {
            Ok(mut socket) => session.line(&mut socket).await,
            Err(cause) => End::Cut(cause.to_string()),
        };
        session.shared.pause();
        if session.through.is_some_and(|since| since.elapsed() >= WELL) {
            (tries, anew) = (0, 0);
        }
        let closed = match end {
            End::Left => break,
            End::Over { code, reason } => (code, reason, true),
            // It may be that only the session is old and the token still holds. Who is not let in knows that it does not.
            End::Forgotten { .. } if anew < MOST_ANEW && (anew == 0 || resumes || session.through.is_some()) => {
                (session.stands, session.seen) = (false, -1);
                anew += 1;
                if session.left_within(pause(anew)).await {
                    break;
                }
                continue;
            }
            End::Forgotten { code, reason } => (code, reason, true),
            End::Cut(reason) => {
                tries += 1;
                if tries <= MOST_TRIES {
                    tracing::debug!(endpoint = session.server.endpoint, reason, tries, "a voice line is cut");
                    if session.left_within(pause(tries)).await {
                        break;
                    }
                    continue;
                }
                (1006, reason, false)
            }
        };
        session.shared.shut();
        let (code, reason, by_remote) = closed;
        (session.ear)(VoiceEvent::Closed { code, reason, by_remote });
        return;
    }
    session.shared.shut();
}

/// How long it is waited before a try.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(100 << tries.min(6))
}

/// Waits until the link is let go. What else is asked of a session that does not stand is of no use.
async fn left(orders: &mut mpsc::UnboundedReceiver<Order>) {
    while !matches!(orders.recv().await, None | Some(Order::Close)) {}
}

/// What a close code of the server means.
fn meaning(code: u16, reason: String) -> End {
    match code {
        4006 | 4009 => End::Forgotten { code, reason },
        // The server crashed, goes away, or says nothing that is known.
        4015 | 4900 | 1000..=1015 => End::Cut(format!("closed with {code}")),
        4000..=4999 => End::Over { code, reason },
        _ => End::Cut(format!("closed with {code}")),
    }
}

impl Session {
    /// Waits; gives whether the link was let go meanwhile.
    async fn left_within(&mut self, pause: Duration) -> bool {
        timeout(pause, left(&mut self.orders)).await.is_ok()
    }

    /// One connection, from its first message to its last.
    async fn line(&mut self, socket: &mut Socket) -> End {
        let end = match Box::pin(self.agree(socket)).await {
            Ok(beat) => self.talk(socket, beat).await,
            Err(end) => end,
        };
        if matches!(end, End::Left) {
            let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            let _ = timeout(Duration::from_secs(1), socket.close(Some(frame))).await;
        }
        end
    }

    /// Hello, and then identify or resume.
    async fn agree(&mut self, socket: &mut Socket) -> Result<Duration, End> {
        let hello: Hello = self.expect(socket, op::HELLO).await?;
        let beat = Duration::try_from_secs_f64(hello.heartbeat_interval / 1000.0).unwrap_or(Duration::from_secs(10));
        let beat = beat.clamp(Duration::from_millis(100), Duration::from_mins(2));
        let server_id = self.server.guild_id.to_string();
        if self.stands {
            let VoiceServer { session_id, token, .. } = &self.server;
            let resume = Resume { server_id, session_id, token, seq_ack: self.seen };
            send(socket, op::RESUME, resume).await?;
            self.expect::<serde_json::Value>(socket, op::RESUMED).await?;
            self.shared.resumed();
        } else {
            self.members.clear();
            let VoiceServer { session_id, token, .. } = &self.server;
            let identify = Identify {
                server_id,
                user_id: self.server.user_id.to_string(),
                session_id,
                token,
                // The channel names the group, so without it there is none.
                max_dave_protocol_version: if self.server.channel_id.is_some() { dave::VERSION } else { 0 },
                channel_id: self.server.channel_id.map(|id| id.to_string()),
            };
            send(socket, op::IDENTIFY, identify).await?;
            let ready: Ready = self.expect(socket, op::READY).await?;
            let mode = Mode::choose(ready.modes.iter().map(String::as_str));
            let mode = mode.ok_or_else(|| over(4016, "The server offers no mode that is known."))?;
            let to = SocketAddr::new(ready.ip, ready.port);
            let (udp, address, port) = dial::udp(to, ready.ssrc).await.map_err(|cause| End::Cut(cause.to_string()))?;
            let data = ProtocolData { address, port, mode: mode.name() };
            send(socket, op::SELECT_PROTOCOL, SelectProtocol { protocol: "udp", data }).await?;
            let described: SessionDescription = self.expect(socket, op::SESSION_DESCRIPTION).await?;
            let mode =
                Mode::from_name(&described.mode).ok_or_else(|| over(4016, "The server chose an unknown mode."))?;
            let key = mode.key(&described.secret_key).map_err(|cause| over(4016, &cause.to_string()))?;
            let (dave, replies) = match (described.dave_protocol_version, self.server.channel_id) {
                (0, _) => (None, Vec::new()),
                (version, channel) => {
                    let made = Dave::new(version, self.server.user_id, channel.unwrap_or_default());
                    let (dave, replies) = made.map_err(|cause| over(4017, &cause))?;
                    (Some(dave), replies)
                }
            };
            let (sequence, timestamp) = beginnings();
            let stream = Stream::new(ready.ssrc, sequence, timestamp);
            let key = Arc::new(key);
            super::hear::deafen(&udp);
            self.shared.speakers(Speakers::clear);
            self.shared.open(Wire { socket: udp, stream, key, last: None }, dave);
            answer(socket, replies).await?;
            self.stands = true;
        }
        self.through = Some(Instant::now());
        (self.ear)(VoiceEvent::Connected);
        Ok(beat)
    }

    /// The next message of a kind; others are passed over. Who was let go goes before anything is answered: the next link may be on its
    /// way already, and a server keeps to whoever came last.
    async fn expect<T: DeserializeOwned>(&mut self, socket: &mut Socket, op: u8) -> Result<T, End> {
        let waiting = async {
            loop {
                let incoming = tokio::select! {
                    biased;
                    () = left(&mut self.orders) => return Err(End::Left),
                    message = receive(socket) => message?,
                };
                let Some(incoming) = self.heed(socket, incoming).await? else { continue };
                if incoming.op == op {
                    return serde_json::from_value(incoming.d)
                        .map_err(|cause| End::Cut(format!("a message cannot be read: {cause}")));
                }
            }
        };
        timeout(STEP, waiting).await.unwrap_or_else(|_| Err(End::Cut("the server does not answer".to_owned())))
    }

    /// Everything after the agreement.
    async fn talk(&mut self, socket: &mut Socket, beat: Duration) -> End {
        let mut due = std::pin::pin!(sleep_until(time::Instant::now()));
        let mut alive = interval(KEEP_ALIVE);
        let mut silence = interval(Duration::from_millis(20));
        silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut silent, mut speaking) = (false, false);
        let began = Instant::now();
        let (mut asked, mut count) = (None::<Instant>, 0);
        loop {
            let done = tokio::select! {
                () = &mut due => {
                    due.as_mut().reset(beats::next(time::Instant::now(), beat));
                    if asked.is_some() {
                        return End::Cut("the server's heart stands still".to_owned());
                    }
                    asked = Some(Instant::now());
                    let t = u64::try_from(began.elapsed().as_millis()).unwrap_or_default();
                    send(socket, op::HEARTBEAT, Heartbeat { t, seq_ack: self.seen }).await
                }
                // Sound keeps the way open by itself, and whoever speaks has a timer less.
                _ = alive.tick(), if !speaking => {
                    self.shared.keep_alive(count);
                    count += 1;
                    Ok(())
                }
                _ = silence.tick(), if silent => {
                    silent = self.shared.one_silence();
                    speaking = silent;
                    if silent { Ok(()) } else { self.tell(socket, false).await }
                }
                order = self.orders.recv() => match order {
                    None | Some(Order::Close) => return End::Left,
                    Some(Order::Speaking(true)) => {
                        (silent, speaking) = (false, true);
                        self.tell(socket, true).await
                    }
                    Some(Order::Speaking(false)) => {
                        silent = true;
                        Ok(())
                    }
                },
                message = receive(socket) => match message {
                    Err(end) => Err(end),
                    Ok(message) => self.heed(socket, message).await.map(|incoming| {
                        if incoming.is_some_and(|incoming| incoming.op == op::HEARTBEAT_ACK)
                            && let Some(since) = asked.take()
                        {
                            self.shared.set_ping(u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX - 1));
                        }
                    }),
                },
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// Does what any message asks for; gives it back where it is of JSON.
    async fn heed(&mut self, socket: &mut Socket, message: Message) -> Result<Option<Incoming>, End> {
        let (incoming, replies) = match message {
            Message::Text(text) => {
                let Ok(incoming) = serde_json::from_str::<Incoming>(&text) else { return Ok(None) };
                self.seen = incoming.seq.unwrap_or(self.seen);
                let ids = |key: &str| incoming.d.get(key).map_or_else(Vec::new, ids);
                self.speakers(&incoming);
                match incoming.op {
                    op::CLIENTS_CONNECT => self.members.extend(ids("user_ids")),
                    op::CLIENT_DISCONNECT => ids("user_id").iter().for_each(|id| {
                        self.members.remove(id);
                    }),
                    _ => {}
                }
                while self.members.len() > MOST_MEMBERS {
                    self.members.pop_first();
                }
                let replies = self.shared.dave(|dave| dave.text(incoming.op, &incoming.d));
                (Some(incoming), replies)
            }
            Message::Binary(bytes) => {
                let Some((seq, op, payload)) = Incoming::binary(&bytes) else { return Ok(None) };
                self.seen = seq;
                (None, self.shared.dave(|dave| dave.binary(op, payload, &self.members)))
            }
            _ => return Ok(None),
        };
        answer(socket, replies.unwrap_or_default()).await?;
        Ok(incoming)
    }

    /// Heeds who speaks in which stream.
    fn speakers(&self, incoming: &Incoming) {
        let id = |key: &str| incoming.d.get(key).map_or_else(Vec::new, ids).first().copied();
        let stream = |key: &str| id(key).and_then(|ssrc| u32::try_from(ssrc).ok()).filter(|ssrc| *ssrc > 0);
        let Some(user) = id("user_id") else { return };
        match (incoming.op, stream("ssrc"), stream("audio_ssrc")) {
            (op::SPEAKING, Some(ssrc), _) | (op::VIDEO, _, Some(ssrc)) => {
                self.shared.speakers(|speakers| speakers.speaks(ssrc, user));
            }
            (op::CLIENT_DISCONNECT, ..) => self.shared.speakers(|speakers| speakers.leaves(user)),
            _ => return,
        }
        self.shared.tell_ears();
    }

    /// Says that frames come, or that they stop.
    async fn tell(&self, socket: &mut Socket, speaking: bool) -> Result<(), End> {
        let Some(ssrc) = self.shared.ssrc() else { return Ok(()) };
        send(socket, op::SPEAKING, Speaking { speaking: u8::from(speaking), delay: 0, ssrc }).await
    }
}

fn over(code: u16, reason: &str) -> End {
    End::Over { code, reason: reason.to_owned() }
}

/// Where sequence and timestamp of a new stream begin: nowhere that can be guessed.
fn beginnings() -> (u16, u32) {
    (rand::random(), rand::random())
}

async fn send<T: Serialize>(socket: &mut Socket, op: u8, d: T) -> Result<(), End> {
    let text = serde_json::to_string(&Outgoing { op, d }).map_err(|cause| End::Cut(cause.to_string()))?;
    socket.send(Message::text(text)).await.map_err(|cause| End::Cut(cause.to_string()))
}

async fn answer(socket: &mut Socket, replies: Vec<Reply>) -> Result<(), End> {
    for reply in replies {
        match reply {
            Reply::Text(op, d) => send(socket, op, d).await?,
            Reply::Binary(bytes) => {
                socket.send(Message::binary(bytes)).await.map_err(|cause| End::Cut(cause.to_string()))?;
            }
        }
    }
    Ok(())
}

/// One id, or a list of them, as texts.
fn ids(value: &serde_json::Value) -> Vec<u64> {
    let one = |value: &serde_json::Value| value.as_str().and_then(|id| id.parse().ok()).or(value.as_u64());
    value.as_array().map_or_else(|| one(value).into_iter().collect(), |all| all.iter().filter_map(one).collect())
}

/// The next message.
async fn receive(socket: &mut Socket) -> Result<Message, End> {
    match socket.next().await {
        Some(Ok(Message::Close(frame))) => Err(frame.map_or_else(
            || End::Cut("closed without a word".to_owned()),
            |frame| meaning(frame.code.into(), frame.reason.to_string()),
        )),
        Some(Ok(message)) => Ok(message),
        Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => {
            Err(End::Cut("the line is gone".to_owned()))
        }
        Some(Err(cause)) => Err(End::Cut(cause.to_string())),
    }
}
