//! Sets of artifacts that the tables beside `blob` keep: read page by page, and changed.
//!
//! Every query starts from its own small table and looks up the rest by key. A test holds that.

use outcrop_format::hash::HashName;
use rusqlite::Params;

use super::blobs::{name, rid};
use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::id::Rid;
use crate::limits::SET_PAGE;
use crate::sets::Member;

/// Phantoms, and the deltas that wait for one: artifacts that have a row and no content.
const ABSENT: &str = "WITH RECURSIVE absent(rid) AS (SELECT rid FROM phantom \
     UNION SELECT d.rid FROM absent a CROSS JOIN delta d ON d.srcid = a.rid) ";

/// The page of a set from a row number on. The set's own table comes before this.
const PAGE: &str = " s CROSS JOIN blob b ON b.rid = s.rid WHERE s.rid > ?1 \
     AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid) ";
const PUBLIC: &str = "AND NOT EXISTS(SELECT 1 FROM private p WHERE p.rid = s.rid) ";
const HELD: &str = "AND s.rid NOT IN (SELECT rid FROM absent) ";
const END: &str = "ORDER BY s.rid LIMIT ?2";

const DOING: &str = "read a set of artifacts";

fn phantoms(private: bool) -> String {
    let who = if private { "" } else { PUBLIC };
    ["SELECT s.rid, b.uuid FROM phantom", PAGE, who, END].concat()
}

fn held(table: &str, who: &str) -> String {
    [ABSENT, "SELECT s.rid, b.uuid FROM ", table, PAGE, who, HELD, END].concat()
}

/// What a cluster may name. Fossil names private artifacts too, if it ever finds one here.
fn clusterable() -> String {
    let from = "FROM unclustered s CROSS JOIN blob b ON b.rid = s.rid WHERE 1 ";
    let shunned = "SELECT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid), b.uuid ";
    [ABSENT, shunned, from, PUBLIC, HELD, "ORDER BY b.uuid"].concat()
}

fn clusterable_up_to() -> String {
    let some = "SELECT count(*) FROM (SELECT 1 FROM unclustered s WHERE 1 ";
    [ABSENT, some, PUBLIC, HELD, "LIMIT ?1)"].concat()
}

fn forget_clustered() -> String {
    [ABSENT, "DELETE FROM unclustered WHERE rid NOT IN (SELECT rid FROM absent)"].concat()
}

impl ReadTx {
    pub(crate) fn phantom_page(
        &self,
        after: Option<Rid>,
        limit: usize,
        private: bool,
    ) -> Result<Vec<Member>, DatabaseError> {
        self.page(&phantoms(private), after, limit)
    }

    pub(crate) fn unclustered_page(
        &self,
        after: Option<Rid>,
        limit: usize,
    ) -> Result<Vec<Member>, DatabaseError> {
        self.page(&held("unclustered", PUBLIC), after, limit)
    }

    pub(crate) fn unsent_page(
        &self,
        after: Option<Rid>,
        limit: usize,
    ) -> Result<Vec<Member>, DatabaseError> {
        self.page(&held("unsent", PUBLIC), after, limit)
    }

    pub(crate) fn private_page(
        &self,
        after: Option<Rid>,
        limit: usize,
    ) -> Result<Vec<Member>, DatabaseError> {
        self.page(&held("private", ""), after, limit)
    }

    fn page(
        &self,
        sql: &str,
        after: Option<Rid>,
        limit: usize,
    ) -> Result<Vec<Member>, DatabaseError> {
        let limit = i64::try_from(limit.min(SET_PAGE)).unwrap_or(0);
        let params: (i64, i64) = (after.map_or(0, Rid::get), limit);
        self.members(sql, params)
    }

    fn members(&self, sql: &str, params: impl Params) -> Result<Vec<Member>, DatabaseError> {
        self.all(DOING, sql, params, |row| Ok(Member { rid: rid(row, 0)?, name: name(row, 1)? }))
    }

    /// What a cluster may name, in the order of written names; for each, whether it is shunned.
    pub(crate) fn clusterable(&self) -> Result<Vec<(bool, HashName)>, DatabaseError> {
        self.all(DOING, &clusterable(), [], |row| Ok((row.get(0)?, name(row, 1)?)))
    }

    /// How many artifacts clusters may name, counted up to `limit`.
    pub(crate) fn count_clusterable(&self, limit: usize) -> Result<usize, DatabaseError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let count: i64 = self.only(DOING, &clusterable_up_to(), [limit], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

impl WriteTx {
    pub(crate) fn forget_unsent(&self) -> Result<usize, DatabaseError> {
        // Without a condition SQLite writes the page of a table that is empty already.
        self.execute("clear what is to be sent", "DELETE FROM unsent WHERE true", [])
    }

    /// Empties the set of unclustered artifacts, but for those without content.
    pub(crate) fn forget_clustered(&self) -> Result<(), DatabaseError> {
        self.execute("make a cluster", &forget_clustered(), [])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Repo;
    use crate::artifact::Moment;
    use crate::create::CreateOptions;

    #[test]
    fn no_query_scans_all_artifacts() {
        let folder = tempfile::tempdir().unwrap();
        let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
        let path = folder.path().join("file");
        let made = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {}).unwrap();
        let tx = made.repo.read().unwrap();
        let queries = [
            phantoms(true),
            phantoms(false),
            held("unclustered", PUBLIC),
            held("unsent", PUBLIC),
            held("private", ""),
            clusterable(),
            clusterable_up_to(),
            forget_clustered(),
        ];
        for query in queries {
            let sql = format!("EXPLAIN QUERY PLAN {query}");
            let sql = sql.replace("?1", "0").replace("?2", "9");
            let plan: Vec<String> = tx.all(DOING, &sql, [], |row| row.get(3)).unwrap();
            let looked_up = |table: &str| plan.iter().any(|step| step.starts_with(table));
            assert!(!looked_up("SCAN b") && !looked_up("SCAN d"), "{query}: {plan:#?}");
            assert!(!plan.iter().any(|step| step.contains("AUTOMATIC")), "{query}: {plan:#?}");
            if query.contains("blob b") {
                assert!(looked_up("SEARCH b USING INTEGER PRIMARY KEY"), "{query}: {plan:#?}");
            }
            if query.contains("absent") {
                let by_source = "SEARCH d USING COVERING INDEX delta_i1";
                assert!(looked_up(by_source), "{query}: {plan:#?}");
            }
        }
    }
}
