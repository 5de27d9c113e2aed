//! How applications answer: bodies, and what they get back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_repr::{Deserialize_repr, Serialize_repr};

use crate::command::{CommandChoice, OptionKind, limits, read_choices};
use crate::component::validate_modal;
use crate::error::FormErrors;
use crate::form::{Form, tuple};
use crate::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id, InteractionMarker, MessageMarker};
use crate::interaction::InteractionKind;
use crate::loose::{Int, read};
use crate::message::{Message, MessageBody, MessagePatch, flags};

/// How an interaction is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum CallbackKind {
    /// To a ping.
    Pong = 1,
    /// With a message.
    Message = 4,
    /// With a message later.
    DeferredMessage = 5,
    /// By changing the component's message later.
    DeferredUpdate = 6,
    /// By changing the component's message.
    Update = 7,
    /// With suggestions.
    Autocomplete = 8,
    /// With a modal.
    Modal = 9,
    /// By saying that it takes something that can be had for money.
    PremiumRequired = 10,
}

impl CallbackKind {
    /// The kind with that number. Activities are not offered.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Pong,
            4 => Self::Message,
            5 => Self::DeferredMessage,
            6 => Self::DeferredUpdate,
            7 => Self::Update,
            8 => Self::Autocomplete,
            9 => Self::Modal,
            10 => Self::PremiumRequired,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// Body of an answer: JSON, or `payload_json` beside files.
#[derive(Clone, Debug, Deserialize)]
pub struct CallbackBody {
    /// See [`CallbackKind`].
    #[serde(rename = "type")]
    pub kind: Int<u8>,
    /// By kind.
    #[serde(default)]
    pub data: Option<Value>,
}

/// An answer that fits its interaction.
#[derive(Clone, Debug)]
pub enum Callback {
    /// Nothing to do.
    Pong,
    /// A message, to be checked like any other; see [`super::CALLBACK_FLAGS`].
    Message(Box<MessageBody>),
    /// "Thinking…", for one person only where true.
    DeferredMessage(bool),
    /// Nothing to see yet.
    DeferredUpdate,
    /// A change of the component's message.
    Update(Box<MessagePatch>),
    /// Suggestions.
    Autocomplete(Vec<CommandChoice>),
    /// A modal, checked.
    Modal(Value),
    /// What it takes, for the person alone.
    PremiumRequired,
}

impl Callback {
    /// How it answers.
    pub const fn kind(&self) -> CallbackKind {
        match self {
            Self::Pong => CallbackKind::Pong,
            Self::Message(_) => CallbackKind::Message,
            Self::DeferredMessage(_) => CallbackKind::DeferredMessage,
            Self::DeferredUpdate => CallbackKind::DeferredUpdate,
            Self::Update(_) => CallbackKind::Update,
            Self::Autocomplete(_) => CallbackKind::Autocomplete,
            Self::Modal(_) => CallbackKind::Modal,
            Self::PremiumRequired => CallbackKind::PremiumRequired,
        }
    }
}

impl CallbackBody {
    /// Checks that the answer fits what it answers, and reads it.
    ///
    /// `on_message`: the interaction came from a component of a message, also by way of a modal. `focused` is the kind of the
    /// option that is typed into.
    pub fn read(
        self,
        interaction: InteractionKind,
        on_message: bool,
        focused: Option<OptionKind>,
    ) -> Result<Callback, FormErrors> {
        let allowed: &[i64] = match (interaction, on_message) {
            (InteractionKind::Ping, _) => &[1],
            (InteractionKind::Command, _) => &[4, 5, 9, 10],
            (InteractionKind::Component, _) => &[4, 5, 6, 7, 9, 10],
            (InteractionKind::Autocomplete, _) => &[8],
            (InteractionKind::Modal, true) => &[4, 5, 6, 7, 10],
            (InteractionKind::Modal, false) => &[4, 5, 10],
        };
        let kind = CallbackKind::from_number(self.kind.0).filter(|_| allowed.contains(&i64::from(self.kind.0)));
        let Some(kind) = kind else {
            let mut errors = FormErrors::new();
            errors.choice("type", &tuple(allowed));
            return Err(errors);
        };
        let data = self.data.filter(|data| !data.is_null());
        let nested = |result: Result<Callback, FormErrors>| {
            result.map_err(|inner| {
                let mut errors = FormErrors::new();
                errors.nest("data", inner);
                errors
            })
        };
        let empty = || Value::Object(serde_json::Map::new());
        match kind {
            CallbackKind::Pong => Ok(Callback::Pong),
            CallbackKind::DeferredUpdate => Ok(Callback::DeferredUpdate),
            CallbackKind::PremiumRequired => Ok(Callback::PremiumRequired),
            CallbackKind::DeferredMessage => {
                let bits = data.as_ref().and_then(|data| data.get("flags")).and_then(crate::form::whole);
                Ok(Callback::DeferredMessage(bits.is_some_and(|bits| bits & i64::from(flags::EPHEMERAL) != 0)))
            }
            CallbackKind::Message => {
                let Some(data) = data else {
                    let mut errors = FormErrors::new();
                    errors.required("data");
                    return Err(errors);
                };
                nested(read(data).map(|body| Callback::Message(Box::new(body))))
            }
            CallbackKind::Update => {
                nested(read(data.unwrap_or_else(empty)).map(|body| Callback::Update(Box::new(body))))
            }
            CallbackKind::Autocomplete => nested(suggestions(&data.unwrap_or_else(empty), focused)),
            CallbackKind::Modal => nested(validate_modal(&data.unwrap_or_else(empty)).map(Callback::Modal)),
        }
    }
}

fn suggestions(data: &Value, focused: Option<OptionKind>) -> Result<Callback, FormErrors> {
    let mut errors = FormErrors::new();
    let mut choices = Vec::new();
    if let Some(mut form) = Form::new(data, &mut errors) {
        let list = form.list("choices", 0, limits::OPTIONS);
        let kind = focused.unwrap_or(OptionKind::String);
        choices = read_choices(list, kind, form.errors.at("choices"));
    }
    errors.finish()?;
    Ok(Callback::Autocomplete(choices))
}

/// `APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE`, to the person who types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestions {
    /// What may be chosen.
    pub choices: Vec<CommandChoice>,
    /// As the client chose it.
    pub nonce: Option<String>,
    /// Whose.
    pub application_id: Id<ApplicationMarker>,
}

/// Answer to an answer, where it was asked for with `with_response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackAnswer {
    /// What was answered.
    pub interaction: CallbackInteraction,
    /// What came of it: absent where no message did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<CallbackResource>,
}

/// The interaction that was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackInteraction {
    /// The interaction.
    pub id: Id<InteractionMarker>,
    /// What somebody did.
    #[serde(rename = "type")]
    pub kind: InteractionKind,
    /// The message that answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_message_id: Option<Id<MessageMarker>>,
    /// "Thinking…".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_message_loading: Option<bool>,
    /// For one person only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_message_ephemeral: Option<bool>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<Id<ChannelMarker>>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
}

/// What an answer made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackResource {
    /// How it was answered: 4 or 7.
    #[serde(rename = "type")]
    pub kind: CallbackKind,
    /// The message.
    pub message: Box<Message>,
}
