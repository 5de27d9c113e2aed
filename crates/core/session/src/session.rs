//! The state machine.

mod io;

use guildhall_wire::gateway::{ClientFrame, CloseCode, Identify, Intents, Shard};

use crate::limits::Limits;
use crate::log::{Event, Log};

pub use io::{Control, Grant, Input, Outgoing, Output, Start};

const MINUTE_MS: u64 = 60_000;

/// Intents that an application needs to be given.
const PRIVILEGED: Intents = Intents::GUILD_PRESENCES.union(Intents::GUILD_MEMBERS).union(Intents::MESSAGE_CONTENT);

#[derive(Debug)]
enum Phase {
    /// Nobody yet.
    Nobody,
    /// Waits to learn whose token it is.
    Asking(Option<Box<Identify>>),
    /// Somebody.
    Live { bot: bool },
    /// Nothing will happen any more.
    Over,
}

/// What belongs to the socket and not to the session.
#[derive(Debug)]
struct Socket {
    /// By when the next heartbeat must have come.
    heartbeat: u64,
    /// By when somebody must have identified.
    identify: u64,
    /// Start of the minute that is counted, and how many frames came in it.
    minute: (u64, u32),
}

impl Socket {
    const fn new(now: u64, limits: &Limits) -> Self {
        Self {
            heartbeat: now + limits.heartbeat_timeout_ms,
            identify: now + limits.identify_timeout_ms,
            minute: (now, 0),
        }
    }

    /// Counts a frame; false when there are too many.
    const fn count(&mut self, now: u64, limits: &Limits) -> bool {
        if now.saturating_sub(self.minute.0) >= MINUTE_MS {
            self.minute = (now, 0);
        }
        self.minute.1 += 1;
        self.minute.1 <= limits.frames_per_minute
    }
}

/// A client's connection: first a socket that has to say who it is, then a session that outlives sockets.
#[derive(Debug)]
pub struct Session<E> {
    limits: Limits,
    phase: Phase,
    socket: Option<Socket>,
    /// Until when it waits for a socket.
    expires: u64,
    /// `RESUMED` is due after this number.
    resumed: Option<u64>,
    log: Log<E>,
}

impl<E: Event> Session<E> {
    /// A fresh socket. HELLO goes out.
    pub fn new(now: u64, limits: Limits, out: &mut Vec<Output>) -> Self {
        out.push(Output::Send(Control::Hello));
        Self {
            limits,
            phase: Phase::Nobody,
            socket: Some(Socket::new(now, &limits)),
            expires: 0,
            resumed: None,
            log: Log::new(),
        }
    }

    /// Takes what happened at `now` (milliseconds from any beginning) and appends what follows from it.
    pub fn input(&mut self, now: u64, input: Input<'_, E>, out: &mut Vec<Output>) {
        match input {
            Input::Frame(text) => self.frame(now, text, out),
            Input::Noise => _ = self.count(now, out),
            Input::Deliver(event) => self.deliver(now, event, out),
            Input::Tick => self.tick(now, out),
            Input::Accept(grant) => self.accept(now, grant, out),
            Input::Refuse(code) => self.close(now, code, out),
            Input::Invalid => {
                if let Phase::Asking(_) = self.phase {
                    self.phase = Phase::Nobody;
                    out.push(Output::Send(Control::InvalidSession(false)));
                }
            }
            Input::Attach { sequence } => self.attach(now, sequence, out),
            Input::Detach(code) => {
                // 1000 and 1001 say goodbye; anything else may come back.
                self.detach(now, matches!(code, Some(1000 | 1001)), out);
            }
            Input::Reconnect => {
                if self.socket.is_some() {
                    out.push(Output::Send(Control::Reconnect));
                }
            }
            Input::End(code) => {
                if self.socket.is_some() {
                    out.push(Output::Close(code));
                }
                self.detach(now, true, out);
            }
        }
    }

    /// What the socket is to send next. Nothing while there is no socket.
    pub fn pull(&mut self) -> Option<Outgoing<'_, E>> {
        self.socket.as_ref()?;
        self.log.trim(&self.limits, false);
        if self.resumed == Some(self.log.sent()) {
            self.resumed = None;
            return Some(Outgoing::Resumed(self.log.sent()));
        }
        let (number, event, part) = self.log.next()?;
        Some(Outgoing::Event(number, event, part))
    }

    /// Keeps what was pulled last in another form, for the case that it has to be replayed.
    pub fn replace(&mut self, event: E) {
        self.log.replace(event);
    }

    /// Whether [`Session::pull`] has nothing.
    pub fn is_drained(&self) -> bool {
        self.socket.is_none() || (self.resumed.is_none() && self.log.is_drained())
    }

    /// When [`Input::Tick`] is due next.
    pub fn deadline(&self) -> Option<u64> {
        match (&self.phase, &self.socket) {
            (Phase::Over, _) => None,
            (Phase::Live { .. }, Some(socket)) => Some(socket.heartbeat),
            (_, Some(socket)) => Some(socket.heartbeat.min(socket.identify)),
            (_, None) => Some(self.expires),
        }
    }

    /// Whether there is somebody behind it.
    pub const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live { .. })
    }

    /// Whether nothing will happen any more.
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Number of the last event.
    pub fn sequence(&self) -> u64 {
        self.log.last()
    }

    /// Counts what came. False where there is no socket, or none any more because there was too much.
    fn count(&mut self, now: u64, out: &mut Vec<Output>) -> bool {
        let limits = self.limits;
        let Some(socket) = &mut self.socket else { return false };
        let fits = socket.count(now, &limits);
        if !fits {
            self.close(now, CloseCode::RateLimited, out);
        }
        fits
    }

    fn frame(&mut self, now: u64, text: &[u8], out: &mut Vec<Output>) {
        let limits = self.limits;
        if !self.count(now, out) {
            return;
        }
        let largest = match self.phase {
            Phase::Live { bot: false } => limits.person_frame_bytes,
            _ => limits.bot_frame_bytes,
        };
        if text.len() > largest {
            return self.close(now, CloseCode::DecodeError, out);
        }
        let frame = match ClientFrame::read(text) {
            Ok(frame) => frame,
            Err(error) => return self.close(now, error.close_code(), out),
        };
        if let ClientFrame::Heartbeat(sequence) = frame {
            if let Some(socket) = &mut self.socket {
                socket.heartbeat = now + limits.heartbeat_timeout_ms;
            }
            out.push(Output::Send(Control::HeartbeatAck));
            if let (Some(sequence), Phase::Live { .. }) = (sequence, &self.phase) {
                self.log.acknowledge(sequence);
            }
            return;
        }
        match (&self.phase, frame) {
            (Phase::Nobody, ClientFrame::Identify(identify)) => {
                out.push(Output::Identify(identify.clone()));
                self.phase = Phase::Asking(Some(identify));
            }
            (Phase::Nobody, ClientFrame::Resume(resume)) => {
                self.phase = Phase::Asking(None);
                out.push(Output::Resume(resume));
            }
            (_, ClientFrame::Identify(_) | ClientFrame::Resume(_)) => {
                self.close(now, CloseCode::AlreadyAuthenticated, out);
            }
            (Phase::Live { .. }, frame) => out.push(match frame {
                ClientFrame::Presence(presence) => Output::Presence(presence),
                ClientFrame::VoiceState(state) => Output::VoiceState(state),
                ClientFrame::RequestMembers(request) => Output::RequestMembers(request),
                ClientFrame::SoundboardSounds(guilds) => Output::SoundboardSounds(guilds),
                ClientFrame::Heartbeat(_) | ClientFrame::Identify(_) | ClientFrame::Resume(_) => {
                    return;
                }
            }),
            _ => self.close(now, CloseCode::NotAuthenticated, out),
        }
    }

    fn accept(&mut self, now: u64, grant: Grant, out: &mut Vec<Output>) {
        let Phase::Asking(Some(identify)) = &mut self.phase else {
            return;
        };
        let mut identify = identify.as_ref().clone();
        identify.token = String::new();
        match check(&identify, grant, &self.limits) {
            Err(code) => self.close(now, code, out),
            Ok(intents) => {
                self.phase = Phase::Live { bot: grant.bot };
                out.push(Output::Start(Box::new(Start {
                    intents,
                    shard: identify.shard.filter(|_| grant.bot),
                    identify,
                })));
            }
        }
    }

    fn deliver(&mut self, now: u64, event: E, out: &mut Vec<Output>) {
        if !self.is_live() {
            return;
        }
        self.log.push(event);
        // At once, or a burst would make the log larger than it ever has to be.
        self.log.trim(&self.limits, self.socket.is_none());
        if self.socket.is_some() && self.log.overflows(&self.limits) {
            self.close(now, CloseCode::UnknownError, out);
        }
    }

    fn tick(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        if self.socket.is_some() {
            self.close(now, CloseCode::SessionTimedOut, out);
        } else {
            self.end(out);
        }
    }

    fn attach(&mut self, now: u64, sequence: u64, out: &mut Vec<Output>) {
        if !self.is_live() {
            return;
        }
        self.socket = Some(Socket::new(now, &self.limits));
        if sequence > self.log.last() {
            return self.close(now, CloseCode::InvalidSequence, out);
        }
        if self.log.rewind(sequence) {
            self.resumed = Some(self.log.last());
        } else {
            // The socket may identify anew.
            out.push(Output::End);
            out.push(Output::Send(Control::InvalidSession(false)));
            self.log = Log::new();
            self.resumed = None;
            self.phase = Phase::Nobody;
        }
    }

    fn close(&mut self, now: u64, code: CloseCode, out: &mut Vec<Output>) {
        if self.socket.is_some() {
            out.push(Output::Close(code));
            self.detach(now, code.ends_session(), out);
        }
    }

    fn detach(&mut self, now: u64, over: bool, out: &mut Vec<Output>) {
        self.socket = None;
        self.resumed = None;
        if over || !self.is_live() {
            self.end(out);
        } else {
            self.expires = now + self.limits.resume_window_ms;
            self.log.trim(&self.limits, true);
        }
    }

    fn end(&mut self, out: &mut Vec<Output>) {
        if self.is_live() {
            out.push(Output::End);
        }
        self.phase = Phase::Over;
        self.log = Log::new();
    }
}

/// What may be heard, or why nothing.
fn check(identify: &Identify, grant: Grant, limits: &Limits) -> Result<Intents, CloseCode> {
    if !grant.bot {
        return Ok(Intents::all());
    }
    let shard = identify.shard.unwrap_or(Shard::WHOLE);
    if !shard.is_valid() {
        return Err(CloseCode::InvalidShard);
    }
    if limits.guilds_per_shard.is_some_and(|most| grant.guilds.div_ceil(shard.count as usize) > most) {
        return Err(CloseCode::ShardingRequired);
    }
    let bits = identify.intents.and_then(|bits| u64::try_from(bits).ok()).ok_or(CloseCode::InvalidIntents)?;
    let intents = Intents::from_bits(bits).ok_or(CloseCode::InvalidIntents)?;
    if (PRIVILEGED & intents & !grant.privileged).is_empty() { Ok(intents) } else { Err(CloseCode::DisallowedIntents) }
}
