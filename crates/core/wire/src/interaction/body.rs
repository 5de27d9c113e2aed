//! What a person's client posts when somebody uses a command, a component or a modal.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::FormErrors;
use crate::id::{
    ApplicationMarker, ChannelMarker, CommandMarker, GenericMarker, GuildMarker, Id, InteractionMarker, MessageMarker,
};
use crate::interaction::InteractionKind;
use crate::loose::{Int, nullable, read};
use crate::message::AttachmentBody;

/// Body of `POST /interactions`: JSON, or `payload_json` beside files.
#[derive(Clone, Debug, Deserialize)]
pub struct InteractionBody {
    /// See [`InteractionKind`]; 2–5.
    #[serde(rename = "type")]
    pub kind: Int<u8>,
    /// Whose command or component.
    pub application_id: Id<ApplicationMarker>,
    /// Where.
    #[serde(default)]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Of a component: what holds it.
    #[serde(default)]
    pub message_id: Option<Id<MessageMarker>>,
    /// Of the sender's gateway connection.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Text or number, repeated in the outcome.
    #[serde(default)]
    pub nonce: Option<Value>,
    /// By kind: [`CommandInvocation`], [`ComponentUse`], [`ModalSubmission`].
    #[serde(default)]
    pub data: Value,
}

impl InteractionBody {
    /// What somebody did; a person cannot send a ping.
    pub fn kind(&self) -> Result<InteractionKind, FormErrors> {
        InteractionKind::from_number(self.kind.0).filter(|kind| *kind != InteractionKind::Ping).ok_or_else(|| {
            let mut errors = FormErrors::new();
            errors.choice("type", "(2, 3, 4, 5)");
            errors
        })
    }

    /// The nonce as text, where it is one.
    pub fn nonce(&self) -> Option<String> {
        let nonce = match self.nonce.as_ref()? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (nonce.len() <= 64).then_some(nonce)
    }

    /// The data of a command, used or being typed.
    pub fn command(&self) -> Result<CommandInvocation, FormErrors> {
        self.data()
    }

    /// The data of a click or choice.
    pub fn component(&self) -> Result<ComponentUse, FormErrors> {
        self.data()
    }

    /// The data of a modal.
    pub fn modal(&self) -> Result<ModalSubmission, FormErrors> {
        self.data()
    }

    fn data<T: serde::de::DeserializeOwned>(&self) -> Result<T, FormErrors> {
        read(self.data.clone()).map_err(|inner| {
            let mut errors = FormErrors::new();
            errors.nest("data", inner);
            errors
        })
    }
}

/// A command that was used.
#[derive(Clone, Debug, Deserialize)]
pub struct CommandInvocation {
    /// The command.
    pub id: Id<CommandMarker>,
    /// The version that the client knew.
    #[serde(default)]
    pub version: Option<Id<GenericMarker>>,
    /// What was given, checked by [`super::check_options`].
    #[serde(default, deserialize_with = "nullable")]
    pub options: Vec<Value>,
    /// The user or message it was used on.
    #[serde(default)]
    pub target_id: Option<Id<GenericMarker>>,
    /// Files of options of that kind, which name them by `id`.
    #[serde(default, deserialize_with = "nullable")]
    pub attachments: Vec<AttachmentBody>,
}

/// A click or choice.
#[derive(Clone, Debug, Deserialize)]
pub struct ComponentUse {
    /// Name of the component.
    pub custom_id: String,
    /// See [`crate::component::ComponentKind`].
    #[serde(default)]
    pub component_type: Option<Int<u8>>,
    /// What was chosen.
    #[serde(default, deserialize_with = "nullable")]
    pub values: Vec<String>,
}

/// A modal that was filled in.
#[derive(Clone, Debug, Deserialize)]
pub struct ModalSubmission {
    /// The interaction that was answered with it.
    pub id: Id<InteractionMarker>,
    /// Name of the modal.
    pub custom_id: String,
    /// The fields.
    #[serde(default, deserialize_with = "nullable")]
    pub components: Vec<Value>,
    /// Files of its fields.
    #[serde(default, deserialize_with = "nullable")]
    pub attachments: Vec<AttachmentBody>,
}

/// `INTERACTION_SUCCESS` and `INTERACTION_FAILURE`, to the person who did it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InteractionOutcome {
    /// The interaction.
    pub id: Id<InteractionMarker>,
    /// As the client chose it.
    pub nonce: Option<String>,
}

/// `INTERACTION_MODAL_CREATE`, to the person who is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModalOpen {
    /// The interaction that was answered with it.
    pub id: Id<InteractionMarker>,
    /// As the client chose it.
    pub nonce: Option<String>,
    /// Whose.
    pub application: Value,
    /// Where.
    pub channel_id: Id<ChannelMarker>,
    /// Name of the modal.
    pub custom_id: String,
    /// Its title.
    pub title: String,
    /// What [`crate::component::validate_modal`] gave.
    pub components: Vec<Value>,
}
