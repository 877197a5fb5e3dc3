//! Words for people, and comments: `error`, `message` and `#`.
//!
//! ```text
//! error TEXT
//! message TEXT
//! # anything
//! ```
//!
//! An `error` ends a message for its reader: stock's server may go on after one, with cards that mean
//! nothing or with lines that are none, and stock's client stops at the first. Some of stock's errors
//! have `+` where a blank is meant.
//!
//! Comments do nothing, with two exceptions: a login's nonce hashes them, so clients add one with
//! random text to make every message unique; and a server ends its reply with one that tells its
//! clock, `# timestamp 2026-01-31T12:00:00 errors 0`.

use std::fmt;

use outcrop_format::escape::Escaped;

use super::arguments::Arguments;
use crate::{body::Body, error::Error, line::Args, output::Line};

/// Words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice<'a> {
    /// The words.
    pub text: Escaped<'a>,
}

impl<'a> Notice<'a> {
    /// A notice of plain text. `None` if it is empty: the wire cannot carry that.
    #[must_use]
    pub fn new(text: &'a str) -> Option<Self> {
        Escaped::new(text.as_bytes()).map(|text| Self { text })
    }
}

impl<'a> Arguments<'a> for Notice<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let text = args.escaped("TEXT")?;
        args.end()?;
        Ok(Self { text })
    }

    fn write(&self, line: Line<'_>) {
        line.escaped(&self.text).end();
    }
}

/// A line that begins with `#`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Comment<'a>(&'a [u8]);

impl<'a> Comment<'a> {
    /// A comment of `text`, which follows the `#` as it is. `None` if it holds a newline.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Option<Self> {
        memchr::memchr(b'\n', text).is_none().then_some(Self(text))
    }

    /// The comment that `line` is, if it is one.
    pub(crate) fn from_line(line: &'a [u8]) -> Option<Self> {
        line.strip_prefix(b"#").map(Self)
    }

    /// What follows the `#`, blanks included.
    #[must_use]
    pub const fn text(self) -> &'a [u8] {
        self.0
    }

    /// The server's clock, `2026-01-31T12:00:00`, if this comment tells it.
    #[must_use]
    pub fn timestamp(self) -> Option<&'a str> {
        let rest = self.0.strip_prefix(b" timestamp ")?;
        let clock = rest.get(..DATE_TIME.len())?;
        let fits = clock.iter().zip(DATE_TIME).all(|(byte, pattern)| match pattern {
            b'0' => byte.is_ascii_digit(),
            _ => byte == pattern,
        });
        fits.then(|| str::from_utf8(clock).ok()).flatten()
    }
}

const DATE_TIME: &[u8; 19] = b"0000-00-00T00:00:00";

impl<'a> Arguments<'a> for Comment<'a> {
    /// Comments are told from cards before their words are: there is nothing left to read.
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        Ok(Self(args.rest()))
    }

    fn write(&self, line: Line<'_>) {
        line.raw(self.0).end();
    }
}

impl fmt::Debug for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Card, ErrorKind, Reader,
        card::testing::{golden, refuse},
    };

    #[test]
    fn notices_are_escaped() {
        let Card::Error(notice) = golden(b"error login\\sfailed\n") else { panic!() };
        assert_eq!(notice.text.to_text(), "login failed");
        golden(b"message pull\\sonly\\s-\\snot\\sauthorized\\sto\\spush\n");
        assert_eq!(Notice::new(""), None);
        assert_eq!(Notice::new("login failed"), Some(notice));
    }

    #[test]
    fn a_notice_is_one_word() {
        assert_eq!(refuse("error\n").kind, ErrorKind::MissingArgument("TEXT"));
        assert_eq!(refuse("message not escaped\n").kind, ErrorKind::SurplusArgument);
    }

    #[test]
    fn comments_keep_every_byte() {
        for text in ["#\n", "# \n", "#no blank\n", "#  two  blanks \r\n", "#\x00\u{e9}\n"] {
            assert!(matches!(golden(text.as_bytes()), Card::Comment(_)));
        }
        assert_eq!(Comment::new(b"a\nlogin"), None);
    }

    #[test]
    fn a_blank_before_the_sign_makes_no_comment() {
        assert_eq!(refuse(" # x\n").kind, ErrorKind::UnknownCard);
    }

    #[test]
    fn the_servers_clock() {
        let clock = |text| Comment::new(text).unwrap().timestamp();
        assert_eq!(clock(b" timestamp 2026-01-31T12:00:00 errors 0"), Some("2026-01-31T12:00:00"));
        for other in [
            &b" timestamp 2026-01-31"[..],
            b" timestamp 2026-01-31 12:00:00 errors 0",
            b" timestamp 2026-01-3xT12:00:00",
            b"timestamp 2026-01-31T12:00:00",
            b" CAFE",
        ] {
            assert_eq!(clock(other), None);
        }
    }

    #[test]
    fn blank_lines_are_no_cards() {
        let text = b"\n \t\r\n# a\n\n\nerror b\n\n";
        assert_eq!(Reader::new(text).flatten().count(), 2);
    }
}
