//! The values of a row: as JSON, and as text that is hashed.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Number, Value as Json};

use super::{ColumnType, RowError};

/// A value that is not null.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> ColumnType {
        match self {
            Self::Text(_) => ColumnType::Text,
            Self::Integer(_) => ColumnType::Integer,
            Self::Real(_) => ColumnType::Real,
            Self::Blob(_) => ColumnType::Blob,
        }
    }

    /// The value as a column can hold it: a number that is one, and no zero below zero, which
    /// SQLite does not tell from the other.
    pub(super) fn normal(self, column: &str) -> Result<Self, RowError> {
        match self {
            Self::Real(number) if !number.is_finite() => {
                Err(RowError::NotFinite(column.to_owned()))
            }
            Self::Real(0.0) => Ok(Self::Real(0.0)),
            other => Ok(other),
        }
    }

    /// The text by which peers hash it.
    pub(super) fn hashed_form(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            // The shortest digits that are read as the same number, never with an exponent.
            Self::Real(number) => Cow::Owned(number.to_string()),
            Self::Blob(bytes) => Cow::Owned(bytes.iter().fold(String::new(), |mut hex, byte| {
                // A string takes it all.
                let _ = write!(hex, "{byte:02x}");
                hex
            })),
        }
    }

    /// Reads the JSON of a value; `None` is null.
    pub(super) fn from_json(
        column: &str,
        kind: ColumnType,
        json: Json,
    ) -> Result<Option<Self>, RowError> {
        let wrong = |found| RowError::Type { column: column.to_owned(), expected: kind, found };
        match (kind, json) {
            (_, Json::Null) => Ok(None),
            (ColumnType::Text, Json::String(text)) => Ok(Some(Self::Text(text))),
            (ColumnType::Blob, Json::String(text)) => {
                let bytes = BASE64.decode(text).map_err(|_| wrong("text that is not base64"))?;
                Ok(Some(Self::Blob(bytes)))
            }
            (ColumnType::Integer, Json::Number(number)) => match number.as_i64() {
                Some(number) => Ok(Some(Self::Integer(number))),
                None => Err(wrong("a number that is not whole, or has more than 64 bits")),
            },
            (ColumnType::Real, Json::Number(number)) => match number.as_f64() {
                Some(number) => Ok(Some(Self::Real(number))),
                None => Err(wrong("a number out of range")),
            },
            (_, Json::Number(_)) => Err(wrong("a number")),
            (_, Json::String(_)) => Err(wrong("text")),
            (_, Json::Bool(_)) => Err(wrong("a boolean")),
            (_, Json::Array(_)) => Err(wrong("an array")),
            (_, Json::Object(_)) => Err(wrong("an object")),
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::String(text.clone()),
            Self::Integer(number) => Json::Number((*number).into()),
            // Rows hold finite numbers only.
            Self::Real(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
            Self::Blob(bytes) => Json::String(BASE64.encode(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_hashed_as_go_prints_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (3.0, "3"),
            (0.1, "0.1"),
            (-2.5e-7, "-0.00000025"),
            (1e21, "1000000000000000000000"),
            (123_456_789.125, "123456789.125"),
            (
                5e-324,
                concat!(
                    "0.",
                    "000000000000000000000000000000000000000000000000000000000000",
                    "000000000000000000000000000000000000000000000000000000000000000000000000000000",
                    "000000000000000000000000000000000000000000000000000000000000000000000000000000",
                    "000000000000000000000000000000000000000000000000000000000000000000000000000000",
                    "00000000000000000000000000000",
                    "5"
                ),
            ),
        ] {
            assert_eq!(Value::Real(number).normal("c").unwrap().hashed_form(), text, "{number}");
        }
        assert_eq!(Value::Integer(i64::MIN).hashed_form(), "-9223372036854775808");
        assert_eq!(Value::Blob(vec![0, 0xab, 0xff]).hashed_form(), "00abff");
        assert_eq!(Value::Text("a\u{0}b ".to_owned()).hashed_form(), "a\u{0}b ");
    }

    #[test]
    fn only_values_of_the_type_are_read() {
        use ColumnType::{Blob, Integer, Real, Text};

        let read =
            |kind, json: &str| Value::from_json("c", kind, serde_json::from_str(json).unwrap());
        for (kind, json, value) in [
            (Text, r#""a\u003c""#, Value::Text("a<".to_owned())),
            (Integer, "-5", Value::Integer(-5)),
            (Integer, "9223372036854775807", Value::Integer(i64::MAX)),
            (Real, "3", Value::Real(3.0)),
            (Real, "1e+21", Value::Real(1e21)),
            // The nearest double, exactly: a row's key would have another hash.
            (Real, "0.30000000000000004", Value::Real(0.1 + 0.2)),
            (Real, "9007199254740993", Value::Real(9_007_199_254_740_992.0)),
            (Blob, r#""AKv/""#, Value::Blob(vec![0, 0xab, 0xff])),
            (Blob, r#""""#, Value::Blob(Vec::new())),
        ] {
            assert_eq!(read(kind, json).unwrap(), Some(value.clone()), "{json}");
            assert_eq!(Value::from_json("c", kind, value.to_json()).unwrap(), Some(value));
            assert_eq!(read(kind, "null").unwrap(), None);
        }
        for (kind, json) in [
            (Text, "5"),
            (Text, "true"),
            (Integer, "5.0"),
            (Integer, "1e3"),
            (Integer, "9223372036854775808"),
            (Integer, r#""5""#),
            (Real, r#""5""#),
            (Real, "[1]"),
            (Blob, "5"),
            (Blob, r#""AKv""#),
            (Blob, r#""AK v/""#),
            (Blob, r#""AKv_""#),
            (Text, "{}"),
        ] {
            let error = read(kind, json).unwrap_err();
            assert!(matches!(error, RowError::Type { .. }), "{json}: {error}");
        }
    }
}
