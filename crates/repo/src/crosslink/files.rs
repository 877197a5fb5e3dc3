//! Which files differ between a check-in and one of its parents.
//!
//! The rules are Fossil's, down to what it tells of odd check-ins: other programs read the rows.

use std::borrow::Cow;
use std::cmp::Ordering;

use outcrop_format::hash::HashName;

use crate::artifact::{CheckIn, FileCard, FileMode};

/// The files of a check-in, in the order of their names.
#[derive(Debug)]
pub(super) struct Files<'a> {
    /// Those that the check-in names itself.
    own: Vec<File<'a>>,
    /// Those of its baseline, if it is a delta manifest.
    base: Option<Vec<File<'a>>>,
}

/// A file of a check-in.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) name: Cow<'a, [u8]>,
    /// `None` if a file of the baseline is gone.
    pub(super) content: Option<HashName>,
    pub(super) mode: FileMode,
    pub(super) old_name: Option<Cow<'a, [u8]>>,
}

/// A file that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change<'a> {
    pub(super) name: &'a [u8],
    /// Its name in the parent, if it was renamed.
    pub(super) old_name: Option<&'a [u8]>,
    /// The content in the parent.
    pub(super) before: Option<HashName>,
    /// The content in the check-in.
    pub(super) content: Option<HashName>,
    pub(super) mode: FileMode,
}

impl<'a> Files<'a> {
    /// The files of a check-in, whose baseline must be there if it has one.
    pub(super) fn new(check_in: &CheckIn<'a>, baseline: Option<&CheckIn<'a>>) -> Self {
        let files = |check_in: &CheckIn<'a>| check_in.files.iter().map(File::new).collect();
        Self { own: files(check_in), base: baseline.map(files) }
    }

    /// The files of a check-in that has no baseline.
    pub(super) const fn plain(files: Vec<File<'a>>) -> Self {
        Self { own: files, base: None }
    }

    /// The files that the check-in names itself.
    pub(super) fn own(&self) -> &[File<'a>] {
        &self.own
    }

    const fn is_delta(&self) -> bool {
        self.base.is_some()
    }

    fn find_own(&self, name: &[u8]) -> Option<&File<'a>> {
        find(&self.own, name)
    }

    /// The file of this name, unless it is gone.
    fn find(&self, name: &[u8]) -> Option<&File<'a>> {
        match self.find_own(name) {
            Some(file) => Some(file).filter(|file| file.content.is_some()),
            None => find(self.base.as_deref()?, name),
        }
    }

    /// All files that are not gone, in no order.
    fn all(&self) -> impl Iterator<Item = &File<'a>> {
        let own = self.own.iter().filter(|file| file.content.is_some());
        let base = self.base.iter().flatten();
        let base =
            base.filter(|file| file.content.is_some() && self.find_own(&file.name).is_none());
        own.chain(base)
    }
}

fn find<'f, 'a>(files: &'f [File<'a>], name: &[u8]) -> Option<&'f File<'a>> {
    let place = files.binary_search_by(|file| {
        let order: Ordering = (*file.name).cmp(name);
        order
    });
    files.get(place.ok()?)
}

impl<'a> File<'a> {
    pub(super) fn new(card: &FileCard<'a>) -> Self {
        Self {
            name: card.name.decode(),
            content: card.content,
            mode: card.mode(),
            old_name: card.old_name.map(crate::artifact::Text::decode),
        }
    }

    /// The file as one that is new.
    pub(super) fn added(&self) -> Change<'_> {
        self.change(None, None)
    }

    /// The file as one that is no more.
    pub(super) fn gone(&self) -> Change<'_> {
        Change {
            name: &self.name,
            old_name: None,
            before: self.content,
            content: None,
            mode: FileMode::Regular,
        }
    }

    /// The file as one that differs.
    pub(super) fn change<'f>(
        &'f self,
        before: Option<HashName>,
        old_name: Option<&'f [u8]>,
    ) -> Change<'f> {
        Change { name: &self.name, old_name, before, content: self.content, mode: self.mode }
    }
}

/// What differs in `child`, seen from `parent`.
pub(super) fn changes<'f>(parent: &'f Files<'_>, child: &'f Files<'_>) -> Vec<Change<'f>> {
    let mut changes = Vec::new();
    for file in &child.own {
        let change = match &file.old_name {
            Some(old_name) => Some(match parent.find(old_name) {
                Some(before) => file.change(before.content, Some(old_name)),
                None => file.added(),
            }),
            None => match parent.find(&file.name) {
                None => file.content.is_some().then(|| file.added()),
                Some(before) if before.content == file.content && before.mode == file.mode => None,
                Some(before) => Some(file.change(before.content, None)),
            },
        };
        changes.extend(change);
    }
    if parent.is_delta() && child.is_delta() {
        changes.extend(back_to_baseline(parent, child));
    } else if !child.is_delta() {
        let gone = parent.all().filter(|file| child.find(&file.name).is_none());
        changes.extend(gone.map(File::gone));
    }
    changes
}

/// What a delta manifest changes by not naming it, where the delta manifest before it does.
fn back_to_baseline<'f>(
    parent: &'f Files<'_>,
    child: &'f Files<'_>,
) -> impl Iterator<Item = Change<'f>> {
    parent.own.iter().filter_map(move |before| {
        if before.content.is_none() {
            return child.find(&before.name).map(File::added);
        }
        if child.find_own(&before.name).is_some() {
            return None;
        }
        child.find(&before.name).map(|file| file.change(before.content, None))
    })
}
