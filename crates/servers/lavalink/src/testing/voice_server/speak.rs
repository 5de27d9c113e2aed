//! Others in the channel, as the server passes on what they say: to the newest session.

use std::net::SocketAddr;

use guildhall_rtp::discord::{OPUS, SAMPLES};
use guildhall_rtp::{Header, Nonce, seal};
use serde_json::{Value, json};

use super::{Session, VoiceServer};

/// Somebody who speaks. Nothing is sent by itself.
#[derive(Clone, Debug)]
pub struct Member {
    user: u64,
    /// Their stream.
    pub ssrc: u32,
    /// Of the next packet.
    pub sequence: u16,
    /// Of the next packet.
    pub timestamp: u32,
}

impl Member {
    /// Somebody with a stream.
    pub fn new(user: u64, ssrc: u32) -> Self {
        // Numbers that are soon over their end.
        Self { user, ssrc, sequence: u16::MAX - 10, timestamp: u32::MAX - 20 * SAMPLES }
    }

    /// The message that tells others whose stream it is.
    pub fn speaking(&self) -> Value {
        json!({"speaking": 1, "delay": 0, "ssrc": self.ssrc, "user_id": self.user.to_string()})
    }
}

impl VoiceServer {
    fn newest<T>(&self, work: impl FnOnce(&mut Session) -> T) -> T {
        let mut state = self.inner.lock();
        let newest = state.sessions.keys().max().copied().unwrap();
        work(state.sessions.get_mut(&newest).unwrap())
    }

    /// Tells the newest session something over its WebSocket.
    pub fn tell(&self, op: u8, d: &Value) {
        self.newest(|session| {
            let message = session.text(op, d.clone());
            session.line.as_ref().map(|line| line.send(message));
        });
    }

    /// The next packet of somebody, sealed for the newest session but not sent.
    pub fn sealed(&self, member: &mut Member, payload: &[u8]) -> Vec<u8> {
        let Member { ssrc, sequence, timestamp, .. } = *member;
        let header = Header { marker: false, payload_type: OPUS, sequence, timestamp, ssrc };
        (member.sequence, member.timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(SAMPLES));
        self.newest(|session| {
            let mut packet = Vec::new();
            let counter = Nonce::Counter(session.passed);
            session.passed += 1;
            seal(&mut packet, header, payload, session.sealed.as_ref().unwrap(), counter).unwrap();
            packet
        })
    }

    /// Sends bytes to the newest session, whatever they are.
    pub fn send(&self, datagram: &[u8]) {
        if let Some(address) = self.listener() {
            self.inner.mouth.send_to(datagram, address).unwrap();
        }
    }

    /// Sends the next packet of somebody.
    pub fn speak(&self, member: &mut Member, payload: &[u8]) {
        let packet = self.sealed(member, payload);
        self.send(&packet);
    }

    /// Where the newest session listens.
    pub fn listener(&self) -> Option<SocketAddr> {
        self.newest(|session| session.address)
    }
}
