//! Components of a message.

use serde_json::{Value, json};

use crate::component::check::{Checker, emoji, put};
use crate::component::tree::number;
use crate::component::{ComponentKind, limits};
use crate::error::FormErrors;
use crate::form::{Form, Schemes, check_url};

use ComponentKind as Kind;

const TOP: &[Kind] = &[
    Kind::ActionRow,
    Kind::Section,
    Kind::TextDisplay,
    Kind::MediaGallery,
    Kind::File,
    Kind::Separator,
    Kind::Container,
];
const IN_CONTAINER: &[Kind] =
    &[Kind::ActionRow, Kind::Section, Kind::TextDisplay, Kind::MediaGallery, Kind::File, Kind::Separator];
const IN_ROW: &[Kind] = &[
    Kind::Button,
    Kind::StringSelect,
    Kind::UserSelect,
    Kind::RoleSelect,
    Kind::MentionableSelect,
    Kind::ChannelSelect,
];

/// Checks the components of a message and completes them: unknown keys go, defaults come, every component gets an `id`.
///
/// `v2` for messages that carry the flag of components only. `known_attachments` are the names of the files that the message
/// has or gets. Complaints are placed as if the list stood at the root: nest them under `components`.
pub fn validate(components: Vec<Value>, v2: bool, known_attachments: &[&str]) -> Result<Vec<Value>, FormErrors> {
    let mut errors = FormErrors::new();
    let (max, allowed) = if v2 { (limits::TOTAL, TOP) } else { (limits::ROWS, &[Kind::ActionRow][..]) };
    if components.len() > max {
        errors.push("BASE_TYPE_BAD_LENGTH", format!("Must be between 1 and {max} in length."));
        return Err(errors);
    }
    let mut checker = Checker { attachments: known_attachments, ..Checker::default() };
    let mut checked: Vec<Value> =
        components.iter().enumerate().map(|(index, value)| checker.message(value, allowed, errors.at(index))).collect();
    checker.totals(&mut errors);
    errors.finish()?;
    number(&mut checked);
    Ok(checked)
}

impl Checker<'_> {
    /// A component that stands for itself.
    fn message(&mut self, value: &Value, allowed: &[Kind], errors: &mut FormErrors) -> Value {
        match Self::kind(value, allowed, errors) {
            None => Value::Null,
            Some(Kind::ActionRow) => self.row(value, errors),
            Some(Kind::Section) => self.section(value, errors),
            Some(Kind::TextDisplay) => self.text_display(value, errors),
            Some(Kind::MediaGallery) => self.gallery(value, errors),
            Some(Kind::File) => self.file(value, errors),
            Some(Kind::Separator) => self.separator(value, errors),
            Some(Kind::Container) => self.container(value, errors),
            Some(Kind::Button) => self.button(value, errors),
            Some(Kind::Thumbnail) => self.thumbnail(value, errors),
            Some(kind) => self.select(value, kind, errors),
        }
    }

    /// The entries of `components`, each of a kind that is allowed there.
    fn children(&mut self, form: &mut Form<'_, '_>, max: usize, allowed: &[Kind]) -> Vec<Value> {
        let list = form.list("components", 1, max);
        let place = form.errors.at("components");
        list.iter().enumerate().map(|(index, value)| self.message(value, allowed, place.at(index))).collect()
    }

    fn row(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::ActionRow);
        let children = self.children(&mut form, limits::BUTTONS, IN_ROW);
        let width = |child: &Value| {
            if child.get("type").and_then(Value::as_u64) == Some(2) { 1 } else { limits::BUTTONS }
        };
        let mut used = 0;
        for (index, child) in children.iter().enumerate() {
            used += if child.is_null() { 0 } else { width(child) };
            if used > limits::BUTTONS {
                form.errors
                    .at("components")
                    .at(index)
                    .push("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width");
            }
        }
        fields.insert("components".into(), Value::Array(children));
        Value::Object(fields)
    }

    fn button(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::Button);
        let style = form.choice("style", &[1, 2, 3, 4, 5, 6]);
        put(&mut fields, "style", style);
        let label = form.text("label", 0, limits::LABEL).filter(|label| !label.is_empty());
        let emoji = emoji(&mut form);
        let (named, refused): (&str, &[&str]) = match style {
            Some(5) => ("url", &["custom_id", "sku_id"]),
            Some(6) => ("sku_id", &["custom_id", "url", "label", "emoji"]),
            _ => ("custom_id", &["url", "sku_id"]),
        };
        for key in refused {
            let sent = form.get(key).is_some_and(|value| value.as_str() != Some(""));
            if sent && style.is_some() {
                form.complain(
                    key,
                    "BUTTON_COMPONENT_FIELD_NOT_ALLOWED",
                    format!("A button of this style cannot have a {key}"),
                );
            }
        }
        match named {
            "url" => {
                let url = form.required_text("url", limits::URL);
                if let Err((code, message)) = check_url(&url, Schemes::Link, None)
                    && !url.is_empty()
                {
                    form.complain("url", code, message);
                }
                fields.insert("url".into(), url.into());
            }
            "sku_id" => {
                if !form.has("sku_id") {
                    form.errors.required("sku_id");
                }
                let sku = form.snowflake("sku_id");
                put(&mut fields, "sku_id", sku);
            }
            _ => self.custom_id(&mut form, &mut fields),
        }
        if label.is_none() && emoji.is_none() && style != Some(6) && !form.has("emoji") {
            form.complain("label", "BASE_TYPE_REQUIRED", "A button needs a label or an emoji");
        }
        put(&mut fields, "label", label);
        put(&mut fields, "emoji", emoji);
        let disabled = form.flag("disabled");
        put(&mut fields, "disabled", disabled);
        Value::Object(fields)
    }

    fn section(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::Section);
        let children = self.children(&mut form, limits::SECTION, &[Kind::TextDisplay]);
        fields.insert("components".into(), Value::Array(children));
        if let Some(accessory) = form.get("accessory") {
            let place = form.errors.at("accessory");
            let accessory = self.message(accessory, &[Kind::Button, Kind::Thumbnail], place);
            fields.insert("accessory".into(), accessory);
        } else {
            form.errors.required("accessory");
        }
        Value::Object(fields)
    }

    fn thumbnail(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::Thumbnail);
        fields.extend(self.media_item(&mut form));
        Value::Object(fields)
    }

    fn gallery(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::MediaGallery);
        let mut items = Vec::new();
        for (index, item) in form.list("items", 1, limits::GALLERY).iter().enumerate() {
            let place = form.errors.at("items").at(index);
            if let Some(mut item) = Form::new(item, place) {
                items.push(Value::Object(self.media_item(&mut item)));
            }
        }
        fields.insert("items".into(), Value::Array(items));
        Value::Object(fields)
    }

    /// `media`, `description` and `spoiler`.
    fn media_item(&self, form: &mut Form<'_, '_>) -> super::check::Fields {
        let media = self.media(form, "media", Schemes::Media);
        let description = form.text("description", 0, 1024).filter(|text| !text.is_empty());
        let spoiler = form.flag("spoiler").unwrap_or_default();
        let mut fields = super::check::Fields::new();
        fields.insert("media".into(), media);
        fields.insert("description".into(), description.into());
        fields.insert("spoiler".into(), spoiler.into());
        fields
    }

    fn media(&self, form: &mut Form<'_, '_>, key: &str, schemes: Schemes) -> Value {
        if !form.has(key) {
            form.errors.required(key);
        }
        let Some(mut media) = form.inner(key) else {
            return Value::Null;
        };
        let url = media.required_text("url", limits::MEDIA_URL);
        if let Err((code, message)) = check_url(&url, schemes, Some(self.attachments))
            && !url.is_empty()
        {
            media.complain("url", code, message);
        }
        json!({ "url": url })
    }

    fn file(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::File);
        let file = self.media(&mut form, "file", Schemes::Attachment);
        fields.insert("file".into(), file);
        fields.insert("name".into(), Value::Null);
        fields.insert("size".into(), Value::Null);
        let spoiler = form.flag("spoiler").unwrap_or_default();
        fields.insert("spoiler".into(), spoiler.into());
        Value::Object(fields)
    }

    fn separator(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::Separator);
        let spacing = if form.has("spacing") { form.choice("spacing", &[1, 2]) } else { None };
        fields.insert("spacing".into(), spacing.unwrap_or(1).into());
        let divider = form.flag("divider").unwrap_or(true);
        fields.insert("divider".into(), divider.into());
        Value::Object(fields)
    }

    fn container(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::Container);
        let children = self.children(&mut form, limits::TOTAL, IN_CONTAINER);
        fields.insert("components".into(), Value::Array(children));
        let color = form.int("accent_color", 0, 0x00ff_ffff);
        fields.insert("accent_color".into(), color.into());
        let spoiler = form.flag("spoiler").unwrap_or_default();
        fields.insert("spoiler".into(), spoiler.into());
        Value::Object(fields)
    }
}
