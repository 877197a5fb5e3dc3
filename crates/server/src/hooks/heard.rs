//! Hearing what has come of a round.

use std::sync::{Mutex, PoisonError};

use outcrop_sync::{HandleError, Handled, Observer};

/// Keeps what it is told of one round, if that has changed the repository.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<Option<Handled>>);

impl Heard {
    pub(super) fn take(&self) -> Option<Handled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Observer for Heard {
    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        let changed = handled.ok().filter(|handled| handled.wrote);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = changed.cloned();
    }
}
