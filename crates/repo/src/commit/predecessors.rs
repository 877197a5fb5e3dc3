//! Storing in less space what new artifacts take the place of.

use crate::deltify::DeltifyError;
use crate::id::Rid;
use crate::tx::{DatabaseError, WriteTx};

impl WriteTx {
    /// Stores the versions before an artifact as deltas of the new ones, where that pays: the
    /// version that it comes from, and the old contents of the files that it changes. As Fossil does
    /// after a commit.
    ///
    /// What cannot be stored so stays as it is: a commit does not fail for that.
    pub(super) fn deltify_predecessors(&self, new: Rid) -> Result<(), DatabaseError> {
        let parent = self.parents_of(new.get())?.first().copied().and_then(Rid::new);
        let versions = parent.map(|parent| (parent, new)).into_iter();
        for (old, new) in versions.chain(self.changed_versions(new)?) {
            if let Err(DeltifyError::Database(error)) = self.deltify(old, &[new]) {
                return Err(error);
            }
        }
        Ok(())
    }
}
