//! What only threads have.

use serde::{Deserialize, Serialize};
use twilight_model::util::Timestamp;

use crate::channel::Channel;
use crate::id::{ChannelMarker, GuildMarker, Id, TagMarker, UserMarker};
use crate::loose::Int;
use crate::member::Member;
use crate::message::{Message, MessageBody};
use crate::presence::Presence;

/// State of a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadMetadata {
    /// Out of the list until somebody posts.
    pub archived: bool,
    /// When it last changed between archived and not.
    pub archive_timestamp: Timestamp,
    /// Minutes without a message until it archives itself: 60, 1440, 4320 or 10080.
    pub auto_archive_duration: u32,
    /// Only holders of MANAGE_THREADS reopen it.
    pub locked: bool,
    /// Of private threads: members may add others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitable: Option<bool>,
    /// When it was made.
    pub create_timestamp: Option<Timestamp>,
}

/// Somebody's membership of a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadMember {
    /// The thread.
    pub id: Id<ChannelMarker>,
    /// Who.
    pub user_id: Id<UserMarker>,
    /// Since when.
    pub join_timestamp: Timestamp,
    /// Notification settings.
    pub flags: u32,
    /// Who, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// In `THREAD_MEMBERS_UPDATE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// In `THREAD_MEMBER_UPDATE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

/// Body of starting a thread.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreadBody {
    /// 1–100 characters.
    pub name: String,
    /// See [`ThreadMetadata::auto_archive_duration`].
    pub auto_archive_duration: Option<Int<u32>>,
    /// Slow mode, in seconds.
    pub rate_limit_per_user: Option<Int<u32>>,
    /// 10, 11 or 12; private where not said.
    #[serde(rename = "type")]
    pub kind: Option<Int<u8>>,
    /// See [`ThreadMetadata::invitable`].
    pub invitable: Option<bool>,
    /// Of a post: up to 5 tags of its forum.
    pub applied_tags: Option<Vec<Id<TagMarker>>>,
    /// Of a post: what it begins with.
    pub message: Option<MessageBody>,
}

/// A post that was just made, with the message that it begins with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Post {
    /// The thread.
    #[serde(flatten)]
    pub thread: Channel,
    /// Its first message.
    pub message: Message,
}

/// What a search of threads found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FoundThreads {
    /// The threads.
    pub threads: Vec<Channel>,
    /// The reader's memberships of them.
    pub members: Vec<ThreadMember>,
    /// Whether a further page exists.
    pub has_more: bool,
    /// What posts begin with.
    pub first_messages: Vec<Message>,
    /// How many there are in all.
    pub total_results: u64,
}

/// `THREAD_MEMBERS_UPDATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadMembersUpdate {
    /// The thread.
    pub id: Id<ChannelMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Counted up to 50.
    pub member_count: u32,
    /// Who came.
    pub added_members: Vec<ThreadMember>,
    /// Who went.
    pub removed_member_ids: Vec<Id<UserMarker>>,
}

/// `THREAD_DELETE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadDelete {
    /// The thread.
    pub id: Id<ChannelMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Its channel.
    pub parent_id: Option<Id<ChannelMarker>>,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: crate::channel::ChannelKind,
}

/// `THREAD_LIST_SYNC`: the threads of channels that came into view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadListSync {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Of which channels.
    pub channel_ids: Vec<Id<ChannelMarker>>,
    /// Active threads.
    pub threads: Vec<Channel>,
    /// The reader's memberships of them.
    pub members: Vec<ThreadMember>,
}

/// A list of threads with the reader's memberships.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThreadList {
    /// The threads.
    pub threads: Vec<Channel>,
    /// The reader's memberships of them.
    pub members: Vec<ThreadMember>,
    /// Whether a further page exists.
    #[serde(default)]
    pub has_more: bool,
}
