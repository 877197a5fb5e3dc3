//! Storing a whole repository in less space: whatever still stands whole becomes a delta of a
//! neighbour, where that pays.
//!
//! Neighbours are what Fossil's `rebuild --compress` takes for such: check-ins that follow each
//! other, and the versions of a file; here also the versions of a wiki page, a ticket or a technote.
//! Each artifact is compared with up to [`NEIGHBOURS`](crate::limits::NEIGHBOURS) later ones, so that of each family the
//! latest stays whole. Those with little in common are not compared at all (`sketch.rs`).
//!
//! ```text
//!   read: rows of one step ─► open, compare with name ─► make and prove deltas ─► write, commit
//!        (a transaction)            (all cores)                (all cores)        (a transaction)
//! ```
//!
//! No transaction is open while deltas are made, so others read and write meanwhile. What they
//! change is looked at again before anything is written. Each step is committed: who stops a
//! compaction keeps what was done, and the next one goes on from there.

mod apply;
mod family;
mod sketch;
mod work;

use std::ops::ControlFlow;

use crate::limits::{COMPACT_ARTIFACTS, COMPACT_CONTENT, DELTA_MIN};
use crate::open::Repo;
use crate::tx::{DatabaseError, Whole};
use family::Neighbourhood;

/// What is to be decided about a compaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompactOptions {
    /// Whether the file gives back what it needs no more, once all is done. Nobody else can use the
    /// file meanwhile, and it takes as much free disk as the file has bytes.
    pub vacuum: bool,
}

/// How far a compaction has come. Also what it has done, once it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompactReport {
    /// Artifacts looked at. One that had several names is looked at once for each.
    pub examined: u64,
    /// Artifacts to look at, as far as is known: files are counted once check-ins are done.
    pub total: u64,
    /// Artifacts that are stored as deltas from now on.
    pub deltas: u64,
    /// Bytes that these need less.
    pub saved: u64,
    /// Whether all artifacts were looked at.
    pub finished: bool,
}

/// Why a compaction has ended early. What was committed stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Repo {
    /// Stores what still stands whole as deltas, where that pays. `progress` is called after each
    /// step, and may stop the compaction.
    ///
    /// What is damaged or not here is left alone, and nothing builds upon it.
    pub fn compact(
        &self,
        options: CompactOptions,
        mut progress: impl FnMut(&CompactReport) -> ControlFlow<()>,
    ) -> Result<CompactReport, CompactError> {
        let mut report = CompactReport::default();
        let events = self.read()?.whole_events(DELTA_MIN)?;
        if self.compact_all(&events, &mut report, &mut progress)?.is_break() {
            return Ok(report);
        }
        let files = self.read()?.whole_files(DELTA_MIN)?;
        if self.compact_all(&files, &mut report, &mut progress)?.is_break() {
            return Ok(report);
        }
        if options.vacuum {
            self.vacuum()?;
        }
        report.finished = true;
        Ok(report)
    }

    fn compact_all(
        &self,
        all: &[Whole],
        report: &mut CompactReport,
        progress: &mut impl FnMut(&CompactReport) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, DatabaseError> {
        report.total += all.len() as u64;
        let mut neighbours = Neighbourhood::default();
        let mut rest = all;
        while !rest.is_empty() {
            let (step, later) = rest.split_at(step_len(rest));
            rest = later;
            self.compact_step(step, &mut neighbours, report)?;
            if progress(report).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn compact_step(
        &self,
        step: &[Whole],
        neighbours: &mut Neighbourhood,
        report: &mut CompactReport,
    ) -> Result<(), DatabaseError> {
        report.examined += step.len() as u64;
        let tx = self.read()?;
        let mut rows = Vec::new();
        for whole in step {
            rows.extend(family::read(&tx, whole)?);
        }
        drop(tx);
        neighbours.extend(work::on_all_cores(&rows, family::opened).into_iter().flatten());
        let newcomers = neighbours.newcomers();
        let made: Vec<_> =
            work::on_all_cores(&newcomers, family::Newcomer::make).into_iter().flatten().collect();
        if !made.is_empty() {
            let tx = self.write()?;
            let (deltas, saved) = apply::apply(&tx, &made)?;
            tx.commit()?;
            report.deltas += deltas;
            report.saved += saved;
        }
        neighbours.forget_distant();
        Ok(())
    }
}

/// How many artifacts the next step takes: at least one, if there is one.
fn step_len(rest: &[Whole]) -> usize {
    let mut room = COMPACT_CONTENT as u64;
    let fits = |whole: &&Whole| match room.checked_sub(whole.size) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    rest.iter().take(COMPACT_ARTIFACTS).take_while(fits).count().max(1).min(rest.len())
}
