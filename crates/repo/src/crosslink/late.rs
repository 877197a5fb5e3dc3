//! Check-ins that still wait for a parent when all artifacts were gone over.
//!
//! Mostly the parent had come before, and its list of files was given up. These parents are expanded once
//! more, on all cores: each of what they build upon once, up to the nearest that is still known.

use std::collections::BTreeSet;

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::LinkError;
use super::file_text::FileText;
use super::influx::Influx;
use super::linker::Linker;
use super::pairs::Pairs;
use super::ready::{OwnedChange, Ready};
use super::survey::{Found, compare, find};
use crate::artifact::Artifact;
use crate::damage::Damage;
use crate::id::Rid;
use crate::maps::Map;
use crate::walk::{Forest, Parcel};

/// Check-ins that wait for the same parent, with their files.
type Children = Vec<(i64, FileText)>;

/// What a check-in changes, seen from a parent.
struct Compared {
    child: i64,
    parent: HashName,
    changes: Vec<OwnedChange>,
}

/// Compares what still waits with its parents, if they are here. Nothing more is to be found after that.
pub(super) fn take_rest(
    ready: &mut Ready,
    pairs: Pairs,
    linker: &mut Linker<'_>,
) -> Result<(), LinkError> {
    let mut waiting: Map<Rid, (HashName, Children)> = Map::default();
    let mut chains = BTreeSet::new();
    let mut all = Vec::new();
    for (parent, children) in pairs.into_waiting() {
        let Some(rid) = Rid::new(linker.known(&parent)?) else { continue };
        let chain = linker.tx.to_expand(rid)?;
        if chain.is_empty() {
            // It may be expanded still.
            let content = linker.content(rid.get())?;
            all.extend(content.iter().flat_map(|content| compare_all(parent, &children, content)));
        } else {
            chains.extend(chain);
            waiting.insert(rid, (parent, children));
        }
    }
    let chains: Vec<_> = chains.into_iter().collect();
    let task = |parcel: &Parcel, contents: &[Result<Bytes, Damage>], forest: &Forest| {
        let rids = parcel.steps.iter().map(|step| forest.rid(step.node));
        let waited_for = rids.zip(contents).filter_map(|(rid, content)| {
            let (parent, children) = waiting.get(&rid?)?;
            Some(compare_all(*parent, children, content.as_ref().ok()?))
        });
        waited_for.flatten().collect::<Vec<_>>()
    };
    // Mostly nothing waits. Threads would be started for it.
    if !chains.is_empty() {
        all = Influx::of(linker.tx, &chains)?.walk(linker.tx, task, all, Vec::extend)?;
    }
    for Compared { child, parent, changes } in all {
        ready.add(child, Some(&parent), &changes, &linker.names);
    }
    ready.settle();
    Ok(())
}

fn compare_all(parent: HashName, children: &Children, content: &Bytes) -> Vec<Compared> {
    let candidate = Artifact::candidates(&[content]).into_iter().flatten().next();
    let beside = children.first().map(|(_, files)| files);
    let found = candidate.map(|candidate| find(beside, candidate, content));
    let Some(Found::CheckIn(found)) = found else { return Vec::new() };
    let Some(files) = found.files else { return Vec::new() };
    let compared = children.iter().map(|(child, of_child)| {
        let changes = compare(&files, of_child);
        Compared { child: *child, parent, changes }
    });
    compared.collect()
}
