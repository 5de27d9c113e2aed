//! Discord's rules for commands.

use std::collections::{BTreeMap, HashSet};

use crate::permissions::Permissions;
use serde_json::{Number, Value};

use crate::channel::ChannelKind;
use crate::command::{CommandChoice, CommandOption, CommandSpec, LOCALES, Localizations, OptionKind, limits};
use crate::error::FormErrors;
use crate::form::{Form, tuple, whole};
use crate::patch::Patch;

/// Largest whole number that every client can hold.
const INT53: i64 = 9_007_199_254_740_991;
const INT53_FLOAT: f64 = 9_007_199_254_740_992.0;

/// Reads a command; with complaints it is only as much as could be read.
pub(super) fn command(value: &Value, guild: bool, errors: &mut FormErrors) -> Option<CommandSpec> {
    let mut form = Form::new(value, errors)?;
    let kind = if form.has("type") { form.choice("type", &[1, 2, 3])? } else { 1 };
    let slash = kind == 1;
    let rule = if slash { Text::Name } else { Text::Title };
    let name = form.required_text("name", 32);
    check_name(&mut form, &name, rule);
    let name_localizations = localizations(&mut form, "name_localizations", rule);
    let (mut description, mut description_localizations) = (String::new(), Patch::Null);
    let mut options = Vec::new();
    if slash {
        description = form.required_text("description", 100);
        description_localizations = localizations(&mut form, "description_localizations", Text::Description);
        options = self::options(&mut form, Level::Command);
    } else {
        if form.get("description").is_some_and(|text| text.as_str() != Some("")) {
            let message = "Context menu commands cannot have description";
            form.complain("description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_ALLOWED", message);
        }
        if form.get("options").is_some_and(|list| list.as_array().is_none_or(|list| !list.is_empty())) {
            let message = "Context menu commands cannot have options";
            form.complain("options", "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_NOT_ALLOWED", message);
        }
    }
    let default_member_permissions = permissions(&mut form);
    let nsfw = form.flag("nsfw").unwrap_or_default();
    let dm_permission = form.flag("dm_permission").unwrap_or(true);
    let contexts = numbers(&mut form, "contexts", &[0, 1, 2]);
    let integration_types = numbers(&mut form, "integration_types", &[0, 1]).unwrap_or_else(|| vec![0]);
    let spec = CommandSpec {
        kind: u8::try_from(kind).ok()?,
        name,
        name_localizations,
        description,
        description_localizations,
        options,
        default_member_permissions,
        dm_permission: (!guild).then(|| contexts.as_ref().map_or(dm_permission, |contexts| contexts.contains(&1))),
        contexts: contexts.filter(|_| !guild),
        integration_types: if guild { vec![0] } else { integration_types },
        nsfw,
    };
    let size = weigh_text(&spec.name, &spec.name_localizations)
        + weigh_text(&spec.description, &spec.description_localizations)
        + spec.options.iter().map(weigh).sum::<usize>();
    if size > limits::TOTAL {
        errors.push("APPLICATION_COMMAND_TOO_LARGE", format!("Command exceeds maximum size ({})", limits::TOTAL));
    }
    Some(spec)
}

/// Which rule a text follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// 1–32 lower-case letters, digits, `-`, `_` and `'`.
    Name,
    /// 1–32 characters.
    Title,
    /// 1–100 characters.
    Description,
}

impl Text {
    const fn max(self) -> usize {
        match self {
            Self::Name | Self::Title => 32,
            Self::Description => 100,
        }
    }
}

/// Where options stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Command,
    Group,
    Subcommand,
}

/// Letters and digits of every script, those scripts' signs that carry vowels or tones, `-`, `_` and `'`; and no letter that
/// has a lower-case form.
fn is_name(name: &str) -> bool {
    name.chars().all(|c| {
        let letter = c.is_alphanumeric()
            || matches!(c, '-' | '_' | '\'' | '\u{900}'..='\u{97f}' | '\u{a8e0}'..='\u{a8ff}' | '\u{e01}'..='\u{e5b}');
        letter && c.to_lowercase().eq([c])
    })
}

fn check_name(form: &mut Form<'_, '_>, name: &str, rule: Text) {
    let valid = match rule {
        Text::Name => is_name(name),
        _ => name.is_empty() || !name.trim().is_empty(),
    };
    if !valid {
        form.complain("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

/// Texts by language; none and empty are the same.
fn localizations(form: &mut Form<'_, '_>, key: &str, rule: Text) -> Localizations {
    let Some(Value::Object(map)) = form.get(key) else {
        if form.has(key) {
            form.complain(key, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
        }
        return Patch::Null;
    };
    if map.len() > LOCALES.len() {
        form.complain(key, "BASE_TYPE_MAX_LENGTH", format!("Must be {} or fewer in length.", LOCALES.len()));
        return Patch::Null;
    }
    let place = form.errors.at(key);
    let mut texts = BTreeMap::new();
    for (locale, text) in map.iter().filter(|(_, text)| !text.is_null()) {
        if !LOCALES.contains(&locale.as_str()) {
            // The key is not repeated in the path: it could be of any size.
            place.push("ENUM_TYPE_COERCE", "Value is not a valid enum value.");
            continue;
        }
        let Value::String(text) = text else {
            place.at(locale).push("STRING_TYPE_CONVERT", "Could not interpret as string.");
            continue;
        };
        place.length(locale, text, 1, rule.max());
        if rule == Text::Name && !is_name(text) {
            place.at(locale).push("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
        texts.insert(locale.clone(), text.clone());
    }
    if texts.is_empty() { Patch::Null } else { Patch::Value(texts) }
}

fn permissions(form: &mut Form<'_, '_>) -> Option<Permissions> {
    const KEY: &str = "default_member_permissions";
    let Some(value) = form.get(KEY) else {
        // What came before it: switched off for all but administrators.
        return (form.flag("default_permission") == Some(false)).then(Permissions::empty);
    };
    let bits = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    };
    if bits.is_none() {
        form.complain(KEY, "NUMBER_TYPE_COERCE", "Value is not int.");
    }
    bits.map(Permissions::from_bits_truncate)
}

/// A list of different numbers out of a few; null and empty are the same.
fn numbers(form: &mut Form<'_, '_>, key: &str, allowed: &[i64]) -> Option<Vec<u8>> {
    if !form.has(key) {
        return None;
    }
    let mut numbers = Vec::new();
    for (index, value) in form.list(key, 0, 8).iter().enumerate() {
        match whole(value).filter(|number| allowed.contains(number)).and_then(|number| u8::try_from(number).ok()) {
            Some(number) if numbers.contains(&number) => {}
            Some(number) => numbers.push(number),
            None => form.errors.at(key).choice(&index.to_string(), &tuple(allowed)),
        }
    }
    numbers.sort_unstable();
    (!numbers.is_empty()).then_some(numbers)
}

fn options(form: &mut Form<'_, '_>, level: Level) -> Vec<CommandOption> {
    let list = form.list("options", 0, limits::OPTIONS);
    let place = form.errors.at("options");
    let options: Vec<CommandOption> = list
        .iter()
        .enumerate()
        .filter_map(|(index, value)| option(Form::new(value, place.at(index))?, level))
        .collect();
    let nests = options.iter().filter(|option| option.kind.is_nest()).count();
    if level == Level::Command && nests != 0 && nests != options.len() {
        let message = "Sub-command and sub-command group option types are mutually exclusive to all other types";
        place.push("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    let mut names = HashSet::new();
    let mut optional = false;
    for (index, option) in options.iter().enumerate() {
        if option.required && optional {
            let message = "Required options must be placed before non-required options";
            place.at(index).push("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional |= !option.required;
        if !names.insert(option.name.as_str()) {
            let message = "Option name already used in this command";
            place.at(index).push("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message);
        }
    }
    options
}

fn option(mut form: Form<'_, '_>, level: Level) -> Option<CommandOption> {
    let allowed: &[i64] = match level {
        Level::Command => &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        Level::Group => &[1],
        Level::Subcommand => &[3, 4, 5, 6, 7, 8, 9, 10, 11],
    };
    let Some(sent) = form.get("type") else {
        form.errors.required("type");
        return None;
    };
    let kind = whole(sent).filter(|number| allowed.contains(number)).and_then(OptionKind::from_number);
    let Some(kind) = kind else {
        let message = format!("Value of field \"type\" must be one of {}.", tuple(allowed));
        form.errors.push("UNION_TYPE_CHOICES", message);
        return None;
    };
    let name = form.required_text("name", 32);
    check_name(&mut form, &name, Text::Name);
    let mut option = CommandOption {
        kind,
        name,
        name_localizations: localizations(&mut form, "name_localizations", Text::Name),
        description: form.required_text("description", 100),
        description_localizations: localizations(&mut form, "description_localizations", Text::Description),
        required: form.flag("required").unwrap_or_default() && !kind.is_nest(),
        choices: Vec::new(),
        autocomplete: false,
        options: Vec::new(),
        channel_types: Vec::new(),
        min_value: None,
        max_value: None,
        min_length: None,
        max_length: None,
    };
    match kind {
        OptionKind::Subcommand => option.options = options(&mut form, Level::Subcommand),
        OptionKind::SubcommandGroup => option.options = options(&mut form, Level::Group),
        OptionKind::Channel => option.channel_types = channel_types(&mut form),
        OptionKind::String => {
            option.min_length = form.int("min_length", 0, 6000).and_then(|length| u16::try_from(length).ok());
            option.max_length = form.int("max_length", 1, 6000).and_then(|length| u16::try_from(length).ok());
            if option.min_length.zip(option.max_length).is_some_and(|(min, max)| min > max) {
                form.complain("min_length", "APPLICATION_COMMAND_OPTION_MIN_LENGTH", "Minimum exceeds maximum");
            }
        }
        OptionKind::Integer | OptionKind::Number => {
            option.min_value = number(&mut form, "min_value", kind);
            option.max_value = number(&mut form, "max_value", kind);
            let bounds = option.min_value.as_ref().zip(option.max_value.as_ref());
            if bounds.is_some_and(|(min, max)| min.as_f64() > max.as_f64()) {
                form.complain("min_value", "APPLICATION_COMMAND_OPTION_MIN_VALUE", "Minimum exceeds maximum");
            }
        }
        _ => {}
    }
    if kind.has_choices() {
        option.choices = choices(&mut form, kind);
        option.autocomplete = form.flag("autocomplete").unwrap_or_default();
        if option.autocomplete && !option.choices.is_empty() {
            let message = "Choices are not allowed together with autocomplete";
            form.complain("choices", "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES", message);
        }
    }
    Some(option)
}

fn channel_types(form: &mut Form<'_, '_>) -> Vec<u8> {
    let mut kinds = Vec::new();
    for (index, value) in form.list("channel_types", 0, 32).iter().enumerate() {
        let kind = whole(value).and_then(|number| u8::try_from(number).ok()).and_then(ChannelKind::from_number);
        match kind {
            Some(kind) if kinds.contains(&kind.number()) => {}
            Some(kind) => kinds.push(kind.number()),
            None => form.errors.at("channel_types").choice(&index.to_string(), "the channel types"),
        }
    }
    kinds
}

/// A number in the form that the option has: whole, or with a fraction.
pub(crate) fn number_of(value: &Value, kind: OptionKind) -> Option<Number> {
    if kind == OptionKind::Integer {
        return whole(value).filter(|number| (-INT53..=INT53).contains(number)).map(Number::from);
    }
    let float = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Number::from_f64(float).filter(|_| float.abs() <= INT53_FLOAT)
}

fn number(form: &mut Form<'_, '_>, key: &str, kind: OptionKind) -> Option<Number> {
    let number = number_of(form.get(key)?, kind);
    if number.is_none() {
        let name = if kind == OptionKind::Integer { "int" } else { "float" };
        form.complain(key, "NUMBER_TYPE_COERCE", format!("Value is not {name}."));
    }
    number
}

fn choices(form: &mut Form<'_, '_>, kind: OptionKind) -> Vec<CommandChoice> {
    let list = form.list("choices", 0, limits::OPTIONS);
    read_choices(list, kind, form.errors.at("choices"))
}

/// Reads choices of an option, or suggestions for one.
pub(crate) fn read_choices(list: &[Value], kind: OptionKind, place: &mut FormErrors) -> Vec<CommandChoice> {
    let mut names = HashSet::new();
    let mut choices = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let Some(mut form) = Form::new(value, place.at(index)) else { continue };
        let name = form.required_text("name", 100);
        if !name.is_empty() && !names.insert(name.clone()) {
            let message = "The specified choice name is already used";
            form.complain("name", "APPLICATION_COMMAND_OPTION_CHOICES_NAME_DUPLICATED", message);
        }
        let name_localizations = localizations(&mut form, "name_localizations", Text::Description);
        let value = if kind == OptionKind::String {
            Value::String(form.required_text("value", 100))
        } else {
            if !form.has("value") {
                form.errors.required("value");
            }
            number(&mut form, "value", kind).map_or(Value::Null, Value::Number)
        };
        choices.push(CommandChoice { name, name_localizations, value });
    }
    choices
}

/// Characters of an option that count against the size of its command.
fn weigh(option: &CommandOption) -> usize {
    weigh_text(&option.name, &option.name_localizations)
        + weigh_text(&option.description, &option.description_localizations)
        + option.options.iter().map(weigh).sum::<usize>()
        + option
            .choices
            .iter()
            .map(|choice| {
                let value = match &choice.value {
                    Value::String(text) => text.chars().count(),
                    value => value.to_string().len(),
                };
                weigh_text(&choice.name, &choice.name_localizations) + value
            })
            .sum::<usize>()
}

/// Of a text in several languages only the longest counts.
fn weigh_text(text: &str, localizations: &Localizations) -> usize {
    let others = localizations.as_ref().value().into_iter().flat_map(BTreeMap::values);
    others.map(|text| text.chars().count()).chain([text.chars().count()]).max().unwrap_or_default()
}
