//! Words that may hold blanks, written as one token.
//!
//! Cards and manifests are lines of tokens parted by blanks. Text that may itself hold blanks
//! (comments, names, messages) is *escaped*: a backslash and a letter stand for each white-space
//! character, for NUL and for the backslash itself.
//!
//! | byte | escape |
//! |---|---|
//! | space | `\s` |
//! | newline, tab, return, vertical tab, form feed | `\n` `\t` `\r` `\v` `\f` |
//! | NUL | `\0` |
//! | backslash | `\\` |

use std::{borrow::Cow, fmt};

/// Whether tokens end at this byte: space, tab, newline, vertical tab, form feed or return.
#[must_use]
pub const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Escapes `plain`; borrows when nothing needs an escape.
#[must_use]
pub fn encode(plain: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = plain.iter().position(|&byte| escape_letter(byte).is_some()) else {
        return Cow::Borrowed(plain);
    };
    let (clean, rest) = plain.split_at(first);
    let mut escaped = Vec::with_capacity(plain.len() + plain.len() / 4 + 1);
    escaped.extend_from_slice(clean);
    for &byte in rest {
        match escape_letter(byte) {
            Some(letter) => escaped.extend_from_slice(&[b'\\', letter]),
            None => escaped.push(byte),
        }
    }
    Cow::Owned(escaped)
}

/// Takes the escapes out of `escaped`; borrows when it holds none.
///
/// As lenient as Fossil: an unknown escape stands for its letter, and a lone backslash at the end
/// for itself.
#[must_use]
pub fn decode(escaped: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = escaped.iter().position(|&byte| byte == b'\\') else {
        return Cow::Borrowed(escaped);
    };
    let (clean, rest) = escaped.split_at(first);
    let mut plain = Vec::with_capacity(escaped.len());
    plain.extend_from_slice(clean);
    let mut bytes = rest.iter().copied();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => bytes.next().map_or(b'\\', unescape_letter),
            byte => byte,
        });
    }
    Cow::Owned(plain)
}

const fn escape_letter(byte: u8) -> Option<u8> {
    Some(match byte {
        b' ' => b's',
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        0x0b => b'v',
        0x0c => b'f',
        0 => b'0',
        b'\\' => b'\\',
        _ => return None,
    })
}

const fn unescape_letter(letter: u8) -> u8 {
    match letter {
        b's' => b' ',
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'0' => 0,
        other => other,
    }
}

/// Escaped text as it stands in a line: never empty, never with a blank in it.
///
/// Kept as it came, so that a line read and written again is the same line; [`plain`](Self::plain)
/// takes the escapes out.
///
/// ```
/// use outcrop_format::escape::Escaped;
///
/// let text = Escaped::new(b"wrong project").unwrap();
/// assert_eq!(text.as_bytes(), br"wrong\sproject");
/// assert_eq!(text.plain(), "wrong project".as_bytes());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Escaped<'a>(Cow<'a, [u8]>);

impl<'a> Escaped<'a> {
    /// Escapes plain text. `None` if it is empty: a line has no way to write an empty token.
    #[must_use]
    pub fn new(plain: &'a [u8]) -> Option<Self> {
        (!plain.is_empty()).then(|| Self(encode(plain)))
    }

    /// Takes a token that is escaped already. `None` if it is empty or holds a blank.
    #[must_use]
    pub fn from_token(token: &'a [u8]) -> Option<Self> {
        let is_token = !token.is_empty() && !token.iter().copied().any(is_blank);
        is_token.then_some(Self(Cow::Borrowed(token)))
    }

    /// The text with its escapes, as it stands in the line.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text without its escapes.
    #[must_use]
    pub fn plain(&self) -> Cow<'_, [u8]> {
        decode(&self.0)
    }

    /// The text without its escapes, for people: bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.plain()).into_owned()
    }

    /// The same text, owned.
    #[must_use]
    pub fn into_owned(self) -> Escaped<'static> {
        Escaped(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_escape_has_its_letter() {
        let plain = b"a b\nc\td\re\x0bf\x0cg\0h\\i";
        let escaped = br"a\sb\nc\td\re\vf\fg\0h\\i";
        assert_eq!(encode(plain), &escaped[..]);
        assert_eq!(decode(escaped), &plain[..]);
    }

    #[test]
    fn unknown_escapes_stand_for_their_letter() {
        assert_eq!(decode(br"\x\y\\"), &br"xy\"[..]);
    }

    #[test]
    fn a_lone_backslash_at_the_end_stays() {
        assert_eq!(decode(br"end\"), &br"end\"[..]);
    }

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(encode("straße".as_bytes()), Cow::Borrowed(_)));
        assert!(matches!(decode("straße".as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn no_token_is_empty_or_holds_a_blank() {
        assert_eq!(Escaped::new(b""), None);
        assert_eq!(Escaped::from_token(b""), None);
        assert_eq!(Escaped::from_token(b"a b"), None);
        assert!(Escaped::from_token(br"a\sb").is_some());
    }

    proptest! {
        #[test]
        fn escaping_is_undone_by_decoding(plain: Vec<u8>) {
            let escaped = encode(&plain);
            prop_assert!(!escaped.iter().copied().any(is_blank));
            prop_assert!(!escaped.contains(&0));
            let decoded = decode(&escaped);
            prop_assert_eq!(decoded.as_ref(), &plain[..]);
        }

        #[test]
        fn decoding_takes_any_bytes(bytes: Vec<u8>) {
            prop_assert!(decode(&bytes).len() <= bytes.len());
        }
    }
}
