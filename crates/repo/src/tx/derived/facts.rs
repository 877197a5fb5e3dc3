//! What linking asks of the tables that are not derived, and tells them.

use std::ops::ControlFlow;

use outcrop_format::hash::HashName;

use super::super::blobs::rid;
use super::super::error::DatabaseError;
use super::super::{ReadTx, WriteTx};
use super::time;
use crate::id::Rid;
use crate::numbers::Numbers;

const ANNOUNCED: &str = "look up what is announced";

impl ReadTx {
    /// Whether an artifact is kept from those who may not see what is private.
    pub fn is_private(&self, rid: i64) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM private WHERE rid = ?1";
        Ok(self.first("look up what is private", sql, [rid], |_| Ok(()))?.is_some())
    }

    /// Whether anything is private.
    pub(crate) fn has_private(&self) -> Result<bool, DatabaseError> {
        let sql = "SELECT 1 FROM private LIMIT 1";
        Ok(self.first("look up what is private", sql, [], |_| Ok(()))?.is_some())
    }

    /// What a tag says to be private, and files that only such check-ins have, if they are not
    /// private yet.
    pub(crate) fn left_to_conceal(&self) -> Result<Vec<Rid>, DatabaseError> {
        let sql = "WITH hidden(rid) AS (SELECT rid FROM tagxref WHERE tagid = 6 AND tagtype > 0) \
                   SELECT rid FROM hidden WHERE rid NOT IN (SELECT rid FROM private) \
                   UNION SELECT m.fid FROM hidden h CROSS JOIN mlink m ON m.mid = h.rid \
                   WHERE m.fid > 0 AND m.fid NOT IN (SELECT rid FROM private) \
                   AND NOT EXISTS(SELECT 1 FROM mlink x WHERE x.fid = m.fid \
                   AND x.mid NOT IN (SELECT rid FROM hidden))";
        self.all("look up what is private", sql, [], |row| rid(row, 0))
    }

    /// What is announced.
    pub(crate) fn all_unclustered(&self) -> Result<Vec<Rid>, DatabaseError> {
        self.all(ANNOUNCED, "SELECT rid FROM unclustered", [], |row| rid(row, 0))
    }

    /// The artifacts that may be announced, but for some, in the order of their numbers.
    pub(crate) fn public_but(
        &self,
        is_left_out: impl Fn(Rid) -> bool,
    ) -> Result<Vec<Rid>, DatabaseError> {
        // The index over names tells it. In order, SQLite would go through all content.
        let sql = "SELECT rid FROM blob WHERE uuid NOT IN (SELECT uuid FROM shun) \
                   AND rid NOT IN (SELECT rid FROM private)";
        // There may be millions, and few of them are left.
        let mut public = Vec::new();
        self.each(ANNOUNCED, sql, [], |row| {
            public.extend(Some(rid(row, 0)?).filter(|rid| !is_left_out(*rid)));
            Ok(ControlFlow::Continue(()))
        })?;
        public.sort_unstable();
        Ok(public)
    }

    /// The names of all artifacts but those that are shunned, with their numbers.
    pub(crate) fn all_names(&self) -> Result<Numbers, DatabaseError> {
        let sql = "SELECT rid, uuid FROM blob WHERE uuid NOT IN (SELECT uuid FROM shun)";
        let mut names = Numbers::default();
        self.each("read which artifacts there are", sql, [], |row| {
            if let Ok(name) = HashName::parse(row.get_ref(1)?.as_bytes().unwrap_or_default()) {
                names.insert(name, row.get(0)?);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(names)
    }

    /// When an artifact came into the repository.
    pub(crate) fn received_at(&self, rid: i64) -> Result<f64, DatabaseError> {
        let sql = "SELECT r.mtime FROM blob b JOIN rcvfrom r ON r.rcvid = b.rcvid \
                   WHERE b.rid = ?1";
        let found = self.first("read when an artifact came", sql, [rid], |row| time(row, 0))?;
        Ok(found.flatten().unwrap_or_default())
    }
}

impl WriteTx {
    /// Lets Fossil make delta manifests from now on: the repository has some already.
    pub(crate) fn mark_delta_manifests(&self) -> Result<(), DatabaseError> {
        let sql = "REPLACE INTO config(name, value, mtime) \
                   SELECT 'seen-delta-manifest', 1, CAST(strftime('%s', 'now') AS INTEGER) \
                   WHERE NOT EXISTS(SELECT 1 FROM config WHERE name = 'seen-delta-manifest' \
                   AND CAST(value AS INTEGER) = 1)";
        self.execute("allow delta manifests", sql, [])?;
        Ok(())
    }

    /// Writes a setting of our own, or takes it away.
    pub(crate) fn set_own_setting(
        &self,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), DatabaseError> {
        let doing = "write a setting";
        match value {
            Some(value) => {
                let sql = "REPLACE INTO config(name, value, mtime) VALUES(?1, ?2, 0)";
                self.execute(doing, sql, (name, value))?;
            }
            None => {
                self.execute(doing, "DELETE FROM config WHERE name = ?1", [name])?;
            }
        }
        Ok(())
    }
}
