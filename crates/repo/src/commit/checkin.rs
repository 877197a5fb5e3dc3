//! Check-ins from changed files.

use std::collections::{HashMap, HashSet};

use outcrop_format::hash::HashName;

use super::changes::{self, Change, Files};
use super::error::CheckInError;
use super::store::{Naming, Store};
use super::{Author, manifest};
use crate::artifact::Cherrypick;
use crate::blob::BlobRow;
use crate::id::Rid;
use crate::read::{EventKind, Tree};
use crate::tx::WriteTx;

/// The branch of which Fossil does not mind several.
const PRIVATE_BRANCH: &str = "private";

/// A check-in that is wanted. [`CheckInRequest::new`] has what is usual.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that Fossil asks about")]
pub struct CheckInRequest<'a> {
    /// What it follows upon, whose files it has where nothing is changed.
    pub parent: Option<Rid>,
    /// Check-ins that were merged into it.
    pub merged: &'a [Rid],
    /// Single check-ins whose changes it takes over, or backs out.
    pub cherrypicks: &'a [Cherrypick],
    /// What becomes of the files.
    pub changes: &'a [Change<'a>],
    /// What was done.
    pub comment: &'a str,
    /// The type of the comment's text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<&'a str>,
    /// Who does it, and when.
    pub author: Author<'a>,
    /// The branch that it starts; with `None` it is on that of its parent.
    pub branch: Option<NewBranch<'a>>,
    /// Tags for this check-in alone, without `sym-`.
    pub tags: &'a [&'a str],
    /// A colour for this check-in alone.
    pub background: Option<&'a str>,
    /// Whether nothing is to follow it on its branch.
    pub closes: bool,
    /// Whether what was merged is closed, where it is a leaf.
    pub integrates: bool,
    /// Whether it stays here. What follows upon a private check-in always does.
    pub private: bool,
    /// How the manifest is written.
    pub form: ManifestForm,
    /// Whether the parent may have a successor on its branch already.
    pub allow_fork: bool,
    /// Whether all files may be as the parent has them.
    pub allow_empty: bool,
    /// Whether the parent may be younger.
    pub allow_older: bool,
    /// Whether a branch that it starts may have the name of an open one.
    pub allow_same_branch: bool,
}

/// A branch to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewBranch<'a> {
    /// What it is called.
    pub name: &'a str,
    /// A colour for all of its check-ins.
    pub background: Option<&'a str>,
}

/// How a manifest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ManifestForm {
    /// As a difference where Fossil would do so: the repository has such manifests, they are not
    /// forbidden, and it pays.
    #[default]
    AsFossil,
    /// Whole.
    Whole,
    /// As a difference.
    Delta,
}

/// A check-in that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckedIn {
    /// Its row.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
    /// Whether its manifest is a difference from that of another.
    pub is_delta: bool,
}

impl<'a> CheckInRequest<'a> {
    /// A check-in on the branch of its parent that changes nothing yet.
    #[must_use]
    pub const fn new(parent: Option<Rid>, comment: &'a str, author: Author<'a>) -> Self {
        Self {
            parent,
            merged: &[],
            cherrypicks: &[],
            changes: &[],
            comment,
            mimetype: None,
            author,
            branch: None,
            tags: &[],
            background: None,
            closes: false,
            integrates: false,
            private: false,
            form: ManifestForm::AsFossil,
            allow_fork: false,
            allow_empty: false,
            allow_older: false,
            allow_same_branch: false,
        }
    }
}

/// What the request means here.
pub(super) struct Plan<'a> {
    pub(super) request: &'a CheckInRequest<'a>,
    pub(super) parent: Option<BlobRow>,
    pub(super) merged: Vec<BlobRow>,
    /// The name and colour of the branch that begins, if one does.
    pub(super) branch: Option<(String, Option<&'a str>)>,
    /// The files of the parent.
    pub(super) before: Tree,
    pub(super) files: Files,
    /// What is new, by name.
    pub(super) contents: HashMap<HashName, &'a [u8]>,
    pub(super) naming: Naming,
    pub(super) private: bool,
}

impl WriteTx {
    /// Makes a check-in from changed files.
    pub fn check_in(&self, request: &CheckInRequest<'_>) -> Result<CheckedIn, CheckInError> {
        let plan = self.plan(request)?;
        let (manifest, is_delta) = manifest::compose(self, &plan)?;
        let mut store = Store::new(self, request.author, plan.naming, plan.private)?;
        let mut contents: Vec<_> = plan.contents.values().collect();
        contents.sort_unstable();
        for content in contents {
            store.put(content)?;
        }
        let written = store.put(&manifest)?;
        store.finish(&written)?;
        Ok(CheckedIn { rid: written.rid, name: written.name, is_delta })
    }

    fn plan<'a>(&self, request: &'a CheckInRequest<'a>) -> Result<Plan<'a>, CheckInError> {
        let parent = request.parent.map(|rid| self.known_check_in(rid)).transpose()?;
        let merged = request.merged.iter().filter(|rid| Some(**rid) != request.parent);
        let merged = merged.map(|rid| self.known_check_in(*rid)).collect::<Result<Vec<_>, _>>()?;
        let private = request.private || parent.is_some_and(|parent| parent.private);
        let branch = match (request.branch, request.parent) {
            (Some(branch), _) => Some((branch.name.to_owned(), branch.background)),
            (None, Some(_)) => None,
            (None, None) => Some((self.main_branch()?, None)),
        };
        let before = request.parent.map(|rid| self.tree_at(rid)).transpose()?.unwrap_or_default();
        let naming = Naming::of(self)?;
        let name_of = |content: &[u8]| naming.name(self, content);
        let files = changes::apply(&before.files, request.changes, name_of)?;
        let mut contents = HashMap::new();
        for change in request.changes {
            if let Change::Put { content, .. } = *change {
                contents.insert(naming.name(self, content)?, content);
            }
        }
        // What was put and taken away again is nowhere.
        let kept: HashSet<_> = files.values().map(|file| file.content).collect();
        contents.retain(|name, _| kept.contains(name));
        let plan =
            Plan { request, parent, merged, branch, before, files, contents, naming, private };
        self.check(&plan)?;
        Ok(plan)
    }

    fn known_check_in(&self, rid: Rid) -> Result<BlobRow, CheckInError> {
        let row = self.blob(rid)?.filter(|row| !row.is_phantom());
        match row {
            Some(row) if self.kind_of(rid)? == Some(EventKind::CheckIn) => Ok(row),
            _ => Err(CheckInError::NotACheckIn(rid)),
        }
    }

    fn check(&self, plan: &Plan<'_>) -> Result<(), CheckInError> {
        let request = plan.request;
        self.check_branch(plan)?;
        let unchanged = plan.files.len() == plan.before.files.len()
            && plan.files.iter().all(|(name, file)| {
                let old = plan.before.files.get(name);
                file.old_name.is_none()
                    && old.is_some_and(|old| (old.content, old.mode) == (file.content, file.mode))
            });
        if unchanged && plan.merged.is_empty() && !request.allow_empty {
            return Err(CheckInError::Empty);
        }
        if !plan.private {
            self.check_public(plan)?;
        }
        if !request.allow_older {
            // Fossil compares whole seconds.
            let second = |millis: i64| millis.div_euclid(1000);
            let at = second(request.author.at.unix_millis());
            for row in plan.parent.iter().chain(&plan.merged) {
                let time = self.time_of(row.rid)?;
                if time.is_some_and(|time| second(time.unix_millis()) > at) {
                    return Err(CheckInError::OlderThanParent(row.name));
                }
            }
        }
        Ok(())
    }

    fn check_branch(&self, plan: &Plan<'_>) -> Result<(), CheckInError> {
        let request = plan.request;
        if let Some((branch, _)) = &plan.branch
            && !request.allow_same_branch
            && branch != PRIVATE_BRANCH
            && self.is_branch_open(branch)?
        {
            return Err(CheckInError::BranchExists(branch.clone()));
        }
        let Some(parent) = &plan.parent else { return Ok(()) };
        let stays = match &plan.branch {
            Some((branch, _)) => self.branch_of(parent.rid)? == *branch,
            None => true,
        };
        if stays && self.is_closed(parent.rid)? {
            return Err(CheckInError::Closed(parent.name));
        }
        let may_fork = request.allow_fork || plan.private || plan.branch.is_some();
        if !may_fork && !self.is_leaf(parent.rid.get())? {
            return Err(CheckInError::Fork(parent.name));
        }
        Ok(())
    }

    /// What is public cannot come from what is private.
    fn check_public(&self, plan: &Plan<'_>) -> Result<(), CheckInError> {
        for pick in plan.request.cherrypicks {
            if self.blob_named(&pick.target)?.is_some_and(|row| row.private) {
                return Err(CheckInError::MergesPrivate(pick.target));
            }
        }
        match plan.merged.iter().find(|row| row.private) {
            Some(row) => Err(CheckInError::MergesPrivate(row.name)),
            None => Ok(()),
        }
    }
}
