//! Repository files below a folder.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::NotFound;
use super::path::Parts;
use crate::limits::{LISTED, LISTED_ENTRIES};

/// How the names of repository files end.
const EXTENSION: &str = "fossil";

/// A folder, by its real path.
#[derive(Debug)]
pub(super) struct Tree(PathBuf);

/// What is in a folder.
#[derive(Debug)]
pub(crate) struct Listing {
    /// In the order of their names.
    pub(crate) entries: Vec<Entry>,
    /// Whether there is more than can be listed.
    pub(crate) is_cut: bool,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    Folder { name: String },
    Repository { name: String, file: PathBuf },
}

impl Tree {
    /// `real` is the folder's real path.
    pub(super) fn new(real: PathBuf) -> Self {
        Self(real)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The file that a path stands for, and how many of its parts name it: the most that do.
    pub(super) fn find(&self, parts: &Parts) -> Result<(PathBuf, usize), NotFound> {
        for count in (1..=parts.len()).rev() {
            let path = self.0.join(parts.to_path(count));
            let file = if has_extension(&path) { path } else { with_extension(path) };
            // Whatever keeps the system from finding it, it is not there for clients.
            if let Ok(real) = file.canonicalize() {
                if real.is_dir() {
                    continue;
                }
                return Ok((self.inside(file, real)?, count));
            }
        }
        Err(NotFound::Missing)
    }

    /// A real path, if it is one that may be served.
    fn inside(&self, from: PathBuf, real: PathBuf) -> Result<PathBuf, NotFound> {
        let is_inside = real.strip_prefix(&self.0).is_ok_and(|below| {
            below
                .components()
                .all(|part| matches!(part, Component::Normal(name) if !is_hidden(name)))
        });
        if is_inside { Ok(real) } else { Err(NotFound::Elsewhere { from, to: real }) }
    }

    /// What is in a folder below this one.
    pub(super) fn list(&self, parts: &Parts) -> Result<Listing, NotFound> {
        let path = self.0.join(parts.to_path(parts.len()));
        let real = path.canonicalize().map_err(|_| NotFound::Missing)?;
        let folder = self.inside(path, real)?;
        let found = folder.read_dir().map_err(|_| NotFound::Missing)?;
        let mut entries = Vec::new();
        let mut looked_at = 0;
        for entry in found.take(LISTED_ENTRIES).filter_map(Result::ok) {
            looked_at += 1;
            entries.extend(self.entry(&entry.path()));
        }
        entries.sort();
        let is_cut = looked_at == LISTED_ENTRIES || entries.len() > LISTED;
        entries.truncate(LISTED);
        Ok(Listing { entries, is_cut })
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        let name = path.file_name().filter(|name| !is_hidden(name))?.to_str()?;
        let real = self.inside(path.to_owned(), path.canonicalize().ok()?).ok()?;
        if real.is_dir() {
            return Some(Entry::Folder { name: name.to_owned() });
        }
        let name = has_extension(path).then(|| path.file_stem()?.to_str())??;
        Some(Entry::Repository { name: name.to_owned(), file: real })
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn has_extension(path: &Path) -> bool {
    path.extension() == Some(OsStr::new(EXTENSION))
}

/// Adds the extension; what looks like one already is part of the name.
fn with_extension(path: PathBuf) -> PathBuf {
    let mut path = path.into_os_string();
    path.push(".");
    path.push(EXTENSION);
    path.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree() -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("root");
        fs::create_dir_all(root.join("sub/v1.0")).unwrap();
        fs::create_dir_all(root.join("folder.fossil")).unwrap();
        for file in ["a.fossil", "sub.fossil", "sub/b.fossil", "sub/v1.0.fossil", "notes.txt"] {
            fs::write(root.join(file), "").unwrap();
        }
        fs::write(root.join(".secret.fossil"), "").unwrap();
        fs::write(folder.path().join("outside.fossil"), "").unwrap();
        (folder, Tree::new(root))
    }

    fn found(tree: &Tree, path: &str) -> Option<(String, usize)> {
        let (file, used) = tree.find(&Parts::read(path).ok()?).ok()?;
        Some((file.strip_prefix(tree.path()).unwrap().to_str().unwrap().to_owned(), used))
    }

    #[test]
    fn the_longest_name_counts() {
        let (_folder, tree) = tree();
        for (path, file, used) in [
            ("/a", "a.fossil", 1),
            ("/a.fossil", "a.fossil", 1),
            ("/a/xfer/xfer", "a.fossil", 1),
            ("/sub", "sub.fossil", 1),
            ("/sub/other", "sub.fossil", 1),
            ("/sub/b", "sub/b.fossil", 2),
            ("/sub/v1.0", "sub/v1.0.fossil", 2),
        ] {
            assert_eq!(found(&tree, path), Some((file.to_owned(), used)), "{path}");
        }
        for nothing in ["/", "/A", "/notes.txt", "/notes", "/folder", "/folder.fossil", "/secret"] {
            assert_eq!(found(&tree, nothing), None, "{nothing}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_do_not_show_what_is_hidden() {
        use std::os::unix::fs::symlink;
        let (folder, tree) = tree();
        let root = tree.path().to_owned();
        symlink(root.join("a.fossil"), root.join("inside.fossil")).unwrap();
        symlink(folder.path().join("outside.fossil"), root.join("out.fossil")).unwrap();
        symlink(folder.path(), root.join("up")).unwrap();
        symlink(root.join(".secret.fossil"), root.join("shown.fossil")).unwrap();
        symlink("/nowhere", root.join("broken.fossil")).unwrap();
        assert_eq!(found(&tree, "/inside"), Some(("a.fossil".to_owned(), 1)));
        for path in ["/out", "/up/outside", "/shown"] {
            let error = tree.find(&Parts::read(path).unwrap()).unwrap_err();
            assert!(matches!(error, NotFound::Elsewhere { .. }), "{path}: {error}");
        }
        assert_eq!(found(&tree, "/broken"), None);
        assert!(tree.list(&Parts::read("/up").unwrap()).is_err());

        let names: Vec<_> = tree
            .list(&Parts::read("/").unwrap())
            .unwrap()
            .entries
            .into_iter()
            .map(|entry| match entry {
                Entry::Folder { name } => format!("{name}/"),
                Entry::Repository { name, .. } => name,
            })
            .collect();
        assert_eq!(names, ["folder.fossil/", "sub/", "a", "inside", "sub"]);
    }
}
