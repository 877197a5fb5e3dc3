//! One statement at a time.

use std::ops::ControlFlow;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row, ffi};

use super::error::{DatabaseError, Doing as _};
use super::{ReadTx, WriteTx};
use crate::limits;

impl ReadTx {
    pub(super) fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.live()?.prepare_cached(sql)
    }

    /// The connection, in its transaction. When SQLite has no memory or no disk left it may end a
    /// transaction by itself; what is written after that would be real at once, without the rest.
    pub(super) fn live(&self) -> rusqlite::Result<&Connection> {
        // The connection is there for as long as anyone can ask.
        let connection = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)?;
        if connection.is_autocommit() {
            let code = ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK);
            let told = "the transaction was rolled back when something in it failed";
            return Err(rusqlite::Error::SqliteFailure(code, Some(told.to_owned())));
        }
        Ok(connection)
    }

    /// The first row, if there is one.
    pub(super) fn first<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, DatabaseError> {
        self.prepare(sql)
            .and_then(|mut statement| statement.query_row(params, read).optional())
            .doing(doing)
    }

    /// The row that there must be.
    pub(super) fn only<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        self.prepare(sql).and_then(|mut statement| statement.query_row(params, read)).doing(doing)
    }

    /// All rows.
    pub(super) fn all<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, DatabaseError> {
        self.prepare(sql)
            .and_then(|mut statement| statement.query_map(params, read)?.collect())
            .doing(doing)
    }

    /// Row after row, for as long as `visit` wants more.
    pub(super) fn each(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
    ) -> Result<(), DatabaseError> {
        let visited = self.prepare(sql).and_then(|mut statement| {
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                if visit(row)?.is_break() {
                    break;
                }
            }
            Ok(())
        });
        visited.doing(doing)
    }

    /// Gives this connection as much memory as work on many artifacts needs: an index over random
    /// names is read and written all over.
    pub(crate) fn work_in_bulk(&self) -> Result<(), DatabaseError> {
        let kib = limits::BULK_PAGES / 1024;
        let sql = format!("PRAGMA cache_spill = -{kib}; PRAGMA cache_size = -{kib}");
        self.execute_all("allow memory for pages", &sql)
    }

    /// Gives this connection as much memory as a batch of artifacts needs. With a rollback journal,
    /// pages that find no room are written before the end, each time after two flushes; a log has
    /// none of these, and many connections of a server would keep the memory.
    pub(crate) fn work_on_a_batch(&self) -> Result<(), DatabaseError> {
        if self.pool.options().serve { Ok(()) } else { self.work_in_bulk() }
    }

    /// Runs several statements.
    pub(super) fn execute_all(&self, doing: &'static str, sql: &str) -> Result<(), DatabaseError> {
        self.live().and_then(|connection| connection.execute_batch(sql)).doing(doing)
    }
}

impl WriteTx {
    /// Writes, and says how many rows changed.
    pub(super) fn execute(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<usize, DatabaseError> {
        self.prepare(sql).and_then(|mut statement| statement.execute(params)).doing(doing)
    }

    /// Writes once for each set of values. If there is none, not even the statement is made.
    pub(super) fn execute_each<P: Params>(
        &self,
        doing: &'static str,
        sql: &str,
        values: impl Iterator<Item = P>,
    ) -> Result<(), DatabaseError> {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return Ok(());
        }
        let mut statement = self.prepare(sql).doing(doing)?;
        for values in values {
            statement.execute(values).doing(doing)?;
        }
        Ok(())
    }

    /// Writes a row, and gives its number.
    pub(super) fn insert(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<i64, DatabaseError> {
        self.prepare(sql).and_then(|mut statement| statement.insert(params)).doing(doing)
    }

    /// Writes a row unless it is there already, and gives the number of a new one.
    pub(super) fn insert_new(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
    ) -> Result<Option<i64>, DatabaseError> {
        let is_new = self.execute(doing, sql, params)? > 0;
        let connection = self.live().doing(doing)?;
        Ok(is_new.then(|| connection.last_insert_rowid()))
    }

    /// Makes indexes, for which SQLite sorts rows in as much memory as it may have for pages, beside these.
    /// Pages that are to be written stay in memory as they do otherwise.
    pub(super) fn make_indexes(
        &self,
        make: impl FnOnce(&Self) -> Result<(), DatabaseError>,
    ) -> Result<(), DatabaseError> {
        self.work_in_bulk()?;
        let kib = limits::INDEX_SORTED / 1024;
        self.execute_all("allow memory for pages", &format!("PRAGMA cache_size = -{kib}"))?;
        make(self)?;
        self.work_in_bulk()
    }
}
