//! Deriving all rows anew.

use super::linker::Linker;
use super::survey::{Survey, survey};
use super::{LinkError, Linked};
use crate::artifact::Artifact;
use crate::tx::WriteTx;

impl WriteTx {
    /// Drops all derived rows and derives them anew from the artifacts, in the order of their
    /// numbers.
    pub fn rebuild(&self) -> Result<Linked, LinkError> {
        self.empty_derived()?;
        self.make_ticket_tables()?;
        self.forget_awaited_picks()?;
        let mut all = Linker::new(self, true)?;
        let Survey { meanings, ready } = survey(self)?;
        all.ready = ready;
        for (rid, check_in) in meanings {
            let content;
            let artifact = if let Some(check_in) = &check_in {
                Artifact::parse_again(check_in)
            } else {
                content = all.content(rid)?.unwrap_or_default();
                Artifact::parse(&content)
            };
            if let Ok(artifact) = artifact {
                all.link_artifact(rid, &artifact)?;
            }
        }
        let (linked, _) = all.finish()?;
        self.index_derived()?;
        self.conceal_private()?;
        Ok(linked)
    }

    /// Makes private what tags say, and the files that nothing else has.
    pub(super) fn conceal_private(&self) -> Result<(), LinkError> {
        for rid in self.left_to_conceal()? {
            self.make_hidden(rid)?;
        }
        Ok(())
    }
}
