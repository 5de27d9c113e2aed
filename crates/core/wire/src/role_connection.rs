//! Linked roles: what an application knows of people's accounts elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::command::LOCALES;
use crate::error::FormErrors;
use crate::loose::{Int, Text};
use crate::patch::Patch;

/// Most fields of an application.
pub const FIELDS: usize = 5;

/// A field that an application fills in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleConnectionField {
    /// How it is compared: 1–4 numbers, 5–6 moments, 7–8 yes or no.
    #[serde(rename = "type")]
    pub kind: u8,
    /// 1–50 of `a-z`, `0-9` and `_`.
    pub key: String,
    /// 1–100 characters.
    pub name: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_localizations: Option<BTreeMap<String, String>>,
    /// 1–200 characters.
    pub description: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description_localizations: Option<BTreeMap<String, String>>,
}

/// A field as its application sends it.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "documented at what it becomes")]
pub struct RoleConnectionFieldBody {
    #[serde(rename = "type")]
    pub kind: Int<u8>,
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub name_localizations: Option<BTreeMap<String, Option<String>>>,
    pub description: String,
    #[serde(default)]
    pub description_localizations: Option<BTreeMap<String, Option<String>>>,
}

/// What an application says of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleConnection {
    /// Of what, up to 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_name: Option<String>,
    /// How they are called there, up to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_username: Option<String>,
    /// The fields, each up to 100 characters.
    pub metadata: BTreeMap<String, String>,
}

/// Body of saying it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "documented at what it becomes")]
pub struct RoleConnectionBody {
    pub platform_name: Patch<String>,
    pub platform_username: Patch<String>,
    pub metadata: Patch<BTreeMap<String, Text>>,
}

fn localizations(
    texts: Option<BTreeMap<String, Option<String>>>,
    most: usize,
    errors: &mut FormErrors,
) -> Option<BTreeMap<String, String>> {
    let mut known = BTreeMap::new();
    for (locale, text) in texts?.into_iter().filter_map(|(locale, text)| Some((locale, text?))) {
        if !LOCALES.contains(&locale.as_str()) {
            // The key is not repeated in the path: it could be of any size.
            errors.push("ENUM_TYPE_COERCE", "Value is not a valid enum value.");
            continue;
        }
        errors.length(&locale, &text, 1, most);
        known.insert(locale, text);
    }
    (!known.is_empty()).then_some(known)
}

/// Checks the whole new set of an application's fields.
pub fn validate(bodies: Vec<RoleConnectionFieldBody>) -> Result<Vec<RoleConnectionField>, FormErrors> {
    let mut errors = FormErrors::new();
    if bodies.len() > FIELDS {
        errors.push("BASE_TYPE_MAX_LENGTH", format!("Must be {FIELDS} or fewer in length."));
        return Err(errors);
    }
    let mut fields: Vec<RoleConnectionField> = Vec::with_capacity(bodies.len());
    for (index, body) in bodies.into_iter().enumerate() {
        let place = errors.at(index);
        if !(1..=8).contains(&body.kind.0) {
            place.choice("type", "(1, 2, 3, 4, 5, 6, 7, 8)");
        }
        place.length("key", &body.key, 1, 50);
        if !body.key.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '_')) {
            place.at("key").push("STRING_TYPE_REGEX", "String value did not match validation regex.");
        }
        if fields.iter().any(|field| field.key == body.key) {
            place.at("key").push("APPLICATION_ROLE_CONNECTIONS_DUPLICATE_KEY", "Keys must be unique");
        }
        place.length("name", &body.name, 1, 100);
        place.length("description", &body.description, 1, 200);
        let name_localizations = localizations(body.name_localizations, 100, place.at("name_localizations"));
        let descriptions = place.at("description_localizations");
        let description_localizations = localizations(body.description_localizations, 200, descriptions);
        fields.push(RoleConnectionField {
            kind: body.kind.0,
            key: body.key,
            name: body.name,
            name_localizations,
            description: body.description,
            description_localizations,
        });
    }
    errors.finish()?;
    Ok(fields)
}

impl RoleConnectionBody {
    /// Writes what was sent; values must be of the application's fields and of their kinds.
    pub fn apply(self, connection: &mut RoleConnection, fields: &[RoleConnectionField]) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        for (field, text, most) in
            [("platform_name", &self.platform_name, 50), ("platform_username", &self.platform_username, 100)]
        {
            if let Patch::Value(text) = text {
                errors.length(field, text, 0, most);
            }
        }
        self.platform_name.apply(&mut connection.platform_name);
        self.platform_username.apply(&mut connection.platform_username);
        match self.metadata {
            Patch::Absent => {}
            Patch::Null => connection.metadata.clear(),
            Patch::Value(values) => {
                connection.metadata.clear();
                errors.count("metadata", values.len(), 0, FIELDS);
                for (key, Text(value)) in values.into_iter().take(FIELDS) {
                    let Some(field) = fields.iter().find(|field| field.key == key) else {
                        errors
                            .at("metadata")
                            .push("APPLICATION_ROLE_CONNECTION_INVALID_KEY", "Not a key of the application.");
                        continue;
                    };
                    let place = errors.at("metadata");
                    place.length(&key, &value, 1, 100);
                    if !fits(field.kind, &value) {
                        place.at(&key).push("APPLICATION_ROLE_CONNECTION_INVALID_VALUE", "Not a value of that kind.");
                    }
                    connection.metadata.insert(key, value);
                }
            }
        }
        errors.finish()
    }
}

/// Whether a value can be compared as its field is.
fn fits(kind: u8, value: &str) -> bool {
    match kind {
        5 | 6 => crate::loose::time::parse(value).is_some(),
        7 | 8 => ["0", "1", "true", "false"].contains(&value),
        _ => value.parse::<i64>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_those_of_the_fields() {
        let field = |kind: u8, key: &str| json!({ "type": kind, "key": key, "name": key, "description": "x" });
        let bodies =
            serde_json::from_value(json!([field(2, "wins"), field(6, "since"), field(7, "verified")])).unwrap();
        let fields = validate(bodies).unwrap();
        let mut connection = RoleConnection::default();
        let mut check = |metadata: serde_json::Value, good: bool| {
            let body: RoleConnectionBody = serde_json::from_value(json!({ "metadata": metadata })).unwrap();
            assert_eq!(body.apply(&mut connection, &fields).is_ok(), good, "{metadata}");
        };
        check(json!({ "wins": 12, "since": "2020-01-01T00:00:00+00:00", "verified": true }), true);
        for since in ["2003-12-20", "2020-01-01T00:00:00.000Z", "2020-01-01T00:00Z", "2020-01-01T01:00:00+01:00"] {
            check(json!({ "since": since }), true);
        }
        check(json!({ "wins": "many" }), false);
        check(json!({ "since": "2003-13-20" }), false);
        check(json!({ "since": "yesterday" }), false);
        check(json!({ "losses": "1" }), false);
        for (bodies, good) in [
            (json!([field(1, "a"), field(1, "a")]), false),
            (json!([field(9, "a")]), false),
            (json!([field(1, "A b")]), false),
            (json!(vec![field(1, "a"); 6]), false),
            (json!([]), true),
        ] {
            assert_eq!(validate(serde_json::from_value(bodies.clone()).unwrap()).is_ok(), good, "{bodies}");
        }
    }
}
