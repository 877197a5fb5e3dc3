//! Verifying a repository: every artifact expanded, hashed and compared with its name.
//!
//! The artifacts are walked over as [`crate::walk`] tells, on all cores, and what each worker does
//! is to hash them, many at once.

mod check;
mod report;

use crate::damage::Damage;
use crate::tx::{DatabaseError, ReadTx};
use crate::walk::{self, Bounds, Fate, Forest, NodeId, Reader};
pub use report::{DamagedArtifact, Progress, Subset, VerifyReport};

impl ReadTx {
    /// Verifies all artifacts, or a part of them, and calls `progress` from time to time.
    ///
    /// An error means that the database has failed. Damaged artifacts are no error: the report
    /// tells them.
    pub fn verify(
        &self,
        subset: Subset,
        progress: impl FnMut(Progress),
    ) -> Result<VerifyReport, DatabaseError> {
        self.verify_within(Bounds::USUAL, subset, progress)
    }

    fn verify_within(
        &self,
        bounds: Bounds,
        subset: Subset,
        mut progress: impl FnMut(Progress),
    ) -> Result<VerifyReport, DatabaseError> {
        let forest = Forest::new(&self.delta_links()?);
        let mut report = VerifyReport {
            subset,
            checked: 0,
            unchecked: 0,
            bytes: 0,
            phantoms: 0,
            pending: 0,
            damaged: Vec::new(),
            stray_deltas: self.stray_deltas()?,
        };
        report.stray_deltas.retain(|rid| subset.holds(rid.unsigned_abs()));
        let mut damaged = unrooted(&forest, subset, &mut report);
        let roots = (0..).zip(walk::roots(&forest));
        let roots: Vec<_> = roots.filter(|(n, _)| subset.holds(*n)).map(|(_, root)| root).collect();
        let in_trees: u64 = roots.iter().map(|root| u64::from(forest.weight(*root))).sum();
        let total = report.checked + in_trees;
        let mut reader = Reader::new(self, &forest, bounds, roots);
        let hash = |parcel: &walk::Parcel, contents: &[_]| check::check(&parcel.steps, contents);
        walk::walk(&mut reader, hash, |checked| {
            report.checked += checked.artifacts;
            report.bytes += checked.bytes;
            damaged.extend(checked.damaged);
            progress(Progress { checked: report.checked, total });
        })?;
        report.checked += reader.damaged.len() as u64;
        report.unchecked = total.saturating_sub(report.checked);
        damaged.append(&mut reader.damaged);
        damaged.sort_by_key(|(node, _)| *node);
        for (node, damage) in damaged {
            let Some(rid) = forest.rid(node) else { continue };
            let name = self.stored_row(rid)?.map(|row| row.name).unwrap_or_default();
            report.damaged.push(DamagedArtifact { rid, name, damage });
        }
        Ok(report)
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
            let tx = repo.read().unwrap();
            for (parcel_artifacts, parcel_content, kept_sources) in
                [(1000, 4_000_000, 100_000_000), (1, 1, 0), (7, 4_000_000, 300), (50, 600, 1000)]
            {
                let bounds = Bounds { parcel_content, parcel_artifacts, kept_sources };
                let mut last = None;
                let seen = |progress| last = Some(progress);
                let report = tx.verify_within(bounds, Subset::ALL, seen).unwrap();
                assert!(report.is_sound(), "{name}, {bounds:?}: {report}");
                assert_eq!(report.checked, 201, "{name}, {bounds:?}: {report}");
                assert_eq!(last, Some(Progress { checked: 201, total: 201 }), "{name}");
            }
        }
    }
}
