//! What a check-in changes.

use outcrop_format::hash::HashName;

use crate::artifact::FileMode;

/// A file that a check-in does not have as its primary parent has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path; where it is gone, that in the parent. Old check-ins may hold names that are not
    /// UTF-8.
    pub name: Vec<u8>,
    /// What became of it.
    pub kind: FileChangeKind,
    /// The path in the parent, if it was another.
    pub old_name: Option<Vec<u8>>,
    /// The content, if the file is not gone.
    pub content: Option<HashName>,
    /// Whether it is to be executed, or a symbolic link.
    pub mode: FileMode,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileChangeKind {
    /// The parent does not have it, or a merge has brought it.
    Added,
    /// It is gone.
    Removed,
    /// It has another content.
    Edited,
    /// It has another path, and the same content.
    Renamed,
    /// It is, or is no longer, to be executed or a symbolic link, and has the same content.
    ModeChanged,
}
