//! Tokens: the words of a card line.

use std::fmt;

use outcrop_format::escape::is_blank;

/// A word of a line: never empty, never with a blank in it.
///
/// The type is what keeps a name from becoming a card: whatever is written as a token stays one.
///
/// ```
/// use outcrop_xfer::Token;
///
/// assert!(Token::new(b"project-name").is_some());
/// assert_eq!(Token::new(b"name\nlogin root"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token<'a>(&'a [u8]);

impl<'a> Token<'a> {
    /// Takes `word` as a token; `None` if it is empty or holds a blank.
    #[must_use]
    pub fn new(word: &'a [u8]) -> Option<Self> {
        let is_token = !word.is_empty() && !word.iter().copied().any(is_blank);
        is_token.then_some(Self(word))
    }

    /// Takes a word that the tokenizer cut out of a line.
    pub(crate) fn from_line(word: &'a [u8]) -> Self {
        debug_assert!(Self::new(word).is_some());
        Self(word)
    }

    /// The word.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The word as text; `None` if it is not UTF-8.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        str::from_utf8(self.0).ok()
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// For people: bytes that are not UTF-8 are replaced.
impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_with_a_blank_is_a_token() {
        for word in [&b""[..], b" ", b"a b", b"a\n", b"\ta", b"a\x0bb", b"a\x0cb", b"a\r"] {
            assert_eq!(Token::new(word), None, "{}", word.escape_ascii());
        }
        assert_eq!(Token::new(b"a\0b").unwrap().as_bytes(), b"a\0b");
    }

    #[test]
    fn tokens_show_what_they_hold() {
        let token = Token::new(b"caf\xc3\xa9\xff").unwrap();
        assert_eq!(token.as_str(), None);
        assert_eq!(token.to_string(), "café\u{fffd}");
        assert_eq!(format!("{token:?}"), r#""caf\xc3\xa9\xff""#);
    }
}
