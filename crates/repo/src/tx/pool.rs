//! Connections to one file, opened with care and used again.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outcrop_format::planted;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::carry::Carried;
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
    /// Whether to keep others from using the file, from the first look at it.
    pub(crate) alone: bool,
    /// How long to wait for others to release the file.
    pub(crate) patience: Duration,
    /// Bytes of the pages of a file that is made, unless SQLite is to choose.
    pub(crate) page_size: Option<u32>,
}

impl PoolOptions {
    pub(crate) const USUAL: Self = Self {
        access: Access::ReadWrite,
        serve: false,
        alone: false,
        patience: limits::BUSY_TIMEOUT,
        page_size: None,
    };
}

/// The connections of one handle that no transaction uses.
#[derive(Debug)]
pub(crate) struct Pool {
    path: PathBuf,
    options: PoolOptions,
    idle: Mutex<Vec<Idle>>,
    /// How many want contents to be carried.
    pub(super) carrying: AtomicUsize,
    pub(super) watcher: Mutex<Watcher>,
}

/// A connection that no transaction uses.
#[derive(Debug)]
struct Idle {
    connection: Connection,
    /// What the last transaction has left for the next.
    carried: Option<Box<Carried>>,
}

/// A connection that only looks whether others have committed something.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    pub(super) connection: Option<Connection>,
    /// How often it was opened.
    pub(super) opened: u64,
}

impl Pool {
    pub(crate) fn new(path: &Path, options: PoolOptions) -> Self {
        let (idle, carrying, watcher) = Default::default();
        Self { path: path.to_owned(), options, idle, carrying, watcher }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn options(&self) -> PoolOptions {
        self.options
    }

    /// A connection without a transaction.
    pub(super) fn take(&self) -> Result<Connection, DatabaseError> {
        Ok(self.take_with_carried()?.0)
    }

    /// A connection without a transaction, and what was left with it.
    pub(super) fn take_with_carried(
        &self,
    ) -> Result<(Connection, Option<Box<Carried>>), DatabaseError> {
        match self.idle().pop() {
            Some(Idle { connection, carried }) => Ok((connection, carried)),
            None => Ok((self.connect()?, None)),
        }
    }

    /// A new connection.
    pub(super) fn connect(&self) -> Result<Connection, DatabaseError> {
        connect(&self.path, self.options)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that is open, whatever it was for.
    pub(super) fn take_open(&self) -> Option<Connection> {
        let idle = self.idle().pop().map(|idle| idle.connection);
        idle.or_else(|| self.take_watcher())
    }

    fn take_watcher(&self) -> Option<Connection> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner).connection.take()
    }

    /// Keeps a connection for later, unless there are enough, or it is still in a transaction that
    /// could not be ended.
    pub(super) fn give_back(&self, connection: Connection) {
        self.give_back_with(connection, None);
    }

    /// Keeps with it what was expanded, in place of what another one has.
    pub(super) fn give_back_with(&self, connection: Connection, carried: Option<Box<Carried>>) {
        let mut idle = self.idle();
        let carried = carried.filter(|_| self.carries());
        if carried.is_some() {
            idle.iter_mut().for_each(|idle| idle.carried = None);
        }
        if connection.is_autocommit() && idle.len() < limits::IDLE_CONNECTIONS {
            idle.push(Idle { connection, carried });
        }
    }

    pub(super) fn drop_carried(&self) {
        self.idle().iter_mut().for_each(|idle| idle.carried = None);
    }

    /// Undoes what a writer has left half done that was killed. SQLite does so by itself for whoever
    /// opens the file to write; who only reads must have it done, since the file cannot be read
    /// before.
    pub(super) fn undo_unfinished(&self, why: DatabaseError) -> Result<(), DatabaseError> {
        let options = PoolOptions { access: Access::ReadWrite, ..self.options };
        let undone = connect(&self.path, options)
            .and_then(|connection| connection.execute_batch(FIRST_LOOK).doing(OPENING));
        // Who may not write either hears of what was left, not of the second attempt.
        undone.map_err(|_| why)
    }

    /// Closes the connections that no transaction uses.
    pub(super) fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop((idle, self.take_watcher()));
    }
}

const OPENING: &str = "open the repository file";

/// What makes SQLite look at the file, and at what stands beside it.
const FIRST_LOOK: &str = "SELECT count(*) FROM sqlite_schema";

/// Opens a file that need not be trusted.
///
/// Views, triggers and defaults of a stranger's file may not call functions with side effects, and
/// nothing may write to the tables in which SQLite keeps its own state. Foreign keys are off, as in
/// Fossil: a source may come after its delta. What is committed is on the disk.
pub(super) fn connect(path: &Path, options: PoolOptions) -> Result<Connection, DatabaseError> {
    let doing = OPENING;
    let write = match options.access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = write | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags).doing(doing)?;
    if options.alone {
        // Before anything makes SQLite look at the file.
        connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(())).doing(doing)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).doing(doing)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).doing(doing)?;
    // Nothing here counts on triggers, and a stranger's may do anything.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).doing(doing)?;
    // Otherwise SQLite plans a statement again whenever a value in it changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).doing(doing)?;
    connection.set_prepared_statement_cache_capacity(limits::PREPARED_STATEMENTS);
    connection.busy_timeout(options.patience).doing(doing)?;
    if let Some(bytes) = options.page_size {
        connection.pragma_update(None, "page_size", bytes).doing(doing)?;
    }
    connection.pragma_update(None, "foreign_keys", false).doing(doing)?;
    promise(&connection, Promise::Lasting).doing(doing)?;
    Ok(connection)
}

/// What is promised of a commit, should the power fail right after it. In both cases the file is
/// whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// It lasts.
    Lasting,
    /// It may never have been.
    Forgettable,
}

/// Has the next transactions promise this.
pub(super) fn promise(connection: &Connection, promise: Promise) -> rusqlite::Result<()> {
    let synchronous = match promise {
        _ if planted!(SkipSync) => "OFF",
        Promise::Lasting => "EXTRA",
        // This leaves it to chance whether the loss of a rollback journal, which is the commit,
        // reaches the disk.
        Promise::Forgettable => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::tx::WriteTx;

    #[test]
    fn a_commit_reaches_the_disk_and_so_does_the_end_of_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        let connection = connect(&path, PoolOptions::USUAL).unwrap();
        let mode = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let (full, extra) = (2, 3);
        assert_eq!(connection.query_row("PRAGMA synchronous", [], mode).unwrap(), extra);
        promise(&connection, Promise::Forgettable).unwrap();
        assert_eq!(connection.query_row("PRAGMA synchronous", [], mode).unwrap(), full);
    }

    #[test]
    fn sqlite_is_built_with_the_options_of_this_workspace() {
        let connection = Connection::open_in_memory().unwrap();
        for option in ["DEFAULT_MEMSTATUS=0", "DEFAULT_PCACHE_INITSZ=0"] {
            let sql = "SELECT sqlite_compileoption_used(?1)";
            let used: bool = connection.query_row(sql, [option], |row| row.get(0)).unwrap();
            assert!(used, "{option}");
        }
    }

    #[test]
    fn who_may_be_forgotten_leaves_the_next_one_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        let pool = Arc::new(Pool::new(&path, PoolOptions::USUAL));
        let promised = |tx: &WriteTx| {
            tx.only("ask", "PRAGMA synchronous", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let (full, extra) = (2, 3);
        for _ in 0..2 {
            let notes = WriteTx::begin_forgettable(&pool).unwrap();
            assert_eq!(promised(&notes), full);
            notes.commit().unwrap();
            let lasting = WriteTx::begin(&pool).unwrap();
            assert_eq!(promised(&lasting), extra);
        }
        assert_eq!(pool.idle.lock().unwrap().len(), 1, "all by one connection");
    }
}
