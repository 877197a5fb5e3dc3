//! Check-ins made at the same time, put in order on the timeline.
//!
//! A check-in whose child is not two seconds younger (or even older) is shown a little before that
//! child. Chains of such check-ins are worked out link by link, as often as there are links, but
//! [`ROUNDS`] times at most: that is Fossil's rule, and other programs show the result.

use std::collections::{BTreeMap, BTreeSet};

use super::LinkError;
use super::linker::Linker;
use super::tags::number;
use super::time;
use crate::tx::derived::{EventKind, TagKind};

/// How many links of a chain have an effect on its first.
const ROUNDS: usize = 30;

/// A child this much younger, in days, stands behind its parent anyway.
const WINDOW: f64 = 2.0 / 86_400.0;

/// How much earlier than its child a check-in is shown.
const STEP: f64 = 25.0 / 86_400_000.0;

/// A check-in with a child that is too close.
#[derive(Debug, Clone, Copy)]
struct Close {
    shown: f64,
    child: i64,
    /// When the child is shown. `None` once that is known not to move.
    child_shown: Option<f64>,
}

impl Linker<'_> {
    /// Tells when the check-ins that were taken note of are shown.
    pub(super) fn tell_nudges(&mut self) -> Result<(), LinkError> {
        let touched = self.with_close_ancestors()?;
        let mut close = BTreeMap::new();
        let mut next: Vec<i64> = touched.iter().copied().collect();
        for _ in 0..=ROUNDS {
            for rid in std::mem::take(&mut next) {
                if !close.contains_key(&rid)
                    && let Some(link) = self.close_child(rid)?
                {
                    close.insert(rid, link);
                    next.push(link.child);
                }
            }
        }
        settle(&mut close);
        for rid in touched {
            let shown = close.get(&rid).map(|link| link.shown);
            self.show_at(rid, shown)?;
        }
        Ok(())
    }

    /// The check-ins taken note of, and all that they may have an effect on.
    fn with_close_ancestors(&mut self) -> Result<BTreeSet<i64>, LinkError> {
        let mut touched = std::mem::take(&mut self.nudges);
        // While everything is new, everything was taken note of.
        let mut next: Vec<_> = touched.iter().copied().filter(|_| !self.fresh).collect();
        for _ in 0..ROUNDS {
            for rid in std::mem::take(&mut next) {
                let tx = self.tx;
                let mut parents = self.parents.get(rid, || tx.parents_of(rid))?.clone();
                parents.extend(self.tx.picks_of(rid)?);
                for parent in parents {
                    if !touched.contains(&parent) && self.close_child(parent)?.is_some() {
                        touched.insert(parent);
                        next.push(parent);
                    }
                }
            }
        }
        Ok(touched)
    }

    /// The child of a check-in that is too close. Of several it is the one that Fossil's rebuild
    /// comes to last.
    fn close_child(&mut self, rid: i64) -> Result<Option<Close>, LinkError> {
        let Some(shown) = self.made_at(rid)? else { return Ok(None) };
        let mut children = self.children_of(rid)?.to_vec();
        children.retain(|child| is_close(child.mtime, shown));
        let children = children.into_iter().map(|child| (child.rid, true));
        let picking = self.tx.picked_by(rid)?.into_iter().map(|check_in| (check_in, false));
        let mut found: Option<((i64, i64), Close)> = None;
        for (child, is_child) in children.chain(picking).collect::<Vec<_>>() {
            let Some(made) = self.made_at(child)? else { continue };
            if !is_close(made, shown) || !self.is_compared(child)? {
                continue;
            }
            let turn = (self.turn(rid, child, is_child)?, child);
            if found.is_none_or(|(last, _)| last < turn) {
                found = Some((turn, Close { shown, child, child_shown: Some(made) }));
            }
        }
        Ok(found.map(|(_, close)| close))
    }

    /// At which artifact Fossil's rebuild compares a child with a parent for the last time: at the
    /// child, unless nothing differs and it comes to one of the parents later; or at the very end,
    /// if a tag has given one of them other parents.
    fn turn(&mut self, parent: i64, child: i64, is_child: bool) -> Result<i64, LinkError> {
        let last = |has_other_parents: bool| if has_other_parents { i64::MAX } else { 0 };
        let mut turn = child.max(last(self.is_reparented(child)?));
        if self.has_changes(child, parent)? {
            return Ok(turn);
        }
        if is_child {
            turn = turn.max(parent).max(last(self.is_reparented(parent)?));
        }
        if let Some(primary) = self.primary_parent(child)?
            && !self.has_changes(child, primary)?
        {
            turn = turn.max(primary).max(last(self.is_reparented(primary)?));
        }
        Ok(turn)
    }

    fn is_reparented(&mut self, rid: i64) -> Result<bool, LinkError> {
        let tag = self.tag_of(rid, number::PARENT)?;
        Ok(tag.is_some_and(|tag| tag.kind == TagKind::Single))
    }

    /// Whether there are rows that tell how a check-in differs from a parent.
    fn has_changes(&self, check_in: i64, parent: i64) -> Result<bool, LinkError> {
        if self.fresh {
            return Ok(!self.same_as.contains(&(check_in, parent)));
        }
        Ok(self.tx.has_changes(check_in, parent)?)
    }

    /// When a check-in was made; `None` if there is no such check-in on the timeline.
    fn made_at(&mut self, rid: i64) -> Result<Option<f64>, LinkError> {
        if self.fresh {
            return Ok(self.made.get(&rid).copied());
        }
        let event = self.event(rid)?.filter(|event| event.kind == EventKind::CheckIn);
        Ok(event.and_then(|event| event.original_mtime.or(event.mtime)))
    }

    /// Whether the primary parent of a check-in is here: without it there is nothing to compare.
    fn is_compared(&mut self, rid: i64) -> Result<bool, LinkError> {
        let Some(parent) = self.primary_parent(rid)? else { return Ok(false) };
        Ok(self.made_at(parent)?.is_some())
    }

    /// Shows a check-in at its own time or at the one given, unless a tag has set another.
    fn show_at(&mut self, rid: i64, shown: Option<f64>) -> Result<(), LinkError> {
        let Some(made) = self.made_at(rid)? else { return Ok(()) };
        let is_as_made = self.fresh && shown.is_none();
        let edited = match self.tag_of(rid, number::DATE)? {
            // So it was put there.
            None if is_as_made => return Ok(()),
            None => Some(made),
            Some(tag) => match tag.value.clone() {
                Some(value) => self.tx.julian_day_of(&value)?,
                None => None,
            },
        };
        if edited != Some(made) {
            return Ok(());
        }
        let mtime = Some(shown.unwrap_or(made));
        if self.event(rid)?.is_some_and(|event| event.mtime != mtime) {
            self.change_event(rid, |event| event.mtime = mtime)?;
        }
        Ok(())
    }
}

/// Whether a child is not much younger than its parent.
fn is_close(child: f64, parent: f64) -> bool {
    time::exact(child) < time::exact(parent) + WINDOW
}

/// Moves each check-in before its child, and then before where the child has gone.
fn settle(close: &mut BTreeMap<i64, Close>) {
    for _ in 0..ROUNDS {
        let mut moved = false;
        for link in close.values_mut() {
            if let Some(child) = link.child_shown
                && link.shown >= child
                && link.shown < child + WINDOW
            {
                link.shown = child - STEP;
                moved = true;
            }
        }
        if !moved {
            break;
        }
        let shown: Vec<_> =
            close.values().map(|link| close.get(&link.child).map(|child| child.shown)).collect();
        for (link, child_shown) in close.values_mut().zip(shown) {
            link.child_shown = child_shown;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(links: &[(i64, f64, i64)], last: f64) -> Vec<f64> {
        let made = |rid| links.iter().find(|(of, ..)| *of == rid).map_or(last, |(_, at, _)| *at);
        let mut close = links
            .iter()
            .map(|&(rid, shown, child)| {
                (rid, Close { shown, child, child_shown: Some(made(child)) })
            })
            .collect();
        settle(&mut close);
        close.values().map(|link| link.shown).collect()
    }

    #[test]
    fn a_chain_of_the_same_time_is_spread_out() {
        let shown = settled(&[(1, 10.0, 2), (2, 10.0, 3), (3, 10.0, 4)], 10.0);
        assert_eq!(shown, [10.0 - STEP - STEP - STEP, 10.0 - STEP - STEP, 10.0 - STEP]);
    }

    #[test]
    fn a_child_that_is_younger_moves_nothing() {
        assert_eq!(settled(&[(1, 10.0, 2)], 10.0 + WINDOW / 2.0), [10.0]);
    }

    #[test]
    fn a_child_that_is_much_older_moves_nothing() {
        assert_eq!(settled(&[(1, 10.0, 2)], 10.0 - WINDOW), [10.0]);
    }
}
