//! What checking of messages and modals shares: ids, custom ids, emoji, options.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::component::{ComponentKind, limits};
use crate::error::FormErrors;
use crate::form::{Form, snowflake, tuple, whole};

/// What has been seen so far in one message or modal.
#[derive(Default)]
pub(super) struct Checker<'a> {
    /// Files that may be named.
    pub(super) attachments: &'a [&'a str],
    /// Whether it is a modal.
    pub(super) modal: bool,
    /// Components so far.
    pub(super) count: usize,
    /// Characters of text so far.
    pub(super) text: usize,
    pub(super) custom_ids: HashSet<String>,
    pub(super) ids: HashSet<i64>,
}

/// A component that was checked: its fields so far.
pub(super) type Fields = Map<String, Value>;

/// Writes a field where there is something to write.
pub(super) fn put(fields: &mut Fields, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        fields.insert(key.into(), value.into());
    }
}

impl Checker<'_> {
    /// The kind of a component, where it is one of those allowed here.
    pub(super) fn kind(value: &Value, allowed: &[ComponentKind], errors: &mut FormErrors) -> Option<ComponentKind> {
        let form = Form::new(value, errors)?;
        let Some(kind) = form.get("type") else {
            form.errors.required("type");
            return None;
        };
        let kind = whole(kind).and_then(ComponentKind::from_number);
        let found = kind.filter(|kind| allowed.contains(kind));
        if found.is_none() {
            let numbers: Vec<i64> = allowed.iter().map(|kind| i64::from(kind.number())).collect();
            form.errors
                .push("UNION_TYPE_CHOICES", format!("Value of field \"type\" must be one of {}.", tuple(&numbers)));
        }
        found
    }

    /// Begins a component: counts it, keeps its own `id` if that is free.
    pub(super) fn begin(&mut self, form: &mut Form<'_, '_>, kind: ComponentKind) -> Fields {
        self.count += 1;
        let mut fields = Fields::new();
        fields.insert("type".into(), kind.number().into());
        if let Some(id) = form.int("id", 0, i64::from(i32::MAX)).filter(|id| *id != 0) {
            if !self.ids.insert(id) {
                form.complain("id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated");
            }
            fields.insert("id".into(), id.into());
        }
        fields
    }

    /// The custom id, which nothing else may have.
    pub(super) fn custom_id(&mut self, form: &mut Form<'_, '_>, fields: &mut Fields) {
        let custom_id = form.required_text("custom_id", limits::CUSTOM_ID);
        if !custom_id.is_empty() && !self.custom_ids.insert(custom_id.clone()) {
            form.complain("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
        }
        fields.insert("custom_id".into(), custom_id.into());
    }

    /// Markdown.
    pub(super) fn text_display(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, ComponentKind::TextDisplay);
        let content = form.required_text("content", limits::TEXT);
        self.text += content.chars().count();
        fields.insert("content".into(), content.into());
        Value::Object(fields)
    }

    /// Complains when the whole is too large.
    pub(super) fn totals(&self, errors: &mut FormErrors) {
        if self.count > limits::TOTAL {
            errors.push(
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                format!("The total number of components exceeds the maximum of {}", limits::TOTAL),
            );
        }
        if self.text > limits::TEXT {
            errors.push(
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                format!("Components displayable text size exceeds maximum size of {}", limits::TEXT),
            );
        }
    }
}

/// An emoji on a button or option: a custom one by id, a standard one by its characters.
pub(super) fn emoji(form: &mut Form<'_, '_>) -> Option<Value> {
    const INVALID: (&str, &str) = ("BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji");
    let mut inner = form.inner("emoji")?;
    let name = inner.text("name", 0, 32).filter(|name| !name.is_empty());
    if let Some(id) = inner.get("id") {
        let Some(id) = snowflake(id) else {
            inner.complain("id", INVALID.0, INVALID.1);
            return None;
        };
        let animated = inner.flag("animated").unwrap_or_default();
        return Some(json!({
            "id": id,
            "name": name.unwrap_or_else(|| "_".into()),
            "animated": animated,
        }));
    }
    let name = name.filter(|name| is_emoji(name));
    if name.is_none() {
        inner.complain("name", INVALID.0, INVALID.1);
    }
    name.map(|name| json!({ "name": name }))
}

/// Whether it can be a standard emoji: something beyond ASCII and no letters but the few that are emoji.
fn is_emoji(name: &str) -> bool {
    const LETTERS: [char; 6] = ['ℹ', 'Ⓜ', '🅰', '🅱', '🅾', '🅿'];
    !name.is_ascii() && name.chars().all(|c| !c.is_whitespace() && (!c.is_alphabetic() || LETTERS.contains(&c)))
}

/// Options of a menu or group. The second value counts those chosen beforehand.
pub(super) fn options(form: &mut Form<'_, '_>, min: usize, max: usize, emojis: bool) -> (Vec<Value>, usize) {
    let list = form.list("options", min, max);
    let mut seen = HashSet::new();
    let mut defaults = 0;
    let mut options = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let place = form.errors.at("options").at(index);
        let Some(mut option) = Form::new(value, place) else {
            continue;
        };
        let mut fields = Fields::new();
        fields.insert("label".into(), option.required_text("label", 100).into());
        let text = option.required_text("value", 100);
        if !text.is_empty() && !seen.insert(text.clone()) {
            option
                .errors
                .push("SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used");
        }
        fields.insert("value".into(), text.into());
        let description = option.text("description", 0, 100);
        put(&mut fields, "description", description.filter(|text| !text.is_empty()));
        if emojis {
            put(&mut fields, "emoji", emoji(&mut option));
        }
        let default = option.flag("default");
        defaults += usize::from(default == Some(true));
        put(&mut fields, "default", default);
        options.push(Value::Object(fields));
    }
    (options, defaults)
}
