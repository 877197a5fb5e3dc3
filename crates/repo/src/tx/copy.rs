//! Copying the file, page by page, while it is used.

use std::ops::ControlFlow;
use std::path::Path;

use outcrop_format::planted;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::ReadTx;
use super::error::{DatabaseError, Doing as _};
use crate::limits::COPY_PAGES;

impl ReadTx {
    /// Copies the state that this transaction sees into an empty file. Gives whether `progress`,
    /// which is told the pages done and the pages in all, let it come to the end.
    ///
    /// The copy has a rollback journal, whatever the original has: it stands in one file. It is
    /// not synced.
    pub(crate) fn copy_to(
        &self,
        to: &Path,
        mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<bool, DatabaseError> {
        let doing = "copy the file";
        let source = self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery).doing(doing)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(to, flags).doing(doing)?;
        // Whoever makes the copy removes it if anything goes wrong, and syncs it if not.
        copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").doing(doing)?;
        {
            let backup = Backup::new(source, &mut copy).doing(doing)?;
            let pages = if planted!(HalfCopy) { 1 } else { COPY_PAGES };
            let pages = i32::try_from(pages).unwrap_or(i32::MAX);
            loop {
                let stepped = backup.step(pages).doing(doing)?;
                let told = backup.progress();
                let [left, total] = [told.remaining, told.pagecount].map(i32::cast_unsigned);
                let done = u64::from(total.saturating_sub(left));
                let breaks_off = progress(done, u64::from(total)).is_break();
                match stepped {
                    StepResult::Done => break,
                    StepResult::More if planted!(HalfCopy) => break,
                    _ if breaks_off => return Ok(false),
                    // This transaction holds the one, and nobody knows the other: there is no
                    // waiting, unless a file system locks in strange ways.
                    StepResult::More => {}
                    _ => return Err(DatabaseError::busy(doing)),
                }
            }
        }
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).doing(doing)?;
        copy.close().map_err(|(_, error)| error).doing(doing)?;
        Ok(true)
    }
}
