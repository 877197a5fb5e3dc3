//! The spans of a session and its rounds, and what is measured of them.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global::BoxedSpan;
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};

use outcrop_repo::Stage;

use super::{Shared, attributes};
use crate::observer::{Retrying, Started, TableCounts};
use crate::{Counts, RoundOutcome, SyncError, SyncOutcome, TraceParent};

/// A session under way.
pub(super) struct SessionSpan {
    shared: Arc<Shared>,
    /// Holds the span.
    pub(super) context: Context,
    operation: KeyValue,
    /// What its rounds say about the other side.
    remote: Vec<KeyValue>,
    /// Two at most, since a clone asks for one batch ahead.
    rounds: Vec<Round>,
    /// What is being done at its end.
    stage: Option<Stage>,
    /// How many rounds it has had, and what has moved in them.
    so_far: (u32, Counts),
}

/// A round under way.
struct Round {
    number: u32,
    span: BoxedSpan,
    begun: Duration,
}

impl SessionSpan {
    pub(super) fn begin(shared: Arc<Shared>, around: &Context, started: &Started<'_>) -> Self {
        let operation = attributes::operation(started.operation().as_str());
        let remote = started.remote.map(attributes::of_remote).unwrap_or_default();
        let repository = started.repository.to_string_lossy().into_owned();
        let own = [operation.clone(), KeyValue::new(attributes::REPOSITORY, repository)];
        let span = shared
            .tracer
            .span_builder("outcrop.session")
            .with_kind(SpanKind::Internal)
            .with_attributes(own.into_iter().chain(remote.clone()))
            .start_with_context(&shared.tracer, around);
        let context = around.with_span(span);
        let so_far = (0, Counts::default());
        let rounds = Vec::new();
        Self { shared, context, operation, remote, rounds, stage: None, so_far }
    }

    pub(super) fn round_started(&mut self, number: u32) {
        let own = [self.operation.clone(), KeyValue::new(attributes::ROUND, i64::from(number))];
        let tracer = &self.shared.tracer;
        let span = tracer
            .span_builder("outcrop.round")
            .with_kind(SpanKind::Client)
            .with_attributes(own.into_iter().chain(self.remote.clone()))
            .start_with_context(tracer, &self.context);
        self.rounds.push(Round { number, span, begun: self.shared.clock.elapsed() });
    }

    fn round(&mut self, number: u32) -> Option<&mut Round> {
        self.rounds.iter_mut().find(|round| round.number == number)
    }

    pub(super) fn trace_parent(&mut self, number: u32) -> Option<TraceParent> {
        let context = self.round(number)?.span.span_context();
        let (trace, span) = (context.trace_id().to_bytes(), context.span_id().to_bytes());
        TraceParent::new(trace, span, context.is_sampled())
    }

    pub(super) fn retrying(&mut self, retrying: &Retrying<'_>) {
        let kind = attributes::error_type(retrying.error.kind());
        self.shared.client.retry(&[self.operation.clone(), kind.clone()]);
        let wait = KeyValue::new(attributes::WAIT, retrying.wait.as_secs_f64());
        let words = KeyValue::new(attributes::WORDS, retrying.error.to_string());
        let status = attributes::of_status(retrying.error);
        if let Some(round) = self.round(retrying.round) {
            let all = [kind, wait, words].into_iter().chain(status).collect();
            round.span.add_event("no reply, trying again", all);
        }
    }

    pub(super) fn round_completed(&mut self, outcome: &RoundOutcome, so_far: &SyncOutcome) {
        self.so_far = (so_far.rounds, so_far.total);
        self.shared.client.moved(&outcome.counts, &self.operation);
        let Some(at) = self.rounds.iter().position(|round| round.number == outcome.round) else {
            return;
        };
        let Round { mut span, begun, number } = self.rounds.swap_remove(at);
        span.set_attributes(attributes::of_counts(&outcome.counts));
        span.set_attributes(outcome.skew.map(|skew| KeyValue::new(attributes::SKEW, skew)));
        for words in &outcome.messages {
            let words = KeyValue::new(attributes::WORDS, words.clone());
            span.add_event("the server says", vec![words]);
        }
        if let Some(error) = &outcome.error {
            // The end of the session says of what kind the error is; the round waits for that.
            span.set_status(attributes::failed(error));
            self.rounds.push(Round { number, span, begun });
            return;
        }
        let took = self.shared.clock.elapsed().saturating_sub(begun);
        self.shared.client.round(took, std::slice::from_ref(&self.operation));
        span.end();
    }

    pub(super) fn table_completed(&self, table: &str, counts: &TableCounts) {
        let number = |name, count| KeyValue::new(name, attributes::number(count));
        let told = vec![
            KeyValue::new(attributes::TABLE, table.to_owned()),
            number("outcrop.received", counts.received),
            number("outcrop.sent", counts.sent),
        ];
        self.context.span().add_event("a table is done", told);
    }

    /// Long work has come a step further: each kind of it is told once.
    pub(super) fn completing(&mut self, stage: Stage) {
        if self.stage.replace(stage) != Some(stage) {
            let stage = KeyValue::new(attributes::STAGE, format!("{stage:?}"));
            self.context.span().add_event("completing", vec![stage]);
        }
    }

    pub(super) fn completed(mut self, outcome: &SyncOutcome) {
        self.so_far = (outcome.rounds, outcome.total);
        self.shared.client.session(&self.operation, None);
        self.end();
    }

    /// Rounds under way end with their session.
    pub(super) fn failed(mut self, error: &SyncError) {
        let kind = attributes::error_type(error.kind());
        let all = attributes::of_error(error);
        for Round { mut span, begun, .. } in std::mem::take(&mut self.rounds) {
            let took = self.shared.clock.elapsed().saturating_sub(begun);
            self.shared.client.round(took, &[self.operation.clone(), kind.clone()]);
            span.set_attributes(all.clone());
            span.set_status(attributes::failed(error));
            span.end();
        }
        self.shared.client.session(&self.operation, Some(kind));
        let span = self.context.span();
        span.record_error(error);
        span.set_attributes(all);
        span.set_status(attributes::failed(error));
        self.end();
    }

    fn end(&self) {
        let (rounds, counts) = &self.so_far;
        let span = self.context.span();
        span.set_attribute(KeyValue::new(attributes::ROUNDS, i64::from(*rounds)));
        span.set_attributes(attributes::of_counts(counts));
        span.end();
    }
}
