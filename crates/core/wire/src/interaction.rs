//! Interactions: what people do with an application's commands and components, and how it answers.

use std::collections::BTreeMap;

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_repr::{Deserialize_repr, Serialize_repr};

use crate::channel::Channel;
use crate::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, InteractionMarker, MessageMarker};
use crate::member::Member;
use crate::message::{Message, flags};
use crate::user::User;

mod body;
mod callback;
mod data;
mod options;

pub use body::{CommandInvocation, ComponentUse, InteractionBody, InteractionOutcome, ModalOpen, ModalSubmission};
pub use callback::{
    Callback, CallbackAnswer, CallbackBody, CallbackInteraction, CallbackKind, CallbackResource, Suggestions,
};
pub use data::{
    CommandData, ComponentData, DataOption, InteractionData, ModalData, Resolved, ResolvedMember, partial_channel,
};
pub use options::{check_options, full_name, leaves};

/// Seconds within which an interaction must be answered for the first time.
pub const FIRST_ANSWER_SECONDS: u64 = 3;

/// Seconds for which the token of an interaction is good.
pub const TOKEN_SECONDS: u64 = 15 * 60;

/// Message flags that an answer may carry.
pub const CALLBACK_FLAGS: u32 = flags::SENDABLE | flags::EPHEMERAL;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum InteractionKind {
    /// Nothing: a test of the connection.
    Ping = 1,
    /// Used a command.
    Command = 2,
    /// Clicked a button or chose from a menu.
    Component = 3,
    /// Types into an option and waits for suggestions.
    Autocomplete = 4,
    /// Sent a modal.
    Modal = 5,
}

impl InteractionKind {
    /// The kind with that number.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Ping,
            2 => Self::Command,
            3 => Self::Component,
            4 => Self::Autocomplete,
            5 => Self::Modal,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// `INTERACTION_CREATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// The interaction.
    pub id: Id<InteractionMarker>,
    /// Whom it is for.
    pub application_id: Id<ApplicationMarker>,
    /// What somebody did.
    #[serde(rename = "type")]
    pub kind: InteractionKind,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<InteractionData>,
    /// Where, in guilds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild: Option<InteractionGuild>,
    /// Where, in guilds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Where; see [`partial_channel`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Box<Channel>>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Who, in guilds, with `permissions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Box<Member>>,
    /// Who, in direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The right to answer.
    pub token: String,
    /// Always 1.
    pub version: u8,
    /// What holds the component, also when a modal was opened from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<Message>>,
    /// What the application may do there.
    pub app_permissions: Permissions,
    /// Language of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Language of the guild.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_locale: Option<String>,
    /// What the person, or the guild, has of the application.
    pub entitlements: Vec<Value>,
    /// Old form of them.
    #[serde(default)]
    pub entitlement_sku_ids: Vec<Value>,
    /// Who installed it; see [`integration_owners`].
    pub authorizing_integration_owners: BTreeMap<String, String>,
    /// 0 a guild, 1 direct messages with the application's bot, 2 other direct messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u8>,
    /// Bytes of a file in the answer.
    pub attachment_size_limit: u64,
}

impl Interaction {
    /// Who did it.
    pub fn author(&self) -> Option<&User> {
        self.member.as_ref().and_then(|member| member.user.as_ref()).or(self.user.as_ref())
    }
}

/// As much of a guild as an interaction carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionGuild {
    /// The guild.
    pub id: Id<GuildMarker>,
    /// Its language.
    pub locale: String,
    /// Discord's names of switched-on features.
    pub features: Vec<String>,
}

/// Who installed an application that is installed in guilds only: the guild, or nobody in direct messages.
pub fn integration_owners(guild: Option<Id<GuildMarker>>) -> BTreeMap<String, String> {
    BTreeMap::from([("0".into(), guild.map_or_else(|| "0".into(), |id| id.to_string()))])
}

/// `message.interaction`: the old form of [`crate::message::InteractionMetadata`], on answers to commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageInteraction {
    /// The interaction.
    pub id: Id<InteractionMarker>,
    /// What somebody did; always a command.
    #[serde(rename = "type")]
    pub kind: InteractionKind,
    /// Of the command, with subcommands.
    pub name: String,
    /// Who did it.
    pub user: User,
}

/// Path of the message that an answer is about: `@original` or an id.
pub fn message_path(text: &str) -> Option<Option<Id<MessageMarker>>> {
    match text {
        "@original" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

#[cfg(test)]
mod tests;
