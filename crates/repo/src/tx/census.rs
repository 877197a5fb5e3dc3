//! Counting what is in the tables.

use super::ReadTx;
use super::error::DatabaseError;
use crate::census::Census;

const DOING: &str = "count what is in the repository";

impl ReadTx {
    /// Counts what is in the repository. Reads no content.
    pub fn census(&self) -> Result<Census, DatabaseError> {
        // Tags have the same numbers in every repository: 8 is the branch.
        let branches = "SELECT count(DISTINCT value) FROM tagxref \
                        WHERE tagid = 8 AND tagtype > 0 AND value IS NOT NULL";
        let unversioned = if self.has_unversioned()? {
            self.count("SELECT count(*) FROM unversioned WHERE hash IS NOT NULL")?
        } else {
            0
        };
        let journal = self.first(DOING, "PRAGMA journal_mode", [], |row| row.get(0))?;
        Ok(Census {
            artifacts: self.count("SELECT count(*) FROM blob WHERE size >= 0")?,
            phantoms: self.count("SELECT count(*) FROM blob WHERE size < 0")?,
            deltas: self.count("SELECT count(*) FROM delta")?,
            private: self.count("SELECT count(*) FROM private")?,
            shunned: self.count("SELECT count(*) FROM shun")?,
            check_ins: self.count("SELECT count(*) FROM event WHERE type = 'ci'")?,
            leaves: self.count("SELECT count(*) FROM leaf")?,
            branches: self.count(branches)?,
            unversioned,
            content: self.count("SELECT coalesce(sum(size), 0) FROM blob WHERE size > 0")?,
            journal: journal.unwrap_or_default(),
        })
    }

    /// Counts the check-ins that are not private, up to `most`: so it takes no longer than that.
    pub fn count_check_ins(&self, most: usize) -> Result<u64, DatabaseError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM event e WHERE e.type = 'ci' \
                   AND NOT EXISTS(SELECT 1 FROM private p WHERE p.rid = e.objid) LIMIT ?1)";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let counted: i64 = self.only(DOING, sql, [most], |row| row.get(0))?;
        Ok(counted.unsigned_abs())
    }

    fn count(&self, sql: &str) -> Result<u64, DatabaseError> {
        let counted: i64 = self.only(DOING, sql, [], |row| row.get(0))?;
        Ok(counted.unsigned_abs())
    }
}
