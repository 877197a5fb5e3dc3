//! The survey before a rebuild: every artifact is expanded once, on all cores.
//!
//! Workers find the artifacts with a meaning and parse them. Of check-ins they keep all but the
//! list of files, and compare that list with those of the parents: mostly the artifacts that build
//! upon each other are the ones that follow each other, and so are expanded together. What is in
//! different parcels is compared when the second one comes; lists are kept for that up to a limit,
//! and what is missed then is told by `Linker::changes_of` later.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::file_text::{self, FileText};
use super::files::Change;
use super::meanings::{Meaning, Meanings, Rest};
use super::pairs::Pairs;
use super::ready::{OwnedChange, Ready};
use crate::artifact::{Artifact, Candidate, CheckIn, Cluster};
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::SMALL_ARTIFACT;
use crate::numbers::Numbers;
use crate::walk::{Forest, Parcel, Source};

/// What the survey tells.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The artifacts with a meaning.
    pub(super) meanings: Meanings,
    /// What check-ins change, as far as it was found.
    pub(super) ready: Ready,
}

/// What a worker has found in a parcel.
pub(crate) struct Seen {
    /// Artifacts with a meaning that are no check-ins, and no clusters.
    others: Vec<Other>,
    clusters: Vec<(i64, Cluster)>,
    check_ins: Vec<SeenCheckIn>,
}

struct Other {
    rid: i64,
    /// `None` if it is large.
    text: Option<Vec<u8>>,
}

struct SeenCheckIn {
    rid: i64,
    name: HashName,
    found: FoundCheckIn,
    /// What was compared within the parcel.
    compared: Vec<(HashName, Vec<OwnedChange>)>,
}

pub(super) struct FoundCheckIn {
    /// Whom to compare it with: its parents, and those whose changes it took over.
    parents: Vec<HashName>,
    is_root: bool,
    /// What it is linked from.
    rest: Rest,
    /// Its files, unless it is a delta manifest.
    pub(super) files: Option<FileText>,
}

/// What a worker does: looks for the artifacts of a parcel that have a meaning.
pub(crate) fn look(parcel: &Parcel, contents: &[Result<Bytes, Damage>], forest: &Forest) -> Seen {
    let rid_of = |node| forest.rid(node).map_or(0, Rid::get);
    let mut seen = Seen { others: Vec::new(), clusters: Vec::new(), check_ins: Vec::new() };
    let texts: Vec<&[u8]> =
        contents.iter().map(|content| content.as_deref().unwrap_or_default()).collect();
    let mut looking = Looking { files: vec![None; parcel.steps.len()], last: None };
    let candidates = Artifact::candidates(&texts);
    for (place, (step, candidate)) in parcel.steps.iter().zip(candidates).enumerate() {
        let (Some(candidate), Some(Ok(content))) = (candidate, contents.get(place)) else {
            continue;
        };
        let Ok(name) = HashName::parse(step.row.name.as_bytes()) else { continue };
        match looking.look_at(place, step.source, candidate, content) {
            Found::Nothing => {}
            Found::Other(Artifact::Cluster(cluster)) => {
                seen.clusters.push((rid_of(step.node), cluster));
            }
            Found::Other(_) => {
                let is_small = content.len() <= SMALL_ARTIFACT;
                let text = is_small.then(|| content.to_vec());
                seen.others.push(Other { rid: rid_of(step.node), text });
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
pub(super) enum Found<'a> {
    /// It is plain content.
    Nothing,
    /// It has a meaning.
    Other(Artifact<'a>),
    CheckIn(FoundCheckIn),
}

/// The check-ins of a parcel that were looked at before.
struct Looking {
    /// Their files, by place.
    files: Vec<Option<FileText>>,
    /// The place of the last one.
    last: Option<usize>,
}

impl FoundCheckIn {
    pub(super) fn meaning(&self) -> Option<Meaning<'_>> {
        self.rest.meaning(self.parent())
    }

    /// Its first parent.
    fn parent(&self) -> Option<&HashName> {
        // Of what has none, the first may be one whose change it took over.
        if self.is_root { None } else { self.parents.first() }
    }
}

impl Looking {
    fn look_at<'a>(
        &mut self,
        place: usize,
        source: Source,
        candidate: Candidate<'a>,
        content: &Bytes,
    ) -> Found<'a> {
        let known = match source {
            Source::Step(source) => self.files_at(source).or_else(|| self.files_at(self.last?)),
            _ => self.last.and_then(|last| self.files_at(last)),
        };
        let found = find(known, candidate, content);
        if let Found::CheckIn(check_in) = &found
            && let Some(own) = self.files.get_mut(place)
        {
            own.clone_from(&check_in.files);
            self.last = Some(place);
        }
        found
    }

    fn files_at(&self, place: usize) -> Option<&FileText> {
        self.files.get(place)?.as_ref()
    }
}

/// Looks at what may be an artifact. `known` are the files of a check-in that may be much like it.
pub(super) fn find<'a>(
    known: Option<&FileText>,
    candidate: Candidate<'a>,
    content: &Bytes,
) -> Found<'a> {
    let familiar = known.filter(|_| !candidate.is_armored());
    if let Some(files) = familiar.and_then(|known| FileText::beside(content, known)) {
        // Only the other cards are left to parse.
        let rest = files.cut_from(content);
        // Without its F cards, what is none may be something else.
        if let Ok(Artifact::CheckIn(check_in)) = Artifact::parse_again(&rest) {
            let (parents, is_root) = compared_with(&check_in);
            let (rest, files) = (Rest::of(&check_in, || rest.clone()), Some(files));
            return Found::CheckIn(FoundCheckIn { parents, is_root, rest, files });
        }
    }
    match candidate.parse() {
        Ok(Artifact::CheckIn(check_in)) => {
            let (parents, is_root) = compared_with(&check_in);
            let files = FileText::new(&check_in, content);
            let rest = Rest::of(&check_in, || check_in.without_files(content));
            Found::CheckIn(FoundCheckIn { parents, is_root, rest, files })
        }
        Ok(other) => Found::Other(other),
        Err(_) => Found::Nothing,
    }
}

/// Whom to compare a check-in with, and whether it has no parents.
fn compared_with(check_in: &CheckIn<'_>) -> (Vec<HashName>, bool) {
    let parents = check_in.parents.iter().copied().chain(check_in.picked()).collect();
    (parents, check_in.parents.is_empty())
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

pub(super) fn compare(parent: &FileText, child: &FileText) -> Vec<OwnedChange> {
    let mut changes = Vec::new();
    file_text::changes(parent, child, |change: &Change<'_>| changes.push(change.into()));
    changes
}

fn added(files: &FileText) -> Vec<OwnedChange> {
    let mut added = Vec::new();
    file_text::added(files, |change| added.push(change.into()));
    added
}

/// Takes down what a worker has found. `known` are numbers of artifacts.
pub(super) fn take(survey: &mut Survey, pairs: &mut Pairs, known: &Numbers, seen: Seen) {
    for Other { rid, text } in seen.others {
        match text {
            Some(text) => survey.meanings.add_text(rid, &text),
            None => survey.meanings.add_large(rid),
        }
    }
    for (rid, cluster) in seen.clusters {
        survey.meanings.add_cluster(rid, &cluster, known);
    }
    let compared = seen.check_ins.iter().flat_map(|check_in| &check_in.compared);
    let with_child: HashSet<_> = compared.map(|(parent, _)| *parent).collect();
    for check_in in seen.check_ins {
        let SeenCheckIn { rid, name, found, mut compared } = check_in;
        survey.meanings.add_check_in(rid, &found.rest, found.parent(), known);
        let FoundCheckIn { parents, is_root, rest: _, files } = found;
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
            survey.ready.add(rid, None, &added(&files), known);
        }
        for (parent, changes) in compared {
            survey.ready.add(rid, Some(&parent), &changes, known);
        }
        for (child, of_child) in pairs.come(name, files.clone(), with_child.contains(&name)) {
            survey.ready.add(child, Some(&name), &compare(&files, &of_child), known);
        }
    }
}
