//! Reading a loosely typed object field by field, complaining in Discord's words at the right place.
//!
//! For bodies that are kept as JSON (components, modals), where a typed struct could only say that "something" is wrong.

use serde_json::{Map, Value};

use crate::error::FormErrors;

/// An object that is read, and where its complaints go. Null counts as absent.
pub(crate) struct Form<'a, 'e> {
    map: &'a Map<String, Value>,
    /// The place of this object in the tree of complaints.
    pub(crate) errors: &'e mut FormErrors,
}

impl<'a, 'e> Form<'a, 'e> {
    /// The value as an object; complains when it is none.
    pub(crate) fn new(value: &'a Value, errors: &'e mut FormErrors) -> Option<Self> {
        if let Value::Object(map) = value {
            Some(Self { map, errors })
        } else {
            errors.push("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
            None
        }
    }

    /// A field that was sent and is not null.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Whether a field was sent.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// A text of at most so many characters; numbers are read as text.
    pub(crate) fn text(&mut self, key: &str, min: usize, max: usize) -> Option<String> {
        let text = match self.get(key)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                self.errors.at(key).push("STRING_TYPE_CONVERT", "Could not interpret as string.");
                return None;
            }
        };
        self.errors.length(key, &text, min, max);
        Some(text)
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, key: &str, max: usize) -> String {
        if !self.has(key) {
            self.errors.required(key);
        }
        self.text(key, 1, max).unwrap_or_default()
    }

    /// A whole number in a range; floats without a fraction and digits in a text count.
    pub(crate) fn int(&mut self, key: &str, min: i64, max: i64) -> Option<i64> {
        let value = self.get(key)?;
        let Some(number) = whole(value) else {
            self.errors.at(key).push("NUMBER_TYPE_COERCE", "Value is not int.");
            return None;
        };
        self.errors.range(key, number, min, max);
        Some(number)
    }

    /// A whole number out of a few.
    pub(crate) fn choice(&mut self, key: &str, choices: &[i64]) -> Option<i64> {
        if !self.has(key) {
            self.errors.required(key);
            return None;
        }
        let number = self.int(key, i64::MIN, i64::MAX)?;
        if choices.contains(&number) {
            return Some(number);
        }
        self.errors.choice(key, &tuple(choices));
        None
    }

    /// A boolean; 0 and 1 count.
    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = match whole(value) {
            Some(number @ (0 | 1)) => Some(number == 1),
            _ => value.as_bool(),
        };
        if flag.is_none() {
            self.errors.at(key).push("BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        }
        flag
    }

    /// A list with a number of entries; too many of them are not looked at.
    pub(crate) fn list(&mut self, key: &str, min: usize, max: usize) -> &'a [Value] {
        match self.get(key) {
            None => {
                if min > 0 {
                    self.errors.required(key);
                }
                &[]
            }
            Some(Value::Array(list)) => {
                if list.len() < min || list.len() > max {
                    let (code, message) = if min == 0 {
                        ("BASE_TYPE_MAX_LENGTH", format!("Must be {max} or fewer in length."))
                    } else {
                        ("BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."))
                    };
                    self.errors.at(key).push(code, message);
                    return &[];
                }
                list
            }
            Some(_) => {
                self.errors.at(key).push("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
                &[]
            }
        }
    }

    /// A snowflake, as text.
    pub(crate) fn snowflake(&mut self, key: &str) -> Option<String> {
        let id = snowflake(self.get(key)?);
        if id.is_none() {
            self.errors.at(key).push("NUMBER_TYPE_COERCE", "Value is not snowflake.");
        }
        id
    }

    /// Complains about a field.
    pub(crate) fn complain(&mut self, key: &str, code: &str, message: impl Into<String>) {
        self.errors.at(key).push(code, message);
    }

    /// A form for an object in a field.
    pub(crate) fn inner(&mut self, key: &str) -> Option<Form<'a, '_>> {
        let value = self.get(key)?;
        Form::new(value, self.errors.at(key))
    }
}

/// A whole number in any of the forms in which clients send one.
#[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked before")]
pub(crate) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9.0e15).map(|float| float as i64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An id that is no zero, as text, from text or number.
pub(crate) fn snowflake(value: &Value) -> Option<String> {
    let id: u64 = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    (id != 0).then(|| id.to_string())
}

/// Numbers as Discord lists them: `(1, 2, 3)`.
pub(crate) fn tuple(numbers: &[i64]) -> String {
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("({})", list.join(", "))
}

/// What an address may begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schemes {
    /// A link that people follow.
    Link,
    /// A page.
    Web,
    /// A picture: the web, or a file beside the message.
    Media,
    /// A file beside the message.
    Attachment,
}

/// Checks an address: its scheme, that it has a host, and that a file it names is there.
///
/// `None` for attachments: any name goes, as where files are not known yet.
pub(crate) fn check_url(
    url: &str,
    schemes: Schemes,
    attachments: Option<&[&str]>,
) -> Result<(), (&'static str, String)> {
    const MALFORMED: (&str, &str) = ("URL_TYPE_INVALID_URL", "Not a well formed URL.");
    let malformed = || (MALFORMED.0, MALFORMED.1.to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
    let scheme = scheme.to_ascii_lowercase();
    let allowed: &[&str] = match schemes {
        Schemes::Link => &["http", "https", "discord"],
        Schemes::Web => &["http", "https"],
        Schemes::Media => &["http", "https", "attachment"],
        Schemes::Attachment => &["attachment"],
    };
    if !allowed.contains(&scheme.as_str()) {
        let list: Vec<String> = allowed.iter().map(|name| format!("'{name}'")).collect();
        return Err((
            "URL_TYPE_INVALID_SCHEME",
            format!(
                "Scheme \"{}\" is not supported. Scheme must be one of ({}).",
                scheme.chars().take(32).collect::<String>(),
                list.join(", ")
            ),
        ));
    }
    if scheme == "attachment" {
        return match attachments {
            Some(known) if !known.contains(&rest) => Err((
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                format!("The referenced attachment \"{}\" was not found", rest.chars().take(100).collect::<String>()),
            )),
            _ => Ok(()),
        };
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(malformed());
    }
    Ok(())
}

/// Random JSON in the vocabulary of forms, so that checks get past the first field.
#[cfg(test)]
pub(crate) mod arbitrary {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    const KEYS: &str = "type|id|custom_id|components|component|accessory|label|style|url|emoji|name|options|value|values|\
        description|min_values|max_values|default_values|channel_types|content|items|media|file|title|required|\
        min_length|max_length|min_value|max_value|choices|data|kind|name_localizations|autocomplete|flags|embeds|\
        attachments|contexts|integration_types|resolved|focused|target_id|sku_id|default|disabled|accent_color";

    fn key() -> impl Strategy<Value = String> {
        let keys: Vec<String> = KEYS.split('|').map(|key| key.trim().to_owned()).collect();
        proptest::sample::select(keys)
    }

    /// A value of any shape.
    pub(crate) fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0_i64..25).prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z]{0,3}".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            Just(Value::from("attachment://a")),
            Just(Value::from("https://a.b")),
            Just(Value::from("123")),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            let object = || proptest::collection::vec((key(), inner.clone()), 0..6);
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                object().prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
                (object(), 1_i64..24).prop_map(|(entries, kind)| {
                    let mut map: Map<String, Value> = entries.into_iter().collect();
                    map.insert("type".into(), kind.into());
                    Value::Object(map)
                }),
            ]
        })
    }
}
