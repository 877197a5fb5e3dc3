//! What a check-in comes from, and what came of it.

use std::collections::{BTreeSet, HashSet};

use crate::artifact::Moment;
use crate::id::Rid;
use crate::limits;
use crate::tx::{DatabaseError, ReadTx};

/// A parent or child of a check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// The check-in.
    pub rid: Rid,
    /// Whether this is the line that the files come down by, rather than one that was merged.
    pub is_primary: bool,
    /// When it was made; `None` if only its name is known here.
    pub time: Option<Moment>,
}

/// Which lines are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lineage {
    /// From each check-in to its primary parent, or from each to those whose primary parent it is.
    Primary,
    /// Merges too.
    All,
}

/// Why a walk did not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// There is more than a walk may hold in memory.
    #[error("gave up after {0} check-ins")]
    TooLong(usize),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

#[derive(Debug, Clone, Copy)]
enum Direction {
    Back,
    Forth,
}

/// Check-ins on a walk from one of them, each told once: back from the newest, forth from the
/// oldest. It looks up what it tells, no more.
#[derive(Debug)]
struct Walk<'a> {
    tx: &'a ReadTx,
    lineage: Lineage,
    direction: Direction,
    /// Seen and still to be told, by time.
    due: BTreeSet<(Option<Moment>, Rid)>,
    seen: HashSet<Rid>,
}

impl ReadTx {
    /// What a check-in comes from: itself first, then the newest of those left, and so on.
    pub fn ancestors(
        &self,
        check_in: Rid,
        lineage: Lineage,
    ) -> impl Iterator<Item = Result<Rid, WalkError>> {
        Walk::from(self, check_in, lineage, Direction::Back)
    }

    /// What came of a check-in: itself first, then the oldest of those left, and so on.
    pub fn descendants(
        &self,
        check_in: Rid,
        lineage: Lineage,
    ) -> impl Iterator<Item = Result<Rid, WalkError>> {
        Walk::from(self, check_in, lineage, Direction::Forth)
    }
}

impl<'a> Walk<'a> {
    fn from(tx: &'a ReadTx, check_in: Rid, lineage: Lineage, direction: Direction) -> Self {
        let (due, seen) = (BTreeSet::from([(None, check_in)]), HashSet::from([check_in]));
        Self { tx, lineage, direction, due, seen }
    }

    fn step(&mut self, rid: Rid) -> Result<Rid, WalkError> {
        let next = match self.direction {
            Direction::Back => self.tx.parents(rid)?,
            Direction::Forth => self.tx.children(rid)?,
        };
        let is_wanted = |next: &Relative| self.lineage == Lineage::All || next.is_primary;
        for next in next.into_iter().filter(is_wanted) {
            if self.seen.insert(next.rid) {
                self.due.insert((next.time, next.rid));
            }
        }
        if self.seen.len() > limits::WALKED_CHECK_INS {
            self.due.clear();
            return Err(WalkError::TooLong(limits::WALKED_CHECK_INS));
        }
        Ok(rid)
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Rid, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, rid) = match self.direction {
            Direction::Back => self.due.pop_last()?,
            Direction::Forth => self.due.pop_first()?,
        };
        let step = self.step(rid);
        if step.is_err() {
            self.due.clear();
        }
        Some(step)
    }
}
