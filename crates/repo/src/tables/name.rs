//! The names of tables and columns.

use std::fmt;
use std::str::FromStr;

use crate::limits::MAX_IDENTIFIER;

/// Tables of Fossil by which no extension table may be called.
const RESERVED: [&str; 5] = ["blob", "delta", "event", "mlink", "unversioned"];

/// What stands beside a row's own columns.
const RESERVED_COLUMNS: [&str; 2] = ["mtime", "_owner"];

/// The name of an extension table: lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName(String);

/// Why a table or column cannot be called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It has other characters, or begins with a digit.
    #[error(
        "{0:?} is no name: it must have lower-case letters, digits and underscores only, and begin \
         with no digit"
    )]
    Form(String),
    /// It is too long.
    #[error("a name of {len} bytes is longer than the {limit} allowed")]
    TooLong {
        /// Bytes that it has.
        len: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// It means something else already.
    #[error("the name {0} is reserved: choose another")]
    Reserved(String),
}

impl TableName {
    /// Takes `name` as the name of a table.
    pub fn new(name: &str) -> Result<Self, NameError> {
        check(name)?;
        if RESERVED.contains(&name) || name.starts_with("x_") {
            return Err(NameError::Reserved(name.to_owned()));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a column may be called so.
pub(super) fn check_column(name: &str) -> Result<(), NameError> {
    check(name)?;
    if RESERVED_COLUMNS.contains(&name) {
        return Err(NameError::Reserved(name.to_owned()));
    }
    Ok(())
}

fn check(name: &str) -> Result<(), NameError> {
    if name.len() > MAX_IDENTIFIER {
        return Err(NameError::TooLong { len: name.len(), limit: MAX_IDENTIFIER });
    }
    let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let begins_well = name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    if begins_well && name.bytes().all(fits) {
        return Ok(());
    }
    Err(NameError::Form(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first two lists are those of the Go peer's own test.
    #[test]
    fn names_are_those_of_the_go_peer() {
        for name in ["peer_registry", "config", "a", "abc_123", "_a", "x", "order", "tables"] {
            assert_eq!(TableName::new(name).unwrap().as_str(), name);
        }
        for name in ["", "Peer", "123abc", "drop;table", "a b", "a\"", "a-b", "é", "a\n"] {
            assert!(matches!(TableName::new(name), Err(NameError::Form(_))), "{name:?}");
        }
        for name in ["blob", "delta", "event", "mlink", "unversioned", "x_reserved", "x_"] {
            assert!(matches!(TableName::new(name), Err(NameError::Reserved(_))), "{name:?}");
        }
        let long = "a".repeat(MAX_IDENTIFIER + 1);
        assert!(matches!(TableName::new(&long), Err(NameError::TooLong { .. })));
    }

    #[test]
    fn a_column_may_be_called_as_a_table_may_not() {
        for name in ["blob", "x_a", "select", "rowid", "pk_hash"] {
            check_column(name).unwrap();
        }
        for name in ["mtime", "_owner"] {
            assert!(matches!(check_column(name), Err(NameError::Reserved(_))), "{name}");
        }
        for name in ["", "Mtime", "a\"b", "1"] {
            assert!(matches!(check_column(name), Err(NameError::Form(_))), "{name:?}");
        }
    }
}
