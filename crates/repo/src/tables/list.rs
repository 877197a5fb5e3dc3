//! Tables and rows, read.

use std::collections::VecDeque;

use outcrop_format::hash::{HashName, Sha1Sum};

use super::{Definition, HeldRow, ListTablesError, RowVersion, Table, TableName};
use crate::tx::{DatabaseError, ReadTx, TableRecord};

/// What peers tell each other about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// The hash of its key.
    pub key: HashName,
    /// When it was changed, in seconds since 1970.
    pub mtime: i64,
    /// Whether it is deleted.
    pub deleted: bool,
}

/// All rows of a table in order of their keys' hashes, deleted ones too, without their values.
///
/// No more than [`CATALOGUE_PAGE`](crate::limits::CATALOGUE_PAGE) of them are in memory at a time.
#[derive(Debug)]
pub struct RowCatalogue<'a> {
    tx: &'a ReadTx,
    table: &'a Table,
    page: VecDeque<CatalogueEntry>,
    /// Where the next page begins; `None` when there are no more pages.
    next: Option<Start>,
}

/// Where a page begins.
#[derive(Debug)]
enum Start {
    First,
    After(HashName),
}

impl ReadTx {
    /// All extension tables, in order of their names.
    pub fn tables(&self) -> Result<Vec<Table>, ListTablesError> {
        if !self.has_tables()? {
            return Ok(Vec::new());
        }
        self.table_records()?.into_iter().map(read_table).collect()
    }

    /// The extension table of this name.
    pub fn table(&self, name: &TableName) -> Result<Option<Table>, ListTablesError> {
        if !self.has_tables()? {
            return Ok(None);
        }
        self.table_record(name)?.map(read_table).transpose()
    }

    /// The row whose key has this hash, deleted or not.
    pub fn row(&self, table: &Table, key: &HashName) -> Result<Option<HeldRow>, DatabaseError> {
        self.held_row(table, key)
    }

    /// The first rows whose key's hash follows this one, deleted ones too, in order of these
    /// hashes: no more than [`ROWS_PAGE`](crate::limits::ROWS_PAGE). An empty page ends the table.
    pub fn rows_after(
        &self,
        table: &Table,
        key: Option<&HashName>,
    ) -> Result<Vec<HeldRow>, DatabaseError> {
        self.held_rows(table, key)
    }

    /// What peers are told about the rows of a table.
    #[must_use]
    pub fn row_catalogue<'a>(&'a self, table: &'a Table) -> RowCatalogue<'a> {
        RowCatalogue { tx: self, table, page: VecDeque::new(), next: Some(Start::First) }
    }

    /// The hash of all rows, by which two repositories tell that they have the same: SHA1 over a
    /// line `KEY_HASH MTIME` for each, in order of the keys' hashes, deleted ones left out.
    pub fn table_hash(&self, table: &Table) -> Result<HashName, DatabaseError> {
        let mut sum = Sha1Sum::default();
        for entry in self.row_catalogue(table) {
            let CatalogueEntry { key, mtime, deleted } = entry?;
            if !deleted {
                sum.add(format!("{key} {mtime}\n").as_bytes());
            }
        }
        Ok(sum.finish())
    }

    /// The hash of all rows with their contents, and of all deletions: SHA1 over a line
    /// `KEY_HASH MTIME HASH` for each, in order of the keys' hashes, where `HASH` is that of the row,
    /// or `-` if it is deleted. What [`table_hash`](Self::table_hash) cannot tell apart, this does.
    pub fn table_sum(&self, table: &Table) -> Result<HashName, DatabaseError> {
        let mut sum = Sha1Sum::default();
        self.each_row(table, |row| {
            let RowVersion { mtime, content } = row.version();
            let content = content.map_or_else(|| "-".to_owned(), |content| content.to_string());
            sum.add(format!("{} {mtime} {content}\n", row.key).as_bytes());
        })?;
        Ok(sum.finish())
    }

    /// Visits all rows of a table, deleted ones too, in order of their keys' hashes.
    pub fn each_row(
        &self,
        table: &Table,
        mut visit: impl FnMut(HeldRow),
    ) -> Result<(), DatabaseError> {
        let mut after = None;
        loop {
            let page = self.rows_after(table, after.as_ref())?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key);
            page.into_iter().for_each(&mut visit);
        }
    }
}

impl Iterator for RowCatalogue<'_> {
    type Item = Result<CatalogueEntry, DatabaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty() {
            // Nothing follows a page that could not be read.
            let after = match self.next.take()? {
                Start::First => None,
                Start::After(key) => Some(key),
            };
            match self.tx.catalogue_page(self.table, after.as_ref()) {
                Ok(page) => self.page = page.into(),
                Err(error) => return Some(Err(error)),
            }
            self.next = self.page.back().map(|last| Start::After(last.key));
        }
        self.page.pop_front().map(Ok)
    }
}

fn read_table(record: TableRecord) -> Result<Table, ListTablesError> {
    let TableRecord { name, definition, mtime } = record;
    let name = TableName::new(&name)?;
    match Definition::parse(definition.as_bytes()) {
        Ok(definition) => Ok(Table { name, definition, mtime }),
        Err(cause) => Err(ListTablesError::Definition { name, cause }),
    }
}
