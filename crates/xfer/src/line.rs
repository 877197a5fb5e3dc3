//! The grammar of a line: words parted by blanks, some of them names or numbers.

use nom::{
    IResult, Parser,
    bytes::complete::{take, take_while, take_while1},
    character::complete::{digit1, one_of},
    combinator::{all_consuming, map_opt, map_res, opt, recognize},
    sequence::{pair, terminated},
};
use outcrop_format::{
    escape::{Escaped, is_blank},
    hash::HashName,
};

use crate::{
    error::{Error, ErrorKind},
    token::Token,
};

/// Largest size that stock Fossil reads: its sizes are C `int`s.
pub(crate) const MAX_SIZE: u64 = i32::MAX as u64;

/// Largest time that a repository can hold.
pub(crate) const MAX_TIME: u64 = i64::MAX as u64;

const HASH: &str = "the name of an artifact";
const NUMBER: &str = "a decimal number in range";

/// Blanks, or none.
fn blanks(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while(is_blank).parse(input)
}

/// A word and the blanks after it.
fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_while1(|byte| !is_blank(byte)), blanks).parse(input)
}

/// A name of an artifact and the blanks after it, without looking for the end of the word first.
fn hash(input: &[u8]) -> IResult<&[u8], HashName> {
    let ends_after = |len: usize| input.get(len).is_none_or(|&byte| is_blank(byte));
    let len = if ends_after(40) { 40_usize } else { 64 };
    let (rest, name) = map_res(take(len), HashName::parse).parse(input)?;
    if !ends_after(len) {
        return Err(nom::Err::Error(nom::error::make_error(input, nom::error::ErrorKind::Eof)));
    }
    let (rest, _) = blanks(rest)?;
    Ok((rest, name))
}

/// A whole word of decimal digits, no larger than `max`.
fn decimal(word: &[u8], max: u64) -> Option<u64> {
    let value = |digits: &[u8]| {
        digits.iter().try_fold(0_u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit - b'0')).filter(|&sum| sum <= max)
        })
    };
    let number: IResult<_, _> = map_opt(all_consuming(digit1), value).parse(word);
    number.ok().map(|(_, value)| value)
}

/// A whole word of decimal digits with a sign or none.
fn signed(word: &[u8]) -> Option<i64> {
    let number: IResult<_, _> =
        map_res(all_consuming(recognize(pair(opt(one_of("+-")), digit1))), |digits| {
            str::from_utf8(digits).map(str::parse)
        })
        .parse(word);
    number.ok().and_then(|(_, value)| value.ok())
}

/// The words of one line, taken from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Args<'a> {
    /// What is left of the line. Never begins with a blank.
    rest: &'a [u8],
    /// Where the line ends, counted from the start of the text.
    end: usize,
    /// How many words a line may have.
    max_words: usize,
    /// How many were taken.
    words: usize,
}

impl<'a> Args<'a> {
    /// The words of `line`, which starts at `offset` of the text. Leading blanks are skipped.
    pub(crate) fn new(line: &'a [u8], offset: usize, max_words: usize) -> Self {
        let end = offset + line.len();
        let rest = blanks(line).map_or(line, |(rest, _)| rest);
        Self { rest, end, max_words, words: 0 }
    }

    /// Where the next word starts, counted from the start of the text.
    pub(crate) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// What is left of the line, unread.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next word; `None` at the end of the line.
    pub(crate) fn next_word(&mut self) -> Option<&'a [u8]> {
        let (rest, word) = word(self.rest).ok()?;
        self.rest = rest;
        self.words += 1;
        Some(word)
    }

    /// Whether the line has no more words.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// A word that must be there.
    pub(crate) fn token(&mut self, argument: &'static str) -> Result<Token<'a>, Error> {
        let offset = self.offset();
        let missing = || Error::new(ErrorKind::MissingArgument(argument), offset, &[]);
        self.next_word().map(Token::from_line).ok_or_else(missing)
    }

    /// A word whose escapes are to be taken out.
    pub(crate) fn escaped(&mut self, argument: &'static str) -> Result<Escaped<'a>, Error> {
        self.checked(argument, "escaped text", |token| Escaped::from_token(token.as_bytes()))
    }

    /// The name of an artifact.
    #[inline]
    pub(crate) fn hash(&mut self, argument: &'static str) -> Result<HashName, Error> {
        match self.next_hash() {
            Some(name) => Ok(name),
            None => self.checked(argument, HASH, |_| None),
        }
    }

    /// The name of an artifact, if the next word is one.
    #[inline]
    pub(crate) fn next_hash(&mut self) -> Option<HashName> {
        let (rest, name) = hash(self.rest).ok()?;
        self.rest = rest;
        self.words += 1;
        Some(name)
    }

    /// A number from 0 to `max`.
    pub(crate) fn number(&mut self, argument: &'static str, max: u64) -> Result<u64, Error> {
        self.checked(argument, NUMBER, |token| decimal(token.as_bytes(), max))
    }

    /// A number that may be negative.
    pub(crate) fn signed(&mut self, argument: &'static str) -> Result<i64, Error> {
        self.checked(argument, NUMBER, |token| signed(token.as_bytes()))
    }

    /// A size in bytes.
    pub(crate) fn size(&mut self, argument: &'static str) -> Result<u32, Error> {
        self.checked(argument, NUMBER, |token| {
            decimal(token.as_bytes(), MAX_SIZE).and_then(|size| u32::try_from(size).ok())
        })
    }

    /// A word that `read` accepts, or an error that names the word and what it should be.
    pub(crate) fn checked<T>(
        &mut self,
        argument: &'static str,
        expected: &'static str,
        read: impl FnOnce(Token<'a>) -> Option<T>,
    ) -> Result<T, Error> {
        let offset = self.offset();
        let token = self.token(argument)?;
        read(token).ok_or_else(|| {
            let kind = ErrorKind::BadArgument { argument, expected };
            Error::new(kind, offset, token.as_bytes())
        })
    }

    /// The end of a line that may hold nothing more.
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.is_empty() {
            return self.check_words();
        }
        let kind = ErrorKind::SurplusArgument;
        Err(Error::new(kind, self.offset(), self.rest))
    }

    /// The end of a line of which stock Fossil ignores further words, as long as there are not too
    /// many.
    pub(crate) fn ignore_rest(&mut self) -> Result<(), Error> {
        while self.words <= self.max_words && self.next_word().is_some() {}
        self.check_words()
    }

    fn check_words(&self) -> Result<(), Error> {
        if self.words <= self.max_words {
            return Ok(());
        }
        let kind = ErrorKind::TooManyTokens { limit: self.max_words };
        Err(Error::new(kind, self.offset(), self.rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_by_any_blanks() {
        let mut args = Args::new(b" \ta\x0b\x0cbc \r", 100, 9);
        assert_eq!(args.offset(), 102);
        assert_eq!(args.next_word(), Some(&b"a"[..]));
        assert_eq!(args.offset(), 105);
        assert_eq!(args.next_word(), Some(&b"bc"[..]));
        assert!(args.is_empty());
        assert_eq!(args.next_word(), None);
    }

    #[test]
    fn a_missing_word_is_missed_at_the_end_of_the_line() {
        let error = Args::new(b"  ", 7, 9).token("NAME").unwrap_err();
        assert_eq!(error.offset, 9);
        assert_eq!(error.kind, ErrorKind::MissingArgument("NAME"));
    }

    #[test]
    fn numbers_are_plain_decimal_digits() {
        assert_eq!(decimal(b"0", 9), Some(0));
        assert_eq!(decimal(b"007", 9), Some(7));
        assert_eq!(decimal(b"2147483647", MAX_SIZE), Some(MAX_SIZE));
        assert_eq!(decimal(b"2147483648", MAX_SIZE), None);
        assert_eq!(decimal(b"9223372036854775807", MAX_TIME), Some(MAX_TIME));
        assert_eq!(decimal(b"9223372036854775808", MAX_TIME), None);
        assert_eq!(decimal(&[b'9'; 100], MAX_TIME), None);
        for bad in ["", "-1", "+1", "1.0", "0x1", "1 ", " 1", "1a"] {
            assert_eq!(decimal(bad.as_bytes(), MAX_TIME), None, "{bad}");
        }
    }

    #[test]
    fn signed_numbers_may_be_negative() {
        assert_eq!(signed(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(signed(b"+5"), Some(5));
        assert_eq!(signed(b"9223372036854775808"), None);
        for bad in ["", "-", "--1", "1-"] {
            assert_eq!(signed(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_name_ends_where_its_word_ends() {
        let short = "a".repeat(40);
        let long = "b".repeat(64);
        for digits in [&short, &long] {
            for after in ["", " ", " next", "\t"] {
                let line = format!("{digits}{after}");
                let mut args = Args::new(line.as_bytes(), 0, 9);
                assert_eq!(args.hash("HASH").unwrap().to_string(), *digits);
                assert_eq!(args.rest(), after.trim().as_bytes());
            }
        }
        for bad in [format!("{short}0"), format!("{long}0"), format!("{short}!"), "a".repeat(63)] {
            let error = Args::new(bad.as_bytes(), 0, 9).hash("HASH").unwrap_err();
            let shown = if bad.len() > 48 { format!("{}…", &bad[..48]) } else { bad };
            assert_eq!(error.near, shown);
        }
    }

    /// Forty digits, then a blank that happens to stand before another word's end at 64.
    #[test]
    fn a_blank_inside_the_first_64_bytes_ends_a_short_name() {
        let line = format!("{} {} x", "a".repeat(40), "c".repeat(23));
        assert_eq!(line.as_bytes()[64], b' ');
        let mut args = Args::new(line.as_bytes(), 0, 9);
        assert_eq!(args.hash("HASH").unwrap().to_string(), "a".repeat(40));
    }
}
