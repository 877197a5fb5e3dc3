//! Clusters: what they name need not be announced any more.

use outcrop_format::hash::HashName;

use super::LinkError;
use super::linker::Linker;
use super::meanings::Members;
use super::tags::{NewTag, number};
use crate::id::Rid;
use crate::tx::derived::TagKind;

impl Linker<'_> {
    /// Links a cluster that a survey has found.
    pub(super) fn link_members(&mut self, rid: i64, members: &Members) -> Result<(), LinkError> {
        for member in members.known.iter().filter_map(|number| Rid::new(i64::from(*number))) {
            self.is_named(member)?;
        }
        self.link_cluster(rid, &members.unknown)
    }

    /// Links a cluster that names these.
    pub(super) fn link_cluster(&mut self, rid: i64, members: &[HashName]) -> Result<(), LinkError> {
        // A cluster has no date. Fossil takes the time of day; this one does not change.
        let mtime = self.tx.received_at(rid)?;
        let (tag, kind) = (number::CLUSTER, TagKind::Single);
        self.tag(rid, &NewTag { tag, kind, value: None, source: rid, mtime })?;
        for member in members {
            let Some(member) = Rid::new(self.number(member)?) else { continue };
            self.is_named(member)?;
        }
        self.linked.artifacts += 1;
        Ok(())
    }

    /// A cluster names this artifact.
    fn is_named(&mut self, member: Rid) -> Result<(), LinkError> {
        if self.fresh {
            self.clustered.insert(member.get());
            return Ok(());
        }
        Ok(self.tx.make_clustered(member)?)
    }

    /// Announces what no cluster names. Of a whole repository these are few, so it is better than to
    /// announce all and take most of it back.
    pub(super) fn tell_unclustered(&mut self) -> Result<(), LinkError> {
        let clustered = std::mem::take(&mut self.clustered);
        let is_clustered = |rid: Rid| clustered.contains(rid.get());
        // What has no content was announced when it was first named.
        for rid in self.tx.all_unclustered()?.into_iter().filter(|rid| is_clustered(*rid)) {
            self.tx.make_clustered(rid)?;
        }
        for rid in self.tx.public_but(is_clustered)? {
            self.tx.make_unclustered(rid)?;
        }
        Ok(())
    }
}
