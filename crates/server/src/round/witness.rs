//! Hearing from the handler what has come of a round.

use std::sync::{Arc, Mutex, PoisonError};

use outcrop_sync::{HandleError, Handled, Observer};

use crate::doorman::{Outcome, Ticket};

/// Watches one round, and tells the doorman what has come of the login as soon as it hears.
#[derive(Debug)]
pub(super) struct Witness {
    ticket: Option<Arc<Ticket>>,
    handled: Mutex<Option<Handled>>,
}

impl Witness {
    pub(super) fn new(ticket: Option<Arc<Ticket>>) -> Self {
        Self { ticket, handled: Mutex::default() }
    }

    /// What it has heard. A handler that does not pass its options on keeps it to itself.
    pub(super) fn told(&self) -> Option<Handled> {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Observer for Witness {
    fn login_checked(&self, _: &str, accepted: bool) {
        if let Some(ticket) = &self.ticket {
            ticket.tell(if accepted { Outcome::Succeeded } else { Outcome::Failed });
        }
    }

    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        *self.handled.lock().unwrap_or_else(PoisonError::into_inner) = handled.ok().cloned();
    }
}
