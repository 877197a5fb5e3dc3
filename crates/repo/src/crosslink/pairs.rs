//! Check-ins that are to be compared, and do not come together.
//!
//! A check-in and its parent mostly build upon each other, and come one after the other. Where a tree
//! of deltas begins or ends they do not. So lists of files are kept until the other one comes, within
//! a limit. Those to which a child has been compared already are given up first: most check-ins have
//! one child.

use std::collections::VecDeque;

use outcrop_format::hash::HashName;

use super::file_text::FileText;
use crate::limits::KEPT_FILE_LISTS;
use crate::maps::Map;

#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Check-ins that wait for this parent.
    waiting: Map<HashName, Vec<(i64, FileText)>>,
    /// Lists that children may still ask for.
    kept: Map<HashName, Kept>,
    /// In which order they came, those without a child and the others. What has got a child since, or
    /// is gone, is passed over.
    childless: VecDeque<HashName>,
    others: VecDeque<HashName>,
    /// Bytes of all lists here.
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    files: FileText,
    has_child: bool,
}

impl Pairs {
    /// The files of a parent, if they are here. A child asks.
    pub(super) fn parent(&mut self, parent: HashName) -> Option<&FileText> {
        let kept = self.kept.get_mut(&parent)?;
        if !std::mem::replace(&mut kept.has_child, true) {
            self.others.push_back(parent);
        }
        Some(&kept.files)
    }

    /// Keeps a check-in until its parent comes.
    pub(super) fn wait(&mut self, parent: HashName, rid: i64, files: &FileText) {
        // What is more than that is told in another way.
        if self.make_room(files.len()) {
            self.bytes += files.len();
            self.waiting.entry(parent).or_default().push((rid, files.clone()));
        }
    }

    /// A check-in has come; `has_child` says that one has been compared with it already. Gives those
    /// that have waited for it.
    pub(super) fn come(
        &mut self,
        name: HashName,
        files: FileText,
        has_child: bool,
    ) -> Vec<(i64, FileText)> {
        let waiting = self.waiting.remove(&name).unwrap_or_default();
        self.bytes -= waiting.iter().map(|(_, files)| files.len()).sum::<usize>();
        if self.make_room(files.len()) {
            self.bytes += files.len();
            let has_child = has_child || !waiting.is_empty();
            if has_child { &mut self.others } else { &mut self.childless }.push_back(name);
            let before = self.kept.insert(name, Kept { files, has_child });
            self.bytes -= before.map_or(0, |before| before.files.len());
        }
        waiting
    }

    /// The check-ins that still wait, by the parent that they wait for: mostly it had come before, and its
    /// list was given up.
    pub(super) fn into_waiting(self) -> Map<HashName, Vec<(i64, FileText)>> {
        self.waiting
    }

    /// Gives up lists until there is room. Says whether there is.
    fn make_room(&mut self, wanted: usize) -> bool {
        while self.bytes + wanted > KEPT_FILE_LISTS {
            let (name, is_other) = match self.others.pop_front() {
                Some(name) => (name, true),
                None => match self.childless.pop_front() {
                    Some(name) => (name, false),
                    None => return false,
                },
            };
            if self.kept.get(&name).is_some_and(|kept| kept.has_child == is_other)
                && let Some(kept) = self.kept.remove(&name)
            {
                self.bytes -= kept.files.len();
            }
        }
        true
    }
}
