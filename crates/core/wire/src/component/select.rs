//! Menus, in messages and modals.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::channel::ChannelKind;
use crate::component::check::{Checker, Fields, options, put};
use crate::component::{ComponentKind, limits};
use crate::error::FormErrors;
use crate::form::{Form, whole};

impl Checker<'_> {
    /// A menu of any kind.
    pub(super) fn select(&mut self, value: &Value, kind: ComponentKind, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, kind);
        self.custom_id(&mut form, &mut fields);
        let placeholder = form.text("placeholder", 0, limits::PLACEHOLDER);
        put(&mut fields, "placeholder", placeholder);
        let (min, max) = self.bounds(&mut form, &mut fields, limits::OPTIONS);
        if self.modal {
            if form.flag("disabled") == Some(true) {
                form.complain("disabled", "COMPONENT_DISABLED_IN_MODAL", "Components in modals cannot be disabled");
            }
        } else {
            let disabled = form.flag("disabled");
            put(&mut fields, "disabled", disabled);
        }
        match kind {
            ComponentKind::StringSelect => {
                let (options, defaults) = options(&mut form, 1, limits::OPTIONS, true);
                if max > options.len() && !options.is_empty() {
                    form.complain(
                        "options",
                        "BASE_TYPE_BAD_LENGTH",
                        format!("Must be between {max} and {} in length.", limits::OPTIONS),
                    );
                }
                if defaults > max {
                    form.complain(
                        "options",
                        "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
                        format!("At most {max} options may be selected by default"),
                    );
                }
                fields.insert("options".into(), Value::Array(options));
            }
            kind => {
                if kind == ComponentKind::ChannelSelect {
                    channel_types(&mut form, &mut fields);
                }
                default_values(&mut form, &mut fields, kind, (min, max));
            }
        }
        Value::Object(fields)
    }

    /// `min_values` and `max_values`, and in modals `required`, where it begins with one as long as none is said.
    pub(super) fn bounds(&mut self, form: &mut Form<'_, '_>, fields: &mut Fields, most: usize) -> (usize, usize) {
        let required = self.modal.then(|| form.flag("required").unwrap_or(true));
        let least = i64::try_from(most).unwrap_or(i64::MAX);
        // What is out of range is complained of once.
        let sent = form.int("min_values", 0, least).filter(|min| (0..=least).contains(min));
        let min = sent.unwrap_or(i64::from(required != Some(false)));
        let max = form.int("max_values", 1, least).filter(|max| (1..=least).contains(max)).unwrap_or(min.max(1));
        if min > max {
            form.complain("min_values", "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {max}."));
        }
        if required == Some(true) && sent == Some(0) {
            form.complain("min_values", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.");
        }
        fields.insert("min_values".into(), min.into());
        fields.insert("max_values".into(), max.into());
        put(fields, "required", required);
        (usize::try_from(min).unwrap_or_default(), usize::try_from(max).unwrap_or_default())
    }
}

fn channel_types(form: &mut Form<'_, '_>, fields: &mut Fields) {
    if !form.has("channel_types") {
        return;
    }
    let mut kinds = Vec::new();
    for (index, value) in form.list("channel_types", 0, 32).iter().enumerate() {
        let kind = whole(value).and_then(|number| u8::try_from(number).ok()).and_then(ChannelKind::from_number);
        match kind {
            Some(kind) if !kinds.contains(&kind.number()) => kinds.push(kind.number()),
            Some(_) => {}
            None => form.errors.at("channel_types").choice(&index.to_string(), "the channel types"),
        }
    }
    fields.insert("channel_types".into(), kinds.into());
}

fn default_values(form: &mut Form<'_, '_>, fields: &mut Fields, kind: ComponentKind, (min, max): (usize, usize)) {
    let allowed: &[&str] = match kind {
        ComponentKind::UserSelect => &["user"],
        ComponentKind::RoleSelect => &["role"],
        ComponentKind::ChannelSelect => &["channel"],
        _ => &["user", "role"],
    };
    if !form.has("default_values") {
        return;
    }
    let list = form.list("default_values", 0, limits::OPTIONS);
    if list.is_empty() {
        return;
    }
    if list.len() < min || list.len() > max {
        form.complain("default_values", "BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."));
    }
    let mut seen = HashSet::new();
    let mut values = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let place = form.errors.at("default_values").at(index);
        let Some(mut entry) = Form::new(value, place) else {
            continue;
        };
        if !entry.has("id") {
            entry.errors.required("id");
        }
        let id = entry.snowflake("id");
        let kind = entry.required_text("type", 16);
        if !kind.is_empty() && !allowed.contains(&kind.as_str()) {
            entry.errors.choice("type", &format!("{allowed:?}"));
        }
        if let Some(id) = id
            && seen.insert(id.clone())
        {
            values.push(json!({ "id": id, "type": kind }));
        }
    }
    fields.insert("default_values".into(), Value::Array(values));
}
