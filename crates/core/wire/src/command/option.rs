//! Options of commands: what they ask for.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use serde_repr::{Deserialize_repr, Serialize_repr};

use crate::command::Localizations;
use crate::patch::Patch;

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
pub enum OptionKind {
    /// A command of its own under this one.
    Subcommand = 1,
    /// Several such.
    SubcommandGroup = 2,
    /// Text.
    String = 3,
    /// A whole number within 53 bits.
    Integer = 4,
    /// Yes or no.
    Boolean = 5,
    /// A user.
    User = 6,
    /// A channel.
    Channel = 7,
    /// A role.
    Role = 8,
    /// A user or a role.
    Mentionable = 9,
    /// A number.
    Number = 10,
    /// A file.
    Attachment = 11,
}

impl OptionKind {
    /// The kind with that number.
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::Subcommand,
            2 => Self::SubcommandGroup,
            3 => Self::String,
            4 => Self::Integer,
            5 => Self::Boolean,
            6 => Self::User,
            7 => Self::Channel,
            8 => Self::Role,
            9 => Self::Mentionable,
            10 => Self::Number,
            11 => Self::Attachment,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether it holds further options instead of a value.
    pub const fn is_nest(self) -> bool {
        matches!(self, Self::Subcommand | Self::SubcommandGroup)
    }

    /// Whether it can have choices or suggestions.
    pub const fn has_choices(self) -> bool {
        matches!(self, Self::String | Self::Integer | Self::Number)
    }
}

/// Something that a command asks for. Which fields it has depends on its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandOption {
    /// What it takes.
    #[serde(rename = "type")]
    pub kind: OptionKind,
    /// 1–32 characters.
    pub name: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub name_localizations: Localizations,
    /// 1–100 characters.
    pub description: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description_localizations: Localizations,
    /// Must be given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The only values that can be given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<CommandChoice>,
    /// Values are suggested while one types.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub autocomplete: bool,
    /// Of subcommands and groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<CommandOption>,
    /// Of channels: their kinds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channel_types: Vec<u8>,
    /// Of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Number>,
    /// Of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Number>,
    /// Of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u16>,
    /// Of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u16>,
}

impl CommandOption {
    pub(super) fn drop_localizations(&mut self) {
        self.name_localizations = Patch::Absent;
        self.description_localizations = Patch::Absent;
        for choice in &mut self.choices {
            choice.name_localizations = Patch::Absent;
        }
        self.options.iter_mut().for_each(Self::drop_localizations);
    }
}

/// A value that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandChoice {
    /// What people read, 1–100 characters.
    pub name: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub name_localizations: Localizations,
    /// What the application gets: text up to 100 characters, or a number, as the option takes.
    pub value: Value,
}
