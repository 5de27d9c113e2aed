//! Values on their way to and from an engine.

use serde::Serialize;
use serde::de::DeserializeOwned;
use twilight_model::id::Id;
use twilight_model::util::Timestamp;

use crate::{Error, Result};

/// Everything that a column can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// Integers, flags, ids, times in microseconds.
    Int(i64),
    /// Floating point.
    Real(f64),
    /// Text, JSON too.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// What can be a parameter.
pub trait ToValue {
    /// The value.
    fn to_value(&self) -> Value;
}

/// What can be read from a column. The error says what was wrong.
pub trait FromValue: Sized {
    /// Reads it.
    fn from_value(value: Value) -> Result<Self, String>;
}

/// Parameters of a statement: `values![id, name]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::ToValue::to_value(&$value)),*] };
}

/// One row, by position.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The value of a column.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T> {
        let value = self.0.get(column).cloned().ok_or(Error::Decode { column, problem: "no such column".into() })?;
        T::from_value(value).map_err(|problem| Error::Decode { column, problem })
    }

    /// Cuts the row in two: what stands from that column on comes second.
    #[must_use]
    pub fn cut(mut self, column: usize) -> (Self, Self) {
        let rest = self.0.split_off(column.min(self.0.len()));
        (self, Self(rest))
    }

    /// Takes the value of a column out of the row.
    pub fn take<T: FromValue>(&mut self, column: usize) -> Result<T> {
        let value = self.0.get_mut(column).ok_or(Error::Decode { column, problem: "no such column".into() })?;
        T::from_value(std::mem::replace(value, Value::Null)).map_err(|problem| Error::Decode { column, problem })
    }
}

/// A value kept as JSON text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A set of bits kept as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits<T>(pub T);

impl<T: Serialize> ToValue for Json<T> {
    fn to_value(&self) -> Value {
        // Only maps with keys that are no text cannot be written, and none of ours has such.
        serde_json::to_string(&self.0).map_or(Value::Null, Value::Text)
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        let text = String::from_value(value)?;
        serde_json::from_str(&text).map(Self).map_err(|error| error.to_string())
    }
}

macro_rules! integers {
    ($($integer:ty)*) => { $(
        impl ToValue for $integer {
            fn to_value(&self) -> Value {
                Value::Int(i64::from(*self))
            }
        }
        impl FromValue for $integer {
            fn from_value(value: Value) -> Result<Self, String> {
                match value {
                    Value::Int(int) => <$integer>::try_from(int).map_err(|_| format!("{int} is out of range")),
                    other => Err(format!("expected an integer, found {other:?}")),
                }
            }
        }
    )* };
}

integers! { i8 i16 i32 i64 u8 u16 u32 }

impl ToValue for u64 {
    fn to_value(&self) -> Value {
        Value::Int(self.cast_signed())
    }
}

impl FromValue for u64 {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(i64::cast_unsigned)
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).map(|int| int != 0)
    }
}

impl ToValue for f64 {
    fn to_value(&self) -> Value {
        Value::Real(*self)
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Real(real) => Ok(real),
            #[expect(clippy::cast_precision_loss, reason = "a whole number where a real one is kept")]
            Value::Int(int) => Ok(int as Self),
            other => Err(format!("expected a number, found {other:?}")),
        }
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(format!("expected text, found {other:?}")),
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Blob(self.to_vec())
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Blob(self.clone())
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(format!("expected bytes, found {other:?}")),
        }
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        T::to_value(self)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl<T> ToValue for Id<T> {
    fn to_value(&self) -> Value {
        Value::Int(self.get().cast_signed())
    }
}

impl<T> FromValue for Id<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        u64::from_value(value).and_then(|id| Self::new_checked(id).ok_or_else(|| "zero is no id".to_owned()))
    }
}

impl<T: Copy + Into<u64>> ToValue for Bits<T> {
    fn to_value(&self) -> Value {
        let bits: u64 = self.0.into();
        Value::Int(bits.cast_signed())
    }
}

impl<T: From<u64>> FromValue for Bits<T> {
    fn from_value(value: Value) -> Result<Self, String> {
        u64::from_value(value).map(|bits| Self(bits.into()))
    }
}

impl ToValue for Timestamp {
    fn to_value(&self) -> Value {
        Value::Int(self.as_micros())
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Result<Self, String> {
        i64::from_value(value).and_then(|micros| Self::from_micros(micros).map_err(|error| error.to_string()))
    }
}
