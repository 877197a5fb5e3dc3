//! `mlink`, `filename`, `cherrypick` and `orphan`: what check-ins change.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;

use super::super::beside::{Numbering, numbering};
use super::super::blobs::{rid, whole_number};
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::AsText;
use crate::id::Rid;

/// A file that differs between a check-in and one of its parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChangeRow {
    /// The parent; 0 if the check-in has none.
    pub(crate) parent: i64,
    /// The content here; 0 if the file is gone.
    pub(crate) content: i64,
    /// The content in the parent; 0 if it is not there, −1 if a merge brought it.
    pub(crate) before: i64,
    /// The number of the file's name.
    pub(crate) name: i64,
    /// The number of its name in the parent, if it was renamed.
    pub(crate) old_name: i64,
    /// 1: executable, 2: a symbolic link.
    pub(crate) mode: i64,
    /// Whether the parent is not the primary one.
    pub(crate) aside: bool,
}

/// A check-in whose change, or the opposite of it, another took over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PickRow {
    pub(crate) target: i64,
    pub(crate) check_in: i64,
    pub(crate) is_backout: bool,
}

const DOING: &str = "record what a check-in changes";
const READING: &str = "read what a check-in changes";

/// Rows of changes that one statement writes.
const ROWS_AT_ONCE: usize = 16;

const FILE_NAMES: Numbering = numbering!("filename", "fnid", "name");

impl ReadTx {
    /// Whether a check-in that everyone may see has this file.
    pub(crate) fn is_public_file(&self, rid: i64) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM mlink WHERE fid = ?1 \
                   AND mid NOT IN (SELECT rid FROM private) LIMIT 1";
        Ok(self.first(READING, sql, [rid], |_| Ok(()))?.is_some())
    }

    pub(crate) fn file_number(&self, name: &[u8]) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT fnid FROM filename WHERE name = ?1";
        self.first("look up the name of a file", sql, [AsText(name)], |row| row.get(0))
    }

    /// The contents that a check-in has changed: the old one and the new one.
    pub(crate) fn changed_versions(&self, check_in: Rid) -> Result<Vec<(Rid, Rid)>, DatabaseError> {
        let sql = "SELECT pid, fid FROM mlink \
                   WHERE mid = ?1 AND pid > 0 AND fid > 0 AND pid <> fid AND NOT isaux";
        self.all(READING, sql, [check_in.get()], |row| Ok((rid(row, 0)?, rid(row, 1)?)))
    }

    /// Whether there are rows that tell how a check-in differs from a parent.
    pub(crate) fn has_changes(&self, check_in: i64, parent: i64) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM mlink WHERE mid = ?1 AND pmid = ?2";
        Ok(self.first(READING, sql, (check_in, parent), |_| Ok(()))?.is_some())
    }

    /// The check-ins that took over the change of another.
    pub(crate) fn picked_by(&self, target: i64) -> Result<Vec<i64>, DatabaseError> {
        let sql = "SELECT childid FROM cherrypick WHERE parentid = ?1 AND NOT isExclude";
        self.all(READING, sql, [target], |row| whole_number(row, 0))
    }

    /// The check-ins whose change another took over.
    pub(crate) fn picks_of(&self, check_in: i64) -> Result<Vec<i64>, DatabaseError> {
        let sql = "SELECT parentid FROM cherrypick WHERE childid = ?1 AND NOT isExclude";
        self.all(READING, sql, [check_in], |row| whole_number(row, 0))
    }

    /// The delta manifests that wait for a baseline.
    pub(crate) fn orphans_of(&self, baseline: i64) -> Result<Vec<i64>, DatabaseError> {
        let sql = "SELECT rid FROM orphan WHERE baseline = ?1 ORDER BY rid";
        self.all(READING, sql, [baseline], |row| whole_number(row, 0))
    }
}

impl WriteTx {
    pub(crate) fn add_file_name(&self, name: &[u8]) -> Result<i64, DatabaseError> {
        self.insert(DOING, self.written.numbering(&FILE_NAMES), [AsText(name)])
    }

    /// Writes what check-ins change, each row with its check-in. These are the most rows there are: so one
    /// statement writes several.
    pub(crate) fn put_changes(&self, rows: &[(i64, ChangeRow)]) -> Result<(), DatabaseError> {
        let head = "INSERT INTO mlink(mid, fid, pmid, pid, fnid, pfnid, mperm, isaux) VALUES";
        let values = |(check_in, row): &(i64, ChangeRow)| {
            let ChangeRow { parent, content, before, name, old_name, mode, aside } = *row;
            [*check_in, content, parent, before, name, old_name, mode, i64::from(aside)]
        };
        let one = "(?, ?, ?, ?, ?, ?, ?, ?)";
        let several = [one; ROWS_AT_ONCE].join(", ");
        let (full, rest) = rows.as_chunks::<ROWS_AT_ONCE>();
        let full = full.iter().map(|rows| params_from_iter(rows.iter().flat_map(values)));
        self.execute_each(DOING, &format!("{head} {several}"), full)?;
        let rest = rest.iter().map(|row| params_from_iter(values(row)));
        self.execute_each(DOING, &format!("{head} {one}"), rest)
    }

    /// Removes the rows of a check-in. Gives the names of files that stood in them.
    pub(crate) fn remove_changes(&self, check_in: i64) -> Result<BTreeSet<i64>, DatabaseError> {
        let sql = "SELECT fnid FROM mlink WHERE mid = ?1 \
                   UNION SELECT pfnid FROM mlink WHERE mid = ?1 AND pfnid <> 0";
        let names = self.all(READING, sql, [check_in], |row| whole_number(row, 0))?;
        self.execute(DOING, "DELETE FROM mlink WHERE mid = ?1", [check_in])?;
        Ok(names.into_iter().collect())
    }

    /// Removes the name of a file, unless there are rows with it.
    pub(crate) fn forget_file_name(&self, name: i64) -> Result<(), DatabaseError> {
        // What was renamed mostly has rows under its old name too, and they are found by an index.
        let sql = "DELETE FROM filename WHERE fnid = ?1 \
                   AND NOT EXISTS(SELECT 1 FROM mlink WHERE fnid = ?1) \
                   AND NOT EXISTS(SELECT 1 FROM mlink WHERE pfnid = ?1)";
        self.execute(DOING, sql, [name])?;
        Ok(())
    }

    pub(crate) fn put_pick(&self, pick: &PickRow) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO cherrypick(parentid, childid, isExclude) VALUES(?1, ?2, ?3)";
        self.execute(DOING, sql, (pick.target, pick.check_in, pick.is_backout))?;
        Ok(())
    }

    /// Lets a delta manifest wait for its baseline.
    pub(crate) fn put_orphan(&self, rid: i64, baseline: i64) -> Result<(), DatabaseError> {
        let sql = "INSERT OR IGNORE INTO orphan(rid, baseline) VALUES(?1, ?2)";
        self.execute(DOING, sql, (rid, baseline))?;
        Ok(())
    }

    pub(crate) fn remove_orphans_of(&self, baseline: i64) -> Result<(), DatabaseError> {
        self.execute(DOING, "DELETE FROM orphan WHERE baseline = ?1", [baseline])?;
        Ok(())
    }
}
