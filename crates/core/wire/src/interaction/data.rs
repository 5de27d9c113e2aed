//! What an interaction is about: the command with its options, the component, the modal; and whom they name.

use std::collections::BTreeMap;

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use twilight_model::util::Timestamp;

use crate::attachment::Attachment;
use crate::channel::Channel;
use crate::id::{
    AttachmentMarker, ChannelMarker, CommandMarker, GenericMarker, GuildMarker, Id, MessageMarker, RoleMarker,
    UserMarker,
};
use crate::member::Member;
use crate::message::Message;
use crate::role::Role;
use crate::user::User;

/// What an interaction is about. Read back only from what this server wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InteractionData {
    /// A click or choice.
    Component(ComponentData),
    /// A modal that was sent.
    Modal(ModalData),
    /// A command, used or being typed.
    Command(CommandData),
}

/// A command with its options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandData {
    /// The command.
    pub id: Id<CommandMarker>,
    /// Its name.
    pub name: String,
    /// 1 slash, 2 on users, 3 on messages.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Whom and what its options name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Box<Resolved>>,
    /// What was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<DataOption>,
    /// Where it was made, if not everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// The user or message it was used on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<Id<GenericMarker>>,
}

/// An option that was given: a value, or further options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataOption {
    /// Its name.
    pub name: String,
    /// What it takes.
    #[serde(rename = "type")]
    pub kind: crate::command::OptionKind,
    /// What was given; ids are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Of subcommands and groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<DataOption>,
    /// Being typed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub focused: bool,
}

/// A click or choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentData {
    /// Name of the component.
    pub custom_id: String,
    /// See [`crate::component::ComponentKind`].
    pub component_type: u8,
    /// Its number in the message.
    pub id: u32,
    /// What was chosen; absent for buttons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Whom and what the values name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Box<Resolved>>,
}

/// A modal that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalData {
    /// Name of the modal.
    pub custom_id: String,
    /// What [`crate::component::check_modal_submission`] gave.
    pub components: Vec<Value>,
    /// Whom and what the values name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Box<Resolved>>,
}

/// Whom and what options and values name, by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resolved {
    /// Users; of members too.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<Id<UserMarker>, User>,
    /// Those of them that are members.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<Id<UserMarker>, ResolvedMember>,
    /// Roles.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<Id<RoleMarker>, Role>,
    /// Channels, see [`partial_channel`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<Id<ChannelMarker>, Channel>,
    /// Messages.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<Id<MessageMarker>, Message>,
    /// Files.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<Id<AttachmentMarker>, Attachment>,
}

impl Resolved {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
            && self.members.is_empty()
            && self.roles.is_empty()
            && self.channels.is_empty()
            && self.messages.is_empty()
            && self.attachments.is_empty()
    }

    /// Itself, unless nothing is named.
    pub fn into_option(self) -> Option<Box<Self>> {
        (!self.is_empty()).then(|| Box::new(self))
    }

    /// Adds a user, as a member where it is one. `permissions` are the member's in the channel.
    pub fn add_user(&mut self, user: User, member: Option<(Member, Permissions)>) {
        if let Some((member, permissions)) = member {
            self.members.insert(user.id, ResolvedMember::new(member, permissions));
        }
        self.users.insert(user.id, user);
    }
}

/// A member without its user, which stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResolvedMember {
    /// See [`Member::nick`].
    pub nick: Option<String>,
    /// See [`Member::avatar`].
    pub avatar: Option<String>,
    /// See [`Member::banner`].
    pub banner: Option<String>,
    /// See [`Member::roles`].
    pub roles: Vec<Id<RoleMarker>>,
    /// See [`Member::joined_at`].
    pub joined_at: Timestamp,
    /// See [`Member::premium_since`].
    pub premium_since: Option<Timestamp>,
    /// See [`Member::flags`].
    pub flags: u32,
    /// See [`Member::pending`].
    pub pending: bool,
    /// See [`Member::communication_disabled_until`].
    pub communication_disabled_until: Option<Timestamp>,
    /// What it may do in the channel.
    pub permissions: Permissions,
}

impl ResolvedMember {
    /// The part of a member that is sent.
    pub fn new(member: Member, permissions: Permissions) -> Self {
        Self {
            nick: member.nick,
            avatar: member.avatar,
            banner: member.banner,
            roles: member.roles,
            joined_at: member.joined_at,
            premium_since: member.premium_since,
            flags: member.flags,
            pending: member.pending,
            communication_disabled_until: member.communication_disabled_until,
            permissions,
        }
    }
}

/// The part of a channel that interactions carry, with what the user may do there.
pub fn partial_channel(channel: Channel, permissions: Permissions) -> Channel {
    let mut partial = Channel::new(channel.id, channel.kind);
    partial.flags = channel.flags;
    partial.guild_id = channel.guild_id;
    partial.name = channel.name;
    partial.parent_id = channel.parent_id;
    partial.position = channel.position;
    partial.topic = channel.topic;
    partial.nsfw = channel.nsfw;
    partial.last_message_id = channel.last_message_id;
    partial.last_pin_timestamp = channel.last_pin_timestamp;
    partial.rate_limit_per_user = channel.rate_limit_per_user;
    partial.thread_metadata = channel.thread_metadata;
    partial.recipients = channel.recipients;
    partial.owner_id = channel.owner_id;
    partial.permissions = Some(permissions);
    partial
}
