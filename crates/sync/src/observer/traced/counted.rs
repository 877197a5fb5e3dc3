//! Spans that tell what has moved.

use tracing::Span;

use crate::Counts;

/// A span with a field for each of [`Counts`], to be filled in at its end.
macro_rules! counted_span {
    ($($of:tt)*) => {
        tracing::span!(
            target: $crate::observer::traced::TARGET,
            $($of)*
            received = tracing::field::Empty,
            received_deltas = tracing::field::Empty,
            sent = tracing::field::Empty,
            sent_deltas = tracing::field::Empty,
            unversioned_received = tracing::field::Empty,
            unversioned_sent = tracing::field::Empty,
            config_received = tracing::field::Empty,
            config_sent = tracing::field::Empty,
            rows_received = tracing::field::Empty,
            rows_sent = tracing::field::Empty,
            linked = tracing::field::Empty,
            check_ins = tracing::field::Empty,
            lock_conflicts = tracing::field::Empty,
            bytes_received = tracing::field::Empty,
            bytes_sent = tracing::field::Empty,
            traffic_received = tracing::field::Empty,
            traffic_sent = tracing::field::Empty,
            kind = tracing::field::Empty,
            error = tracing::field::Empty,
        )
    };
}
pub(super) use counted_span;

/// Fills in what has moved; what has not is left out.
pub(super) fn record(span: &Span, counts: &Counts) {
    for (name, count) in counts.iter().filter(|&(_, count)| count > 0) {
        span.record(name, count);
    }
    if let Some(traffic) = counts.traffic {
        span.record("traffic_received", traffic.received).record("traffic_sent", traffic.sent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_counted_has_a_field() {
        let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry());
        let span = counted_span!(tracing::Level::INFO, "test", round = 1,);
        for (name, _) in Counts::default().iter() {
            assert!(span.has_field(name), "{name}");
        }
    }
}
