//! Going through the files, a page at a time.

use std::collections::VecDeque;

use super::UnversionedFile;
use crate::tx::{DatabaseError, ReadTx};

/// The unversioned files in order of their names, deleted ones too, without their content.
///
/// No more than [`UNVERSIONED_PAGE`](crate::limits::UNVERSIONED_PAGE) of them are in memory at a
/// time.
#[derive(Debug)]
pub struct UnversionedFiles<'a> {
    tx: &'a ReadTx,
    page: VecDeque<UnversionedFile>,
    /// The last name of the page; `None` when there are no more pages.
    after: Option<String>,
}

impl ReadTx {
    /// All unversioned files, deleted ones too: what a peer is told about.
    pub fn unversioned_files(&self) -> Result<UnversionedFiles<'_>, DatabaseError> {
        let after = self.has_unversioned()?.then(String::new);
        Ok(UnversionedFiles { tx: self, page: VecDeque::new(), after })
    }
}

impl Iterator for UnversionedFiles<'_> {
    type Item = Result<UnversionedFile, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty() {
            // Nothing follows a page that could not be read.
            let after = self.after.take()?;
            match self.tx.unversioned_rows(&after) {
                Ok(rows) => self.page = rows.into(),
                Err(error) => return Some(Err(error)),
            }
            self.after = self.page.back().map(|last| last.name.clone());
        }
        self.page.pop_front().map(Ok)
    }
}
