//! The files of a check-in: its manifest, laid over that of its baseline if it has one.

use std::collections::BTreeMap;

use outcrop_format::hash::HashName;

use crate::artifact::{Artifact, CheckIn, FileMode};
use crate::content::ContentError;
use crate::id::Rid;
use crate::tx::{DatabaseError, ReadTx};

/// A file as a check-in has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAt {
    /// The path from the root of the check-out. Old check-ins may hold names that are not UTF-8.
    pub name: Vec<u8>,
    /// The content.
    pub content: HashName,
    /// Whether it is to be executed, or a symbolic link.
    pub mode: FileMode,
    /// The path in the parent, if this check-in renamed the file.
    pub old_name: Option<Vec<u8>>,
    /// Bytes of the content; `None` if only its name is known here.
    pub size: Option<u64>,
}

/// Why the files of a check-in are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// The artifact is of another kind, or plain content.
    #[error("record {0} is not a check-in")]
    NotACheckIn(Rid),
    /// The manifest is a difference from another that cannot be one.
    #[error("the baseline {baseline} of check-in {check_in} is {problem}")]
    Baseline {
        /// The check-in.
        check_in: Rid,
        /// What its manifest starts from.
        baseline: HashName,
        /// What is wrong with that.
        problem: &'static str,
    },
    /// The manifest, or that of its baseline, cannot be had.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// All files of a check-in, by name.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// What the manifest starts from, if it is a delta manifest.
    pub(crate) baseline: Option<HashName>,
    pub(crate) files: BTreeMap<Vec<u8>, TreeFile>,
}

/// What a check-in says of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeFile {
    pub(crate) content: HashName,
    pub(crate) mode: FileMode,
    pub(crate) old_name: Option<Vec<u8>>,
}

impl ReadTx {
    /// The files of a check-in, in the order of their names.
    pub fn files_at(&self, check_in: Rid) -> Result<Vec<FileAt>, FilesError> {
        let tree = self.tree_at(check_in)?;
        tree.files.into_iter().map(|(name, file)| self.with_size(name, file)).collect()
    }

    /// One file of a check-in. `None` if it has no file of that name.
    pub fn file_at(&self, check_in: Rid, name: &[u8]) -> Result<Option<FileAt>, FilesError> {
        let file = self.tree_at(check_in)?.files.remove(name);
        file.map(|file| self.with_size(name.to_owned(), file)).transpose()
    }

    fn with_size(&self, name: Vec<u8>, file: TreeFile) -> Result<FileAt, FilesError> {
        let TreeFile { content, mode, old_name } = file;
        let size = self.size_of(&content)?;
        Ok(FileAt { name, content, mode, old_name, size })
    }

    /// The files of a check-in, without looking them up.
    pub(crate) fn tree_at(&self, check_in: Rid) -> Result<Tree, FilesError> {
        let content = self.content(check_in)?;
        let manifest = as_check_in(&content).ok_or(FilesError::NotACheckIn(check_in))?;
        let mut tree = match manifest.baseline {
            Some(baseline) => self.tree_of_baseline(check_in, baseline)?,
            None => Tree::default(),
        };
        lay_over(&mut tree.files, &manifest);
        Ok(tree)
    }

    fn tree_of_baseline(&self, check_in: Rid, baseline: HashName) -> Result<Tree, FilesError> {
        let wrong = |problem| FilesError::Baseline { check_in, baseline, problem };
        let rid = self.rid_of(&baseline)?.ok_or_else(|| wrong("not here"))?;
        let content = self.content(rid)?;
        let manifest = as_check_in(&content).ok_or_else(|| wrong("not a check-in"))?;
        // One step is all there is, in Fossil too.
        if manifest.is_delta() {
            return Err(wrong("a delta manifest itself"));
        }
        let mut files = BTreeMap::new();
        lay_over(&mut files, &manifest);
        // It tells what was renamed in the baseline, not in this check-in.
        for file in files.values_mut() {
            file.old_name = None;
        }
        Ok(Tree { baseline: Some(baseline), files })
    }
}

/// The manifest in these bytes, if they are one.
fn as_check_in(content: &[u8]) -> Option<CheckIn<'_>> {
    match Artifact::parse(content) {
        Ok(Artifact::CheckIn(check_in)) => Some(check_in),
        _ => None,
    }
}

fn lay_over(files: &mut BTreeMap<Vec<u8>, TreeFile>, manifest: &CheckIn<'_>) {
    for card in &manifest.files {
        let name = card.name.decode().into_owned();
        let old_name = card.old_name.map(|old_name| old_name.decode().into_owned());
        match card.content {
            Some(content) => {
                files.insert(name, TreeFile { content, mode: card.mode(), old_name });
            }
            None => {
                files.remove(&name);
            }
        }
    }
}
