//! Frames of the voice gateway, as far as a bot that speaks and listens needs them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a server sends.
#[derive(Debug, Deserialize)]
pub(super) struct Incoming {
    pub(super) op: u8,
    #[serde(default)]
    pub(super) d: Value,
    /// Which message it is; what was seen last goes with a heartbeat and a resume.
    #[serde(default)]
    pub(super) seq: Option<i64>,
}

impl Incoming {
    /// Reads a message of bytes: its number, its kind, and what it says.
    pub(super) fn binary(bytes: &[u8]) -> Option<(i64, u8, &[u8])> {
        let (&[high, low, op], payload) = bytes.split_first_chunk::<3>()?;
        Some((i64::from(u16::from_be_bytes([high, low])), op, payload))
    }
}

/// What a client sends.
#[derive(Debug, Serialize)]
pub(super) struct Outgoing<T> {
    pub(super) op: u8,
    pub(super) d: T,
}

#[cfg_attr(not(feature = "dave"), expect(dead_code, reason = "of the encryption only some are heeded"))]
pub(super) mod op {
    pub(in super::super) const IDENTIFY: u8 = 0;
    pub(in super::super) const SELECT_PROTOCOL: u8 = 1;
    pub(in super::super) const READY: u8 = 2;
    pub(in super::super) const HEARTBEAT: u8 = 3;
    pub(in super::super) const SESSION_DESCRIPTION: u8 = 4;
    pub(in super::super) const SPEAKING: u8 = 5;
    pub(in super::super) const HEARTBEAT_ACK: u8 = 6;
    pub(in super::super) const RESUME: u8 = 7;
    pub(in super::super) const HELLO: u8 = 8;
    pub(in super::super) const RESUMED: u8 = 9;
    pub(in super::super) const CLIENTS_CONNECT: u8 = 11;
    pub(in super::super) const VIDEO: u8 = 12;
    pub(in super::super) const CLIENT_DISCONNECT: u8 = 13;
    pub(in super::super) const DAVE_PREPARE_TRANSITION: u8 = 21;
    pub(in super::super) const DAVE_EXECUTE_TRANSITION: u8 = 22;
    pub(in super::super) const DAVE_TRANSITION_READY: u8 = 23;
    pub(in super::super) const DAVE_PREPARE_EPOCH: u8 = 24;
    pub(in super::super) const MLS_EXTERNAL_SENDER: u8 = 25;
    pub(in super::super) const MLS_KEY_PACKAGE: u8 = 26;
    pub(in super::super) const MLS_PROPOSALS: u8 = 27;
    pub(in super::super) const MLS_COMMIT_WELCOME: u8 = 28;
    pub(in super::super) const MLS_ANNOUNCE_COMMIT: u8 = 29;
    pub(in super::super) const MLS_WELCOME: u8 = 30;
    pub(in super::super) const MLS_INVALID_COMMIT_WELCOME: u8 = 31;
}

#[derive(Serialize)]
pub(super) struct Identify<'a> {
    pub(super) server_id: String,
    pub(super) user_id: String,
    pub(super) session_id: &'a str,
    pub(super) token: &'a str,
    pub(super) max_dave_protocol_version: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channel_id: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Resume<'a> {
    pub(super) server_id: String,
    pub(super) session_id: &'a str,
    pub(super) token: &'a str,
    pub(super) seq_ack: i64,
}

#[derive(Serialize)]
pub(super) struct Heartbeat {
    pub(super) t: u64,
    pub(super) seq_ack: i64,
}

#[derive(Serialize)]
pub(super) struct SelectProtocol {
    pub(super) protocol: &'static str,
    pub(super) data: ProtocolData,
}

#[derive(Serialize)]
pub(super) struct ProtocolData {
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) mode: &'static str,
}

#[derive(Serialize)]
pub(super) struct Speaking {
    pub(super) speaking: u8,
    pub(super) delay: u8,
    pub(super) ssrc: u32,
}

#[derive(Deserialize)]
pub(super) struct Hello {
    pub(super) heartbeat_interval: f64,
}

#[derive(Deserialize)]
pub(super) struct Ready {
    pub(super) ssrc: u32,
    pub(super) ip: IpAddr,
    pub(super) port: u16,
    pub(super) modes: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct SessionDescription {
    pub(super) mode: String,
    pub(super) secret_key: Vec<u8>,
    #[serde(default)]
    pub(super) dave_protocol_version: u16,
}
