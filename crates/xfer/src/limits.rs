//! Bounds on what a peer may make large.

/// How large a message and its parts may be.
///
/// Every bound has a name, can be set, and has a default that the largest real messages of stock
/// Fossil pass.
///
/// ```
/// use outcrop_xfer::{Limits, Reader};
///
/// let strict = Limits { line: 16, ..Limits::default() };
/// let mut reader = Reader::with_limits(b"cookie 0123456789\n", strict);
/// assert!(reader.next().unwrap().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a line, its newline left out. Lines are short, but messages and cookies are lines.
    pub line: usize,
    /// Tokens of a line, its first word included. No known card has more than seven.
    pub tokens: usize,
    /// Bytes of one payload: the largest artifact, compressed or not.
    pub payload: usize,
    /// Cards of a message, comments and blank lines included. A first-generation clone announces every artifact of
    /// a repository in one message.
    pub cards: usize,
    /// Bytes of a message after decompression. An artifact that crosses a sender's budget still
    /// goes whole, so this must hold the largest artifact and a budget more.
    pub message: usize,
}

impl Limits {
    /// The bounds that [`Default`] gives.
    pub const DEFAULT: Self = Self {
        line: 64 * 1024,
        tokens: 32,
        payload: 1 << 30,
        cards: 16_000_000,
        message: (1 << 30) + 16 * 1024 * 1024,
    };
}

// A message must hold its largest payload, and a line its largest token count.
const _: () = assert!(Limits::DEFAULT.message > Limits::DEFAULT.payload);
const _: () = assert!(Limits::DEFAULT.line > 2 * Limits::DEFAULT.tokens);

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
