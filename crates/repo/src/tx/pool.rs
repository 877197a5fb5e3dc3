//! Connections to one file, opened with care and used again.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use outcrop_format::planted;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::{DatabaseError, Doing as _};
use crate::limits;

/// What may be done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PoolOptions {
    pub(crate) access: Access,
    /// Whether the first write changes the file to a write-ahead log.
    pub(crate) serve: bool,
    /// How long to wait for others to release the file.
    pub(crate) patience: Duration,
}

impl PoolOptions {
    pub(crate) const USUAL: Self =
        Self { access: Access::ReadWrite, serve: false, patience: limits::BUSY_TIMEOUT };
}

/// The connections of one handle that no transaction uses.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    options: PoolOptions,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(path: &Path, options: PoolOptions) -> Self {
        Self { path: path.to_owned(), options, idle: Mutex::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn options(&self) -> PoolOptions {
        self.options
    }

    /// A connection without a transaction.
    pub(super) fn take(&self) -> Result<Connection, DatabaseError> {
        self.take_open().map_or_else(|| connect(&self.path, self.options), Ok)
    }

    /// The same, if one is open.
    pub(super) fn take_open(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a connection for later, unless there are enough, or it is still in a transaction that
    /// could not be ended.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if connection.is_autocommit() && idle.len() < limits::IDLE_CONNECTIONS {
            idle.push(connection);
        }
    }

    /// Closes the connections that no transaction uses.
    pub(super) fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        drop(idle);
    }
}

/// Opens a file that need not be trusted.
///
/// Views, triggers and defaults of a stranger's file may not call functions with side effects, and
/// nothing may write to the tables in which SQLite keeps its own state. Foreign keys are off, as in
/// Fossil: a source may come after its delta. What is committed is on the disk.
fn connect(path: &Path, options: PoolOptions) -> Result<Connection, DatabaseError> {
    let doing = "open the repository file";
    let write = match options.access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = write | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags).doing(doing)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).doing(doing)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).doing(doing)?;
    // Nothing here counts on triggers, and a stranger's may do anything.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).doing(doing)?;
    // Otherwise SQLite plans a statement again whenever a value in it changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).doing(doing)?;
    connection.set_prepared_statement_cache_capacity(limits::PREPARED_STATEMENTS);
    connection.busy_timeout(options.patience).doing(doing)?;
    connection.pragma_update(None, "foreign_keys", false).doing(doing)?;
    // FULL would leave it to chance whether the loss of a rollback journal, which is the commit,
    // reaches the disk.
    let synchronous = if planted!(SkipSync) { "OFF" } else { "EXTRA" };
    connection.pragma_update(None, "synchronous", synchronous).doing(doing)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_reaches_the_disk_and_so_does_the_end_of_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        let connection = connect(&path, PoolOptions::USUAL).unwrap();
        let mode = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let extra = 3;
        assert_eq!(connection.query_row("PRAGMA synchronous", [], mode).unwrap(), extra);
    }
}
