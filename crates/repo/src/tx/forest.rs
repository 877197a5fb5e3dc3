//! All artifacts and the deltas between them, for a walk over the whole repository.

use bytes::Bytes;

use super::ReadTx;
use super::blobs::{content, rid, whole_number};
use super::error::DatabaseError;
use crate::id::Rid;

/// An artifact and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeltaLink {
    pub(crate) rid: Rid,
    /// The recorded size; below 0 for a phantom.
    pub(crate) size: i64,
    /// The source, if the artifact is stored as a delta. It need not exist.
    pub(crate) source: Option<i64>,
}

/// One artifact as it is stored, before anything of it is believed.
#[derive(Debug, Clone)]
pub(crate) struct StoredRow {
    /// The text in place of the name.
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) content: Option<Bytes>,
}

impl ReadTx {
    /// All artifacts in the order of their numbers.
    pub(crate) fn delta_links(&self) -> Result<Vec<DeltaLink>, DatabaseError> {
        let sql = "SELECT b.rid, b.size, d.srcid \
                   FROM blob b LEFT JOIN delta d ON d.rid = b.rid ORDER BY b.rid";
        self.all("read which artifacts there are", sql, [], |row| {
            Ok(DeltaLink { rid: rid(row, 0)?, size: whole_number(row, 1)?, source: row.get(2)? })
        })
    }

    /// The numbers of all artifacts that are stored as deltas, in order, and of their sources.
    pub(crate) fn all_deltas(&self) -> Result<Vec<(i64, i64)>, DatabaseError> {
        let sql = "SELECT rid, srcid FROM delta ORDER BY rid";
        self.all("read which deltas there are", sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The link of one artifact.
    pub(crate) fn delta_link(&self, of: Rid) -> Result<Option<DeltaLink>, DatabaseError> {
        let sql = "SELECT b.size, d.srcid \
                   FROM blob b LEFT JOIN delta d ON d.rid = b.rid WHERE b.rid = ?1";
        self.first("follow a delta", sql, [of.get()], |row| {
            Ok(DeltaLink { rid: of, size: whole_number(row, 0)?, source: row.get(1)? })
        })
    }

    /// The rows of `delta` that belong to no artifact.
    pub(crate) fn stray_deltas(&self) -> Result<Vec<i64>, DatabaseError> {
        let sql = "SELECT rid FROM delta WHERE rid NOT IN (SELECT rid FROM blob) ORDER BY rid";
        self.all("read which deltas there are", sql, [], |row| row.get(0))
    }

    /// One artifact as it is stored.
    pub(crate) fn stored_row(&self, of: Rid) -> Result<Option<StoredRow>, DatabaseError> {
        let sql = "SELECT uuid, size, content FROM blob WHERE rid = ?1";
        self.first("read an artifact", sql, [of.get()], |row| {
            let name = row.get_ref(0)?.as_bytes().unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            Ok(StoredRow { name, size: whole_number(row, 1)?, content: content(row, 2)? })
        })
    }
}
