//! Reading what real clients send: numbers as strings, floats for integers, 0 and 1 for booleans, null for empty.
//!
//! Each wrapper reads loosely and gives the exact value; `#[serde(default)]` belongs on optional fields beside them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Unexpected, Visitor};
use serde_json::Value;

use crate::error::FormErrors;

pub mod time;

/// An integer that may come as an integer, a whole float or a string of digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int<T>(pub T);

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Int<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Loose<T>(PhantomData<T>);
        impl<T: TryFrom<i64>> Loose<T> {
            fn fit<E: Error>(value: i64) -> Result<Int<T>, E> {
                T::try_from(value)
                    .map(Int)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(value), &"an integer in range"))
            }
        }
        impl<T: TryFrom<i64>> Visitor<'_> for Loose<T> {
            type Value = Int<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Int<T>, E> {
                Self::fit(value)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Int<T>, E> {
                i64::try_from(value)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &"an integer in range"))
                    .and_then(Self::fit)
            }

            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked before")]
            fn visit_f64<E: Error>(self, value: f64) -> Result<Int<T>, E> {
                if value.fract() == 0.0 && value.abs() < 9.0e15 {
                    Self::fit(value as i64)
                } else {
                    Err(E::invalid_value(Unexpected::Float(value), &"a whole number"))
                }
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Int<T>, E> {
                value.parse().map_err(|_| E::invalid_value(Unexpected::Str(value), &"an integer")).and_then(Self::fit)
            }
        }
        deserializer.deserialize_any(Loose(PhantomData))
    }
}

/// A number that may come as one or as a string of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Float(pub f64);

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Loose;
        impl Visitor<'_> for Loose {
            type Value = Float;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            #[expect(clippy::cast_precision_loss, reason = "as every reader of JSON without whole numbers does")]
            fn visit_i64<E: Error>(self, value: i64) -> Result<Float, E> {
                Ok(Float(value as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "as every reader of JSON without whole numbers does")]
            fn visit_u64<E: Error>(self, value: u64) -> Result<Float, E> {
                Ok(Float(value as f64))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Float, E> {
                Ok(Float(value))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Float, E> {
                let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
                number.map(Float).ok_or_else(|| E::invalid_value(Unexpected::Str(value), &"a number"))
            }
        }
        deserializer.deserialize_any(Loose)
    }
}

/// A boolean that may come as `true`, `1` or `"true"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bool(pub bool);

impl<'de> Deserialize<'de> for Bool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Loose;
        impl Visitor<'_> for Loose {
            type Value = Bool;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Bool, E> {
                Ok(Bool(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Bool, E> {
                Ok(Bool(value != 0))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Bool, E> {
                Ok(Bool(value != 0))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Bool, E> {
                match value {
                    "true" | "True" | "1" => Ok(Bool(true)),
                    "false" | "False" | "0" | "" => Ok(Bool(false)),
                    _ => Err(E::invalid_value(Unexpected::Str(value), &"a boolean")),
                }
            }
        }
        deserializer.deserialize_any(Loose)
    }
}

/// A text that may come as text, number or boolean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Loose;
        impl Visitor<'_> for Loose {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Text, E> {
                Ok(Text(value.to_owned()))
            }

            fn visit_string<E: Error>(self, value: String) -> Result<Text, E> {
                Ok(Text(value))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Text, E> {
                Ok(Text(value.to_string()))
            }
        }
        deserializer.deserialize_any(Loose)
    }
}

/// Reads a text loosely; null is empty.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<Text>::deserialize(deserializer)?.unwrap_or_default().0)
}

/// Reads an optional text loosely.
pub fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Text>::deserialize(deserializer)?.map(|text| text.0))
}

/// Reads an optional whole number loosely.
pub fn optional_int<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Int<T>>::deserialize(deserializer)?.map(|int| int.0))
}

/// Reads a boolean loosely; null is false.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<Bool>::deserialize(deserializer)?.unwrap_or_default().0)
}

/// JSON without the NULs that are escaped in it, where there are any: they mean nothing in a text, and PostgreSQL keeps none.
pub fn without_nul(json: &[u8]) -> Cow<'_, [u8]> {
    const NUL: &[u8] = b"\\u0000";
    if !json.split(|byte| *byte == b'\\').skip(1).any(|behind| behind.starts_with(b"u0000")) {
        return Cow::Borrowed(json);
    }
    let (mut kept, mut rest) = (Vec::with_capacity(json.len()), json);
    while let Some((first, behind)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(NUL) {
            rest = behind;
            continue;
        }
        kept.push(*first);
        rest = behind;
        // What is escaped begins no escape of its own.
        if let (b'\\', Some((second, behind))) = (first, rest.split_first()) {
            kept.push(*second);
            rest = behind;
        }
    }
    Cow::Owned(kept)
}

/// Reads a body that came as JSON; what does not fit is told by its path.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, FormErrors> {
    serde_path_to_error::deserialize(value).map_err(|error| FormErrors::stopped(error.path(), error.inner()))
}

/// Reads `null` as the default value: for fields that clients null instead of leaving out.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_place() {
        #[derive(Debug, serde::Deserialize)]
        struct Inner {
            _a: u8,
        }
        type Numbers = std::collections::BTreeMap<String, std::collections::BTreeMap<String, Vec<u8>>>;
        let long = "a.".repeat(500_000);
        let clipped = "a.".repeat(50);
        for (key, place) in [("plain", "plain"), ("a.b[0]", "a.b[0]"), ("..", ".."), (&long, &clipped)] {
            let body = serde_json::json!({ "one": { key: [1, "two"] } });
            let errors = read::<Numbers>(body).err().unwrap_or_default();
            let told = serde_json::to_value(&errors).unwrap_or_default();
            let code = told.pointer(&format!("/one/{place}/1/_errors/0/code"));
            assert_eq!(code, Some(&"BASE_TYPE_INVALID".into()), "{place}");
        }
        // What a type of ours is called is nobody's business.
        let errors = read::<Vec<Inner>>(serde_json::json!([5])).err().unwrap_or_default();
        let told = serde_json::to_value(&errors).unwrap_or_default();
        let said = told.pointer("/0/_errors/0/message");
        assert_eq!(said, Some(&"invalid type: integer `5`, expected an object".into()));
    }

    #[test]
    fn the_deepest_place_is_bounded() {
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        struct Deep {
            below: Vec<Deep>,
        }
        let mut body = serde_json::json!(5);
        for _ in 0..100 {
            body = serde_json::json!({ "below": [body] });
        }
        let errors = read::<Deep>(body).err().unwrap_or_default();
        let told = serde_json::to_value(&errors).unwrap_or_default();
        let code = told.pointer(&format!("{}/_errors/0/code", "/below/0".repeat(16)));
        assert_eq!(code, Some(&"BASE_TYPE_INVALID".into()));
    }

    #[test]
    fn nul_is_left_out() {
        for (json, kept) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#""a\u0000b""#, r#""ab""#),
            (r#""\u0000\u0000""#, r#""""#),
            (r#""\\u0000""#, r#""\\u0000""#),
            (r#""\\\u0000\n""#, r#""\\\n""#),
            (r#""\u00000\u0001""#, r#""0\u0001""#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(without_nul(json.as_bytes()), kept.as_bytes(), "{json}");
        }
    }

    #[test]
    fn numbers() {
        for (text, want) in [
            ("5", Some(5.0)),
            ("-5.5", Some(-5.5)),
            ("\"5\"", Some(5.0)),
            ("\" 1e3 \"", Some(1000.0)),
            ("\"loud\"", None),
            ("\"\"", None),
            ("\"inf\"", None),
            ("\"NaN\"", None),
            ("true", None),
            ("[5]", None),
        ] {
            let got = serde_json::from_str::<Float>(text).ok().map(|float| float.0);
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn integers() {
        for (text, want) in
            [("5", Some(5)), ("5.0", Some(5)), ("\"5\"", Some(5)), ("5.5", None), ("300", None), ("\"x\"", None)]
        {
            let got = serde_json::from_str::<Int<u8>>(text).ok().map(|int| int.0);
            assert_eq!(got, want, "{text}");
        }
    }
}
