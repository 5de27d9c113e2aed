//! The options that somebody gave, against the command they were given to.

use std::collections::HashMap;

use serde_json::Value;

use crate::command::{CommandOption, CommandSpec, OptionKind, number_of};
use crate::error::FormErrors;
use crate::form::{Form, snowflake};
use crate::interaction::DataOption;

/// Checks the options of a command that is used: that they belong to it, fit their kinds, choices and bounds, and that none
/// is missing. Whether users, roles, channels and files exist is for the caller to find out.
///
/// While somebody types (`typing`), what does not fit yet is left out, and the option that is typed into stays text.
/// Complaints are placed as if the list stood at the root: nest them under `data.options`.
pub fn check_options(command: &CommandSpec, sent: &[Value], typing: bool) -> Result<Vec<DataOption>, FormErrors> {
    let mut errors = FormErrors::new();
    let options = level(&command.options, sent, typing, &mut errors);
    if typing && errors.is_empty() && leaves(&options).iter().filter(|option| option.focused).count() != 1 {
        errors.push("BASE_TYPE_REQUIRED", "Exactly one option must be focused");
    }
    errors.finish()?;
    Ok(options)
}

fn level(wanted: &[CommandOption], sent: &[Value], typing: bool, errors: &mut FormErrors) -> Vec<DataOption> {
    if sent.len() > crate::command::limits::OPTIONS {
        errors.push("BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
        return Vec::new();
    }
    let mut given: HashMap<String, (usize, &Value)> = HashMap::new();
    for (index, value) in sent.iter().enumerate() {
        let Some(mut form) = Form::new(value, errors.at(index)) else { continue };
        let name = form.required_text("name", 32);
        if given.insert(name.clone(), (index, value)).is_some() || !wanted.iter().any(|option| option.name == name) {
            form.complain("name", "APPLICATION_COMMAND_INVALID_OPTION", "Unknown option");
        }
    }
    if wanted.iter().any(|option| option.kind.is_nest()) && given.len() != 1 {
        errors.push("BASE_TYPE_REQUIRED", "Exactly one subcommand must be given");
        return Vec::new();
    }
    let mut options = Vec::new();
    for option in wanted {
        if let Some((index, value)) = given.get(&option.name) {
            options.extend(one(option, value, typing, errors.at(index)));
        } else if option.required && !typing {
            errors.push("BASE_TYPE_REQUIRED", format!("The option {} is required", option.name));
        }
    }
    options
}

fn one(wanted: &CommandOption, sent: &Value, typing: bool, errors: &mut FormErrors) -> Option<DataOption> {
    let mut form = Form::new(sent, errors)?;
    let mut option = DataOption {
        name: wanted.name.clone(),
        kind: wanted.kind,
        value: None,
        options: Vec::new(),
        focused: typing && form.flag("focused") == Some(true),
    };
    if wanted.kind.is_nest() {
        let list = form.list("options", 0, crate::command::limits::OPTIONS);
        option.options = level(&wanted.options, list, typing, form.errors.at("options"));
        option.focused = false;
        return Some(option);
    }
    let sent = form.get("value");
    if option.focused {
        let text =
            sent.map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        option.value = Some(Value::String(text.chars().take(6000).collect()));
        return Some(option);
    }
    match sent.map(|value| fit(wanted, value)) {
        Some(Ok(value)) => option.value = Some(value),
        _ if typing => return None,
        Some(Err((code, message))) => form.complain("value", code, message),
        None => form.errors.required("value"),
    }
    Some(option)
}

/// The value in the form that applications read.
fn fit(wanted: &CommandOption, value: &Value) -> Result<Value, (&'static str, String)> {
    let unfit = |name: &str| ("NUMBER_TYPE_COERCE", format!("Value is not {name}."));
    let value = match wanted.kind {
        OptionKind::String => {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return Err(("STRING_TYPE_CONVERT", "Could not interpret as string.".into())),
            };
            let (min, max) = (wanted.min_length.unwrap_or(0), wanted.max_length.unwrap_or(6000));
            let length = text.chars().count();
            if length < usize::from(min) || length > usize::from(max) {
                return Err(("BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length.")));
            }
            Value::String(text)
        }
        OptionKind::Integer | OptionKind::Number => {
            let number = number_of(value, wanted.kind).ok_or_else(|| unfit("a number of that kind"))?;
            let float = number.as_f64();
            let bound = |limit: &Option<serde_json::Number>| limit.as_ref().and_then(serde_json::Number::as_f64);
            if bound(&wanted.min_value).is_some_and(|min| float < Some(min)) {
                return Err(("NUMBER_TYPE_MIN", "Value is less than the minimum.".into()));
            }
            if bound(&wanted.max_value).is_some_and(|max| float > Some(max)) {
                return Err(("NUMBER_TYPE_MAX", "Value is greater than the maximum.".into()));
            }
            Value::Number(number)
        }
        OptionKind::Boolean => match value {
            Value::Bool(_) => value.clone(),
            _ => return Err(("BOOLEAN_TYPE_CONVERT", "Must be either true or false.".into())),
        },
        // Files that come with the command are named by their place among them, which begins at 0.
        OptionKind::Attachment if value.as_u64() == Some(0) || value.as_str() == Some("0") => Value::String("0".into()),
        _ => Value::String(snowflake(value).ok_or_else(|| unfit("snowflake"))?),
    };
    if !wanted.choices.is_empty() && !wanted.choices.iter().any(|choice| choice.value == value) {
        return Err(("BASE_TYPE_CHOICES", "Value is none of the choices.".into()));
    }
    Ok(value)
}

/// The options that have values, wherever they are nested.
pub fn leaves(options: &[DataOption]) -> Vec<&DataOption> {
    let mut found = Vec::new();
    for option in options {
        if option.kind.is_nest() {
            found.extend(leaves(&option.options));
        } else {
            found.push(option);
        }
    }
    found
}

/// The name of a command with that of its subcommand: `config set`.
pub fn full_name(command: &str, options: &[DataOption]) -> String {
    let mut name = command.to_owned();
    let mut options = options;
    while let [only] = options {
        if !only.kind.is_nest() {
            break;
        }
        name.push(' ');
        name.push_str(&only.name);
        options = &only.options;
    }
    name
}
