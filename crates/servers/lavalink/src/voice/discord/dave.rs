//! End-to-end encryption of a channel (DAVE): a group whose members agree on keys, through a server that only carries what
//! they say to each other.

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};

use davey::{Codec, CommitWelcome, DaveSession, MediaType, ProposalsOperationType};
use guildhall_rtp::discord::SILENCE;
use serde_json::{Value, json};

use super::frames::op;

/// Frames that are sealed end so.
const MARK: [u8; 2] = [0xfa, 0xfa];
/// Seconds for which frames that are not sealed are still on their way after the channel has become encrypted again.
const UNSEALED: u32 = 10;

/// The newest version that is spoken.
pub(super) const VERSION: u16 = 1;

/// What is to be sent.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    Text(u8, Value),
    Binary(Vec<u8>),
}

/// One's place in a channel's group.
pub(super) struct Dave {
    session: DaveSession,
    user: u64,
    channel: u64,
    /// The version in force; 0 is none.
    version: u16,
    /// Versions that transitions lead to.
    pending: HashMap<u16, u16>,
    /// Who may propose, as the server has said it: it says so once.
    external_sender: Vec<u8>,
}

impl Dave {
    /// Of a channel that a server says is encrypted, and what to tell it.
    pub(super) fn new(version: u16, user: u64, channel: u64) -> Result<(Self, Vec<Reply>), String> {
        let known = NonZeroU16::new(version).filter(|_| version <= VERSION).ok_or("the version is not known")?;
        let session = DaveSession::new(known, user, channel, None).map_err(|cause| cause.to_string())?;
        let mut dave = Self { session, user, channel, version, pending: HashMap::new(), external_sender: Vec::new() };
        let replies = dave.introduce();
        Ok((dave, replies))
    }

    /// A package of keys, for whoever lets one into the group.
    fn introduce(&mut self) -> Vec<Reply> {
        match self.session.create_key_package() {
            Ok(package) => vec![binary(op::MLS_KEY_PACKAGE, &[&package])],
            Err(cause) => {
                tracing::warn!(%cause, "failed to make a key package");
                Vec::new()
            }
        }
    }

    fn begin_anew(&mut self, version: u16) -> Vec<Reply> {
        let Some(version) = NonZeroU16::new(version.min(VERSION)) else { return Vec::new() };
        if let Err(cause) = self.session.reinit(version, self.user, self.channel, None) {
            tracing::warn!(%cause, "failed to begin a group anew");
            return Vec::new();
        }
        self.introduce()
    }

    /// A message in JSON.
    pub(super) fn text(&mut self, op: u8, d: &Value) -> Vec<Reply> {
        let number = |key: &str| d.get(key).and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
        match (op, number("transition_id"), number("protocol_version")) {
            (op::DAVE_PREPARE_TRANSITION, Some(id), Some(version)) => self.prepare(id, version),
            (op::DAVE_EXECUTE_TRANSITION, Some(id), _) => {
                self.execute(id);
                Vec::new()
            }
            (op::DAVE_PREPARE_EPOCH, _, Some(version)) if d.get("epoch").and_then(Value::as_u64) == Some(1) => {
                self.begin_anew(version)
            }
            _ => Vec::new(),
        }
    }

    /// A message in bytes. `members` are those whom the server has named. Readers of MLS panic over some that are cut short:
    /// then the group is made anew, as after any other message that cannot be taken.
    pub(super) fn binary(&mut self, op: u8, payload: &[u8], members: &BTreeSet<u64>) -> Vec<Reply> {
        let taken = catch_unwind(AssertUnwindSafe(|| self.take(op, payload, members)));
        taken.unwrap_or_else(|_| self.recover(op, payload))
    }

    /// Nothing of the group is believed any more.
    fn recover(&mut self, op: u8, payload: &[u8]) -> Vec<Reply> {
        let made = Self::new(self.session.protocol_version().get(), self.user, self.channel);
        let Ok((mut dave, introduction)) = made else { return Vec::new() };
        dave.version = self.version;
        let sender = std::mem::take(&mut self.external_sender);
        if !sender.is_empty() {
            dave.take(op::MLS_EXTERNAL_SENDER, &sender, &BTreeSet::new());
        }
        *self = dave;
        let refused = matches!(op, op::MLS_ANNOUNCE_COMMIT | op::MLS_WELCOME).then(|| payload.first_chunk::<2>());
        let refused = refused.flatten().map(|id| invalid(u16::from_be_bytes(*id)));
        refused.into_iter().chain(introduction).collect()
    }

    fn take(&mut self, op: u8, payload: &[u8], members: &BTreeSet<u64>) -> Vec<Reply> {
        match op {
            op::MLS_EXTERNAL_SENDER => {
                match self.session.set_external_sender(payload) {
                    Ok(()) => self.external_sender = payload.to_vec(),
                    Err(cause) => tracing::debug!(%cause, "the external sender is not taken"),
                }
                Vec::new()
            }
            op::MLS_PROPOSALS => self.proposals(payload, members),
            op::MLS_ANNOUNCE_COMMIT | op::MLS_WELCOME => {
                let Some((id, message)) = payload.split_first_chunk::<2>() else { return Vec::new() };
                let id = u16::from_be_bytes(*id);
                let taken = if op == op::MLS_WELCOME {
                    // Somebody may have left since it was proposed who is in the group. Discord's own library does not mind either.
                    let taken = self.session.process_welcome(message, None);
                    taken.map(|()| true).map_err(|cause| cause.to_string())
                } else {
                    self.session.process_commit(message).map_err(|cause| cause.to_string())
                };
                match taken {
                    Ok(true) => self.prepare(id, self.session.protocol_version().get()),
                    Ok(false) => Vec::new(),
                    Err(cause) => {
                        tracing::debug!(cause, "a commit or welcome is not taken; the group begins anew");
                        let version = self.session.protocol_version().get();
                        std::iter::once(invalid(id)).chain(self.begin_anew(version)).collect()
                    }
                }
            }
            _ => Vec::new(),
        }
    }

    fn proposals(&mut self, payload: &[u8], members: &BTreeSet<u64>) -> Vec<Reply> {
        let Some((kind, proposals)) = payload.split_first() else { return Vec::new() };
        let kind = match kind {
            0 => ProposalsOperationType::APPEND,
            1 => ProposalsOperationType::REVOKE,
            _ => return Vec::new(),
        };
        let members: Vec<u64> = members.iter().copied().chain([self.user]).collect();
        match self.session.process_proposals(kind, proposals, Some(&members)) {
            Ok(Some(CommitWelcome { commit, welcome })) => {
                vec![binary(op::MLS_COMMIT_WELCOME, &[&commit, welcome.as_deref().unwrap_or_default()])]
            }
            Ok(None) => Vec::new(),
            Err(cause) => {
                tracing::debug!(%cause, "proposals are not taken");
                Vec::new()
            }
        }
    }

    fn prepare(&mut self, id: u16, version: u16) -> Vec<Reply> {
        if let Err(cause) = self.session.prepare_transition(id, version) {
            tracing::debug!(%cause, id, version, "a transition cannot be prepared");
            return Vec::new();
        }
        if version == 0 {
            // Who is told a moment earlier sends unsealed frames a moment earlier.
            self.session.set_passthrough_mode(true, None);
        }
        if id == 0 {
            self.version = version;
            return Vec::new();
        }
        // A server has few transitions under way.
        if self.pending.len() < 64 {
            self.pending.insert(id, version);
        }
        vec![Reply::Text(op::DAVE_TRANSITION_READY, json!({"transition_id": id}))]
    }

    fn execute(&mut self, id: u16) {
        if let Err(cause) = self.session.execute_transition(id) {
            tracing::debug!(%cause, id, "a transition cannot be executed");
        }
        if let Some(version) = self.pending.remove(&id) {
            if self.version == 0 && version > 0 {
                self.session.set_passthrough_mode(false, Some(UNSEALED));
            }
            self.version = version;
        }
    }

    /// Somebody's frame as it was before it was sealed, or none where it cannot be opened. Where encryption is on, what is not sealed may be
    /// anybody's. As with messages, a reader that panics has found nothing.
    pub(super) fn open(&mut self, user: u64, frame: &[u8]) -> Option<Vec<u8>> {
        if frame == SILENCE {
            return Some(frame.to_vec());
        }
        match catch_unwind(AssertUnwindSafe(|| self.session.decrypt(user, MediaType::AUDIO, frame))) {
            Ok(Ok(opened)) => Some(opened),
            Ok(Err(_)) | Err(_) => (self.version == 0 && !frame.ends_with(&MARK)).then(|| frame.to_vec()),
        }
    }

    /// The frame as the others expect it: sealed, or as it is where encryption is off. Where it is on and nothing is agreed yet,
    /// nobody could open it and nobody else is to hear it: there is none then.
    pub(super) fn seal<'a>(&mut self, frame: &'a [u8], room: &'a mut Vec<u8>) -> &'a [u8] {
        if self.version == 0 {
            return frame;
        }
        if !self.session.can_encrypt() {
            return &[];
        }
        match self.session.encrypt_into(MediaType::AUDIO, Codec::OPUS, frame, room) {
            Ok(()) => room,
            Err(cause) => {
                tracing::debug!(%cause, "failed to encrypt a frame");
                &[]
            }
        }
    }
}

/// That a commit or welcome cannot be taken.
fn invalid(transition: u16) -> Reply {
    Reply::Text(op::MLS_INVALID_COMMIT_WELCOME, json!({"transition_id": transition}))
}

fn binary(op: u8, parts: &[&[u8]]) -> Reply {
    Reply::Binary(std::iter::once(&op).chain(parts.iter().copied().flatten()).copied().collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_joined_left_and_begun_anew() {
        let (mut dave, replies) = Dave::new(1, 42, 43).unwrap();
        let [Reply::Binary(package)] = replies.as_slice() else { panic!("{replies:?}") };
        assert!(package.first() == Some(&26) && package.len() > 100);
        // While nobody has agreed to anything, there is nobody to whom a frame could go.
        let mut room = Vec::new();
        assert_eq!(dave.seal(b"frame", &mut room), b"");
        let ready = vec![Reply::Text(23, json!({"transition_id": 7}))];
        assert_eq!(dave.text(21, &json!({"transition_id": 7, "protocol_version": 0})), ready);
        assert_eq!((dave.text(22, &json!({"transition_id": 7})), dave.version), (vec![], 0));
        assert_eq!(dave.seal(b"frame", &mut room), b"frame");
        let replies = dave.text(24, &json!({"epoch": 1, "protocol_version": 1}));
        assert!(matches!(replies.as_slice(), [Reply::Binary(package)] if package.first() == Some(&26)));
        // Until all change to it, frames go out as before.
        assert_eq!((dave.seal(b"frame", &mut room), dave.version), (&b"frame"[..], 0));
        assert_eq!((dave.text(21, &json!({"transition_id": 0, "protocol_version": 1})), dave.version), (vec![], 1));
        assert_eq!(dave.seal(b"frame", &mut room), b"");
        assert!(Dave::new(2, 42, 43).is_err() && Dave::new(0, 42, 43).is_err());
    }

    #[test]
    fn who_begins_anew_knows_whose_proposals_count() {
        let (mut dave, _) = Dave::new(1, 42, 43).unwrap();
        // A key of 65 bytes, and a name of three.
        let point = "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
        let point = (0..64).map(|at| u8::from_str_radix(&point[at * 2..at * 2 + 2], 16).unwrap());
        let sender: Vec<u8> = [0x40, 65, 4].into_iter().chain(point).chain([0, 1, 3, b'o', b'n', b'e']).collect();
        dave.binary(25, &sender, &BTreeSet::new());
        assert_eq!(dave.external_sender, sender);
        let replies = dave.recover(30, &[0, 9, 1, 2]);
        assert_eq!(replies[0], Reply::Text(31, json!({"transition_id": 9})));
        assert!(matches!(&replies[1], Reply::Binary(package) if package[0] == 26));
        assert_eq!((replies.len(), dave.external_sender == sender), (2, true));
        assert!(dave.session.group().is_some());
    }

    #[test]
    fn frames_are_opened_as_far_as_there_are_keys() {
        let (mut dave, _) = Dave::new(1, 42, 43).unwrap();
        let sealed = [&[7; 30][..], &MARK].concat();
        // Nothing is agreed: nobody sends anything yet that is to be heard.
        assert_eq!((dave.open(44, b"frame"), dave.open(44, &sealed)), (None, None));
        dave.text(21, &json!({"transition_id": 7, "protocol_version": 0}));
        dave.text(22, &json!({"transition_id": 7}));
        assert_eq!(dave.open(44, b"frame").as_deref(), Some(&b"frame"[..]));
        assert_eq!(dave.open(44, &sealed), None);
        assert_eq!(dave.open(44, &SILENCE).as_deref(), Some(&SILENCE[..]));
        for length in 0..60 {
            for byte in [0, 1, 11, 0x80, 0xfa, 0xff] {
                dave.open(44, &[&vec![byte; length][..], &MARK].concat());
            }
        }
    }

    #[test]
    fn nonsense_does_no_harm() {
        let (mut dave, _) = Dave::new(1, 42, 43).unwrap();
        let members = BTreeSet::from([44]);
        for op in 0..=40 {
            for payload in [&[][..], &[0], &[0, 1], &[0, 1, 2, 3, 4], &[255; 300]] {
                dave.binary(op, payload, &members);
            }
            for d in
                [json!(null), json!({"transition_id": -1}), json!({"transition_id": 99_999, "protocol_version": 9})]
            {
                dave.text(op, &d);
            }
        }
        // A commit that nobody can take is refused aloud.
        let replies = dave.binary(30, &[0, 9, 1, 2, 3], &members);
        assert!(replies.contains(&Reply::Text(31, json!({"transition_id": 9}))), "{replies:?}");
    }
}
