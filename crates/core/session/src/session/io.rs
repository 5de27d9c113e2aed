//! What goes into a session and what comes out of it.

use std::borrow::Cow;

use guildhall_wire::gateway::server::{HEARTBEAT_ACK, INVALID_SESSION, INVALID_SESSION_RESUMABLE, RECONNECT, hello};
use guildhall_wire::gateway::{
    CloseCode, Identify, Intents, PresenceBody, RequestMembers, Resume, Shard, VoiceStateBody,
};
use guildhall_wire::id::{GuildMarker, Id};

/// What happens to a session.
#[derive(Debug)]
pub enum Input<'a, E> {
    /// The client sent a frame.
    Frame(&'a [u8]),
    /// The client sent something that is no frame: a ping, a pong, a piece of a message. It counts like one.
    Noise,
    /// An event for the client.
    Deliver(E),
    /// Time has passed: see [`Session::deadline`].
    Tick,
    /// Answer to [`Output::Identify`]: this is who it is.
    Accept(Grant),
    /// Answer to [`Output::Identify`] or [`Output::Resume`]: close with that code.
    Refuse(CloseCode),
    /// Answer to [`Output::Identify`]: too many at once. To [`Output::Resume`]: there is no such session.
    Invalid,
    /// A new socket for this session, which has sent its RESUME on it.
    Attach {
        /// The last number that the client saw.
        sequence: u64,
    },
    /// The socket is gone, with the client's close code if it said one.
    Detach(Option<u16>),
    /// The client is to reconnect.
    Reconnect,
    /// The session is over: the login ended, the account was suspended.
    End(CloseCode),
}

/// What a session wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send a control frame, before any further event.
    Send(Control),
    /// Close the socket. The session is detached already.
    Close(CloseCode),
    /// Find out whose token this is: [`Input::Accept`], [`Input::Refuse`] or [`Input::Invalid`] follows.
    Identify(Box<Identify>),
    /// Hand the socket to that session ([`Input::Attach`] there), or answer [`Input::Refuse`] or [`Input::Invalid`].
    Resume(Resume),
    /// The session starts: listen for its events and deliver READY.
    Start(Box<Start>),
    /// Answer with members.
    RequestMembers(RequestMembers),
    /// Show that presence.
    Presence(PresenceBody),
    /// Change the voice state.
    VoiceState(VoiceStateBody),
    /// Answer with the sounds of these guilds.
    SoundboardSounds(Vec<Id<GuildMarker>>),
    /// The session cannot be resumed any more: forget it.
    End,
}

/// A frame that is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Op 10.
    Hello,
    /// Op 11.
    HeartbeatAck,
    /// Op 7.
    Reconnect,
    /// Op 9, and whether a RESUME may succeed.
    InvalidSession(bool),
}

impl Control {
    /// The frame as it is sent.
    pub fn json(self) -> Cow<'static, str> {
        match self {
            Self::Hello => hello().into(),
            Self::HeartbeatAck => HEARTBEAT_ACK.into(),
            Self::Reconnect => RECONNECT.into(),
            Self::InvalidSession(false) => INVALID_SESSION.into(),
            Self::InvalidSession(true) => INVALID_SESSION_RESUMABLE.into(),
        }
    }
}

/// Whom a token belongs to, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// An application's account.
    pub bot: bool,
    /// The privileged intents that the application has.
    pub privileged: Intents,
    /// In how many guilds the account is.
    pub guilds: usize,
}

/// What a session starts with.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// What it hears: people hear everything.
    pub intents: Intents,
    /// Its part of the guilds; `None` where it asked for none.
    pub shard: Option<Shard>,
    /// The rest of what it asked for. The token is blank.
    pub identify: Identify,
}

/// Something for the socket.
#[derive(Debug, PartialEq, Eq)]
pub enum Outgoing<'a, E> {
    /// An event's number, what it was delivered with, and which of those it is.
    Event(u64, &'a E, usize),
    /// `RESUMED`, with the number of the last event before it.
    Resumed(u64),
}
