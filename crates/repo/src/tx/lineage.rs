//! Parents, children and branches of check-ins.

use outcrop_format::hash::HashName;
use rusqlite::Row;

use super::ReadTx;
use super::blobs::rid;
use super::error::DatabaseError;
use super::timeline::{lossy, moment};
use crate::artifact::Moment;
use crate::id::Rid;
use crate::limits;
use crate::read::{EventKind, Relative};

/// `branch` and `closed` have these numbers in every repository.
pub(super) const BRANCH_TAG: i64 = 8;
const CLOSED_TAG: i64 = 9;

/// What the main branch is called where no setting says so.
const MAIN_BRANCH: &str = "trunk";

const DOING: &str = "look up where a check-in stands";

pub(super) const PARENTS: &str = "SELECT p.pid, p.isprim, e.mtime \
     FROM plink p LEFT JOIN event e ON e.objid = p.pid \
     WHERE p.cid = ?1 AND p.pid > 0 ORDER BY p.isprim DESC, p.rowid";

pub(super) const CHILDREN: &str = "SELECT p.cid, p.isprim, e.mtime \
     FROM plink p LEFT JOIN event e ON e.objid = p.cid \
     WHERE p.pid = ?1 ORDER BY p.isprim DESC, p.mtime";

/// Back along primary parents, to the last that is on the branch (`?3` is 1), or the one before.
pub(super) const BRANCH_START: &str = "WITH RECURSIVE line(rid, on_branch, steps) AS ( \
       SELECT p.pid, EXISTS(SELECT 1 FROM tagxref x WHERE x.tagid = 8 AND x.tagtype > 0 \
           AND x.value = ?2 AND x.rid = p.pid), 1 \
       FROM plink p WHERE p.cid = ?1 AND p.isprim \
       UNION ALL \
       SELECT p.pid, EXISTS(SELECT 1 FROM tagxref x WHERE x.tagid = 8 AND x.tagtype > 0 \
           AND x.value = ?2 AND x.rid = p.pid), line.steps + 1 \
       FROM line CROSS JOIN plink p WHERE p.cid = line.rid AND p.isprim AND line.on_branch \
       LIMIT ?4 \
     ) SELECT rid FROM line WHERE on_branch >= ?3 ORDER BY steps DESC LIMIT 1";

/// Back along all parents, the newest first, to the first that is on the branch.
pub(super) const YOUNGEST_ANCESTOR: &str = "WITH RECURSIVE line(rid, mtime) AS ( \
       SELECT objid, mtime FROM event WHERE objid = ?1 \
       UNION \
       SELECT p.pid, e.mtime FROM line CROSS JOIN plink p CROSS JOIN event e \
       WHERE p.cid = line.rid AND e.objid = p.pid ORDER BY mtime DESC \
     ) SELECT rid FROM line WHERE EXISTS(SELECT 1 FROM tagxref x WHERE x.tagid = 8 \
         AND x.rid = line.rid AND x.value = ?2 AND x.tagtype > 0) LIMIT 1";

impl ReadTx {
    /// What a check-in comes from, its primary parent first. Versions of wiki pages, technotes and
    /// forum posts have parents too.
    pub fn parents(&self, check_in: Rid) -> Result<Vec<Relative>, DatabaseError> {
        self.all(DOING, PARENTS, [check_in.get()], relative)
    }

    /// What came of a check-in, those first whose primary parent it is.
    pub fn children(&self, check_in: Rid) -> Result<Vec<Relative>, DatabaseError> {
        self.all(DOING, CHILDREN, [check_in.get()], relative)
    }

    /// The branch that a check-in is on.
    pub fn branch_of(&self, check_in: Rid) -> Result<String, DatabaseError> {
        let sql = "SELECT value FROM tagxref WHERE rid = ?1 AND tagid = ?2 AND tagtype > 0";
        let params = (check_in.get(), BRANCH_TAG);
        let branch = self.first(DOING, sql, params, |row| lossy(row, 0))?;
        match branch.flatten() {
            Some(branch) => Ok(branch),
            None => self.main_branch(),
        }
    }

    /// The branch of check-ins that no tag puts on one.
    pub(crate) fn main_branch(&self) -> Result<String, DatabaseError> {
        Ok(self.setting("main-branch")?.unwrap_or_else(|| MAIN_BRANCH.to_owned()))
    }

    /// What kind of event an artifact is, if it stands in the timeline.
    pub(crate) fn kind_of(&self, artifact: Rid) -> Result<Option<EventKind>, DatabaseError> {
        let sql = "SELECT type FROM event WHERE objid = ?1";
        let letters = self.first(DOING, sql, [artifact.get()], |row| lossy(row, 0))?;
        Ok(letters.flatten().as_deref().and_then(EventKind::from_letters))
    }

    /// When an event was, if the artifact stands in the timeline.
    pub(crate) fn time_of(&self, artifact: Rid) -> Result<Option<Moment>, DatabaseError> {
        let sql = "SELECT mtime FROM event WHERE objid = ?1";
        self.first(DOING, sql, [artifact.get()], |row| moment(row, 0))
    }

    /// Whether a check-in is closed: nothing is to follow it on its branch.
    pub fn is_closed(&self, check_in: Rid) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM tagxref WHERE tagid = ?1 AND rid = ?2 AND tagtype > 0";
        Ok(self.first(DOING, sql, (CLOSED_TAG, check_in.get()), |_| Ok(()))?.is_some())
    }

    /// Whether a branch of this name has a leaf that is not closed.
    pub fn is_branch_open(&self, branch: &str) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM tagxref x JOIN leaf l ON l.rid = x.rid \
                   WHERE x.tagid = ?1 AND x.tagtype = 2 AND x.value = ?2 \
                   AND NOT EXISTS(SELECT 1 FROM tagxref c \
                       WHERE c.tagid = ?3 AND c.tagtype = 1 AND c.rid = x.rid) LIMIT 1";
        let params = (BRANCH_TAG, branch, CLOSED_TAG);
        Ok(self.first(DOING, sql, params, |_| Ok(()))?.is_some())
    }

    /// The first check-in of the branch that a check-in is on, or the one before it. `None` if that
    /// is the check-in itself.
    pub(crate) fn branch_start(
        &self,
        check_in: Rid,
        branch: &str,
        on_branch: bool,
    ) -> Result<Option<Rid>, DatabaseError> {
        let limit = i64::try_from(limits::BRANCH_LENGTH).unwrap_or(i64::MAX);
        let params = (check_in.get(), branch, i64::from(on_branch), limit);
        self.first(DOING, BRANCH_START, params, |row| rid(row, 0))
    }

    /// The newest ancestor of a check-in that is on a branch; itself, if it is.
    pub(crate) fn youngest_ancestor_on(
        &self,
        check_in: Rid,
        branch: &str,
    ) -> Result<Option<Rid>, DatabaseError> {
        let params = (check_in.get(), branch);
        self.first(DOING, YOUNGEST_ANCESTOR, params, |row| rid(row, 0))
    }

    /// Bytes of an artifact. `None` if it is not here, or only its name is.
    pub(crate) fn size_of(&self, content: &HashName) -> Result<Option<u64>, DatabaseError> {
        let sql = "SELECT size FROM blob WHERE uuid = ?1";
        let size: Option<i64> =
            self.first("look up a size", sql, [&*content.to_hex()], |row| row.get(0))?;
        Ok(size.and_then(|size| u64::try_from(size).ok()))
    }
}

fn relative(row: &Row<'_>) -> rusqlite::Result<Relative> {
    let is_dated = row.get::<_, Option<f64>>(2)?.is_some();
    let time = is_dated.then(|| moment(row, 2)).transpose()?;
    Ok(Relative { rid: rid(row, 0)?, is_primary: row.get(1)?, time })
}
