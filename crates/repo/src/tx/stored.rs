//! Artifacts as they are stored, to be passed on without being expanded.

use std::ops::ControlFlow;

use bytes::Bytes;
use outcrop_format::hash::HashName;
use rusqlite::Row;

use super::ReadTx;
use super::announce::ABSENT;
use super::blobs::{content, name, rid, whole_number};
use super::error::DatabaseError;
use crate::id::Rid;

/// An artifact in the form in which it is stored.
#[derive(Debug, Clone)]
pub struct StoredArtifact {
    /// Its row.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
    /// Bytes of the artifact, whole.
    pub size: u64,
    /// Whether it is to be kept from those who may not see what is private.
    pub private: bool,
    /// An envelope of the content, or of a delta that makes it out of the source.
    pub sealed: Bytes,
    /// The source, if it is stored as a delta.
    pub source: Option<StoredSource>,
}

/// What a stored delta builds upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSource {
    /// Its name.
    pub name: HashName,
    /// Whether it is to be kept from those who may not see what is private.
    pub private: bool,
    /// Whether it is not wanted, and so not passed on.
    pub shunned: bool,
}

/// A row of an artifact that is held, as it is read: what is in it is still SQLite's.
#[derive(Debug, Clone, Copy)]
pub struct PlainRow<'r> {
    /// Its number.
    pub rid: Rid,
    /// The name of the artifact.
    pub name: HashName,
    /// Bytes of the artifact, whole.
    pub size: u64,
    /// An envelope of the content, or of a delta that makes it out of the source.
    pub sealed: &'r [u8],
    /// The row of the source, if it is stored as a delta.
    pub source: Option<Rid>,
}

const SELECT: &str = "SELECT b.rid, b.uuid, b.size, \
     EXISTS(SELECT 1 FROM private p WHERE p.rid = b.rid), b.content, s.uuid, \
     EXISTS(SELECT 1 FROM private p WHERE p.rid = d.srcid), \
     EXISTS(SELECT 1 FROM shun WHERE uuid = s.uuid) \
     FROM blob b LEFT JOIN delta d ON d.rid = b.rid LEFT JOIN blob s ON s.rid = d.srcid \
     WHERE b.size >= 0 AND b.rid NOT IN (SELECT rid FROM absent) \
     AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid) ";

/// The same where nothing is to be kept from anyone: nothing is looked up for each row in vain.
const SELECT_ALL: &str = "SELECT b.rid, b.uuid, b.size, 0, b.content, s.uuid, 0, 0 \
     FROM blob b LEFT JOIN delta d ON d.rid = b.rid LEFT JOIN blob s ON s.rid = d.srcid \
     WHERE b.size >= 0 AND b.rid >= ?1 ORDER BY b.rid";

/// The same without the names of sources, each of which is a look at another part of the file.
const SELECT_ROWS: &str = "SELECT b.rid, b.uuid, b.size, b.content, d.srcid \
     FROM blob b LEFT JOIN delta d ON d.rid = b.rid \
     WHERE b.size >= 0 AND b.rid >= ?1 ORDER BY b.rid";

const DOING: &str = "read artifacts as they are stored";

impl ReadTx {
    /// Shows what is held and not shunned, in the order of rows from `first` on, for as long as
    /// `show` wants more. What is private is left out unless `private` says otherwise.
    pub fn walk_stored(
        &self,
        first: u32,
        private: bool,
        mut show: impl FnMut(StoredArtifact) -> ControlFlow<()>,
    ) -> Result<(), DatabaseError> {
        let show_row =
            |row: &Row<'_>| Ok(artifact(row)?.map_or(ControlFlow::Continue(()), &mut show));
        if self.hides_nothing()? {
            return self.each(DOING, SELECT_ALL, [first], show_row);
        }
        let who = "AND b.rid >= ?1 AND (?2 OR b.rid NOT IN (SELECT rid FROM private)) ";
        let sql = [ABSENT, SELECT, who, "ORDER BY b.rid"].concat();
        self.each(DOING, &sql, (first, private), show_row)
    }

    /// Shows all that is held, in the order of rows from `first` on, for as long as `show` wants more:
    /// what is to be kept from someone, too, so [`hides_nothing`](Self::hides_nothing) comes first.
    pub fn walk_rows(
        &self,
        first: u32,
        mut show: impl FnMut(PlainRow<'_>) -> ControlFlow<()>,
    ) -> Result<(), DatabaseError> {
        self.each(DOING, SELECT_ROWS, [first], |row| {
            // A size without content: the row is damaged.
            let Ok(sealed) = row.get_ref(3)?.as_bytes() else {
                return Ok(ControlFlow::Continue(()));
            };
            let size = u64::try_from(whole_number(row, 2)?).unwrap_or_default();
            let source = Rid::new(whole_number(row, 4)?);
            Ok(show(PlainRow { rid: rid(row, 0)?, name: name(row, 1)?, size, sealed, source }))
        })
    }

    /// The name in a row of an artifact.
    pub fn name_in(&self, rid: Rid) -> Result<Option<HashName>, DatabaseError> {
        let sql = "SELECT uuid FROM blob WHERE rid = ?1";
        self.first("look up the name of an artifact", sql, [rid.get()], |row| name(row, 0))
    }

    /// Whether everything is here, and for everyone to see.
    pub fn hides_nothing(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT NOT (EXISTS(SELECT 1 FROM private) OR EXISTS(SELECT 1 FROM shun) \
                   OR EXISTS(SELECT 1 FROM phantom))";
        Ok(self.first(DOING, sql, [], |row| row.get(0))?.unwrap_or(false))
    }

    /// One artifact, if it is held and not shunned.
    pub fn stored_artifact(&self, rid: Rid) -> Result<Option<StoredArtifact>, DatabaseError> {
        let sql = [ABSENT, SELECT, "AND b.rid = ?1"].concat();
        Ok(self.first(DOING, &sql, [rid.get()], artifact)?.flatten())
    }
}

/// `None` if the row is damaged: a size without content.
fn artifact(row: &Row<'_>) -> rusqlite::Result<Option<StoredArtifact>> {
    let Some(sealed) = content(row, 4)? else { return Ok(None) };
    let source = match row.get_ref(5)?.as_bytes() {
        Ok(_) => {
            Some(StoredSource { name: name(row, 5)?, private: row.get(6)?, shunned: row.get(7)? })
        }
        Err(_) => None,
    };
    Ok(Some(StoredArtifact {
        rid: rid(row, 0)?,
        name: name(row, 1)?,
        size: u64::try_from(whole_number(row, 2)?).unwrap_or_default(),
        private: row.get(3)?,
        sealed,
        source,
    }))
}
