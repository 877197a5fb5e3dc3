//! What a server tells of its artifacts, and what it asks for.

use std::ops::ControlFlow;

use outcrop_format::hash::HashName;

use super::blobs::{name, rid};
use super::error::DatabaseError;
use super::{ReadTx, WriteTx};
use crate::blob::BlobRow;
use crate::id::Rid;

/// Which artifacts are told of. None that is shunned, and none without content: neither phantoms nor
/// what waits for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// What is public and in no cluster, in the order of names.
    Unclustered,
    /// All that is public.
    Public,
    /// All that is private.
    Private,
    /// Clusters that are in a cluster themselves.
    Clusters,
}

/// Phantoms, and the deltas that wait for one.
pub(super) const ABSENT: &str = "WITH RECURSIVE absent(rid) AS (SELECT rid FROM phantom \
     UNION SELECT d.rid FROM absent a CROSS JOIN delta d ON d.srcid = a.rid) ";

const HELD: &str = " b.size >= 0 AND b.rid NOT IN (SELECT rid FROM absent) \
     AND NOT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid) ";
const PUBLIC: &str = "AND NOT EXISTS(SELECT 1 FROM private p WHERE p.rid = b.rid) ";

/// The tag of clusters.
const CLUSTER_TAG: &str = "7";

const ASKING: &str = "look up what is to be asked for";

impl Announced {
    fn query(self) -> String {
        let select = "SELECT b.rid, b.uuid FROM ";
        let parts: &[&str] = match self {
            Self::Unclustered => {
                &["unclustered s CROSS JOIN blob b USING(rid) WHERE", HELD, PUBLIC, "ORDER BY 2"]
            }
            Self::Public => &["blob b WHERE", HELD, PUBLIC, "ORDER BY 1"],
            Self::Private => &["private s CROSS JOIN blob b USING(rid) WHERE", HELD, "ORDER BY 2"],
            Self::Clusters => &[
                "tagxref t CROSS JOIN blob b ON b.rid = t.rid WHERE t.tagid = ",
                CLUSTER_TAG,
                " AND NOT EXISTS(SELECT 1 FROM unclustered u WHERE u.rid = b.rid) AND",
                HELD,
                PUBLIC,
                "ORDER BY 1",
            ],
        };
        [ABSENT, select, &parts.concat()].concat()
    }
}

impl ReadTx {
    /// Tells of artifacts, one by one.
    pub fn announce(
        &self,
        which: Announced,
        mut tell: impl FnMut(Rid, HashName),
    ) -> Result<(), DatabaseError> {
        self.each("read which artifacts there are", &which.query(), [], |row| {
            tell(rid(row, 0)?, name(row, 1)?);
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Tells of phantoms that are not shunned, until `tell` has heard enough; of private ones only
    /// if `private` says so.
    pub fn announce_phantoms(
        &self,
        private: bool,
        mut tell: impl FnMut(HashName) -> ControlFlow<()>,
    ) -> Result<(), DatabaseError> {
        let who = if private { "" } else { PUBLIC };
        let sql = "SELECT b.uuid FROM phantom s CROSS JOIN blob b USING(rid) \
                   WHERE NOT EXISTS(SELECT 1 FROM shun WHERE uuid = b.uuid) ";
        let sql = [sql, who, "ORDER BY b.rid"].concat();
        self.each(ASKING, &sql, [], |row| Ok(tell(name(row, 0)?)))
    }

    /// The rows of many artifacts, in the order of the names; `None` where there is none.
    pub fn blobs_named(&self, names: &[HashName]) -> Result<Vec<Option<BlobRow>>, DatabaseError> {
        names.iter().map(|name| self.blob_named(name)).collect()
    }

    /// What an artifact is likely to be a small change of: the primary parent of a check-in, or the
    /// version before the first check-in that has a file.
    pub fn likely_source(&self, of: Rid) -> Result<Option<Rid>, DatabaseError> {
        let doing = "look up the parent of an artifact";
        let parent = "SELECT pid FROM plink WHERE cid = ?1 \
                      AND NOT EXISTS(SELECT 1 FROM phantom WHERE rid = pid) \
                      ORDER BY isprim DESC, pid LIMIT 1";
        if let Some(parent) = self.first(doing, parent, [of.get()], |row| row.get(0))? {
            return Ok(Rid::new(parent));
        }
        let version = "SELECT m.pid, min(e.mtime) FROM mlink m JOIN event e ON e.objid = m.mid \
                       WHERE m.fid = ?1 \
                       AND NOT EXISTS(SELECT 1 FROM phantom WHERE rid = m.pid)";
        let version: Option<Option<i64>> =
            self.first(doing, version, [of.get()], |row| row.get(0))?;
        Ok(version.flatten().and_then(Rid::new))
    }

    /// Whether a check-in has no child on its own branch. What is not here has none.
    pub fn is_leaf_named(&self, name: &HashName) -> Result<bool, DatabaseError> {
        self.rid_of(name)?.map_or(Ok(true), |rid| self.is_leaf(rid.get()))
    }
}

impl WriteTx {
    /// Takes note that whoever has the content of a phantom keeps it private: nobody is asked for
    /// it who may not see that.
    pub fn conceal_phantom(&self, rid: Rid) -> Result<(), DatabaseError> {
        self.make_private(rid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Repo;
    use crate::artifact::Moment;
    use crate::create::CreateOptions;

    #[test]
    fn small_sets_do_not_scan_all_artifacts() {
        let folder = tempfile::tempdir().unwrap();
        let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
        let path = folder.path().join("file");
        let made = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {}).unwrap();
        let tx = made.repo.read().unwrap();
        for set in [Announced::Unclustered, Announced::Private, Announced::Clusters] {
            let sql = format!("EXPLAIN QUERY PLAN {}", set.query());
            let plan: Vec<String> = tx.all("explain", &sql, [], |row| row.get(3)).unwrap();
            assert!(!plan.iter().any(|step| step.starts_with("SCAN b")), "{set:?}: {plan:#?}");
        }
    }
}
