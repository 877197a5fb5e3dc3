//! Defining tables, and changing rows here.

use outcrop_format::hash::HashName;

use super::evolution::{Evolution, EvolutionError};
use super::resolve::{may_write, owner_after};
use super::{Author, DefineError, Definition, HeldRow, Row, Table, TableName, WriteRowError};
use crate::limits::MAX_TABLES;
use crate::tx::{DatabaseError, WriteTx};

/// What a definition has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defined {
    /// The table is new.
    New,
    /// The table has got new columns.
    Grown,
    /// The table has all these columns already.
    Known,
}

impl WriteTx {
    /// Makes a table, or adds columns to one. `now` is the time in seconds since 1970.
    ///
    /// No other change is possible: no column can go, change its type or enter the key, and the
    /// rule for conflicts stays.
    pub fn define_table(
        &self,
        name: &TableName,
        definition: &Definition,
        now: i64,
    ) -> Result<Defined, DefineError> {
        if let Some(table) = self.table(name)?
            && let Some(column) = table.definition.missing_in(definition).next()
        {
            let cause = EvolutionError::Removed(column.name.clone());
            return Err(DefineError::Evolution { name: name.clone(), cause });
        }
        self.learn_table(name, definition, now)
    }

    /// Takes a peer's definition of a table, made at `mtime`. Columns that the peer does not know
    /// stay.
    pub fn learn_table(
        &self,
        name: &TableName,
        definition: &Definition,
        mtime: i64,
    ) -> Result<Defined, DefineError> {
        let Some(table) = self.table(name)? else {
            self.make_registry()?;
            if self.count_tables()? >= MAX_TABLES {
                return Err(DefineError::TooMany { name: name.clone(), limit: MAX_TABLES });
            }
            let table = Table { name: name.clone(), definition: definition.clone(), mtime };
            self.make_table(&table)?;
            self.record_table(&table)?;
            return Ok(Defined::New);
        };
        let Evolution { merged, added } = table
            .definition
            .evolve(definition)
            .map_err(|cause| DefineError::Evolution { name: name.clone(), cause })?;
        for column in &added {
            self.add_column(name, column)?;
        }
        let grown = Table { name: name.clone(), definition: merged, mtime: mtime.max(table.mtime) };
        if grown != table {
            self.record_table(&grown)?;
        }
        Ok(if added.is_empty() { Defined::Known } else { Defined::Grown })
    }

    /// Writes a row in the place of the one that has its key, and gives the time that the row has
    /// now: `now`, in seconds since 1970, or a second after the row that was there, so that peers
    /// take the new one for the newer one.
    pub fn put_row(
        &self,
        table: &Table,
        row: &Row,
        now: i64,
        author: Author<'_>,
    ) -> Result<i64, WriteRowError> {
        row.check_len()?;
        if row.is_deleted() {
            return Err(WriteRowError::Empty);
        }
        let held = self.row(table, &row.key_hash())?;
        let mtime = later(table, held.as_ref(), now, author)?;
        self.replace_row(table, row, mtime, held.as_ref(), author)?;
        Ok(mtime)
    }

    /// Deletes the row whose key has this hash, and gives the time of its deletion, as
    /// [`put_row`](Self::put_row) does; `None` if there is no such row.
    pub fn delete_row(
        &self,
        table: &Table,
        key: &HashName,
        now: i64,
        author: Author<'_>,
    ) -> Result<Option<i64>, WriteRowError> {
        if !table.definition.can_delete() {
            return Err(WriteRowError::CannotDelete(table.name.clone()));
        }
        let Some(held) = self.row(table, key)?.filter(|held| !held.row.is_deleted()) else {
            return Ok(None);
        };
        let mtime = later(table, Some(&held), now, author)?;
        self.replace_row(table, &held.row.tombstone(), mtime, Some(&held), author)?;
        Ok(Some(mtime))
    }

    /// Writes a row that was found good.
    pub(super) fn replace_row(
        &self,
        table: &Table,
        row: &Row,
        mtime: i64,
        held: Option<&HeldRow>,
        author: Author<'_>,
    ) -> Result<(), DatabaseError> {
        let owner = held.map_or("", |held| &held.owner);
        let owner = owner_after(table.definition.conflict(), owner, author);
        self.write_row(&table.name, row, mtime, owner)
    }
}

/// The time of a change, if the author may make it.
fn later(
    table: &Table,
    held: Option<&HeldRow>,
    now: i64,
    author: Author<'_>,
) -> Result<i64, WriteRowError> {
    let Some(held) = held else { return Ok(now) };
    may_write(table.definition.conflict(), &held.owner, author)?;
    let next = held.mtime.checked_add(1).ok_or(WriteRowError::EndOfTime(held.key))?;
    Ok(next.max(now))
}
