//! What clients send, read as loosely as real clients write it.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{CloseCode, opcode};
use crate::id::{ChannelMarker, GuildMarker, Id, UserMarker};
use crate::loose::{Bool, Int, nullable, without_nul};
use crate::presence::Status;

/// Most ids in one request for members, and most guilds in one for sounds.
pub const IDS_LIMIT: usize = 100;
/// Longest nonce that is repeated, in bytes.
pub const NONCE_LIMIT: usize = 32;

/// A frame from a client.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientFrame {
    /// Op 1, with the last sequence number received.
    Heartbeat(Option<u64>),
    /// Op 2.
    Identify(Box<Identify>),
    /// Op 3.
    Presence(PresenceBody),
    /// Op 4.
    VoiceState(VoiceStateBody),
    /// Op 6.
    Resume(Resume),
    /// Op 8.
    RequestMembers(RequestMembers),
    /// Op 31.
    SoundboardSounds(Vec<Id<GuildMarker>>),
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Not JSON, or not of the opcode's form.
    #[error("decode a client frame: {0}")]
    Decode(#[from] serde_json::Error),
    /// No such opcode.
    #[error("find opcode {0}")]
    UnknownOpcode(i64),
}

impl FrameError {
    /// The code to close with.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::Decode(_) => CloseCode::DecodeError,
            Self::UnknownOpcode(_) => CloseCode::UnknownOpcode,
        }
    }
}

impl ClientFrame {
    /// Reads a frame.
    pub fn read(text: &[u8]) -> Result<Self, FrameError> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            op: Int<i64>,
            #[serde(default, borrow)]
            d: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Sounds<'a> {
            #[serde(borrow)]
            guild_ids: &'a RawValue,
        }

        let text = &*without_nul(text);
        // An array would do for a struct otherwise.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err(serde_json::Error::custom("expected an object").into());
        }
        let envelope: Envelope<'_> = serde_json::from_slice(text)?;
        let body = envelope.d.map_or("null", RawValue::get);
        let op = envelope.op.0;
        Ok(match u8::try_from(op).unwrap_or(u8::MAX) {
            opcode::HEARTBEAT => Self::Heartbeat(read::<Option<Int<i64>>>(body)?.map(whole)),
            opcode::IDENTIFY => Self::Identify(Box::new(read(body)?)),
            opcode::PRESENCE_UPDATE => Self::Presence(read(body)?),
            opcode::VOICE_STATE_UPDATE => Self::VoiceState(read(body)?),
            opcode::RESUME => Self::Resume(read(body)?),
            opcode::REQUEST_GUILD_MEMBERS => Self::RequestMembers(read(body)?),
            opcode::REQUEST_SOUNDBOARD_SOUNDS => {
                // What is no guild has no sounds.
                Self::SoundboardSounds(Named::read(read::<Sounds<'_>>(body)?.guild_ids)?.ids)
            }
            _ => return Err(FrameError::UnknownOpcode(op)),
        })
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, serde_json::Error> {
    serde_json::from_str(body)
}

fn whole(value: Int<i64>) -> u64 {
    u64::try_from(value.0).unwrap_or(0)
}

/// Op 2: a new session.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Identify {
    /// With or without `Bot ` before it.
    pub token: String,
    /// What connects.
    #[serde(default, deserialize_with = "nullable")]
    pub properties: Properties,
    /// Large payloads may come as zlib.
    #[serde(default, deserialize_with = "truth")]
    pub compress: bool,
    /// From this many members on, only those online are sent.
    #[serde(default = "smallest_threshold", deserialize_with = "threshold")]
    pub large_threshold: u32,
    /// Absent for one connection that gets everything.
    #[serde(default)]
    pub shard: Option<Shard>,
    /// What to appear as.
    #[serde(default)]
    pub presence: Option<PresenceBody>,
    /// Absent for people. Anything that is no number reads as −1, which is no set of intents.
    #[serde(default, deserialize_with = "intents")]
    pub intents: Option<i64>,
}

impl Identify {
    /// The token without its prefix.
    pub fn bare_token(&self) -> &str {
        bare(&self.token)
    }
}

/// A token without `Bot `.
pub fn bare(token: &str) -> &str {
    let token = token.trim();
    token.strip_prefix("Bot ").unwrap_or(token).trim()
}

/// What a client says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Properties {
    /// Operating system.
    #[serde(alias = "$os", deserialize_with = "nullable")]
    pub os: String,
    /// Library or browser; phones say so here.
    #[serde(alias = "$browser", deserialize_with = "nullable")]
    pub browser: String,
    /// Library or device.
    #[serde(alias = "$device", deserialize_with = "nullable")]
    pub device: String,
}

/// `[index, count]`. Whatever else was sent is [`Shard::INVALID`], which has its own close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    /// At least 1.
    pub count: u32,
}

impl Shard {
    /// No shard at all.
    pub const INVALID: Self = Self { index: 0, count: 0 };
    /// Everything on one connection.
    pub const WHOLE: Self = Self { index: 0, count: 1 };
    /// Most shards of one bot.
    pub const COUNT_LIMIT: u32 = 16_384;

    /// Whether there can be such a shard.
    pub const fn is_valid(self) -> bool {
        self.index < self.count && self.count <= Self::COUNT_LIMIT
    }
}

impl<'de> Deserialize<'de> for Shard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = |value: &Value| {
            let Int(number) = Int::<u32>::deserialize(value).ok()?;
            Some(number)
        };
        Ok(match value.as_array().map(Vec::as_slice) {
            Some([index, count]) => match (number(index), number(count)) {
                (Some(index), Some(count)) => Self { index, count },
                _ => Self::INVALID,
            },
            _ => Self::INVALID,
        })
    }
}

/// Op 3, and the presence in IDENTIFY.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresenceBody {
    /// Unix milliseconds since when the client idles.
    pub since: Option<u64>,
    /// What they do.
    pub activities: Vec<Value>,
    /// What they want to appear as.
    pub status: Status,
    /// Away from the keyboard.
    pub afk: bool,
}

impl PresenceBody {
    /// Most activities of one connection.
    pub const ACTIVITIES_LIMIT: usize = 8;
}

impl<'de> Deserialize<'de> for PresenceBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Loose {
            #[serde(default)]
            since: Option<Value>,
            #[serde(default)]
            activities: Option<Vec<Value>>,
            #[serde(default)]
            game: Option<Value>,
            #[serde(default)]
            status: Option<Status>,
            #[serde(default, deserialize_with = "truth")]
            afk: bool,
        }
        let loose = Loose::deserialize(deserializer)?;
        let mut activities = loose.activities.unwrap_or_default();
        activities.extend(loose.game);
        activities.retain(|activity| activity.get("name").is_some_and(Value::is_string));
        activities.truncate(Self::ACTIVITIES_LIMIT);
        Ok(Self {
            since: loose.since.as_ref().and_then(moment),
            activities,
            status: loose.status.unwrap_or(Status::Online),
            afk: loose.afk,
        })
    }
}

/// Unix milliseconds from what clients send as a moment: a number, a float, an object of seconds and nanoseconds.
fn moment(value: &Value) -> Option<u64> {
    let positive = |ms: u64| (ms > 0).then_some(ms);
    if let Some(object) = value.as_object() {
        let seconds = object.get("secs_since_epoch")?.as_u64()?;
        let nanos = object.get("nanos_since_epoch").and_then(Value::as_u64);
        let ms = seconds.checked_mul(1000)?;
        return positive(ms.checked_add(nanos.unwrap_or(0) / 1_000_000)?);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be positive and below 2^53"
    )]
    let float = |value: f64| (1.0..9.0e15).contains(&value).then_some(value as u64);
    value.as_u64().and_then(positive).or_else(|| value.as_f64().and_then(float))
}

/// Op 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct VoiceStateBody {
    /// Absent for calls in direct messages.
    #[serde(default)]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Null to leave.
    #[serde(default)]
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Muted by oneself.
    #[serde(default, deserialize_with = "truth")]
    pub self_mute: bool,
    /// Deafened by oneself.
    #[serde(default, deserialize_with = "truth")]
    pub self_deaf: bool,
    /// With a camera.
    #[serde(default, deserialize_with = "truth")]
    pub self_video: bool,
}

/// Op 6.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Resume {
    /// With or without `Bot ` before it.
    pub token: String,
    /// From READY.
    #[serde(default, deserialize_with = "nullable")]
    pub session_id: String,
    /// The last one received.
    #[serde(default, deserialize_with = "sequence")]
    pub seq: u64,
}

impl Resume {
    /// The token without its prefix.
    pub fn bare_token(&self) -> &str {
        bare(&self.token)
    }
}

/// Op 8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMembers {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Whom, by id; `None` where names are searched.
    pub user_ids: Option<Vec<Id<UserMarker>>>,
    /// What was sent as an id and is none: told back as not found.
    pub not_ids: Vec<String>,
    /// How the name begins; empty for everybody.
    pub query: String,
    /// Most members, 0 for all.
    pub limit: u32,
    /// With presences.
    pub presences: bool,
    /// Repeated in every answer.
    pub nonce: Option<String>,
}

impl<'de> Deserialize<'de> for RequestMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Loose<'a> {
            guild_id: One<GuildMarker>,
            #[serde(default, borrow)]
            user_ids: Option<&'a RawValue>,
            #[serde(default)]
            query: Option<String>,
            #[serde(default)]
            limit: Option<Int<i64>>,
            #[serde(default, deserialize_with = "truth")]
            presences: bool,
            #[serde(default)]
            nonce: Option<Value>,
        }
        let loose = Loose::deserialize(deserializer)?;
        let named = loose.user_ids.map(Named::read).transpose().map_err(D::Error::custom)?;
        // An empty list beside a query means the query.
        let named = named.filter(|named| !named.is_empty() || loose.query.is_none());
        let (user_ids, not_ids) = named.map_or((None, Vec::new()), |named| (Some(named.ids), named.others));
        let nonce = match loose.nonce {
            Some(Value::String(text)) => Some(text),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        Ok(Self {
            guild_id: loose.guild_id.0,
            user_ids,
            not_ids,
            query: loose.query.unwrap_or_default(),
            limit: loose.limit.map_or(0, |limit| u32::try_from(whole(limit)).unwrap_or(u32::MAX)),
            presences: loose.presences,
            nonce: nonce.filter(|nonce| nonce.len() <= NONCE_LIMIT),
        })
    }
}

/// An id, or a list of just one.
struct One<T>(Id<T>);

impl<'de, T> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let one = match &value {
            Value::Array(values) => match values.as_slice() {
                [one] => one,
                _ => return Err(D::Error::custom("expected exactly one guild")),
            },
            one => one,
        };
        Id::deserialize(one).map(Self).map_err(D::Error::custom)
    }
}

/// One id or a list of them, of which the first [`IDS_LIMIT`] count. People's input comes here as it is: a number too large for an
/// id, or a zero, is no reason to close the socket.
struct Named<T> {
    ids: Vec<Id<T>>,
    /// Numbers and texts that are no ids, as they were written.
    others: Vec<String>,
}

impl<T> Named<T> {
    fn read(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let list = if raw.get().starts_with('[') { read::<Vec<&RawValue>>(raw.get())? } else { vec![raw] };
        let mut named = Self { ids: Vec::new(), others: Vec::new() };
        for one in list.into_iter().take(IDS_LIMIT) {
            let text = match one.get().bytes().next() {
                Some(b'"') => read::<String>(one.get())?,
                Some(b'-' | b'0'..=b'9') => one.get().to_owned(),
                _ => return Err(serde_json::Error::custom("expected an id")),
            };
            match text.parse() {
                Ok(id) => named.ids.push(id),
                Err(_) => named.others.push(text),
            }
        }
        Ok(named)
    }

    const fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.others.is_empty()
    }
}

fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<Bool>::deserialize(deserializer)?.is_some_and(|value| value.0))
}

fn sequence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(Option::<Int<i64>>::deserialize(deserializer)?.map_or(0, whole))
}

fn intents<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok((!value.is_null()).then(|| Int::<i64>::deserialize(value).map_or(-1, |int| int.0)))
}

const fn smallest_threshold() -> u32 {
    50
}

fn threshold<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let value = Option::<Int<i64>>::deserialize(deserializer)?;
    let value = value.map_or_else(|| i64::from(smallest_threshold()), |value| value.0);
    Ok(u32::try_from(value.clamp(50, 250)).unwrap_or_else(|_| smallest_threshold()))
}

#[cfg(test)]
mod tests;
