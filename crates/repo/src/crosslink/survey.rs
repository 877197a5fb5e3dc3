//! The survey before a rebuild: every artifact is expanded once, on all cores.
//!
//! Workers find the artifacts with a meaning and parse them. Of check-ins they keep all but the
//! list of files, and compare that list with those of the parents: mostly the artifacts that build
//! upon each other are the ones that follow each other, and so are expanded together. What is in
//! different parcels is compared when the second one comes; lists are kept for that up to a limit,
//! and what is missed then is told by `Linker::changes_of` later.

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::file_text::{self, FileText};
use super::files::Change;
use super::pairs::Pairs;
use super::ready::{OwnedChange, Ready};
use crate::artifact::{Artifact, Candidate};
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::SMALL_ARTIFACT;
use crate::walk::{Forest, Parcel, Source};

/// What the survey tells.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The artifacts with a meaning, and what they are parsed from again: check-ins come with all but
    /// their files, others only if they are small.
    pub(super) meanings: BTreeMap<i64, Option<Vec<u8>>>,
    /// What check-ins change, as far as it was found.
    pub(super) ready: Ready,
}

/// What a worker has found in a parcel.
pub(crate) struct Seen {
    /// Artifacts with a meaning that are no check-ins.
    others: Vec<(i64, Option<Vec<u8>>)>,
    check_ins: Vec<SeenCheckIn>,
}

struct SeenCheckIn {
    rid: i64,
    name: HashName,
    found: FoundCheckIn,
    /// What was compared within the parcel.
    compared: Vec<(HashName, Vec<OwnedChange>)>,
}

struct FoundCheckIn {
    /// Whom to compare it with.
    parents: Vec<HashName>,
    is_root: bool,
    /// What it is parsed from again.
    rest: Vec<u8>,
    /// Its files, unless it is a delta manifest.
    files: Option<FileText>,
}

/// What a worker does: looks for the artifacts of a parcel that have a meaning.
pub(crate) fn look(parcel: &Parcel, contents: &[Result<Bytes, Damage>], forest: &Forest) -> Seen {
    let rid_of = |node| forest.rid(node).map_or(0, Rid::get);
    let mut seen = Seen { others: Vec::new(), check_ins: Vec::new() };
    let texts: Vec<&[u8]> =
        contents.iter().map(|content| content.as_deref().unwrap_or_default()).collect();
    let mut looking = Looking { files: vec![None; parcel.steps.len()], last: None };
    let candidates = Artifact::candidates(&texts);
    for (place, (step, candidate)) in parcel.steps.iter().zip(candidates).enumerate() {
        let (Some(candidate), Some(Ok(content))) = (candidate, contents.get(place)) else {
            continue;
        };
        let Ok(name) = HashName::parse(step.row.name.as_bytes()) else { continue };
        match looking.look_at(place, step.source, &candidate, content) {
            Found::Nothing => {}
            Found::Other => {
                let small = (content.len() <= SMALL_ARTIFACT).then(|| content.to_vec());
                seen.others.push((rid_of(step.node), small));
            }
            Found::CheckIn(found) => {
                let rid = rid_of(step.node);
                seen.check_ins.push(SeenCheckIn { rid, name, found, compared: Vec::new() });
            }
        }
    }
    compare_within(&mut seen.check_ins);
    seen
}

/// What was found in one artifact.
enum Found {
    /// It is plain content.
    Nothing,
    /// It has a meaning.
    Other,
    CheckIn(FoundCheckIn),
}

/// The check-ins of a parcel that were looked at before.
struct Looking {
    /// Their files, by place.
    files: Vec<Option<FileText>>,
    /// The place of the last one.
    last: Option<usize>,
}

impl Looking {
    fn look_at(
        &mut self,
        place: usize,
        source: Source,
        candidate: &Candidate<'_>,
        content: &Bytes,
    ) -> Found {
        let known = match source {
            Source::Step(source) => self.files_at(source).or_else(|| self.files_at(self.last?)),
            _ => self.last.and_then(|last| self.files_at(last)),
        };
        let familiar = known.filter(|_| !candidate.is_armored());
        let familiar = familiar.and_then(|known| FileText::beside(content, known));
        // Of what is familiar only the other cards are left to parse.
        let cut = familiar.as_ref().map(|files| files.cut_from(content));
        let of_rest = cut.as_deref().map(Artifact::parse_again);
        // Without its F cards, what is none may be something else.
        let is_familiar = matches!(of_rest, Some(Ok(Artifact::CheckIn(_))));
        let parsed = match of_rest {
            Some(check_in) if is_familiar => check_in,
            _ => candidate.parse(),
        };
        let check_in = match parsed {
            Ok(Artifact::CheckIn(check_in)) => check_in,
            Ok(_) => return Found::Other,
            Err(_) => return Found::Nothing,
        };
        let familiar = familiar.filter(|_| is_familiar);
        let files = familiar.or_else(|| FileText::new(&check_in, content));
        let parents = check_in.parents.iter().copied().chain(check_in.picked()).collect();
        let is_root = check_in.parents.is_empty();
        let uncut = (!is_familiar).then(|| check_in.without_files(content));
        let rest = uncut.or(cut).unwrap_or_default();
        let found = FoundCheckIn { parents, is_root, rest, files };
        if let Some(own) = self.files.get_mut(place) {
            own.clone_from(&found.files);
            self.last = Some(place);
        }
        Found::CheckIn(found)
    }

    fn files_at(&self, place: usize) -> Option<&FileText> {
        self.files.get(place)?.as_ref()
    }
}

/// Compares the check-ins of a parcel with those parents that are in the same parcel.
fn compare_within(check_ins: &mut [SeenCheckIn]) {
    let lists = check_ins.iter().filter_map(|seen| Some((seen.name, seen.found.files.clone()?)));
    let lists: HashMap<_, _> = lists.collect();
    for seen in check_ins {
        let Some(files) = &seen.found.files else { continue };
        for parent in &seen.found.parents {
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

fn added(files: &FileText) -> Vec<OwnedChange> {
    let mut added = Vec::new();
    file_text::added(files, |change| added.push(change.into()));
    added
}

/// Takes down what a worker has found.
pub(super) fn take(survey: &mut Survey, pairs: &mut Pairs, seen: Seen) {
    survey.meanings.extend(seen.others);
    let compared = seen.check_ins.iter().flat_map(|check_in| &check_in.compared);
    let with_child: HashSet<_> = compared.map(|(parent, _)| *parent).collect();
    for check_in in seen.check_ins {
        let SeenCheckIn { rid, name, found, mut compared } = check_in;
        let FoundCheckIn { parents, is_root, rest, files } = found;
        survey.meanings.insert(rid, Some(rest));
        let Some(files) = files else { continue };
        for parent in parents {
            if compared.iter().any(|(of, _)| *of == parent) {
                continue;
            }
            match pairs.parent(parent) {
                Some(before) => compared.push((parent, compare(before, &files))),
                None => pairs.wait(parent, rid, &files),
            }
        }
        if is_root {
            survey.ready.add_root(rid, &added(&files));
        }
        for (parent, changes) in compared {
            survey.ready.add(rid, parent, &changes);
        }
        for (child, of_child) in pairs.come(name, files.clone(), with_child.contains(&name)) {
            survey.ready.add(child, name, &compare(&files, &of_child));
        }
    }
}
