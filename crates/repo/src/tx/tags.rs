//! Branches and tags, listed.

use super::ReadTx;
use super::blobs::{name, rid};
use super::error::DatabaseError;
use super::timeline::{lossy, moment, page};
use crate::id::Rid;
use crate::read::{Branch, OpenBranch, TagOn, Tagged};

const DOING: &str = "list branches and tags";

/// Of several check-ins in a group, SQLite takes the columns of the one with the largest time.
pub(super) const BRANCHES: &str = "SELECT x.value, max(e.mtime), \
       EXISTS(SELECT 1 FROM tagxref c WHERE c.rid = x.rid AND c.tagid = 9 AND c.tagtype > 0), \
       (SELECT b.uuid FROM blob b WHERE b.rid = x.rid), count(*) \
     FROM tagxref x CROSS JOIN event e \
     WHERE x.tagid = 8 AND x.tagtype > 0 AND e.objid = x.rid AND x.value > ?1 \
     GROUP BY x.value ORDER BY x.value LIMIT ?2";

pub(super) const OPEN_BRANCHES: &str = "SELECT x.value, max(e.mtime), b.uuid \
     FROM leaf l CROSS JOIN event e CROSS JOIN tagxref x CROSS JOIN blob b \
     WHERE e.objid = l.rid AND x.rid = l.rid AND x.tagid = 8 AND x.tagtype > 0 \
       AND x.value IS NOT NULL AND b.rid = l.rid \
       AND NOT EXISTS(SELECT 1 FROM tagxref c WHERE c.rid = l.rid AND c.tagid = 9 AND c.tagtype > 0) \
       AND NOT EXISTS(SELECT 1 FROM private p WHERE p.rid = l.rid) \
     GROUP BY x.value ORDER BY max(e.mtime) DESC LIMIT ?1";

pub(super) const TAG_NAMES: &str = "SELECT substr(t.tagname, 5) FROM tag t \
     WHERE t.tagname > 'sym-' || ?1 AND t.tagname < 'sym.' \
     AND EXISTS(SELECT 1 FROM tagxref x WHERE x.tagid = t.tagid AND x.tagtype > 0) \
     ORDER BY t.tagname LIMIT ?2";

pub(super) const TAGS_ON: &str = "SELECT t.tagname, x.value, x.tagtype = 2, x.srcid = 0 \
     FROM tagxref x CROSS JOIN tag t \
     WHERE x.rid = ?1 AND x.tagtype > 0 AND t.tagid = x.tagid AND t.tagname > ?2 \
     ORDER BY t.tagname LIMIT ?3";

/// What is in no timeline has the time of the tag.
pub(super) const TAGGED: &str = "SELECT x.rid, b.uuid, x.value, x.srcid = 0 \
     FROM tag t CROSS JOIN tagxref x CROSS JOIN blob b LEFT JOIN event e ON e.objid = x.rid \
     WHERE t.tagname = ?1 AND x.tagid = t.tagid AND x.tagtype > 0 AND b.rid = x.rid \
     ORDER BY coalesce(e.mtime, x.mtime) DESC, x.rid DESC LIMIT ?3 OFFSET ?2";

impl ReadTx {
    /// Branches, by name: those behind `after`, up to `limit`, and no more than
    /// [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn branches(&self, after: &str, limit: usize) -> Result<Vec<Branch>, DatabaseError> {
        self.all(DOING, BRANCHES, (after, page(limit)), |row| {
            Ok(Branch {
                name: lossy(row, 0)?.unwrap_or_default(),
                tip: name(row, 3)?,
                last: moment(row, 1)?,
                is_closed: row.get(2)?,
                check_ins: row.get::<_, i64>(4)?.unsigned_abs(),
            })
        })
    }

    /// Branches that are neither closed nor private, the one that has changed last first: up to
    /// `limit`, and no more than [`LIST_ROWS`](crate::limits::LIST_ROWS). Takes as long as there are
    /// leaves, and not check-ins.
    pub fn open_branches(&self, limit: usize) -> Result<Vec<OpenBranch>, DatabaseError> {
        self.all(DOING, OPEN_BRANCHES, [page(limit)], |row| {
            Ok(OpenBranch {
                name: lossy(row, 0)?.unwrap_or_default(),
                tip: name(row, 2)?,
                last: moment(row, 1)?,
            })
        })
    }

    /// Names of the tags that people gave, branches among them: those behind `after`, up to
    /// `limit`, and no more than [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn tag_names(&self, after: &str, limit: usize) -> Result<Vec<String>, DatabaseError> {
        self.all(DOING, TAG_NAMES, (after, page(limit)), |row| {
            Ok(lossy(row, 0)?.unwrap_or_default())
        })
    }

    /// The tags on an artifact, by name: those behind `after`, up to `limit`, and no more than
    /// [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn tags_on(
        &self,
        artifact: Rid,
        after: &str,
        limit: usize,
    ) -> Result<Vec<TagOn>, DatabaseError> {
        self.all(DOING, TAGS_ON, (artifact.get(), after, page(limit)), |row| {
            Ok(TagOn {
                name: lossy(row, 0)?.unwrap_or_default(),
                value: lossy(row, 1)?,
                is_propagating: row.get(2)?,
                is_inherited: row.get(3)?,
            })
        })
    }

    /// The artifacts that have a tag, by its whole name, the newest first: those behind the first
    /// `skip`, up to `limit`, and no more than [`LIST_ROWS`](crate::limits::LIST_ROWS).
    pub fn having_tag(
        &self,
        tag: &str,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Tagged>, DatabaseError> {
        let skip = i64::try_from(skip).unwrap_or(i64::MAX);
        self.all(DOING, TAGGED, (tag, skip, page(limit)), |row| {
            Ok(Tagged {
                rid: rid(row, 0)?,
                name: name(row, 1)?,
                value: lossy(row, 2)?,
                is_inherited: row.get(3)?,
            })
        })
    }
}
