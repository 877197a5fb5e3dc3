//! The survey before a rebuild: every artifact is expanded once, on all cores.
//!
//! Workers find the artifacts with a meaning and parse them. Of check-ins they keep all but the
//! list of files, and compare that list with those of the parents: mostly the artifacts that build
//! upon each other are the ones that follow each other, and so are expanded together. What is in
//! different parcels is compared when the second one comes; lists are kept for that up to a limit,
//! and what is missed then is told by `Linker::changes_of` later.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::file_text::{self, FileText};
use super::files::Change;
use super::ready::{OwnedChange, Ready};
use crate::artifact::{Artifact, CheckIn};
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::KEPT_FILE_LISTS;
use crate::walk::{Forest, Parcel};

/// What the survey tells.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The artifacts with a meaning. Check-ins come with all but their files.
    pub(super) meanings: BTreeMap<i64, Option<Vec<u8>>>,
    /// What check-ins change, as far as it was found.
    pub(super) ready: Ready,
}

/// What a worker has found in a parcel.
pub(crate) struct Seen {
    /// Artifacts with a meaning that are no check-ins.
    others: Vec<i64>,
    check_ins: Vec<SeenCheckIn>,
}

struct SeenCheckIn {
    rid: i64,
    name: HashName,
    rest: Vec<u8>,
    /// Whom to compare it with.
    parents: Vec<HashName>,
    /// Its files, unless it is a delta manifest.
    files: Option<FileText>,
    /// What was compared within the parcel.
    compared: Vec<(HashName, Vec<OwnedChange>)>,
    /// Its files, if it has no parent.
    added: Option<Vec<OwnedChange>>,
}

/// What a worker does: looks for the artifacts of a parcel that have a meaning.
pub(crate) fn look(parcel: &Parcel, contents: &[Result<Bytes, Damage>], forest: &Forest) -> Seen {
    let rid_of = |node| forest.rid(node).map_or(0, Rid::get);
    let mut seen = Seen { others: Vec::new(), check_ins: Vec::new() };
    let expanded = parcel.steps.iter().zip(contents);
    let expanded: Vec<_> =
        expanded.filter_map(|(step, content)| Some((step, content.as_ref().ok()?))).collect();
    let texts: Vec<&[u8]> = expanded.iter().map(|&(_, content)| content.as_ref()).collect();
    for ((step, content), artifact) in expanded.into_iter().zip(Artifact::parse_many(&texts)) {
        let Ok(name) = HashName::parse(step.row.name.as_bytes()) else { continue };
        match artifact {
            Err(_) => {}
            Ok(Artifact::CheckIn(check_in)) => {
                seen.check_ins.push(see(rid_of(step.node), name, &check_in, content));
            }
            Ok(_) => seen.others.push(rid_of(step.node)),
        }
    }
    compare_within(&mut seen.check_ins);
    seen
}

fn see(rid: i64, name: HashName, check_in: &CheckIn<'_>, content: &Bytes) -> SeenCheckIn {
    let files = FileText::new(check_in, content);
    let parents: Vec<_> = check_in.parents.iter().copied().chain(check_in.picked()).collect();
    let added = files.as_ref().filter(|_| check_in.parents.is_empty()).map(|files| {
        let mut added = Vec::new();
        file_text::added(files, |change| added.push(OwnedChange::from(change)));
        added
    });
    let rest = check_in.without_files(content);
    SeenCheckIn { rid, name, rest, parents, files, compared: Vec::new(), added }
}

/// Compares the check-ins of a parcel with those parents that are in the same parcel.
fn compare_within(check_ins: &mut [SeenCheckIn]) {
    let lists = check_ins.iter().filter_map(|seen| Some((seen.name, seen.files.clone()?)));
    let lists: HashMap<_, _> = lists.collect();
    for seen in check_ins {
        let Some(files) = &seen.files else { continue };
        for parent in &seen.parents {
            if let Some(before) = lists.get(parent) {
                seen.compared.push((*parent, compare(before, files)));
            }
        }
    }
}

fn compare(parent: &FileText, child: &FileText) -> Vec<OwnedChange> {
    let mut changes = Vec::new();
    file_text::changes(parent, child, |change: &Change<'_>| changes.push(change.into()));
    changes
}

/// Check-ins of different parcels that are to be compared.
#[derive(Default)]
pub(super) struct Pairs {
    /// Check-ins that wait for this parent.
    waiting: HashMap<HashName, Vec<(i64, FileText)>>,
    /// Lists of files, and in which order they came.
    recent: HashMap<HashName, FileText>,
    order: VecDeque<HashName>,
    /// Bytes that are kept so.
    kept: usize,
}

impl Pairs {
    fn wait(&mut self, parent: HashName, rid: i64, files: &FileText) {
        // More than that is told in another way.
        if self.kept < KEPT_FILE_LISTS {
            self.kept += files.len();
            self.waiting.entry(parent).or_default().push((rid, files.clone()));
        }
    }

    fn come(&mut self, name: HashName, files: FileText) -> Vec<(i64, FileText)> {
        let waiting = self.waiting.remove(&name).unwrap_or_default();
        self.kept -= waiting.iter().map(|(_, files)| files.len()).sum::<usize>();
        while self.kept + files.len() > KEPT_FILE_LISTS
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept -= self.recent.remove(&oldest).map_or(0, |files| files.len());
        }
        self.kept += files.len();
        self.order.push_back(name);
        self.recent.insert(name, files);
        waiting
    }
}

/// Takes down what a worker has found.
pub(super) fn take(survey: &mut Survey, pairs: &mut Pairs, seen: Seen) {
    survey.meanings.extend(seen.others.into_iter().map(|rid| (rid, None)));
    for check_in in seen.check_ins {
        let SeenCheckIn { rid, name, rest, parents, files, mut compared, added } = check_in;
        survey.meanings.insert(rid, Some(rest));
        let Some(files) = files else { continue };
        for parent in parents {
            if compared.iter().any(|(of, _)| *of == parent) {
                continue;
            }
            match pairs.recent.get(&parent) {
                Some(before) => compared.push((parent, compare(before, &files))),
                None => pairs.wait(parent, rid, &files),
            }
        }
        if let Some(added) = added {
            survey.ready.add_root(rid, &added);
        }
        for (parent, changes) in compared {
            survey.ready.add(rid, parent, &changes);
        }
        for (child, of_child) in pairs.come(name, files.clone()) {
            survey.ready.add(child, name, &compare(&files, &of_child));
        }
    }
}
