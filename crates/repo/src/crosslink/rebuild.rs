//! Deriving all rows anew.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::late::take_rest;
use super::linker::Linker;
use super::pairs::Pairs;
use super::survey::{Seen, Survey, look, take};
use super::{LinkError, Linked};
use crate::damage::Damage;
use crate::id::Rid;
use crate::numbers::Numbers;
use crate::progress::{Progress, Stage};
use crate::receive::CloneNames;
use crate::tx::WriteTx;
use crate::walk::{self, Bounds, Fate, Forest, NodeId, Parcel, Reader};

/// Artifacts that are linked between two calls of a progress callback.
const STRIDE: u64 = 500;

impl WriteTx {
    /// Drops all derived rows and derives them anew from the artifacts, in the order of their
    /// numbers. Calls `progress` from time to time.
    ///
    /// Nothing is changed if it fails, once the transaction is dropped. That the setting
    /// `ticket-table` is refused is found out at first.
    pub fn rebuild(&self, mut progress: impl FnMut(Progress)) -> Result<Linked, LinkError> {
        let (derivation, damaged) = self.look_at_all(None, &mut progress, |_, _| Vec::new())?;
        let linked = Linked { damaged: damaged.len() as u64, ..derivation.finish(progress)? };
        self.mark_rebuilt()?;
        Ok(linked)
    }

    /// Does the same with artifacts of which nobody has made sure that they have their names: they
    /// are hashed on the way. What turns out to be wrong is a phantom afterwards. Gives the names of
    /// these too. If all `names` are known, the file is not asked for them.
    pub(crate) fn rebuild_unchecked(
        &self,
        mut names: Option<CloneNames>,
        mut progress: impl FnMut(Progress),
    ) -> Result<(Linked, Vec<HashName>), LinkError> {
        if let Some(names) = &mut names {
            names.settle(self)?;
        }
        let mut refuted = Vec::new();
        loop {
            let (derivation, damaged) =
                self.look_at_all(names.take(), &mut progress, |parcel, contents| {
                    walk::check(&parcel.steps, contents).damaged
                })?;
            // What only builds upon something wrong may be right.
            let wrong = damaged.into_iter();
            let wrong = wrong.filter(|(_, damage)| !matches!(damage, Damage::DamagedSource { .. }));
            let wrong: Vec<_> = wrong.map(|(rid, _)| rid).collect();
            if wrong.is_empty() {
                let linked = derivation.finish(progress)?;
                self.mark_rebuilt()?;
                return Ok((linked, refuted));
            }
            // What builds upon these waits for them from now on, so that this ends.
            for rid in wrong {
                refuted.extend(self.blob(rid)?.map(|row| row.name));
                self.make_phantom(rid)?;
            }
        }
    }

    /// Looks at all artifacts. Gives too which are damaged, or found so by `check`.
    fn look_at_all(
        &self,
        names: Option<CloneNames>,
        progress: &mut impl FnMut(Progress),
        check: impl Fn(&Parcel, &[Result<Bytes, Damage>]) -> Vec<(NodeId, Damage)> + Sync,
    ) -> Result<(Derivation<'_>, BTreeMap<Rid, Damage>), LinkError> {
        self.work_in_bulk()?;
        let forest = Forest::new(&match &names {
            Some(names) => self.links_of(names)?,
            None => self.delta_links()?,
        });
        let mut roots: Vec<_> = walk::roots(&forest).collect();
        // A branch mostly stands in a tree of its own. The newest comes first, and waits for where it began:
        // nobody knows beforehand for which of many children an older one would have to be kept. What
        // stands alone is read longest and worked on least: it is better not begun with.
        roots.sort_by_key(|root| (forest.weight(*root) == 1, Reverse(*root)));
        let total = roots.iter().map(|root| u64::from(forest.weight(*root))).sum();
        let (names, small) = names.map(CloneNames::into_parts).unzip();
        let mut reader = Reader::new(self, &forest, Bounds::USUAL, roots);
        reader.small = small.as_ref();
        let mut damaged = BTreeMap::new();
        for id in forest.ids() {
            if let (Fate::Damaged(damage), Some(rid)) = (forest.fate(id), forest.rid(id)) {
                damaged.insert(rid, damage);
            }
        }
        let mut done = 0;
        let task = |parcel: &Parcel, contents: &[Result<Bytes, Damage>]| {
            let steps = parcel.steps.iter().zip(contents);
            let lost =
                steps.filter_map(|(step, content)| Some((step.node, content.as_ref().err()?)));
            let mut lost: Vec<_> = lost.map(|(node, damage)| (node, damage.clone())).collect();
            lost.extend(check(parcel, contents));
            (parcel.steps.len() as u64, lost, look(parcel, contents, &forest))
        };
        let of_row = |(node, damage)| Some((forest.rid(node)?, damage));
        let begin = || {
            // What a clone has brought is not indexed yet.
            self.index_artifacts()?;
            Derivation::begin(self, &forest, names)
        };
        let derivation =
            walk::walk(&mut reader, task, begin, |derivation, (count, lost, seen)| {
                derivation.take(seen);
                damaged.extend(lost.into_iter().filter_map(of_row));
                done += count;
                progress(Progress { stage: Stage::Artifacts, done, total });
            })?;
        reader.leave_stones();
        damaged.extend(std::mem::take(&mut reader.damaged).into_iter().filter_map(of_row));
        Ok((derivation, damaged))
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
    /// Empties the tables. The forest is of all artifacts, and so are `names` if they are known.
    pub(crate) fn begin(
        tx: &'a WriteTx,
        forest: &Forest,
        names: Option<Numbers>,
    ) -> Result<Self, LinkError> {
        tx.empty_derived()?;
        tx.note_phantoms(forest.phantoms())?;
        tx.make_ticket_tables()?;
        tx.forget_awaited_picks()?;
        let names = match names {
            Some(names) if !tx.has_shunned()? => names,
            _ => tx.all_names()?,
        };
        let linker = Linker::anew(tx, names)?;
        Ok(Self { linker, survey: Survey::default(), pairs: Pairs::default() })
    }

    /// Takes down what was seen in a parcel of a walk.
    pub(crate) fn take(&mut self, seen: Seen) {
        take(&mut self.survey, &mut self.pairs, &self.linker.names, seen);
    }

    /// Derives the rows from what was seen.
    pub(crate) fn finish(self, mut progress: impl FnMut(Progress)) -> Result<Linked, LinkError> {
        let Self { linker: mut all, survey, pairs } = self;
        let Survey { mut meanings, mut ready } = survey;
        take_rest(&mut ready, pairs, &mut all)?;
        all.ready = ready;
        meanings.settle();
        // What is shunned means nothing any more, though it may still be here.
        let unwanted: BTreeSet<_> =
            all.tx.unwanted()?.into_iter().map(|(rid, _)| rid.get()).collect();
        all.expect(meanings.len());
        let total = meanings.len() as u64;
        for (done, (rid, meaning)) in (0..).zip(meanings.iter()) {
            if !unwanted.contains(&rid) {
                all.link_meaning(rid, meaning)?;
                all.write_many()?;
            }
            if done % STRIDE == 0 {
                progress(Progress { stage: Stage::Meanings, done, total });
            }
        }
        drop(meanings);
        let tx = all.tx;
        let (linked, _) = all.finish()?;
        tx.index_derived()?;
        tx.conceal_private()?;
        Ok(linked)
    }
}
