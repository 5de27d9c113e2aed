//! Application commands: as they are sent, and the bodies that make and change them.

use std::collections::{BTreeMap, HashSet};

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::FormErrors;
use crate::id::{ApplicationMarker, CommandMarker, CommandVersionMarker, GenericMarker, GuildMarker, Id};
use crate::loose::{Bool, Int};
use crate::patch::Patch;

mod check;
mod option;

pub(crate) use check::{number_of, read_choices};
pub use option::{CommandChoice, CommandOption, OptionKind};

/// Discord's limits.
pub mod limits {
    /// Slash commands of an application, in general and in each guild.
    pub const CHAT_INPUT: usize = 100;
    /// Commands on users, likewise.
    pub const USER: usize = 15;
    /// Commands on messages, likewise.
    pub const MESSAGE: usize = 15;
    /// Options of a command, choices of an option.
    pub const OPTIONS: usize = 25;
    /// Characters of a command in all.
    pub const TOTAL: usize = 8000;
    /// Exceptions for one command in one guild.
    pub const PERMISSIONS: usize = 100;
    /// Commands made in one guild in a day.
    pub const CREATES_A_DAY: usize = 200;
    /// Whole bodies of a bulk overwrite.
    pub const BULK: usize = CHAT_INPUT + USER + MESSAGE;

    /// How many commands of a kind an application may have in one place.
    pub const fn of_kind(kind: u8) -> usize {
        match kind {
            1 => CHAT_INPUT,
            2 => USER,
            _ => MESSAGE,
        }
    }
}

/// The languages that names can be given in.
pub const LOCALES: [&str; 32] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
];

/// Texts by language. Absent where they were not asked for, null where there are none.
pub type Localizations = Patch<BTreeMap<String, String>>;

/// A command. Written with its texts in other languages only where those were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplicationCommand {
    /// The command.
    pub id: Id<CommandMarker>,
    /// Whose.
    pub application_id: Id<ApplicationMarker>,
    /// New with every change.
    pub version: Id<CommandVersionMarker>,
    /// Where it was made, if not everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// What it does.
    #[serde(flatten)]
    pub spec: CommandSpec,
}

/// What a command does: everything but whose it is. Equal when nothing would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandSpec {
    /// 1 slash, 2 on users, 3 on messages.
    #[serde(rename = "type")]
    pub kind: u8,
    /// 1–32 characters.
    pub name: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub name_localizations: Localizations,
    /// 1–100 characters; empty but for slash commands.
    pub description: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Patch::is_absent")]
    pub description_localizations: Localizations,
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<CommandOption>,
    /// Who may use it where nothing else is said; null for everybody, none for administrators only.
    pub default_member_permissions: Option<Permissions>,
    /// Old form of `contexts`: usable in direct messages. Absent from guild commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dm_permission: Option<bool>,
    /// Where it can be used: 0 guilds, 1 direct messages with its bot, 2 other direct messages; null for wherever it is.
    pub contexts: Option<Vec<u8>>,
    /// For whom it is installed: 0 guilds, 1 users.
    pub integration_types: Vec<u8>,
    /// For adults.
    #[serde(default)]
    pub nsfw: bool,
}

impl CommandSpec {
    /// Whether it can be used in a context, see [`CommandSpec::contexts`].
    pub fn usable_in(&self, context: u8) -> bool {
        match &self.contexts {
            Some(contexts) => contexts.contains(&context),
            None => context == 0 || self.dm_permission == Some(true),
        }
    }

    /// Leaves out the texts in other languages, as where they are not asked for.
    #[must_use]
    pub fn without_localizations(mut self) -> Self {
        self.name_localizations = Patch::Absent;
        self.description_localizations = Patch::Absent;
        self.options.iter_mut().for_each(CommandOption::drop_localizations);
        self
    }
}

impl ApplicationCommand {
    /// See [`CommandSpec::without_localizations`].
    #[must_use]
    pub fn without_localizations(self) -> Self {
        Self { spec: self.spec.without_localizations(), ..self }
    }
}

/// Body of making a command, alone or among others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct CommandBody(pub Value);

impl CommandBody {
    /// Which command it replaces, in a bulk overwrite.
    pub fn id(&self) -> Option<Id<CommandMarker>> {
        crate::form::snowflake(self.0.get("id")?)?.parse().ok()
    }

    /// Checks it and fills in what was not said. `guild` for commands of one guild.
    pub fn validate(&self, guild: bool) -> Result<CommandSpec, FormErrors> {
        let mut errors = FormErrors::new();
        let spec = check::command(&self.0, guild, &mut errors);
        errors.finish()?;
        spec.ok_or_else(FormErrors::new)
    }
}

/// Checks all the commands of a bulk overwrite: each for itself, and that no two of a kind have one name.
pub fn validate_bulk(bodies: &[CommandBody], guild: bool) -> Result<Vec<CommandSpec>, FormErrors> {
    let mut errors = FormErrors::new();
    if bodies.len() > limits::BULK {
        errors.push("BASE_TYPE_MAX_LENGTH", format!("Must be {} or fewer in length.", limits::BULK));
        return Err(errors);
    }
    let mut names = HashSet::new();
    let mut specs = Vec::with_capacity(bodies.len());
    for (index, body) in bodies.iter().enumerate() {
        let place = errors.at(index);
        if let Some(spec) = check::command(&body.0, guild, place) {
            if !names.insert((spec.kind, spec.name.clone())) {
                place.push("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique");
            }
            specs.push(spec);
        }
    }
    errors.finish()?;
    Ok(specs)
}

/// Body of changing a command: what is not in it stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct CommandPatch(pub Map<String, Value>);

impl CommandPatch {
    /// The command as it becomes, checked as a whole. The kind of a command does not change.
    pub fn apply(self, spec: &CommandSpec, guild: bool) -> Result<CommandSpec, FormErrors> {
        let mut whole = match serde_json::to_value(spec) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        };
        // The two say the same: the newly sent one wins.
        if self.0.contains_key("dm_permission") && !self.0.contains_key("contexts") {
            whole.remove("contexts");
        }
        for (key, value) in self.0 {
            let cannot_be_cleared = matches!(key.as_str(), "name" | "description");
            if key != "type" && !(cannot_be_cleared && value.is_null()) {
                whole.insert(key, value);
            }
        }
        CommandBody(Value::Object(whole)).validate(guild)
    }
}

/// An exception for one command in one guild.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandPermission {
    /// Role, user or channel; the guild's id for everybody, one less for all channels.
    pub id: Id<GenericMarker>,
    /// 1 role, 2 user, 3 channel.
    #[serde(rename = "type")]
    pub kind: u8,
    /// Whether it may be used.
    pub permission: bool,
}

/// The exceptions of one command in one guild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildCommandPermissions {
    /// The command, or the application for all of its commands.
    pub id: Id<GenericMarker>,
    /// Whose.
    pub application_id: Id<ApplicationMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// The exceptions.
    pub permissions: Vec<CommandPermission>,
}

/// Body of setting the exceptions of a command.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CommandPermissionsBody {
    /// The whole new set, up to 100.
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub permissions: Vec<CommandPermissionBody>,
}

/// One exception as clients send it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct CommandPermissionBody {
    /// See [`CommandPermission::id`].
    pub id: Id<GenericMarker>,
    /// See [`CommandPermission::kind`].
    #[serde(rename = "type")]
    pub kind: Int<u8>,
    /// See [`CommandPermission::permission`].
    pub permission: Bool,
}

impl CommandPermissionsBody {
    /// Checks kinds and number, and that nothing is named twice.
    pub fn validate(self) -> Result<Vec<CommandPermission>, FormErrors> {
        let mut errors = FormErrors::new();
        errors.count("permissions", self.permissions.len(), 0, limits::PERMISSIONS);
        let mut seen = HashSet::new();
        let mut permissions = Vec::new();
        for (index, body) in self.permissions.into_iter().take(limits::PERMISSIONS).enumerate() {
            let place = errors.at("permissions").at(index);
            if !(1..=3).contains(&body.kind.0) {
                place.choice("type", "(1, 2, 3)");
            }
            if !seen.insert((body.id, body.kind.0)) {
                place.push("APPLICATION_COMMAND_PERMISSIONS_DUPLICATE", "This permission is already specified");
            }
            permissions.push(CommandPermission { id: body.id, kind: body.kind.0, permission: body.permission.0 });
        }
        errors.finish()?;
        Ok(permissions)
    }
}

/// What a person can use in a place: the answer of the command indexes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandIndex {
    /// Whose commands they are.
    pub applications: Vec<IndexedApplication>,
    /// The commands that can be used.
    pub application_commands: Vec<ApplicationCommand>,
    /// Changes with the commands.
    pub version: String,
}

/// An application in a command index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexedApplication {
    /// The application.
    pub id: Id<ApplicationMarker>,
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// Image hash.
    pub icon: Option<String>,
    /// Its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<crate::user::User>,
}

#[cfg(test)]
mod tests;
