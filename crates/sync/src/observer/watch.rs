//! A session's beginning and its end, once each.

use std::sync::Arc;

use super::{Observer, Started};
use crate::SyncError;
use crate::client::{CloneError, SyncOptions, SyncOutcome};

/// Tells an observer that a session has begun, and how it ends. One that is dropped without an end
/// was cancelled: nobody waits for the session any more.
pub(crate) struct Watch(Option<Arc<dyn Observer>>);

impl Watch {
    /// Gives a session that is about to begin the observer that watches it alone. It is made on the
    /// thread of whoever begins the session, which may be part of something that is watched.
    pub(crate) fn alone(options: &mut SyncOptions) {
        if let Some(own) = options.observer.for_one() {
            options.observer = own;
        }
    }

    /// The session begins: from here on its options name the observer that watches it alone.
    pub(crate) fn begin(options: &mut SyncOptions, started: &Started<'_>) -> Self {
        Self::alone(options);
        options.observer.started(started);
        Self(Some(options.observer.clone()))
    }

    /// The session ends.
    pub(crate) fn end(mut self, ended: Result<&SyncOutcome, &SyncError>) {
        let Some(observer) = self.0.take() else { return };
        match ended {
            Ok(outcome) => observer.completed(outcome),
            Err(error) => observer.error(error),
        }
    }

    /// The clone ends without a repository. If that is no fault of the session, it is told as one.
    pub(crate) fn end_without_clone(self, error: &CloneError) {
        match error.cause() {
            Some(cause) => self.end(Err(cause)),
            None => self.end(Err(&SyncError::NoClone { words: error.to_string() })),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(observer) = self.0.take() {
            observer.error(&SyncError::Cancelled);
        }
    }
}
