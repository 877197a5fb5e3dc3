//! What a `config` card says: one row, as a list of words in SQL notation.
//!
//! ```text
//! MTIME KEY [FIELD VALUE]…
//! 1714979289 'project-name' value 'It''s mine'
//! ```
//!
//! Fossil checks that the words are harmless and makes SQL of them. Here they are read: a text, some
//! bytes, a whole number or `NULL`, and nothing else. What is read is handed on as a value, and never
//! becomes part of a statement.

use std::borrow::Cow;
use std::fmt;

use super::tables::Table;
use crate::limits::MAX_CONFIG_PAYLOAD;

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record<'a> {
    /// When it was last changed, in seconds since 1970.
    pub(crate) mtime: i64,
    /// What tells the row from others.
    pub(crate) key: Cow<'a, str>,
    /// Names of columns, each at most once, and what is in them. Other columns are not told of.
    pub(crate) fields: Vec<(&'static str, Value<'a>)>,
}

/// What is in one column.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    /// Text should be UTF-8, but need not.
    Text(Cow<'a, [u8]>),
    Bytes(Vec<u8>),
}

impl fmt::Debug for Value<'_> {
    /// Leaves out what may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Integer(_) => f.write_str("a number"),
            Self::Text(text) => write!(f, "a text of {} bytes", text.len()),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// Why a payload is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// It is longer than anyone needs.
    #[error("it has {0} bytes, more than the {MAX_CONFIG_PAYLOAD} allowed")]
    TooLong(usize),
    /// It ends before it is whole.
    #[error("it ends too early")]
    Incomplete,
    /// It does not begin with a time.
    #[error("it does not begin with a time in seconds since 1970")]
    Time,
    /// The row has no name, or one that no row can have.
    #[error("the second word names no row")]
    Key,
    /// A quoted text goes on for ever, or something is glued to its end.
    #[error("the quotes at byte {0} do not enclose a word")]
    Quotes(usize),
    /// A value is neither a text, nor bytes, nor a whole number, nor `NULL`.
    #[error("column {0} has no value that can be kept")]
    Value(&'static str),
    /// A column has two values.
    #[error("column {0} has two values")]
    Twice(&'static str),
}

impl<'a> Record<'a> {
    /// Reads a row of `table`. Columns that it does not have are skipped, as a later release may
    /// send more.
    pub(crate) fn parse(payload: &'a [u8], table: &Table) -> Result<Self, PayloadError> {
        if payload.len() > MAX_CONFIG_PAYLOAD {
            return Err(PayloadError::TooLong(payload.len()));
        }
        let mut words = Words { text: payload, at: 0 };
        let mtime = words.next()?.ok_or(PayloadError::Incomplete)?;
        let mtime = digits(mtime).ok_or(PayloadError::Time)?;
        let key = words.next()?.ok_or(PayloadError::Incomplete)?;
        let key = key_of(key).ok_or(PayloadError::Key)?;
        let mut fields: Vec<(&'static str, Value<'a>)> = Vec::with_capacity(table.fields.len());
        while let Some(name) = words.next()? {
            let value = words.next()?.ok_or(PayloadError::Incomplete)?;
            let known = table.fields.iter().find(|field| field.as_bytes() == name);
            let Some(field) = known.copied() else { continue };
            if fields.iter().any(|(earlier, _)| *earlier == field) {
                return Err(PayloadError::Twice(field));
            }
            fields.push((field, value_of(value).ok_or(PayloadError::Value(field))?));
        }
        Ok(Self { mtime, key, fields })
    }
}

/// Words with blanks between them. Between quotes, a blank is part of the word.
struct Words<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Result<Option<&'a [u8]>, PayloadError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
        let (start, rest) = (self.at + blanks, rest.get(blanks..).unwrap_or_default());
        if rest.is_empty() {
            return Ok(None);
        }
        let len = match rest.strip_prefix(b"'") {
            Some(quoted) => quoted_len(quoted).ok_or(PayloadError::Quotes(start))? + 1,
            None => rest.iter().take_while(|byte| !is_blank(**byte)).count(),
        };
        let (word, after) = rest.split_at_checked(len).ok_or(PayloadError::Quotes(start))?;
        if after.first().is_some_and(|byte| !is_blank(*byte)) {
            return Err(PayloadError::Quotes(start));
        }
        self.at = start + len;
        Ok(Some(word))
    }
}

/// What separates words in Fossil.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Bytes up to the quote that closes a text, and with it. Two quotes in a row stand for one.
fn quoted_len(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += text.get(at..)?.iter().position(|byte| *byte == b'\'')? + 1;
        if text.get(at) != Some(&b'\'') {
            return Some(at);
        }
        at += 1;
    }
}

fn digits(word: &[u8]) -> Option<i64> {
    let digits = word.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(word).ok().filter(|_| digits)?.parse().ok()
}

/// A text that can name a row.
fn key_of(word: &[u8]) -> Option<Cow<'_, str>> {
    Some(match text_of(word)? {
        Cow::Borrowed(text) => Cow::Borrowed(std::str::from_utf8(text).ok()?),
        Cow::Owned(text) => Cow::Owned(String::from_utf8(text).ok()?),
    })
    .filter(|key: &Cow<'_, str>| !key.is_empty())
}

fn value_of(word: &[u8]) -> Option<Value<'_>> {
    if word.eq_ignore_ascii_case(b"NULL") {
        return Some(Value::Null);
    }
    if let Some(text) = text_of(word) {
        return Some(Value::Text(text));
    }
    if let Some(hex) = word.strip_prefix(b"x'").or_else(|| word.strip_prefix(b"X'")) {
        return bytes_of(hex.strip_suffix(b"'")?).map(Value::Bytes);
    }
    digits(word).map(Value::Integer)
}

/// The text between quotes. SQLite's texts end at a zero byte, so there cannot be one.
fn text_of(word: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inner = word.strip_prefix(b"'")?.strip_suffix(b"'")?;
    if inner.contains(&0) {
        return None;
    }
    if !inner.contains(&b'\'') {
        return Some(Cow::Borrowed(inner));
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        text.push(*byte);
        if *byte == b'\'' {
            // The second of two: the word ends where one stands alone.
            bytes.next();
        }
    }
    Some(Cow::Owned(text))
}

fn bytes_of(hex: &[u8]) -> Option<Vec<u8>> {
    let (pairs, odd) = hex.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if odd.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::tables::{CONFIG, USER};
    use super::*;

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.as_bytes().into())
    }

    #[test]
    fn a_row_is_read() {
        let record = Record::parse(b"1714979289 'project-name' value 'It''s ''mine'''", &CONFIG);
        let expected = Record {
            mtime: 1_714_979_289,
            key: "project-name".into(),
            fields: vec![("value", text("It's 'mine'"))],
        };
        assert_eq!(record, Ok(expected));
        let user = b"\n 7 'b o''b'\tcap 'ei'\rinfo NULL photo X'00fF' jx 5 later (1+1) pw '' ";
        let record = Record::parse(user, &USER).unwrap();
        assert_eq!((record.mtime, &*record.key), (7, "b o'b"));
        let expected = [
            ("cap", text("ei")),
            ("info", Value::Null),
            ("photo", Value::Bytes(vec![0, 255])),
            ("jx", Value::Integer(5)),
            ("pw", text("")),
        ];
        assert_eq!(record.fields, expected);
    }

    #[test]
    fn a_row_may_have_no_fields() {
        assert_eq!(Record::parse(b"0 'x'", &CONFIG).map(|record| record.fields.len()), Ok(0));
    }

    #[test]
    fn what_is_no_row_is_refused() {
        use PayloadError::{Incomplete, Key, Quotes, Time, Twice, Value};
        for (payload, expected) in [
            ("", Incomplete),
            ("  ", Incomplete),
            ("5", Incomplete),
            ("5 'css' value", Incomplete),
            ("now() 'css' value 'x'", Time),
            ("-5 'css' value 'x'", Time),
            ("5.5 'css' value 'x'", Time),
            ("99999999999999999999 'css' value 'x'", Time),
            ("'5' 'css' value 'x'", Time),
            ("5 css value 'x'", Key),
            ("5 '' value 'x'", Key),
            ("5 NULL value 'x'", Key),
            ("5 X'637373' value 'x'", Key),
            ("5 'c\0ss' value 'x'", Key),
            ("5 'css value x", Quotes(2)),
            ("5 'css'' value 'x'", Quotes(2)),
            ("5 'css'value 'x'", Quotes(2)),
            ("5 'css' value 'x');DROP TABLE blob;--'", Quotes(14)),
            ("5 'css' value '", Quotes(14)),
            ("5 'css' value (SELECT(pw)FROM(user))", Value("value")),
            ("5 'css' value \"pw\"", Value("value")),
            ("5 'css' value pw", Value("value")),
            ("5 'css' value 1.5", Value("value")),
            ("5 'css' value 1e9", Value("value")),
            ("5 'css' value 0x10", Value("value")),
            ("5 'css' value -1", Value("value")),
            ("5 'css' value 99999999999999999999", Value("value")),
            ("5 'css' value X'0'", Value("value")),
            ("5 'css' value X'0g'", Value("value")),
            ("5 'css' value X'00", Value("value")),
            ("5 'css' value X'+1'", Value("value")),
            ("5 'css' value X'", Value("value")),
            ("5 'css' value 'a\0b'", Value("value")),
            ("5 'css' value 'a' value 'b'", Twice("value")),
        ] {
            assert_eq!(Record::parse(payload.as_bytes(), &CONFIG), Err(expected), "{payload}");
        }
        let key = Record::parse(b"5 '\xff' value 'x'", &CONFIG);
        assert_eq!(key, Err(Key));
        let long = vec![b' '; MAX_CONFIG_PAYLOAD + 1];
        assert_eq!(Record::parse(&long, &CONFIG), Err(PayloadError::TooLong(long.len())));
    }
}
