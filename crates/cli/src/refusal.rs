//! What the repository refuses to read or write, with what may help.

use outcrop_repo::{
    commit::EditError,
    content::ContentError,
    read::{FilesError, PageError, ResolveError, WalkError},
    receive::ReceiveError,
};

use crate::failure::{Exit, Failure};

impl From<ContentError> for Failure {
    fn from(error: ContentError) -> Self {
        match &error {
            ContentError::Database(cause) => Self::told(&error, cause),
            ContentError::Damaged { .. } => Self::damaged(&error),
            ContentError::NotHeld { .. } => {
                let message = format!("{error}; a sync with its origin brings it");
                Self::new(Exit::Failed, &message)
            }
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Content(cause) => cause.into(),
            FilesError::Database(cause) => cause.into(),
            FilesError::Baseline { .. } => Self::damaged(&error),
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Content(cause) => cause.into(),
            PageError::Database(cause) => cause.into(),
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<ResolveError> for Failure {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Database(cause) => cause.into(),
            ResolveError::Ambiguous { prefix, candidates } => {
                let names: Vec<_> = candidates.iter().map(|name| format!("\n  {name}")).collect();
                let message = format!(
                    "several names begin with {prefix:?}; give more digits of one:{}",
                    names.concat()
                );
                Self::new(Exit::Failed, &message)
            }
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<WalkError> for Failure {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Database(cause) => cause.into(),
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<ReceiveError> for Failure {
    fn from(error: ReceiveError) -> Self {
        match error {
            ReceiveError::Database(cause) => cause.into(),
            ReceiveError::Source { cause, .. } => cause.into(),
            ReceiveError::Shunned(_) => {
                let message = format!("{error}: `outcrop shun rm` lets it in");
                Self::new(Exit::Failed, &message)
            }
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Page(cause) => cause.into(),
            EditError::Receive(cause) => cause.into(),
            EditError::Link(cause) => cause.into(),
            EditError::Database(cause) => cause.into(),
            EditError::NoSuchField(_) => {
                let message = format!("{error}: `outcrop ticket fields` lists those there are");
                Self::new(Exit::Failed, &message)
            }
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl Failure {
    /// Something that should be in the repository cannot be read.
    pub(crate) fn damaged(error: &impl std::fmt::Display) -> Self {
        let message = format!("{error}; `outcrop verify` tells what can still be read");
        Self::new(Exit::Damaged, &message)
    }
}
