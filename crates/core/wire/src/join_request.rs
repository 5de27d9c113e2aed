//! Membership screening: the form that newcomers of a guild fill in, and what becomes of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use twilight_model::util::Timestamp;

use crate::error::FormErrors;
use crate::id::{GenericMarker, GuildMarker, Id, UserMarker};
use crate::loose::Bool;
use crate::patch::Patch;
use crate::user::User;

/// Discord's limits.
pub mod limits {
    /// Fields of a form beside its terms.
    pub const FIELDS: usize = 5;
    /// Characters of a question.
    pub const LABEL: usize = 300;
    /// Characters of what stands in an empty field, and of help below a question.
    pub const HINT: usize = 300;
    /// Terms to agree to.
    pub const TERMS: usize = 16;
    /// Characters of one of them.
    pub const TERM: usize = 300;
    /// Answers to choose from.
    pub const CHOICES: usize = 8;
    /// Characters of one of them.
    pub const CHOICE: usize = 150;
    /// Characters of what the guild says of itself.
    pub const DESCRIPTION: usize = 300;
    /// Characters of a short answer.
    pub const SHORT: usize = 150;
    /// Characters of a long answer.
    pub const LONG: usize = 1000;
    /// Characters of why somebody is turned away.
    pub const REASON: usize = 160;
}

/// What a field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FieldKind {
    /// To agree to terms.
    Terms,
    /// A line.
    TextInput,
    /// Some lines.
    Paragraph,
    /// One of some answers.
    MultipleChoice,
}

/// A field of a form, with its answer in a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormField {
    /// What it asks for.
    pub field_type: FieldKind,
    /// The question.
    #[serde(default)]
    pub label: String,
    /// Help below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// Shown while it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Of terms: what to agree to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Of choices: what to choose from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<String>>,
    /// In requests: true, a text or the number of a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

/// A guild's form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberVerification {
    /// When it was last changed.
    pub version: Option<Timestamp>,
    /// What is asked.
    pub form_fields: Vec<FormField>,
    /// What the guild says of itself.
    pub description: Option<String>,
}

/// Body of changing the form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "see MemberVerification")]
pub struct MemberVerificationPatch {
    pub enabled: Patch<Bool>,
    pub description: Patch<String>,
    /// A list, or the JSON text of one.
    pub form_fields: Patch<Value>,
}

/// Body of filling it in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JoinRequestBody {
    /// That of the form that was read.
    pub version: Option<String>,
    /// The fields with their answers.
    pub form_fields: Vec<FormField>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It is being written.
    Started,
    /// It waits for somebody to look at it.
    Submitted,
    /// Its author was turned away.
    Rejected,
    /// Its author was let in.
    Approved,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The request.
    pub id: Id<GenericMarker>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody decided.
    pub reviewed_at: Option<Timestamp>,
    /// What became of it.
    pub application_status: Option<Status>,
    /// Why its author was turned away.
    pub rejection_reason: Option<String>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// Whose.
    pub user_id: Id<UserMarker>,
    /// The same.
    pub user: Option<User>,
    /// The form with the answers.
    pub form_responses: Option<Vec<FormField>>,
    /// Who decided.
    pub actioned_by_user: Option<User>,
}

/// A page of requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinRequestList {
    /// How many there are in all.
    pub total: u32,
    /// Newest first.
    pub guild_join_requests: Vec<JoinRequest>,
}

/// Body of deciding.
#[derive(Clone, Debug, Deserialize)]
pub struct JoinRequestAction {
    /// Approved or rejected.
    pub action: Status,
    /// Why, when rejected.
    #[serde(default)]
    pub rejection_reason: Option<String>,
}

/// `GUILD_JOIN_REQUEST_CREATE` and `_UPDATE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinRequestEvent {
    /// Where.
    pub guild_id: Id<GuildMarker>,
    /// What became of it.
    pub status: Status,
    /// The request.
    pub request: JoinRequest,
}

/// `GUILD_JOIN_REQUEST_DELETE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequestDelete {
    /// The request.
    pub id: Id<GenericMarker>,
    /// Whose.
    pub user_id: Id<UserMarker>,
    /// Where.
    pub guild_id: Id<GuildMarker>,
}

impl MemberVerification {
    /// Whether somebody has to look at what newcomers write: where there is more to it than terms.
    pub fn is_reviewed(&self) -> bool {
        self.form_fields.iter().any(|field| field.field_type != FieldKind::Terms)
    }

    /// The form with answers; complains about what is missing or does not fit.
    pub fn answered(&self, sent: &[FormField]) -> Result<Vec<FormField>, FormErrors> {
        let mut errors = FormErrors::new();
        let mut answered = self.form_fields.clone();
        for (index, field) in answered.iter_mut().enumerate() {
            let errors = errors.at("form_fields").at(index);
            field.response = sent.get(index).and_then(|sent| sent.response.clone()).filter(|value| !value.is_null());
            let Some(response) = &field.response else {
                if field.required {
                    errors.required("response");
                }
                continue;
            };
            let choices = field.choices.as_ref().map_or(0, Vec::len);
            match (field.field_type, response) {
                (FieldKind::Terms, Value::Bool(true)) => {}
                (FieldKind::Terms, Value::Bool(false)) if !field.required => {}
                (FieldKind::TextInput, Value::String(text)) => {
                    errors.length("response", text.trim(), usize::from(field.required), limits::SHORT);
                }
                (FieldKind::Paragraph, Value::String(text)) => {
                    errors.length("response", text.trim(), usize::from(field.required), limits::LONG);
                }
                (FieldKind::MultipleChoice, Value::Number(number))
                    if number.as_u64().and_then(|number| usize::try_from(number).ok()).is_some_and(|n| n < choices) => {
                }
                _ => errors.at("response").push("BASE_TYPE_INVALID", "Not an answer to this question."),
            }
        }
        errors.finish()?;
        Ok(answered)
    }
}

/// The fields of a form as they were sent: a list, or the JSON text of one.
pub fn read_fields(sent: Value) -> Result<Vec<FormField>, FormErrors> {
    let invalid = |message: String| FormErrors::one("form_fields", "BASE_TYPE_INVALID", message);
    let list = match sent {
        Value::String(text) => serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?,
        other => other,
    };
    let mut fields: Vec<FormField> = serde_json::from_value(list).map_err(|error| invalid(error.to_string()))?;
    let mut errors = FormErrors::new();
    let terms = fields.iter().filter(|field| field.field_type == FieldKind::Terms).count();
    if terms > 1 || fields.len() - terms > limits::FIELDS {
        let message = format!("At most {} fields, and terms once.", limits::FIELDS);
        errors.at("form_fields").push("BASE_TYPE_MAX_LENGTH", message);
    }
    for (index, field) in fields.iter_mut().enumerate().take(limits::FIELDS + 1) {
        let errors = errors.at("form_fields").at(index);
        field.response = None;
        let least = usize::from(field.field_type != FieldKind::Terms);
        errors.length("label", field.label.trim(), least, limits::LABEL);
        for (name, text) in [("placeholder", &field.placeholder), ("description", &field.description)] {
            errors.length(name, text.as_deref().unwrap_or_default(), 0, limits::HINT);
        }
        let is = |kind| field.field_type == kind;
        let (is_terms, is_choice) = (is(FieldKind::Terms), is(FieldKind::MultipleChoice));
        check("values", &mut field.values, is_terms, (1, limits::TERMS, limits::TERM), errors);
        check("choices", &mut field.choices, is_choice, (2, limits::CHOICES, limits::CHOICE), errors);
    }
    errors.finish()?;
    Ok(fields)
}

/// A list that belongs to one kind of field: of so many texts, each so long at most.
fn check(
    name: &str,
    list: &mut Option<Vec<String>>,
    wanted: bool,
    (least, most, longest): (usize, usize, usize),
    errors: &mut FormErrors,
) {
    if !wanted {
        *list = None;
        return;
    }
    let texts = list.get_or_insert_default();
    errors.count(name, texts.len(), least, most);
    for (index, text) in texts.iter().enumerate().take(most) {
        if !(1..=longest).contains(&text.trim().chars().count()) {
            let message = format!("Must be between 1 and {longest} in length.");
            errors.at(name).at(index).push("BASE_TYPE_BAD_LENGTH", message);
        }
    }
}
