//! What tells a request from all others, in logs and for other programs on its way.

use std::fmt;
use std::num::NonZeroU128;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use outcrop_sync::{Rng as _, SystemRng};

use crate::headers;

/// The trace that a request belongs to: that of the program that sends it, or a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId(u128);

impl TraceId {
    /// The trace of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let told = headers::trace_parent(headers);
        told.map_or_else(new, |parent| Self(u128::from_be_bytes(parent.trace_id())))
    }
}

/// A trace that nobody else has.
fn new() -> TraceId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    // Without randomness they are still told apart here.
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let random = SystemRng.fill(&mut bytes).map_or(0, |()| u128::from_be_bytes(bytes));
    TraceId(NonZeroU128::new(random).map_or(count.into(), NonZeroU128::get))
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    #[test]
    fn a_trace_is_taken_over_if_it_is_one() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let told = |header: String| {
            let value = header.parse().unwrap();
            TraceId::of(&HeaderMap::from_iter([(HeaderName::from_static("traceparent"), value)]))
        };
        assert_eq!(told(format!("00-{id}-b7ad6b7169203331-01")).to_string(), id);
        assert_ne!(told(format!("ff-{id}-b7ad6b7169203331-01")).to_string(), id);
    }

    #[test]
    fn new_traces_differ() {
        let headers = HeaderMap::new();
        let (one, other) = (TraceId::of(&headers), TraceId::of(&headers));
        assert_ne!(one, other);
        assert_eq!(one.to_string().len(), 32);
    }
}
