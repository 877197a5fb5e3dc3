//! The spans of one session, or of one request.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Level, Span, debug, dispatcher, error, info, trace, warn};

use super::TARGET;
use super::counted::{counted_span, record};
use crate::observer::{Completing, Observer, Progress, Retrying, Started, TableCounts, refusal};
use crate::{Counts, HandleError, HandleStarted, Handled, RoundOutcome, SyncError, SyncOutcome};

/// Watches one session, or one request.
#[derive(Debug)]
pub(super) struct One {
    /// The subscriber of whoever began it: the threads that work on it know of none.
    dispatch: Dispatch,
    /// What it is part of, if anything.
    around: Span,
    spans: Mutex<Spans>,
}

#[derive(Debug)]
struct Spans {
    /// That of the session, or of the request.
    whole: Span,
    /// Those of the rounds under way: two at most, since a clone asks for one batch ahead.
    rounds: Vec<(u32, Span)>,
    /// How many rounds the session has had, and what has moved in them.
    so_far: (u32, Counts),
}

impl Spans {
    /// The span of a round, or of the whole if the round has none.
    fn round(&self, round: u32) -> &Span {
        let found = self.rounds.iter().find(|(number, _)| *number == round);
        found.map_or(&self.whole, |(_, span)| span)
    }

    fn end_round(&mut self, round: u32) -> Span {
        let at = self.rounds.iter().position(|(number, _)| *number == round);
        at.map_or_else(Span::none, |at| self.rounds.swap_remove(at).1)
    }

    /// Tells what has come of the session so far.
    fn record_session(&self) {
        let (rounds, counts) = &self.so_far;
        self.whole.record("rounds", rounds);
        record(&self.whole, counts);
    }

    fn end(&mut self) {
        self.rounds.clear();
        self.whole = Span::none();
    }
}

impl One {
    /// For what begins here.
    pub(super) fn new() -> Self {
        Self::within(dispatcher::get_default(Dispatch::clone), Span::current())
    }

    fn within(dispatch: Dispatch, around: Span) -> Self {
        Self {
            dispatch,
            around,
            spans: Mutex::new(Spans {
                whole: Span::none(),
                rounds: Vec::new(),
                so_far: (0, Counts::default()),
            }),
        }
    }

    /// Tells the subscriber something, unless nobody listens at that level.
    fn tell(&self, level: Level, tell: impl FnOnce(&mut Spans)) {
        if level <= LevelFilter::current() {
            // Nothing that holds the lock leaves the spans half-changed.
            let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
            dispatcher::with_default(&self.dispatch, || tell(&mut spans));
        }
    }
}

impl Observer for One {
    /// A session that begins within another one is part of that.
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        let around = self.spans.lock().unwrap_or_else(PoisonError::into_inner).whole.clone();
        let has_begun = !around.is_disabled();
        has_begun.then(|| Arc::new(Self::within(self.dispatch.clone(), around)) as Arc<_>)
    }

    fn started(&self, started: &Started<'_>) {
        self.tell(Level::ERROR, |spans| {
            spans.whole = counted_span!(
                parent: &self.around,
                Level::INFO,
                "session",
                operation = started.operation().as_str(),
                repository = &*started.repository.to_string_lossy(),
                remote = started.remote,
                rounds = tracing::field::Empty,
            );
        });
    }

    fn round_started(&self, round: u32, bytes: usize) {
        self.tell(Level::DEBUG, |spans| {
            let span = counted_span!(parent: &spans.whole, Level::DEBUG, "round", round, bytes,);
            spans.rounds.push((round, span));
        });
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        let Retrying { round, failed, wait, error } = retrying;
        self.tell(Level::WARN, |spans| {
            let (kind, error) = (error.kind(), error.to_string());
            let wait = wait.as_secs_f64();
            let parent = spans.round(*round);
            warn!(target: TARGET, parent: parent, failed, wait, kind, error, "no reply, trying again");
        });
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        self.tell(Level::ERROR, |spans| {
            spans.so_far = (so_far.rounds, so_far.total);
            let parent = spans.round(round.round);
            for words in &round.messages {
                info!(target: TARGET, parent: parent, words, "the server says");
            }
            let span = spans.end_round(round.round);
            record(&span, &round.counts);
            if let Some(error) = &round.error {
                span.record("error", error);
            }
        });
    }

    fn table_sync_started(&self, table: &str) {
        self.tell(Level::DEBUG, |spans| {
            debug!(target: TARGET, parent: &spans.whole, table, "a table is compared");
        });
    }

    fn table_sync_completed(&self, table: &str, counts: &TableCounts) {
        let TableCounts { received, sent } = *counts;
        self.tell(Level::DEBUG, |spans| {
            let parent = &spans.whole;
            debug!(target: TARGET, parent: parent, table, received, sent, "a table is done");
        });
    }

    fn completed(&self, outcome: &SyncOutcome) {
        self.tell(Level::ERROR, |spans| {
            let (rounds, received, sent) =
                (outcome.rounds, outcome.total.received, outcome.total.sent);
            spans.so_far = (rounds, outcome.total);
            spans.record_session();
            let parent = &spans.whole;
            info!(target: TARGET, parent: parent, rounds, received, sent, "completed");
            spans.end();
        });
    }

    fn error(&self, error: &SyncError) {
        self.tell(Level::ERROR, |spans| {
            let (kind, words) = (error.kind(), error.to_string());
            spans.record_session();
            for span in spans.rounds.iter().map(|(_, span)| span).chain([&spans.whole]) {
                span.record("kind", kind).record("error", &words);
            }
            let parent = &spans.whole;
            if matches!(error, SyncError::Cancelled) {
                info!(target: TARGET, parent: parent, "cancelled");
            } else {
                error!(target: TARGET, parent: parent, kind, error = words, "the session has failed");
            }
            spans.end();
        });
    }

    fn progress(&self, progress: &Progress) {
        self.tell(Level::TRACE, |spans| {
            let parent = &spans.whole;
            match progress {
                Progress::Received { name, bytes } => {
                    trace!(target: TARGET, parent: parent, artifact = %name, bytes, "received");
                }
                Progress::Sent { name } => {
                    trace!(target: TARGET, parent: parent, artifact = %name, "sent");
                }
                Progress::Completing(Completing { stage, done, total }) => {
                    trace!(target: TARGET, parent: parent, ?stage, done, total, "completing");
                }
            }
        });
    }

    fn handle_started(&self, started: &HandleStarted<'_>) {
        self.tell(Level::ERROR, |spans| {
            spans.whole = counted_span!(
                parent: &self.around,
                Level::INFO,
                "request",
                repository = &*started.repository.to_string_lossy(),
                address = started.address,
                media = started.media.as_str(),
                traceparent = started.trace_parent.map(tracing::field::display),
                operation = tracing::field::Empty,
                user = tracing::field::Empty,
                login_failed = tracing::field::Empty,
                wrote = tracing::field::Empty,
                refusal = tracing::field::Empty,
            );
        });
    }

    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        self.tell(Level::ERROR, |spans| {
            match handled {
                Ok(handled) => answered(&spans.whole, handled),
                Err(error) => not_answered(&spans.whole, error),
            }
            spans.end();
        });
    }
}

fn answered(span: &Span, handled: &Handled) {
    record(span, &handled.counts);
    span.record("operation", handled.operation.as_str()).record("wrote", handled.wrote);
    if let Some(user) = &handled.user {
        span.record("user", user);
    }
    if handled.login_failed {
        span.record("login_failed", true);
    }
    let operation = handled.operation.as_str();
    if let Some(words) = &handled.refusal {
        let refusal = refusal::shown(words);
        span.record("refusal", refusal);
        info!(target: TARGET, parent: span, operation, refusal, "refused");
    } else {
        let (received, sent) = (handled.counts.received, handled.counts.sent);
        debug!(target: TARGET, parent: span, operation, received, sent, "answered");
    }
}

fn not_answered(span: &Span, error: &HandleError) {
    let (kind, words) = (error.kind(), error.to_string());
    span.record("kind", kind).record("error", &words);
    if error.is_transient() {
        warn!(target: TARGET, parent: span, kind, error = words, "the repository is busy");
    } else {
        error!(target: TARGET, parent: span, kind, error = words, "no answer");
    }
}
