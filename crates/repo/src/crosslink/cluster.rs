//! Clusters: what they name need not be announced any more.

use super::LinkError;
use super::linker::Linker;
use super::tags::{NewTag, number};
use crate::artifact::Cluster;
use crate::id::Rid;
use crate::tx::derived::TagKind;

impl Linker<'_> {
    pub(super) fn link_cluster(&mut self, rid: i64, cluster: &Cluster) -> Result<(), LinkError> {
        // A cluster has no date. Fossil takes the time of day; this one does not change.
        let mtime = self.tx.received_at(rid)?;
        let (tag, kind) = (number::CLUSTER, TagKind::Single);
        self.tag(rid, &NewTag { tag, kind, value: None, source: rid, mtime })?;
        for member in &cluster.members {
            if let Some(member) = Rid::new(self.number(member)?) {
                self.tx.make_clustered(member)?;
            }
        }
        self.linked.artifacts += 1;
        Ok(())
    }
}
