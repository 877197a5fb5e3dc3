//! Pausing, resuming and cancelling a session from outside.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::SyncError;

/// A handle to pause, resume or cancel a session. Its clones control the same session.
///
/// A pause begins before the next request. A cancelled session ends at once if it waits for the
/// server, and otherwise when what has come is stored.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    paused: bool,
    cancelled: bool,
    /// Who is to be told of a change: the one session that waits.
    waker: Option<Waker>,
}

impl Control {
    /// A handle for a session that runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the session, with [`SyncError::Cancelled`].
    pub fn cancel(&self) {
        self.change(|state| state.cancelled = true);
    }

    /// Lets the session wait before its next request.
    pub fn pause(&self) {
        self.change(|state| state.paused = true);
    }

    /// Lets the session go on.
    pub fn resume(&self) {
        self.change(|state| state.paused = false);
    }

    /// Whether the session was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Whether the session is to wait before its next request.
    pub(super) fn is_paused(&self) -> bool {
        self.state().paused
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock leaves the state half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for as long as the session is paused.
    pub(super) async fn go_on(&self) -> Result<(), SyncError> {
        poll_fn(|context| {
            let mut state = self.state();
            if state.cancelled {
                return Poll::Ready(Err(SyncError::Cancelled));
            }
            if !state.paused {
                return Poll::Ready(Ok(()));
            }
            state.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Waits for `work`, or for the session to be cancelled.
    pub(super) async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, SyncError> {
        let mut work = pin!(work);
        poll_fn(|context: &mut Context<'_>| {
            let mut state = self.state();
            if state.cancelled {
                return Poll::Ready(Err(SyncError::Cancelled));
            }
            state.waker = Some(context.waker().clone());
            drop(state);
            work.as_mut().poll(context).map(Ok)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_paused_session_waits_until_it_is_resumed() {
        let control = Control::new();
        control.go_on().await.unwrap();
        control.pause();
        let other = control.clone();
        let resuming = async {
            tokio::task::yield_now().await;
            other.resume();
        };
        let (went_on, ()) = tokio::join!(control.go_on(), resuming);
        went_on.unwrap();
    }

    #[tokio::test]
    async fn cancelling_ends_every_wait() {
        let control = Control::new();
        control.pause();
        let other = control.clone();
        let cancelling = async {
            tokio::task::yield_now().await;
            other.cancel();
        };
        let (waited, ()) = tokio::join!(control.guard(std::future::pending::<()>()), cancelling);
        assert!(matches!(waited, Err(SyncError::Cancelled)));
        assert!(matches!(control.go_on().await, Err(SyncError::Cancelled)));
        assert!(control.is_cancelled());
    }
}
