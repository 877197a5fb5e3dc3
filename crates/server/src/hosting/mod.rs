//! Which repository a path stands for.
//!
//! A [`Hosting`] is one repository, whatever the path, or a folder and all repositories below it:
//!
//! ```text
//! /name           ─► FOLDER/name.fossil
//! /name.fossil    ─► FOLDER/name.fossil
//! /sub/name       ─► FOLDER/sub/name.fossil
//! ```
//!
//! Files that come are found, and files that go are forgotten, without a restart. What is hidden
//! (`.name`), what lies elsewhere by way of a symbolic link, and what is no repository does not
//! exist as far as clients can tell; the log says why.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Hosting`] |
//! | `path.rs` | the parts of a path, without the means to escape |
//! | `tree.rs` | files below a folder |
//! | `handles.rs` | repositories that are kept open |

mod handles;
mod path;
mod tree;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcrop_repo::tx::DatabaseError;
use outcrop_repo::{OpenError, Repo};
use outcrop_sync::Batches;

use crate::gate::Gate;
use crate::limits;
use handles::{Handles, Open};
pub(crate) use path::{Parts, encoded};
use tree::Tree;
pub(crate) use tree::{Entry, Listing};

/// Repositories to serve. Looking for one touches the disk, so do it where blocking is allowed.
#[derive(Debug)]
pub struct Hosting {
    root: Root,
    handles: Handles,
}

#[derive(Debug)]
enum Root {
    /// A repository that someone else has opened.
    Open(Open),
    File(PathBuf),
    Folder(Tree),
}

/// A repository that was found.
#[derive(Debug, Clone)]
pub struct Hosted {
    /// The repository.
    pub repo: Repo,
    /// The part of the path that stands for it, without slashes around it; empty if there is only
    /// one.
    pub name: String,
    /// Whether more follows that part.
    pub has_rest: bool,
    /// Whose turn it is to write.
    pub(crate) writers: Arc<Gate>,
    /// What is kept for clones.
    pub(crate) batches: Arc<Batches>,
}

/// Why nothing can be served from a path of this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostingError {
    /// The path cannot be looked at.
    #[error("cannot serve {}: {cause}; name a .fossil file, or a folder of them", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        cause: io::Error,
    },
    /// The file is no repository that can be served.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Why a path of a request stands for no repository.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotFound {
    /// The path has a form that is not served.
    #[error("{0}")]
    BadName(&'static str),
    /// Nothing is there.
    #[error("no such repository")]
    Missing,
    /// A symbolic link leads out of the folder, or to something hidden.
    #[error("{} leads to {}, which is not served", .from.display(), .to.display())]
    Elsewhere {
        /// The link.
        from: PathBuf,
        /// Where it leads.
        to: PathBuf,
    },
    /// The file is no repository.
    #[error(transparent)]
    NotARepository(OpenError),
    /// The file may well be a repository, but cannot be served as it is.
    #[error(transparent)]
    Unusable(OpenError),
}

impl Hosting {
    /// Serves what is at a path: a repository file, or all repositories below a folder.
    pub fn new(path: impl AsRef<Path>) -> Result<Self, HostingError> {
        let path = path.as_ref();
        let failed = |cause| HostingError::Io { path: path.to_owned(), cause };
        let real = path.canonicalize().map_err(failed)?;
        if real.metadata().map_err(failed)?.is_dir() {
            return Ok(Self::with_root(Root::Folder(Tree::new(real))));
        }
        let hosting = Self::with_root(Root::File(real.clone()));
        hosting.handles.get(&real)?;
        Ok(hosting)
    }

    /// Serves a repository that is open already.
    #[must_use]
    pub fn of(repo: Repo) -> Self {
        Self::with_root(Root::Open(Open::new(repo, &handles::batch_room())))
    }

    fn with_root(root: Root) -> Self {
        Self { root, handles: Handles::new(limits::OPEN_REPOSITORIES) }
    }

    /// How many repositories are kept open.
    #[must_use]
    pub fn keep_open(mut self, repositories: usize) -> Self {
        self.handles = Handles::new(repositories);
        self
    }

    /// Whether it is a folder of repositories.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        matches!(self.root, Root::Folder(_))
    }

    /// The repository that a path stands for. What follows its name is passed over: some clients
    /// add words of their own.
    pub fn find(&self, path: &str) -> Result<Hosted, NotFound> {
        match &self.root {
            Root::Folder(tree) => self.find_in(tree, &Parts::read(path)?),
            Root::Open(_) | Root::File(_) => self.find_alone(path),
        }
    }

    /// The repository that a path begins with, whatever follows its name; and that, as it stands
    /// there.
    pub(crate) fn find_leading<'a>(&self, path: &'a str) -> Result<(Hosted, &'a str), NotFound> {
        let Root::Folder(tree) = &self.root else { return Ok((self.find_alone(path)?, path)) };
        let hosted = self.find_in(tree, &Parts::leading(path))?;
        let named = hosted.name.split('/').count();
        Ok((hosted, path::after(path, named)))
    }

    fn find_in(&self, tree: &Tree, parts: &Parts) -> Result<Hosted, NotFound> {
        let (file, used) = tree.find(parts)?;
        let Open { repo, writers, batches } = self.open(&file)?;
        Ok(Hosted { repo, name: parts.first(used), has_rest: used < parts.len(), writers, batches })
    }

    /// The only repository, whatever the path: stock's client sends over SSH where the file lies.
    fn find_alone(&self, path: &str) -> Result<Hosted, NotFound> {
        let Open { repo, writers, batches } = match &self.root {
            Root::Open(open) => open.clone(),
            Root::File(file) => self.open(file)?,
            Root::Folder(_) => return Err(NotFound::Missing),
        };
        let has_rest = path.bytes().any(|byte| byte != b'/');
        Ok(Hosted { repo, name: String::new(), has_rest, writers, batches })
    }

    fn open(&self, file: &Path) -> Result<Open, NotFound> {
        self.handles.get(file).map_err(|error| match error {
            OpenError::Missing(_) => NotFound::Missing,
            OpenError::NotAFile(_)
            | OpenError::NotADatabase(_)
            | OpenError::Blank(_)
            | OpenError::NotARepository { .. } => NotFound::NotARepository(error),
            error => NotFound::Unusable(error),
        })
    }

    /// What is in the folder that a path stands for.
    pub(crate) fn list(&self, path: &str) -> Result<Listing, NotFound> {
        match &self.root {
            Root::Folder(tree) => tree.list(&Parts::read(path)?),
            Root::Open(_) | Root::File(_) => Err(NotFound::Missing),
        }
    }

    /// A repository for a short look: one that is open, or one that is opened just for that.
    pub(crate) fn glance(&self, file: &Path) -> Result<Repo, OpenError> {
        let known = self.handles.known(file)?.map(|open| open.repo);
        known.map_or_else(|| Repo::open_read_only(file), Ok)
    }

    /// How many repositories are open.
    pub(crate) fn open_count(&self) -> usize {
        self.handles.len() + usize::from(matches!(self.root, Root::Open(_)))
    }

    /// Whether there is something to serve: the file can be read, the folder is there.
    pub fn check(&self) -> Result<(), HostingError> {
        let path = match &self.root {
            Root::Open(open) => return readable(&open.repo, open.repo.path()),
            Root::File(file) => return readable(&self.handles.get(file)?.repo, file),
            Root::Folder(tree) => tree.path(),
        };
        let read = path.read_dir().map(drop);
        read.map_err(|cause| HostingError::Io { path: path.to_owned(), cause })
    }

    /// Brings all that was committed into the repository files themselves, and closes those that
    /// nobody uses. Gives the files in which that did not succeed, and why, if anything failed.
    pub fn settle(&self) -> Vec<(PathBuf, Option<DatabaseError>)> {
        let mut open = self.handles.take_all();
        if let Root::Open(only) = &self.root {
            open.push(only.repo.clone());
        }
        let settled = open.into_iter().map(|repo| (repo.path().to_owned(), repo.settle()));
        settled
            .filter_map(|(path, settled)| match settled {
                Ok(true) => None,
                Ok(false) => Some((path, None)),
                Err(error) => Some((path, Some(error))),
            })
            .collect()
    }
}

fn readable(repo: &Repo, path: &Path) -> Result<(), HostingError> {
    let failed = |cause| OpenError::Database { path: path.to_owned(), cause };
    Ok(repo.read().map(drop).map_err(failed)?)
}
