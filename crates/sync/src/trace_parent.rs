//! Which trace a request belongs to, as W3C's `traceparent` header tells it.

use std::fmt;
use std::str::FromStr;

/// The span of a trace that a request is part of: what the header `traceparent` holds.
///
/// An observer gives it to a request ([`Observer::trace_parent`](crate::Observer::trace_parent)),
/// and finds it in what it is told of a request that came
/// ([`HandleStarted`](crate::HandleStarted)). So the rounds of a client and what a server does for
/// them become one trace, whatever tracing system each of them has.
///
/// ```
/// use outcrop_sync::TraceParent;
///
/// let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let parent: TraceParent = header.parse()?;
/// assert!(parent.is_sampled());
/// assert_eq!(parent.to_string(), header);
/// # Ok::<(), outcrop_sync::TraceParentError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: [u8; 16],
    span: [u8; 8],
    flags: u8,
}

/// Some text is not a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent of W3C Trace Context")]
pub struct TraceParentError;

/// The flag of a trace that is recorded.
const SAMPLED: u8 = 1;

/// Bytes of the header in the version that we write.
const LEN: usize = 55;

/// The version that no header has.
const NO_VERSION: u8 = 0xff;

impl TraceParent {
    /// The name of the header.
    pub const HEADER: &'static str = "traceparent";

    /// A span of a trace; `None` if one of the two is all zeros, which stands for nothing.
    #[must_use]
    pub fn new(trace: [u8; 16], span: [u8; 8], is_sampled: bool) -> Option<Self> {
        let flags = if is_sampled { SAMPLED } else { 0 };
        (trace != [0; 16] && span != [0; 8]).then_some(Self { trace, span, flags })
    }

    /// The trace.
    #[must_use]
    pub const fn trace_id(&self) -> [u8; 16] {
        self.trace
    }

    /// The span that is the parent of what the request brings about.
    #[must_use]
    pub const fn span_id(&self) -> [u8; 8] {
        self.span
    }

    /// Whether the trace is recorded by whoever made the span.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    /// Reads the header. A later version may say more, after what this one says.
    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let mut parts = text.trim().splitn(5, '-');
        let mut next = || parts.next().ok_or(TraceParentError);
        let [version] = digits::<1>(next()?)?;
        let (trace, span, [flags]) = (digits(next()?)?, digits(next()?)?, digits::<1>(next()?)?);
        if version == NO_VERSION || version == 0 && text.trim().len() != LEN {
            return Err(TraceParentError);
        }
        Self::new(trace, span, flags & SAMPLED != 0).ok_or(TraceParentError)
    }
}

/// Bytes as hexadecimal digits, of which only small ones count.
fn digits<const N: usize>(text: &str) -> Result<[u8; N], TraceParentError> {
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return Err(TraceParentError);
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for &digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return Err(TraceParentError),
            };
            *byte = *byte << 4 | value;
        }
    }
    Ok(bytes)
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        for byte in self.trace {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("-")?;
        for byte in self.span {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "-{:02x}", self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn headers_are_read_as_the_recommendation_says() {
        let read = |text: &str| text.parse::<TraceParent>();
        let sampled = read(&format!("00-{TRACE}-{SPAN}-01")).unwrap();
        assert!(sampled.is_sampled());
        assert_eq!(sampled.to_string(), format!("00-{TRACE}-{SPAN}-01"));
        assert_eq!(sampled.span_id(), [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
        // Flags that we do not know are not passed on.
        let other = read(&format!(" 00-{TRACE}-{SPAN}-fe\t")).unwrap();
        assert_eq!(other.to_string(), format!("00-{TRACE}-{SPAN}-00"));
        // Later versions may go on.
        assert!(read(&format!("cc-{TRACE}-{SPAN}-01-more-of-it")).is_ok());
        assert!(read(&format!("cc-{TRACE}-{SPAN}-01")).is_ok());
        for bad in [
            String::new(),
            "00".to_owned(),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("00-{TRACE}-{SPAN}-01-"),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-1"),
            format!("0-{TRACE}-{SPAN}-01"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-{}-01", "é".repeat(8)),
            format!("cc-{TRACE}-{SPAN}-01.more"),
        ] {
            assert_eq!(read(&bad), Err(TraceParentError), "{bad}");
        }
    }

    #[test]
    fn a_span_of_nothing_is_no_parent() {
        assert!(TraceParent::new([0; 16], [1; 8], true).is_none());
        assert!(TraceParent::new([1; 16], [0; 8], true).is_none());
        assert!(!TraceParent::new([1; 16], [1; 8], false).unwrap().is_sampled());
    }
}
