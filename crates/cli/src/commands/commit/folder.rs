//! The files below a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    found::{self, unread},
    gather::{Gathered, Rules},
};
use crate::{
    failure::{Exit, Failure},
    glob,
};

/// A folder to be looked at.
struct Due {
    path: PathBuf,
    /// What it is called in the check-in; nothing for the whole project.
    name: String,
    /// Where it really is, and where the links were that led there.
    real: Vec<PathBuf>,
}

/// Adds all files below a folder.
pub(super) fn walk(
    path: &Path,
    name: &str,
    rules: &Rules,
    gathered: &mut Gathered,
) -> Result<(), Failure> {
    let real = vec![path.canonicalize().map_err(|error| unread(path, &error))?];
    let mut due = vec![Due { path: path.to_owned(), name: name.to_owned(), real }];
    while let Some(folder) = due.pop() {
        let entries = fs::read_dir(&folder.path).map_err(|error| unread(&folder.path, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unread(&folder.path, &error))?.path();
            due.extend(visit(&folder, path, rules, gathered)?);
        }
    }
    gathered.left_out.sort();
    Ok(())
}

/// Adds a file, or gives a folder that is to be looked at.
fn visit(
    folder: &Due,
    path: PathBuf,
    rules: &Rules,
    gathered: &mut Gathered,
) -> Result<Option<Due>, Failure> {
    let Some(own_name) = path.file_name().and_then(|name| name.to_str()) else {
        let message = format!("the name of {} is no text in UTF-8: rename it", path.display());
        return Err(Failure::new(Exit::Failed, &message));
    };
    if is_fossils_own(own_name) || is_repository(&path, rules) {
        return Ok(None);
    }
    let mut name = folder.name.clone();
    if !name.is_empty() {
        name.push('/');
    }
    name.push_str(own_name);
    let is_hidden = own_name.starts_with('.') && !rules.takes_hidden;
    let is_ignored = rules.ignored.iter().any(|pattern| glob::fits(pattern, &name));
    if is_hidden || is_ignored {
        let slash = if path.is_dir() { "/" } else { "" };
        gathered.left_out.push(format!("{name}{slash}"));
        return Ok(None);
    }
    if found::is_folder(&path, rules)? {
        let real = real(folder, &path)?;
        return Ok(Some(Due { path, name, real }));
    }
    if path.is_file() || path.is_symlink() {
        gathered.add(name, &path, rules)?;
    } else {
        // Reading a pipe, a socket or a device may never end.
        gathered.left_out.push(name);
    }
    Ok(None)
}

/// Where a folder below another really is. A link may lead anywhere but to a folder that is above.
fn real(above: &Due, path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut real = above.real.clone();
    let target = path.canonicalize().map_err(|error| unread(path, &error))?;
    if !path.is_symlink() {
        real.pop();
    } else if real.iter().any(|place| place.starts_with(&target)) {
        let message = format!(
            "{} is a link that leads back to a folder above it: --symlinks keeps links as they are",
            path.display()
        );
        return Err(Failure::new(Exit::Failed, &message));
    }
    real.push(target);
    Ok(real)
}

/// Whether a file belongs to a check-out of Fossil, and never to a project.
fn is_fossils_own(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_suffix("-wal").or_else(|| lower.strip_suffix("-shm"));
    let stem = stem.or_else(|| lower.strip_suffix("-journal")).unwrap_or(&lower);
    matches!(stem, "_fossil_" | ".fslckout")
}

/// Whether a file is the repository that is written to, or one that stands beside it.
fn is_repository(path: &Path, rules: &Rules) -> bool {
    let (Some(repository), Ok(path)) = (&rules.repository, path.canonicalize()) else {
        return false;
    };
    let (repository, path) = (repository.to_string_lossy(), path.to_string_lossy());
    let rest = path.strip_prefix(&*repository);
    rest.is_some_and(|rest| matches!(rest, "" | "-wal" | "-shm" | "-journal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_check_out_are_known() {
        for own in ["_FOSSIL_", ".fslckout", ".fslckout-journal", "_fossil_-wal"] {
            assert!(is_fossils_own(own), "{own}");
        }
        for other in ["FOSSIL", "x.fslckout", "a-wal", ".fslckout.txt"] {
            assert!(!is_fossils_own(other), "{other}");
        }
    }
}
