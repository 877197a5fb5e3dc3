//! Which version comes from which, and which versions are leaves.

use outcrop_format::hash::HashName;

use super::LinkError;
use super::linker::{Changes, Linker};
use super::tags::number;
use super::time;
use crate::artifact::Artifact;
use crate::tx::derived::{Child, ParentRow, TagKind, Value};

/// The branch of check-ins that have none.
const TRUNK: &[u8] = b"trunk";

impl Linker<'_> {
    /// Records the parents of a version that was made at `mtime`, the primary one first. Gives that one; 0
    /// if there is none.
    pub(super) fn add_parents(
        &mut self,
        rid: i64,
        parents: &[i64],
        mtime: f64,
        baseline: Option<i64>,
    ) -> Result<i64, LinkError> {
        let mut first = 0;
        for (place, parent) in parents.iter().copied().enumerate() {
            let primary = place == 0;
            if primary {
                first = parent;
            }
            let tx = self.tx;
            let children = self.children.change(parent, || tx.children_of(parent))?;
            if children.iter().any(|child| child.rid == rid) {
                continue;
            }
            push_one(children, Child { rid, primary, mtime });
            push_one(self.parents.change(rid, || tx.parents_of(rid))?, parent);
            self.new_parents.push(ParentRow { parent, child: rid, primary, mtime, baseline });
            if !self.fresh && tx.is_leaf(parent)? {
                self.leaf_checks.insert(parent);
            }
        }
        Ok(first)
    }

    /// Obeys a tag that gives a check-in other parents.
    pub(super) fn reparent(&mut self, rid: i64, value: &[u8]) -> Result<(), LinkError> {
        let Some(parents) = parents_in(value) else { return Ok(()) };
        let Some(content) = self.content(rid)? else { return Ok(()) };
        let Ok(Artifact::CheckIn(check_in)) = Artifact::parse(&content) else { return Ok(()) };
        // Tags are inherited along the parents of the moment.
        self.order.mattered = true;
        self.remove_parents(rid)?;
        let baseline = match &check_in.baseline {
            Some(baseline) => Some(self.number(baseline)?),
            None => None,
        };
        let parents = self.numbers(&parents)?;
        self.add_parents(rid, &parents, time::of(check_in.date), baseline)?;
        self.unchanged.insert(rid, Changes::Again);
        Ok(())
    }

    /// Obeys all tags that give a check-in other parents once more: a check-in that came after its
    /// tag has brought its own parents. As Fossil does.
    pub(super) fn reparent_all(&mut self) -> Result<(), LinkError> {
        let orders = self.tags.changed().flat_map(|(rid, rows)| {
            let orders = rows.iter();
            let orders =
                orders.filter(|row| row.tag == number::PARENT && row.kind == TagKind::Single);
            orders.map(move |row| (rid, row.value.clone()))
        });
        for (rid, value) in orders.collect::<Vec<_>>() {
            self.reparent(rid, value.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Takes note if a check-in comes after a tag that gives it other parents: a rebuild has it
    /// before it meets the tag.
    pub(super) fn expect_own_parents(&mut self, rid: i64) -> Result<(), LinkError> {
        let comes_late = !self.fresh && self.tag_of(rid, number::PARENT)?.is_some();
        self.order.mattered |= comes_late;
        self.order.broken |= comes_late;
        Ok(())
    }

    fn remove_parents(&mut self, rid: i64) -> Result<(), LinkError> {
        let tx = self.tx;
        let parents = self.parents.change(rid, || tx.parents_of(rid))?;
        for parent in std::mem::take(parents) {
            self.children
                .change(parent, || tx.children_of(parent))?
                .retain(|child| child.rid != rid);
            self.nudges.insert(parent);
            tx.remove_parent(parent, rid)?;
        }
        self.new_parents.retain(|row| row.child != rid);
        Ok(())
    }

    /// Takes note that a version and its parents may be leaves now, or none any more.
    pub(super) fn check_leaf_later(&mut self, rid: i64) -> Result<(), LinkError> {
        let tx = self.tx;
        self.leaf_checks.insert(rid);
        self.leaf_checks.extend(self.parents.get(rid, || tx.parents_of(rid))?);
        Ok(())
    }

    /// Tells which check-ins are leaves: those without a child on the same branch.
    pub(super) fn tell_leaves(&mut self) -> Result<(), LinkError> {
        let checks = std::mem::take(&mut self.leaf_checks);
        for rid in checks {
            if rid == 0 {
                continue;
            }
            let branch = self.branch_of(rid)?;
            let children: Vec<_> = self.children_of(rid)?.iter().map(|child| child.rid).collect();
            let mut is_leaf = true;
            for child in children {
                is_leaf &= self.branch_of(child)? != branch;
            }
            if is_leaf || !self.fresh {
                self.tx.put_leaf(rid, is_leaf)?;
            }
        }
        Ok(())
    }

    /// The primary parent of a version.
    pub(super) fn primary_parent(&mut self, rid: i64) -> Result<Option<i64>, LinkError> {
        let tx = self.tx;
        Ok(self.parents.get(rid, || tx.parents_of(rid))?.first().copied())
    }

    fn branch_of(&mut self, rid: i64) -> Result<Value, LinkError> {
        let row = self.tag_of(rid, number::BRANCH)?;
        Ok(row.and_then(|row| row.value.clone()).unwrap_or_else(|| TRUNK.into()))
    }
}

/// Adds to a list that mostly has one entry: there are hundreds of thousands of them.
fn push_one<T>(list: &mut Vec<T>, entry: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(entry);
}

/// The parents that the value of a tag names; `None` if it is no list of names.
pub(super) fn parents_in(value: &[u8]) -> Option<Vec<HashName>> {
    let names = value.split(|byte| *byte == b' ').filter(|name| !name.is_empty());
    names.map(|name| HashName::parse(name).ok()).collect()
}
