//! Who watches one session, or one request.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::Context;

use super::Shared;
use super::request::RequestSpan;
use super::session::SessionSpan;
use crate::observer::{Completing, Observer, Progress, Retrying, Started, TableCounts};
use crate::{
    HandleError, HandleStarted, Handled, RoundOutcome, SyncError, SyncOutcome, TraceParent,
};

/// Watches one session, or one request.
pub(super) struct One {
    shared: Arc<Shared>,
    /// What it is part of, where it begins.
    around: Context,
    watched: Mutex<Watched>,
}

/// What is watched; nothing before it has begun and after it has ended.
enum Watched {
    Nothing,
    Session(Box<SessionSpan>),
    Request(RequestSpan),
}

impl One {
    /// For what begins within this context.
    pub(super) fn new(shared: Arc<Shared>, around: Context) -> Self {
        Self { shared, around, watched: Mutex::new(Watched::Nothing) }
    }

    fn watch(&self, begun: Watched) {
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }

    fn take(&self) -> Watched {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *watched, Watched::Nothing)
    }

    fn session<T>(&self, tell: impl FnOnce(&mut SessionSpan) -> T) -> Option<T> {
        match &mut *self.watched.lock().unwrap_or_else(PoisonError::into_inner) {
            Watched::Session(session) => Some(tell(session)),
            _ => None,
        }
    }
}

impl Observer for One {
    /// A session that begins within another one is part of that.
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        let around = self.session(|session| session.context.clone())?;
        Some(Arc::new(Self::new(self.shared.clone(), around)))
    }

    fn started(&self, started: &Started<'_>) {
        let session = SessionSpan::begin(self.shared.clone(), &self.around, started);
        self.watch(Watched::Session(Box::new(session)));
    }

    fn round_started(&self, round: u32, _: usize) {
        self.session(|session| session.round_started(round));
    }

    fn trace_parent(&self, round: u32) -> Option<TraceParent> {
        self.session(|session| session.trace_parent(round))?
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        self.session(|session| session.retrying(retrying));
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        self.session(|session| session.round_completed(round, so_far));
    }

    fn table_sync_completed(&self, table: &str, counts: &TableCounts) {
        self.session(|session| session.table_completed(table, counts));
    }

    fn completed(&self, outcome: &SyncOutcome) {
        if let Watched::Session(session) = self.take() {
            session.completed(outcome);
        }
    }

    fn error(&self, error: &SyncError) {
        if let Watched::Session(session) = self.take() {
            session.failed(error);
        }
    }

    fn progress(&self, progress: &Progress) {
        // Artifacts are counted round by round.
        if let Progress::Completing(Completing { stage, .. }) = progress {
            self.session(|session| session.completing(*stage));
        }
    }

    fn handle_started(&self, started: &HandleStarted<'_>) {
        let request = RequestSpan::begin(self.shared.clone(), &self.around, started);
        self.watch(Watched::Request(request));
    }

    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        if let Watched::Request(request) = self.take() {
            match handled {
                Ok(handled) => request.answered(handled),
                Err(error) => request.failed(error),
            }
        }
    }
}
