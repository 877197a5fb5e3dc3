//! Which lines of the timeline are told.

use std::collections::HashSet;

use outcrop_repo::{
    Rid,
    read::{EventKind, Lineage, TimelineEntry, TimelineFilter},
    tx::{DatabaseError, ReadTx},
};

use super::LogArgs;
use crate::{failure::Failure, names};

/// Lines that are looked up together.
const PAGE: usize = 500;

impl LogArgs {
    fn filter(&self) -> TimelineFilter<'_> {
        TimelineFilter {
            kind: self.kind,
            branch: self.branch.as_deref(),
            user: self.user.as_deref(),
            until: self.until,
            since: self.since,
            path: self.file.as_deref().map(as_folder),
        }
    }
}

/// A path without the slash that a folder may be named with.
fn as_folder(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// Whether any check-in has, or had, a file or folder of this name.
pub(super) fn is_known(tx: &ReadTx, path: &str) -> Result<bool, DatabaseError> {
    let filter = TimelineFilter { path: Some(as_folder(path)), ..TimelineFilter::default() };
    Ok(!tx.timeline(&filter, None, 1)?.is_empty())
}

/// Visits line after line, newest first, for as long as `visit` wants more.
pub(super) fn each(
    tx: &ReadTx,
    args: &LogArgs,
    visit: impl FnMut(TimelineEntry) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    match &args.check_in {
        Some(name) => each_ancestor(tx, args, name, visit),
        None => each_event(tx, &args.filter(), visit),
    }
}

fn each_event(
    tx: &ReadTx,
    filter: &TimelineFilter<'_>,
    mut visit: impl FnMut(TimelineEntry) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let mut from = None;
    loop {
        let page = tx.timeline(filter, from, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        from = Some(last.position);
        for entry in page {
            if !visit(entry)? {
                return Ok(());
            }
        }
    }
}

/// Visits a check-in and what it comes from. It looks up no more than is told.
fn each_ancestor(
    tx: &ReadTx,
    args: &LogArgs,
    name: &str,
    mut visit: impl FnMut(TimelineEntry) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let filter = args.filter();
    let touching = filter.path.map(|path| touching(tx, path)).transpose()?;
    for rid in tx.ancestors(names::check_in(tx, Some(name))?.rid, Lineage::All) {
        let rid = rid?;
        if touching.as_ref().is_some_and(|touching| !touching.contains(&rid)) {
            continue;
        }
        // Of some ancestors only the name may be here.
        let Some(entry) = tx.event(rid)? else { continue };
        if fits(&entry, &filter) && !visit(entry)? {
            return Ok(());
        }
    }
    Ok(())
}

/// All check-ins that change a path.
fn touching(tx: &ReadTx, path: &str) -> Result<HashSet<Rid>, Failure> {
    let filter = TimelineFilter {
        kind: Some(EventKind::CheckIn),
        path: Some(path),
        ..TimelineFilter::default()
    };
    let mut all = HashSet::new();
    each_event(tx, &filter, |entry| Ok(all.insert(entry.rid)))?;
    Ok(all)
}

/// Whether a check-in is wanted, whatever files it changes.
fn fits(entry: &TimelineEntry, filter: &TimelineFilter<'_>) -> bool {
    filter.branch.is_none_or(|branch| entry.branch.as_deref() == Some(branch))
        && filter.user.is_none_or(|user| entry.user == user)
        && filter.since.is_none_or(|since| entry.time >= since)
        && filter.until.is_none_or(|until| entry.time <= until)
}
