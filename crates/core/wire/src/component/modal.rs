//! Modals: a title and up to five rows, labels or texts.

use serde_json::{Value, json};

use crate::component::check::{Checker, Fields, options, put};
use crate::component::tree::number;
use crate::component::{ComponentKind, limits};
use crate::error::FormErrors;
use crate::form::Form;

use ComponentKind as Kind;

const IN_LABEL: &[Kind] = &[
    Kind::StringSelect,
    Kind::TextInput,
    Kind::UserSelect,
    Kind::RoleSelect,
    Kind::MentionableSelect,
    Kind::ChannelSelect,
    Kind::FileUpload,
    Kind::RadioGroup,
    Kind::CheckboxGroup,
    Kind::Checkbox,
];

/// Most characters of a text field.
const INPUT: usize = 4000;
const INPUT_MAX: i64 = 4000;

/// Checks the data of a modal and completes it: unknown keys go, defaults come, every component gets an `id`.
pub fn validate_modal(data: &Value) -> Result<Value, FormErrors> {
    let mut errors = FormErrors::new();
    let mut checked = Vec::new();
    let mut head = (String::new(), String::new());
    if let Some(mut form) = Form::new(data, &mut errors) {
        head = (form.required_text("custom_id", limits::CUSTOM_ID), form.required_text("title", limits::TITLE));
        let mut checker = Checker { modal: true, ..Checker::default() };
        let list = form.list("components", 1, limits::MODAL);
        let place = form.errors.at("components");
        checked = list.iter().enumerate().map(|(index, value)| checker.modal(value, place.at(index))).collect();
        checker.totals(place);
    }
    errors.finish()?;
    number(&mut checked);
    Ok(json!({ "custom_id": head.0, "title": head.1, "components": checked }))
}

impl Checker<'_> {
    fn modal(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let allowed = &[Kind::ActionRow, Kind::TextDisplay, Kind::Label];
        match Self::kind(value, allowed, errors) {
            None => Value::Null,
            Some(Kind::ActionRow) => self.input_row(value, errors),
            Some(Kind::Label) => self.label(value, errors),
            Some(_) => self.text_display(value, errors),
        }
    }

    /// The old form: a row around one text field.
    fn input_row(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::ActionRow);
        let list = form.list("components", 1, 1);
        let place = form.errors.at("components");
        let children: Vec<Value> = list
            .iter()
            .enumerate()
            .map(|(index, value)| match Self::kind(value, &[Kind::TextInput], place.at(index)) {
                Some(_) => self.text_input(value, true, place.at(index)),
                None => Value::Null,
            })
            .collect();
        fields.insert("components".into(), Value::Array(children));
        Value::Object(fields)
    }

    fn label(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::Label);
        let label = form.required_text("label", limits::TITLE);
        fields.insert("label".into(), label.into());
        let description = form.text("description", 0, 100).filter(|text| !text.is_empty());
        put(&mut fields, "description", description);
        if let Some(component) = form.get("component") {
            let place = form.errors.at("component");
            let component = self.field(component, place);
            fields.insert("component".into(), component);
        } else {
            form.errors.required("component");
        }
        Value::Object(fields)
    }

    fn field(&mut self, value: &Value, errors: &mut FormErrors) -> Value {
        match Self::kind(value, IN_LABEL, errors) {
            None => Value::Null,
            Some(Kind::TextInput) => self.text_input(value, false, errors),
            Some(kind) if kind.is_select() => self.select(value, kind, errors),
            Some(kind) => self.group(value, kind, errors),
        }
    }

    /// `labelled` for the old form, in which the field has its own label.
    fn text_input(&mut self, value: &Value, labelled: bool, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, Kind::TextInput);
        self.custom_id(&mut form, &mut fields);
        let style = form.choice("style", &[1, 2]);
        put(&mut fields, "style", style);
        let label = labelled.then(|| form.required_text("label", limits::TITLE));
        fields.insert("label".into(), label.into());
        let placeholder = form.text("placeholder", 0, 100);
        put(&mut fields, "placeholder", placeholder);
        let required = form.flag("required").unwrap_or(true);
        fields.insert("required".into(), required.into());
        let min = form.int("min_length", 0, INPUT_MAX);
        let max = form.int("max_length", 1, INPUT_MAX);
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            form.complain("min_length", "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {max}."));
        }
        fields.insert("min_length".into(), min.into());
        fields.insert("max_length".into(), max.into());
        let most = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(INPUT);
        let value = form.text("value", 0, most.min(INPUT));
        put(&mut fields, "value", value);
        Value::Object(fields)
    }

    /// Files, radio buttons, checkboxes.
    fn group(&mut self, value: &Value, kind: Kind, errors: &mut FormErrors) -> Value {
        let Some(mut form) = Form::new(value, errors) else {
            return Value::Null;
        };
        let mut fields = self.begin(&mut form, kind);
        self.custom_id(&mut form, &mut fields);
        match kind {
            Kind::Checkbox => {
                let default = form.flag("default").unwrap_or_default();
                fields.insert("default".into(), default.into());
            }
            Kind::FileUpload => {
                self.bounds(&mut form, &mut fields, 10);
            }
            Kind::RadioGroup => {
                let required = form.flag("required").unwrap_or(true);
                fields.insert("required".into(), required.into());
                radio(&mut form, &mut fields);
            }
            _ => {
                let (options, defaults) = options(&mut form, 1, 10, false);
                let all = i64::try_from(options.len()).unwrap_or_default().max(1);
                let said = form.has("max_values");
                let (_, mut max) = self.bounds(&mut form, &mut fields, 10);
                if !said {
                    max = options.len();
                    fields.insert("max_values".into(), all.into());
                }
                if defaults > max {
                    too_many_defaults(&mut form, max);
                }
                fields.insert("options".into(), Value::Array(options));
            }
        }
        Value::Object(fields)
    }
}

fn radio(form: &mut Form<'_, '_>, fields: &mut Fields) {
    let (options, defaults) = options(form, 2, 10, false);
    if defaults > 1 {
        too_many_defaults(form, 1);
    }
    fields.insert("options".into(), Value::Array(options));
}

fn too_many_defaults(form: &mut Form<'_, '_>, max: usize) {
    form.complain(
        "options",
        "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES",
        format!("At most {max} options may be selected by default"),
    );
}
