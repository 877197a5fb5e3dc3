//! How commits reach the file. What the modes mean to others is told at [`OpenOptions`].
//!
//! [`OpenOptions`]: crate::OpenOptions

use rusqlite::Connection;

use super::error::{DatabaseError, Doing as _, Failure};
use super::pool::Pool;
use crate::limits::WAL_PATIENCE;
use crate::open::Repo;

impl Pool {
    /// Changes the file to a write-ahead log, unless it has one, or someone reads it for too long.
    pub(super) fn keep_write_ahead_log(&self) -> Result<(), DatabaseError> {
        let doing = "change the file to a write-ahead log";
        let (connection, carried) = self.take_with_carried()?;
        let mode: String =
            connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).doing(doing)?;
        if mode != "wal" {
            connection.busy_timeout(WAL_PATIENCE.min(self.options().patience)).doing(doing)?;
            let changed =
                connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).doing(doing);
            connection.busy_timeout(self.options().patience).doing(doing)?;
            match changed {
                Err(error) if error.failure() != Failure::Busy => return Err(error),
                // The mode is a matter of speed: the write itself can do without.
                _ => {}
            }
        }
        self.give_back_with(connection, carried);
        Ok(())
    }
}

impl Repo {
    /// Brings all that was committed into the file itself, and closes the connections that no
    /// transaction uses. Gives whether all of it is there now: it is not if someone still reads an
    /// older state, or writes.
    ///
    /// Without this, a file that keeps a write-ahead log may lack what stands in the log. Programs
    /// that open the file as a database find it there, but a plain copy of the file does not have
    /// it.
    pub fn settle(&self) -> Result<bool, DatabaseError> {
        let connection = self.pool().take()?;
        self.settle_by(connection)
    }

    /// Does the same for a file that may have another name by now, or none, so that it is not opened
    /// again. Gives `None` if no connection is open that no transaction uses.
    ///
    /// The log keeps its name. Whoever opened a file that has taken the place of this one would take
    /// the log for that file's own, and destroy it.
    pub fn settle_renamed(&self) -> Result<Option<bool>, DatabaseError> {
        self.pool().take_open().map(|connection| self.settle_by(connection)).transpose()
    }

    fn settle_by(&self, connection: Connection) -> Result<bool, DatabaseError> {
        let blocked = checkpoint(&connection)?;
        self.pool().give_back(connection);
        self.pool().close_idle();
        Ok(!blocked)
    }

    /// Makes the file as small as its content allows. Needs as much free disk as the file has
    /// bytes, and nobody else may use the file meanwhile.
    pub(crate) fn vacuum(&self) -> Result<(), DatabaseError> {
        let connection = self.pool().take()?;
        connection.execute_batch("VACUUM").doing("compact the file")?;
        checkpoint(&connection)?;
        self.pool().give_back(connection);
        Ok(())
    }
}

/// Brings the log into the file and empties it. Gives whether someone was in the way.
fn checkpoint(connection: &Connection) -> Result<bool, DatabaseError> {
    let doing = "bring the write-ahead log into the file";
    // In other modes there is nothing to do, and nobody in the way.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).doing(doing)
}
