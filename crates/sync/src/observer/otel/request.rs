//! The span of a request that a server answers, and what is measured of it.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global::BoxedSpan;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};

use super::{Shared, attributes};
use crate::observer::refusal;
use crate::{Counts, HandleError, HandleStarted, Handled, TraceParent};

/// A request that is being answered.
pub(super) struct RequestSpan {
    shared: Arc<Shared>,
    span: BoxedSpan,
    begun: Duration,
}

impl RequestSpan {
    /// Goes on with the trace that the request says to belong to, if it says so.
    pub(super) fn begin(
        shared: Arc<Shared>,
        around: &Context,
        started: &HandleStarted<'_>,
    ) -> Self {
        let parent = started.trace_parent.map(remote_context);
        let parent = parent.map(|remote| around.with_remote_span_context(remote));
        let repository = started.repository.to_string_lossy().into_owned();
        let address = started.address.map(str::to_owned);
        let address = address.map(|address| KeyValue::new(attributes::CLIENT_ADDRESS, address));
        let own = [KeyValue::new(attributes::REPOSITORY, repository)];
        let span = shared
            .tracer
            .span_builder("outcrop.request")
            .with_kind(SpanKind::Server)
            .with_attributes(own.into_iter().chain(address))
            .start_with_context(&shared.tracer, parent.as_ref().unwrap_or(around));
        let begun = shared.clock.elapsed();
        Self { shared, span, begun }
    }

    pub(super) fn answered(mut self, handled: &Handled) {
        let error = match (handled.login_failed, &handled.refusal) {
            (true, _) => Some(attributes::LOGIN_FAILED),
            (false, Some(_)) => Some(attributes::REFUSED),
            (false, None) => None,
        };
        if let Some(words) = &handled.refusal {
            let words = refusal::shown(words).to_owned();
            self.span.set_attribute(KeyValue::new(attributes::REFUSAL, words));
        }
        if let Some(user) = &handled.user {
            self.span.set_attribute(KeyValue::new(attributes::USER, user.clone()));
        }
        self.span.set_attribute(KeyValue::new(attributes::WROTE, handled.wrote));
        self.span.set_attributes(attributes::of_counts(&handled.counts));
        self.end(handled.operation.as_str(), error, &handled.counts);
    }

    /// That a request is refused is the client's fault; that it has no answer is ours.
    pub(super) fn failed(mut self, error: &HandleError) {
        self.span.record_error(error);
        self.span.set_status(attributes::failed(error));
        // Nobody knows what it asked for: the cards may not have been read.
        self.end(attributes::UNKNOWN, Some(error.kind()), &Counts::default());
    }

    fn end(mut self, operation: &'static str, error: Option<&'static str>, counts: &Counts) {
        let operation = attributes::operation(operation);
        let error = error.map(attributes::error_type);
        let took = self.shared.clock.elapsed().saturating_sub(self.begun);
        self.span.set_attribute(operation.clone());
        self.span.set_attributes(error.clone());
        self.span.end();
        self.shared.server.request(took, &operation, error, counts);
    }
}

fn remote_context(parent: TraceParent) -> SpanContext {
    let flags = if parent.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let trace = TraceId::from_bytes(parent.trace_id());
    let span = SpanId::from_bytes(parent.span_id());
    SpanContext::new(trace, span, flags, true, TraceState::default())
}
