//! Frames of the voice gateway, as far as a bot that only speaks needs them.

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

/// What a client sends.
#[derive(Debug, Serialize)]
pub(super) struct Outgoing<T> {
    pub(super) op: u8,
    pub(super) d: T,
}

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
