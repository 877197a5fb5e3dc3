//! The rows that tell what one check-in changes, while they are found.

use crate::artifact::FileMode;
use crate::maps::Map;
use crate::tx::derived::ChangeRow;
use crate::tx::{DatabaseError, ReadTx};

/// What one check-in changes.
#[derive(Debug)]
pub(super) struct Found {
    check_in: i64,
    /// How many others the check-in is compared with.
    compared_with: usize,
    rows: Vec<ChangeRow>,
    /// How many rows there are for each file, and whether one is of the primary parent.
    by_name: Map<i64, (usize, bool)>,
    /// Whether everyone may see the check-in, once that was asked.
    public: Option<bool>,
}

impl Found {
    pub(super) fn new(check_in: i64, compared_with: usize) -> Self {
        let (rows, by_name) = (Vec::new(), Map::default());
        Self { check_in, compared_with, rows, by_name, public: None }
    }

    /// Whether there are rows for this parent.
    pub(super) fn has(&self, parent: i64) -> bool {
        self.rows.iter().any(|row| row.parent == parent)
    }

    /// Whether everyone may see the check-in.
    pub(super) fn is_public(&mut self, tx: &ReadTx) -> Result<bool, DatabaseError> {
        if let Some(public) = self.public {
            return Ok(public);
        }
        let public = !tx.is_private(self.check_in)?;
        self.public = Some(public);
        Ok(public)
    }

    /// Adds a row. How a file differs from other parents counts only if it differs from the
    /// primary one.
    pub(super) fn add(&mut self, row: ChangeRow) {
        let (count, primary) = self.by_name.entry(row.name).or_default();
        if row.aside && !*primary {
            return;
        }
        *count += 1;
        *primary |= !row.aside;
        self.rows.push(row);
    }

    /// All rows. A file that is new, but not in all parents, was brought by a merge.
    pub(super) fn into_rows(mut self) -> Vec<ChangeRow> {
        if self.compared_with > 1 {
            for row in self.rows.iter_mut().filter(|row| row.before == 0) {
                let count = self.by_name.get(&row.name).map_or(0, |(count, _)| *count);
                if count < self.compared_with {
                    row.before = -1;
                }
            }
        }
        self.rows
    }
}

/// A file's mode as its row has it.
pub(super) const fn mode_number(mode: FileMode) -> i64 {
    match mode {
        FileMode::Regular => 0,
        FileMode::Executable => 1,
        FileMode::Symlink => 2,
    }
}
