//! Hearing from the handler what has come of a round.

use std::sync::{Mutex, PoisonError};

use outcrop_sync::{HandleError, Handled, Observer};

/// Watches one round.
#[derive(Debug, Default)]
pub(super) struct Witness(Mutex<Option<Handled>>);

impl Witness {
    /// What it has heard. A handler that does not pass its options on keeps it to itself.
    pub(super) fn told(&self) -> Option<Handled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Observer for Witness {
    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = handled.ok().cloned();
    }
}
