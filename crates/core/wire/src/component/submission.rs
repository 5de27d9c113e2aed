//! What a person chose or filled in, against the component it was asked with.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::component::tree::each;
use crate::component::{Choices, Component, ComponentKind, SelectOption};
use crate::error::FormErrors;
use crate::form::{snowflake, whole};

/// Checks the values of a click or choice: none for buttons; for menus their number and that they were offered.
///
/// Whether chosen users, roles and channels exist is for the caller to find out.
pub fn check_submission(component: &Component, values: &[String]) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    match component {
        _ if component.is_disabled() => invalid(&mut errors),
        Component::Button(button) if button.custom_id.is_some() && values.is_empty() => {}
        Component::Select(select) => {
            amount(&mut errors, values.len(), select.min_values, select.max_values);
            if select.kind == ComponentKind::StringSelect {
                offered(&mut errors, values, &select.options);
            } else {
                ids(&mut errors, values);
            }
            unique(&mut errors, values);
        }
        _ => invalid(&mut errors),
    }
    errors.finish()
}

/// Checks what was filled into a modal and gives it in the form that the application reads: the modal's own layout with
/// `value` or `values` in every field.
///
/// `modal` is what [`super::validate_modal`] gave; `submitted` the components as the client sent them, in any layout.
/// Complaints are placed as in the list of submitted values, by custom id.
pub fn check_modal_submission(modal: &Value, submitted: &[Value]) -> Result<Vec<Value>, FormErrors> {
    let mut errors = FormErrors::new();
    let mut sent = std::collections::HashMap::new();
    each(submitted, &mut |map| {
        if let Some(custom_id) = map.get("custom_id").and_then(Value::as_str) {
            sent.entry(custom_id.to_owned()).or_insert_with(|| map.clone());
        }
    });
    let layout = modal.get("components").and_then(Value::as_array);
    let answer = layout.into_iter().flatten().filter_map(|component| answer(component, &sent, &mut errors)).collect();
    errors.finish()?;
    Ok(answer)
}

type Sent = std::collections::HashMap<String, Map<String, Value>>;

/// A row or label with its fields answered; a text as it is.
fn answer(component: &Value, sent: &Sent, errors: &mut FormErrors) -> Option<Value> {
    let kind = component.get("type")?;
    let id = component.get("id")?;
    match Component::read(component)? {
        Component::ActionRow(_) => {
            let fields = component.get("components")?.as_array()?;
            let fields: Vec<Value> = fields.iter().filter_map(|field| fill(field, sent, errors)).collect();
            Some(json!({ "type": kind, "id": id, "components": fields }))
        }
        Component::Label(..) => {
            let field = fill(component.get("component")?, sent, errors)?;
            Some(json!({ "type": kind, "id": id, "component": field }))
        }
        Component::TextDisplay(_) => Some(json!({ "type": kind, "id": id })),
        _ => None,
    }
}

/// One field with what was filled in.
fn fill(field: &Value, sent: &Sent, errors: &mut FormErrors) -> Option<Value> {
    let component = Component::read(field)?;
    let custom_id = component.custom_id()?;
    let given = sent.get(custom_id);
    let place = errors.at(custom_id);
    let mut answer = json!({
        "type": field.get("type")?,
        "id": field.get("id")?,
        "custom_id": custom_id,
    });
    let (key, value) = match &component {
        Component::TextInput(input) => {
            let text = given.and_then(|given| given.get("value")).and_then(Value::as_str).unwrap_or_default();
            let length = text.chars().count();
            if length == 0 && input.required {
                place.push("BASE_TYPE_REQUIRED", "This field is required");
            } else if length > 0 {
                let (min, max) = (input.min_length.unwrap_or(0), input.max_length.unwrap_or(4000));
                if length < min || length > max {
                    bad_length(place, min, max);
                }
            }
            ("value", Value::from(text))
        }
        Component::Checkbox(_) => {
            let checked = given.and_then(|given| given.get("value"));
            ("value", Value::from(checked == Some(&Value::Bool(true))))
        }
        Component::RadioGroup(group) => {
            let value = given.and_then(|given| given.get("value")).and_then(Value::as_str);
            match value {
                Some(value) => offered(place, &[value.to_owned()], &group.options),
                None if group.required => place.push("BASE_TYPE_REQUIRED", "This field is required"),
                None => {}
            }
            ("value", value.into())
        }
        Component::Select(select) => {
            let values = values(given, place);
            if select.required || !values.is_empty() {
                amount(place, values.len(), select.min_values, select.max_values);
            }
            if select.kind == ComponentKind::StringSelect {
                offered(place, &values, &select.options);
            } else {
                ids(place, &values);
            }
            unique(place, &values);
            ("values", values.into())
        }
        Component::CheckboxGroup(group) => {
            let values = choices(given, group, place);
            offered(place, &values, &group.options);
            ("values", values.into())
        }
        Component::FileUpload(group) => {
            let values = choices(given, group, place);
            // Files that come with the submission are named by their place among them, which begins at 0.
            if values.iter().any(|value| value.parse::<u64>().is_err()) {
                invalid(place);
            }
            ("values", values.into())
        }
        _ => return None,
    };
    answer.as_object_mut()?.insert(key.into(), value);
    Some(answer)
}

/// The values of a group, their number checked.
fn choices(given: Option<&Map<String, Value>>, group: &Choices, place: &mut FormErrors) -> Vec<String> {
    let values = values(given, place);
    if group.required || !values.is_empty() {
        amount(place, values.len(), group.min_values, group.max_values);
    }
    unique(place, &values);
    values
}

/// `values` as texts; numbers are read as text.
fn values(given: Option<&Map<String, Value>>, place: &mut FormErrors) -> Vec<String> {
    let Some(Value::Array(list)) = given.and_then(|given| given.get("values")) else {
        return Vec::new();
    };
    if list.len() > 25 {
        bad_length(place, 0, 25);
        return Vec::new();
    }
    list.iter()
        .filter_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            value => whole(value).map(|number| number.to_string()),
        })
        .collect()
}

fn amount(errors: &mut FormErrors, count: usize, min: usize, max: usize) {
    if count < min || count > max {
        bad_length(errors, min, max);
    }
}

fn bad_length(errors: &mut FormErrors, min: usize, max: usize) {
    errors.push("BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."));
}

fn offered(errors: &mut FormErrors, values: &[String], options: &[SelectOption]) {
    let offered: HashSet<&str> = options.iter().map(|option| option.value.as_str()).collect();
    if values.iter().any(|value| !offered.contains(value.as_str())) {
        invalid(errors);
    }
}

fn ids(errors: &mut FormErrors, values: &[String]) {
    let is_id = |value: &String| snowflake(&Value::String(value.clone())).is_some();
    if !values.iter().all(is_id) {
        invalid(errors);
    }
}

fn unique(errors: &mut FormErrors, values: &[String]) {
    let set: HashSet<&String> = values.iter().collect();
    if set.len() != values.len() {
        invalid(errors);
    }
}

fn invalid(errors: &mut FormErrors) {
    errors.push("COMPONENT_VALIDATION_FAILED", "Component validation failed");
}
