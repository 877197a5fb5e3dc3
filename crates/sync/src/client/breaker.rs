//! Leaving a server alone that refuses again and again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::limits::REFUSALS;
use crate::SyncError;

/// Opens after [three refusals](Self::is_open) of a server in a row, and stays open.
///
/// A server that refuses once will refuse again, and may lock out who keeps asking. A session
/// counts the refusals of its server: status 401, 403 or 429, or an error card that denies a right
/// or a login. A round that goes well lets the count begin anew. Clones of a breaker count together, so a program that syncs over and over gives all
/// its sessions with a server the same one.
#[derive(Debug, Clone, Default)]
pub struct Breaker(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    refusals: u32,
    /// The last one.
    reason: String,
}

impl Breaker {
    /// A breaker that has yet to see a refusal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the server is to be left alone.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().refusals >= REFUSALS
    }

    /// Forgets all refusals: someone has seen to it.
    pub fn close(&self) {
        *self.state() = State::default();
    }

    /// Refuses on behalf of the server, if it is to be left alone.
    pub(super) fn check(&self) -> Result<(), SyncError> {
        let state = self.state();
        if state.refusals < REFUSALS {
            return Ok(());
        }
        Err(SyncError::LeftAlone { refusals: state.refusals, reason: state.reason.clone() })
    }

    /// The server has answered, with a refusal or with something else.
    pub(super) fn note(&self, refusal: Option<&dyn std::fmt::Display>) {
        let mut state = self.state();
        match refusal {
            None => *state = State::default(),
            Some(reason) => {
                state.refusals = state.refusals.saturating_add(1);
                state.reason = reason.to_string();
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_refusals_in_a_row_are_enough() {
        let breaker = Breaker::new();
        let other = breaker.clone();
        for _ in 0..3 {
            breaker.note(Some(&"no"));
            breaker.note(Some(&"no"));
            breaker.note(None);
        }
        assert!(!breaker.is_open() && breaker.check().is_ok());
        for words in ["no", "no", "not you"] {
            breaker.note(Some(&words));
        }
        assert!(other.is_open());
        let error = other.check().unwrap_err().to_string();
        assert!(error.contains("3 times") && error.contains("not you"), "{error}");
        other.close();
        assert!(breaker.check().is_ok());
    }
}
