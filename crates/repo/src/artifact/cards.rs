//! The cards that mean the same wherever they stand, and the words they are made of.

use outcrop_format::hash::HashName;

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    name,
    text::Text,
};

/// How many hexadecimal digits an MD5 checksum has.
const CHECKSUM_DIGITS: usize = 32;

impl<'a> Lines<'a> {
    /// The next word, which the card must have.
    pub(super) fn word(&mut self, what: &'static str) -> Result<&'a [u8], ParseError> {
        self.next_word().ok_or_else(|| self.error(Problem::MissingWord(what)))
    }

    /// The next word as escaped text, which the card must have.
    pub(super) fn text(&mut self, what: &'static str) -> Result<Text<'a>, ParseError> {
        self.word(what).map(Text::from_raw)
    }

    /// The next word as escaped text, if the card has one more.
    pub(super) fn optional_text(&mut self) -> Option<Text<'a>> {
        self.next_word().map(Text::from_raw)
    }

    /// The next word as the name of an artifact, which the card must have.
    pub(super) fn hash(&mut self) -> Result<HashName, ParseError> {
        let word = self.word("artifact name")?;
        self.hash_in(word)
    }

    /// The next word as the name of an artifact, if the card has one more.
    pub(super) fn optional_hash(&mut self) -> Result<Option<HashName>, ParseError> {
        self.next_word().map(|word| self.hash_in(word)).transpose()
    }

    /// Reads a word as the name of an artifact.
    pub(super) fn hash_in(&self, word: &[u8]) -> Result<HashName, ParseError> {
        name::hash(word).ok_or_else(|| self.error(Problem::NotAHash))
    }

    /// The date of a D or E card.
    pub(super) fn moment(&mut self) -> Result<Moment, ParseError> {
        let word = self.word("date")?;
        Moment::parse(word).ok_or_else(|| self.error(Problem::NotADate))
    }

    /// The checksum of an R or Z card: digits of either case.
    pub(super) fn checksum(&mut self) -> Result<&'a [u8], ParseError> {
        let word = self.word("checksum")?;
        if word.len() != CHECKSUM_DIGITS || !name::is_hex(word) {
            return Err(self.error(Problem::NotAChecksum));
        }
        Ok(word)
    }

    /// The parents of a P card. It may be empty: the first check-ins of old repositories have none.
    pub(super) fn parents(&mut self, parents: &mut Vec<HashName>) -> Result<(), ParseError> {
        while let Some(parent) = self.optional_hash()? {
            parents.push(parent);
        }
        Ok(())
    }

    /// The login of a U card. An empty one is `anonymous`.
    pub(super) fn login(&mut self) -> Text<'a> {
        self.next_word()
            .filter(|word| !word.is_empty())
            .map_or(Text::from_raw(b"anonymous"), Text::from_raw)
    }

    /// The text below a W card.
    pub(super) fn payload(&mut self) -> Result<&'a [u8], ParseError> {
        let word = self.word("size")?;
        if !self.is_at_end_of_line() {
            return Err(self.error(Problem::TooManyWords));
        }
        leading_number(word)
            .and_then(|size| self.take_text(size))
            .ok_or_else(|| self.error(Problem::TextSize))
    }

    /// A card that has to have come by the end of the artifact.
    pub(super) fn require<T>(&self, letter: u8, card: Option<T>) -> Result<T, ParseError> {
        card.ok_or_else(|| self.missing(letter))
    }

    /// Ends the artifact, once there is no card left: a Z card has to have come.
    pub(super) fn finish(&self) -> Result<(), ParseError> {
        self.require(b'Z', self.has_seen(b'Z').then_some(()))
    }
}

/// The number that a word starts with, 0 if it starts with no digit. `None` if it is too large.
///
/// Fossil takes sizes no more strictly.
fn leading_number(word: &[u8]) -> Option<usize> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit());
    digits
        .map(|digit| usize::from(digit - b'0'))
        .try_fold(0_usize, |value, digit| value.checked_mul(10)?.checked_add(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_leniently() {
        for (word, expected) in [
            ("12", Some(12)),
            ("012", Some(12)),
            ("12x", Some(12)),
            ("", Some(0)),
            ("x", Some(0)),
            ("-1", Some(0)),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(leading_number(word.as_bytes()), expected, "{word}");
        }
    }
}
