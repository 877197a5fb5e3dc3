//! What check-ins change, found before they are linked.

use outcrop_format::hash::HashName;

use super::LinkError;
use super::changes::mode_number;
use super::files::Change;
use super::linker::Linker;
use crate::artifact::FileMode;
use crate::tx::derived::ChangeRow;

/// A change that a worker tells.
#[derive(Debug)]
pub(super) struct OwnedChange {
    name: Box<[u8]>,
    old_name: Option<Box<[u8]>>,
    before: Option<HashName>,
    content: Option<HashName>,
    mode: FileMode,
}

impl From<&Change<'_>> for OwnedChange {
    fn from(change: &Change<'_>) -> Self {
        Self {
            name: change.name.into(),
            old_name: change.old_name.map(Box::from),
            before: change.before,
            content: change.content,
            mode: change.mode,
        }
    }
}

impl OwnedChange {
    fn borrow(&self) -> Change<'_> {
        Change {
            name: &self.name,
            old_name: self.old_name.as_deref(),
            before: self.before,
            content: self.content,
            mode: self.mode,
        }
    }
}

/// What one check-in changes, as far as it is found.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// All its files, if it has no parent.
    added: Option<Vec<ChangeRow>>,
    /// The rows for each parent that it was compared with.
    compared: Vec<(HashName, Vec<ChangeRow>)>,
}

impl Ready {
    pub(super) fn set_added(
        &mut self,
        linker: &mut Linker<'_>,
        added: Option<Vec<OwnedChange>>,
    ) -> Result<(), LinkError> {
        if let Some(added) = added {
            self.added = Some(linker.rows_of(&added)?);
        }
        Ok(())
    }

    pub(super) fn add(
        &mut self,
        linker: &mut Linker<'_>,
        parent: HashName,
        changes: &[OwnedChange],
    ) -> Result<(), LinkError> {
        self.compared.push((parent, linker.rows_of(changes)?));
        Ok(())
    }

    /// All files of a check-in without parents.
    pub(super) fn added(&self) -> Option<&[ChangeRow]> {
        self.added.as_deref()
    }

    /// What differs from a parent; `None` if they were not compared.
    pub(super) fn with(&self, parent: &HashName) -> Option<&[ChangeRow]> {
        let (_, rows) = self.compared.iter().find(|(of, _)| of == parent)?;
        Some(rows)
    }
}

impl Linker<'_> {
    fn rows_of(&mut self, changes: &[OwnedChange]) -> Result<Vec<ChangeRow>, LinkError> {
        changes.iter().map(|change| self.change_row(&change.borrow())).collect()
    }

    /// A change as a row, but for the parent that it is seen from.
    pub(super) fn change_row(&mut self, change: &Change<'_>) -> Result<ChangeRow, LinkError> {
        Ok(ChangeRow {
            parent: 0,
            content: self.content_number(change.content.as_ref())?,
            before: self.content_number(change.before.as_ref())?,
            name: self.file_number(change.name)?,
            old_name: match change.old_name {
                Some(name) => self.file_number(name)?,
                None => 0,
            },
            mode: mode_number(change.mode),
            aside: false,
        })
    }

    fn content_number(&mut self, name: Option<&HashName>) -> Result<i64, LinkError> {
        name.map_or(Ok(0), |name| self.number(name))
    }

    fn file_number(&mut self, name: &[u8]) -> Result<i64, LinkError> {
        if let Some(number) = self.file_numbers.get(name) {
            return Ok(*number);
        }
        let known = if self.fresh { None } else { self.tx.file_number(name)? };
        let number = match known {
            Some(number) => number,
            None => self.tx.add_file_name(name)?,
        };
        self.file_numbers.insert(name.to_vec(), number);
        Ok(number)
    }
}
