//! Escaped text as a card holds it, decoded when asked for.

use std::{borrow::Cow, fmt};

use outcrop_format::escape;

/// Text in a card, with the escapes that keep it one word.
///
/// It may be empty and need not be UTF-8. Two texts are equal if they are written alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Takes a word as it stands in a card.
    #[must_use]
    pub const fn from_raw(raw: &'a [u8]) -> Self {
        Self(raw)
    }

    /// The word as it stands in the card.
    #[must_use]
    pub const fn raw(self) -> &'a [u8] {
        self.0
    }

    /// The text without its escapes; borrows when it has none.
    ///
    /// Fossil keeps texts as C strings: an escaped NUL ends them, here as there.
    #[must_use]
    pub fn decode(self) -> Cow<'a, [u8]> {
        match escape::decode(self.0) {
            Cow::Borrowed(plain) => Cow::Borrowed(plain),
            Cow::Owned(mut plain) => {
                if let Some(end) = plain.iter().position(|&byte| byte == 0) {
                    plain.truncate(end);
                }
                Cow::Owned(plain)
            }
        }
    }
}

impl fmt::Display for Text<'_> {
    /// Writes the decoded text; bytes that are not UTF-8 are replaced.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.decode()).fmt(f)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_taken_out_on_demand() {
        let text = Text::from_raw(br"two\swords\n");
        assert_eq!(text.raw(), br"two\swords\n");
        assert_eq!(text.decode(), b"two words\n".as_slice());
        assert_eq!(text.to_string(), "two words\n");
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        assert!(matches!(Text::from_raw(b"word").decode(), Cow::Borrowed(_)));
    }

    #[test]
    fn an_escaped_nul_ends_the_text() {
        assert_eq!(Text::from_raw(br"ab\0cd").decode(), b"ab".as_slice());
    }
}
