//! Rows: read, written and hashed as peers do it.

use std::collections::BTreeMap;
use std::fmt;

use outcrop_format::hash::{HashName, sha1_of_parts};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use super::{ColumnType, Definition, Value};
use crate::limits::MAX_ROW;

/// A row of an extension table. What is null is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    key: BTreeMap<String, Value>,
    values: BTreeMap<String, Value>,
    deleted: bool,
}

/// Why something is no row of a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// It is not a JSON object.
    #[error("this is no row: {0}")]
    Json(String),
    /// It is longer than allowed.
    #[error("a row of {len} bytes is longer than the {limit} allowed")]
    TooLong {
        /// Bytes that it has as JSON.
        len: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// A value is of another type than its column.
    #[error("column {column} holds {expected}, not {found}")]
    Type {
        /// Which column.
        column: String,
        /// The type of the column.
        expected: ColumnType,
        /// What was found.
        found: &'static str,
    },
    /// A number is infinite, or none at all.
    #[error("column {0} holds finite numbers only")]
    NotFinite(String),
    /// The table has no such column.
    #[error("the table has no column {0}: its definition may be older than the row")]
    NoColumn(String),
    /// One column has two values.
    #[error("column {0} is there twice")]
    Twice(String),
    /// A part of the key is null.
    #[error("the row has no {0}, which is part of its key")]
    NoKey(String),
}

impl Row {
    /// A row of these values; columns that are not among them are null.
    pub fn new(
        definition: &Definition,
        members: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, RowError> {
        let (mut key, mut values) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in members {
            let Some(column) = definition.column(&name) else {
                return Err(RowError::NoColumn(name));
            };
            if column.kind != value.kind() {
                let found = value.kind().as_str();
                return Err(RowError::Type { column: name, expected: column.kind, found });
            }
            let value = value.normal(&name)?;
            let part = if column.key { &mut key } else { &mut values };
            if part.insert(name.clone(), value).is_some() {
                return Err(RowError::Twice(name));
            }
        }
        let mut keys = definition.columns().iter().filter(|column| column.key);
        if let Some(column) = keys.find(|column| !key.contains_key(&column.name)) {
            return Err(RowError::NoKey(column.name.clone()));
        }
        let deleted = values.is_empty() && definition.can_delete();
        Ok(Self { key, values, deleted })
    }

    /// Reads a row from JSON: an object with a member for each column that is not null.
    pub fn parse(definition: &Definition, json: &[u8]) -> Result<Self, RowError> {
        check_len(json.len())?;
        let members: Members =
            serde_json::from_slice(json).map_err(|error| RowError::Json(error.to_string()))?;
        let mut values = Vec::with_capacity(members.0.len());
        for (name, json) in members.0 {
            let Some(column) = definition.column(&name) else {
                return Err(RowError::NoColumn(name));
            };
            if let Some(value) = Value::from_json(&name, column.kind, json)? {
                values.push((name, value));
            }
        }
        Self::new(definition, values)
    }

    /// Writes the row as JSON, the columns in order of their names.
    #[must_use]
    pub fn to_json(&self) -> String {
        let members = self.members().map(|(name, value)| (name.to_owned(), value.to_json()));
        Json::Object(members.collect()).to_string()
    }

    /// Writes the key as JSON, as peers send it when the row is deleted.
    #[must_use]
    pub fn key_to_json(&self) -> String {
        self.tombstone().to_json()
    }

    /// The hash of the key, by which peers speak of the row: SHA1 over `COLUMN=VALUE` of each of
    /// its columns in order of their names, with a NUL between them.
    #[must_use]
    pub fn key_hash(&self) -> HashName {
        hash_of(self.key.iter())
    }

    /// A hash of all that is not null, the key too; `None` if the row is deleted.
    #[must_use]
    pub fn content_hash(&self) -> Option<HashName> {
        (!self.deleted).then(|| hash_of(self.key.iter().chain(&self.values)))
    }

    /// Whether the row is deleted: it has no values, although its table has columns for them.
    #[must_use]
    pub const fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// The value of a column; `None` if it is null.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.key.get(column).or_else(|| self.values.get(column))
    }

    /// All values, those of the key first.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.key.iter().chain(&self.values).map(|(name, value)| (name.as_str(), value))
    }

    /// The row without its values.
    pub(super) fn tombstone(&self) -> Self {
        Self { key: self.key.clone(), values: BTreeMap::new(), deleted: true }
    }

    /// Whether all that is not null is in the key.
    pub(super) fn is_key(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn check_len(&self) -> Result<(), RowError> {
        check_len(self.to_json().len())
    }
}

fn check_len(len: usize) -> Result<(), RowError> {
    if len > MAX_ROW { Err(RowError::TooLong { len, limit: MAX_ROW }) } else { Ok(()) }
}

fn hash_of<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>) -> HashName {
    let mut parts = Vec::new();
    for (name, value) in members {
        let separator = if parts.is_empty() { "" } else { "\0" };
        parts.push(format!("{separator}{name}={}", value.hashed_form()));
    }
    sha1_of_parts(parts.iter().map(String::as_bytes))
}

/// The members of an object, as they stand there.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
