//! Verifying a repository: every artifact expanded, hashed and compared with its name.
//!
//! Stored as deltas, the artifacts are a forest: each stands below its source, and the trees' roots
//! have content of their own. Expanding them one by one would expand the upper ones over and over.
//! So the forest is walked once, sources before deltas, on all cores:
//!
//! ```text
//!             Parcel: rows, and the sources they build upon
//!          ┌────────────────────────────────────────────────►┐
//!   reader │ Expanded: the sources for the next parcels      │ workers
//!          │◄────────────────────────────────────────────────┤
//!          │ Checked: what is wrong                          │
//!          └◄────────────────────────────────────────────────┘
//! ```
//!
//! Only the reader has a connection. A worker first expands its parcel and hands back what later
//! parcels build upon, and hashes after that: so even one long chain of deltas keeps all cores busy,
//! one expanding the next parcel while the others hash the last ones.
//!
//! Memory is bounded by [`KEPT_SOURCES`](crate::limits::KEPT_SOURCES) and by two parcels for each
//! worker, of [`PARCEL_CONTENT`](crate::limits::PARCEL_CONTENT) bytes each or one artifact that is
//! larger, beside some forty bytes for each artifact there is.

mod forest;
mod parcel;
mod reader;
mod report;

use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::damage::Damage;
use crate::tx::{DatabaseError, ReadTx};
use forest::{Fate, Forest, NodeId};
use parcel::{Parcel, Told};
use reader::{Bounds, Reader};
pub use report::{DamagedArtifact, Progress, Subset, VerifyReport};

/// Parcels under way for each worker: one in work, one to go on with.
const PARCELS_PER_WORKER: usize = 2;

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
        let roots = (0..).zip(reader::roots(&forest));
        let roots: Vec<_> = roots.filter(|(n, _)| subset.holds(*n)).map(|(_, root)| root).collect();
        let in_trees: u64 = roots.iter().map(|root| u64::from(forest.weight(*root))).sum();
        let total = report.checked + in_trees;
        let mut reader = Reader::new(self, &forest, bounds, roots);
        walk(&mut reader, |checked| {
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

/// Walks the forest with as many workers as there are cores.
fn walk(
    reader: &mut Reader<'_>,
    mut checked: impl FnMut(parcel::Checked),
) -> Result<(), DatabaseError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (give, take) = mpsc::channel();
    let take = Mutex::new(take);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (take, tell) = (&take, tell.clone());
            scope.spawn(move || {
                while let Some(parcel) = next(take) {
                    // Nobody listens only after the database has failed.
                    parcel::work(&parcel, |told| drop(tell.send(told)));
                }
            });
        }
        // When the reader ends, for better or worse, its end of the channel closes and so the
        // workers end.
        let give = give;
        let mut under_way = 0;
        loop {
            while under_way < workers * PARCELS_PER_WORKER
                && let Some(parcel) = reader.fill_parcel()?
            {
                under_way += usize::from(give.send(parcel).is_ok());
            }
            if under_way == 0 {
                return Ok(());
            }
            match told.recv() {
                Ok(Told::Expanded(expanded)) => reader.expanded(&expanded),
                Ok(Told::Checked(result)) => {
                    under_way -= 1;
                    checked(result);
                }
                Err(_) => return Ok(()),
            }
        }
    })
}

/// The next parcel for a worker; `None` when there will be no more.
fn next(take: &Mutex<Receiver<Parcel>>) -> Option<Parcel> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
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
