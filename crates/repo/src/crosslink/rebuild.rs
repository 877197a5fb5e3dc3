//! Deriving all rows anew.

use bytes::Bytes;

use super::linker::Linker;
use super::survey::{Pairs, Seen, Survey, look, take};
use super::{LinkError, Linked};
use crate::artifact::Artifact;
use crate::damage::Damage;
use crate::progress::{Progress, Stage};
use crate::tx::WriteTx;
use crate::walk::{self, Bounds, Fate, Forest, Reader};

/// Artifacts that are linked between two calls of a progress callback.
const STRIDE: u64 = 500;

impl WriteTx {
    /// Drops all derived rows and derives them anew from the artifacts, in the order of their
    /// numbers. Calls `progress` from time to time.
    ///
    /// Nothing is changed if it fails, once the transaction is dropped. That the setting
    /// `ticket-table` is refused is found out at first.
    pub fn rebuild(&self, mut progress: impl FnMut(Progress)) -> Result<Linked, LinkError> {
        let mut derivation = Derivation::begin(self)?;
        let forest = Forest::new(&self.delta_links()?);
        let roots: Vec<_> = walk::roots(&forest).collect();
        let total = roots.iter().map(|root| u64::from(forest.weight(*root))).sum();
        let mut reader = Reader::new(self, &forest, Bounds::USUAL, roots);
        let lost = forest.ids().filter(|id| matches!(forest.fate(*id), Fate::Damaged(_)));
        let (mut done, mut damaged) = (0, lost.count() as u64);
        let task = |parcel: &walk::Parcel, contents: &[Result<Bytes, Damage>]| {
            let lost = contents.iter().filter(|content| content.is_err()).count();
            (parcel.steps.len() as u64, lost as u64, look(parcel, contents, &forest))
        };
        walk::walk(&mut reader, task, |(count, lost, seen)| {
            derivation.take(seen);
            damaged += lost;
            done += count;
            progress(Progress { stage: Stage::Artifacts, done, total });
        })?;
        damaged += reader.damaged.len() as u64;
        let linked = Linked { damaged, ..derivation.finish(progress)? };
        self.mark_rebuilt()?;
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

/// All rows derived anew, in three steps: artifacts are looked at while they are walked over, then
/// linked in the order of their numbers, then rows are written.
pub(crate) struct Derivation<'a> {
    linker: Linker<'a>,
    survey: Survey,
    pairs: Pairs,
}

impl<'a> Derivation<'a> {
    /// Empties the tables.
    pub(crate) fn begin(tx: &'a WriteTx) -> Result<Self, LinkError> {
        tx.empty_derived()?;
        tx.make_ticket_tables()?;
        tx.forget_awaited_picks()?;
        let linker = Linker::new(tx, true)?;
        Ok(Self { linker, survey: Survey::default(), pairs: Pairs::default() })
    }

    /// Takes down what was seen in a parcel of a walk.
    pub(crate) fn take(&mut self, seen: Seen) {
        take(&mut self.survey, &mut self.pairs, seen);
    }

    /// Derives the rows from what was seen.
    pub(crate) fn finish(self, mut progress: impl FnMut(Progress)) -> Result<Linked, LinkError> {
        let Self { linker: mut all, survey, .. } = self;
        let Survey { mut meanings, ready } = survey;
        // What is shunned means nothing any more, though it may still be here.
        for rid in all.tx.shunned_here()? {
            meanings.remove(&rid.get());
        }
        all.ready = ready;
        let total = meanings.len() as u64;
        for (done, (rid, check_in)) in (0..).zip(meanings) {
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
            if done % STRIDE == 0 {
                progress(Progress { stage: Stage::Meanings, done, total });
            }
        }
        let tx = all.tx;
        let (linked, _) = all.finish()?;
        tx.index_derived()?;
        tx.conceal_private()?;
        Ok(linked)
    }
}
