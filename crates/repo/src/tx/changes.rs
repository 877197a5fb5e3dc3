//! Rows of `mlink`: which files a check-in changes.

use rusqlite::Row;

use super::ReadTx;
use super::blobs::name;
use super::error::DatabaseError;
use super::ticket_layout::bytes;
use crate::artifact::FileMode;
use crate::id::Rid;
use crate::read::{FileChange, FileChangeKind};

/// Names with the bytes that they have.
pub(super) const CHANGES: &str = "SELECT f.name, o.name, m.pid, m.fid, m.mperm, b.uuid \
     FROM mlink m CROSS JOIN filename f LEFT JOIN filename o ON o.fnid = m.pfnid \
       LEFT JOIN blob b ON b.rid = m.fid \
     WHERE m.mid = ?1 AND NOT m.isaux AND f.fnid = m.fnid ORDER BY f.name";

impl ReadTx {
    /// The files that a check-in does not have as its primary parent has them, by name. All of them
    /// are new in a check-in without a parent.
    pub fn file_changes(&self, check_in: Rid) -> Result<Vec<FileChange>, DatabaseError> {
        self.all("read what a check-in changes", CHANGES, [check_in.get()], change)
    }
}

fn change(row: &Row<'_>) -> rusqlite::Result<FileChange> {
    let (before, after): (i64, i64) = (row.get(2)?, row.get(3)?);
    let old_name = bytes(row, 1)?;
    let kind = match (before, after) {
        (_, 0) => FileChangeKind::Removed,
        (..=0, _) => FileChangeKind::Added,
        _ if before != after => FileChangeKind::Edited,
        _ if old_name.is_some() => FileChangeKind::Renamed,
        _ => FileChangeKind::ModeChanged,
    };
    let mode = match row.get::<_, Option<i64>>(4)? {
        Some(1) => FileMode::Executable,
        Some(2) => FileMode::Symlink,
        _ => FileMode::Regular,
    };
    let content = (kind != FileChangeKind::Removed).then(|| name(row, 5)).transpose()?;
    Ok(FileChange { name: bytes(row, 0)?.unwrap_or_default(), kind, old_name, content, mode })
}
