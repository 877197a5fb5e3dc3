//! Bytes to cards.

use std::ops::Range;

use crate::{
    body::Body,
    card::{Card, Kind, notice::Comment},
    error::{Error, ErrorKind},
    limits::Limits,
    line::Args,
};

/// Reads the cards of a message in their order, without copying a payload.
///
/// An iterator that ends after the first error: past a malformed card nobody knows where the next
/// one starts.
///
/// As lenient as stock Fossil, and no more so: blanks may stand around words, lines of blanks are
/// skipped, the last line may lack its newline, and a line that begins with `#` is a comment, while
/// one that has a blank before the `#` is not a card at all.
///
/// ```
/// use outcrop_xfer::{Card, Reader};
///
/// let text = b"cookie abc\nigot da39a3ee5e6b4b0d3255bfef95601890afd80709\n";
/// let mut reader = Reader::new(text);
/// assert!(matches!(reader.next(), Some(Ok(Card::Cookie(_)))));
/// assert_eq!(reader.offset(), 11);
/// assert!(reader.tail().starts_with(b"igot"));
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    text: &'a [u8],
    limits: Limits,
    /// Where the next card starts.
    at: usize,
    /// The line read last.
    line: Range<usize>,
    /// How many cards were read.
    cards: usize,
    /// How many blank lines were skipped.
    blanks: usize,
    failed: bool,
}

impl<'a> Reader<'a> {
    /// Reads `text` within the default limits.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        Self::with_limits(text, Limits::default())
    }

    /// Reads `text` within `limits`. Its own length is the caller's to bound.
    #[must_use]
    pub fn with_limits(text: &'a [u8], limits: Limits) -> Self {
        Self { text, limits, at: 0, line: 0..0, cards: 0, blanks: 0, failed: false }
    }

    /// What follows the card read last: the bytes that a login card's nonce hashes.
    #[must_use]
    pub fn tail(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Where the next card starts, in bytes from the start of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The line of the card read last, or at which reading failed, without its newline.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        self.text.get(self.line.clone()).unwrap_or_default()
    }

    /// How many cards were read, comments and a failed card included.
    #[must_use]
    pub fn cards(&self) -> usize {
        self.cards
    }

    /// Moves past the next line that is not blank, and gives it.
    fn next_line(&mut self) -> Result<Option<&'a [u8]>, Error> {
        loop {
            let rest = self.tail();
            if rest.is_empty() {
                return Ok(None);
            }
            if self.cards.saturating_add(self.blanks) >= self.limits.cards {
                let kind = ErrorKind::TooManyCards { limit: self.limits.cards };
                return Err(Error::new(kind, self.at, &[]));
            }
            let window = rest.get(..=self.limits.line).unwrap_or(rest);
            let len = match memchr::memchr(b'\n', window) {
                Some(len) => len,
                None if rest.len() <= self.limits.line => rest.len(),
                None => {
                    let kind = ErrorKind::LineTooLong { limit: self.limits.line };
                    return Err(Error::new(kind, self.at, window));
                }
            };
            self.line = self.at..self.at + len;
            self.at = self.text.len().min(self.line.end + 1);
            let line = self.line();
            if !line.iter().copied().all(outcrop_format::escape::is_blank) {
                return Ok(Some(line));
            }
            self.blanks += 1;
        }
    }

    /// Reads the card on `line`; tells its kind as soon as it is known, for the sake of errors.
    fn read_card(
        &mut self,
        line: &'a [u8],
        of: &mut Option<&'static str>,
    ) -> Result<Card<'a>, Error> {
        let start = self.line.start;
        if let Some(comment) = Comment::from_line(line) {
            *of = Some(Kind::Comment.verb());
            return Ok(Card::Comment(comment));
        }
        let mut args = Args::new(line, start, self.limits.tokens);
        let first = args.offset();
        let verb = args.next_word().unwrap_or_default();
        // A `#` that is not the first byte of its line begins no comment.
        let kind = Kind::from_verb(verb)
            .filter(|&kind| kind != Kind::Comment)
            .ok_or_else(|| Error::new(ErrorKind::UnknownCard, first, verb))?;
        *of = Some(kind.verb());
        let mut body =
            Body { text: self.text, at: &mut self.at, line: start, limit: self.limits.payload };
        Card::parse(kind, &mut args, &mut body)
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Card<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let mut verb = None;
        let mut card = match self.next_line() {
            Ok(line) => self.read_card(line?, &mut verb),
            Err(error) => Err(error),
        };
        if let Err(error) = &mut card {
            self.failed = true;
            error.verb = verb;
            error.card = self.cards;
        }
        self.cards += 1;
        Some(card)
    }
}

impl std::iter::FusedIterator for Reader<'_> {}
