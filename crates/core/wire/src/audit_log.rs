//! The audit log of a guild.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_repr::{Deserialize_repr, Serialize_repr};

use crate::id::{AuditLogEntryMarker, GuildMarker, Id, UserMarker};

/// What was done. Numbers are Discord's; from 1000 they are Guildhall's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_repr, Deserialize_repr)]
#[repr(u16)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AuditAction {
    GuildUpdate = 1,
    ChannelCreate = 10,
    ChannelUpdate = 11,
    ChannelDelete = 12,
    ChannelOverwriteCreate = 13,
    ChannelOverwriteUpdate = 14,
    ChannelOverwriteDelete = 15,
    MemberKick = 20,
    MemberPrune = 21,
    MemberBanAdd = 22,
    MemberBanRemove = 23,
    MemberUpdate = 24,
    MemberRoleUpdate = 25,
    MemberMove = 26,
    MemberDisconnect = 27,
    BotAdd = 28,
    RoleCreate = 30,
    RoleUpdate = 31,
    RoleDelete = 32,
    InviteCreate = 40,
    InviteUpdate = 41,
    InviteDelete = 42,
    WebhookCreate = 50,
    WebhookUpdate = 51,
    WebhookDelete = 52,
    EmojiCreate = 60,
    EmojiUpdate = 61,
    EmojiDelete = 62,
    MessageDelete = 72,
    MessageBulkDelete = 73,
    MessagePin = 74,
    MessageUnpin = 75,
    IntegrationCreate = 80,
    IntegrationUpdate = 81,
    IntegrationDelete = 82,
    StageInstanceCreate = 83,
    StageInstanceUpdate = 84,
    StageInstanceDelete = 85,
    StickerCreate = 90,
    StickerUpdate = 91,
    StickerDelete = 92,
    ScheduledEventCreate = 100,
    ScheduledEventUpdate = 101,
    ScheduledEventDelete = 102,
    ThreadCreate = 110,
    ThreadUpdate = 111,
    ThreadDelete = 112,
    CommandPermissionUpdate = 121,
    AutomodRuleCreate = 140,
    AutomodRuleUpdate = 141,
    AutomodRuleDelete = 142,
    AutomodBlockMessage = 143,
    AutomodFlagToChannel = 144,
    AutomodTimeout = 145,
    AutomodQuarantine = 146,
    SoundCreate = 130,
    SoundUpdate = 131,
    SoundDelete = 132,
    OnboardingUpdate = 167,
    VoiceStatusUpdate = 192,
    VoiceStatusDelete = 193,
    EventExceptionCreate = 200,
    EventExceptionUpdate = 201,
    EventExceptionDelete = 202,
    MemberWarn = 1000,
    ChannelLock = 1001,
    ChannelArchive = 1002,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditLogEntry {
    /// The entry.
    pub id: Id<AuditLogEntryMarker>,
    /// Who did it; null when nobody is known.
    pub user_id: Option<Id<UserMarker>>,
    /// To whom or what.
    pub target_id: Option<String>,
    /// What.
    pub action_type: AuditAction,
    /// Fields before and after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<AuditChange>,
    /// What the action brings along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Value>,
    /// Why, up to 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// In events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

/// One field before and after; absent means it was not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditChange {
    /// Name of the field.
    pub key: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_value: Option<Value>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_value: Option<Value>,
}

/// The fields in which two objects differ, both seen as JSON objects. `skip` names fields that are not logged.
pub fn changes<T: Serialize>(old: Option<&T>, new: Option<&T>, skip: &[&str]) -> Vec<AuditChange> {
    let object = |value: Option<&T>| match value.map(serde_json::to_value) {
        Some(Ok(Value::Object(map))) => map,
        _ => serde_json::Map::new(),
    };
    let (old, new) = (object(old), object(new));
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter(|key| !skip.contains(&key.as_str()) && old.get(*key) != new.get(*key))
        .map(|key| AuditChange {
            key: key.clone(),
            old_value: old.get(key).filter(|value| !value.is_null()).cloned(),
            new_value: new.get(key).filter(|value| !value.is_null()).cloned(),
        })
        .filter(|change| change.old_value.is_some() || change.new_value.is_some())
        .collect()
}
