//! Messages: as they are sent to clients, and the bodies that make them.

mod content;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_repr::{Deserialize_repr, Serialize_repr};
use twilight_model::util::Timestamp;

use crate::attachment::Attachment;
use crate::channel::{Channel, ChannelKind};
use crate::embed::Embed;
use crate::id::{
    ApplicationMarker, AttachmentMarker, ChannelMarker, GuildMarker, Id, InteractionMarker, MessageMarker, RoleMarker,
    StickerMarker, UserMarker, WebhookMarker,
};
use crate::loose::{Bool, Int};
use crate::member::Member;
use crate::patch::Patch;
use crate::poll::{Poll, PollBody};
use crate::reaction::Reaction;
use crate::sticker::StickerItem;
use crate::user::User;

/// What a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum MessageKind {
    /// Written by somebody.
    #[default]
    Default = 0,
    /// Somebody was added to a group DM.
    RecipientAdd = 1,
    /// Somebody left a group DM.
    RecipientRemove = 2,
    /// A call.
    Call = 3,
    /// A group DM was renamed.
    ChannelNameChange = 4,
    /// A group DM has a new icon.
    ChannelIconChange = 5,
    /// A message was pinned.
    ChannelPinnedMessage = 6,
    /// Somebody joined the guild.
    UserJoin = 7,
    /// A channel is followed from here.
    ChannelFollowAdd = 12,
    /// A thread was made.
    ThreadCreated = 18,
    /// An answer.
    Reply = 19,
    /// Answer to a slash command.
    ChatInputCommand = 20,
    /// First message of a thread made from a message.
    ThreadStarterMessage = 21,
    /// Answer to a context menu command.
    ContextMenuCommand = 23,
    /// A rule of automatic moderation was broken.
    AutoModerationAction = 24,
    /// A poll has ended.
    PollResult = 46,
    /// A stage was opened.
    StageStart = 27,
    /// A stage was closed.
    StageEnd = 28,
    /// What a stage is about changed.
    StageTopic = 31,
}

impl MessageKind {
    /// The kind with that number; unknown numbers are ordinary messages.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::RecipientAdd,
            2 => Self::RecipientRemove,
            3 => Self::Call,
            4 => Self::ChannelNameChange,
            5 => Self::ChannelIconChange,
            6 => Self::ChannelPinnedMessage,
            7 => Self::UserJoin,
            27 => Self::StageStart,
            28 => Self::StageEnd,
            31 => Self::StageTopic,
            12 => Self::ChannelFollowAdd,
            18 => Self::ThreadCreated,
            19 => Self::Reply,
            20 => Self::ChatInputCommand,
            21 => Self::ThreadStarterMessage,
            23 => Self::ContextMenuCommand,
            24 => Self::AutoModerationAction,
            46 => Self::PollResult,
            _ => Self::Default,
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the server wrote it: it cannot be edited, and replies to it are refused.
    pub const fn is_system(self) -> bool {
        !matches!(self, Self::Default | Self::Reply | Self::ChatInputCommand | Self::ContextMenuCommand)
    }

    /// Whether it tells what became of the channel: who came, its name, a call, a pin. In direct messages it calls nobody.
    pub const fn tells_of_the_channel(self) -> bool {
        matches!(self.number(), 1..=17)
    }

    /// Whether a moderator may delete it.
    pub const fn is_deletable(self) -> bool {
        !matches!(
            self,
            Self::RecipientAdd
                | Self::RecipientRemove
                | Self::Call
                | Self::ChannelNameChange
                | Self::ChannelIconChange
                | Self::ThreadStarterMessage
        )
    }
}

/// Bits of [`Message::flags`].
pub mod flags {
    /// Published to followers.
    pub const CROSSPOSTED: u32 = 1;
    /// Came from a followed channel.
    pub const IS_CROSSPOST: u32 = 1 << 1;
    /// Embeds are hidden.
    pub const SUPPRESS_EMBEDS: u32 = 1 << 2;
    /// The original of a crosspost is gone.
    pub const SOURCE_MESSAGE_DELETED: u32 = 1 << 3;
    /// A thread was started from it.
    pub const HAS_THREAD: u32 = 1 << 5;
    /// Only one person sees it.
    pub const EPHEMERAL: u32 = 1 << 6;
    /// "Thinking…".
    pub const LOADING: u32 = 1 << 7;
    /// No push, no sound.
    pub const SUPPRESS_NOTIFICATIONS: u32 = 1 << 12;
    /// A recording.
    pub const IS_VOICE_MESSAGE: u32 = 1 << 13;
    /// Carries a copy of another message.
    pub const HAS_SNAPSHOT: u32 = 1 << 14;
    /// Made of components only.
    pub const IS_COMPONENTS_V2: u32 = 1 << 15;
    /// What a sender may set.
    pub const SENDABLE: u32 = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | IS_VOICE_MESSAGE | IS_COMPONENTS_V2;
}

/// A message. `guild_id`, `member` and `channel_type` are written in events only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The message.
    pub id: Id<MessageMarker>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Who wrote it; for webhooks a user made of the webhook's name.
    pub author: User,
    /// Markdown.
    pub content: String,
    /// When.
    pub timestamp: Timestamp,
    /// When it was last changed.
    pub edited_timestamp: Option<Timestamp>,
    /// Read aloud.
    pub tts: bool,
    /// Pings everybody.
    pub mention_everyone: bool,
    /// Whom it pings.
    pub mentions: Vec<User>,
    /// Which roles it pings.
    pub mention_roles: Vec<Id<RoleMarker>>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// Its cards.
    pub embeds: Vec<Embed>,
    /// Left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// As the sender chose it, text or number, only to those who saw it sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Value>,
    /// See [`flags`].
    pub flags: u32,
    /// Pinned.
    pub pinned: bool,
    /// Of messages by webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<Id<WebhookMarker>>,
    /// See [`MessageKind`].
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// Of messages by applications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<Id<ApplicationMarker>>,
    /// What it answers, forwards or tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_reference: Option<MessageReference>,
    /// What it answers; null when that is gone, absent when it answers nothing.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub referenced_message: Patch<Box<Message>>,
    /// Copies of forwarded messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_snapshots: Vec<MessageSnapshot>,
    /// Which interaction it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_metadata: Option<Value>,
    /// The same in its old form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction: Option<Value>,
    /// The thread started from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Box<Channel>>,
    /// Always an array; every component has an integer `id`.
    pub components: Vec<Value>,
    /// Left out when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sticker_items: Vec<StickerItem>,
    /// Place among a thread's messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// A poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll: Option<Poll>,
    /// Of a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Value>,
    /// Users, roles and channels that select menus chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Value>,
    /// In events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// In events: the author, without `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// In events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_type: Option<ChannelKind>,
}

impl Message {
    /// An ordinary message with nothing but its text.
    pub fn new(
        id: Id<MessageMarker>,
        channel_id: Id<ChannelMarker>,
        author: User,
        content: impl Into<String>,
        timestamp: Timestamp,
    ) -> Self {
        Self {
            id,
            channel_id,
            author,
            content: content.into(),
            timestamp,
            edited_timestamp: None,
            tts: false,
            mention_everyone: false,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            attachments: Vec::new(),
            embeds: Vec::new(),
            reactions: Vec::new(),
            nonce: None,
            flags: 0,
            pinned: false,
            webhook_id: None,
            kind: MessageKind::Default,
            application_id: None,
            message_reference: None,
            referenced_message: Patch::Absent,
            message_snapshots: Vec::new(),
            interaction_metadata: None,
            interaction: None,
            thread: None,
            components: Vec::new(),
            sticker_items: Vec::new(),
            position: None,
            poll: None,
            call: None,
            resolved: None,
            guild_id: None,
            member: None,
            channel_type: None,
        }
    }
}

/// What a message answers (0) or forwards (1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageReference {
    /// 0 reply, 1 forward.
    #[serde(rename = "type", default)]
    pub kind: u8,
    /// Which message; absent for follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Id<MessageMarker>>,
    /// Where it is.
    pub channel_id: Id<ChannelMarker>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

impl MessageReference {
    /// A reference to a message of a channel.
    pub const fn to(
        kind: u8,
        channel_id: Id<ChannelMarker>,
        guild_id: Option<Id<GuildMarker>>,
        message: Id<MessageMarker>,
    ) -> Self {
        Self { kind, message_id: Some(message), channel_id, guild_id }
    }
}

/// A copy of a forwarded message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageSnapshot {
    /// The copy.
    pub message: SnapshotMessage,
}

/// As much of a message as a forward carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotMessage {
    /// See [`Message`].
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// See [`Message`].
    pub content: String,
    /// See [`Message`].
    pub mentions: Vec<User>,
    /// See [`Message`].
    pub mention_roles: Vec<Id<RoleMarker>>,
    /// See [`Message`].
    pub attachments: Vec<Attachment>,
    /// See [`Message`].
    pub embeds: Vec<Embed>,
    /// See [`Message`].
    pub timestamp: Timestamp,
    /// See [`Message`].
    pub edited_timestamp: Option<Timestamp>,
    /// See [`Message`].
    pub flags: u32,
    /// See [`Message`].
    pub components: Vec<Value>,
    /// See [`Message`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sticker_items: Vec<StickerItem>,
}

/// `MESSAGE_DELETE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageDelete {
    /// The message.
    pub id: Id<MessageMarker>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

/// `MESSAGE_DELETE_BULK`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageDeleteBulk {
    /// The messages.
    pub ids: Vec<Id<MessageMarker>>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Absent in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

/// Body of sending a message: as JSON, or as `payload_json` beside files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageBody {
    /// Up to the instance's limit.
    pub content: Option<String>,
    /// Number or text up to 25 characters.
    pub nonce: Option<Value>,
    /// The same nonce of the same author within minutes gives the same message.
    pub enforce_nonce: Option<bool>,
    /// Read aloud.
    pub tts: Option<Bool>,
    /// Up to 10.
    pub embeds: Option<Vec<Embed>>,
    /// Old form of `embeds`.
    pub embed: Option<Embed>,
    /// Which of its mentions ping.
    pub allowed_mentions: Option<AllowedMentions>,
    /// What it answers or forwards.
    pub message_reference: Option<ReferenceBody>,
    /// See [`Message::components`].
    pub components: Option<Vec<Value>>,
    /// Up to 3.
    pub sticker_ids: Option<Vec<Id<StickerMarker>>>,
    /// What is said about the files beside it.
    pub attachments: Option<Vec<AttachmentBody>>,
    /// See [`flags`].
    pub flags: Option<Int<u32>>,
    /// A poll.
    pub poll: Option<PollBody>,
    /// Of webhooks: shown instead of the webhook's name.
    pub username: Option<String>,
    /// Of webhooks: shown instead of the webhook's avatar.
    pub avatar_url: Option<String>,
    /// Of webhooks: starts a post in a forum.
    pub thread_name: Option<String>,
    /// Of webhooks: tags of that post.
    pub applied_tags: Option<Vec<Id<crate::id::TagMarker>>>,
}

/// Body of changing a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessagePatch {
    /// See [`MessageBody`].
    pub content: Patch<String>,
    /// See [`MessageBody`].
    pub embeds: Patch<Vec<Embed>>,
    /// Old form of `embeds`.
    pub embed: Patch<Embed>,
    /// See [`MessageBody`].
    pub flags: Patch<Int<u32>>,
    /// See [`MessageBody`].
    pub allowed_mentions: Patch<AllowedMentions>,
    /// See [`MessageBody`].
    pub components: Patch<Vec<Value>>,
    /// A poll, of answers that were "thinking…" until now.
    pub poll: Patch<PollBody>,
    /// The files that stay, and what is said about new ones.
    pub attachments: Patch<Vec<AttachmentBody>>,
}

/// What is said about a file: an index into the files beside it, or the id of one that is there.
#[derive(Clone, Debug, Deserialize)]
pub struct AttachmentBody {
    /// Index or id; text or number.
    pub id: Value,
    /// New name.
    #[serde(default)]
    pub filename: Option<String>,
    /// Alternative text.
    #[serde(default)]
    pub description: Option<String>,
    /// As the sender named it.
    #[serde(default)]
    pub title: Option<String>,
    /// Of voice messages.
    #[serde(default)]
    pub duration_secs: Option<f64>,
    /// Of voice messages.
    #[serde(default)]
    pub waveform: Option<String>,
    /// Covered until it is clicked.
    #[serde(default)]
    pub is_spoiler: Option<bool>,
}

impl AttachmentBody {
    /// The id as a number.
    pub fn number(&self) -> Option<u64> {
        self.id.as_u64().or_else(|| self.id.as_str().and_then(|text| text.parse().ok()))
    }

    /// The id of a file that is there already.
    pub fn existing(&self) -> Option<Id<AttachmentMarker>> {
        self.number().and_then(Id::new_checked)
    }
}

/// What a new message answers or forwards.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ReferenceBody {
    /// 0 reply, 1 forward.
    #[serde(rename = "type", default)]
    pub kind: Option<Int<u8>>,
    /// Which message.
    #[serde(default)]
    pub message_id: Option<Id<MessageMarker>>,
    /// Where it is; the same channel where not said.
    #[serde(default)]
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Where it is.
    #[serde(default)]
    pub guild_id: Option<Id<GuildMarker>>,
    /// False: send it even if that message is gone.
    #[serde(default)]
    pub fail_if_not_exists: Option<bool>,
}

/// Which mentions ping. Absent kinds do not; no object at all means all do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AllowedMentions {
    /// `roles`, `users`, `everyone`.
    pub parse: Option<Vec<String>>,
    /// Only these; not together with `users` in `parse`.
    pub users: Option<Vec<Id<UserMarker>>>,
    /// Only these; not together with `roles` in `parse`.
    pub roles: Option<Vec<Id<RoleMarker>>>,
    /// Whether a reply pings whom it answers.
    pub replied_user: Option<bool>,
}

/// Body of deleting many.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BulkDeleteBody {
    /// 2–100.
    pub messages: Vec<Id<MessageMarker>>,
}

/// A page of pins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pins {
    /// Newest pin first.
    pub items: Vec<Pin>,
    /// Whether a further page exists.
    pub has_more: bool,
}

/// One pin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pin {
    /// When it was pinned.
    pub pinned_at: Timestamp,
    /// What.
    pub message: Message,
}

/// Which interaction a message answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractionMetadata {
    /// The interaction.
    pub id: Id<InteractionMarker>,
    /// 2 command, 3 component, 5 modal.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Who caused it.
    pub user: User,
    /// Who installed the application, by kind of installation.
    pub authorizing_integration_owners: Value,
    /// First answer, of follow-ups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_response_message_id: Option<Id<MessageMarker>>,
    /// Of the command: kept for the old field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What holds the clicked component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interacted_message_id: Option<Id<MessageMarker>>,
}
