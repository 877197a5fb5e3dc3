//! What an extension table is: its columns, and whose change of a row counts.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use outcrop_format::hash::{HashName, sha1_of_parts};
use serde::Deserialize;

use super::name::{NameError, check_column};
use crate::limits::{MAX_COLUMNS, MAX_DEFINITION};

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number.
    Real,
    /// Bytes.
    Blob,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// What its values are.
    pub kind: ColumnType,
    /// Whether it is part of the key, by which rows are told apart.
    pub key: bool,
}

/// Whose change of a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The latest.
    MtimeWins,
    /// The latest of the one who wrote the row first. A row that nobody owns may be taken over.
    SelfWrite,
    /// The latest of the row's owner. What was written without a login nobody else may change.
    OwnerWrite,
}

/// A definition that makes sense: columns of different names, at least one of them in the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    columns: Vec<Column>,
    conflict: Conflict,
}

/// Why something is no definition of a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// It is not JSON, or not of the form of a definition.
    #[error("this is no definition of a table: {0}")]
    Json(String),
    /// It is longer than allowed.
    #[error("a definition of {len} bytes is longer than the {limit} allowed")]
    TooLong {
        /// Bytes that it has.
        len: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// A column cannot be called so.
    #[error("column: {0}")]
    Name(#[from] NameError),
    /// Two columns have one name.
    #[error("there are two columns {0}")]
    Twice(String),
    /// There is no such type.
    #[error("column {column} has the type {found:?}, not text, integer, real or blob")]
    Type {
        /// Which column.
        column: String,
        /// Its type.
        found: String,
    },
    /// There is no such rule for conflicts.
    #[error("{0:?} is no rule for conflicts: take mtime-wins, self-write or owner-write")]
    Conflict(String),
    /// No column is in the key.
    #[error("a table needs at least one column in its key")]
    NoKey,
    /// There are more columns than allowed.
    #[error("{count} columns are more than the {limit} allowed")]
    TooManyColumns {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
}

#[derive(Deserialize)]
struct RawDefinition {
    columns: Vec<RawColumn>,
    conflict: String,
}

#[derive(Deserialize)]
struct RawColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, rename = "pk")]
    key: bool,
}

impl Definition {
    /// A definition of these columns.
    pub fn new(columns: Vec<Column>, conflict: Conflict) -> Result<Self, DefinitionError> {
        let (count, limit) = (columns.len(), MAX_COLUMNS);
        if count > limit {
            return Err(DefinitionError::TooManyColumns { count, limit });
        }
        let mut names = HashSet::new();
        for column in &columns {
            check_column(&column.name)?;
            if !names.insert(column.name.as_str()) {
                return Err(DefinitionError::Twice(column.name.clone()));
            }
        }
        if !columns.iter().any(|column| column.key) {
            return Err(DefinitionError::NoKey);
        }
        Ok(Self { columns, conflict })
    }

    /// Reads the form in which peers send definitions. Members that are not known are left out.
    ///
    /// ```
    /// use outcrop_repo::tables::Definition;
    ///
    /// let json = br#"{"columns":[{"name":"id","type":"text","pk":true}],"conflict":"mtime-wins"}"#;
    /// let definition = Definition::parse(json)?;
    /// assert_eq!(definition.to_json().as_bytes(), json);
    /// # Ok::<(), outcrop_repo::tables::DefinitionError>(())
    /// ```
    pub fn parse(json: &[u8]) -> Result<Self, DefinitionError> {
        let (len, limit) = (json.len(), MAX_DEFINITION);
        if len > limit {
            return Err(DefinitionError::TooLong { len, limit });
        }
        let raw: RawDefinition = serde_json::from_slice(json)
            .map_err(|error| DefinitionError::Json(error.to_string()))?;
        let columns = raw.columns.into_iter().map(|RawColumn { name, kind, key }| {
            match ColumnType::ALL.into_iter().find(|known| known.as_str() == kind) {
                Some(kind) => Ok(Column { name, kind, key }),
                None => Err(DefinitionError::Type { column: name, found: kind }),
            }
        });
        let conflict = Conflict::ALL.into_iter().find(|known| known.as_str() == raw.conflict);
        let conflict = conflict.ok_or(DefinitionError::Conflict(raw.conflict))?;
        Self::new(columns.collect::<Result<_, _>>()?, conflict)
    }

    /// Writes the form in which peers send definitions, byte for byte as the Go peer does.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = String::from(r#"{"columns":["#);
        for (number, Column { name, kind, key }) in self.columns.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            // Neither names nor types hold anything that JSON escapes, and a string takes it all.
            let _ = write!(json, r#"{comma}{{"name":"{name}","type":"{kind}","pk":{key}}}"#);
        }
        let _ = write!(json, r#"],"conflict":"{}"}}"#, self.conflict);
        json
    }

    /// The hash that peers send with the definition.
    #[must_use]
    pub fn hash(&self) -> HashName {
        sha1_of_parts([self.to_json().as_bytes()])
    }

    /// The columns, in the order in which they were defined.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns that are not in the key.
    pub fn value_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.key)
    }

    /// Whether a deleted row can be told from others: it is one whose values are all null, and so
    /// there must be values.
    #[must_use]
    pub fn can_delete(&self) -> bool {
        self.value_columns().next().is_some()
    }

    /// Whose change of a row counts.
    #[must_use]
    pub const fn conflict(&self) -> Conflict {
        self.conflict
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl ColumnType {
    const ALL: [Self; 4] = [Self::Text, Self::Integer, Self::Real, Self::Blob];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Blob => "blob",
        }
    }
}

impl Conflict {
    const ALL: [Self; 3] = [Self::MtimeWins, Self::SelfWrite, Self::OwnerWrite];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MtimeWins => "mtime-wins",
            Self::SelfWrite => "self-write",
            Self::OwnerWrite => "owner-write",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> DefinitionError {
        Definition::parse(json.as_bytes()).unwrap_err()
    }

    #[test]
    fn every_word_is_read_and_written() {
        let json = r#"{"columns":[{"name":"a","type":"text","pk":true},{"name":"b","type":"integer","pk":true},{"name":"c","type":"real","pk":false},{"name":"d","type":"blob","pk":false}],"conflict":"self-write"}"#;
        assert_eq!(Definition::parse(json.as_bytes()).unwrap().to_json(), json);
        let json = json.replace("self-write", "owner-write");
        assert_eq!(Definition::parse(json.as_bytes()).unwrap().to_json(), json);
    }

    #[test]
    fn what_go_reads_beside_that_is_read() {
        let json = r#" {"conflict":"mtime-wins","later":[1],
            "columns":[{"pk":true,"type":"text","name":"a","x":{}},{"name":"b","type":"real"}]} "#;
        let definition = Definition::parse(json.as_bytes()).unwrap();
        let (a, b) = (&definition.columns()[0], definition.column("b").unwrap());
        assert!(a.key && !b.key && definition.can_delete());
    }

    #[test]
    fn what_is_no_definition_is_refused() {
        use DefinitionError as E;
        let column = |name: &str, kind: &str| {
            format!(
                r#"{{"columns":[{{"name":"{name}","type":"{kind}","pk":true}}],"conflict":"mtime-wins"}}"#
            )
        };
        Definition::parse(column("a", "text").as_bytes()).unwrap();
        assert!(matches!(refused(&column("a", "TEXT")), E::Type { .. }));
        assert!(matches!(refused(&column("a", "")), E::Type { .. }));
        assert!(matches!(refused(&column("A", "text")), E::Name(NameError::Form(_))));
        assert!(matches!(refused(&column("mtime", "integer")), E::Name(NameError::Reserved(_))));
        assert!(matches!(refused(&column("a", "text").replace("true", "false")), E::NoKey));
        assert!(matches!(refused(&column("a", "text").replace("mtime-", "")), E::Conflict(_)));
        assert!(matches!(refused(r#"{"columns":[],"conflict":"mtime-wins"}"#), E::NoKey));
        for text in ["", "{}", "[]", "null", r#"{"columns":null,"conflict":""}"#, "\u{0}"] {
            assert!(matches!(refused(text), E::Json(_)), "{text:?}");
        }
        let column = r#"{"name":"a","type":"text","pk":true}"#;
        let twice = format!(r#"{{"columns":[{column},{column}],"conflict":"mtime-wins"}}"#);
        assert!(matches!(refused(&twice), E::Twice(_)));
        assert!(matches!(refused(&" ".repeat(MAX_DEFINITION + 1)), E::TooLong { .. }));
        let columns = (0..=MAX_COLUMNS).map(|number| Column {
            name: format!("c{number}"),
            kind: ColumnType::Text,
            key: true,
        });
        let error = Definition::new(columns.collect(), Conflict::MtimeWins).unwrap_err();
        assert!(matches!(error, E::TooManyColumns { .. }));
    }
}
