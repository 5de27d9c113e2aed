//! All sessions: to find them for RESUME, to bound how many wait for a socket, to count IDENTIFYs.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use guildhall_bus::Dispatch;
use guildhall_session::{Refusal, Starts};
use guildhall_wire::gateway::Shard;
use guildhall_wire::gateway::server::SessionInfo;
use guildhall_wire::id::{Id, UserMarker};
use tokio::sync::mpsc;

use crate::socket::Socket;

/// A session's id: 128 random bits, on the wire as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(u128);

impl SessionId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_ne_bytes(bytes)))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        (text.len() == 32).then_some(())?;
        u128::from_str_radix(text, 16).ok().map(Self)
    }
}

impl std::fmt::Display for SessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What a session is told by others than its client and the bus.
pub(crate) enum Command {
    /// A socket that wants to resume it.
    Attach(Box<Attach>),
    /// Send op 7; the sender is dropped when everything is out.
    Drain(mpsc::Sender<()>),
    /// Too many of the user's sessions wait.
    Forget,
    /// Something that concerns the user's sessions.
    Tell(Arc<Dispatch>),
}

/// A socket that wants to resume.
pub(crate) struct Attach {
    pub(crate) socket: Socket,
    pub(crate) sequence: u64,
}

/// A way to a session.
struct Entry {
    user: Id<UserMarker>,
    /// The login that it was authenticated by.
    login: u64,
    commands: mpsc::UnboundedSender<Command>,
}

/// Whose session it is, and of which shard: a bot with many shards loses all its sockets at once.
pub(crate) type Owner = (Id<UserMarker>, Shard);

/// The sessions of one gateway.
#[derive(Default)]
pub(crate) struct Registry {
    sessions: papaya::HashMap<SessionId, Entry>,
    /// Sessions without a socket, oldest first.
    detached: Mutex<HashMap<Owner, VecDeque<SessionId>>>,
    starts: Mutex<HashMap<Id<UserMarker>, Starts>>,
    /// What people's sessions say of themselves, oldest first.
    people: Mutex<HashMap<Id<UserMarker>, Vec<(SessionId, SessionInfo)>>>,
}

impl Registry {
    pub(crate) fn insert(
        &self,
        id: SessionId,
        user: Id<UserMarker>,
        login: u64,
        commands: mpsc::UnboundedSender<Command>,
    ) {
        self.sessions.pin().insert(id, Entry { user, login, commands });
    }

    pub(crate) fn remove(&self, id: SessionId, owner: Owner) {
        self.sessions.pin().remove(&id);
        self.attached(id, owner);
        let (user, _) = owner;
        let known = lock(&self.people).contains_key(&user);
        if known {
            self.note(id, user, None);
        }
    }

    /// Notes what a person's session says of itself, or that it is gone, and tells the others. All of them are the answer.
    pub(crate) fn note(&self, id: SessionId, user: Id<UserMarker>, info: Option<SessionInfo>) -> Vec<SessionInfo> {
        let mut people = lock(&self.people);
        let list = people.entry(user).or_default();
        match (list.iter_mut().find(|(other, _)| *other == id), info) {
            (Some((_, known)), Some(info)) => *known = info,
            (None, Some(info)) => {
                // Most people have one.
                list.reserve_exact(1);
                list.push((id, info));
            }
            (_, None) => list.retain(|(other, _)| *other != id),
        }
        let all: Vec<SessionInfo> = list.iter().map(|(_, info)| info.clone()).collect();
        if all.is_empty() {
            people.remove(&user);
        } else if let Ok(body) = serde_json::to_vec(&all) {
            let told = Arc::new(Dispatch::new("SESSIONS_REPLACE", body));
            let sessions = self.sessions.pin();
            for entry in list.iter().filter(|(other, _)| *other != id).filter_map(|(other, _)| sessions.get(other)) {
                let _ = entry.commands.send(Command::Tell(told.clone()));
            }
        }
        all
    }

    /// Hands a socket to a session. It comes back when there is no such session of that user's login: with another one it would
    /// go on after the end of the login that resumed it.
    pub(crate) fn attach(
        &self,
        id: SessionId,
        user: Id<UserMarker>,
        login: u64,
        attach: Box<Attach>,
    ) -> Result<(), Box<Attach>> {
        let sessions = self.sessions.pin();
        let Some(entry) = sessions.get(&id).filter(|entry| entry.user == user && entry.login == login) else {
            return Err(attach);
        };
        match entry.commands.send(Command::Attach(attach)) {
            Err(mpsc::error::SendError(Command::Attach(attach))) => Err(attach),
            _ => Ok(()),
        }
    }

    /// Notes that a session waits for a socket, and ends the owner's oldest one beyond `limit`.
    pub(crate) fn detached(&self, id: SessionId, owner: Owner, limit: usize) {
        let mut detached = lock(&self.detached);
        let waiting = detached.entry(owner).or_default();
        waiting.push_back(id);
        if waiting.len() > limit
            && let Some(oldest) = waiting.pop_front()
            && let Some(entry) = self.sessions.pin().get(&oldest)
        {
            let _ = entry.commands.send(Command::Forget);
        }
    }

    /// Notes that a session does not wait any more.
    pub(crate) fn attached(&self, id: SessionId, owner: Owner) {
        let mut detached = lock(&self.detached);
        if let Some(waiting) = detached.get_mut(&owner) {
            waiting.retain(|other| *other != id);
            if waiting.is_empty() {
                detached.remove(&owner);
            }
        }
    }

    /// Tells all sessions.
    pub(crate) fn drain(&self, done: &mpsc::Sender<()>) {
        for entry in self.sessions.pin().values() {
            let _ = entry.commands.send(Command::Drain(done.clone()));
        }
    }

    /// Counts an IDENTIFY.
    pub(crate) fn start(&self, user: Id<UserMarker>, now: u64, key: Option<u32>) -> Result<(), Refusal> {
        let mut starts = lock(&self.starts);
        if starts.len() > 10_000 {
            starts.retain(|_, starts| !starts.is_idle(now));
        }
        starts.entry(user).or_default().start(now, key)
    }

    /// `(remaining IDENTIFYs, milliseconds until they are counted anew)`.
    pub(crate) fn remaining(&self, user: Id<UserMarker>, now: u64) -> (u32, u64) {
        lock(&self.starts).get(&user).cloned().unwrap_or_default().remaining(now)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
