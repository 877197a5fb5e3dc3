//! The files that are named, and what they are called.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use outcrop_repo::{Rid, artifact::FileMode, tx::ReadTx};

use super::{CommitArgs, Place, folder, found};
use crate::{
    content,
    failure::{Exit, Failure},
    glob,
    input::{self, is_stdin},
};

/// What is left out of folders, and how links are taken.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) ignored: Vec<String>,
    pub(super) takes_hidden: bool,
    pub(super) keeps_links: bool,
    /// The repository itself, which is no file of the project.
    pub(super) repository: Option<PathBuf>,
}

/// Where settings stand that belong to the project, and so change with it.
const VERSIONED: &str = ".fossil-settings/";

impl Rules {
    /// What the command line says, or else the settings of the project.
    pub(super) fn new(args: &CommitArgs, tx: &ReadTx) -> Result<Self, Failure> {
        let parent = Place::find(tx, args)?.parent;
        let ignored = match &args.select.ignore {
            Some(patterns) => Some(patterns.clone()),
            None if args.select.no_ignore => None,
            None => versioned(tx, parent, "ignore-glob")?,
        };
        let hidden = versioned(tx, parent, "dotfiles")?;
        let links = tx.setting("allow-symlinks")?;
        Ok(Self {
            ignored: glob::list(&ignored.unwrap_or_default()),
            takes_hidden: args.select.dotfiles || is_on(hidden.as_deref()),
            keeps_links: args.select.symlinks || is_on(links.as_deref()),
            repository: args.repository.path().canonicalize().ok(),
        })
    }
}

/// A setting that the project keeps in a file, or the repository.
fn versioned(tx: &ReadTx, check_in: Option<Rid>, name: &str) -> Result<Option<String>, Failure> {
    let path = format!("{VERSIONED}{name}");
    let file = check_in.map(|rid| tx.file_at(rid, path.as_bytes())).transpose()?.flatten();
    match file {
        Some(file) => {
            let content = content::proven(tx, &file.content, &path)?;
            Ok(Some(String::from_utf8_lossy(&content).trim().to_owned()))
        }
        None => Ok(tx.setting(name)?),
    }
}

/// Whether a setting says yes.
pub(super) fn is_on(value: Option<&str>) -> bool {
    let value = value.unwrap_or_default();
    ["on", "yes", "true", "1"].iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// A file that is to be in the check-in.
#[derive(Debug)]
pub(super) struct File {
    /// Where it was found.
    source: PathBuf,
    pub(super) content: Bytes,
    /// `None` where the system does not tell.
    pub(super) mode: Option<FileMode>,
}

/// What the paths on the command line come to.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The files, by their names in the check-in.
    pub(super) files: BTreeMap<String, File>,
    /// The names of the folders; that of the whole project is empty.
    pub(super) folders: Vec<String>,
    /// Names of what is in the folders and was left out; those of folders end with a slash.
    pub(super) left_out: Vec<String>,
}

impl Gathered {
    /// Adds the file at a path.
    pub(super) fn add(&mut self, name: String, path: &Path, rules: &Rules) -> Result<(), Failure> {
        if let Some(other) = self.files.get(&name) {
            // Named twice, as a folder and a file in it.
            if is_same(&other.source, path) {
                return Ok(());
            }
            let message = format!(
                "two files would be called {name:?}: {} and {}",
                other.source.display(),
                path.display()
            );
            return Err(Failure::new(Exit::Usage, &message));
        }
        let (content, mode) = found::read(path, rules)?;
        self.files.insert(name, File { source: path.to_owned(), content, mode });
        Ok(())
    }
}

/// Whether two paths are those of one file, which may be written in several ways.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|one| Some(one) == real(other))
}

pub(super) fn gather(paths: &[PathBuf], rules: &Rules) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    for typed in paths {
        let Named { name, path } = Named::parse(typed)?;
        if !is_stdin(&path) && found::is_folder(&path, rules)? {
            folder::walk(&path, &name, rules, &mut gathered)?;
            gathered.folders.push(name);
        } else if name.is_empty() {
            let message = format!("{} is a file, and needs a name: NAME=PATH", path.display());
            return Err(Failure::new(Exit::Usage, &message));
        } else {
            gathered.add(name, &path, rules)?;
        }
    }
    Ok(gathered)
}

/// A path, and the name that it gets.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    name: String,
    path: PathBuf,
}

impl Named {
    /// Reads `PATH` or `NAME=PATH`. What is there as it was typed is no name.
    fn parse(typed: &Path) -> Result<Self, Failure> {
        if is_stdin(typed) {
            return Err(Failure::new(Exit::Usage, &"stdin needs a name: NAME=-"));
        }
        let parts = typed.to_str().and_then(|text| text.split_once('='));
        if let Some((name, path)) = parts.filter(|_| typed.symlink_metadata().is_err()) {
            let name = name.trim_end_matches('/').to_owned();
            return Ok(Self { name, path: path.into() });
        }
        let name = input::relative_name(typed).ok_or_else(|| {
            let message = format!(
                "{} is not below the current folder: say what it is called in the check-in, \
                 NAME=PATH",
                typed.display()
            );
            Failure::new(Exit::Usage, &message)
        })?;
        Ok(Self { name, path: typed.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(typed: &str) -> Option<(String, PathBuf)> {
        Named::parse(Path::new(typed)).ok().map(|named| (named.name, named.path))
    }

    #[test]
    fn paths_may_have_names() {
        let is = |name: &str, path: &str| Some((name.to_owned(), PathBuf::from(path)));
        assert_eq!(parse("./src/main.rs"), is("src/main.rs", "./src/main.rs"));
        assert_eq!(parse("a/b=c=d"), is("a/b", "c=d"));
        assert_eq!(parse("=build"), is("", "build"));
        assert_eq!(parse("doc/=build"), is("doc", "build"));
        assert_eq!(parse("x=-"), is("x", "-"));
        assert_eq!(parse("."), is("", "."));
        for bad in ["-", "/etc/passwd", "../x"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn settings_say_yes_in_four_ways() {
        for (value, expected) in
            [(None, false), (Some("on"), true), (Some("1"), true), (Some("ON"), true)]
        {
            assert_eq!(is_on(value), expected, "{value:?}");
        }
        assert!(!is_on(Some("off")) && !is_on(Some("2")));
    }
}
