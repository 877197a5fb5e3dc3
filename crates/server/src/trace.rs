//! What tells a request from all others, in logs and for other programs on its way.

use std::fmt;
use std::num::NonZeroU128;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use outcrop_sync::{Rng as _, SystemRng};

/// The header by which W3C Trace Context passes a trace on.
const HEADER: &str = "traceparent";

/// The trace that a request belongs to: that of the program that sends it, or a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId(NonZeroU128);

impl TraceId {
    /// The trace of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let told = headers.get(HEADER).and_then(|value| value.to_str().ok()).and_then(read);
        told.unwrap_or_else(new)
    }
}

/// Reads `VERSION-TRACE-PARENT-FLAGS`; later versions may have more at the end.
fn read(header: &str) -> Option<TraceId> {
    let mut fields = header.trim().split('-');
    let mut digits = |len: usize| {
        let field = fields.next()?;
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (field.len() == len && field.bytes().all(is_hex)).then_some(field)
    };
    let version = digits(2).filter(|version| *version != "ff")?;
    let trace = u128::from_str_radix(digits(32)?, 16).ok()?;
    let _parent = digits(16).filter(|parent| parent.bytes().any(|digit| digit != b'0'))?;
    let _flags = digits(2)?;
    if version == "00" && fields.next().is_some() {
        return None;
    }
    NonZeroU128::new(trace).map(TraceId)
}

/// A trace that nobody else has.
fn new() -> TraceId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    // Without randomness they are still told apart here.
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let random = SystemRng.fill(&mut bytes).map_or(0, |()| u128::from_be_bytes(bytes));
    TraceId(NonZeroU128::new(random).unwrap_or(NonZeroU128::MIN.saturating_add(count.into())))
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_taken_over_if_it_is_one() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let told = |header: &str| read(header).map(|trace| trace.to_string());
        assert_eq!(told(&format!("00-{id}-b7ad6b7169203331-01")).as_deref(), Some(id));
        assert_eq!(
            told(&format!("cc-{id}-b7ad6b7169203331-01-what-is-to-come")).as_deref(),
            Some(id)
        );
        for bad in [
            String::new(),
            "00".to_owned(),
            format!("ff-{id}-b7ad6b7169203331-01"),
            format!("00-{id}-b7ad6b7169203331"),
            format!("00-{id}-b7ad6b7169203331-01-more"),
            format!("00-{id}-0000000000000000-01"),
            format!("00-{}-b7ad6b7169203331-01", "0".repeat(32)),
            format!("00-{}-b7ad6b7169203331-01", id.to_uppercase()),
            format!("00-+{}-b7ad6b7169203331-01", &id[1..]),
        ] {
            assert_eq!(told(&bad), None, "{bad}");
        }
    }

    #[test]
    fn new_traces_differ() {
        let headers = HeaderMap::new();
        let (one, other) = (TraceId::of(&headers), TraceId::of(&headers));
        assert_ne!(one, other);
        assert_eq!(one.to_string().len(), 32);
    }
}
