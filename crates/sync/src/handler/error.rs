//! How a round ends early.

use outcrop_repo::content::ContentError;
use outcrop_repo::crosslink::LinkError;
use outcrop_repo::receive::ReceiveError;
use outcrop_repo::tables::ListTablesError;
use outcrop_repo::tx::{DatabaseError, Failure};

use super::round::ProjectCodes;

/// Why a round has no answer. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandleError {
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What has come could not be linked to the rest.
    #[error("what was received cannot be linked: {0}")]
    Link(#[source] LinkError),
    /// An extension table cannot be read.
    #[error(transparent)]
    Tables(#[from] ListTablesError),
    /// The repository does not say which project it belongs to.
    #[error("the repository has no project code; make a new clone of the project")]
    NoProjectCode,
    /// The request must write, but the repository can only be read.
    #[error("the repository can only be read, but the request would change it")]
    CannotWrite,
    /// The request must write, and is to come again when it may: see
    /// [`Writing::Deferred`](crate::Writing::Deferred).
    #[error("the request must write, and waits for its turn")]
    MustWrite,
}

impl HandleError {
    /// Whether the same request may well succeed later: another process has the file.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Database(error) => error.failure() == Failure::Busy,
            Self::MustWrite => true,
            Self::Link(_) | Self::Tables(_) | Self::NoProjectCode | Self::CannotWrite => false,
        }
    }
}

impl From<LinkError> for HandleError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Database(error) => Self::Database(error),
            error => Self::Link(error),
        }
    }
}

/// Why reading a request stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The client is told why, and whatever was done is undone.
    Refused(Refusal),
    /// There is something to write, but this transaction can only read.
    MustWrite,
    /// Clusters are to be made first, in a transaction of their own.
    ClustersAreDue,
    /// There is no answer.
    Failed(HandleError),
}

/// What a client is told instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The words of the error.
    pub(super) words: Vec<u8>,
    /// The codes of the project, which come first if the client wants to clone: it does not know
    /// them, and without them it could only believe that its password was wrong.
    pub(super) codes: Option<ProjectCodes>,
}

/// What comes of a step of a round.
pub(super) type Step<T = ()> = Result<T, Stop>;

impl Stop {
    pub(super) fn refused(words: impl Into<Vec<u8>>) -> Self {
        Self::Refused(Refusal { words: words.into(), codes: None })
    }
}

impl<E: Into<HandleError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// What an artifact that cannot be received means for the round.
pub(super) fn not_received(error: ReceiveError) -> Stop {
    match error {
        ReceiveError::Database(error)
        | ReceiveError::Source { cause: ContentError::Database(error), .. } => error.into(),
        ReceiveError::WrongHash(name) => {
            Stop::refused(format!("wrong hash on received artifact: {name}"))
        }
        // Why it does not would tell of the source, which may be shunned.
        ReceiveError::Delta { name, .. } => {
            Stop::refused(format!("the delta of artifact {name} does not apply"))
        }
        error => Stop::refused(error.to_string()),
    }
}
