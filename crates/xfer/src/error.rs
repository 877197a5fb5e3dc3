//! What can be wrong with a message.

use std::fmt;

/// A message could not be read: what is wrong, in which card, and where.
///
/// ```
/// use outcrop_xfer::{ErrorKind, Reader};
///
/// let text = b"# hello\ngimme 12345\n";
/// let error = Reader::new(text).find_map(Result::err).unwrap();
/// assert!(matches!(error.kind, ErrorKind::BadArgument { argument: "HASH", .. }));
/// assert_eq!((error.card, error.offset), (1, 14));
/// assert_eq!(
///     error.to_string(),
///     r#"card 1 at byte 14: gimme: HASH is not the name of an artifact: "12345""#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// First word of the card; `None` if no kind of card begins with it.
    pub verb: Option<&'static str>,
    /// Index of the card, from 0, comments counted.
    pub card: usize,
    /// Where in the text, in bytes. Never past its end.
    pub offset: usize,
    /// The offending bytes, shortened and escaped.
    pub near: String,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The first word of a line is no card's.
    #[error("unknown card")]
    UnknownCard,
    /// A card ends before one of its arguments.
    #[error("{0} is missing")]
    MissingArgument(&'static str),
    /// A card has an argument more than it may have.
    #[error("there is an argument too many")]
    SurplusArgument,
    /// An argument is not what it must be.
    #[error("{argument} is not {expected}")]
    BadArgument {
        /// Name of the argument, as the card's grammar has it.
        argument: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// The message ends inside a payload.
    #[error("the payload breaks off after {present} of {declared} bytes")]
    TruncatedPayload {
        /// Bytes the card declares.
        declared: usize,
        /// Bytes there are.
        present: usize,
    },
    /// Something else stands where a payload's closing newline must be.
    #[error("no newline follows the payload")]
    UnterminatedPayload,
    /// A line exceeds [`Limits::line`](crate::Limits::line).
    #[error("the line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit.
        limit: usize,
    },
    /// A line exceeds [`Limits::tokens`](crate::Limits::tokens).
    #[error("the line has more than {limit} words")]
    TooManyTokens {
        /// The limit.
        limit: usize,
    },
    /// A payload exceeds [`Limits::payload`](crate::Limits::payload).
    #[error("a payload of {declared} bytes is larger than the limit of {limit}")]
    PayloadTooLarge {
        /// Bytes the card declares.
        declared: usize,
        /// The limit.
        limit: usize,
    },
    /// The message exceeds [`Limits::cards`](crate::Limits::cards).
    #[error("the message has more than {limit} cards")]
    TooManyCards {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card {} at byte {}: ", self.card, self.offset)?;
        if let Some(verb) = self.verb {
            write!(f, "{verb}: ")?;
        }
        write!(f, "{}", self.kind)?;
        if !self.near.is_empty() {
            write!(f, ": \"{}\"", self.near)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl Error {
    /// What is wrong, and where; the reader adds in which card.
    #[cold]
    pub(crate) fn new(kind: ErrorKind, offset: usize, near: &[u8]) -> Self {
        Self { kind, verb: None, card: 0, offset, near: excerpt(near) }
    }
}

/// The first bytes, escaped; an ellipsis stands for the rest.
fn excerpt(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    match bytes.get(..SHOWN) {
        Some(head) if bytes.len() > SHOWN => format!("{}…", head.escape_ascii()),
        _ => bytes.escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_binary_tokens_are_shortened_and_escaped() {
        assert_eq!(excerpt(b"a\0\xff\n"), r"a\x00\xff\n");
        assert_eq!(excerpt(&[b'x'; 48]), "x".repeat(48));
        assert_eq!(excerpt(&[b'x'; 49]), format!("{}…", "x".repeat(48)));
    }
}
