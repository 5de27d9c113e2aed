//! What clients get: the frame around an event, the control frames, and the large bodies.

use serde::Serialize;
use serde_json::Value;
use twilight_model::util::Timestamp;

use super::{HEARTBEAT_INTERVAL_MS, client::Shard};
use crate::channel::Channel;
use crate::guild::{Guild, UnavailableGuild};
use crate::id::{ApplicationMarker, GuildMarker, Id};
use crate::member::Member;
use crate::presence::Presence;
use crate::read_state::ReadState;
use crate::relationship::Relationship;
use crate::scheduled_event::ScheduledEvent;
use crate::settings::{UserGuildSettings, UserSettings};
use crate::soundboard::SoundboardSound;
use crate::stage::StageInstance;
use crate::user::CurrentUser;
use crate::voice::VoiceState;

/// Answer to a heartbeat (op 11).
pub const HEARTBEAT_ACK: &str = r#"{"t":null,"s":null,"op":11,"d":null}"#;
/// A request for a heartbeat (op 1).
pub const HEARTBEAT: &str = r#"{"t":null,"s":null,"op":1,"d":null}"#;
/// Come back, and resume (op 7).
pub const RECONNECT: &str = r#"{"t":null,"s":null,"op":7,"d":null}"#;
/// The session is gone (op 9).
pub const INVALID_SESSION: &str = r#"{"t":null,"s":null,"op":9,"d":false}"#;
/// Not now, but the session can be resumed (op 9).
pub const INVALID_SESSION_RESUMABLE: &str = r#"{"t":null,"s":null,"op":9,"d":true}"#;
/// What ends the frame that [`write_head`] begins.
pub const TAIL: &[u8] = b"}";

/// The first frame (op 10).
pub fn hello() -> String {
    format!(
        r#"{{"t":null,"s":null,"op":10,"d":{{"heartbeat_interval":{HEARTBEAT_INTERVAL_MS},"_trace":["guildhall"]}}}}"#
    )
}

/// Begins the frame of an event; its body and [`TAIL`] follow.
pub fn write_head(out: &mut Vec<u8>, name: &str, sequence: u64) {
    out.extend_from_slice(br#"{"t":""#);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(br#"","s":"#);
    write_number(out, sequence);
    out.extend_from_slice(br#","op":0,"d":"#);
}

/// How long [`write_head`] and [`TAIL`] are together.
pub fn overhead(name: &str, sequence: u64) -> usize {
    let digits = sequence.checked_ilog10().unwrap_or(0) as usize + 1;
    br#"{"t":"","s":,"op":0,"d":}"#.len() + name.len() + digits
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut rest = number;
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        length += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(digits.len() - length));
}

/// Body of `RESUMED`.
pub const RESUMED_BODY: &str = r#"{"_trace":["guildhall"]}"#;

/// Body of `READY`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ready<'a> {
    /// Version of the protocol.
    pub v: u8,
    /// Oneself.
    pub user: &'a CurrentUser,
    /// All to come as `GUILD_CREATE`.
    pub guilds: Vec<UnavailableGuild>,
    /// For RESUME.
    pub session_id: &'a str,
    /// Where to resume.
    pub resume_gateway_url: &'a str,
    /// Always `normal`.
    pub session_type: &'static str,
    /// As identified with.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "pair")]
    pub shard: Option<Shard>,
    /// Of bots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<ReadyApplication>,
    /// Direct messages: of people, all; of bots, none.
    pub private_channels: &'a [Channel],
    /// Friends, requests and blocks; bots have none.
    pub relationships: &'a [Relationship],
    /// Of friends.
    pub presences: &'a [Presence],
    /// What follows an account from device to device.
    pub user_settings: ReadySettings<'a>,
    /// Only of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_state: Option<Entries<'a, ReadState>>,
    /// Only of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_guild_settings: Option<Entries<'a, UserGuildSettings>>,
    /// The account's connections, this one too; only of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sessions: Option<&'a [SessionInfo]>,
    /// Always empty: games have no friends lists here.
    pub game_relationships: [Value; 0],
    /// Always empty: joining needs no screening here.
    pub guild_join_requests: [Value; 0],
    /// Always empty: voice has one region.
    pub geo_ordered_rtc_regions: [Value; 0],
    /// Always empty.
    pub auth: Empty,
    /// Who answers.
    #[serde(rename = "_trace")]
    pub trace: [&'static str; 1],
}

/// An application as READY names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReadyApplication {
    /// Whose bot it is.
    pub id: Id<ApplicationMarker>,
    /// Which privileged intents it has.
    pub flags: u64,
}

/// `{}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Empty {}

/// `{"entries": […]}`, as some lists of READY come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Entries<'a, T> {
    /// The list.
    pub entries: &'a [T],
    /// Always whole.
    pub partial: bool,
    /// Never counted.
    pub version: u32,
}

impl<'a, T> Entries<'a, T> {
    /// A whole list.
    pub const fn new(entries: &'a [T]) -> Self {
        Self { entries, partial: false, version: 0 }
    }
}

/// One connection of an account: in READY, and all of them as the body of `SESSIONS_REPLACE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionInfo {
    /// Its session.
    pub session_id: String,
    /// What it shows.
    pub status: crate::presence::Status,
    /// What it does.
    pub activities: Vec<Value>,
    /// What connects.
    pub client_info: ClientInfo,
    /// Always true.
    pub active: bool,
}

/// What a connection said it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientInfo {
    /// `desktop`, `mobile` or `web`.
    pub client: String,
    /// Operating system.
    pub os: String,
    /// Always 0.
    pub version: u32,
}

#[expect(clippy::ref_option, reason = "serde passes the field")]
fn pair<S: serde::Serializer>(shard: &Option<Shard>, serializer: S) -> Result<S::Ok, S::Error> {
    shard.map(|shard| [shard.index, shard.count]).serialize(serializer)
}

/// A person's settings; of bots `{}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ReadySettings<'a> {
    /// Of a person.
    Person(&'a UserSettings),
    /// Of a bot.
    Bot(Empty),
}

/// Body of `GUILD_CREATE`: the guild as one member sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuildCreate<'a> {
    /// What REST gives, roles, emoji and stickers included.
    #[serde(flatten)]
    pub guild: &'a Guild,
    /// When the reader joined.
    pub joined_at: Timestamp,
    /// Has more members than are sent.
    pub large: bool,
    /// False for a guild of READY, absent for one that was joined since: clients tell them apart by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<bool>,
    /// All of them.
    pub member_count: usize,
    /// Who is in voice.
    pub voice_states: Vec<VoiceState>,
    /// The reader, and whom it may see.
    pub members: Vec<Member>,
    /// Those that the reader may view.
    pub channels: Vec<&'a Channel>,
    /// Active ones that the reader may view.
    pub threads: Vec<Channel>,
    /// Who is there.
    pub presences: Vec<Presence>,
    /// What goes on on the stages that the reader may view.
    pub stage_instances: Vec<&'a StageInstance>,
    /// Those that the reader may see.
    pub guild_scheduled_events: Vec<&'a ScheduledEvent>,
    /// All of them.
    pub soundboard_sounds: Vec<&'a SoundboardSound>,
    /// Not offered.
    pub activity_instances: [Value; 0],
    /// Not offered.
    pub embedded_activities: [Value; 0],
}

/// Body of `GUILD_MEMBERS_CHUNK`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MembersChunk<'a> {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// At most 1000.
    pub members: &'a [Member],
    /// From 0.
    pub chunk_index: usize,
    /// At least 1.
    pub chunk_count: usize,
    /// Asked for, but no members; what is no id at all as it was sent.
    pub not_found: &'a [String],
    /// Where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presences: Option<Vec<Presence>>,
    /// As asked with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
}

/// Body of `SOUNDBOARD_SOUNDS`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SoundboardSounds<'a> {
    /// All of them.
    pub soundboard_sounds: Vec<&'a SoundboardSound>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[test]
    fn the_frame_around_an_event() {
        for sequence in [0, 1, 9, 10, 12_345, u64::MAX] {
            let mut out = Vec::new();
            write_head(&mut out, "TYPING_START", sequence);
            out.extend_from_slice(TAIL);
            assert_eq!(out.len(), overhead("TYPING_START", sequence), "{sequence}");
            out.truncate(out.len() - 1);
            out.extend_from_slice(b"{}}");
            let frame: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(frame, serde_json::json!({"t": "TYPING_START", "s": sequence, "op": 0, "d": {}}));
        }
    }

    #[test]
    fn control_frames_are_json() {
        for (frame, op) in [
            (hello().as_str(), 10),
            (HEARTBEAT_ACK, 11),
            (HEARTBEAT, 1),
            (RECONNECT, 7),
            (INVALID_SESSION, 9),
            (INVALID_SESSION_RESUMABLE, 9),
        ] {
            let frame: Value = serde_json::from_str(frame).unwrap();
            assert_eq!(frame["op"], op);
            assert!(frame["t"].is_null() && frame["s"].is_null());
        }
    }
}
