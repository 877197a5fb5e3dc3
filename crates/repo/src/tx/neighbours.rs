//! Artifacts that may be told as changes of one another, in families.

use super::ReadTx;
use super::blobs::rid;
use super::error::DatabaseError;
use crate::id::Rid;

/// An artifact that is stored whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) rid: Rid,
    /// Bytes of the content, as recorded.
    pub(crate) size: u64,
    /// The same for the members of one family.
    pub(crate) family: i64,
}

/// All check-ins are one family, and the versions of one page, ticket or note.
const EVENTS: &str = "SELECT m.rid, b.size, m.family FROM (\
     SELECT objid AS rid, mtime, \
     dense_rank() OVER (ORDER BY type, CASE type WHEN 'ci' THEN 0 ELSE tagid END) AS family \
     FROM event) m CROSS JOIN blob b ON b.rid = m.rid \
     WHERE b.size >= ?1 AND NOT EXISTS(SELECT 1 FROM delta d WHERE d.rid = b.rid) \
     AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid) ORDER BY m.family, m.mtime DESC";

/// The versions of files with one name are a family. Most are deltas: those are left out first.
const FILES: &str = "SELECT b.rid, b.size, m.fnid FROM (\
     SELECT DISTINCT fid FROM mlink \
     WHERE fid > 0 AND NOT EXISTS(SELECT 1 FROM delta d WHERE d.rid = mlink.fid)) w \
     CROSS JOIN blob b ON b.rid = w.fid \
     CROSS JOIN mlink m ON m.fid = b.rid CROSS JOIN event e ON e.objid = m.mid \
     WHERE b.size >= ?1 AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid) \
     GROUP BY m.fnid, b.rid ORDER BY m.fnid, max(e.mtime) DESC";

impl ReadTx {
    /// Events that are stored whole: family by family, the latest first.
    pub(crate) fn whole_events(&self, min_size: usize) -> Result<Vec<Whole>, DatabaseError> {
        self.whole(EVENTS, min_size)
    }

    /// Files that are stored whole: family by family, the latest first. A file that had several
    /// names is in several families.
    pub(crate) fn whole_files(&self, min_size: usize) -> Result<Vec<Whole>, DatabaseError> {
        self.whole(FILES, min_size)
    }

    fn whole(&self, which: &str, min_size: usize) -> Result<Vec<Whole>, DatabaseError> {
        let min_size = i64::try_from(min_size).unwrap_or(i64::MAX);
        self.all("look for artifacts to compact", which, [min_size], |row| {
            // The query leaves none that is below zero.
            let size = row.get::<_, i64>(1)?.unsigned_abs();
            Ok(Whole { rid: rid(row, 0)?, size, family: row.get(2)? })
        })
    }

    /// Every delta and its source.
    pub(crate) fn delta_sources(&self) -> Result<Vec<(i64, i64)>, DatabaseError> {
        let sql = "SELECT rid, srcid FROM delta";
        self.all("read which deltas there are", sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
