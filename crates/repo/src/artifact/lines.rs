//! Cards as lines of words, in one pass and without a copy.
//!
//! What holds for every card is checked here: that it is one, that it has no more words than were
//! asked for, that it comes in its turn, and that it comes once if it may come once only.

use super::{
    Kind,
    clearsign::Unsigned,
    error::{ParseError, Problem},
};

/// The cards that one artifact may have several of.
const REPEATABLE: &[u8] = b"FJMPQTZ";

/// A reader over the cards of one artifact.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    kind: Kind,
    source: Unsigned<'a>,
    /// What has not been read yet.
    rest: &'a [u8],
    /// What had not been read yet when the current card began, for its line number.
    card: &'a [u8],
    /// The letter of the current card; 0 before the first.
    letter: u8,
    /// One bit for each letter seen.
    seen: u32,
    /// Whether the current line has been read to its end.
    at_end_of_line: bool,
}

impl<'a> Lines<'a> {
    /// Starts before the first card of an artifact that is of this kind, if of any.
    pub(super) const fn new(kind: Kind, source: Unsigned<'a>) -> Self {
        Self {
            kind,
            source,
            rest: source.text,
            card: source.text,
            letter: 0,
            seen: 0,
            at_end_of_line: true,
        }
    }

    /// Goes to the next card and gives its letter. `None` after the last.
    pub(super) fn next_card(&mut self) -> Result<Option<u8>, ParseError> {
        if !self.at_end_of_line {
            return Err(self.error(Problem::TooManyWords));
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.card = self.rest;
        let previous = self.letter;
        let &[letter @ b'A'..=b'Z', separator @ (b' ' | b'\n'), ref rest @ ..] = self.rest else {
            self.letter = self.rest.first().copied().unwrap_or_default();
            return Err(self.error(Problem::NotACard));
        };
        self.letter = letter;
        self.rest = rest;
        self.at_end_of_line = separator == b'\n';
        self.check_turn(previous)?;
        Ok(Some(letter))
    }

    fn check_turn(&mut self, previous: u8) -> Result<(), ParseError> {
        // Fossil wrote technotes with N after P until 2021.
        let was_swapped = self.kind == Kind::Technote && (previous, self.letter) == (b'P', b'N');
        if self.letter < previous && !was_swapped {
            return Err(self.error(Problem::Order));
        }
        let bit = 1 << (self.letter - b'A');
        if self.seen & bit != 0 && !REPEATABLE.contains(&self.letter) {
            return Err(self.error(Problem::Repeated));
        }
        self.seen |= bit;
        Ok(())
    }

    /// The next word of the current card, which may be empty. `None` at the end of the line.
    ///
    /// A space, the end of the line or a NUL ends a word: Fossil reads them as C strings.
    pub(super) fn next_word(&mut self) -> Option<&'a [u8]> {
        if self.at_end_of_line {
            return None;
        }
        let end = self.rest.iter().position(|byte| matches!(byte, b' ' | b'\n' | 0));
        let split = end.and_then(|end| self.rest.split_at_checked(end));
        // Every text ends with a newline, so there is always a byte to end the word.
        let (word, rest) = split.unwrap_or((self.rest, b"\n"));
        let (separator, rest) = rest.split_first()?;
        self.at_end_of_line = *separator == b'\n';
        self.rest = rest;
        Some(word)
    }

    /// The next `size` bytes and the newline behind them, below a card that has been read whole.
    /// `None` if they are not there, with another line to follow.
    pub(super) fn take_text(&mut self, size: usize) -> Option<&'a [u8]> {
        let (text, rest) = self.rest.split_at_checked(size)?;
        let rest = rest.strip_prefix(b"\n").filter(|rest| !rest.is_empty())?;
        self.rest = rest;
        Some(text)
    }

    /// Whether the current line has been read to its end.
    pub(super) const fn is_at_end_of_line(&self) -> bool {
        self.at_end_of_line
    }

    /// Whether a card of this letter has come.
    pub(super) const fn has_seen(&self, letter: u8) -> bool {
        self.seen & (1 << (letter - b'A')) != 0
    }

    /// Says what is wrong with the current card.
    pub(super) fn error(&self, problem: Problem) -> ParseError {
        let read = self.source.text.len() - self.card.len();
        let above = self.source.text.iter().take(read);
        let newlines = self.source.header.iter().chain(above);
        ParseError::Card {
            line: 1 + newlines.filter(|&&byte| byte == b'\n').count(),
            card: char::from(self.letter),
            problem,
        }
    }

    /// Says that artifacts of this kind have no card of the current letter.
    pub(super) fn forbidden(&self) -> ParseError {
        self.error(Problem::Forbidden(self.kind))
    }

    /// Says that a card this kind needs is not there.
    pub(super) const fn missing(&self, letter: u8) -> ParseError {
        ParseError::Missing { kind: self.kind, card: letter as char }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Lines<'_> {
        let header = b"";
        Lines::new(Kind::CheckIn, Unsigned { text, header })
    }

    #[test]
    fn cards_are_split_into_words() {
        let mut lines = lines(b"C a  b\nD\nZ \n");
        assert_eq!(lines.next_card(), Ok(Some(b'C')));
        assert_eq!(lines.next_word(), Some(b"a".as_slice()));
        assert_eq!(lines.next_word(), Some(b"".as_slice()));
        assert_eq!(lines.next_word(), Some(b"b".as_slice()));
        assert_eq!(lines.next_word(), None);
        assert_eq!(lines.next_card(), Ok(Some(b'D')));
        assert_eq!(lines.next_word(), None);
        assert_eq!(lines.next_card(), Ok(Some(b'Z')));
        assert_eq!(lines.next_word(), Some(b"".as_slice()));
        assert_eq!(lines.next_word(), None);
        assert_eq!(lines.next_card(), Ok(None));
    }

    #[test]
    fn a_nul_parts_words() {
        let mut lines = lines(b"P a\0b\n");
        assert_eq!(lines.next_card(), Ok(Some(b'P')));
        assert_eq!(lines.next_word(), Some(b"a".as_slice()));
        assert_eq!(lines.next_word(), Some(b"b".as_slice()));
        assert_eq!(lines.next_word(), None);
    }

    #[test]
    fn errors_name_line_and_card() {
        let mut lines =
            Lines::new(Kind::CheckIn, Unsigned { text: b"C a\nB b\n", header: b"armor\n\n" });
        lines.next_card().unwrap();
        lines.next_word().unwrap();
        let error = lines.next_card().unwrap_err();
        let expected = "line 4, B card: cards stand in alphabetical order";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_text_needs_its_size_and_a_line_below() {
        for (text, size, expected) in [
            (b"W 3\na\nb\nZ\n".as_slice(), 3, Some(b"a\nb".as_slice())),
            (b"W 0\n\nZ\n", 0, Some(b"")),
            (b"W 3\na\nb\n", 3, None),
            (b"W 3\na\nbZ\n", 3, None),
            (b"W 9\na\nb\n", 9, None),
            (b"W 9\na\nb\n", usize::MAX, None),
        ] {
            let mut lines = lines(text);
            lines.next_card().unwrap();
            lines.next_word().unwrap();
            assert_eq!(lines.take_text(size), expected, "{}", text.escape_ascii());
        }
    }
}
