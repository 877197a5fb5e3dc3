//! `plink` and `leaf`: which version comes from which.

use super::super::blobs::whole_number;
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::time;

/// A version that comes from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Child {
    pub(crate) rid: i64,
    /// Whether the other is its primary parent.
    pub(crate) primary: bool,
    /// When the child was made.
    pub(crate) mtime: f64,
}

/// A row of `plink`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ParentRow {
    pub(crate) parent: i64,
    pub(crate) child: i64,
    pub(crate) primary: bool,
    pub(crate) mtime: f64,
    /// The baseline of a delta manifest.
    pub(crate) baseline: Option<i64>,
}

const DOING: &str = "record which version comes from which";
const READING: &str = "read which version comes from which";

impl ReadTx {
    pub(crate) fn children_of(&self, parent: i64) -> Result<Vec<Child>, DatabaseError> {
        let sql = "SELECT cid, isprim, mtime FROM plink WHERE pid = ?1 ORDER BY rowid";
        self.all(READING, sql, [parent], |row| {
            Ok(Child {
                rid: whole_number(row, 0)?,
                primary: whole_number(row, 1)? != 0,
                mtime: time(row, 2)?.unwrap_or_default(),
            })
        })
    }

    /// The parents of a version, the primary one first.
    pub(crate) fn parents_of(&self, child: i64) -> Result<Vec<i64>, DatabaseError> {
        let sql = "SELECT pid FROM plink WHERE cid = ?1 ORDER BY isprim DESC, rowid";
        self.all(READING, sql, [child], |row| whole_number(row, 0))
    }

    pub(crate) fn is_leaf(&self, rid: i64) -> Result<bool, DatabaseError> {
        let found = self.first(READING, "SELECT 1 FROM leaf WHERE rid = ?1", [rid], |_| Ok(()))?;
        Ok(found.is_some())
    }
}

impl WriteTx {
    pub(crate) fn put_parents<'r>(
        &self,
        rows: impl Iterator<Item = &'r ParentRow>,
    ) -> Result<(), DatabaseError> {
        let sql = "INSERT OR IGNORE INTO plink(pid, cid, isprim, mtime, baseid) \
                   VALUES(?1, ?2, ?3, ?4, ?5)";
        self.execute_each(
            DOING,
            sql,
            rows.map(|row| (row.parent, row.child, row.primary, row.mtime, row.baseline)),
        )
    }

    pub(crate) fn remove_parent(&self, parent: i64, child: i64) -> Result<(), DatabaseError> {
        self.execute(DOING, "DELETE FROM plink WHERE pid = ?1 AND cid = ?2", [parent, child])?;
        Ok(())
    }

    pub(crate) fn put_leaf(&self, rid: i64, is_leaf: bool) -> Result<(), DatabaseError> {
        let sql = if is_leaf {
            "INSERT OR IGNORE INTO leaf(rid) VALUES(?1)"
        } else {
            "DELETE FROM leaf WHERE rid = ?1"
        };
        self.execute(DOING, sql, [rid])?;
        Ok(())
    }
}
