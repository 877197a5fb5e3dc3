//! How the definition of a table may change: columns may be added, and nothing else.

use super::{Column, Conflict, Definition, DefinitionError};

/// What another definition is to the one that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evolution {
    /// The definition with all columns of both.
    pub(super) merged: Definition,
    /// Columns that only the other has.
    pub(super) added: Vec<Column>,
}

/// Why a table cannot become another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvolutionError {
    /// Conflicts would be solved by another rule.
    #[error("the rule for conflicts cannot change from {from} to {to}")]
    Conflict {
        /// The rule that stands.
        from: Conflict,
        /// The other.
        to: Conflict,
    },
    /// A column would be another one.
    #[error("column {0} cannot change its type or its part in the key")]
    Column(String),
    /// The key would have one column more, or less.
    #[error("the key cannot change: {0} is in one definition only")]
    Key(String),
    /// A column would go.
    #[error("column {0} cannot be removed")]
    Removed(String),
    /// All rows would seem deleted.
    #[error(
        "column {0} cannot be added to a table whose columns are all in the key: without a value \
         in it, every row would count as deleted"
    )]
    FirstValue(String),
    /// Together there are too many columns.
    #[error(transparent)]
    Merged(#[from] DefinitionError),
}

impl Definition {
    /// Adds the columns that only `other` has. Those that only this one has stay: a peer may not
    /// know them yet.
    pub(super) fn evolve(&self, other: &Self) -> Result<Evolution, EvolutionError> {
        let (from, to) = (self.conflict(), other.conflict());
        if from != to {
            return Err(EvolutionError::Conflict { from, to });
        }
        let mut added = Vec::new();
        for column in other.columns() {
            match self.column(&column.name) {
                Some(same) if same == column => {}
                Some(_) => return Err(EvolutionError::Column(column.name.clone())),
                None if column.key => return Err(EvolutionError::Key(column.name.clone())),
                None if !self.can_delete() => {
                    return Err(EvolutionError::FirstValue(column.name.clone()));
                }
                None => added.push(column.clone()),
            }
        }
        if let Some(key) = self.missing_in(other).find(|column| column.key) {
            return Err(EvolutionError::Key(key.name.clone()));
        }
        let columns = self.columns().iter().chain(&added).cloned().collect();
        Ok(Evolution { merged: Self::new(columns, from)?, added })
    }

    /// Whether a peer that has this definition learns nothing from `other`: all its columns are here,
    /// in whatever order.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.conflict() == other.conflict()
            && other.columns().iter().all(|column| self.column(&column.name) == Some(column))
    }

    /// The columns that `other` does not have.
    pub(super) fn missing_in<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Column> {
        self.columns().iter().filter(|column| other.column(&column.name).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ColumnType;
    use super::*;

    /// `id*` is a key of text, `n#` an integer, other words are text.
    fn definition(columns: &str) -> Definition {
        let column = |word: &str| {
            let kind = if word.contains('#') { ColumnType::Integer } else { ColumnType::Text };
            Column { name: word.replace(['*', '#'], ""), kind, key: word.contains('*') }
        };
        Definition::new(columns.split(' ').map(column).collect(), Conflict::MtimeWins).unwrap()
    }

    #[test]
    fn columns_are_added() {
        for (ours, theirs, merged) in [
            ("id* a", "id* a", "id* a"),
            ("id* a", "id* a b#", "id* a b#"),
            ("id* a b#", "id* a", "id* a b#"),
            ("id* a b", "c id* a", "id* a b c"),
            ("id*", "id*", "id*"),
        ] {
            let evolution = definition(ours).evolve(&definition(theirs)).unwrap();
            assert_eq!(evolution.merged, definition(merged), "{ours}, {theirs}");
            let added = merged.split(' ').count() - ours.split(' ').count();
            assert_eq!(evolution.added.len(), added);
        }
    }

    #[test]
    fn all_else_is_refused() {
        use EvolutionError as E;
        let refused = |ours, theirs| definition(ours).evolve(&definition(theirs)).unwrap_err();
        assert_eq!(refused("id* a", "id* a#"), E::Column("a".to_owned()));
        assert_eq!(refused("id* a", "id* a*"), E::Column("a".to_owned()));
        assert_eq!(refused("id* a", "id* a b*"), E::Key("b".to_owned()));
        assert_eq!(refused("id* b* a", "id* a"), E::Key("b".to_owned()));
        assert_eq!(refused("id*", "id* a"), E::FirstValue("a".to_owned()));
        let other = Definition::new(definition("id*").columns().to_vec(), Conflict::SelfWrite);
        let error = definition("id*").evolve(&other.unwrap()).unwrap_err();
        assert!(matches!(error, E::Conflict { .. }), "{error}");
        let many = |prefix: &str| {
            let words: Vec<_> = (0..300).map(|number| format!("{prefix}{number}")).collect();
            definition(&format!("id* {}", words.join(" ")))
        };
        let error = many("a").evolve(&many("b")).unwrap_err();
        assert!(matches!(error, E::Merged(DefinitionError::TooManyColumns { .. })), "{error}");
    }
}
