//! What changes of files make of those of the parent.

use std::collections::BTreeMap;

use outcrop_format::hash::HashName;
use outcrop_format::path;

use super::error::CheckInError;
use crate::artifact::{FileMode, name};
use crate::read::TreeFile;
use crate::tx::DatabaseError;

/// A change of one file. Changes take effect one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Adds the file, or gives it this content.
    Put {
        /// The path from the root of the check-out.
        path: &'a str,
        /// All of it; of a symbolic link the path that it leads to.
        content: &'a [u8],
        /// Whether it is to be executed, or a symbolic link. With `None` it is what it was, and a
        /// new file an ordinary one.
        mode: Option<FileMode>,
    },
    /// Takes the file away.
    Remove {
        /// Its path.
        path: &'a str,
    },
    /// Gives the file another path, and nothing else.
    Rename {
        /// Its path.
        from: &'a str,
        /// The path that it gets. No file may have it.
        to: &'a str,
    },
}

impl<'a> Change<'a> {
    /// Adds the file, or gives it this content.
    #[must_use]
    pub const fn put(path: &'a str, content: &'a [u8]) -> Self {
        Self::Put { path, content, mode: None }
    }
}

pub(super) type Files = BTreeMap<Vec<u8>, TreeFile>;

/// The files that changes make of others.
pub(super) fn apply(
    before: &Files,
    changes: &[Change<'_>],
    name_of: impl Fn(&[u8]) -> Result<HashName, DatabaseError>,
) -> Result<Files, CheckInError> {
    let mut files = before.clone();
    for file in files.values_mut() {
        file.old_name = None;
    }
    for change in changes {
        match *change {
            Change::Put { path, content, mode } => {
                put(&mut files, path, name_of(content)?, mode)?;
            }
            Change::Remove { path } => {
                files.remove(path.as_bytes()).ok_or_else(|| no_such(path))?;
            }
            Change::Rename { from, to } => rename(&mut files, from, to)?,
        }
    }
    for (name, file) in &mut files {
        file.old_name = file.old_name.take().filter(|old_name| old_name != name);
    }
    check_folders(&files)?;
    Ok(files)
}

fn put(
    files: &mut Files,
    path: &str,
    content: HashName,
    mode: Option<FileMode>,
) -> Result<(), CheckInError> {
    if let Some(file) = files.get_mut(path.as_bytes()) {
        file.content = content;
        file.mode = mode.unwrap_or(file.mode);
        return Ok(());
    }
    check_new_path(path)?;
    let mode = mode.unwrap_or(FileMode::Regular);
    files.insert(path.as_bytes().to_vec(), TreeFile { content, mode, old_name: None });
    Ok(())
}

fn rename(files: &mut Files, from: &str, to: &str) -> Result<(), CheckInError> {
    check_new_path(to)?;
    if files.contains_key(to.as_bytes()) {
        return Err(CheckInError::FileExists(to.to_owned()));
    }
    let (old_name, mut file) = files.remove_entry(from.as_bytes()).ok_or_else(|| no_such(from))?;
    // Renamed twice, it still comes from where the parent has it.
    file.old_name.get_or_insert(old_name);
    files.insert(to.as_bytes().to_vec(), file);
    Ok(())
}

fn no_such(path: &str) -> CheckInError {
    CheckInError::NoSuchFile(path.to_owned())
}

fn check_new_path(path: &str) -> Result<(), CheckInError> {
    if path::is_simple(path.as_bytes()) && !name::is_reserved_file(path.as_bytes()) {
        Ok(())
    } else {
        Err(CheckInError::Path(path.to_owned()))
    }
}

/// Whether no file stands where another needs a folder.
fn check_folders(files: &Files) -> Result<(), CheckInError> {
    for name in files.keys() {
        let slashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for folder in slashes.filter_map(|(at, _)| name.get(..at)) {
            if files.contains_key(folder) {
                let folder = String::from_utf8_lossy(folder).into_owned();
                return Err(CheckInError::FileAndFolder(folder));
            }
        }
    }
    Ok(())
}
