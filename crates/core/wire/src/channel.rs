//! Channels: of guilds, threads and direct messages.

use crate::permissions::Permissions;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_repr::{Deserialize_repr, Serialize_repr};
use twilight_model::util::Timestamp;

use crate::forum::{DefaultReaction, DefaultReactionBody, ForumBody, ForumTag, ForumTagBody};
use crate::id::{
    ApplicationMarker, ChannelMarker, GenericMarker, GuildMarker, Id, MessageMarker, RoleMarker, TagMarker, UserMarker,
};
use crate::loose::Int;
use crate::patch::Patch;
use crate::thread::{ThreadMember, ThreadMetadata};
use crate::user::User;

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum ChannelKind {
    /// Text in a guild.
    Text = 0,
    /// Between two people.
    Dm = 1,
    /// Voice in a guild.
    Voice = 2,
    /// Between up to ten people.
    GroupDm = 3,
    /// A heading over channels.
    Category = 4,
    /// Text that others can follow.
    Announcement = 5,
    /// Thread of an announcement channel.
    AnnouncementThread = 10,
    /// Thread that everybody who sees the parent sees.
    PublicThread = 11,
    /// Thread for those who were added.
    PrivateThread = 12,
    /// Voice with speakers and an audience.
    Stage = 13,
    /// Posts, each a thread.
    Forum = 15,
    /// Posts with media.
    Media = 16,
}

impl ChannelKind {
    /// The kind with that number.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Text,
            1 => Self::Dm,
            2 => Self::Voice,
            3 => Self::GroupDm,
            4 => Self::Category,
            5 => Self::Announcement,
            10 => Self::AnnouncementThread,
            11 => Self::PublicThread,
            12 => Self::PrivateThread,
            13 => Self::Stage,
            15 => Self::Forum,
            16 => Self::Media,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether it is a thread.
    pub const fn is_thread(self) -> bool {
        matches!(self, Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread)
    }

    /// Whether it belongs to no guild.
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Dm | Self::GroupDm)
    }

    /// Whether people speak in it.
    pub const fn is_voice(self) -> bool {
        matches!(self, Self::Voice | Self::Stage)
    }

    /// Whether it has posts, each a thread.
    pub const fn is_forum(self) -> bool {
        matches!(self, Self::Forum | Self::Media)
    }

    /// Whether messages can be sent to it.
    pub const fn has_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Forum | Self::Media)
    }
}

/// Whether an overwrite is about a role or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum OverwriteKind {
    /// A role.
    Role = 0,
    /// A member.
    Member = 1,
}

/// A channel's exception to a role's or member's permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwrite {
    /// The role or user.
    pub id: Id<GenericMarker>,
    /// Which of the two.
    #[serde(rename = "type")]
    pub kind: OverwriteKind,
    /// Given here.
    pub allow: Permissions,
    /// Taken here.
    pub deny: Permissions,
}

/// A channel. Which fields are written depends on the kind: Discord's clients test for presence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// See [`ChannelKind`].
    #[serde(rename = "type")]
    pub kind: ChannelKind,
    /// Discord's channel flags; 2 = pinned post, 16 = requires a tag.
    #[serde(default)]
    pub flags: u32,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Absent in DMs; null in group DMs without a name.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub name: Patch<String>,
    /// Category, or the channel of a thread.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub parent_id: Patch<Id<ChannelMarker>>,
    /// Place among its siblings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<i32>,
    /// Exceptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission_overwrites: Option<Vec<Overwrite>>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub topic: Patch<String>,
    /// For adults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nsfw: Option<bool>,
    /// Newest message, or newest post of a forum; it may be gone.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub last_message_id: Patch<Id<MessageMarker>>,
    /// When a message was last pinned.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub last_pin_timestamp: Patch<Timestamp>,
    /// Slow mode, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit_per_user: Option<u32>,
    /// Bits per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<u32>,
    /// Most people in voice, 0 for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_limit: Option<u32>,
    /// Null for automatic.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub rtc_region: Patch<String>,
    /// 1 automatic, 2 full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_quality_mode: Option<u8>,
    /// Of voice: what goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Minutes, for threads made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_auto_archive_duration: Option<u32>,
    /// Slow mode of threads made here, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_thread_rate_limit_per_user: Option<u32>,
    /// Of a forum: the tags of its posts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_tags: Option<Vec<ForumTag>>,
    /// Of a forum.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub default_reaction_emoji: Patch<DefaultReaction>,
    /// Of a forum: 0 latest activity, 1 creation.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub default_sort_order: Patch<u8>,
    /// Of a forum: 0 not said, 1 list, 2 gallery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_forum_layout: Option<u8>,
    /// Of a forum: `match_all` or `match_some`.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub default_tag_setting: Patch<String>,
    /// Of a post in a forum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_tags: Option<Vec<Id<TagMarker>>>,
    /// Everybody in a direct message but the reader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipients: Option<Vec<User>>,
    /// Image hash of a group DM.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub icon: Patch<String>,
    /// Of a thread or a group DM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Id<UserMarker>>,
    /// Which bot made the group DM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<Id<ApplicationMarker>>,
    /// Of a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_metadata: Option<ThreadMetadata>,
    /// Of a thread: messages now there, without the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_count: Option<u32>,
    /// Of a thread, counted up to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_count: Option<u32>,
    /// Of a thread: messages ever sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_message_sent: Option<u32>,
    /// Of a thread: the reader's own membership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<ThreadMember>,
    /// Of a thread, in `THREAD_CREATE`: just made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newly_created: Option<bool>,
    /// Inside interactions: what the user may do here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// In what an interaction names: what the application may do there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_permissions: Option<Permissions>,
    /// Guildhall's: nobody below MANAGE_CHANNELS posts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
    /// Guildhall's: who stands at this role or above posts in spite of the lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_role_id: Option<Id<RoleMarker>>,
    /// Guildhall's: read-only and out of the default list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
}

impl Channel {
    /// A channel with nothing but its kind.
    pub fn new(id: Id<ChannelMarker>, kind: ChannelKind) -> Self {
        Self {
            id,
            kind,
            flags: 0,
            guild_id: None,
            name: Patch::Absent,
            parent_id: Patch::Absent,
            position: None,
            permission_overwrites: None,
            topic: Patch::Absent,
            nsfw: None,
            last_message_id: Patch::Absent,
            last_pin_timestamp: Patch::Absent,
            rate_limit_per_user: None,
            bitrate: None,
            user_limit: None,
            rtc_region: Patch::Absent,
            video_quality_mode: None,
            status: None,
            default_auto_archive_duration: None,
            default_thread_rate_limit_per_user: None,
            available_tags: None,
            default_reaction_emoji: Patch::Absent,
            default_sort_order: Patch::Absent,
            default_forum_layout: None,
            default_tag_setting: Patch::Absent,
            applied_tags: None,
            recipients: None,
            icon: Patch::Absent,
            owner_id: None,
            application_id: None,
            thread_metadata: None,
            message_count: None,
            member_count: None,
            total_message_sent: None,
            member: None,
            newly_created: None,
            permissions: None,
            app_permissions: None,
            locked: false,
            lock_role_id: None,
            archived: false,
        }
    }

    /// The exceptions, empty where there are none.
    pub fn overwrites(&self) -> &[Overwrite] {
        self.permission_overwrites.as_deref().unwrap_or_default()
    }

    /// The name, empty where there is none.
    pub fn name(&self) -> &str {
        self.name.as_ref().value().map_or("", String::as_str)
    }

    /// Category or parent channel.
    pub fn parent(&self) -> Option<Id<ChannelMarker>> {
        self.parent_id.value()
    }
}

/// Body of creating a guild channel and of changing any channel.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChannelBody {
    /// 1–100 characters.
    pub name: Patch<String>,
    /// See [`ChannelKind`].
    #[serde(rename = "type")]
    pub kind: Patch<Int<u8>>,
    /// See [`Channel::position`].
    pub position: Patch<Int<i32>>,
    /// Up to 1024 characters, 4096 in forums.
    pub topic: Patch<String>,
    /// See [`Channel::nsfw`].
    pub nsfw: Patch<bool>,
    /// 0–21600 seconds.
    pub rate_limit_per_user: Patch<Int<u32>>,
    /// See [`Channel::bitrate`].
    pub bitrate: Patch<Int<u32>>,
    /// See [`Channel::user_limit`].
    pub user_limit: Patch<Int<u32>>,
    /// The whole new set.
    pub permission_overwrites: Patch<Vec<OverwriteBody>>,
    /// See [`Channel::parent_id`].
    pub parent_id: Patch<Id<ChannelMarker>>,
    /// See [`Channel::rtc_region`].
    pub rtc_region: Patch<String>,
    /// See [`Channel::video_quality_mode`].
    pub video_quality_mode: Patch<Int<u8>>,
    /// See [`Channel::default_auto_archive_duration`].
    pub default_auto_archive_duration: Patch<Int<u32>>,
    /// See [`Channel::default_thread_rate_limit_per_user`].
    pub default_thread_rate_limit_per_user: Patch<Int<u32>>,
    /// See [`Channel::flags`].
    pub flags: Patch<Int<u32>>,
    /// Data URL, of a group DM.
    pub icon: Patch<String>,
    /// New owner of a group DM.
    pub owner: Patch<Id<UserMarker>>,
    /// Of a thread.
    pub archived: Patch<bool>,
    /// Of a thread.
    pub auto_archive_duration: Patch<Int<u32>>,
    /// Of a thread.
    pub locked: Patch<bool>,
    /// Of a private thread.
    pub invitable: Patch<bool>,
    /// Of a post: the whole new set of tags.
    pub applied_tags: Patch<Vec<Id<TagMarker>>>,
    /// Of a forum: the whole new set of tags.
    pub available_tags: Patch<Vec<Option<ForumTagBody>>>,
    /// See [`Channel::default_reaction_emoji`].
    pub default_reaction_emoji: Patch<DefaultReactionBody>,
    /// See [`Channel::default_sort_order`].
    pub default_sort_order: Patch<Int<u8>>,
    /// See [`Channel::default_forum_layout`].
    pub default_forum_layout: Patch<Int<u8>>,
    /// See [`Channel::default_tag_setting`].
    pub default_tag_setting: Patch<String>,
}

impl ChannelBody {
    /// What is about a forum, taken out of it.
    pub fn take_forum(&mut self) -> ForumBody {
        ForumBody {
            available_tags: std::mem::take(&mut self.available_tags),
            default_reaction_emoji: std::mem::take(&mut self.default_reaction_emoji),
            default_sort_order: std::mem::take(&mut self.default_sort_order),
            default_forum_layout: std::mem::take(&mut self.default_forum_layout),
            default_tag_setting: std::mem::take(&mut self.default_tag_setting),
        }
    }
}

/// An overwrite as clients send it: `allow` and `deny` may be absent, null, text or number.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct OverwriteBody {
    /// The role or user.
    #[serde(default)]
    pub id: Option<Id<GenericMarker>>,
    /// 0 role, 1 member; `"role"` and `"member"` from old clients.
    #[serde(rename = "type", default, deserialize_with = "overwrite_kind")]
    pub kind: Option<Int<u8>>,
    /// Given here.
    #[serde(default)]
    pub allow: Option<Permissions>,
    /// Taken here.
    #[serde(default)]
    pub deny: Option<Permissions>,
}

fn overwrite_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Int<u8>>, D::Error> {
    Ok(match Option::<serde_json::Value>::deserialize(deserializer)? {
        Some(serde_json::Value::String(word)) if word == "role" => Some(Int(0)),
        Some(serde_json::Value::String(word)) if word == "member" => Some(Int(1)),
        Some(other) => Some(Int::deserialize(other).map_err(D::Error::custom)?),
        None => None,
    })
}

/// One line of a bulk reordering.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ChannelPosition {
    /// The channel to move.
    pub id: Id<ChannelMarker>,
    /// Where to.
    #[serde(default)]
    pub position: Option<Int<i32>>,
    /// Take over the new parent's overwrites.
    #[serde(default)]
    pub lock_permissions: Option<bool>,
    /// Into which category.
    #[serde(default)]
    pub parent_id: Patch<Id<ChannelMarker>>,
}

/// Body of saying what goes on in a voice channel.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct VoiceStatusBody {
    /// Up to 500 characters; null for nothing.
    pub status: Option<String>,
}

/// `VOICE_CHANNEL_STATUS_UPDATE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceStatusUpdate {
    /// The channel.
    pub id: Id<ChannelMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// What goes on; null for nothing.
    pub status: Option<String>,
}

/// `CHANNEL_PINS_UPDATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PinsUpdate {
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// When the newest pin was made.
    pub last_pin_timestamp: Option<Timestamp>,
}

/// `TYPING_START`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypingStart {
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Unix seconds.
    pub timestamp: u64,
    /// Who, in guilds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<crate::member::Member>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overwrite_is_of_a_role_or_of_a_member() {
        for (kind, want) in [
            (r#""type":0"#, Some(Some(Int(0)))),
            (r#""type":"1""#, Some(Some(Int(1)))),
            (r#""type":"role""#, Some(Some(Int(0)))),
            (r#""type":"member""#, Some(Some(Int(1)))),
            (r#""type":null"#, Some(None)),
            (r#""deny":"0""#, Some(None)),
            (r#""type":"owner""#, None),
        ] {
            let body = serde_json::from_str::<OverwriteBody>(&format!(r#"{{"id":"5",{kind}}}"#));
            assert_eq!(body.ok().map(|body| body.kind), want, "{kind}");
        }
    }
}
