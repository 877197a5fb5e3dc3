//! Why nothing was written.

use outcrop_format::hash::HashName;

use crate::compose::ComposeError;
use crate::content::ContentError;
use crate::crosslink::LinkError;
use crate::id::Rid;
use crate::read::{FilesError, PageError};
use crate::receive::ReceiveError;
use crate::tx::DatabaseError;

/// Why there was no check-in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckInError {
    /// The parent, or one that was merged, is no check-in.
    #[error("record {0} is not a check-in, so nothing can follow it")]
    NotACheckIn(Rid),
    /// Someone was faster.
    #[error(
        "{0} has a successor on its branch already: start from that, name a new branch, or allow a fork"
    )]
    Fork(HashName),
    /// The branch ends there.
    #[error("{0} is closed: name a new branch, or reopen this one")]
    Closed(HashName),
    /// The name is taken.
    #[error(
        "there is an open branch {0:?} already: start from its tip, or name the branch otherwise"
    )]
    BranchExists(String),
    /// All files are as the parent has them.
    #[error("nothing has changed: allow an empty check-in if that is meant")]
    Empty,
    /// Time goes forth.
    #[error("parent {0} is younger: is a clock wrong? Allow older check-ins if not")]
    OlderThanParent(HashName),
    /// What everyone sees cannot come from what is private.
    #[error("{0} is private, and what merges it has to be private too")]
    MergesPrivate(HashName),
    /// Fossil could not check such a file out on every system.
    #[error("{0:?} is not a path that every system can hold")]
    Path(String),
    /// A file stands where the other needs a folder.
    #[error("{0:?} cannot be both a file and a folder")]
    FileAndFolder(String),
    /// A change of a file that the parent does not have.
    #[error("there is no file {0:?} to remove or rename")]
    NoSuchFile(String),
    /// The new name of a file is taken.
    #[error("there is a file {0:?} already")]
    FileExists(String),
    /// The setting `forbid-delta-manifests` is on.
    #[error("delta manifests are forbidden in this repository")]
    DeltaForbidden,
    /// The first check-in is no difference from anything.
    #[error("a delta manifest needs a parent")]
    NoBaseline,
    /// The files of the parent are not known.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A file of the parent cannot be read for the checksum.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A value breaks a rule.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The artifact was refused. The transaction should not be committed.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// What the artifact means could not be told. The transaction should not be committed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why no tag, page, ticket or attachment was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The artifact to be tagged is not here.
    #[error("there is no artifact with record {0} to tag")]
    NoTarget(Rid),
    /// These tags say which page, ticket or technote an artifact belongs to.
    #[error("tag {0:?} is one that Fossil keeps for pages, tickets and technotes")]
    ReservedTag(String),
    /// Tickets have other fields here.
    #[error("tickets of this repository have no field {0:?}")]
    NoSuchField(String),
    /// Fossil keeps e-mail addresses of reporters from the artifacts.
    #[error("field {0:?} is private: its value must not stand in an artifact")]
    PrivateField(String),
    /// There is neither a page nor a ticket nor a technote nor a post of this name.
    #[error("there is nothing called {0:?} to attach a file to")]
    NothingToAttachTo(String),
    /// No such file is attached.
    #[error("no file {0:?} is attached to {1:?}")]
    NotAttached(String, String),
    /// Others would take the file for what it looks like.
    #[error("the file has the form of an artifact, and would be taken for one: compress it first")]
    LooksLikeAnArtifact,
    /// The version before this one cannot be read.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A value breaks a rule.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The artifact was refused. The transaction should not be committed.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// What the artifact means could not be told. The transaction should not be committed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
