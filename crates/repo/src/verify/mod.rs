//! Verifying a repository: every artifact against its name, every derived row against the artifacts.
//!
//! The artifacts are walked over as `walk/` tells, on all cores, and what each worker does
//! is to hash them, many at once, and to look for those that have a meaning. From these all rows
//! are derived anew, beside the file, and compared with those in it: the file does not change.

mod derived;
mod report;
mod words;

use bytes::Bytes;

use crate::crosslink::{Derivation, LinkError, look};
use crate::damage::Damage;
pub use crate::progress::{Progress, Stage};
use crate::ticket::TicketTablesError;
use crate::tx::{DatabaseError, ReadTx};
use crate::walk::{self, Bounds, Fate, Forest, NodeId, Parcel, Reader};
pub use report::{
    DamagedArtifact, DerivedRows, Finding, FindingKind, Subset, TableFindings, VerifyReport,
};

impl ReadTx {
    /// Verifies everything: all artifacts, and that the derived rows are those that they tell.
    /// Calls `progress` from time to time.
    ///
    /// The transaction ends with this: to derive rows, its view is changed, though the file is not.
    /// An error means that the database has failed. What is damaged, missing or stale is no error:
    /// the report tells it.
    pub fn verify(self, mut progress: impl FnMut(Progress)) -> Result<VerifyReport, DatabaseError> {
        self.verify_within(Bounds::USUAL, &mut progress)
    }

    /// Verifies all artifacts, or a part of them, and calls `progress` from time to time.
    ///
    /// An error means that the database has failed. Damaged artifacts are no error: the report
    /// tells them.
    pub fn verify_artifacts(
        &self,
        subset: Subset,
        mut progress: impl FnMut(Progress),
    ) -> Result<VerifyReport, DatabaseError> {
        let forest = Forest::new(&self.delta_links()?);
        let mut check = Check::new(self, &forest, subset)?;
        check.walk(Bounds::USUAL, &mut progress, |_, _, _| (), || Ok(()), |(), ()| {})?;
        check.report()
    }

    fn verify_within(
        self,
        bounds: Bounds,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<VerifyReport, DatabaseError> {
        let tx = self.beside()?;
        tx.work_in_bulk()?;
        let forest = Forest::new(&tx.delta_links()?);
        let mut check = Check::new(&tx, &forest, Subset::ALL)?;
        let begin = || match Derivation::begin(&tx, &forest, None) {
            Ok(derivation) => Ok(Ok(derivation)),
            Err(error) => Ok(Err(refusal(error)?)),
        };
        let derivation = check.walk(bounds, progress, look, begin, |derivation, seen| {
            if let Ok(derivation) = derivation {
                derivation.take(seen);
            }
        })?;
        let derived = match derivation.map(|derivation| derivation.finish(&mut *progress)) {
            Ok(Ok(_)) => derived::compare(&tx, progress)?,
            Ok(Err(error)) => refusal(error)?,
            Err(refused) => refused,
        };
        Ok(VerifyReport { derived, ..check.report()? })
    }
}

/// That rows cannot be derived, unless it is the database that has failed.
fn refusal(error: LinkError) -> Result<DerivedRows, DatabaseError> {
    match error {
        LinkError::Database(error)
        | LinkError::TicketTables(TicketTablesError::Database(error)) => Err(error),
        LinkError::TicketTables(error) => Ok(DerivedRows::Refused { reason: error.to_string() }),
    }
}

/// The check of artifacts.
struct Check<'a> {
    tx: &'a ReadTx,
    forest: &'a Forest,
    report: VerifyReport,
    damaged: Vec<(NodeId, Damage)>,
}

impl<'a> Check<'a> {
    fn new(tx: &'a ReadTx, forest: &'a Forest, subset: Subset) -> Result<Self, DatabaseError> {
        let mut report = VerifyReport {
            subset,
            checked: 0,
            unchecked: 0,
            bytes: 0,
            phantoms: 0,
            pending: 0,
            damaged: Vec::new(),
            stray_deltas: tx.stray_deltas()?,
            derived: DerivedRows::Unasked,
        };
        report.stray_deltas.retain(|rid| subset.holds(rid.unsigned_abs()));
        let damaged = unrooted(forest, subset, &mut report);
        Ok(Self { tx, forest, report, damaged })
    }

    /// Checks all artifacts that can be reached. Those that are sound are given to `also`, on all
    /// cores, and what comes of that is put into a `basket`.
    fn walk<T: Send, B>(
        &mut self,
        bounds: Bounds,
        progress: &mut dyn FnMut(Progress),
        also: impl Fn(&Parcel, &[Result<Bytes, Damage>], &Forest) -> T + Sync,
        basket: impl FnOnce() -> Result<B, DatabaseError>,
        mut put: impl FnMut(&mut B, T),
    ) -> Result<B, DatabaseError> {
        let Self { tx, forest, report, damaged } = self;
        let subset = report.subset;
        let roots = (0..).zip(walk::roots(forest));
        let roots: Vec<_> = roots.filter(|(n, _)| subset.holds(*n)).map(|(_, root)| root).collect();
        let in_trees: u64 = roots.iter().map(|root| u64::from(forest.weight(*root))).sum();
        let total = report.checked + in_trees;
        let mut reader = Reader::new(tx, forest, bounds, roots);
        let task = |parcel: &Parcel, contents: &[_]| {
            let checked = walk::check(&parcel.steps, contents);
            let seen = also(parcel, &walk::sound(parcel, contents, &checked), forest);
            (checked, seen)
        };
        let basket = walk::walk(&mut reader, task, basket, |basket, (checked, seen)| {
            report.checked += checked.artifacts;
            report.bytes += checked.bytes;
            damaged.extend(checked.damaged);
            put(basket, seen);
            progress(Progress { stage: Stage::Artifacts, done: report.checked, total });
        })?;
        reader.leave_stones();
        report.checked += reader.damaged.len() as u64;
        report.unchecked = total.saturating_sub(report.checked);
        damaged.append(&mut reader.damaged);
        Ok(basket)
    }

    fn report(mut self) -> Result<VerifyReport, DatabaseError> {
        self.damaged.sort_by_key(|(node, _)| *node);
        for (node, damage) in self.damaged {
            let Some(rid) = self.forest.rid(node) else { continue };
            let name = self.tx.stored_row(rid)?.map(|row| row.name).unwrap_or_default();
            self.report.damaged.push(DamagedArtifact { rid, name, damage });
        }
        Ok(self.report)
    }
}

/// Takes note of what no walk can reach.
fn unrooted(forest: &Forest, subset: Subset, report: &mut VerifyReport) -> Vec<(NodeId, Damage)> {
    let mut damaged = Vec::new();
    for id in forest.ids().filter(|id| subset.holds(u64::from(*id))) {
        match forest.fate(id) {
            Fate::Rooted => {}
            Fate::Phantom => report.phantoms += 1,
            Fate::Pending => report.pending += 1,
            Fate::Damaged(damage) => {
                report.checked += 1;
                damaged.push((id, damage));
            }
        }
    }
    damaged
}

#[cfg(test)]
mod tests {
    use outcrop_format::hash::HashName;

    use super::*;
    use crate::artifact::Moment;
    use crate::create::CreateOptions;
    use crate::receive::{Incoming, Origin, Payload};
    use crate::{Repo, delta};

    /// Stores texts as deltas against earlier ones, `source(n)` being that of the `n`th; its own
    /// number says that it is stored whole.
    fn repository(path: &std::path::Path, count: usize, source: impl Fn(usize) -> usize) -> Repo {
        let at = Moment::parse(b"2024-01-02").unwrap();
        let options = CreateOptions::new("alice", at);
        let repo = Repo::create(path, &options, &mut |bytes| bytes.fill(1)).unwrap().repo;
        let text = |n: usize| format!("{n} {}", "text ".repeat(20 + n % 7)).into_bytes();
        let tx = repo.write().unwrap();
        let mut receiver = tx.receiver(Origin { user: Some(1), at, nonce: None, address: None });
        for n in 0..count {
            let (name, target) = (HashName::sha3_of(&text(n)), text(n));
            let (base, payload) = match source(n) {
                base if base == n => (None, target),
                base => (Some(HashName::sha3_of(&text(base))), delta::create(&text(base), &target)),
            };
            let payload = Payload::Plain(&payload);
            receiver.receive(&Incoming { name, source: base, payload, private: false }).unwrap();
        }
        tx.commit().unwrap();
        repo
    }

    /// However little may be held, everything is checked, once.
    #[test]
    fn every_shape_of_forest_is_walked_wholly() {
        type Source = fn(usize) -> usize;
        let shapes: [(&str, Source); 5] = [
            ("all whole", |n| n),
            ("a chain", |n| n.saturating_sub(1)),
            ("a star", |_| 0),
            ("a tree", |n| n / 2),
            ("several", |n| if n.is_multiple_of(40) { n } else { n - 1 - n % 3 * (n % 40 / 4) }),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (name, source) in shapes {
            let repo = repository(&folder.path().join(name), 200, source);
            for (parcel_artifacts, parcel_content, kept_sources) in
                [(1000, 4_000_000, 100_000_000), (1, 1, 0), (7, 4_000_000, 300), (50, 600, 1000)]
            {
                let bounds = Bounds { parcel_content, parcel_artifacts, kept_sources };
                let mut last = None;
                let mut seen = |progress: Progress| {
                    if progress.stage == Stage::Artifacts {
                        last = Some((progress.done, progress.total));
                    }
                };
                let tx = repo.read().unwrap();
                let report = tx.verify_within(bounds, &mut seen).unwrap();
                assert!(report.is_sound(), "{name}, {bounds:?}: {report}");
                assert_eq!(report.checked, 201, "{name}, {bounds:?}: {report}");
                assert_eq!(last, Some((201, 201)), "{name}");
            }
        }
    }
}
