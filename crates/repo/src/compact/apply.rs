//! Writing deltas in the place of contents.

use std::collections::HashMap;

use super::family::Made;
use crate::deltify::may_build_upon;
use crate::id::Rid;
use crate::tx::{DatabaseError, WriteTx};

/// Writes what still fits: others may have written since it was made. Gives the number of deltas
/// and the bytes that they save.
pub(super) fn apply(tx: &WriteTx, made: &[Made]) -> Result<(u64, u64), DatabaseError> {
    let mut trees = Trees::new(tx.delta_sources()?);
    let (mut deltas, mut saved) = (0, 0);
    for Made { of, source, delta } in made {
        let Some(now) = tx.blob(of.rid)? else { continue };
        let Some(source_now) = tx.blob(source.rid)? else { continue };
        let stands_whole = now.name == of.name && now.source.is_none() && !now.is_phantom();
        if !stands_whole
            || source_now.name != source.name
            || !may_build_upon(now.private, &source_now)
        {
            continue;
        }
        let foot = trees.foot(source.rid.get()).and_then(Rid::new);
        let Some(foot) = foot.filter(|foot| *foot != of.rid) else { continue };
        // What waits for a phantom has no content for others to build upon.
        if tx.delta_link(foot)?.is_none_or(|link| link.size < 0) {
            continue;
        }
        tx.store_as_delta(of.rid, &delta.sealed, source.rid)?;
        trees.source.insert(of.rid.get(), source.rid.get());
        deltas += 1;
        saved += delta.saved;
    }
    Ok((deltas, saved))
}

/// Which artifact stands whole at the foot of each delta.
///
/// An artifact that stands whole is needed by another if it stands at its foot. Ways to the foot are
/// made shorter as they are walked, so that long chains of deltas cost no more than short ones.
struct Trees {
    /// A source of each delta, not always the next one.
    source: HashMap<i64, i64>,
}

impl Trees {
    fn new(sources: Vec<(i64, i64)>) -> Self {
        Self { source: sources.into_iter().collect() }
    }

    /// The foot of the tree that an artifact stands in; `None` if deltas need each other.
    fn foot(&mut self, artifact: i64) -> Option<i64> {
        let mut at = artifact;
        for _ in 0..=self.source.len() {
            let Some(source) = self.source.get(&at).copied() else { return Some(at) };
            let Some(next) = self.source.get(&source).copied() else { return Some(source) };
            self.source.insert(at, next);
            at = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_ends_at_its_foot_and_a_loop_nowhere() {
        let mut trees = Trees::new((2..=1000).map(|rid| (rid, rid - 1)).collect());
        for _ in 0..2 {
            assert!((1..=1000).rev().all(|rid| trees.foot(rid) == Some(1)));
        }
        trees.source.insert(1, 1001);
        assert_eq!(trees.foot(1000), Some(1001));
        let mut trees = Trees::new(vec![(1, 2), (2, 3), (3, 1), (4, 2), (5, 5)]);
        assert!((1..=5).all(|rid| trees.foot(rid).is_none()));
    }
}
